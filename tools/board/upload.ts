/**
 * From a bundle and a configuration to a board that runs them: checks the board, writes what differs, compares, switches in
 * one step (loader.ts), starts it and follows it. Knows neither files nor ports of this machine: a browser can use it.
 */
import { boardNamed, tableOf } from "../../boards/named.ts";
import type { BoardWord } from "../../boards/named.ts";
import { EXIT } from "../exit-code.ts";
import { UserError } from "../user-error.ts";
import type { Board, BoardFacts } from "./board.ts";
import { quote } from "./console.ts";
import { erase, isSame, roomFor, writeFile } from "./files.ts";
import { follow } from "./follow.ts";
import type { FirstReading, Witness } from "./follow.ts";
import {
  APPLY,
  CONFIG,
  FOREIGN_CODE,
  GO,
  HISTORY,
  LOADER,
  LOADER_FILE,
  NEW_CONFIG,
  NEW_SLOT,
  programFile,
  SLOT,
} from "./loader.ts";
import type { Slot } from "./loader.ts";

export interface UploadPlan {
  /** Which board the program was built for. */
  board: BoardWord;
  /** The program as a byte string; left out, the one on the board stays. */
  code?: string;
  /** The text of config.json as a byte string; left out, the one on the board stays. */
  config?: string;
  /** What of the firmware's tables the configuration asks for: sensor types, steps, and the like. */
  words?: readonly string[];
  /** Modules of Espruino's that it needs besides those that every node does. */
  modules?: readonly string[];
  /** Variables that the node will hold, as far as that is known. */
  variables?: number;
  /** Go on although board, version or memory do not fit. */
  force?: boolean;
  /** Check and write nothing. */
  dryRun?: boolean;
  /** Do not wait for a reading. */
  detach?: boolean;
  /** Milliseconds to wait for the first acknowledged reading; default 90 s. */
  patience?: number;
  /**
   * Makes one that hears at the broker what the node of this id tells; asked for where the console is on the network, which
   * a node that runs closes.
   */
  witness?: (id: string) => Promise<Witness>;
}

/** What happens, in order; `done` of `total` bytes while a file is written. */
export type UploadEvent =
  | { stage: "connect"; port: string }
  | { stage: "check"; facts: BoardFacts }
  | { stage: "write"; file: string; done: number; total: number }
  | { stage: "same"; file: string }
  | { stage: "verify"; file: string; bytes: number }
  | { stage: "start" }
  | { stage: "log"; line: string }
  /** The node closed its console; a reading is waited for at the broker. */
  | { stage: "close" }
  | { stage: "end"; written: number; reading?: FirstReading };

/** What was done. */
export interface UploadResult {
  /** Bytes that were written. */
  written: number;
  /** The first reading that the broker acknowledged; undefined when it was not waited for. */
  reading: FirstReading | undefined;
}

/** Espruino that everything was tried with. */
const OLDEST = { major: 2, minor: 29 };
const PATIENCE = 90000;
/** What a node calls itself, as hw/boards/espruino.ts has it. */
const ID = `getSerial().replace("-","")`;
const NEEDED_MODULES = ["net", "Wifi", "Storage"];

function isOlder(version: string): boolean {
  const [, major, minor] = /^(\d+)v(\d+)/.exec(version) ?? [];
  return Number(major) * 1000 + Number(minor) < OLDEST.major * 1000 + OLDEST.minor;
}

/** Is the board one that the plan is for? Throws when it is not. */
export function checkBoard({ board, version, modules }: BoardFacts, plan: UploadPlan, port: string): void {
  const refuse = (message: string, hint: string): never => {
    throw new UserError(message, EXIT.BOARD, hint);
  };
  if (plan.force) return;
  if (boardNamed(board) !== plan.board)
    refuse(
      `The board at ${port} is ${board}, not ${tableOf(plan.board).name}.`,
      "Nothing was written. Set board in the configuration, or choose another --port.",
    );
  if (isOlder(version))
    refuse(
      `Espruino ${version} on it is too old: ${OLDEST.major}v${OLDEST.minor} is needed.`,
      "Nothing was written. Flash a newer one; erase the flash with it, for saved code does not survive that.",
    );
  const names = modules.split(",");
  const lacking = [...NEEDED_MODULES, ...(plan.modules ?? [])].filter((name) => !names.includes(name));
  if (lacking.length)
    refuse(
      `Espruino ${version} on it was built without ${lacking.join(", ")}.`,
      "Nothing was written. Take a firmware from espruino.com.",
    );
}

