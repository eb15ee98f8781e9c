import assert from "node:assert/strict";
import { install } from "@sinonjs/fake-timers";
import type { Clock } from "@sinonjs/fake-timers";
import { convertCounts, createHx711, decodeCounts } from "../../../hw/sensors/hx711.ts";
import type { Hx711Options } from "../../../hw/sensors/hx711.ts";
import type { Sensor } from "../../../hw/sensors/sensor.ts";
import { sampleOnce } from "./part-support.ts";
import type { Outcome } from "./part-support.ts";

/** A transfer as the bus gives it: each bit of the word twice, then ones. */
function transferOf(word: number): number[] {
  const bits = Array.from({ length: 24 }, (_, place) => (word >> (23 - place)) & 1);
  const bytes = [];
  for (let i = 0; i < 24; i += 4) {
    bytes.push(bits.slice(i, i + 4).reduce((byte, bit) => byte * 4 + bit * 3, 0));
  }
  return [...bytes, 0xff];
}

describe("HX711 conversion", () => {
  for (const [word, counts] of [
    [0x7fffff, 8388607],
    [0x800000, -8388608],
    [0xffffff, -1],
    [0x123456, 1193046],
    [0xedcba9, -1193047],
    [0, 0],
    [1, 1],
  ] as const) {
    it(`${word.toString(16).padStart(6, "0")} is ${counts}`, () =>
      assert.equal(decodeCounts(transferOf(word)), counts));
  }

  it("what the line carries while the clock is high does not count", () => {
    const data = transferOf(0x123456).map((byte) => byte ^ 0xaa);
    assert.equal(decodeCounts(data), 0x123456);
  });

  it("full scale is half the supply by the gain", () => {
    assert.equal(convertCounts(0x400000, 128), 250 / 128);
    assert.equal(convertCounts(-0x400000, 64), -250 / 64);
    // HX711 "Analog inputs": ±20 mV, ±40 mV and ±80 mV at 5 V, rounded.
    for (const [gain, millivolts] of [
      [128, 20],
      [64, 40],
      [32, 80],
    ] as const) {
      assert.ok(Math.abs(5 * convertCounts(0x800000, gain) - millivolts) < 0.03 * millivolts);
    }
  });
});

