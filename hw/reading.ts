/** Readings as text: finite numbers, rounded by quantity, never −0. */
import type { Reading } from "./sensors/sensor.ts";

/** Tenth parts that are told: 0.01 °C, 1 Pa, 0.1 %RH, 0.001 V and mA. */
function precision(quantity: string): number {
  if (quantity === "pressure") return 1;
  if (quantity === "humidity") return 10;
  return quantity === "temperature" ? 100 : 1000;
}

/** One value, rounded to what its quantity is told with. */
export function formatValue(quantity: string, value: number): string {
  const steps = precision(quantity);
  // + 0 turns −0 into 0; the engine's toFixed cuts instead of rounding.
  return "" + (Math.round(value * steps) / steps + 0);
}

/** The members of a JSON object for `reading`, without its braces. */
export function formatReading(reading: Reading): string {
  let members = "";
  Object.keys(reading).forEach(function (quantity) {
    members += (members && ",") + '"' + quantity + '":' + formatValue(quantity, reading[quantity] as number);
  });
  return members;
}
