import assert from "node:assert/strict";
import { install } from "@sinonjs/fake-timers";
import type { Clock } from "@sinonjs/fake-timers";
import { convertCurrent, createCurrentLoop, judgeCurrent } from "../../../hw/sensors/current-loop.ts";
import { betaTemperature, createNtc, steinhartTemperature } from "../../../hw/sensors/ntc.ts";
import type { NtcOptions } from "../../../hw/sensors/ntc.ts";
import type { Sensor } from "../../../hw/sensors/sensor.ts";
import { convertShare, createTransducer } from "../../../hw/sensors/transducer.ts";
import { sampleOnce } from "./part-support.ts";
import type { Outcome } from "./part-support.ts";

const near = (actual: unknown, expected: number, tolerance: number): void =>
  assert.ok(
    typeof actual === "number" && Math.abs(actual - expected) <= tolerance,
    `${String(actual)} for ${expected}`,
  );

describe("NTC conversion", () => {
  for (const [beta, rows] of [
    [
      3950,
      ["-20 105384.7 0.91333", "0 33620.6 0.77075", "25 10000 0.5", "50 3588.2 0.26407", "100 697.5 0.06520"],
    ],
    [
      3435,
      ["-20 77522.5 0.88574", "0 28704.3 0.74163", "25 10000 0.5", "50 4101.2 0.29084", "100 987.0 0.08984"],
    ],
  ] as const) {
    for (const [celsius, ohms] of rows.map((row) => row.split(" ").map(Number) as [number, number, number])) {
      it(`β ${beta}: ${ohms} Ω is ${celsius} °C`, () =>
        near(betaTemperature(ohms, beta, 10000), celsius, 0.003));
    }
  }

  it("Steinhart and Hart: ESPHome's example, with the three points it was fitted to", () => {
    const coefficients = [8.407919e-4, 2.5845653e-4, 1.6990786e-7];
    for (const [ohms, celsius] of [
      [5000, 44.6033],
      [10000, 25],
      [27219, 0],
      [14674, 15],
    ] as const) {
      near(steinhartTemperature(ohms, coefficients), celsius, 0.0005);
    }
  });

  it("β is Steinhart and Hart with a c of 0", () => {
    const coefficients = [1 / 298.15 - Math.log(10000) / 3950, 1 / 3950, 0];
    for (const ohms of [100, 1000, 33620.6, 300000]) {
      near(steinhartTemperature(ohms, coefficients), betaTemperature(ohms, 3950, 10000), 1e-9);
    }
  });
});

describe("transducer conversion", () => {
  it("0.5…4.5 V are 0…10 bar, through a divider of 2/3 into 3.3 V", () => {
    for (const [ratio, bar] of [
      [0.10101, 0],
      [0.505051, 5],
      [0.909091, 10],
    ] as const) {
      near(convertShare((ratio * 3.3) / (2 / 3) / 5, [0, 1e6]), bar * 1e5, 5);
    }
  });

  it("open below 0.25 V, short above 4.75 V, out-of-range more than 2.5 % of the span beyond an end", () => {
    for (const [volts, outcome] of [
      [0, "open"],
      [0.2499, "open"],
      [0.2501, "out-of-range"],
      [0.3999, "out-of-range"],
      [0.4001, -0.024975],
      [4.5999, 1.024975],
      [4.6001, "out-of-range"],
      [4.7499, "out-of-range"],
      [4.7501, "short"],
      [5, "short"],
      [NaN, "out-of-range"],
    ] as const) {
      const actual = convertShare(volts / 5, [0, 1]);
      if (typeof outcome === "number") near(actual, outcome, 1e-9);
      else assert.equal(actual, outcome, `${volts} V`);
    }
  });
});

describe("current loop conversion", () => {
  it("4…20 mA over 165 Ω", () => {
    for (const [volts, milliamperes, percent] of [
      [0.66, 4, 0],
      [1.98, 12, 50],
      [3.3, 20, 100],
      [0.5775, 3.5, -3.125],
    ] as const) {
      near((1000 * volts) / 165, milliamperes, 1e-9);
      near(convertCurrent((1000 * volts) / 165, [0, 100]), percent, 1e-6);
    }
    near(convertCurrent(8, [100, -100]), 50, 1e-9);
  });

  it("NAMUR NE 43: 3.6 mA and less, 21 mA and more are failures; what lies between them and 3.8…20.5 is no reading", () => {
    for (const [milliamperes, fault] of [
      [0, "open"],
      [3.5, "open"],
      [3.6, "open"],
      [3.601, "out-of-range"],
      [3.799, "out-of-range"],
      [3.8, null],
      [4, null],
      [20, null],
      [20.5, null],
      [20.501, "out-of-range"],
      [20.999, "out-of-range"],
      [21, "short"],
      [1000, "short"],
      [NaN, "out-of-range"],
    ] as const) {
      assert.equal(judgeCurrent(milliamperes), fault, `${milliamperes} mA`);
    }
  });
});

