/** PROMs and results of MS5611 and MS5607, from facts with a source. */
import { checksum } from "../../../sim/devices/ms5611-integer.ts";
import { createRegisterBus, hex } from "./fake-bus.ts";
import type { FakeBus } from "./fake-bus.ts";

/** The data sheets' examples: C1…C6 without the words around them, raw pressure and temperature. */
export const MS5611 = { c: [40127, 36924, 23317, 23282, 33464, 28312], d1: 9085466, d2: 8569150 };
export const MS5607 = { c: [46372, 43981, 29059, 27842, 31553, 28165], d1: 6465444, d2: 8077636 };

/** Eight words with a right checksum. */
export function promOf(c: number[], serial = 0x1230): Uint16Array {
  const words = [0x0042, ...c, serial];
  words[7] = (serial & 0xfff0) | checksum(words);
  return Uint16Array.from(words);
}

/** A PROM of 16 bytes behind A0…AF, and the results of conversions at once. */
export function createMs5611Bus(prom: Uint16Array, d1: number, d2: number): FakeBus {
  const bytes = [...prom].flatMap((word) => [word >> 8, word & 255]);
  const bus = createRegisterBus(0x77, { 0xa0: bytes });
  bus.onWrite = ([command]) => {
    const raw = command! >> 4 === 4 ? d1 : command! >> 4 === 5 ? d2 : undefined;
    if (raw !== undefined) bus.registers.set([raw >> 16, (raw >> 8) & 255, raw & 255]);
  };
  return bus;
}

export const exampleBus = (): FakeBus => createMs5611Bus(promOf(MS5611.c), MS5611.d1, MS5611.d2);

const word = (index: number): string[] => {
  const value = promOf(MS5611.c)[index]!;
  return [`W ${hex([0xa0 + 2 * index])}`, `R ${hex([value >> 8, value & 255])}`];
};
const CONVERSIONS = ["W 58", "W 00", "R 82 C1 3E", "W 48", "W 00", "R 8A A2 1A"];
export const FIRST = ["W 1E", ...[0, 1, 2, 3, 4, 5, 6, 7].flatMap(word), ...CONVERSIONS];
export const NEXT = [...word(1), ...word(7), ...CONVERSIONS];
