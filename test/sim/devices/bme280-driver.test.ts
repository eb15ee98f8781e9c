import assert from "node:assert/strict";
import fc from "fast-check";
import { install } from "@sinonjs/fake-timers";
import type { Clock } from "@sinonjs/fake-timers";
import { createBme280 } from "../../../hw/sensors/bme280.ts";
import type { Bme280Options } from "../../../hw/sensors/bme280.ts";
import type { I2CBus } from "../../../hw/io/i2c.ts";
import type { Fault, Reading, Sensor } from "../../../hw/sensors/sensor.ts";
import { CALIBRATION_ELIXIR, CALIBRATION_PERIPH, createBme280Model } from "../../../sim/devices/bme280.ts";
import type { Bme280Fault, Bme280Model } from "../../../sim/devices/bme280.ts";

describe("BME280 driver on the model", () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    clock.uninstall();
  });

  interface Rig {
    model: Bme280Model;
    sensor: Sensor<Bme280Options>;
    replace(model: Bme280Model): void;
  }

  type Chip = "bme280" | "bmp280";

  const makeModel = (chip: Chip = "bme280", calibration = CALIBRATION_ELIXIR): Bme280Model =>
    createBme280Model({ now: () => clock.now, chip, calibration });

  function makeRig(model: Bme280Model, settings: Omit<Bme280Options, "bus"> = {}): Rig {
    let device = model;
    const bus: I2CBus = {
      writeTo: (_address, data) => device.write(data),
      readFrom: (_address, quantity) => Uint8Array.from(device.read(quantity)),
    };
    return { model, sensor: createBme280({ bus, ...settings }), replace: (other) => void (device = other) };
  }

  function sample(sensor: Sensor<Bme280Options>): Reading | Fault {
    let outcome: Reading | Fault | undefined;
    sensor.sample((fault, reading) => {
      assert.equal(outcome, undefined);
      outcome = fault ?? reading;
    });
    clock.runAll();
    assert.ok(outcome);
    return outcome;
  }

  /** One step of the ADC at 16 bits is 0.005 °C, 2.6 Pa and 0.006 %RH, and a step of temperature is 0.8 Pa. */
  function assertTruth(outcome: Reading | Fault, model: Bme280Model, chip: Chip, pascal = 2.5): void {
    const what = JSON.stringify({ outcome, truth: [model.temperature, model.pressure, model.humidity] });
    assert.ok(typeof outcome === "object", what);
    assert.ok(Math.abs(outcome["temperature"]! - model.temperature) <= 0.006, what);
    assert.ok(Math.abs(outcome["pressure"]! - model.pressure) <= pascal, what);
    if (chip === "bmp280") assert.equal("humidity" in outcome, false, what);
    else assert.ok(Math.abs(outcome["humidity"]! - model.humidity) <= 0.03, what);
  }

  for (const chip of ["bme280", "bmp280"] as const) {
    for (const [name, calibration] of [
      ["elixir", CALIBRATION_ELIXIR],
      ["periph", CALIBRATION_PERIPH],
    ] as const) {
      it(`${chip} with ${name}'s calibration reads the truth over a grid of temperature, pressure and humidity`, () => {
        const { model, sensor } = makeRig(makeModel(chip, calibration));
        for (const temperature of [-39.9, -20, -0.01, 0, 10, 22.96, 40, 60, 84.9]) {
          for (const pressure of [30010, 50000, 70000, 87000, 95000, 101325, 109990]) {
            for (const humidity of [0, 10, 43.4, 80, 100]) {
              Object.assign(model, { temperature, pressure, humidity });
              assertTruth(sample(sensor), model, chip);
            }
          }
        }
      });
    }
  }

  it("sixteen-fold oversampling reads pressure to 0.6 Pa", () => {
    const { model, sensor } = makeRig(makeModel(), { temperatureOversampling: 16, pressureOversampling: 16 });
    for (let pressure = 95000; pressure < 105000; pressure += 333.3) {
      model.pressure = pressure;
      assertTruth(sample(sensor), model, "bme280", 0.6);
    }
  });

  const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
  it(`any exposure and settings read the truth, or out-of-range beyond it; replay: SEED=${seed} npx mocha`, () => {
    const power = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const, 16 as const);
    const property = fc.property(
      fc.record({
        chip: fc.constantFrom("bme280" as const, "bmp280" as const),
        calibration: fc.constantFrom(CALIBRATION_ELIXIR, CALIBRATION_PERIPH),
        temperature: fc.double({ min: -60, max: 100, noNaN: true }),
        pressure: fc.double({ min: 25000, max: 115000, noNaN: true }),
        humidity: fc.double({ min: 0, max: 100, noNaN: true }),
        settings: fc.record({
          temperatureOversampling: power,
          pressureOversampling: power,
          humidityOversampling: power,
          filter: fc.constantFrom(0 as const, 2 as const, 4 as const, 8 as const, 16 as const),
        }),
      }),
      ({ chip, calibration, temperature, pressure, humidity, settings }) => {
        const { model, sensor } = makeRig(makeModel(chip, calibration), settings);
        Object.assign(model, { temperature, pressure, humidity });
        const outcome = sample(sensor);
        const beyond = (tolerance: number): boolean =>
          temperature < -40 - tolerance ||
          temperature > 85 + tolerance ||
          pressure < 30000 - 300 * tolerance ||
          pressure > 110000 + 300 * tolerance;
        if (beyond(0.01)) assert.equal(outcome, "out-of-range");
        else if (!beyond(-0.01)) assertTruth(outcome, model, chip);
      },
    );
    fc.assert(property, { seed, numRuns: 300 });
  });

  const faults: [Bme280Fault, Fault][] = [
    ["absent", "absent"],
    ["wrong-id", "wrong-id"],
    ["blank-calibration", "bad-calibration"],
    ["zero-calibration", "bad-calibration"],
    ["stuck-measuring", "not-ready"],
    ["stuck-copying", "not-ready"],
    ["deaf", "not-ready"],
    ["no-data", "no-data"],
    ["all-ones", "out-of-range"],
  ];
  for (const chip of ["bme280", "bmp280"] as const) {
    for (const [cause, fault] of faults) {
      it(`${chip}: ${cause} is ${fault} from the start, and the part that recovers reads the truth at once`, () => {
        const { model, sensor } = makeRig(makeModel(chip));
        model.fault = cause;
        assert.equal(sample(sensor), fault);
        assert.equal(sample(sensor), fault);
        model.fault = "none";
        assertTruth(sample(sensor), model, chip);
      });
    }

    for (const cause of ["absent", "stuck-measuring", "deaf", "no-data", "all-ones"] as const) {
      const fault = faults.find(([name]) => name === cause)![1];
      it(`${chip}: ${cause} after good samples is ${fault}, and heals`, () => {
        const { model, sensor } = makeRig(makeModel(chip));
        assertTruth(sample(sensor), model, chip);
        model.fault = cause;
        assert.equal(sample(sensor), fault);
        model.fault = "none";
        assertTruth(sample(sensor), model, chip);
      });
    }
  }

  it("a part that loses power at any moment of a sample gives a fault or the truth, and the truth in the next", () => {
    for (let ms = 0; ms < 16; ms++) {
      const { model, sensor } = makeRig(makeModel(), { filter: 4 });
      let outcome: Reading | Fault | undefined;
      sensor.sample((fault, reading) => (outcome = fault ?? reading));
      clock.tick(ms);
      model.powerCycle();
      clock.runAll();
      if (typeof outcome === "object") assertTruth(outcome, model, "bme280");
      else assert.ok(outcome === "absent" || outcome === "power-on-value");
      clock.tick(10);
      const next = sample(sensor);
      if (next !== "power-on-value") assertTruth(next, model, "bme280");
      else assertTruth(sample(sensor), model, "bme280");
    }
  });

  it("a part exchanged between two samples is noticed, though every transfer of both succeeds", () => {
    for (const chip of ["bme280", "bmp280"] as const) {
      const rig = makeRig(makeModel("bme280", CALIBRATION_ELIXIR));
      assertTruth(sample(rig.sensor), rig.model, "bme280");
      const other = makeModel(chip, CALIBRATION_PERIPH);
      rig.replace(other);
      assert.equal(sample(rig.sensor), "power-on-value");
      assertTruth(sample(rig.sensor), other, chip);
    }
  });

  it("with a filter, readings follow a step slowly; without, at once", () => {
    const { model, sensor } = makeRig(makeModel(), { filter: 16 });
    model.pressure = 100000;
    assertTruth(sample(sensor), model, "bme280");
    model.pressure = 90000;
    const filtered = sample(sensor);
    assert.ok(typeof filtered === "object" && filtered["pressure"]! > 99000);
    sensor.configure({ filter: 0 });
    assertTruth(sample(sensor), model, "bme280");
  });
});
