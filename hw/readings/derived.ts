/** Quantities that follow from those a sensor measured. */
import type { Reading } from "../sensors/sensor.ts";

/** A quantity from a reading and what the configuration says of it; NaN when the reading lacks what it follows from. */
export type Derivation = (reading: Reading, setting: number) => number;

// The standard atmosphere up to 11 km, as in BMP180's data sheet §3.6.
const SCALE = 44330; // m
const EXPONENT = 5.255;

/** Pa that `setting` m lower down there would be. */
export function seaLevelPressure(reading: Reading, setting: number): number {
  return (reading.pressure as number) / Math.pow(1 - setting / SCALE, EXPONENT);
}

/** m above where there are `setting` Pa. */
export function altitude(reading: Reading, setting: number): number {
  return SCALE * (1 - Math.pow((reading.pressure as number) / setting, 1 / EXPONENT));
}

/** °C at which this air is saturated: Magnus, with Sonntag's constants for water, 1990. */
export function dewPoint(reading: Reading): number {
  const temperature = reading.temperature as number;
  const load = Math.log((reading.humidity as number) / 100) + (17.62 * temperature) / (243.12 + temperature);
  return (243.12 * load) / (17.62 - load);
}
