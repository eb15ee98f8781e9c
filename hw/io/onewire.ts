/** 1-Wire as drivers use it: a bus that the board has set up, shared by all parts on one wire. */
import type { OneWire } from "../espruino.d.ts";

/** What the board hands to drivers. Nothing throws: a bus without devices reads all ones, a shorted one all zeros. */
export type OneWireBus = Pick<OneWire, "reset" | "select" | "search" | "write" | "read">;

/** One byte of the CRC of ids and scratchpads, X⁸ + X⁵ + X⁴ + 1 (Maxim AN27); over a whole block with its CRC it is 0. */
export function crc8(crc: number, byte: number): number {
  crc ^= byte;
  // One term a bit: a loop over them takes the engine four times as long.
  return (
    (crc & 1 ? 0x5e : 0) ^
    (crc & 2 ? 0xbc : 0) ^
    (crc & 4 ? 0x61 : 0) ^
    (crc & 8 ? 0xc2 : 0) ^
    (crc & 16 ? 0x9d : 0) ^
    (crc & 32 ? 0x23 : 0) ^
    (crc & 64 ? 0x46 : 0) ^
    (crc & 128 ? 0x8c : 0)
  );
}
