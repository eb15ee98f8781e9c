/** `node.json` and its file of secrets: read, put together and checked, certificates and all. */
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { deviceTls } from "../certificates.ts";
import { EXIT } from "../exit-code.ts";
import { reasonOf } from "../system-error.ts";
import { UserError } from "../user-error.ts";
import { checkMembers } from "./node.ts";
import type { Checked, NodeFile } from "./node.ts";

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
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT")
      return refuse(`There is no configuration at ${path || "an empty path"}.`, "ristretto init makes one.");
    return refuse(`${path} cannot be read: ${reasonOf(error)}.`);
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

/** Names of files in the configuration begin at `folder`. */
export function checkNode(config: unknown, folder = "."): Checked {
  const checked = checkMembers(config);
  const { mistakes, warnings, node } = checked;
  if (node?.broker.tls === undefined) return checked;
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
