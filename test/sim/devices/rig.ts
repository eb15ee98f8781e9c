/** A driver on the model of its part, which knows the truth: what all of them are held to. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { I2CBus } from "../../../hw/io/i2c.ts";
import type { Fault, Reading, Sensor } from "../../../hw/sensors/sensor.ts";
import type { BarometerModel, CommonFault } from "../../../sim/devices/barometer.ts";
import { withClock } from "../../hw/sensors/contract.ts";

export interface Subject<Variant, Settings extends object, ModelFault extends string> {
  /** Parts that differ in chip or calibration. */
  variants: Variant[];
  createModel(now: () => number, variant: Variant): BarometerModel<ModelFault>;
  createSensor(bus: I2CBus, settings: Settings, variant: Variant): Sensor<never>;
  /** Any settings of the driver. */
  settings: fc.Arbitrary<Settings>;
  /** How far a reading may lie off, in °C and Pa. */
  tolerance: [celsius: number, pascal: number];
  /** Pa: what the part can measure. */
  range: [lowest: number, highest: number];
  /** What the driver says of each fault of the model. */
  faults: [ModelFault | CommonFault, Fault][];
  /** Those of them that can come between two good samples, when they differ in what the driver says. */
  laterFaults?: [ModelFault | CommonFault, Fault][];
  /** What a loss of power within a sample may be called. */
  powerFaults: Fault[];
  /** What the exchange of the part between two samples is called; left out when its reading is right at once. */
  exchangeFault?: Fault;
}

export interface Rig<ModelFault> {
  model: BarometerModel<ModelFault>;
  sensor: Sensor<never>;
  replace(model: BarometerModel<ModelFault>): void;
}

