/** Compensation of BMP180 and BMP085, apart from the bus. "BMP" cites BST-BMP180-DS000. */
import type { Reading } from "./sensor.ts";

// Places of the calibration words (BMP §3.4 table 5). MB, the ninth, is in no formula.
const AC1 = 0;
const AC2 = 1;
const AC3 = 2;
const AC4 = 3;
const AC5 = 4;
const AC6 = 5;
const B1 = 6;
const B2 = 7;
const MC = 9;
const MD = 10;

/** Words of a calibration. */
export const CALIBRATION_WORDS = 11;

/** Fills `calibration` from registers AA…BF, 22 bytes. False when a word is 0000 or FFFF, which none may be (BMP §3.4). */
export function decodeCalibration(calibration: Int16Array, data: Uint8Array): boolean {
  let product = 1;
  for (let i = 0; i < CALIBRATION_WORDS; i++) {
    // An Int16Array extends the sign by itself; AC4, AC5 and AC6, the unsigned words, are masked where they are used.
    const word = (calibration[i] = (data[2 * i] << 8) | data[2 * i + 1]);
    if (!word || word === 0xffff) product = 0;
  }
  return product > 0;
}

/**
 * Temperature (°C) and pressure (Pa) by the formulas of BMP §3.5 figure 4, in floating point: without the rounding of its
 * integers, which comes to 0.05 °C and 5 Pa. `up` is the 24 bits of F6…F8 divided by 256, so that no oversampling is in it.
 * The result is not judged: calibration and data decide how far it lies off.
 */
export function compensate(calibration: Int16Array, ut: number, up: number): Reading {
  let a = ((ut - (calibration[AC6] & 0xffff)) * (calibration[AC5] & 0xffff)) / 32768;
  const b5 = a + (calibration[MC] * 2048) / (a + calibration[MD]);
  const b6 = b5 - 4000;
  const square = (b6 * b6) / 4096;
  const b3 = calibration[AC1] + (calibration[B2] * square + calibration[AC2] * b6) / 8192;
  a = (calibration[AC3] * b6) / 32768 + (calibration[B1] * square) / 262144;
  const b4 = ((calibration[AC4] & 0xffff) * (a + 32768)) / 32768;
  const p = ((up - b3) * 100000) / b4;
  // (p / 256)² · 3038 / 65536 - 7357 · p / 65536 + 3791, a sixteenth of it.
  a = ((p / 65536) * (p / 65536) * 3038 - (7357 * p) / 65536 + 3791) / 16;
  return { temperature: b5 / 160, pressure: p + a };
}
