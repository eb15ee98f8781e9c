/** A file for `config.json`, read for the simulated board: as far as the world around the board depends on it. */
import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { deviceTls } from "./certificates.ts";
import type { DeviceTls } from "./certificates.ts";
import type { BoardWord } from "../boards/named.ts";
import type { SensorSettings } from "./parts.ts";
import { reasonOf } from "./system-error.ts";
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
  /** With `tls` as the board wants it. */
  broker?: { tls?: DeviceTls["tls"]; [name: string]: unknown };
  sensors: Sensor[];
  [name: string]: unknown;
}

export interface ReadOptions {
  board: BoardWord;
  /** Told in one line each what will not work for ever. */
  warn(line: string): void;
}

/** `config` with the certificates of its broker converted; what is wrong with them begins with the path. */
function withDeviceTls(path: string, config: Configuration, { board, warn }: ReadOptions): Configuration {
  const { broker } = config as { broker?: unknown };
  if (typeof broker !== "object" || broker === null || !("tls" in broker)) return config;
  try {
    const { tls, warnings } = deviceTls(broker.tls, { folder: dirname(path), board });
    for (const warning of warnings) warn(`${path}: ${warning}`);
    return { ...config, broker: { ...broker, tls } };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${path}: ${error.message}`, error.exitCode);
  }
}

/** Reads a configuration for a board. Names of files in it begin at its own folder. */
export function readConfiguration(path: string, options: ReadOptions): Configuration {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new UserError(`The configuration ${path} cannot be read: ${reasonOf(error)}.`);
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
  return withDeviceTls(path, config as Configuration, options);
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
