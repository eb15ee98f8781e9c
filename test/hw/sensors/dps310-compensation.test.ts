import assert from "node:assert/strict";
import { COEFFICIENTS, compensate, decodeCoefficients } from "../../../hw/sensors/dps310-compensation.ts";
import { encodeCoefficients, SCALES } from "../../../sim/devices/dps310-polynomial.ts";
import { burst, ONCE, SYNTHETIC, TWICE } from "./dps310-parts.ts";
import { assertBarometer } from "./fake-bus.ts";

function decoded(data: Uint8Array): Int32Array {
  const coefficients = new Int32Array(COEFFICIENTS);
  assert.equal(decodeCoefficients(coefficients, data), true);
  return coefficients;
}

describe("DPS310 and SPL06 compensation", () => {
  it("the synthetic part of facts, at one conversion and at two", () => {
    const coefficients = decoded(SYNTHETIC);
    assert.deepEqual([...coefficients], [204, -261, 82507, -54062, -2901, 1350, -9500, 170, -1200]);
    assertBarometer(compensate(coefficients, ONCE, 0, 0), 25.00498, 99801.47, [0.00001, 0.001]);
    assertBarometer(compensate(coefficients, TWICE, 1, 0), 25.00498, 99613.826, [0.00001, 0.001]);
  });

  it("the scale factors are those of data sheet table 9", () => {
    // P = 2¹⁸ + 2¹⁸ · p, T = 0.5 + t; the other coefficients are 0.
    const coefficients = Int32Array.from([1, 1, 262144, 262144, 0, 0, 0, 0, 0]);
    SCALES.forEach((k, n) => {
      const data = burst(k, k);
      assertBarometer(compensate(coefficients, data, n, n), 1.5, 524288, [1e-9, 1e-6]);
      const negative = burst(-k, -k);
      assertBarometer(compensate(coefficients, negative, n, n), -0.5, 0, [1e-9, 1e-6]);
    });
  });

  it("each coefficient has its place and its sign, at both ends of its bits", () => {
    const bits = [12, 12, 20, 20, 16, 16, 16, 16, 16];
    const names = ["c0", "c1", "c00", "c10", "c01", "c11", "c20", "c21", "c30"] as const;
    for (let place = 0; place < names.length; place++) {
      for (const value of [-(2 ** (bits[place]! - 1)), 2 ** (bits[place]! - 1) - 1]) {
        const values = [5, -7, 11, -13, 17, -19, 23, -29, 31];
        values[place] = value;
        const record = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
        const data = Uint8Array.from(encodeCoefficients(record as Parameters<typeof encodeCoefficients>[0]));
        assert.deepEqual([...decoded(data)], values);
      }
    }
  });

  it("raw values carry a sign of 24 bits", () => {
    const coefficients = Int32Array.from([0, 524288, 0, 524288, 0, 0, 0, 0, 0]);
    assertBarometer(compensate(coefficients, burst(0x7fffff, 0x7fffff), 0, 0), 8388607, 8388607);
    assertBarometer(compensate(coefficients, burst(-0x800000, -0x800000), 0, 0), -8388608, -8388608);
    assertBarometer(compensate(coefficients, burst(-1, -1), 0, 0), -1, -1);
  });

  it("blank coefficients are refused: all, or any of c1, c00 and c10", () => {
    for (const fill of [0, 255]) {
      assert.equal(decodeCoefficients(new Int32Array(COEFFICIENTS), new Uint8Array(18).fill(fill)), false);
      for (const name of ["c1", "c00", "c10"] as const) {
        const record = { c0: 5, c1: 7, c00: 11, c10: 13, c01: 17, c11: 19, c20: 23, c21: 29, c30: 31 };
        record[name] = fill ? -1 : 0;
        const data = Uint8Array.from(encodeCoefficients(record));
        assert.equal(decodeCoefficients(new Int32Array(COEFFICIENTS), data), false);
      }
    }
  });
});
