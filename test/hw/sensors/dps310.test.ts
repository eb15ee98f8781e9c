import assert from "node:assert/strict";
import { createDps310 } from "../../../hw/sensors/dps310.ts";
import type { Dps310Options, Dps310Oversampling } from "../../../hw/sensors/dps310.ts";
import type { Fault, Sensor } from "../../../hw/sensors/sensor.ts";
import { encodeCoefficients } from "../../../sim/devices/dps310-polynomial.ts";
import { describeContract, withClock } from "./contract.ts";
import { burst, CORRECT, createDps310Bus, FIRST, NEXT, ONCE, SET } from "./dps310-parts.ts";
import { START, SYNTHETIC, syntheticBus, TWICE } from "./dps310-parts.ts";
import { assertBarometer, sampleOnce, transcript, watch } from "./fake-bus.ts";
import type { FakeBus, Outcome } from "./fake-bus.ts";

const READING = { temperature: 25.004980087280273, pressure: 99613.8255457486 };

describeContract("DPS310", {
  create: (bus, address) => createDps310({ bus, address: address as 0x77 | undefined }),
  bus: syntheticBus,
  first: FIRST,
  next: NEXT,
  otherAddress: 0x76,
  reading: READING,
});

describeContract("SPL06", {
  create: (bus, address) => createDps310({ bus, part: "spl06", address: address as 0x77 | undefined }),
  bus: syntheticBus,
  first: [...START, ...SET, ...NEXT],
  next: NEXT,
  otherAddress: 0x76,
  reading: READING,
});

