/**
 * Bosch's integer compensation of BME280 and BMP280 ("BME" is BST-BME280-DS002), and what turns it round: from a truth to
 * the raw value that a part would have. In BigInt, which neither overflows nor rounds.
 */

import { firstWhere } from "./search.ts";

/** Bytes of registers 88…A1. */
export const LOW_BYTES = 26;
/** Bytes of registers E1…E7. */
export const HIGH_BYTES = 7;

/** Trimming words by the names of the data sheets, without `dig_`. */
export type Trimming = Record<
  (typeof TRIMMING_WORDS)[number] | "H1" | "H2" | "H3" | "H4" | "H5" | "H6",
  bigint
>;
const TRIMMING_WORDS = ["T1", "T2", "T3", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9"] as const;

/** BME §4.2.2 table 16. */
export function decodeTrimming(calibration: readonly number[]): Trimming {
  const view = new DataView(Uint8Array.from(calibration).buffer);
  const words = TRIMMING_WORDS.map((name, i) => {
    const unsigned = name === "T1" || name === "P1";
    return [name, BigInt(unsigned ? view.getUint16(2 * i, true) : view.getInt16(2 * i, true))];
  });
  const e1 = LOW_BYTES;
  const e5 = view.getUint8(e1 + 4);
  return {
    ...(Object.fromEntries(words) as Trimming),
    H1: BigInt(view.getUint8(25)),
    H2: BigInt(view.getInt16(e1, true)),
    H3: BigInt(view.getUint8(e1 + 2)),
    H4: BigInt(view.getInt8(e1 + 3) * 16 + (e5 % 16)),
    H5: BigInt(view.getInt8(e1 + 5) * 16 + Math.floor(e5 / 16)),
    H6: BigInt(view.getInt8(e1 + 6)),
  };
}

/** t_fine of BME §4.2.3, 1 / 5120 °C. */
export function fineTemperature({ T1, T2, T3 }: Trimming, adc: bigint): bigint {
  const difference = (adc >> 4n) - T1;
  return ((((adc >> 3n) - (T1 << 1n)) * T2) >> 11n) + ((((difference * difference) >> 12n) * T3) >> 14n);
}

/** 1 / 256 Pa: the 64-bit formula of BME §4.2.3. */
export function integerPressure(trimming: Trimming, fine: bigint, adc: bigint): bigint {
  const { P1, P2, P3, P4, P5, P6, P7, P8, P9 } = trimming;
  const t = fine - 128000n;
  const offset = t * t * P6 + ((t * P5) << 17n) + (P4 << 35n);
  const sensitivity = (((1n << 47n) + ((t * t * P3) >> 8n) + ((t * P2) << 12n)) * P1) >> 33n;
  if (sensitivity === 0n) return 0n;
  const p = ((((1048576n - adc) << 31n) - offset) * 3125n) / sensitivity;
  return ((p + ((P9 * (p >> 13n) * (p >> 13n)) >> 25n) + ((P8 * p) >> 19n)) >> 8n) + (P7 << 4n);
}

/** 1 / 1024 %RH: the 32-bit formula of BME §4.2.3, not limited to 0…100. */
export function integerHumidity(trimming: Trimming, fine: bigint, adc: bigint): bigint {
  const { H1, H2, H3, H4, H5, H6 } = trimming;
  const t = fine - 76800n;
  const value = ((adc << 14n) - (H4 << 20n) - H5 * t + 16384n) >> 15n;
  const slope = ((((t * H6) >> 10n) * (((t * H3) >> 11n) + 32768n)) >> 10n) + 2097152n;
  const linear = value * ((slope * H2 + 8192n) >> 14n);
  return (linear - (((((linear >> 15n) * (linear >> 15n)) >> 7n) * H1) >> 4n)) >> 12n;
}

/** The 20 bits of a temperature in °C. */
export function invertTemperature(trimming: Trimming, celsius: number): number {
  const target = BigInt(Math.round(celsius * 5120));
  return firstWhere(0, 0xfffff, (adc) => fineTemperature(trimming, adc) >= target);
}

/** The 20 bits of a pressure in Pa at a part as warm as `fine`. */
export function invertPressure(trimming: Trimming, fine: bigint, pascal: number): number {
  const target = BigInt(Math.round(pascal * 256));
  return firstWhere(0, 0xfffff, (adc) => integerPressure(trimming, fine, adc) <= target);
}

/** The 16 bits of a relative humidity in % at a part as warm as `fine`. */
export function invertHumidity(trimming: Trimming, fine: bigint, percent: number): number {
  const target = BigInt(Math.round(percent * 1024));
  return firstWhere(0, 0xffff, (adc) => integerHumidity(trimming, fine, adc) >= target);
}
