/** A board to upload to, over TCP or a pseudo terminal, and what a test asks of it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { BoardKind } from "../../sim/world.ts";
import { Board } from "../../tools/board/board.ts";
import { upload } from "../../tools/board/upload.ts";
import type { UploadEvent, UploadPlan, UploadResult } from "../../tools/board/upload.ts";
import { openPort } from "../../tools/ports/open.ts";
import { UserError } from "../../tools/user-error.ts";
import { createConsoleBed } from "./console-bed.ts";
import type { ConsoleBed, ConsoleBedOptions } from "./console-bed.ts";

export type Way = "TCP" | "a pseudo terminal";

export interface UploadBench {
  /** The board; there once it was started. */
  readonly bed: ConsoleBed;
  readonly program: "esp32" | "esp8266";
  start: (options?: Partial<ConsoleBedOptions>) => Promise<void>;
  /** Another way to the same board. */
  port: () => Promise<string>;
  visit: (port?: string) => Promise<Board>;
  /** Uploads through a visit of its own, and leaves. */
  run: (plan: UploadPlan, events?: UploadEvent[], port?: string) => Promise<UploadResult>;
  /** The whole firmware with the bed's configuration. */
  whole: () => UploadPlan;
  /** What the board says when it starts what it has in flash. */
  said: (wanted: RegExp) => Promise<string>;
  /** The same while it starts by itself, through a visit that asks nothing. */
  heard: (wanted: RegExp) => Promise<string>;
  file: (name: string) => Promise<string | null>;
  close: () => Promise<void>;
}

/** A node that is told apart from the firmware, and from other ones by its name. */
export const marked = (name: string): string => `print("this is ${name}");\n`.padEnd(6000, `// ${name} `);

export const firmwareOf = (program: string): string => readFileSync(`dist/${program}.min.js`, "latin1");

/** The UserError that a promise rejects with. */
export async function refusal(promise: Promise<unknown>): Promise<UserError> {
  const error: unknown = await promise.then(
    () => assert.fail("it was not refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof UserError)) throw error;
  assert.equal(error.line.split("\n").length, 1);
  return error;
}

function lineOn(board: Board, wanted: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const remove = board.console.onLine((text) => {
      if (!wanted.test(text)) return;
      remove();
      resolve(text);
    });
  });
}

/** With `path` on the real interpreter of that path. */
export function createUploadBench(kind: BoardKind, path: string | undefined, way: Way = "TCP"): UploadBench {
  const program = kind === "ESP32" ? "esp32" : "esp8266";
  const boards: Board[] = [];
  let bed: ConsoleBed | undefined;
  const bench: UploadBench = {
    get bed() {
      return bed!;
    },
    program,
    async start(options = {}) {
      await bed?.close();
      bed = await createConsoleBed({ kind, ...options }, path);
    },
    port: async () => (way === "TCP" ? bench.bed.port : bench.bed.pty()),
    async visit(port) {
      const board = new Board(await openPort(port ?? (await bench.port())));
      boards.push(board);
      return board;
    },
    async run(plan, events = [], port) {
      const board = await bench.visit(port);
      try {
        return await upload(board, plan, (event) => void events.push(event));
      } finally {
        await board.disconnect();
      }
    },
    whole: () => ({
      board: program,
      code: firmwareOf(program),
      config: JSON.stringify(bench.bed.config),
    }),
    async said(wanted) {
      const board = await bench.visit();
      await board.connect();
      const line = lineOn(board, wanted);
      await board.restart("load");
      const text = await line;
      await board.disconnect();
      return text;
    },
    async heard(wanted) {
      const board = await bench.visit();
      const text = await lineOn(board, wanted);
      await board.disconnect();
      return text;
    },
    async file(name) {
      const board = await bench.visit();
      await board.connect();
      await board.restart("reset");
      const content = await board.eval<string | null>(`require("Storage").read(${JSON.stringify(name)})`);
      await board.disconnect();
      return content;
    },
    async close() {
      for (const board of boards.splice(0)) await board.disconnect();
      await bed?.close();
      bed = undefined;
    },
  };
  return bench;
}
