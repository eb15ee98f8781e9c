import type { I2C } from "../espruino.d.ts";

/** ECMA-419 §10 options of one device on a bus. */
export interface I2COptions {
  bus: I2CBus;
  /** 7-bit address. */
  address: number;
}

/** An I²C bus that is set up: what the board hands to drivers. Transfers throw when nothing acknowledges. */
export type I2CBus = Pick<I2C, "writeTo" | "readFrom">;