function checkMemory({ total, free }: BoardFacts, plan: UploadPlan): void {
  if (plan.force || plan.variables === undefined || plan.variables <= free) return;
  throw new UserError(
    `The node will hold about ${plan.variables} variables, and ${free} of the board's ${total} are free.`,
    EXIT.BOARD,
    "Nothing was written. Fewer sensors and steps and a shorter queue take less.",
  );
}

/** Files that are to be written: name and content. */
type Files = [name: string, content: string][];

/** Makes room for them, or throws. */
async function checkRoom(board: Board, files: Files, keep: string[], isDryRun: boolean): Promise<void> {
  let storage = await board.storage();
  const present = files.map(([name]) => name).filter((name) => storage.files.includes(name));
  // A file that is there already, in part or whole, takes its room already.
  const sizes = await board.eval<number[]>(
    `[${present.map((name) => `require("Storage").read(${quote(name)}).length`).join(",")}]`,
  );
  const had = sizes.reduce((sum, size) => sum + roomFor(size), 0);
  const needed = files.reduce((sum, [, content]) => sum + roomFor(content.length), 0);
  const available = storage.free + storage.trash + had;
  if (needed > available)
    throw new UserError(
      `Storage is too small: ${needed} bytes are needed, ${available} of ${storage.total} are free.`,
      EXIT.BOARD,
      `Nothing was written: the old program stays until the new one is whole. Erase what is not needed of ${storage.files.filter((name) => !keep.includes(name)).join(", ") || "nothing"}, or take fewer sensors.`,
    );
  storage = await board.storage();
  // Now, because nothing runs from flash: compaction moves what a program that runs there stands on.
  if (!isDryRun && storage.free < needed) await board.ask(`require("Storage").compact()`, 60000);
}

/** Does the program on the board know what the configuration asks for? */
async function checkWords(board: Board, slot: Slot, words: readonly string[]): Promise<void> {
  const lacking = await board.eval<string[]>(
    `(function(f){return ${JSON.stringify(words)}.filter(function(w){return f.indexOf(w+":function")<0&&f.indexOf(w+'":function')<0})})(require("Storage").read(${quote(programFile(slot))}))`,
  );
  if (lacking.length)
    throw new UserError(
      `The program on the board was built without ${lacking.join(", ")}.`,
      EXIT.CONFIGURATION,
      "Nothing was written. Upload without --only config.",
    );
}

/** Which program starts now; undefined when the board has not got ours. */
async function activeSlot(board: Board): Promise<Slot | undefined> {
  if (!(await isSame(board, LOADER_FILE, LOADER))) return undefined;
  return (await board.eval<Slot | null>(`require("Storage").read(${quote(SLOT)})`)) ?? undefined;
}

async function write(board: Board, files: Files, emit: (event: UploadEvent) => void): Promise<number> {
  let written = 0;
  for (const [file, content] of files) {
    const total = content.length;
    written += await writeFile(board, file, content, (done) => {
      emit({ stage: "write", file, done, total });
    });
    emit({ stage: "verify", file, bytes: total });
  }
  return written;
}

/** What of the plan differs from the board. */
async function difference(
  board: Board,
  plan: UploadPlan,
  active: Slot | undefined,
  emit: (event: UploadEvent) => void,
): Promise<Files> {
  const files: Files = [];
  if (plan.code !== undefined) {
    if (active && (await isSame(board, programFile(active), plan.code)))
      emit({ stage: "same", file: programFile(active) });
    else {
      const slot = active === "0" ? "1" : "0";
      files.push([programFile(slot), plan.code], [NEW_SLOT, slot]);
    }
  }
  if (plan.config !== undefined) {
    if (await isSame(board, CONFIG, plan.config)) emit({ stage: "same", file: CONFIG });
    else files.push([NEW_CONFIG, plan.config]);
  }
  return files;
}

