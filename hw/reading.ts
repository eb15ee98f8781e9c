/** Readings as text: finite numbers, rounded by quantity, never −0. */
import type { Reading } from "./sensors/sensor.ts";

/** Parts that are told: 0.01 °C, 1 Pa, 0.1 %RH and m, 1 µV, 0.001 mA. What most nodes measure comes first. */
function precision(quantity: string): number {
  if (quantity === "temperature") return 100;
  if (quantity === "pressure") return 1;
  if (quantity === "humidity") return 10;
  switch (quantity) {
    case "sea_level_pressure":
      return 1;
    case "altitude":
      return 10;
    case "dew_point":
      return 100;
    // Of a bridge some millivolts are all there is.
    case "voltage":
      return 1000000;
  }
  return 1000;
}

/**
 * The members of a JSON object for `reading`, without its braces; what is no finite number is left out. `parts` has how
 * many are told of quantities that are in other units than usual.
 */
export function formatReading(reading: Reading, parts?: { [quantity: string]: number }): string {
  let members = "";
  for (const quantity in reading) {
    const value = reading[quantity] as number;
    const steps = (parts && parts[quantity]) || /*@__NOINLINE__*/ precision(quantity);
    // + 0 turns −0 into 0; the engine's toFixed cuts instead of rounding.
    if (value - value === 0)
      members += (members && ",") + '"' + quantity + '":' + (Math.round(value * steps) / steps + 0);
  }
  return members;
}
