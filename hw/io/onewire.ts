/** 1-Wire as drivers use it: a bus that the board has set up, shared by all parts on one wire. */
import type { OneWire } from "../espruino.d.ts";

/** What the board hands to drivers. Nothing throws: a bus without devices reads all ones, a shorted one all zeros. */
export type OneWireBus = Pick<OneWire, "reset" | "select" | "search" | "write" | "read">;

/** The CRC of ids and scratchpads, X⁸ + X⁵ + X⁴ + 1 (Maxim AN27), over all the bytes; with the CRC itself it is 0. */
export function crc8(bytes: ArrayLike<number>): number {
  let crc = 0;
  // The length of a Uint8Array costs the engine 17 variables for good.
  for (let i = 0; bytes[i] !== undefined; i++) {
    const mixed = crc ^ bytes[i];
    // One term a bit: a loop over them takes the engine four times as long.
    crc =
      (mixed & 1 ? 0x5e : 0) ^
      (mixed & 2 ? 0xbc : 0) ^
      (mixed & 4 ? 0x61 : 0) ^
      (mixed & 8 ? 0xc2 : 0) ^
      (mixed & 16 ? 0x9d : 0) ^
      (mixed & 32 ? 0x23 : 0) ^
      (mixed & 64 ? 0x46 : 0) ^
      (mixed & 128 ? 0x8c : 0);
  }
  return crc;
}
