/**
 * The calibration of DPS310 and SPL06 turned round: from a truth to the raw value that a part would have ("DPS" is Infineon's
 * DPS310 data sheet v1.2). In whole numbers, as BigInt, multiplied out over a common divisor.
 */
import { firstWhere } from "./search.ts";

/** Bytes of registers 10…21. */
export const COEFFICIENT_BYTES = 18;

/** Bits of each coefficient, in their order in the registers (DPS §8.11). */
const BITS = { c0: 12, c1: 12, c00: 20, c10: 20, c01: 16, c11: 16, c20: 16, c21: 16, c30: 16 };
export type Coefficients = Record<keyof typeof BITS, bigint>;

export function decodeCoefficients(data: readonly number[]): Coefficients {
  let rest = data.map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const values = Object.entries(BITS).map(([name, bits]) => {
    const digits = rest.slice(0, bits);
    rest = rest.slice(bits);
    return [name, BigInt.asIntN(bits, BigInt(`0b${digits}`))];
  });
  return Object.fromEntries(values) as Coefficients;
}

/** Registers 10…21. */
export function encodeCoefficients(coefficients: Record<keyof typeof BITS, number>): number[] {
  const digits = Object.entries(BITS).map(([name, bits]) =>
    BigInt.asUintN(bits, BigInt(coefficients[name as keyof typeof BITS]))
      .toString(2)
      .padStart(bits, "0"),
  );
  return digits
    .join("")
    .match(/.{8}/g)!
    .map((byte) => parseInt(byte, 2));
}

/** Scale factors of DPS §4.9.3 table 9 by exponent of the oversampling. */
export const SCALES = [524288, 1572864, 3670016, 7864320, 253952, 516096, 1040384, 2088960];

/** The raw temperature, scaled by `k`, of a temperature in °C. */
export function invertTemperature({ c0, c1 }: Coefficients, celsius: number, k: number): number {
  return Math.round(((celsius - Number(c0) / 2) / Number(c1)) * k);
}

/** Pa in thousandths times kp³ · kt, and what to compare it with. */
function pressure(c: Coefficients, raw: bigint, kp: bigint, t: bigint, kt: bigint): bigint {
  const cold = c.c00 * kp ** 3n + c.c10 * raw * kp ** 2n + c.c20 * raw ** 2n * kp + c.c30 * raw ** 3n;
  const warm = c.c01 * kp ** 3n + c.c11 * raw * kp ** 2n + c.c21 * raw ** 2n * kp;
  return 1000n * (cold * kt + warm * t);
}

/** Pa of raw values and their scales. */
export function exactPressure(c: Coefficients, raw: number, kp: number, t: number, kt: number): number {
  const [p, q] = [BigInt(kp), BigInt(kt)];
  return Number(pressure(c, BigInt(raw), p, BigInt(t), q) / (p ** 3n * q)) / 1000;
}

/** The raw pressure, scaled by `kp`, of a pressure in Pa at a part with the raw temperature `t`, scaled by `kt`. */
export function invertPressure(c: Coefficients, pascal: number, kp: number, t: number, kt: number): number {
  const [p, q] = [BigInt(kp), BigInt(kt)];
  const target = BigInt(Math.round(pascal * 1000)) * p ** 3n * q;
  return firstWhere(-2 * kp, 2 * kp, (raw) => pressure(c, raw, p, BigInt(t), q) <= target);
}
