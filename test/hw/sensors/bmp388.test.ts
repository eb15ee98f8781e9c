import assert from "node:assert/strict";
import { createBmp388 } from "../../../hw/sensors/bmp388.ts";
import type { Bmp388Options, Bmp388Oversampling } from "../../../hw/sensors/bmp388.ts";
import type { Fault, Sensor } from "../../../hw/sensors/sensor.ts";
import {
  burst,
  createBmp388Bus,
  ELIXIR,
  ELIXIR_DATA,
  elixirBus,
  FIRST,
  NEXT,
  RESET_DATA,
  trimming,
  withChecksum,
} from "./bmp388-parts.ts";
import { describeContract, withClock } from "./contract.ts";
import { assertBarometer, bytes, sampleOnce, transcript, watch } from "./fake-bus.ts";
import type { FakeBus, Outcome } from "./fake-bus.ts";

describeContract("BMP388", {
  create: (bus, address) => createBmp388({ bus, address: address as 0x76 | undefined }),
  bus: elixirBus,
  first: FIRST,
  next: NEXT,
  otherAddress: 0x77,
  reading: { temperature: 30.499314453874284, pressure: 100876.006346922 },
});

const OVERSAMPLINGS: Bmp388Oversampling[] = [1, 2, 4, 8, 16, 32];

