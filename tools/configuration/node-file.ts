/** `node.json` and its file of secrets: read, put together, checked, and turned into what the board gets. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { deviceTls } from "../certificates.ts";
import type { DeviceTls } from "../certificates.ts";
import { EXIT } from "../exit-code.ts";
import { BOARD_WORDS, HOST_MEMBERS } from "../schema/node.ts";
import { UserError } from "../user-error.ts";
import { mistakesIn } from "./mistakes.ts";
import { warningsFor } from "./warnings.ts";

export type BoardWord = (typeof BOARD_WORDS)[number];

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
    tls?: DeviceTls["tls"];
  };
  base?: string;
  period?: number;
  values?: boolean;
  sensors: NodeSensor[];
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

/** `hall/node.json` → `hall/node.secrets.json` */
export function secretsPath(path: string): string {
  return join(dirname(path), `${basename(path, ".json")}.secrets.json`);
}

function refuse(message: string, hint?: string): never {
  throw new UserError(message, EXIT.CONFIGURATION, hint);
}

function readJson(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return refuse(`There is no configuration to be read at ${path}.`, "ristretto init makes one.");
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    // V8 quotes the text around the mistake, which may be a secret.
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    const line =
      position === undefined ? text.split("\n").length : text.slice(0, Number(position)).split("\n").length;
    return refuse(`${path} is not JSON: there is a mistake in line ${line}.`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `over` laid over `under`, member by member. */
function merged(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over;
  const result: Record<string, unknown> = { ...under };
  for (const [name, value] of Object.entries(over))
    result[name] = name in under ? merged(under[name], value) : value;
  return result;
}

/** Reads a configuration with its secrets, as it stands. */
export function readNodeFile(path: string): unknown {
  const config = readJson(path);
  const secrets = secretsPath(path);
  return existsSync(secrets) && isObject(config) ? merged(config, readJson(secrets)) : config;
}

export interface Checked {
  mistakes: string[];
  warnings: string[];
  /** There when there are no mistakes. */
  node?: NodeFile;
}

/** Names of files in the configuration begin at `folder`. */
export function checkNode(config: unknown, folder = "."): Checked {
  const mistakes = mistakesIn(config);
  if (mistakes.length) return { mistakes, warnings: [] };
  const node = { sensors: DEFAULT_SENSORS, ...(config as object) } as NodeFile;
  const warnings = warningsFor(node);
  if (node.broker.tls === undefined) return { mistakes, warnings, node };
  try {
    const converted = deviceTls(node.broker.tls, { folder, board: node.board });
    node.broker = { ...node.broker, tls: converted.tls };
    return { mistakes, warnings: [...warnings, ...converted.warnings], node };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { mistakes: [error.message.replace(/\.$/, "")], warnings };
  }
}

/** A configuration that can be used; with mistakes it throws one line that names them all. */
export function loadNode(path: string): { node: NodeFile; warnings: string[] } {
  const { mistakes, warnings, node } = checkNode(readNodeFile(path), dirname(path));
  if (!node) return refuse(`${path} cannot be used: ${mistakes.join("; ")}.`);
  return { node, warnings };
}

/** The text of `config.json`: what the board is told. */
export function boardText(node: NodeFile): string {
  const told = Object.fromEntries(Object.entries(node).filter(([name]) => !HOST_MEMBERS.includes(name)));
  return JSON.stringify(told);
}

/** The same as a byte string. */
export function boardConfig(node: NodeFile): string {
  return Buffer.from(boardText(node), "utf8").toString("latin1");
}
