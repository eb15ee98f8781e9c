import assert from "node:assert/strict";
import {
  decodeTrimming,
  fineTemperature,
  integerHumidity,
  integerPressure,
} from "../../../sim/devices/bme280-integer.ts";

describe("BME280 model: Bosch's integer compensation", () => {
  /** A calibration of the words T1…P9, then H1 and the bytes of E1…E7. */
  function calibrationOf(words: number[], h1: number, high: number[]): number[] {
    const low = Buffer.alloc(26);
    words.forEach((word, i) => low.writeUInt16LE(word & 0xffff, 2 * i));
    low[25] = h1;
    return [...low, ...high];
  }

  it("gives the worked example of BMP280 data sheet §3.12 (B1)", () => {
    const words = [27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000];
    const trimming = decodeTrimming(calibrationOf(words, 0, [0, 0, 0, 0, 0, 0, 0]));
    const fine = fineTemperature(trimming, 519888n);
    assert.equal(fine, 128422n);
    assert.equal((fine * 5n + 128n) >> 8n, 2508n);
    assert.equal(integerPressure(trimming, fine, 415148n), 25767233n);
  });

  it("gives periph.io's integer test (M1)", () => {
    const words = [28176, 26220, 350, 38237, -10824, 3024, 7799, -99, -7, 9900, -10230, 4285];
    const trimming = decodeTrimming(calibrationOf(words, 75, [0x6e, 1, 0, 0x13, 5, 0, 0x1e]));
    const { H1, H2, H3, H4, H5, H6 } = trimming;
    assert.deepEqual([H1, H2, H3, H4, H5, H6], [75n, 366n, 0n, 309n, 0n, 30n]);
    const fine = fineTemperature(trimming, 524112n);
    assert.equal((fine * 5n + 128n) >> 8n, 2293n);
    assert.equal(integerPressure(trimming, fine, 309104n), 25611063n);
    assert.equal(integerHumidity(trimming, fine, 30987n), 64686n);
  });
});