describe("DPS310 and SPL06 driver", () => {
  const clock = withClock();
  const sample = (sensor: Sensor<Dps310Options>): Outcome => sampleOnce(clock(), sensor);
  const faultOf = (bus: FakeBus): Fault | null => sample(createDps310({ bus })).fault;
  const OVERSAMPLINGS: Dps310Oversampling[] = [1, 2, 4, 8, 16, 32, 64, 128];

  it("one conversion is read with the scale of one", () => {
    const bus = createDps310Bus(SYNTHETIC, ONCE);
    assertBarometer(sample(createDps310({ bus, pressureOversampling: 1 })).reading, 25.00498, 99801.47);
  });

  it("settings reach 06, 07 and 09, the latter with the shifts that more than 8 conversions need", () => {
    OVERSAMPLINGS.forEach((temperatureOversampling, i) => {
      const bus = syntheticBus();
      sample(
        createDps310({ bus, temperatureOversampling, pressureOversampling: OVERSAMPLINGS[(i + 3) % 8]! }),
      );
      const j = (i + 3) % 8;
      assert.deepEqual(
        [...bus.registers.slice(6, 8), bus.registers[9]],
        [0x10 | j, 0x90 | i, (j > 3 ? 4 : 0) | (i > 3 ? 8 : 0)],
      );
    });
  });

  it("a DPS310 whose coefficients are for the thermometer in its ASIC is measured with it", () => {
    const bus = syntheticBus();
    bus.registers[0x28] = 0x7f;
    sample(createDps310({ bus }));
    assert.equal(bus.registers[7], 0x10);
  });

  it("each conversion is waited for a tenth longer than is typical, less than 1 ms more", () => {
    const typical = [3.6, 5.2, 8.4, 14.8, 27.6, 53.2, 104.4, 206.8];
    OVERSAMPLINGS.forEach((temperatureOversampling, i) => {
      const bus = syntheticBus();
      const at: number[] = [];
      watch(bus, ([register]) => {
        if (register === 8 || register === 6) at.push(clock().now);
      });
      sample(createDps310({ bus, temperatureOversampling, pressureOversampling: OVERSAMPLINGS[7 - i]! }));
      const [t0, t1, p0, p1] = at.slice(-4) as [number, number, number, number];
      for (const [waited, ms] of [
        [t1 - t0, typical[i]!],
        [p1 - p0, typical[7 - i]!],
      ] as const) {
        assert.ok(waited >= 1.1 * ms - 1e-9 && waited < 1.1 * ms + 1, `${waited} ${ms}`);
      }
    });
  });

  it("after a reset nothing is sent for the 40 ms until the coefficients are there", () => {
    const bus = syntheticBus();
    const at: Record<number, number> = {};
    watch(bus, ([register]) => (at[register!] = clock().now));
    sample(createDps310({ bus }));
    assert.equal(at[0x10]! - at[0x0c]!, 40);
  });

  it("wrong-id: another part is asked for nothing else, and not reset", () => {
    for (const id of [0x00, 0x0f, 0x11, 0x50, 0x60, 0xff]) {
      const bus = createDps310Bus(SYNTHETIC, TWICE, id);
      assert.equal(faultOf(bus), "wrong-id");
      assert.equal(bus.log.length, 2);
    }
  });

  it("bad-calibration: no conversion is started", () => {
    for (const fill of [0, 255]) {
      const bus = createDps310Bus(new Uint8Array(18).fill(fill), TWICE);
      assert.equal(faultOf(bus), "bad-calibration");
      assert.equal(bus.registers[8], 0xc0);
    }
  });

  it("not-ready: five looks for sensor and coefficients, three for either conversion", () => {
    for (const status of [0, 0x40, 0x80]) {
      const bus = syntheticBus();
      watch(bus, ([register]) => {
        if (register === 0x0c) bus.registers[8] = status;
      });
      assert.equal(faultOf(bus), "not-ready");
      assert.equal(bus.log.filter((line) => line === "W 08").length, 5);
    }
    for (const [stuck, looks] of [
      [2, 3],
      [1, 4],
    ] as const) {
      const bus = syntheticBus();
      watch(bus, (data) => {
        if (data[0] === 8 && data[1] === stuck) bus.registers[8] = stuck === 2 ? 0xc0 : 0xe0;
      });
      assert.equal(faultOf(bus), "not-ready");
      assert.equal(bus.log.filter((line) => line === "W 06").length, looks);
    }
  });

  it("power-on-value: PRS_CFG or TMP_CFG are not as they were set", () => {
    for (const register of [6, 7]) {
      const bus = syntheticBus();
      const sensor = createDps310({ bus });
      sample(sensor);
      bus.registers[register] = 0;
      assert.equal(sample(sensor).fault, "power-on-value");
      assert.deepEqual(
        transcript(bus, () => assert.equal(sample(sensor).fault, null)),
        FIRST,
      );
    }
  });

  it("no-data: the reset value in every register; 0 for either alone is a reading", () => {
    assert.equal(faultOf(createDps310Bus(SYNTHETIC, burst(0, 0))), "no-data");
    assert.equal(faultOf(createDps310Bus(SYNTHETIC, burst(0, 154665))), null);
    const coefficients = { c0: 40, c1: -261, c00: 82507, c10: -54062, c01: -2901, c11: 1350 };
    const data = encodeCoefficients({ ...coefficients, c20: -9500, c21: 170, c30: -1200 });
    assert.equal(faultOf(createDps310Bus(Uint8Array.from(data), burst(-560000, 0))), null);
  });

  it("out-of-range: the ends of -40…85 °C and 30000…120000 Pa are readings, a step beyond is none", () => {
    // T = t · 256, P = 75000 + p · 65536, and p and t are exact in steps of 2⁻¹⁹ at one conversion.
    const linear = { c0: 0, c1: 256, c00: 75000, c10: 65536, c01: 0, c11: 0, c20: 0, c21: 0, c30: 0 };
    const data = Uint8Array.from(encodeCoefficients(linear));
    const fault = (p: number, t: number): Fault | null =>
      sample(createDps310({ bus: createDps310Bus(data, burst(p, t)), pressureOversampling: 1 })).fault;
    for (const sign of [1, -1]) {
      assert.equal(fault(sign * 360000, 1), null);
      assert.equal(fault(sign * 360001, 1), "out-of-range");
    }
    assert.equal(fault(1, 85 * 2048), null);
    assert.equal(fault(1, 85 * 2048 + 1), "out-of-range");
    assert.equal(fault(1, -40 * 2048), null);
    assert.equal(fault(1, -40 * 2048 - 1), "out-of-range");
  });

  it("out-of-range: data of all ones, and of the greatest and least raw values", () => {
    for (const raw of [-1, 0x7fffff, -0x800000]) {
      assert.equal(faultOf(createDps310Bus(SYNTHETIC, burst(raw, raw))), "out-of-range");
    }
  });

  it("configure changes only what it names, from the next sample on, and leaves one under way to its end", () => {
    for (let ms = 0; ms < 60; ms += 3) {
      const bus = syntheticBus();
      const sensor = createDps310({ bus });
      let outcome: Fault | null | undefined;
      sensor.sample((fault) => (outcome = fault));
      clock().tick(ms);
      sensor.configure({ pressureOversampling: 64 });
      clock().runAll();
      assert.equal(outcome, null);
      sample(sensor);
      assert.deepEqual([...bus.registers.slice(6, 8), bus.registers[9]], [0x16, 0x90, 4]);
      sensor.configure({});
      sample(sensor);
      assert.deepEqual([...bus.registers.slice(6, 8), bus.registers[9]], [0x16, 0x90, 4]);
    }
  });

  it("refuses what the part does not have, and then changes nothing", () => {
    const bus = syntheticBus();
    const sensor = createDps310({ bus });
    for (const wrong of [0, 3, 256, -1, NaN, "2", null]) {
      const value = wrong as never;
      assert.throws(() => createDps310({ bus, temperatureOversampling: value }));
      assert.throws(() => sensor.configure({ temperatureOversampling: value, pressureOversampling: 16 }));
      assert.throws(() => sensor.configure({ temperatureOversampling: 16, pressureOversampling: value }));
    }
    assert.throws(() => createDps310({ bus, part: "dps368" as never }), /part: must be one of dps310, spl06/);
    assert.deepEqual(
      transcript(bus, () => assert.equal(sample(sensor).fault, null)),
      [...START, ...CORRECT, ...SET, ...NEXT],
    );
  });
});
