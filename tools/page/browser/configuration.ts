/** The configuration on the page: its schema, what is wrong with it, and what of it goes to a board. */
import { tableOf } from "../../../boards/named.ts";
import type { BoardWord } from "../../../boards/named.ts";
import type { UploadPlan } from "../../board/upload.ts";
import { estimate } from "../../bundle/estimate.ts";
import { wordsOf } from "../../bundle/words.ts";
import { boardConfig, checkMembers, modulesFor } from "../../configuration/node.ts";
import type { NodeFile } from "../../configuration/node.ts";
import { nodeSchema } from "../../schema/node.ts";
import { textOf } from "./bytes.ts";
import type { Mistakes } from "./form.tsx";
import { isObject, withProperty } from "./schema.ts";
import type { JsonObject, Schema } from "./schema.ts";

export const schema = nodeSchema() as Schema;

/** What the page begins with. */
export const EXAMPLE: JsonObject = {
  board: "esp32",
  wifi: {},
  broker: {},
  sensors: [{ type: "bme280" }],
};

export interface Check {
  /** What is wrong, by path; values that are needed and not there are not among it. */
  mistakes: Mistakes;
  /** Paths of what is needed and not there yet. */
  missing: string[];
  /** What is not wrong, but may surprise. */
  warnings: string[];
}

/** `sensors[0].name`, as the board writes it, as a path of the form: `/sensors/0/name`. */
const pathOf = (place: string): string =>
  place === "the configuration"
    ? ""
    : `/${place.replaceAll("[", "/").replaceAll("]", "").replaceAll(".", "/")}`;

const sentence = (text: string): string =>
  /^(must|is) /.test(text) ? `It ${text}.` : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What keeps a node from encrypting, of which the command knows more: it reads certificates. */
function tlsMistake({ board, broker: { tls } }: NodeFile): string | undefined {
  if (tls === undefined || tls === false) return undefined;
  const { name, env } = tableOf(board);
  if (!env.MODULES.includes("tls")) return `An ${name} has no TLS: use an ESP32, or leave it out.`;
  return tls === true
    ? undefined
    : "Certificates are made ready for a board by the command: ristretto upload.";
}

export function check(configuration: JsonObject): Check {
  const { mistakes: lines, warnings, node } = checkMembers(configuration);
  const tls = node && tlsMistake(node);
  const mistakes: Record<string, string[]> = tls === undefined ? {} : { "/broker/tls": [tls] };
  const missing: string[] = [];
  for (const line of lines) {
    const [, place = "", text = line] = /^(.*?): (.*)$/.exec(line) ?? [];
    const path = pathOf(place);
    if (text === "is missing") missing.push(path);
    else mistakes[path] = [...(mistakes[path] ?? []), sentence(text)];
  }
  return { mistakes, missing, warnings };
}

/** The configuration without passwords and keys, which are not for files that are shown around. */
export function withoutSecrets(configuration: JsonObject): JsonObject {
  const entries = Object.entries(configuration).map(([name, value]) => [
    name,
    isObject(value) ? withProperty(value, "password", undefined) : value,
  ]);
  return withProperty(Object.fromEntries(entries) as JsonObject, "key", undefined);
}

/** A firmware that lies beside the page, as a byte string. */
async function firmware(board: BoardWord): Promise<string> {
  const { family } = tableOf(board);
  const response = await fetch(`${family.toLowerCase()}.min.js`);
  if (!response.ok) throw new Error(`The firmware for ${family} is not beside the page.`);
  return textOf(new Uint8Array(await response.arrayBuffer()));
}

/** What is uploaded for a configuration that is right. */
export async function planFor(configuration: JsonObject, isConfigOnly: boolean): Promise<UploadPlan> {
  const { node } = checkMembers(configuration);
  if (!node) throw new Error("The configuration is not right.");
  return {
    board: node.board,
    config: boardConfig(node),
    variables: estimate(node).held,
    modules: modulesFor(node),
    ...(isConfigOnly ? { words: wordsOf(node) } : { code: await firmware(node.board) }),
  };
}
