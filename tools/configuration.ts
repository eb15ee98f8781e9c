/** A file for `config.json`, read for the simulated board: as far as the world around the board depends on it. */
import { readFileSync } from "node:fs";
import type { SensorSettings } from "./parts.ts";
import { UserError } from "./user-error.ts";

/** What a sensor says besides what its part does. */
export type Sensor = SensorSettings & {
  name?: string;
  derive?: Record<string, unknown>;
  units?: Record<string, string>;
};

/** All of it is the firmware's to check, which names what is wrong on its console; here it must only be readable. */
export interface Configuration {
  base?: string;
  sensors: Sensor[];
  [name: string]: unknown;
}

export function readConfiguration(path: string): Configuration {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new UserError(`There is no configuration to be read at ${path}.`);
  }
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch {
    throw new UserError(`${path} is not JSON.`);
  }
  const { sensors } = (config ?? {}) as { sensors?: unknown };
  const areSensors =
    Array.isArray(sensors) &&
    sensors.every((sensor) => typeof (sensor as { type?: unknown } | null)?.type === "string");
  if (!areSensors) throw new UserError(`${path} names no sensors: it needs a list of objects with a type.`);
  return config as Configuration;
}

/** Units that single values are told in where these differ from the usual ones, by `<sensor>/<quantity>`. */
export function unitsOf({ sensors }: Configuration): Record<string, string> {
  return Object.fromEntries(
    sensors.flatMap(({ name, type, units = {} }) =>
      Object.entries(units).map(([quantity, unit]) => [
        `${name ?? type}/${quantity}`,
        { C: "°C", F: "°F" }[unit] ?? unit,
      ]),
    ),
  );
}
