/** I²C as drivers use it: a bus that the board has set up, and parts made of registers. */
import type { I2C } from "../espruino.d.ts";

/** An I²C bus that is set up: what the board hands to drivers. Transfers throw when nothing acknowledges. */
export type I2CBus = Pick<I2C, "writeTo" | "readFrom">;

/** What a driver's record has for the functions below. */
export interface I2CPart {
  _bus: I2CBus;
  /** 7 bits. */
  _address: number;
}

/** Reads `quantity` bytes from `register` on. */
export function readFrom(part: I2CPart, register: number, quantity: number): Uint8Array {
  part._bus.writeTo(part._address, [register]);
  return part._bus.readFrom(part._address, quantity);
}

/** Writes one byte to `register`. */
export function writeTo(part: I2CPart, register: number, value: number): void {
  part._bus.writeTo(part._address, [register, value]);
}
