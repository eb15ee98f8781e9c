/** Compensation of MS5611 and MS5607, apart from the bus. "5611" cites MS5611-01BA03, "5607" MS5607-02BA03. */
import type { Fault, Reading } from "./sensor.ts";

// Places of the calibration words (5611 and 5607, "Calculation of pressure and temperature").
const C1 = 1;
const C2 = 2;
const C3 = 3;
const C4 = 4;
const C5 = 5;
const C6 = 6;

/** Words of the PROM: the factory's, C1…C6, and the serial code with the checksum in its lowest four bits. */
export const PROM_WORDS = 8;

/** What is wrong with a PROM: C1…C6 with blank words, or a checksum that does not match. */
export function checkProm(prom: Uint16Array): Fault | undefined {
  // AN520: CRC-4 with the polynomial x⁴ + x + 1, from 0, over all nibbles but the last two; the second last counts as 0.
  let crc = 0;
  for (let i = 0; i < PROM_WORDS; i++) {
    const word = prom[i];
    if (i >= C1 && i <= C6 && (!word || word === 0xffff)) return "bad-calibration";
    for (let shift = 12; shift >= (i < 7 ? 0 : 8); shift -= 4) {
      // Four steps at once: 2⁴ is 3, and so is the bit that this pushes out at the top.
      crc ^= (word >> shift) & 15;
      crc ^= crc << 1;
      if (crc & 16) crc ^= 19;
    }
  }
  return crc === (prom[7] & 15) ? undefined : "crc";
}

/**
 * Temperature (°C) and pressure (Pa) from the raw pressure `d1` and temperature `d2`, to the second order ("Second order
 * temperature compensation"), in floating point: products pass 2³¹. `scale` is 1 for an MS5611, 2 for an MS5607, whose
 * offset and sensitivity are worth twice as much. The result is not judged: PROM and data decide how far it lies off.
 */
export function compensate(prom: Uint16Array, d1: number, d2: number, scale: number): Reading {
  const dT = d2 - prom[C5] * 256;
  let t = 2000 + (dT * prom[C6]) / 8388608;
  let offset = scale * (prom[C2] * 65536 + (prom[C4] * dT) / 128);
  let sensitivity = scale * (prom[C1] * 32768 + (prom[C3] * dT) / 256);
  if (t < 2000) {
    const below20 = (t - 2000) * (t - 2000);
    const below15 = t < -1500 ? (t + 1500) * (t + 1500) : 0;
    offset -= scale > 1 ? (61 * below20) / 16 + 15 * below15 : (5 * below20) / 2 + 7 * below15;
    sensitivity -= scale > 1 ? 2 * below20 + 8 * below15 : (5 * below20) / 4 + (11 * below15) / 2;
    t -= ((dT / 32768) * dT) / 65536;
  }
  return { temperature: t / 100, pressure: ((d1 * sensitivity) / 2097152 - offset) / 32768 };
}