describe("HX711 driver", () => {
  let clock: Clock;
  let log: string[];
  /** What transfers give, in turn; the last for ever. */
  let words: number[];
  /** What the data line reads when asked, in turn; low for ever after that. */
  let levels: number[];
  let tail: number;

  beforeEach(() => {
    clock = install({ toFake: ["setTimeout", "clearTimeout"] });
    [log, words, levels, tail] = [[], [0x123456], [], 0xff];
    Object.assign(globalThis, {
      SPI: class {
        setup = ({ mosi, miso }: { mosi: unknown; miso: unknown }): void =>
          void log.push(`setup ${String(mosi)} ${String(miso)}`);
        send = (data: number[]): Uint8Array => {
          log.push("send " + Buffer.from(data).toString("hex"));
          const word = words.length > 1 ? words.shift()! : words[0]!;
          return Uint8Array.from([...transferOf(word).slice(0, 6), tail]);
        };
      },
    });
  });
  afterEach(() => {
    Reflect.deleteProperty(globalThis, "SPI");
    assert.equal(clock.countTimers(), 0, "a timer outlived the test");
    clock.uninstall();
  });

  const pins = {
    clock: { write: (value: number) => void log.push(`clock ${value}`), toString: () => "C" },
    data: {
      mode: (mode: string) => void log.push(`data ${mode}`),
      read: () => {
        const level = levels.shift() ?? 0;
        log.push(`look ${level}`);
        return level === 1;
      },
      toString: () => "D",
    },
  };
  const create = (options: Partial<Hx711Options> = {}): Sensor<Hx711Options> =>
    createHx711({ ...pins, ...options });
  const sample = (sensor: Sensor<Hx711Options>): Outcome => sampleOnce(clock, sensor);
  const RESET = ["setup C D", "clock 0", "data input_pullup", "clock 1", "clock 0"];
  const A128 = "send " + "aa".repeat(6) + "80";
  const B32 = "send " + "aa".repeat(6) + "a0";
  const A64 = "send " + "aa".repeat(6) + "a8";

  it("the first sample resets, waits for the part to settle, transfers and waits for the proof; the next only does the last", () => {
    const sensor = create();
    assert.deepEqual(log, []);
    const startedAt = clock.now;
    assert.equal(sample(sensor).reading!["voltage"], (0x123456 / 0x800000) * 0.5 * (5 / 128));
    assert.deepEqual(log, [...RESET, "look 0", A128, "look 0"]);
    assert.equal(clock.now - startedAt, 1 + 440 + 200);
    log = [];
    assert.equal(sample(sensor).fault, null);
    assert.deepEqual(log, ["look 0", A128, "look 0"]);
  });

  it("another gain is chosen by a transfer whose value is thrown away", () => {
    for (const [options, send, ms] of [
      [{ gain: 64 }, A64, 1 + 440 + 440 + 200],
      [{ gain: 32 }, B32, 1 + 440 + 440 + 200],
      [{ gain: 32, rate: 80 }, B32, 1 + 55 + 55 + 25],
      [{ part: "hx710b", rate: 40 }, A64, 1 + 440 + 110 + 50],
    ] as const) {
      const sensor = create(options);
      for (let i = 0; i < 2; i++) {
        [log, words] = [[], [0x111111, 0x123456]];
        const startedAt = clock.now;
        const gain = "gain" in options ? options.gain : 128;
        const { reading } = sample(sensor);
        assert.equal(reading!["voltage"], (convertCounts(0x123456, gain) * 5) / 1000);
        assert.deepEqual(log, [...(i ? [] : RESET), "look 0", send, "look 0", send, "look 0"]);
        if (!i) assert.equal(clock.now - startedAt, ms);
      }
    }
  });

  it("a conversion that comes late takes the transfer before it back", () => {
    levels = [0, 1, 1, 0, 0];
    words = [0x111111, 0x123456];
    const { reading } = sample(create());
    assert.equal(reading!["voltage"], (convertCounts(0x123456, 128) * 5) / 1000);
    assert.deepEqual(log.slice(5), ["look 0", A128, "look 1", "look 1", "look 0", A128, "look 0"]);
  });

  it("absent, or not-ready when it was there: looked at eight times", () => {
    const sensor = create();
    levels = Array<number>(100).fill(1);
    assert.equal(sample(sensor).fault, "absent");
    assert.equal(levels.length, 92);
    levels = [];
    assert.equal(sample(sensor).fault, null);
    levels = Array<number>(100).fill(1);
    assert.equal(sample(sensor).fault, "not-ready");
    assert.equal(levels.length, 92);
    assert.equal(sample(sensor).fault, "absent");
  });

  it("short: the data line is low after the last pulse, eight times", () => {
    [tail, words] = [0xfe, [0]];
    assert.equal(sample(create()).fault, "short");
    assert.equal(log.filter((line) => line === A128).length, 8);
  });

  it("saturated at either end, a count before it is a reading", () => {
    for (const [word, fault] of [
      [0x7fffff, "saturated"],
      [0x800000, "saturated"],
      [0x7ffffe, null],
      [0x800001, null],
      [0xffffff, null],
    ] as const) {
      words = [word];
      assert.equal(sample(create()).fault, fault);
    }
  });

  it("pressure is linear between the ends, and out-of-range more than a tenth beyond them", () => {
    const counts = (ratio: number): number => Math.round((ratio / 500) * 128 * 0x800000) & 0xffffff;
    const sensor = create({ range: [1000, 41000], sensitivity: 2, zero: -0.5 });
    for (const [ratio, pascal] of [
      [-0.5, 1000],
      [0.5, 21000],
      [1.5, 41000],
      [1.699, 44980],
      [-0.699, -2980],
      [1.701, NaN],
      [-0.701, NaN],
    ] as const) {
      words = [counts(ratio)];
      const { fault, reading } = sample(sensor);
      if (Number.isNaN(pascal)) assert.equal(fault, "out-of-range");
      else assert.ok(Math.abs(reading!["pressure"]! - pascal) < 0.05);
    }
  });

  it("settings the part does not have are refused, and then nothing changes", () => {
    for (const options of [
      { gain: 16 },
      { rate: 40 },
      { part: "hx710b", gain: 64 },
      { part: "hx710b", rate: 80 },
      { part: "hx712" },
      { supply: 2 },
      { sensitivity: 0 },
      { zero: NaN },
      { range: [0, 0] },
    ]) {
      assert.throws(() => create(options as never), /must be/);
    }
    const sensor = create();
    assert.throws(() => sensor.configure({ gain: 64, rate: 11 as never }));
    sample(sensor);
    assert.ok(log.includes(A128));
    sensor.configure({ gain: 64 });
    log = [];
    sample(sensor);
    assert.deepEqual(log.slice(0, 7), [...RESET, "look 0", A64]);
  });

  it("settings that change at any moment of a sample spoil no value", () => {
    for (let ms = 0; ms < 700; ms += 50) {
      words = [0x100000];
      const sensor = create();
      let voltage: number | undefined;
      sensor.sample((_fault, reading) => (voltage = reading!["voltage"]));
      clock.tick(ms);
      sensor.configure({ supply: 2.6 });
      clock.runAll();
      const expected = convertCounts(0x100000, 128) / 1000;
      assert.ok(voltage === expected * 5 || voltage === expected * 2.6);
    }
  });

  it("close ends a sample under way", () => {
    const sensor = create();
    sensor.sample(() => assert.fail("called back"));
    clock.tick(100);
    sensor.close();
    const { length } = log;
    clock.runAll();
    assert.equal(log.length, length);
  });
});
