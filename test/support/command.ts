import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
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

function start(args: string[]): ChildProcessWithoutNullStreams {
  const env = { ...process.env, NO_COLOR: "1" };
  return spawn(process.execPath, ["--import", "tsx", "tools/ristretto.ts", ...args], { env });
}

/** Runs `ristretto` with a closed standard input to its end. */
export function run(...args: string[]): Promise<Outcome> {
  return runTyping("", ...args);
}

/** The same with something typed, and the input closed after it. */
export function runTyping(typed: string, ...args: string[]): Promise<Outcome> {
  const child = start(args);
  const outcome: Outcome = { code: null, stdout: "", stderr: "" };
  child.stdout.on("data", (data) => (outcome.stdout += String(data)));
  child.stderr.on("data", (data) => (outcome.stderr += String(data)));
  child.stdin.end(typed);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      resolve({ ...outcome, code });
    });
  });
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
  const ended = new Promise<number | null>((resolve) => {
    child.on("close", (code) => {
      resolve(code);
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
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    quit() {
      child.stdin.write("q");
      return ended;
    },
  };
}
