import assert from "node:assert/strict";
import { createMs5611 } from "../../../hw/sensors/ms5611.ts";
import type { Ms5611Options, Ms5611Oversampling } from "../../../hw/sensors/ms5611.ts";
import type { Fault, Sensor } from "../../../hw/sensors/sensor.ts";
import { describeContract, withClock } from "./contract.ts";
import { assertBarometer, sampleOnce, transcript, watch } from "./fake-bus.ts";
import type { FakeBus, Outcome } from "./fake-bus.ts";
import { createMs5611Bus, exampleBus, FIRST, MS5607, MS5611, NEXT, promOf } from "./ms5611-parts.ts";

describeContract("MS5611", {
  create: (bus, address) => createMs5611({ bus, address: address as 0x77 | undefined }),
  bus: exampleBus,
  first: FIRST,
  next: NEXT,
  otherAddress: 0x76,
  reading: { temperature: 20.07985376358032, pressure: 100009.07021379712 },
});

describe("MS5611 and MS5607 driver", () => {
  const clock = withClock();
  const sample = (sensor: Sensor<Ms5611Options>): Outcome => sampleOnce(clock(), sensor);
  const faultOf = (bus: FakeBus): Fault | null => sample(createMs5611({ bus })).fault;

  it("an MS5607 is read by its own formula when the options say so", () => {
    const bus = createMs5611Bus(promOf(MS5607.c), MS5607.d1, MS5607.d2);
    assertBarometer(sample(createMs5611({ bus, part: "ms5607" })).reading, 20, 110002, [0.01, 1]);
    assertBarometer(sample(createMs5611({ bus })).reading, 20, 55001, [0.01, 1]);
  });

  it("oversampling reaches the commands, and each conversion is waited for as long as it may take, and 10 ms, not 1 ms longer", () => {
    const oversamplings: Ms5611Oversampling[] = [256, 512, 1024, 2048, 4096];
    const maximum = [0.6, 1.17, 2.28, 4.54, 9.04];
    oversamplings.forEach((temperatureOversampling, i) => {
      oversamplings.forEach((pressureOversampling, j) => {
        const bus = exampleBus();
        const writes: [number, number][] = [];
        watch(bus, ([command]) => writes.push([command!, clock().now]));
        sample(createMs5611({ bus, temperatureOversampling, pressureOversampling }));
        const [[d2, at2], [, read2], [d1, at1], [, read1]] = writes.slice(-4) as [
          [number, number],
          [number, number],
          [number, number],
          [number, number],
        ];
        assert.deepEqual([d2, d1], [0x50 + 2 * i, 0x40 + 2 * j]);
        assert.ok(read2 - at2 >= maximum[i]! + 10 && read2 - at2 < maximum[i]! + 11);
        assert.ok(read1 - at1 >= maximum[j]! + 10 && read1 - at1 < maximum[j]! + 11);
      });
    });
  });

  it("after a reset nothing is sent for 2.8 ms", () => {
    const bus = exampleBus();
    const at: Record<number, number> = {};
    watch(bus, ([command]) => (at[command!] = clock().now));
    sample(createMs5611({ bus }));
    assert.equal(at[0xa0]! - at[0x1e]!, 3);
  });

  it("bad-calibration and crc: no conversion is started", () => {
    const flipped = promOf(MS5611.c);
    flipped[4]! ^= 16;
    for (const [prom, fault] of [
      [new Uint16Array(8), "bad-calibration"],
      [new Uint16Array(8).fill(0xffff), "bad-calibration"],
      [flipped, "crc"],
    ] as const) {
      const bus = createMs5611Bus(prom, MS5611.d1, MS5611.d2);
      assert.equal(faultOf(bus), fault);
      assert.equal(
        bus.log.some((line) => line === "W 58"),
        false,
      );
    }
  });

  it("not-ready: a result of 0, which is none; it is not asked for again, and the next sample resets", () => {
    for (const [d1, d2] of [
      [0, MS5611.d2],
      [MS5611.d1, 0],
    ] as const) {
      const bus = createMs5611Bus(promOf(MS5611.c), d1, d2);
      const sensor = createMs5611({ bus });
      assert.equal(sample(sensor).fault, "not-ready");
      const reads = bus.log.filter((line) => line === "W 00").length;
      assert.equal(reads, d2 ? 2 : 1);
      assert.equal(transcript(bus, () => sample(sensor))[0], "W 1E");
    }
  });

  it("out-of-range: one step of the raw values beyond -40…85 °C or 1000…120000 Pa, and FFFFFF", () => {
    const outcome = (d1: number, d2: number): Outcome =>
      sample(createMs5611({ bus: createMs5611Bus(promOf(MS5611.c), d1, d2) }));
    for (const [of, good, bad, quantity, limit] of [
      [(raw: number) => outcome(raw, MS5611.d2), 9085466, 16777215, "pressure", 120000],
      [(raw: number) => outcome(raw, MS5611.d2), 9085466, 1, "pressure", 1000],
      [(raw: number) => outcome(7000000, raw), 8569150, 16777215, "temperature", 85],
      [(raw: number) => outcome(9085466, raw), 8569150, 5000000, "temperature", -40],
    ] as const) {
      let [inside, outside] = [good as number, bad as number];
      while (Math.abs(inside - outside) > 1) {
        const middle = Math.round((inside + outside) / 2);
        if (of(middle).fault === null) inside = middle;
        else outside = middle;
      }
      assert.equal(of(outside).fault, "out-of-range");
      assert.ok(Math.abs(of(inside).reading![quantity]! - limit) < 0.05, `${quantity} ${limit}`);
    }
    assert.equal(outcome(0xffffff, 0xffffff).fault, "out-of-range");
  });

  it("another part in its place begins from its reset within the same sample, told by C1 or by serial code", () => {
    for (const other of [promOf([...MS5611.c.map((word) => word + 1)]), promOf(MS5611.c, 0x7770)]) {
      const bus = exampleBus();
      const sensor = createMs5611({ bus });
      sample(sensor);
      const replaced = createMs5611Bus(other, MS5611.d1, MS5611.d2);
      Object.assign(bus, { writeTo: replaced.writeTo, readFrom: replaced.readFrom });
      assert.equal(sample(sensor).fault, null);
      assert.ok(replaced.log.includes("W 1E"));
    }
  });

  it("configure changes only what it names, from the next conversion on", () => {
    for (let ms = 0; ms < 25; ms++) {
      const bus = exampleBus();
      const sensor = createMs5611({ bus, temperatureOversampling: 512 });
      let outcome: Fault | null | undefined;
      sensor.sample((fault) => (outcome = fault));
      clock().tick(ms);
      sensor.configure({ pressureOversampling: 256 });
      clock().runAll();
      assert.equal(outcome, null);
      const log = transcript(bus, () => sample(sensor));
      assert.deepEqual([log[4], log[7]], ["W 52", "W 40"]);
      sensor.configure({});
      assert.deepEqual(
        transcript(bus, () => sample(sensor)),
        log,
      );
    }
  });

  it("refuses what the part does not have, and then changes nothing", () => {
    const bus = exampleBus();
    const sensor = createMs5611({ bus });
    for (const wrong of [0, 1, 128, 4095, 8192, NaN, "256", null]) {
      const value = wrong as never;
      assert.throws(() => createMs5611({ bus, temperatureOversampling: value }), /must be one of 256, 512/);
      assert.throws(() => sensor.configure({ temperatureOversampling: value, pressureOversampling: 256 }));
      assert.throws(() => sensor.configure({ temperatureOversampling: 256, pressureOversampling: value }));
    }
    assert.throws(
      () => createMs5611({ bus, part: "ms5803" as never }),
      /part: must be one of ms5611, ms5607/,
    );
    assert.deepEqual(
      transcript(bus, () => assert.equal(sample(sensor).fault, null)),
      FIRST,
    );
  });
});
