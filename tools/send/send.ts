/** `ristretto send`: a command to one node, or to hundreds of them, and what became of it. */
import { loadNode } from "../configuration/node-file.ts";
import type { NodeFile } from "../configuration/node.ts";
import { EXIT } from "../exit-code.ts";
import { createOutput, good, warning } from "../output.ts";
import { UserError } from "../user-error.ts";
import { sendTo } from "./node.ts";
import type { Answer, Order } from "./node.ts";
import { tableOf } from "./table.ts";

export interface SendOptions {
  broker?: { host: string; port?: number };
  username?: string;
  password?: string;
  /** What the topics of a node begin with whose configuration does not say it. */
  base?: string;
  /** Seconds. */
  timeout: number;
  /** Nodes that are spoken to at the same time. */
  parallel: number;
  json: boolean;
}

/** Commands, and what stands behind them: nothing, or a whole number of seconds. */
const LONGEST_PERIOD = 86400;

/** A node with its file, and where its topics begin. */
interface Target {
  file: string;
  node: NodeFile;
  base: string;
}

/** Takes the command and its argument from the words behind the file names. */
export function splitWords(words: readonly string[]): { files: string[]; command: string; argument: string } {
  const refuse = (message: string): never => {
    throw new UserError(message, 1, "ristretto send hall.json read, or restart, or period 30.");
  };
  const last = words.at(-1) ?? "";
  if (last === "read" || last === "restart")
    return { files: filesOf(words.slice(0, -1)), command: last, argument: "" };
  if (last === "period") return refuse("How long a period? It needs a number of seconds.");
  if (words.at(-2) !== "period") return refuse("Which command? It is read, restart, or period and a number.");
  if (!/^[1-9]\d*$/.test(last) || Number(last) > LONGEST_PERIOD)
    return refuse(`A period is a whole number of seconds from 1 to ${LONGEST_PERIOD}.`);
  return { files: filesOf(words.slice(0, -2)), command: "period", argument: last };
}

const filesOf = (words: readonly string[]): string[] => (words.length ? [...words] : ["node.json"]);

/** Reads the configuration of a node, and finds where its topics begin. */
function target(file: string, base: string | undefined): Target | Answer {
  try {
    const { node } = loadNode(file);
    const found = base ?? node.base;
    if (found === undefined)
      throw new UserError(
        `${file} has no base, which is ristretto/ and the board's id then.`,
        EXIT.CONFIGURATION,
        "Give it with --base; a board says its id when it starts.",
      );
    return { file, node, base: found };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { exitCode: error.exitCode, text: error.line };
  }
}

/** Calls `work` for all items, for at most `width` at the same time. */
async function inParallel<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
}

/** Sends the command to all nodes; gives the worst exit code. */
export async function send(words: readonly string[], options: SendOptions): Promise<number> {
  const { files, command, argument } = splitWords(words);
  if (options.base !== undefined && files.length > 1)
    throw new UserError("--base is for one node.", 1, "Give each of several a base in its configuration.");
  const output = createOutput(options.json);
  const order: Order = { ...options, command, argument, patience: options.timeout * 1000 };
  const answers = new Map<string, Answer>();
  await inParallel([...new Set(files)], options.parallel, async (file) => {
    const found = target(file, options.base);
    const answer = "node" in found ? await sendTo(found.node, found.base, order) : found;
    answers.set(file, answer);
    const { exitCode, text } = answer;
    const words_ = `${file}: ${command} ${argument ? `${argument} ` : ""}${text}`;
    output.tell(
      { event: "answer", file, command, ...(argument ? { argument } : {}), ok: !exitCode, text, exitCode },
      files.length > 1 ? undefined : exitCode ? warning(words_) : good(words_),
    );
  });
  if (files.length > 1 && !options.json)
    for (const line of tableOf(files.map((file) => [file, answers.get(file)!]))) output.tell({}, line);
  return Math.max(...[...answers.values()].map(({ exitCode }) => exitCode));
}
