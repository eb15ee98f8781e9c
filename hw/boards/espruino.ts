/** What both boards do alike. */
import type { BusPins } from "../board.ts";
import type { I2CBus } from "../io/i2c.ts";

export function id(): string {
  return getSerial().replace("-", "");
}

export function createI2C(pins: BusPins, hz: number): I2CBus {
  // By name: the class Pin would take seven variables for good.
  I2C1.setup({ scl: pins.clock, sda: pins.data, bitrate: hz });
  return I2C1;
}

/** The console on port 23 takes anybody's commands. */
export function closeTelnet(): void {
  // A firmware built without it has nothing to close.
  if (process.env.MODULES.indexOf("TelnetServer") >= 0) require("TelnetServer").setOptions({ mode: "off" });
}
