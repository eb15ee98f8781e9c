import assert from "node:assert/strict";
import type { Fault, Reading } from "../../../hw/sensors/sensor.ts";
import { createHx711Model } from "../../../sim/devices/hx711.ts";
import type { Hx711Fault, Hx711Model, Hx711ModelOptions } from "../../../sim/devices/hx711.ts";
import { createSensorRig } from "../../support/sensor-rig.ts";
import type { SensorRig } from "../../support/sensor-rig.ts";
import { KINDS } from "../support.ts";

describe("HX711 model: waveform", () => {
  let time = 0;
  beforeEach(() => {
    time = 1000;
  });
  const make = (options: Partial<Hx711ModelOptions> = {}): Hx711Model =>
    createHx711Model({ now: () => time, ...options });
  const wait = (milliseconds: number): void => void (time += milliseconds);
  const isHigh = (model: Hx711Model): boolean => model.data.drives!(time) === 1;

  /** Clocks so many pulses of 1 µs and gives what the first 24 carried. */
  function transfer(model: Hx711Model, pulses = 25): number {
    let word = 0;
    for (let pulse = 1; pulse <= pulses; pulse++) {
      model.clock.driven!(1, time);
      wait(0.001);
      model.clock.driven!(0, time);
      wait(0.001);
      if (pulse <= 24) word = word * 2 + Number(isHigh(model));
    }
    return word;
  }

  it("is ready 400 ms after power-on, then every 100 ms; at 80 a second after 50 and every 12.5 ms", () => {
    for (const [rate, settling, period] of [
      [10, 400, 100],
      [80, 50, 12.5],
    ] as const) {
      const model = make({ rate });
      wait(settling - 0.1);
      assert.equal(isHigh(model), true);
      wait(0.2);
      assert.equal(isHigh(model), false);
      transfer(model);
      assert.equal(isHigh(model), true);
      wait(period - 0.3);
      assert.equal(isHigh(model), true);
      wait(0.3);
      assert.equal(isHigh(model), false);
    }
  });

  it("gives two's complement of full scale, which is half the supply by the gain", () => {
    const model = make();
    for (const [ratio, word] of [
      [0, 0],
      [500 / 128, 0x7fffff],
      [-500 / 128, 0x800000],
      [250 / 128, 0x400000],
      [-1e-7, 0],
      [(-1 / 0x800000) * (500 / 128), 0xffffff],
      [10, 0x7fffff],
      [-10, 0x800000],
    ] as const) {
      model.ratio = ratio;
      wait(1000);
      assert.equal(transfer(model), word);
      wait(0.01);
    }
  });

  it("26 and 27 pulses choose channel B and gain 64 for what comes 400 ms later, and they stay", () => {
    const model = make();
    model.ratio = 1;
    model.ratioB = 3;
    const scale = (ratio: number, gain: number): number => Math.round((ratio / 500) * gain * 0x800000);
    wait(1000);
    for (const [pulses, expected] of [
      [26, scale(3, 32)],
      [27, scale(1, 64)],
      [25, scale(1, 128)],
    ] as const) {
      transfer(model, pulses);
      wait(399);
      assert.equal(isHigh(model), true);
      wait(2);
      assert.equal(transfer(model, pulses), expected);
      wait(101);
      assert.equal(transfer(model, pulses), expected);
      wait(101);
    }
  });

  it("a clock that is high for more than 60 µs powers it down; low again it starts anew", () => {
    const model = make();
    wait(1000);
    transfer(model, 27);
    wait(1000);
    model.clock.driven!(1, time);
    wait(0.061);
    assert.equal(isHigh(model), true);
    model.clock.driven!(0, time);
    wait(399);
    assert.equal(isHigh(model), true);
    wait(2);
    model.ratio = 250 / 128;
    wait(100);
    assert.equal(transfer(model), 0x400000, "gain 128");
    assert.equal(model.violations, 0);
    model.clock.driven!(1, time);
    wait(0.055);
    model.clock.driven!(0, time);
    assert.equal(model.violations, 1);
  });

  it("an HX710B converts its inputs at 10 or 40 a second, and something else after 26 pulses", () => {
    const model = make({ part: "hx710b" });
    model.ratio = 250 / 128;
    wait(1000);
    assert.equal(transfer(model, 27), 0x400000);
    wait(99);
    assert.equal(isHigh(model), true);
    wait(2);
    assert.equal(transfer(model, 27), 0x400000);
    wait(26);
    assert.equal(transfer(model, 26), 0x400000);
    wait(401);
    assert.notEqual(transfer(model, 26), 0x400000);
  });
});

