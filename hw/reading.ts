/** Readings as text: finite numbers, rounded by quantity, never −0. */
import type { Reading } from "./sensors/sensor.ts";

/** Parts that are told: 0.01 °C, 1 Pa, 0.1 %RH and m, 1 µV, 0.001 mA. */
function precision(quantity: string): number {
  switch (quantity) {
    case "pressure":
    case "sea_level_pressure":
      return 1;
    case "humidity":
    case "altitude":
      return 10;
    case "temperature":
    case "dew_point":
      return 100;
    // Of a bridge some millivolts are all there is.
    case "voltage":
      return 1000000;
  }
  return 1000;
}

/** One value, rounded to what its quantity is told with, or to so many parts. */
export function formatValue(quantity: string, value: number, parts?: number): string {
  const steps = parts || precision(quantity);
  // + 0 turns −0 into 0; the engine's toFixed cuts instead of rounding.
  return "" + (Math.round(value * steps) / steps + 0);
}

/**
 * The members of a JSON object for `reading`, without its braces; what is no finite number is left out. `parts` has how
 * many are told of quantities that are in other units than usual.
 */
export function formatReading(reading: Reading, parts?: { [quantity: string]: number }): string {
  let members = "";
  Object.keys(reading).forEach(function (quantity) {
    const value = reading[quantity] as number;
    if (value - value === 0)
      members +=
        (members && ",") + '"' + quantity + '":' + formatValue(quantity, value, parts && parts[quantity]);
  });
  return members;
}
