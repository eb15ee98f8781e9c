import assert from "node:assert/strict";
import { checkProm, compensate } from "../../../hw/sensors/ms5611-compensation.ts";
import { MS5607, MS5611, promOf } from "./ms5611-parts.ts";
import { assertBarometer } from "./fake-bus.ts";

describe("MS5611 and MS5607 compensation", () => {
  it("the MS5611 data sheet's example: 20.07 °C, 100009 Pa", () => {
    const reading = compensate(promOf(MS5611.c), MS5611.d1, MS5611.d2, 1);
    assertBarometer(reading, 20.07, 100009, [0.01, 1]);
  });

  it("the MS5607 data sheet's example: 20.00 °C, 110002 Pa", () => {
    const reading = compensate(promOf(MS5607.c), MS5607.d1, MS5607.d2, 2);
    assertBarometer(reading, 20, 110002, [0.01, 1]);
  });

  it("Betaflight's second order below 20 °C: 2.05 °C, 96512 Pa", () => {
    const reading = compensate(promOf(MS5611.c), 9085466, 8069150, 1);
    assertBarometer(reading, 2.05, 96512, [0.01, 1]);
  });

  it("the second order sets in at 20 °C and the third part at -15 °C, both without a step", () => {
    for (const scale of [1, 2]) {
      const { c, d1 } = scale > 1 ? MS5607 : MS5611;
      const prom = promOf(c);
      for (const t of [2000, -1500]) {
        // The raw temperature whose first order is just t.
        const d2 = c[4]! * 256 + ((t - 2000) * 8388608) / c[5]!;
        const [below, above] = [compensate(prom, d1, d2 - 1, scale), compensate(prom, d1, d2 + 1, scale)];
        assert.ok(Math.abs(above["temperature"]! - below["temperature"]!) < 0.0001);
        assert.ok(Math.abs(above["pressure"]! - below["pressure"]!) < 0.02);
      }
    }
  });

  it("AN520's example: the checksum of 3132 3334 3536 3738 3940 4142 4344 45?? is B", () => {
    const prom = Uint16Array.from([0x3132, 0x3334, 0x3536, 0x3738, 0x3940, 0x4142, 0x4344, 0x450b]);
    assert.equal(checkProm(prom), undefined);
    prom[7] = 0x4500;
    assert.equal(checkProm(prom), "crc");
    prom[7] = 0x45fb;
    assert.equal(checkProm(prom), undefined, "the byte with the checksum is not in it");
  });

  it("facts: the data sheet's C1…C6 between zeros have a checksum of 0", () => {
    assert.equal(checkProm(Uint16Array.from([0, ...MS5611.c, 0])), undefined);
  });

  it("crc: any one bit flipped is noticed, but for the four beside the checksum, which it does not cover", () => {
    for (let bit = 0; bit < 128; bit++) {
      const prom = promOf(MS5611.c);
      prom[bit >> 4]! ^= 1 << (bit & 15);
      const isCovered = bit < 116 || bit > 119;
      assert.equal(checkProm(prom), isCovered ? "crc" : undefined, `bit ${bit}`);
    }
  });

  it("bad-calibration: all 0000, whose checksum is right, all FFFF, or any of C1…C6 blank", () => {
    for (const blank of [0, 0xffff]) {
      assert.equal(checkProm(new Uint16Array(8).fill(blank)), "bad-calibration");
      for (let place = 0; place < 6; place++) {
        const c = [...MS5611.c];
        c[place] = blank;
        assert.equal(checkProm(promOf(c)), "bad-calibration");
      }
    }
  });
});
