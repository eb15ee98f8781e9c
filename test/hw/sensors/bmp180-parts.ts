/** Contents of BMP180 registers, from facts with a source. */
import { bytes, createRegisterBus, hex } from "./fake-bus.ts";
import type { FakeBus } from "./fake-bus.ts";

/** BST-BMP180-DS000 §3.5 figure 4, MB included. */
export const DATA_SHEET = bytes("0198 FFB8 C7D1 7FE5 7FF5 5A71 182E 0004 8000 DDF9 0B34");
/** A real part's, from the tests of periph.io. */
export const PERIPH = bytes("2388 FB67 C7A9 875B 6289 5016 1973 002E 8000 D1F6 0A7B");

/** A part whose conversions end with `ut` and `up`, 16 and 24 bits as they stand in the registers, and at once. */
export function createBmp180Bus(calibration: Uint8Array, ut: number, up: number, id = 0x55): FakeBus {
  const bus = createRegisterBus(0x77, { 0xd0: [id], 0xaa: calibration, 0xf6: [0x80, 0, 0] });
  bus.onWrite = ([register, value]) => {
    if (register === 0xe0) bus.registers.set([0, 0, 0x80, 0, 0], 0xf4);
    if (register !== 0xf4 || value === undefined) return;
    bus.registers[0xf4] = value & 0xdf;
    bus.registers.set(value === 0x2e ? [ut >> 8, ut & 255, 0] : [up >> 16, (up >> 8) & 255, up & 255], 0xf6);
  };
  return bus;
}

export const dataSheetBus = (): FakeBus => createBmp180Bus(DATA_SHEET, 27898, 23843 << 8);

/** Transfers of a sample, with the codes that the oversampling makes. */
export const sampleBmp180 = (start = "34", done = "14"): string[] => [
  ...["W D0", "R 55", "W AA", `R ${hex(DATA_SHEET)}`],
  ...["W F4 2E", "W F4", "R 0E", "W F6", "R 6C FA 00"],
  ...[`W F4 ${start}`, "W F4", `R ${done}`, "W F6", "R 5D 23 00"],
];
