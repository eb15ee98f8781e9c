/** A configuration, checked and turned into what the board gets. Knows no files: a browser can use it. */
import { tableOf } from "../../boards/named.ts";
import type { BoardWord } from "../../boards/named.ts";
import { HOST_MEMBERS } from "../schema/node.ts";
import { mistakesIn } from "./mistakes.ts";
import { isI2C } from "./pins.ts";
import { warningsFor } from "./warnings.ts";

/** A configuration without mistakes. */
export interface NodeFile {
  board: BoardWord;
  wifi: { ssid: string; password?: string };
  broker: {
    host: string;
    port?: number;
    username?: string;
    password?: string;
    keepalive?: number;
    /** As written; once it is checked, as the board wants it. */
    tls?: boolean | { ca?: string; cert?: string; key?: string };
  };
  base?: string;
  period?: number;
  values?: boolean;
  sensors: NodeSensor[];
  discovery?: boolean | { prefix?: string; name?: string };
  key?: string;
  [name: string]: unknown;
}

export interface NodeSensor {
  type: string;
  name?: string;
  chain?: Record<string, Record<string, unknown>[]>;
  derive?: Record<string, unknown>;
  units?: Record<string, string>;
  [option: string]: unknown;
}

/** What stands where nothing is said, as in hw/defaults.ts. */
export const DEFAULT_SENSORS: NodeSensor[] = [{ type: "bme280" }];

export interface Checked {
  mistakes: string[];
  warnings: string[];
  /** There when there are no mistakes. */
  node?: NodeFile;
}

/** All but its certificates, which may be files and are not looked at. */
export function checkMembers(config: unknown): Checked {
  const mistakes = mistakesIn(config);
  if (mistakes.length) return { mistakes, warnings: [] };
  const node = { sensors: DEFAULT_SENSORS, ...(config as object) } as NodeFile;
  return { mistakes, warnings: warningsFor(node), node };
}

/**
 * The sensors with the pins of their bus, if any of them names some: the board itself cannot tell that those are the ones it
 * would take anyway.
 */
function withBusPins({ board, sensors }: NodeFile): NodeSensor[] {
  const onBus = sensors.filter(isI2C);
  if (!onBus.some(({ data, clock }) => data ?? clock)) return sensors;
  return sensors.map((sensor) => (isI2C(sensor) ? { ...tableOf(board).i2c, ...sensor } : sensor));
}

/** Names of Espruino's modules that it needs besides those that every node does. */
export const modulesFor = ({ key }: NodeFile): string[] => (key === undefined ? [] : ["crypto"]);

/** The text of `config.json`: what the board is told. */
export function boardText(node: NodeFile): string {
  const members = Object.entries({ ...node, sensors: withBusPins(node) });
  const told = Object.fromEntries(members.filter(([name]) => !HOST_MEMBERS.includes(name)));
  return JSON.stringify(told);
}

/** The same as a byte string. */
export function boardConfig(node: NodeFile): string {
  const bytes = new TextEncoder().encode(boardText(node));
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
