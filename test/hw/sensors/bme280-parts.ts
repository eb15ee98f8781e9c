/** Parts to test the driver with: register contents from facts with a source, and a bus that keeps a transcript. */
import assert from "node:assert/strict";
import type { Reading } from "../../../hw/sensors/sensor.ts";
import { bytes, createRegisterBus } from "./fake-bus.ts";
import type { FakeBus } from "./fake-bus.ts";

export { bytes, sampleOnce, transcript } from "./fake-bus.ts";
export type { FakeBus, Outcome } from "./fake-bus.ts";

/** Registers 88…A1 of the words T1…T3, P1…P9 and H1. */
export function lowRegisters(words: number[], h1 = 0): Uint8Array {
  const low = Buffer.alloc(26);
  words.forEach((word, i) => low.writeUInt16LE(word & 0xffff, 2 * i));
  low[25] = h1;
  return low;
}

/** The burst at F7 of raw values. */
export function burst(adcT: number, adcP: number, adcH?: number): Uint8Array {
  const data = [
    adcP >> 12,
    (adcP >> 4) & 255,
    (adcP & 15) << 4,
    adcT >> 12,
    (adcT >> 4) & 255,
    (adcT & 15) << 4,
  ];
  if (adcH !== undefined) data.push(adcH >> 8, adcH & 255);
  return Uint8Array.from(data);
}

export function assertReading(
  reading: Reading | undefined,
  temperature: number,
  pressure: number,
  humidity?: number,
): void {
  assert.ok(reading);
  assert.ok(
    Math.abs(reading["temperature"]! - temperature) <= 0.001,
    `temperature ${reading["temperature"]}`,
  );
  assert.ok(Math.abs(reading["pressure"]! - pressure) <= 0.1, `pressure ${reading["pressure"]}`);
  if (humidity === undefined) assert.equal("humidity" in reading, false);
  else assert.ok(Math.abs(reading["humidity"]! - humidity) <= 0.001, `humidity ${reading["humidity"]}`);
}

export const B1_WORDS = [27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000];
export const B1_LOW = lowRegisters(B1_WORDS);
export const E1_LOW = bytes("1D 6E AD 66 32 00 1B 8F 38 D6 D0 0B 54 2B 0F FF F9 FF 0C 30 20 D1 88 13 00 4B");
export const E1_HIGH = bytes("52 01 00 17 2C 03 1E");
export const E1_DATA = bytes("45 59 40 82 F3 00 89 6D");
export const E2_LOW = bytes("10 6E 6C 66 32 00 5D 95 B8 D5 D0 0B 77 1E 9D FF F9 FF AC 26 0A D8 BD 10 00 4B");
export const E2_HIGH = bytes("6E 01 00 13 05 00 1E");
export const E2_DATA = bytes("4A 52 C0 80 96 C0 7A 76");
export const RESET_DATA = bytes("80 00 00 80 00 00 80 00");

/** T = 5 · (adc / 16384 - 16) °C and P = (2²⁰ - adc) / 4 Pa, exactly: for values at the edge of a range. */
export const LINEAR_LOW = lowRegisters([16384, 25600, 0, 25000, 0, 0, 0, 0, 0, 0, 0, 0]);
export const linearBurst = (celsius: number, pascal: number): Uint8Array =>
  burst((celsius / 5 + 16) * 16384, 1048576 - 4 * pascal);

export function createFakeBus(id: number, low: Uint8Array, high: Uint8Array, data: Uint8Array): FakeBus {
  const bus = createRegisterBus(0x76, { 0xd0: [id], 0x88: low, 0xe1: high, 0xf7: data });
  // Back to sleep at once.
  bus.onWrite = ([register]) => {
    if (register === 0xf4) bus.registers[0xf4]! &= ~3;
  };
  return bus;
}

export const e1Bus = (): FakeBus => createFakeBus(0x60, E1_LOW, E1_HIGH, E1_DATA);

export const LOW_HEX = "1D 6E AD 66 32 00 1B 8F 38 D6 D0 0B 54 2B 0F FF F9 FF 0C 30 20 D1 88 13 00 4B";
export const INITIALISE_BME280 = ["W D0", "R 60", "W E0 B6", "W F3", "R 00", "W 88", "R " + LOW_HEX];
export const CALIBRATE_HUMIDITY = ["W E1", "R 52 01 00 17 2C 03 1E"];
export const SAMPLE_BME280 = ["W F4 25", "W F3", "R 00 24 A0", "W F7", "R 45 59 40 82 F3 00 89 6D"];
export const FIRST_SAMPLE = [
  ...INITIALISE_BME280,
  ...CALIBRATE_HUMIDITY,
  "W F5 A0",
  "W F2 01",
  ...SAMPLE_BME280,
];
