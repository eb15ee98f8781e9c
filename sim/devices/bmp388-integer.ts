/**
 * Bosch's integer compensation of BMP388 and BMP390 (BMP3 Sensor API, the variant without floating point), and what turns it
 * round: from a truth to the raw value that a part would have. In BigInt, which neither overflows nor rounds.
 */
import { firstWhere } from "./search.ts";

/** Bytes of registers 31…45. */
export const TRIMMING_BYTES = 21;

/** Trimming words in the order of their registers, and what they are in them. */
const WORDS = {
  T1: "u16",
  T2: "u16",
  T3: "s8",
  P1: "s16",
  P2: "s16",
  P3: "s8",
  P4: "s8",
  P5: "u16",
  P6: "u16",
  P7: "s8",
  P8: "s8",
  P9: "s16",
  P10: "s8",
  P11: "s8",
} as const;
export type Trimming = Record<keyof typeof WORDS, bigint>;

export function decodeTrimming(calibration: readonly number[]): Trimming {
  const view = new DataView(Uint8Array.from(calibration).buffer);
  let at = 0;
  const words = Object.entries(WORDS).map(([name, kind]) => {
    const start = at;
    at += kind === "s8" ? 1 : 2;
    if (kind === "s8") return [name, BigInt(view.getInt8(start))];
    return [name, BigInt(kind === "u16" ? view.getUint16(start, true) : view.getInt16(start, true))];
  });
  return Object.fromEntries(words) as Trimming;
}

/** The checksum in register 30, bit by bit: CRC-8 with the polynomial 1D, from FF, inverted. */
export function checksum(calibration: readonly number[]): number {
  let crc = 0xff;
  for (const byte of calibration) {
    for (let bit = 7; bit >= 0; bit--) {
      const feedback = (crc >> 7) ^ ((byte >> bit) & 1);
      crc = ((crc << 1) & 0xff) ^ (feedback ? 0x1d : 0);
    }
  }
  return crc ^ 0xff;
}

/** t_lin, 1 / 65536 °C. */
export function fineTemperature({ T1, T2, T3 }: Trimming, raw: bigint): bigint {
  const difference = raw - 256n * T1;
  return (T2 * difference * 262144n + difference * difference * T3) / 4294967296n;
}

/** 1 / 100 Pa. */
export function integerPressure(trimming: Trimming, t: bigint, raw: bigint): bigint {
  const { P1, P2, P3, P4, P5, P6, P7, P8, P9, P10, P11 } = trimming;
  const square = t * t;
  const cube = ((square / 64n) * t) / 256n;
  const offset = P5 * 140737488355328n + (P8 * cube) / 32n + P7 * square * 16n + P6 * t * 4194304n;
  const sensitivity =
    (P1 - 16384n) * 70368744177664n + (P4 * cube) / 32n + P3 * square * 4n + (P2 - 16384n) * t * 2097152n;
  const second = (((((P10 * t + 65536n * P9) * raw) / 8192n / 10n) * raw) / 512n) * 10n;
  const third = (((P11 * raw * raw) / 65536n) * raw) / 128n;
  return ((offset / 4n + (sensitivity / 16777216n) * raw + second + third) * 25n) / 1099511627776n;
}

/** The 24 bits of a temperature in °C. */
export function invertTemperature(trimming: Trimming, celsius: number): number {
  const target = BigInt(Math.round(celsius * 65536));
  return firstWhere(0, 0xffffff, (raw) => fineTemperature(trimming, raw) >= target);
}

/** The 24 bits of a pressure in Pa at a part as warm as `t`. */
export function invertPressure(trimming: Trimming, t: bigint, pascal: number): number {
  const target = BigInt(Math.round(pascal * 100));
  return firstWhere(0, 0xffffff, (raw) => integerPressure(trimming, t, raw) <= target);
}
