import assert from "node:assert/strict";
import { install } from "@sinonjs/fake-timers";
import type { Clock } from "@sinonjs/fake-timers";
import { createDht22, decodeAnswer } from "../../../hw/sensors/dht22.ts";
import type { Dht22Options } from "../../../hw/sensors/dht22.ts";
import type { Fault, Sensor } from "../../../hw/sensors/sensor.ts";
import { sampleOnce } from "./part-support.ts";
import type { Outcome } from "./part-support.ts";

const bitsOf = (hex: string): string =>
  [...Buffer.from(hex.replaceAll(" ", ""), "hex")].map((byte) => byte.toString(2).padStart(8, "0")).join("");

/** Four bytes with their checksum. */
const closed = (hex: string): string => {
  const bytes = Buffer.from(hex.replaceAll(" ", ""), "hex");
  const sum = bytes.reduce((total, byte) => total + byte, 0) & 255;
  return hex + " " + sum.toString(16).padStart(2, "0");
};

describe("DHT22 and DHT11 answers", () => {
  for (const [hex, isDht11, humidity, temperature, source] of [
    ["02 92 01 0D A2", false, 65.8, 26.9, "AM2302 manual"],
    ["02 8C 01 5F EE", false, 65.2, 35.1, "DHT22 manual"],
    ["01 90 80 65 76", false, 40, -10.1, "computed, sign and magnitude"],
    ["01 65 00 C7 2D", false, 35.7, 19.9, "computed"],
    [closed("01 90 FF 4C"), false, 40, -18, "copy, two's complement"],
    [closed("01 90 FF FD"), false, 40, -0.3, "copy, two's complement"],
    [closed("01 90 0F F8"), false, 40, -0.8, "copy, two's complement of 12 bits"],
    [closed("01 90 80 00"), false, 40, 0, "minus zero"],
    [closed("03 E8 03 20"), false, 100, 80, "upper ends"],
    [closed("00 01 81 90"), false, 0.1, -40, "lower ends"],
    ["35 00 18 04 51", true, 53, 24.4, "DHT11 manual"],
    ["35 00 18 00 4D", true, 53, 24, "DHT11 manual"],
    [closed("35 00 05 85"), true, 53, -5.5, "DHT11, sign in the last byte"],
  ] as const) {
    it(`${hex} is ${humidity} %RH and ${temperature} °C (${source})`, () => {
      assert.deepEqual(decodeAnswer(bitsOf(hex), isDht11), { temperature, humidity });
    });
  }

  for (const [hex, isDht11, fault] of [
    ["02 92 01 0D A3", false, "crc"],
    ["35 00 18 04 50", true, "crc"],
    ["00 00 00 00 00", false, "no-data"],
    ["00 00 00 00 00", true, "no-data"],
    ["FF FF FF FF FC", false, "out-of-range"],
    [closed("03 E9 00 C7"), false, "out-of-range"],
    [closed("01 90 03 21"), false, "out-of-range"],
    [closed("01 90 81 91"), false, "out-of-range"],
    [closed("01 90 04 00"), false, "out-of-range"],
    [closed("35 00 18 04"), false, "wrong-id"],
    [closed("02 92 01 0D"), true, "wrong-id"],
    // 51.7 % and 26.1 °C of a DHT22; a DHT11 measures no humidity below 5 %.
    [closed("02 05 01 05"), true, "wrong-id"],
    [closed("03 09 00 09"), true, "wrong-id"],
    [closed("65 00 18 04"), true, "out-of-range"],
    [closed("35 00 3D 00"), true, "out-of-range"],
    [closed("35 00 15 80"), true, "out-of-range"],
  ] as const) {
    it(`${hex} is ${fault} for a ${isDht11 ? "DHT11" : "DHT22"}`, () =>
      assert.equal(decodeAnswer(bitsOf(hex), isDht11), fault));
  }

  it("any one bit turned round is crc; any one bit too few or too many is no-data", () => {
    const bits = bitsOf("02 92 01 0D A2");
    for (let place = 0; place < 40; place++) {
      const other = bits[place] === "1" ? "0" : "1";
      assert.equal(decodeAnswer(bits.slice(0, place) + other + bits.slice(place + 1), false), "crc");
    }
    for (const wrong of ["", bits.slice(1), bits + "0"]) assert.equal(decodeAnswer(wrong, false), "no-data");
  });
});

