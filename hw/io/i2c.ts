import type { I2C } from "../espruino.d.ts";

/** An I²C bus that is set up: what the board hands to drivers. Transfers throw when nothing acknowledges. */
export type I2CBus = Pick<I2C, "writeTo" | "readFrom">;
