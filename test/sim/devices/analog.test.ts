import assert from "node:assert/strict";
import {
  createCurrentLoopModel,
  createNtcModel,
  createTransducerModel,
} from "../../../sim/devices/analog.ts";
import type { AnalogModel } from "../../../sim/devices/analog.ts";
import { createSensorRig } from "../../support/sensor-rig.ts";
import type { SensorRig } from "../../support/sensor-rig.ts";
import { KINDS } from "../support.ts";

/** What differs from board to board: the pin, and volts at which its ADC is full. */
const ADC = { ESP32: ["D34", 3.3], ESP8266: ["A0", 1] } as const;

describe("analog drivers on the models", () => {
  let rig: SensorRig;
  afterEach(() => rig.close());

  async function start(
    kind: (typeof KINDS)[number],
    driver: string,
    make: (now: () => number, random: () => number) => AnalogModel,
    create: string,
    fullScale: number = ADC[kind][1],
  ): Promise<AnalogModel> {
    let model: AnalogModel | undefined;
    rig = await createSensorRig(
      kind,
      driver,
      (board, world) => {
        model = make(
          () => world.clock.now(),
          () => world.random(),
        );
        board.pins.wire(ADC[kind][0]).attach(model);
        // Boards around an ESP8266 have a divider that makes 3.3 V of its 1 V.
        board.pins.adcFullScale = fullScale;
      },
      `var sensor = driver.${create.replace("{", `{ pin: new Pin("${ADC[kind][0]}"), fullScale: ${fullScale}, `)};`,
    );
    return model!;
  }

  async function reads(
    model: AnalogModel,
    truth: number,
    quantity: string,
    tolerance: number,
  ): Promise<void> {
    model.truth = truth;
    const outcome = await rig.sample();
    const value = typeof outcome === "object" ? outcome[quantity] : undefined;
    assert.ok(
      value !== undefined && Math.abs(value - truth) <= tolerance,
      `${JSON.stringify(outcome)} for ${truth}`,
    );
  }

  for (const kind of KINDS) {
    it(`NTC: reads the truth over its range, and each fault, and heals (${kind})`, async () => {
      const model = await start(kind, "ntc", (now) => createNtcModel({ now }), "createNtc({})", 3.3);
      // Steps of the ADC weigh more at the ends.
      const step = kind === "ESP32" ? 0.02 : 0.1;
      for (const celsius of [-20, -5, 0, 25, 50, 85]) await reads(model, celsius, "temperature", step * 4);
      for (const [cause, fault] of [
        ["open", "open"],
        ["short", "short"],
        ["saturated", "open"],
      ] as const) {
        model.fault = cause;
        assert.equal(await rig.sample(), fault);
        model.fault = "none";
        await reads(model, 25, "temperature", step * 2);
      }
      model.truth = 150;
      assert.equal(await rig.sample(), "out-of-range");
      model.truth = -45;
      assert.equal(await rig.sample(), "out-of-range");
    });

    it(`NTC: noise is averaged, drift is followed (${kind})`, async () => {
      const make = (now: () => number, random: () => number): AnalogModel => createNtcModel({ now, random });
      const model = await start(kind, "ntc", make, "createNtc({ samples: 64 })", 3.3);
      model.noise = 0.1;
      for (let i = 0; i < 10; i++) await reads(model, 25, "temperature", 1.2);
      model.noise = 0;
      model.drift = 10;
      await rig.world.runFor(3_600_000);
      const outcome = await rig.sample();
      assert.ok(typeof outcome === "object" && Math.abs(outcome["temperature"]! - 35) < 0.2);
    });
  }

  it("NTC: at the 1 V of a bare ESP8266 what lies beyond is saturated, not open", async () => {
    const model = await start("ESP8266", "ntc", (now) => createNtcModel({ now }), "createNtc({})");
    await reads(model, 60, "temperature", 0.1);
    model.truth = 25;
    assert.equal(await rig.sample(), "saturated");
  });

  it("NTC to the supply, fixed resistor to ground", async () => {
    const make = (now: () => number): AnalogModel => createNtcModel({ now, pullUp: false });
    const model = await start("ESP32", "ntc", make, "createNtc({ pullUp: false })");
    for (const celsius of [-20, 25, 85]) await reads(model, celsius, "temperature", 0.1);
    for (const fault of ["open", "short"] as const) {
      model.fault = fault;
      assert.equal(await rig.sample(), fault);
    }
  });

  it("transducer: reads the truth over its range, and each fault, and heals", async () => {
    const make = (now: () => number): AnalogModel => createTransducerModel({ now, range: [0, 1e6] });
    const model = await start("ESP32", "transducer", make, "createTransducer({ range: [0, 1e6] })");
    for (const pascal of [0, 1e5, 5e5, 9.9e5, 1e6]) await reads(model, pascal, "pressure", 400);
    for (const [cause, fault] of [
      ["open", "open"],
      ["short", "short"],
      ["saturated", "short"],
    ] as const) {
      model.fault = cause;
      assert.equal(await rig.sample(), fault);
      model.fault = "none";
      await reads(model, 5e5, "pressure", 400);
    }
    for (const pascal of [-5e4, 1.05e6]) {
      model.truth = pascal;
      assert.equal(await rig.sample(), "out-of-range");
    }
  });

  it("current loop: reads the truth, and NE 43's failures, and heals", async () => {
    const make = (now: () => number): AnalogModel => createCurrentLoopModel({ now });
    const create = `createCurrentLoop({ quantity: "temperature", range: [-50, 150] })`;
    const model = await start("ESP32", "current-loop", make, create);
    for (const milliamperes of [3.85, 4, 12, 20, 20.45]) await reads(model, milliamperes, "current", 0.01);
    const outcome = await rig.sample();
    assert.ok(typeof outcome === "object" && Math.abs(outcome["temperature"]! - 155.6) < 0.2);
    for (const [truth, fault] of [
      [3.5, "open"],
      [3.7, "out-of-range"],
      [20.8, "out-of-range"],
      [21.5, "short"],
    ] as const) {
      model.truth = truth;
      assert.equal(await rig.sample(), fault);
    }
    for (const fault of ["open", "short"] as const) {
      model.fault = fault;
      assert.equal(await rig.sample(), fault);
      model.fault = "none";
      await reads(model, 12, "current", 0.01);
    }
  });
});
