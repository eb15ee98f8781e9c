/** Compensation of DPS310 and SPL06, apart from the bus. "DPS" cites Infineon's DPS310 data sheet v1.2. */
import type { Reading } from "./sensor.ts";

// Places of the coefficients.
const C0 = 0;
const C1 = 1;
const C00 = 2;
const C10 = 3;
const C01 = 4;
const C11 = 5;
const C20 = 6;
const C21 = 7;
const C30 = 8;

/** Coefficients of a calibration. */
export const COEFFICIENTS = 9;

/** Fills `coefficients` from registers 10…21, 18 bytes (DPS §8.11). False when they are blank: all bits equal. */
export function decodeCoefficients(coefficients: Int32Array, data: Uint8Array): boolean {
  // Two of 12 bits, two of 20, the rest of 16; all carry a sign.
  coefficients[C0] = ((data[0] << 24) >> 20) | (data[1] >> 4);
  coefficients[C1] = ((data[1] << 28) >> 20) | data[2];
  coefficients[C00] = ((data[3] << 24) >> 12) | (data[4] << 4) | (data[5] >> 4);
  coefficients[C10] = ((data[5] << 28) >> 12) | (data[6] << 8) | data[7];
  for (let i = C01; i <= C30; i++) coefficients[i] = ((data[2 * i] << 24) >> 16) | data[2 * i + 1];
  // All bits equal means 0 or -1, the two roots of c² + c.
  let product = 1;
  for (let i = C1; i <= C10; i++) product *= coefficients[i] * (coefficients[i] + 1);
  return product !== 0;
}

/**
 * What a raw value is divided by when 2ⁿ conversions make it: 524288 · (2ⁿ⁺¹ - 1), and above 8 a 64th of it, as the result is
 * shifted then (DPS §4.9.3 table 9).
 */
function scale(n: number): number {
  return 8192 * ((2 << n) - 1) * (n > 3 ? 1 : 64);
}

/**
 * Temperature (°C) and pressure (Pa) from the burst that begins at 00: pressure first (DPS §4.9.1 and §4.9.2). `pressure` and
 * `temperature` are the exponents of their oversampling. They are not judged: coefficients and data decide how far they lie
 * off.
 */
export function compensate(
  coefficients: Int32Array,
  data: Uint8Array,
  pressure: number,
  temperature: number,
): Reading {
  const p = (((data[0] << 24) >> 8) | (data[1] << 8) | data[2]) / scale(pressure);
  const t = (((data[3] << 24) >> 8) | (data[4] << 8) | data[5]) / scale(temperature);
  const still = coefficients[C10] + p * (coefficients[C20] + p * coefficients[C30]);
  const warm = coefficients[C01] + p * (coefficients[C11] + p * coefficients[C21]);
  return {
    temperature: coefficients[C0] / 2 + coefficients[C1] * t,
    pressure: coefficients[C00] + p * still + t * warm,
  };
}
