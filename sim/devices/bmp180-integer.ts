/**
 * The integer formulas of BMP180 and BMP085 ("BMP" is BST-BMP180-DS000), and what turns them round: from a truth to the raw
 * value that a part would have. In BigInt, which neither overflows nor rounds.
 */
import { firstWhere } from "./search.ts";

/** Bytes of registers AA…BF. */
export const CALIBRATION_BYTES = 22;

const WORDS = ["AC1", "AC2", "AC3", "AC4", "AC5", "AC6", "B1", "B2", "MB", "MC", "MD"] as const;
/** Calibration words by the names of the data sheet. */
export type Coefficients = Record<(typeof WORDS)[number], bigint>;

/** BMP §3.4 table 5: most significant byte first. */
export function decodeCoefficients(calibration: readonly number[]): Coefficients {
  const view = new DataView(Uint8Array.from(calibration).buffer);
  const words = WORDS.map((name, i) => {
    const unsigned = name === "AC4" || name === "AC5" || name === "AC6";
    return [name, BigInt(unsigned ? view.getUint16(2 * i) : view.getInt16(2 * i))];
  });
  return Object.fromEntries(words) as Coefficients;
}

/** B5 of BMP §3.5 figure 4, 1 / 160 °C; undefined at the raw temperatures below the pole of the formula. */
export function b5({ AC5, AC6, MC, MD }: Coefficients, ut: bigint): bigint | undefined {
  const x1 = ((ut - AC6) * AC5) >> 15n;
  // Divisions cut off towards zero, as in C.
  return x1 + MD > 0n ? x1 + (MC << 11n) / (x1 + MD) : undefined;
}

/** Pa: BMP §3.5 figure 4. */
export function integerPressure(coefficients: Coefficients, fine: bigint, up: bigint, oss: number): bigint {
  const { AC1, AC2, AC3, AC4, B1, B2 } = coefficients;
  const shift = BigInt(oss);
  const b6 = fine - 4000n;
  const square = (b6 * b6) >> 12n;
  const b3 = (((AC1 * 4n + ((B2 * square) >> 11n) + ((AC2 * b6) >> 11n)) << shift) + 2n) / 4n;
  const x3 = (((AC3 * b6) >> 13n) + ((B1 * square) >> 16n) + 2n) >> 2n;
  const b4 = (AC4 * (x3 + 32768n)) >> 15n;
  const b7 = (up - b3) * (50000n >> shift);
  const p = b7 < 0x80000000n ? (b7 * 2n) / b4 : (b7 / b4) * 2n;
  const correction = (((p >> 8n) * (p >> 8n) * 3038n) >> 16n) + ((-7357n * p) >> 16n) + 3791n;
  return p + (correction >> 4n);
}

/** The 16 bits of a temperature in °C. */
export function invertTemperature(coefficients: Coefficients, celsius: number): number {
  const target = BigInt(Math.round(celsius * 160));
  return firstWhere(0, 0xffff, (ut) => (b5(coefficients, ut) ?? target - 1n) >= target);
}

/** The 16 + oss bits of a pressure in Pa at a part as warm as `fine`. */
export function invertPressure(
  coefficients: Coefficients,
  fine: bigint,
  pascal: number,
  oss: number,
): number {
  const target = BigInt(Math.round(pascal));
  return firstWhere(0, (1 << (16 + oss)) - 1, (up) => integerPressure(coefficients, fine, up, oss) >= target);
}