describe("BMP388 and BMP390 driver", () => {
  const clock = withClock();
  const sample = (sensor: Sensor<Bmp388Options>): Outcome => sampleOnce(clock(), sensor);
  const faultOf = (bus: FakeBus): Fault | null => sample(createBmp388({ bus })).fault;

  it("a BMP390 is read alike", () => {
    const bus = createBmp388Bus(withChecksum(ELIXIR), ELIXIR_DATA, 0x60);
    assertBarometer(sample(createBmp388({ bus })).reading, 30.4993, 100876.01);
  });

  it("settings reach 1C and 1F with the codes of the data sheet", () => {
    OVERSAMPLINGS.forEach((temperatureOversampling, i) => {
      const bus = elixirBus();
      const filter = ([1, 3, 7, 31, 63, 127] as const)[i]!;
      sample(
        createBmp388({
          bus,
          temperatureOversampling,
          pressureOversampling: OVERSAMPLINGS[5 - i]!,
          filter,
        }),
      );
      assert.equal(bus.registers[0x1c], (i << 3) | (5 - i));
      assert.equal(bus.registers[0x1f], [1, 2, 3, 5, 6, 7][i]! << 1);
    });
  });

  it("a conversion is waited for a fifth longer than is typical, less than 2 ms more", () => {
    for (const temperatureOversampling of OVERSAMPLINGS) {
      for (const pressureOversampling of OVERSAMPLINGS) {
        const bus = elixirBus();
        const at: Record<number, number> = {};
        watch(bus, ([register]) => (at[register!] = clock().now));
        sample(createBmp388({ bus, temperatureOversampling, pressureOversampling }));
        const typical =
          (234 + 392 + 2020 * pressureOversampling + 313 + 2020 * temperatureOversampling) / 1000;
        const waited = at[4]! - at[0x1b]!;
        assert.ok(waited >= 1.2 * typical && waited < 1.2 * typical + 2, `${waited} ${typical}`);
      }
    }
  });

  it("after a reset nothing is sent for the 2 ms of start-up", () => {
    const bus = elixirBus();
    const at: Record<number, number> = {};
    watch(bus, ([register]) => (at[register!] = clock().now));
    sample(createBmp388({ bus }));
    assert.equal(at[0x30]! - at[0x7e]!, 2);
  });

  it("wrong-id: another part is asked for nothing else, and not reset", () => {
    for (const id of [0x00, 0x10, 0x4f, 0x51, 0x55, 0x58, 0x5f, 0x61, 0xff]) {
      const bus = createBmp388Bus(withChecksum(ELIXIR), ELIXIR_DATA, id);
      assert.equal(faultOf(bus), "wrong-id");
      assert.equal(bus.log.length, 2);
    }
  });

  it("bad-calibration and crc: no conversion is started", () => {
    const flipped = withChecksum(ELIXIR);
    flipped[9]! ^= 1;
    for (const [calibration, fault] of [
      [new Uint8Array(22), "bad-calibration"],
      [new Uint8Array(22).fill(255), "bad-calibration"],
      [flipped, "crc"],
    ] as const) {
      const bus = createBmp388Bus(calibration, ELIXIR_DATA);
      assert.equal(faultOf(bus), fault);
      assert.equal(bus.registers[0x1b], 0);
    }
  });

  it("not-ready: five looks for the start, three for the conversion, of which one alone is not enough", () => {
    const starting = elixirBus();
    starting.registers[3] = 0x60;
    assert.equal(faultOf(starting), "not-ready");
    assert.deepEqual(starting.log.slice(3), Array<string[]>(5).fill(["W 02", "R 00 60"]).flat());
    for (const status of [0x10, 0x30, 0x50]) {
      const bus = elixirBus();
      bus.registers[3] = status;
      assert.equal(faultOf(bus), "not-ready");
      const look = ["W 1C", "R 00 11", "W 02", `R 00 ${status.toString(16)}`];
      assert.deepEqual(bus.log.slice(-12), [...look, ...look, ...look]);
    }
  });

  it("power-on-value: OSR or ODR are not as they were set", () => {
    for (const [register, value] of [
      [0x1d, 0],
      [0x1c, 2],
    ] as const) {
      const bus = elixirBus();
      const sensor = createBmp388({ bus });
      sample(sensor);
      bus.registers[register] = value;
      assert.equal(sample(sensor).fault, "power-on-value");
      assert.deepEqual(
        transcript(bus, () => assert.equal(sample(sensor).fault, null)),
        FIRST,
      );
    }
  });

  it("no-data: fatal or configuration error, or the reset value in every register; one alone is a reading", () => {
    for (const error of [1, 4, 5]) {
      const bus = elixirBus();
      bus.registers[2] = error;
      assert.equal(faultOf(bus), "no-data");
    }
    assert.equal(faultOf(createBmp388Bus(withChecksum(ELIXIR), RESET_DATA)), "no-data");
    for (let place = 0; place < 6; place++) {
      const data = Uint8Array.from(RESET_DATA);
      data[place]! ^= 1;
      assert.notEqual(faultOf(createBmp388Bus(withChecksum(ELIXIR), data)), "no-data");
    }
    const cold = createBmp388Bus(withChecksum(ELIXIR), bytes("97 9F 6D 00 00 80"));
    assert.equal(faultOf(cold), null);
  });

  it("out-of-range: the ends of -40…85 °C and 30000…125000 Pa are readings, a step beyond is none", () => {
    // T = (raw - 2²²) / 2¹⁵ °C and P = raw · 16383 / 2²⁰ Pa.
    const words = [16384, 32768, 0, 16384 + 16383, 16384, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const calibration = withChecksum(trimming(words));
    const raw = (pascal: number): number => (pascal * 1048576) / 16383;
    const at = (celsius: number, uP: number): FakeBus =>
      createBmp388Bus(calibration, burst(uP, 4194304 + celsius * 32768));
    for (const [celsius, uP] of [
      [-40, raw(100000)],
      [85, raw(100000)],
      [25, Math.ceil(raw(30000))],
      [25, Math.floor(raw(125000))],
    ] as const)
      assert.equal(faultOf(at(celsius, uP)), null);
    for (const [celsius, uP] of [
      [-40 - 1 / 32768, raw(100000)],
      [85 + 1 / 32768, raw(100000)],
      [25, Math.floor(raw(30000))],
      [25, Math.ceil(raw(125000))],
    ] as const)
      assert.equal(faultOf(at(celsius, uP)), "out-of-range");
  });

  it("out-of-range: data of all ones or all zeros", () => {
    for (const fill of [0, 255]) {
      const bus = createBmp388Bus(withChecksum(ELIXIR), new Uint8Array(6).fill(fill));
      assert.equal(faultOf(bus), "out-of-range");
    }
  });

  it("configure changes only what it names, from the next sample on, and leaves one under way to its end", () => {
    for (let ms = 0; ms < 12; ms++) {
      const bus = elixirBus();
      const sensor = createBmp388({ bus, temperatureOversampling: 2, filter: 15 });
      let outcome: Fault | null | undefined;
      sensor.sample((fault) => (outcome = fault));
      clock().tick(ms);
      sensor.configure({ pressureOversampling: 32 });
      clock().runAll();
      assert.equal(outcome, null);
      sample(sensor);
      assert.deepEqual([bus.registers[0x1c], bus.registers[0x1f]], [(1 << 3) | 5, 4 << 1]);
      sensor.configure({ filter: 0 });
      sample(sensor);
      assert.deepEqual([bus.registers[0x1c], bus.registers[0x1f]], [(1 << 3) | 5, 0]);
      sensor.configure({});
      sample(sensor);
      assert.deepEqual([bus.registers[0x1c], bus.registers[0x1f]], [(1 << 3) | 5, 0]);
    }
  });

  it("configure refuses what the part does not have, and then changes nothing", () => {
    const bus = elixirBus();
    const sensor = createBmp388({ bus });
    for (const wrong of [3, 5, 64, -1, NaN, "2", null]) {
      const value = wrong as never;
      assert.throws(() => createBmp388({ bus, temperatureOversampling: value }));
      assert.throws(() => sensor.configure({ temperatureOversampling: value, pressureOversampling: 16 }));
      assert.throws(() => sensor.configure({ temperatureOversampling: 16, pressureOversampling: value }));
      if (wrong !== 3) assert.throws(() => sensor.configure({ temperatureOversampling: 16, filter: value }));
    }
    assert.throws(() => sensor.configure({ temperatureOversampling: 16, filter: 2 as never }));
    assert.deepEqual(
      transcript(bus, () => assert.equal(sample(sensor).fault, null)),
      FIRST,
    );
  });
});
