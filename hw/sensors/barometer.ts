/** What barometers share. */
import type { Fault, Reading } from "./sensor.ts";

/** The reading, or `out-of-range` where it lies outside -40…85 °C or `lowest`…`highest` Pa. */
export function inRangeOf(reading: Reading, lowest: number, highest: number): Fault | Reading {
  // Written so that NaN fails.
  return reading.temperature >= -40 &&
    reading.temperature <= 85 &&
    reading.pressure >= lowest &&
    reading.pressure <= highest
    ? reading
    : "out-of-range";
}
