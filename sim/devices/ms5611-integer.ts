/**
 * The integer formulas of MS5611 and MS5607 ("5611" is MS5611-01BA03, "5607" MS5607-02BA03), the checksum of their PROM
 * (AN520), and what turns the formulas round: from a truth to the raw value that a part would have. In BigInt, which neither
 * overflows nor rounds.
 */
import { firstWhere } from "./search.ts";

export type Chip = "ms5611" | "ms5607";

/** AN520, bit by bit: what the lowest four bits of the last of eight words must be. */
export function checksum(words: readonly number[]): number {
  let remainder = 0;
  for (let i = 0; i < 16; i++) {
    const word = i < 14 ? words[i >> 1]! : words[7]! & 0xff00;
    remainder ^= i % 2 ? word & 0xff : word >> 8;
    for (let bit = 0; bit < 8; bit++) {
      remainder = remainder & 0x8000 ? ((remainder << 1) ^ 0x3000) & 0xffff : remainder << 1;
    }
  }
  return remainder >> 12;
}

const square = (value: bigint): bigint => value * value;

/** dT, and the temperature of the first order, 1 / 100 °C. */
function firstOrder(prom: readonly bigint[], d2: bigint): { dT: bigint; first: bigint } {
  const dT = d2 - (prom[5]! << 8n);
  return { dT, first: 2000n + ((dT * prom[6]!) >> 23n) };
}

/** TEMP, 1 / 100 °C, to the second order; the same for both parts. */
export function integerTemperature(prom: readonly bigint[], d2: bigint): bigint {
  const { dT, first } = firstOrder(prom, d2);
  return first < 2000n ? first - (square(dT) >> 31n) : first;
}

/** P, Pa, to the second order. */
export function integerPressure(chip: Chip, prom: readonly bigint[], d2: bigint, d1: bigint): bigint {
  const { dT, first } = firstOrder(prom, d2);
  const wide = chip === "ms5607";
  let offset = wide
    ? (prom[2]! << 17n) + ((prom[4]! * dT) >> 6n)
    : (prom[2]! << 16n) + ((prom[4]! * dT) >> 7n);
  let sensitivity = wide
    ? (prom[1]! << 16n) + ((prom[3]! * dT) >> 7n)
    : (prom[1]! << 15n) + ((prom[3]! * dT) >> 8n);
  if (first < 2000n) {
    const cold = square(first - 2000n);
    offset -= wide ? (61n * cold) >> 4n : (5n * cold) >> 1n;
    sensitivity -= wide ? 2n * cold : (5n * cold) >> 2n;
  }
  if (first < -1500n) {
    const veryCold = square(first + 1500n);
    offset -= (wide ? 15n : 7n) * veryCold;
    sensitivity -= wide ? 8n * veryCold : (11n * veryCold) >> 1n;
  }
  return (((d1 * sensitivity) >> 21n) - offset) >> 15n;
}

/** The 24 bits of a temperature in °C. */
export function invertTemperature(prom: readonly bigint[], celsius: number): number {
  const target = BigInt(Math.round(celsius * 100));
  return firstWhere(1, 0xffffff, (d2) => integerTemperature(prom, d2) >= target);
}

/** The 24 bits of a pressure in Pa at a part whose raw temperature is `d2`. */
export function invertPressure(chip: Chip, prom: readonly bigint[], d2: number, pascal: number): number {
  const target = BigInt(Math.round(pascal));
  return firstWhere(1, 0xffffff, (d1) => integerPressure(chip, prom, BigInt(d2), d1) >= target);
}
