/** A part with a clock that the board makes and a data line that answers each pulse. */
import type { Pin, SPI as Bus } from "../espruino.d.ts";

/** Any pin that drives. */
export type ClockPin = Pick<Pin, "write" | "toString">;
/** Any pin that reads. */
export type DataPin = Pick<Pin, "read" | "mode" | "toString">;

/** Sends bits to the clock, two a pulse, and gives what the data line read right after each of them. */
export type ClockedBus = Pick<Bus, "send">;

/** Makes an output of `clock`, low, and an input of `data` that reads high when nothing drives it. */
export function openClocked(clock: ClockPin, data: DataPin): ClockedBus {
  const bus = new SPI();
  // SPI without a clock of its own: the clock is what it takes for data.
  bus.setup({ mosi: clock as Pin, miso: data as Pin });
  clock.write(0);
  data.mode("input_pullup");
  return bus;
}
