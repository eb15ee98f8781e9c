/** Contents of BMP388 registers, from facts with a source. */
import { checksum } from "../../../sim/devices/bmp388-integer.ts";
import { bytes, createRegisterBus, hex } from "./fake-bus.ts";
import type { FakeBus } from "./fake-bus.ts";

/** Registers 31…45 of a real part, and a burst at 04, from the tests of elixir-sensors/bmp3xx. */
export const ELIXIR = bytes("23 6B 58 49 F6 5C FF CE F4 23 00 EA 63 6E 79 F3 F6 AA 43 12 C4");
export const ELIXIR_DATA = bytes("97 9F 6D 73 D8 85");
export const RESET_DATA = bytes("00 00 80 00 00 80");

/** Trimming words T1…P11 as registers 31…45. */
export function trimming(words: number[]): Uint8Array {
  const data = Buffer.alloc(21);
  let at = 0;
  words.forEach((word, i) => {
    if ([2, 5, 6, 9, 10, 12, 13].includes(i)) at = data.writeUInt8(word & 0xff, at);
    else at = data.writeUInt16LE(word & 0xffff, at);
  });
  return data;
}

/** Registers 30…45: the checksum before the words. */
export const withChecksum = (words: Uint8Array): Uint8Array =>
  Uint8Array.from([checksum([...words]), ...words]);

/** A burst at 04. */
export const burst = (uP: number, uT: number): Uint8Array =>
  Uint8Array.from([uP, uP >> 8, uP >> 16, uT, uT >> 8, uT >> 16].map((byte) => byte & 255));

/** A part that is ready and has data at any time. */
export function createBmp388Bus(calibration: Uint8Array, data: Uint8Array, id = 0x50): FakeBus {
  return createRegisterBus(0x76, { 0: [id, 0, 0, 0x70], 4: data, 0x1c: [2], 0x30: calibration });
}

export const elixirBus = (): FakeBus => createBmp388Bus(withChecksum(ELIXIR), ELIXIR_DATA);

export const NEXT = [
  ...["W 1B 13", "W 1C", "R 00 11", "W 02", "R 00 70"],
  ...["W 04", "R 97 9F 6D 73 D8 85"],
];
export const FIRST = [
  ...["W 00", "R 50", "W 7E B6", "W 02", "R 00 70", "W 30", `R ${hex(withChecksum(ELIXIR))}`],
  ...["W 1C 00", "W 1D 11", "W 1F 00", ...NEXT],
];
