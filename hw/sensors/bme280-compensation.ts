/**
 * Bosch's floating-point compensation of BME280 and BMP280, apart from the bus. "BME" cites BST-BME280-DS002, "BMP"
 * BST-BMP280-DS001.
 */
import type { Reading } from "./sensor.ts";

// Places of the trimming words (BME §4.2.2 table 16, BMP §3.11.2 table 17).
const T1 = 0;
const T2 = 1;
const T3 = 2;
const P1 = 3;
const P2 = 4;
const P3 = 5;
const P4 = 6;
const P5 = 7;
const P6 = 8;
const P7 = 9;
const P8 = 10;
const P9 = 11;
const H1 = 12;
const H2 = 13;
const H3 = 14;
const H4 = 15;
const H5 = 16;
const H6 = 17;

/** Words of a calibration. */
export const CALIBRATION_WORDS = 18;

/**
 * Fills `calibration` from registers 88…A1 and, of a BME280, E1…E7. False when it is blank, or such that nothing can be
 * divided by it: T1, P1 or H2 with all bits equal. H2 becomes 0 for a BMP280.
 */
export function decodeCalibration(calibration: Int16Array, low: Uint8Array, high?: Uint8Array): boolean {
  // An Int16Array extends the sign by itself; T1 and P1, the unsigned words, are masked where they are used.
  for (let i = T1; i <= P9; i++) calibration[i] = low[2 * i] | (low[2 * i + 1] << 8);
  let blank = calibration[T1] * (calibration[T1] + 1) * calibration[P1] * (calibration[P1] + 1);
  // There may have been a BME280 before.
  calibration[H2] = 0;
  if (high) {
    calibration[H1] = low[25];
    calibration[H2] = high[0] | (high[1] << 8);
    calibration[H3] = high[2];
    // H4 and H5 share E5: H4 takes its low nibble, H5 the high one. Their first bytes and H6 carry a sign.
    calibration[H4] = ((high[3] << 24) >> 20) | (high[4] & 15);
    calibration[H5] = ((high[5] << 24) >> 20) | (high[4] >> 4);
    calibration[H6] = (high[6] << 24) >> 24;
    blank *= calibration[H2] * (calibration[H2] + 1);
  }
  // All bits equal means 0 or -1, the two roots of w² + w.
  return blank !== 0;
}

/**
 * Temperature (°C), pressure (Pa) and, when the calibration has its words, humidity (%RH, 0…100) from the burst that begins
 * at F7 (BME §8.1, BMP §8.1). Temperature and pressure are not judged: calibration and data decide how far they lie off.
 */
export function compensate(calibration: Int16Array, data: Uint8Array): Reading {
  // Bosch writes the square's operand as adc / 131072 - T1 / 8192: an eighth of this one, to the last bit.
  const offset =
    ((data[3] << 12) | (data[4] << 4) | (data[5] >> 4)) / 16384 - (calibration[T1] & 0xffff) / 1024;
  const temperature = offset * calibration[T2] + (offset / 8) * (offset / 8) * calibration[T3];
  // Bosch's t_fine is an integer: the truncation belongs to the formula.
  const fine = temperature | 0;

  let a = fine / 2 - 64000;
  let b = (a * a * calibration[P6]) / 32768 + a * calibration[P5] * 2;
  b = b / 4 + calibration[P4] * 65536;
  a = ((calibration[P3] * a * a) / 524288 + calibration[P2] * a) / 524288;
  a = (1 + a / 32768) * (calibration[P1] & 0xffff);
  const adcPressure = (data[0] << 12) | (data[1] << 4) | (data[2] >> 4);
  let pressure = ((1048576 - adcPressure - b / 4096) * 6250) / a;
  b = (calibration[P9] * pressure * pressure) / 2147483648 + (pressure * calibration[P8]) / 32768;
  pressure += (b + calibration[P7]) / 16;

  const reading: Reading = { temperature: temperature / 5120, pressure: pressure };
  // A BMP280 has none. To ask an array for its length costs the engine 17 variables for good.
  if (calibration[H2]) {
    a = fine - 76800;
    b = ((data[6] << 8) | data[7]) - (calibration[H4] * 64 + (calibration[H5] / 16384) * a);
    const slope = 1 + (calibration[H3] / 67108864) * a;
    b *= (calibration[H2] / 65536) * (slope * (1 + (calibration[H6] / 67108864) * a * slope));
    b *= 1 - (calibration[H1] * b) / 524288;
    reading.humidity = b < 0 ? 0 : b > 100 ? 100 : b;
  }
  return reading;
}
