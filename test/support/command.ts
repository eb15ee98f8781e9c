import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import type { TimedEvent } from "../../tools/events.ts";

/** What a finished command left. */
export interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** It failed with this code and said why in one line, without a stack. */
export function assertLine({ code, stderr }: Outcome, exitCode: number, pattern: RegExp): void {
  assert.equal(code, exitCode, stderr);
  assert.match(stderr, pattern);
  assert.equal(stderr.trim().split("\n").length, 1, stderr);
  assert.doesNotMatch(stderr, /\.ts:\d+/);
}

/** What a process may be given besides its arguments. */
export interface Circumstances {
  env?: Record<string, string>;
  /** Folder to run in. */
  cwd?: string;
}

const LOADER = import.meta.resolve("tsx");
const COMMAND = resolve("tools/ristretto.ts");

/** Node's arguments for the command, from whatever folder. */
export const commandLine = (args: readonly string[]): string[] => ["--import", LOADER, COMMAND, ...args];

/** Starts `ristretto`. */
export function start(
  args: readonly string[],
  { env, cwd }: Circumstances = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, commandLine(args), {
    env: { ...process.env, NO_COLOR: "1", ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Waits for the end of a process, and gathers what it says. */
export function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<Outcome> {
  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (outcome.stdout += String(data)));
  child.stderr.on("data", (data) => (outcome.stderr += String(data)));
  return new Promise((done) => {
    child.on("close", (code) => {
      done({ ...outcome, code });
    });
  });
}

/** Runs `ristretto` in these circumstances, with a closed standard input, to its end. */
export function runIn(circumstances: Circumstances, ...args: string[]): Promise<Outcome> {
  const child = start(args, circumstances);
  child.stdin.end();
  return outcomeOf(child);
}

/** Runs `ristretto` with a closed standard input to its end. */
export function run(...args: string[]): Promise<Outcome> {
  return runTyping("", ...args);
}

/** The same with something typed, and the input closed after it. */
export function runTyping(typed: string, ...args: string[]): Promise<Outcome> {
  const child = start(args);
  child.stdin.end(typed);
  return outcomeOf(child);
}

/** A running simulation, driven by keys and followed by its events. */
export interface Running {
  readonly events: TimedEvent[];
  press(key: string): void;
  /** Resolves with the first event from now on, or among those not yet looked at, that `wanted` accepts. */
  until(wanted: (event: TimedEvent) => boolean): Promise<TimedEvent>;
  /** Ends it with `q` and gives the exit code. */
  quit(): Promise<number | null>;
}

export function simulateLive(...args: string[]): Running {
  const child = start(["simulate", "--json", "--port", "0", ...args]);
  const events: TimedEvent[] = [];
  let looked = 0;
  let wake = (): void => undefined;
  let errors = "";
  child.stderr.on("data", (data) => (errors += String(data)));
  createInterface({ input: child.stdout }).on("line", (line) => {
    events.push(JSON.parse(line) as TimedEvent);
    wake();
  });
  const ended = new Promise<number | null>((done) => {
    child.on("close", (code) => {
      done(code);
      wake();
    });
  });
  return {
    events,
    press: (key) => void child.stdin.write(key),
    async until(wanted) {
      for (;;) {
        while (looked < events.length) {
          const event = events[looked++]!;
          if (wanted(event)) return event;
        }
        if (child.exitCode !== null) throw new Error(`ended with ${child.exitCode}: ${errors}`);
        await new Promise<void>((looked) => {
          wake = looked;
        });
      }
    },
    quit() {
      child.stdin.write("q");
      return ended;
    },
  };
}
