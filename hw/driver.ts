/** What a firmware knows of a sensor type before it reads the first sample. */
import type { Board } from "./board.ts";
import type { SensorConfig } from "./config.ts";
import type { Sensor } from "./sensors/sensor.ts";

/** All of a firmware's, by the `type` of a sensor's configuration; functions, so that those not asked for take no memory. */
export interface Drivers {
  [type: string]: () => Driver;
}

export interface Driver {
  /** What a sensor of this type may say besides what all of them may, separated by spaces. */
  fields: string;
  /**
   * Makes the sensor, and leaves the part alone. Throws on an option that cannot be: a text with its name and what it must
   * be. The drivers of the parts check their options themselves.
   */
  create(board: Board, config: SensorConfig): Sensor<never>;
}
