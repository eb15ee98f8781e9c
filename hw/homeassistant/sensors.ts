/** The sensors of a node as Home Assistant sees them. */
import type { SensorConfig } from "../config.ts";
import type { NamedSensor } from "../node/sampler.ts";
import type { Reading } from "../sensors/sensor.ts";

/** What is known there of a sensor. */
export interface Announced {
  _named: NamedSensor;
  /** The quantities it has reported, with a comma behind each; undefined before its first answer. */
  _quantities?: string;
  /** Whether it was published that it works, 1, or does not, 2; 0 = neither. */
  _status: number;
  /** Does it measure what is in a pipe or a vessel? And can its readings come at any time? */
  _isInVessel?: boolean;
  _isIrregular?: boolean;
  /** Then what it reported last of each quantity, and whether that was published since. */
  _last?: Reading;
  _isLastPublished?: boolean;
  /** What it reports in, by quantity. */
  _units?: { [quantity: string]: string };
}

/** Makes the record of a sensor from its configuration. */
export function announcedOf(named: NamedSensor, sensor: SensorConfig): Announced {
  const announced: Announced = { _named: named, _status: 0 };
  const chain = sensor.chain ? JSON.stringify(sensor.chain) : "";
  if (sensor.units) announced._units = sensor.units as { [quantity: string]: string };
  if (["transducer", "current-loop", "hx711"].indexOf(sensor.type) >= 0) announced._isInVessel = true;
  // With these steps nobody knows when the next value comes.
  if (["delta", "throttle", "every"].some((word) => chain.split('"' + word + '"').length > 1))
    announced._isIrregular = true;
  return announced;
}

/** Takes in a reading, as members of a JSON object; returns whether it has a quantity that is new. */
export function takeReading(announced: Announced, members: string): boolean {
  let quantities = announced._quantities || "";
  const before = quantities;
  const pieces = members.split('"');
  for (let nth = 1; nth < pieces.length; nth += 2) {
    const quantity = pieces[nth] as string;
    if (quantities.split(",").indexOf(quantity) < 0) quantities += quantity + ",";
  }
  announced._quantities = quantities;
  if (announced._isIrregular && members) {
    const values = JSON.parse("{" + members + "}") as Reading;
    const last: Reading = announced._last || {};
    Object.keys(values).forEach((quantity) => (last[quantity] = values[quantity]));
    announced._last = last;
    announced._isLastPublished = false;
  }
  return quantities !== before;
}