describe("drivers of analog parts", () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  });
  afterEach(() => {
    assert.equal(clock.countTimers(), 0, "a timer outlived the test");
    clock.uninstall();
  });

  const sample = <Options>(sensor: Sensor<Options>): Outcome => sampleOnce(clock, sensor);
  /** A pin that reads these ratios in turn, over and over. */
  const pin = (...ratios: number[]): { analog(): number; reads: number; ratios: number[] } => ({
    ratios,
    reads: 0,
    analog() {
      return this.ratios[this.reads++ % this.ratios.length]!;
    },
  });

  it("the mean of as many conversions as asked for is taken", () => {
    const input = pin(0.4, 0.6);
    const sensor = createNtc({ pin: input });
    input.reads = 0;
    near(sample(sensor).reading!["temperature"], 25, 1e-9);
    assert.equal(input.reads, 8);
    sensor.configure({ samples: 2 });
    sample(sensor);
    assert.equal(input.reads, 10);
  });

  it("one conversion at the end of the range spoils the mean", () => {
    const input = pin(0.5);
    const sensor = createNtc({ pin: input, fullScale: 1 });
    input.ratios = [0.98, 1023 / 1024];
    assert.equal(sample(sensor).fault, "saturated");
    input.ratios = [0.98, 1022 / 1024];
    assert.notEqual(sample(sensor).fault, "saturated");
  });

  it("a pin without an ADC is refused at creation", () => {
    for (const create of [createNtc, createTransducer, createCurrentLoop]) {
      assert.throws(() => create({ pin: pin(NaN), range: [0, 1] }), /^pin: must have an ADC/);
    }
  });

  it("NTC: open and short, on either side of the divider", () => {
    const options = (extra: NtcOptions): NtcOptions => ({ minimum: -100, maximum: 300, ...extra });
    for (const [ratio, whenUp, whenDown] of [
      [1, "open", "short"],
      [0.9901, "open", "short"],
      [0.9899, null, null],
      [0.0101, null, null],
      [0.0099, "short", "open"],
      [0, "short", "open"],
    ] as const) {
      assert.equal(sample(createNtc(options({ pin: pin(ratio) }))).fault, whenUp, `${ratio}`);
      assert.equal(
        sample(createNtc(options({ pin: pin(ratio), pullUp: false }))).fault,
        whenDown,
        `${ratio}`,
      );
    }
  });

  it("NTC: supply and range of the ADC differ", () => {
    // 10 kΩ at 25 °C halve 3.3 V; an ADC of 1.8 V reads that as 0.91667.
    const sensor = createNtc({ pin: pin(1.65 / 1.8), fullScale: 1.8 });
    near(sample(sensor).reading!["temperature"], 25, 1e-9);
    assert.equal(sample(createNtc({ pin: pin(1), fullScale: 1.8 })).fault, "saturated");
  });

  it("NTC: the limits are readings, a step beyond is out-of-range", () => {
    const sensor = createNtc({ pin: pin(0.5), minimum: 24.9999, maximum: 25.0001 });
    assert.equal(sample(sensor).fault, null);
    sensor.configure({ maximum: 24.99995 });
    assert.equal(sample(sensor).fault, "out-of-range");
    sensor.configure({ minimum: 25.00005, maximum: 26 });
    assert.equal(sample(sensor).fault, "out-of-range");
  });

  it("NTC: Steinhart and Hart's coefficients count instead of β, until they are taken back", () => {
    const sensor = createNtc({ pin: pin(1 / 3), steinhart: [8.407919e-4, 2.5845653e-4, 1.6990786e-7] });
    near(sample(sensor).reading!["temperature"], 44.6033, 0.0005);
    sensor.configure({ steinhart: null });
    near(sample(sensor).reading!["temperature"], betaTemperature(5000, 3950, 10000), 1e-9);
    sensor.configure({ beta: 3435, resistance: 5000 });
    near(sample(sensor).reading!["temperature"], 25, 1e-9);
  });

  it("transducer: divider, supply and range", () => {
    const reading = (ratio: number): unknown =>
      sample(createTransducer({ pin: pin(ratio), range: [0, 1e6] })).reading?.["pressure"];
    near(reading(0.505051), 5e5, 5);
    near(reading(0.10101), 0, 5);
    const half = { pin: pin(0.25), divider: 0.5, supply: 3.3, range: [-1e5, 3e5] as [number, number] };
    near(sample(createTransducer(half)).reading!["pressure"], 1e5, 1e-6);
  });

  it("transducer: full is short when the divider shows all of the output, saturated when it does not", () => {
    assert.equal(sample(createTransducer({ pin: pin(1), range: [0, 1] })).fault, "short");
    assert.equal(sample(createTransducer({ pin: pin(1), range: [0, 1], divider: 1 })).fault, "saturated");
    assert.equal(sample(createTransducer({ pin: pin(0), range: [0, 1] })).fault, "open");
  });

  it("current loop: the current, and what it stands for", () => {
    const input = pin((0.012 * 150) / 3.3);
    assert.deepEqual(Object.keys(sample(createCurrentLoop({ pin: input })).reading!), ["current"]);
    const sensor = createCurrentLoop({ pin: input, quantity: "pressure", range: [0, 1e6] });
    const { reading } = sample(sensor);
    near(reading!["current"], 12, 1e-9);
    near(reading!["pressure"], 5e5, 1e-3);
    sensor.configure({ range: [0, 2e6] });
    near(sample(sensor).reading!["pressure"], 1e6, 1e-3);
  });

  it("current loop: full is short when the ADC reaches 21 mA, saturated when it does not", () => {
    assert.equal(sample(createCurrentLoop({ pin: pin(1), shunt: 150 })).fault, "short");
    assert.equal(sample(createCurrentLoop({ pin: pin(1), shunt: 165 })).fault, "saturated");
    assert.equal(sample(createCurrentLoop({ pin: pin(0) })).fault, "open");
  });

  it("settings that cannot be are refused, and then nothing changes", () => {
    const sensor = createNtc({ pin: pin(0.5) });
    for (const [name, wrong] of Object.entries({
      ...{ series: 0, supply: 25, resistance: 1e8, beta: 499, minimum: -101, maximum: 301, samples: 65 },
      ...{ fullScale: 0, steinhart: [1, NaN, 1], pullUp: "no" },
    })) {
      assert.throws(
        () => sensor.configure({ samples: 1, beta: 1000, [name]: wrong }),
        new RegExp(`^${name}`),
      );
      assert.throws(() => createNtc({ pin: pin(0.5), [name]: wrong }));
      assert.throws(() => sensor.configure({ [name]: "1" }));
    }
    // Texts would be joined instead of added, and give numbers.
    for (const steinhart of [
      ["8.4e-4", "2.6e-4", "1.7e-7"],
      [8.4e-4, 2.6e-4, "1.7e-7"],
      [1e-3, 2e-4],
      "123",
      5,
    ])
      assert.throws(() => sensor.configure({ steinhart: steinhart as never }), /^steinhart: must be/);
    assert.throws(() => createNtc({ pin: pin(0.5), minimum: 50, maximum: 50 }), /^maximum: must be above/);
    assert.throws(() => sensor.configure({ maximum: -41 }), /^maximum: must be above/);
    near(sample(sensor).reading!["temperature"], 25, 1e-9);
    for (const range of [undefined, [], [0], [0, 0], ["0", 1], [0, NaN], [null, 1], [0, 1e10]]) {
      const options = { pin: pin(0.5), quantity: "pressure", range } as never;
      assert.throws(() => createTransducer(options), /^range: must be/);
      assert.throws(() => createCurrentLoop(options), /^range: must be/);
    }
    for (const quantity of ["current", "__proto__", "level", 5])
      assert.throws(
        () => createCurrentLoop({ pin: pin(0.5), quantity: quantity as never, range: [0, 1] }),
        /^quantity: must be one of temperature, pressure, humidity, voltage/,
      );
  });

  it("answers later, one sample at a time, and not after close", () => {
    const sensor = createNtc({ pin: pin(0.5) });
    const outcomes: unknown[] = [];
    sensor.sample((fault) => outcomes.push(fault));
    sensor.sample((fault) => outcomes.push(fault));
    assert.deepEqual(outcomes, []);
    clock.runAll();
    assert.deepEqual(outcomes.sort(), ["not-ready", null].sort());
    sensor.sample(() => assert.fail("called back"));
    sensor.close();
    clock.runAll();
  });
});
