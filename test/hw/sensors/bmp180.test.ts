import assert from "node:assert/strict";
import { createBmp180 } from "../../../hw/sensors/bmp180.ts";
import type { Bmp180Options } from "../../../hw/sensors/bmp180.ts";
import type { Fault, Sensor } from "../../../hw/sensors/sensor.ts";
import { createBmp180Bus, DATA_SHEET, dataSheetBus, PERIPH, sampleBmp180 } from "./bmp180-parts.ts";
import { describeContract, withClock } from "./contract.ts";
import { assertBarometer, sampleOnce, transcript, watch } from "./fake-bus.ts";
import type { Outcome } from "./fake-bus.ts";

const NEXT = sampleBmp180();
const FIRST = [...NEXT.slice(0, 2), "W E0 B6", ...NEXT.slice(2)];

describeContract("BMP180", {
  create: (bus, address) => createBmp180({ bus, address: address as 0x77 | undefined }),
  bus: dataSheetBus,
  first: FIRST,
  next: NEXT,
  reading: { temperature: 14.997124207544877, pressure: 69963.19608466838 },
});

describe("BMP180 driver", () => {
  const clock = withClock();
  const sample = (sensor: Sensor<Bmp180Options>): Outcome => sampleOnce(clock(), sensor);

  it("oversampling reaches F4 and shifts the result as much: Betaflight's vector at oss 3", () => {
    const bus = createBmp180Bus(DATA_SHEET, 27898, 271097 << 5);
    const sensor = createBmp180({ bus, pressureOversampling: 8 });
    assertBarometer(sample(sensor).reading, 15, 99998, [0.06, 5]);
    assert.ok(bus.log.includes("W F4 F4"));
  });

  it("bits below the resolution do not count", () => {
    const clean = sample(createBmp180({ bus: dataSheetBus() })).reading;
    const noisy = createBmp180Bus(DATA_SHEET, 27898, (23843 << 8) | 0xff);
    assert.deepEqual(sample(createBmp180({ bus: noisy })).reading, clean);
  });

  it("a conversion is waited for as long as the data sheet's maximum, less than 1 ms longer", () => {
    for (const [pressureOversampling, start, maximum] of [
      [1, 0x34, 4.5],
      [2, 0x74, 7.5],
      [4, 0xb4, 13.5],
      [8, 0xf4, 25.5],
    ] as const) {
      const bus = dataSheetBus();
      const times: number[] = [];
      watch(bus, (data) => {
        if (data[0] !== 0xf4) return;
        if (data.length > 1) times.push(data[1] === 0x2e || data[1] === start ? clock().now : NaN);
        else times.push(clock().now);
      });
      sample(createBmp180({ bus, pressureOversampling }));
      const [t0, t1, p0, p1] = times as [number, number, number, number];
      assert.ok(t1 - t0 >= 4.5 && t1 - t0 < 5.5);
      assert.ok(p1 - p0 >= maximum && p1 - p0 < maximum + 1);
    }
  });

  it("after a reset nothing is sent for the 10 ms of start-up", () => {
    const bus = dataSheetBus();
    const at = new Map<number, number>();
    watch(bus, ([register]) => at.set(register!, clock().now));
    sample(createBmp180({ bus }));
    assert.equal(at.get(0xaa)! - at.get(0xe0)!, 10);
  });

  it("wrong-id: another part is asked for nothing else, and not reset", () => {
    for (const id of [0x00, 0x50, 0x54, 0x56, 0x58, 0x60, 0xff]) {
      const bus = createBmp180Bus(DATA_SHEET, 27898, 23843 << 8, id);
      assert.equal(sample(createBmp180({ bus })).fault, "wrong-id");
      assert.deepEqual(bus.log.length, 2);
    }
  });

  it("bad-calibration: no conversion is started", () => {
    for (const fill of [0, 255]) {
      const bus = createBmp180Bus(new Uint8Array(22).fill(fill), 27898, 23843 << 8);
      assert.equal(sample(createBmp180({ bus })).fault, "bad-calibration");
      assert.equal(bus.registers[0xf4], 0);
    }
  });

  it("not-ready: either conversion is looked at three times, each as long again", () => {
    for (const [stuck, wait] of [
      [0x2e, 5],
      [0xb4, 14],
    ] as const) {
      const bus = dataSheetBus();
      const looks: number[] = [];
      watch(bus, (data) => {
        if (data[0] !== 0xf4) return;
        if (bus.registers[0xf4] === stuck || data[1] === stuck) looks.push(clock().now);
        if (data[1] === stuck) bus.registers[0xf4] = stuck;
      });
      assert.equal(sample(createBmp180({ bus, pressureOversampling: 4 })).fault, "not-ready");
      assert.deepEqual(
        looks.slice(1).map((at, i) => at - looks[i]!),
        [wait, wait, wait],
      );
    }
  });

  it("power-on-value: F4 at 00 and data at 80 00 00 after either conversion", () => {
    for (const command of [0x2e, 0x34]) {
      const bus = dataSheetBus();
      const arrived = bus.onWrite;
      watch(bus, (data) => {
        if (data[1] === command) bus.registers.set([0, 0, 0x80, 0, 0], 0xf4);
      });
      const sensor = createBmp180({ bus });
      assert.equal(sample(sensor).fault, "power-on-value");
      bus.onWrite = arrived;
      assert.deepEqual(
        transcript(bus, () => assert.equal(sample(sensor).fault, null)),
        FIRST,
      );
    }
  });

  it("no-data: the pressure is the temperature, so nothing was converted in between", () => {
    for (const ut of [0x8000, 27898]) {
      const bus = createBmp180Bus(DATA_SHEET, ut, ut << 8);
      assert.equal(sample(createBmp180({ bus })).fault, "no-data");
    }
  });

  it("80 00 is a reading for either alone: 49 °C, and a pressure", () => {
    for (const [ut, up] of [
      [0x8000, 0x700000],
      [27898, 0x800000],
    ] as const) {
      const bus = createBmp180Bus(DATA_SHEET, ut, up);
      assert.equal(sample(createBmp180({ bus })).fault, null);
    }
  });

  it("out-of-range: one step of the raw values beyond -40…85 °C or 30000…110000 Pa", () => {
    const outcome = (ut: number, up: number): Fault | null =>
      sample(createBmp180({ bus: createBmp180Bus(DATA_SHEET, ut, up << 8) })).fault;
    const edge = (of: (raw: number) => Fault | null, from: number, to: number): [number, number] => {
      let [good, bad] = [from, to];
      while (Math.abs(good - bad) > 1) {
        const middle = Math.round((good + bad) / 2);
        if (of(middle) === null) good = middle;
        else bad = middle;
      }
      return [good, bad];
    };
    const ups = (raw: number): Fault | null => outcome(27898, raw);
    const uts = (raw: number): Fault | null => outcome(raw, 28000);
    for (const [of, from, to, quantity, limit] of [
      [ups, 28000, 65535, "pressure", 110000],
      [ups, 24000, 0, "pressure", 30000],
      [uts, 27000, 65535, "temperature", 85],
      [uts, 27000, 20000, "temperature", -40],
    ] as const) {
      const [good, bad] = edge(of, from, to);
      assert.equal(of(bad), "out-of-range");
      const bus =
        of === ups
          ? createBmp180Bus(DATA_SHEET, 27898, good << 8)
          : createBmp180Bus(DATA_SHEET, good, 28000 << 8);
      const value = sample(createBmp180({ bus })).reading![quantity]!;
      assert.ok(Math.abs(value - limit) <= (quantity === "pressure" ? 5 : 0.02), `${value} ${limit}`);
    }
  });

  it("a calibration that makes the formula divide by 0 is out-of-range, not a number", () => {
    const data = Buffer.from(DATA_SHEET);
    data.writeInt16BE(32000, 20);
    const bus = createBmp180Bus(data, 0, 23843 << 8);
    assert.notEqual(sample(createBmp180({ bus })).fault, null);
  });

  it("another part in its place is read with its own calibration", () => {
    const bus = dataSheetBus();
    const sensor = createBmp180({ bus });
    sample(sensor);
    const other = createBmp180Bus(PERIPH, 0x71bf, 0xab96 << 8);
    Object.assign(bus, { writeTo: other.writeTo, readFrom: other.readFrom });
    assertBarometer(sample(sensor).reading, 25.3, 100570, [0.06, 5]);
  });

  it("configure counts from the next sample, or from the pressure of one under way, whose result fits it", () => {
    for (let ms = 0; ms < 30; ms++) {
      const bus = dataSheetBus();
      const sensor = createBmp180({ bus });
      let outcome: Outcome | undefined;
      sensor.sample((fault, reading) => (outcome = { fault, reading }));
      clock().tick(ms);
      sensor.configure({ pressureOversampling: 8 });
      clock().runAll();
      assertBarometer(outcome!.reading, 15, 69964, [0.06, 5]);
      transcript(bus, () => assert.equal(sample(sensor).fault, null));
      assert.ok(bus.log.includes("W F4 F4"));
      sensor.configure({});
      transcript(bus, () => assert.equal(sample(sensor).fault, null));
      assert.ok(bus.log.includes("W F4 F4"));
    }
  });

  it("configure refuses what the part does not have, and then changes nothing", () => {
    const bus = dataSheetBus();
    const sensor = createBmp180({ bus });
    for (const wrong of [0, 3, 16, -1, NaN, "2", null]) {
      const pressureOversampling = wrong as never;
      assert.throws(
        () => createBmp180({ bus, pressureOversampling }),
        /pressureOversampling: must be one of/,
      );
      assert.throws(() => sensor.configure({ pressureOversampling }));
    }
    assert.deepEqual(
      transcript(bus, () => assert.equal(sample(sensor).fault, null)),
      FIRST,
    );
  });
});