export function describeOnModel<Variant, Settings extends object, ModelFault extends string>(
  title: string,
  subject: Subject<Variant, Settings, ModelFault>,
): void {
  describe(`${title} driver on the model`, () => {
    const clock = withClock();
    type Model = BarometerModel<ModelFault>;
    const [anyVariant] = subject.variants as [Variant];
    const usual = fc.sample(subject.settings, { seed: 1, numRuns: 1 })[0]!;

    const makeModel = (variant: Variant): Model => subject.createModel(() => clock().now, variant);
    function makeRig(variant: Variant, settings = usual): Rig<ModelFault> {
      const model = makeModel(variant);
      let device = model;
      const bus: I2CBus = {
        writeTo: (_address, data) => device.write(data),
        readFrom: (_address, quantity) => Uint8Array.from(device.read(quantity)),
      };
      const sensor = subject.createSensor(bus, settings, variant);
      return { model, sensor, replace: (other) => void (device = other) };
    }

    function sample(sensor: Sensor<never>, meanwhile = (): void => undefined): Reading | Fault {
      let outcome: Reading | Fault | undefined;
      sensor.sample((fault, reading) => {
        assert.equal(outcome, undefined);
        outcome = fault ?? reading;
      });
      meanwhile();
      clock().runAll();
      assert.ok(outcome);
      return outcome;
    }

    function assertTruth(outcome: Reading | Fault, model: Model): void {
      const what = JSON.stringify({ outcome, truth: [model.temperature, model.pressure] });
      assert.ok(typeof outcome === "object", what);
      assert.ok(Math.abs(outcome["temperature"]! - model.temperature) <= subject.tolerance[0], what);
      assert.ok(Math.abs(outcome["pressure"]! - model.pressure) <= subject.tolerance[1], what);
    }

    it("reads the truth over a grid of temperature and pressure, whichever part it is", () => {
      const [lowest, highest] = subject.range;
      for (const variant of subject.variants) {
        const { model, sensor } = makeRig(variant);
        for (const temperature of [-39.8, -20, -15, -0.01, 0, 10, 19.9, 20.1, 40, 60, 84.8]) {
          for (const part of [0.001, 0.2, 0.5, 0.7, 0.8, 0.999]) {
            Object.assign(model, { temperature, pressure: lowest + part * (highest - lowest) });
            assertTruth(sample(sensor), model);
          }
        }
      }
    });

    const seed = Number(process.env["SEED"] ?? Date.now() % 2 ** 31);
    it(`any exposure and settings read the truth, or out-of-range beyond it; replay: SEED=${seed} npx mocha`, () => {
      const [lowest, highest] = subject.range;
      const property = fc.property(
        fc.constantFrom(...subject.variants),
        fc.double({ min: -55, max: 100, noNaN: true }),
        fc.double({ min: lowest * 0.9, max: highest * 1.04, noNaN: true }),
        subject.settings,
        (variant, temperature, pressure, settings) => {
          const { model, sensor } = makeRig(variant, settings);
          Object.assign(model, { temperature, pressure });
          const outcome = sample(sensor);
          const [celsius, pascal] = subject.tolerance;
          const beyond = (tolerance: number): boolean =>
            temperature < -40 - celsius * tolerance ||
            temperature > 85 + celsius * tolerance ||
            pressure < lowest - pascal * tolerance ||
            pressure > highest + pascal * tolerance;
          if (beyond(1)) assert.equal(outcome, "out-of-range");
          else if (!beyond(-1)) assertTruth(outcome, model);
        },
      );
      fc.assert(property, { seed, numRuns: 200 });
    });

    for (const [cause, fault] of subject.faults) {
      it(`${cause} is ${fault} from the start, at every sample, and the part that recovers reads the truth at once`, () => {
        for (const variant of subject.variants) {
          const { model, sensor } = makeRig(variant);
          model.fault = cause;
          for (let i = 0; i < 3; i++) assert.equal(sample(sensor), fault);
          model.fault = "none";
          assertTruth(sample(sensor), model);
        }
      });
    }

    for (const [cause, fault] of subject.laterFaults ?? []) {
      it(`${cause} after good samples is ${fault}, and heals`, () => {
        const { model, sensor } = makeRig(anyVariant);
        assertTruth(sample(sensor), model);
        model.fault = cause;
        assert.equal(sample(sensor), fault);
        model.fault = "none";
        assertTruth(sample(sensor), model);
      });
    }

    it("a part that loses power at any moment of a sample gives a fault or the truth, and the truth in the end", () => {
      for (let isFirst = 0; isFirst < 2; isFirst++) {
        for (let ms = 0; ms < 60; ms++) {
          const { model, sensor } = makeRig(anyVariant);
          if (!isFirst) assertTruth(sample(sensor), model);
          Object.assign(model, { temperature: 31, pressure: 99000 });
          const outcome = sample(sensor, () => {
            clock().tick(ms);
            model.powerCycle();
          });
          if (typeof outcome === "object") assertTruth(outcome, model);
          else assert.ok(subject.powerFaults.includes(outcome), outcome);
          clock().tick(100);
          const next = sample(sensor);
          if (typeof next === "object") assertTruth(next, model);
          else {
            assert.ok(subject.powerFaults.includes(next), next);
            assertTruth(sample(sensor), model);
          }
        }
      }
    });

    it("a part exchanged between two samples is never read with the other's calibration", () => {
      for (const variant of subject.variants) {
        for (const other of subject.variants) {
          if (other === variant) continue;
          const { sensor, model, replace } = makeRig(variant);
          assertTruth(sample(sensor), model);
          const newcomer = makeModel(other);
          Object.assign(newcomer, { temperature: 31, pressure: 99000 });
          replace(newcomer);
          if (subject.exchangeFault) assert.equal(sample(sensor), subject.exchangeFault);
          assertTruth(sample(sensor), newcomer);
        }
      }
    });

    it("drift and noise are read like any truth", () => {
      const { model, sensor } = makeRig(anyVariant);
      model.drift = 240;
      clock().tick(86_400_000);
      model.pressure = 100000;
      const outcome = sample(sensor);
      assert.ok(typeof outcome === "object");
      assert.ok(Math.abs(outcome["pressure"]! - 100240) <= subject.tolerance[1] + 0.1);
    });
  });
}
