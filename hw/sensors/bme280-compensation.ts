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

/**
 * Is the calibration in `registers` blank, or such that nothing can be divided by it: T1, P1 or H2 with all bits equal? The
 * bytes are those of registers 88…A1 and, for a BME280, E1…E7: a byte string takes a third of what an Int16Array would.
 */
export function isBlank(registers: string): boolean {
  return [0, 6, 26].some(function (place) {
    const word = registers.substr(place, 2);
    return word === "\0\0" || word === "\xff\xff";
  });
}

/** The trimming words in `registers`, in the order above; those of H for a BME280 only. T1 and P1 are signed as well. */
export function decodeCalibration(registers: string): number[] {
  const words: number[] = [];
  for (let place = 0; place < 24; place += 2) {
    words.push(((registers.charCodeAt(place) << 16) | (registers.charCodeAt(place + 1) << 24)) >> 16);
  }
  if (registers.length < 33) return words;
  const high = [];
  for (let place = 25; place < 33; place++) high.push(registers.charCodeAt(place));
  return words.concat([
    high[0],
    ((high[1] << 16) | (high[2] << 24)) >> 16,
    high[3],
    // H4 and H5 share E5: H4 takes its low nibble, H5 the high one. Their first bytes and H6 carry a sign.
    ((high[4] << 24) >> 20) | (high[5] & 15),
    ((high[6] << 24) >> 20) | (high[5] >> 4),
    (high[7] << 24) >> 24,
  ]);
}

/**
 * Temperature (°C), pressure (Pa) and, when the calibration has its words, humidity (%RH, 0…100) from the burst that begins
 * at F7 (BME §8.1, BMP §8.1). Temperature and pressure are not judged: calibration and data decide how far they lie off.
 */
export function compensate(calibration: number[], data: Uint8Array): Reading {
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
  // The length of `data` would tell as well, but asking a Uint8Array for it costs the engine 17 variables for good.
  if (calibration.length > H1) {
    a = fine - 76800;
    b = ((data[6] << 8) | data[7]) - (calibration[H4] * 64 + (calibration[H5] / 16384) * a);
    const slope = 1 + (calibration[H3] / 67108864) * a;
    b *= (calibration[H2] / 65536) * (slope * (1 + (calibration[H6] / 67108864) * a * slope));
    b *= 1 - (calibration[H1] * b) / 524288;
    reading.humidity = b < 0 ? 0 : b > 100 ? 100 : b;
  }
  return reading;
}