/** Makes what was written count, all at once. */
async function commit(board: Board): Promise<void> {
  await writeFile(board, GO, "1");
  await writeFile(board, LOADER_FILE, LOADER);
  for (const name of [...FOREIGN_CODE, HISTORY]) await erase(board, name);
}

/** Writes what differs and makes it count; gives how many bytes that were. */
async function place(board: Board, plan: UploadPlan, emit: (event: UploadEvent) => void): Promise<number> {
  if (!plan.dryRun) {
    await board.restart("reset");
    checkMemory(await board.facts(), plan);
    // An upload that ended between its last write and the start.
    await board.ask(APPLY, 10000);
  }
  const active = await activeSlot(board);
  if (plan.code === undefined && active === undefined)
    throw new UserError(
      `The board at ${board.name} has no program of ristretto's that could go with the configuration.`,
      EXIT.CONFIGURATION,
      "Upload without --only config.",
    );
  if (plan.code === undefined && plan.words) await checkWords(board, active!, plan.words);
  const files = await difference(board, plan, active, emit);
  await checkRoom(
    board,
    [...files, [GO, "1"], [LOADER_FILE, LOADER]],
    [LOADER_FILE, SLOT, CONFIG],
    !!plan.dryRun,
  );
  if (plan.dryRun) {
    for (const [file, content] of files) emit({ stage: "write", file, done: 0, total: content.length });
    return 0;
  }
  const written = await write(board, files, emit);
  if (files.length) await commit(board);
  return written;
}

/** Who hears of the node where its console will not be there. */
async function witnessOf(board: Board, plan: UploadPlan): Promise<Witness | undefined> {
  if (!plan.witness || !board.console.transport.reopen) return undefined;
  return plan.witness(await board.eval<string>(ID));
}

/** Starts what the board has, and waits for its first reading unless the plan says not to. */
async function start(
  board: Board,
  plan: UploadPlan,
  emit: (event: UploadEvent) => void,
): Promise<FirstReading | undefined> {
  if (plan.detach) {
    emit({ stage: "start" });
    await board.restart("load");
    return undefined;
  }
  const witness = await witnessOf(board, plan);
  emit({ stage: "start" });
  const removeListener = board.console.onLine((line) => {
    if (line.trim()) emit({ stage: "log", line });
  });
  try {
    const isFollowed = follow(board.console, plan.patience ?? PATIENCE, witness, () => {
      emit({ stage: "close" });
    });
    // Should the start fail, that is what is told.
    isFollowed.catch(() => undefined);
    await board.restart("load");
    return await isFollowed;
  } finally {
    removeListener();
  }
}

/** Has a board whose program was stopped for nothing start what it has. */
async function goOn(board: Board): Promise<void> {
  if (board.console.gone !== undefined) return;
  await board.restart("load").catch(() => undefined);
}

/**
 * Carries out the plan on a board; rejects with a UserError whose exit code tells the stage. When it cannot be done the board
 * goes on with what it has.
 */
export async function upload(
  board: Board,
  plan: UploadPlan,
  emit: (event: UploadEvent) => void = () => undefined,
): Promise<UploadResult> {
  await board.connect();
  emit({ stage: "connect", port: board.name });
  const facts = await board.facts();
  checkBoard(facts, plan, board.name);
  emit({ stage: "check", facts });
  let written: number;
  try {
    written = await place(board, plan, emit);
  } catch (error) {
    if (!plan.dryRun) await goOn(board);
    throw error;
  }
  if (plan.dryRun) return { written, reading: undefined };
  const reading = await start(board, plan, emit);
  emit({ stage: "end", written, ...(reading ? { reading } : {}) });
  return { written, reading };
}