describe("DHT22 driver", () => {
  let clock: Clock;
  let log: string[];
  let watching: ((event: { time: number }) => void) | undefined;
  /** Intervals between falling edges in µs of each answer in turn; the last for ever. */
  let answers: number[][];
  let level: boolean;
  let isAsked: boolean;

  const intervals = (hex: string): number[] => [
    160,
    ...Array.from(bitsOf(hex), (bit) => (bit === "1" ? 120 : 77)),
  ];
  const GOOD = intervals("02 92 01 0D A2");

  beforeEach(() => {
    clock = install({ toFake: ["setTimeout", "clearTimeout"] });
    [log, answers, level, isAsked] = [[], [GOOD], true, false];
    Object.assign(globalThis, {
      setWatch(callback: (event: { time: number }) => void, _pin: unknown, options: object) {
        log.push("watch " + Object.values(options).join(" "));
        watching = callback;
        return 7;
      },
      clearWatch(id: number) {
        log.push(`clear ${id}`);
        watching = undefined;
      },
    });
  });
  afterEach(() => {
    Reflect.deleteProperty(globalThis, "setWatch");
    Reflect.deleteProperty(globalThis, "clearWatch");
    assert.equal(clock.countTimers(), 0, "a timer outlived the test");
    clock.uninstall();
  });

  const pin = {
    write(value: number) {
      log.push(`write ${value} @${clock.now}`);
      isAsked = true;
    },
    read: () => level,
    mode(mode: string) {
      log.push(mode);
      if (mode !== "input_pullup" || !watching || !isAsked) return;
      isAsked = false;
      let time = 1_767_225_600 + clock.now / 1000;
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      const listener = watching;
      if (answer.length) listener({ time });
      for (const interval of answer) listener({ time: (time += interval / 1e6) });
    },
  };
  const create = (part?: "dht22" | "dht11"): Sensor<Dht22Options> => {
    const sensor = createDht22({ pin, ...(part && { part }) });
    log = [];
    return sensor;
  };
  const sample = (sensor: Sensor<Dht22Options>): Outcome => sampleOnce(clock, sensor);
  const ask = (at: number): string[] => ["output", `write 0 @${at}`];
  const LISTEN = ["watch falling true", "input_pullup", "clear 7"];

  it("a sample asks, waits two seconds, and takes the answer when it asks again", () => {
    const sensor = create();
    assert.deepEqual(sample(sensor).reading, { humidity: 65.8, temperature: 26.9 });
    assert.deepEqual(log, [...ask(0), "input_pullup", ...ask(2002), ...LISTEN]);
    assert.equal(clock.now, 2016);
  });

  it("the next waits two seconds first", () => {
    const sensor = create();
    sample(sensor);
    log = [];
    const startedAt = clock.now;
    assert.equal(sample(sensor).fault, null);
    assert.deepEqual(log, [...ask(startedAt + 2000), "input_pullup", ...ask(startedAt + 4002), ...LISTEN]);
  });

  it("a DHT11 gets a start of 20 ms", () => {
    answers = [intervals("35 00 18 04 51")];
    assert.deepEqual(sample(create("dht11")).reading, { humidity: 53, temperature: 24.4 });
    assert.equal(clock.now, 20 + 2000 + 20 + 12);
  });

  it("intervals at the ends of the manual's tolerances are bits, and all else voids what came before", () => {
    const withBits = (zero: number, one: number, response: number): number[] => [
      response,
      ...GOOD.slice(1).map((interval) => (interval > 100 ? one : zero)),
    ];
    for (const answer of [withBits(70, 116, 150), withBits(85, 130, 170)]) {
      answers = [answer];
      assert.equal(sample(create()).fault, null);
    }
    for (const place of [1, 20, 40]) {
      for (const interval of [5, 59, 141, 154, 240]) {
        const answer = GOOD.slice();
        answer[place] = interval;
        answers = [answer];
        assert.equal(sample(create()).fault, "no-data");
      }
    }
  });

  it("an answer that was lost is asked for again, three times in all", () => {
    const cases: [number[][], Fault | null, number][] = [
      [[[]], "absent", 3],
      [[[], GOOD], null, 2],
      [[GOOD.slice(3), GOOD.slice(0, 30), GOOD], null, 3],
      [[intervals("02 92 01 0D A3")], "crc", 3],
      [[intervals("FF FF FF FF FC")], "out-of-range", 1],
      [[intervals("35 00 18 04 51")], "wrong-id", 1],
    ];
    for (const [given, fault, asked] of cases) {
      answers = given;
      const sensor = create();
      assert.equal(sample(sensor).fault, fault);
      assert.equal(log.filter((line) => line === "clear 7").length, asked);
    }
  });

  it("short: the line is low after the answer", () => {
    level = false;
    assert.equal(sample(create()).fault, "short");
  });

  it("refuses other parts, and pins that cannot be watched", () => {
    assert.throws(() => create("dht21" as never), /^part: must be/);
    Object.assign(globalThis, { setWatch: () => undefined });
    assert.throws(() => create(), /^pin: cannot be watched/);
  });
});