describe("HX711 driver on the model", () => {
  let rig: SensorRig;
  let model: Hx711Model;
  afterEach(() => {
    assert.equal(model.violations, 0, "a pulse was too long");
    rig.close();
  });

  async function start(
    settings: string,
    options: Partial<Hx711ModelOptions> = {},
    kind: (typeof KINDS)[number] = "ESP8266",
  ): Promise<void> {
    rig = await createSensorRig(
      kind,
      "hx711",
      (board, world) => {
        model = createHx711Model({ now: () => world.clock.now(), random: () => world.random(), ...options });
        board.pins.wire("D5").attach(model.clock);
        board.pins.wire("D4").attach(model.data);
      },
      `var sensor = driver.createHx711({ clock: new Pin("D5"), data: new Pin("D4"), ${settings} });`,
    );
  }

  const near = (outcome: Reading | Fault, ratio: number, tolerance = 1e-6): void => {
    const value = typeof outcome === "object" ? outcome["voltage"]! / 0.005 : NaN;
    assert.ok(Math.abs(value - ratio) <= tolerance, `${JSON.stringify(outcome)} for ${ratio} mV/V`);
  };

  for (const kind of KINDS) {
    it(`reads the truth from end to end (${kind})`, async () => {
      await start("", {}, kind);
      for (const ratio of [0, 1, -1, 3.9, -3.9, 1.2345]) {
        model.ratio = ratio;
        await rig.world.runFor(150);
        near(await rig.sample(), ratio);
      }
    });
  }

  for (const [settings, part, rate, isB] of [
    ["gain: 128", "hx711", 10, false],
    ["gain: 64", "hx711", 10, false],
    ["gain: 32", "hx711", 10, true],
    ["gain: 128, rate: 80", "hx711", 80, false],
    ["gain: 64, rate: 80", "hx711", 80, false],
    ["part: 'hx710b'", "hx710b", undefined, false],
    ["part: 'hx710b', rate: 40", "hx710b", undefined, false],
  ] as const) {
    it(`${settings}: reads its channel, from the first sample on, and again after a loss of supply`, async () => {
      await start(settings, { part, ...(rate && { rate }) });
      model.ratio = isB ? -3 : 2;
      model.ratioB = isB ? 2 : -3;
      for (let i = 0; i < 3; i++) near(await rig.sample(), 2);
      for (const after of [0, 10, 60, 150, 450, 1000]) {
        model.powerCycle();
        await rig.world.runFor(after);
        near(await rig.sample(), 2);
      }
    });
  }

  it("a bridge with a range reads Pa", async () => {
    await start("range: [0, 40000], sensitivity: 3, zero: 0.25");
    for (const [ratio, pascal] of [
      [0.25, 0],
      [1.75, 20000],
      [3.25, 40000],
    ] as const) {
      model.ratio = ratio;
      await rig.world.runFor(150);
      const outcome = await rig.sample();
      assert.ok(typeof outcome === "object" && Math.abs(outcome["pressure"]! - pascal) < 0.1);
    }
    model.ratio = 3.6;
    await rig.world.runFor(150);
    assert.equal(await rig.sample(), "out-of-range");
  });

  const faults: [Hx711Fault, first: Fault, later: Fault][] = [
    ["absent", "absent", "not-ready"],
    ["never-ready", "absent", "not-ready"],
    ["saturated", "saturated", "saturated"],
    ["interrupted", "not-ready", "not-ready"],
  ];
  for (const [cause, first, later] of faults) {
    it(`${cause} is ${first} at first and ${later} after good samples, and heals`, async () => {
      await start("");
      model.fault = cause;
      assert.equal(await rig.sample(), first);
      model.fault = "none";
      model.ratio = 1;
      near(await rig.sample(), 1);
      // What was converted before is still to be fetched.
      model.fault = cause;
      await rig.world.runFor(150);
      if (cause === "never-ready") await rig.sample();
      assert.equal(await rig.sample(), cause === "never-ready" ? first : later);
      model.fault = "none";
      model.ratio = 2;
      await rig.world.runFor(500);
      near(await rig.sample(), 2);
    });
  }

  it("data held low is short, held high no part; both heal", async () => {
    await start("");
    for (const [pin, level, ...faults] of [
      ["D4", 0, "short", "short"],
      ["D4", 1, "not-ready", "absent"],
    ] as const) {
      rig.board.pins.wire(pin).stuck = level;
      for (const fault of faults) assert.equal(await rig.sample(), fault);
      rig.board.pins.wire(pin).stuck = undefined;
      near(await rig.sample(), 0);
    }
  });

  it("a transfer that was held up gives no wrong value: the next conversion does not come in time", async () => {
    await start("");
    model.ratio = 1.2345;
    near(await rig.sample(), 1.2345);
    model.fault = "interrupted";
    rig.board.evaluate(`take("sensor", sensor)`);
    await rig.world.runFor(150);
    model.fault = "none";
    await rig.world.runFor(2000);
    near(rig.board.evaluate("outcomes.sensor") as Reading, 1.2345);
  });

  it("noise stays noise, whenever the sample is taken", async () => {
    await start("rate: 80", { rate: 80 });
    model.noise = 50;
    model.ratio = 1;
    for (let i = 0; i < 100; i++) {
      await rig.world.runFor(rig.world.random() * 30);
      near(await rig.sample(), 1, 5e-5);
    }
  });
});
