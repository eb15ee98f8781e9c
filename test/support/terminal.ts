/** `ristretto` at a terminal of its own, a pseudo terminal that socat makes, with a person at the keys. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { commandLine } from "./command.ts";

export interface AtTerminal {
  /** All that the screen was sent, escape codes included. */
  readonly shown: string;
  /** Resolves when it was sent what `wanted` finds. */
  shows(wanted: RegExp): Promise<void>;
  press(keys: string): void;
  /** Resolves with the exit code. */
  readonly ended: Promise<number>;
}

/** Starts it by the program socat; arguments may hold no quotes. */
export function startAtTerminal(socat: string, args: readonly string[]): AtTerminal {
  const words = [process.execPath, ...commandLine(args)].map((word) => `'${word.replace(/[,:!]/g, "\\$&")}'`);
  // The shell outlives Ctrl-C and tells the code, for socat has one of its own.
  const command = `SYSTEM:"trap : INT; stty cols 80 rows 24; ${words.join(" ")}; echo ended with \\$?",pty,setsid,ctty,stderr`;
  const child = spawn(socat, ["-", command], {
    env: { ...process.env, NO_COLOR: undefined, TERM: "xterm", COLORTERM: undefined, CI: undefined },
  });
  let shown = "";
  let wake = (): void => undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
    wake();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    shown += text;
  });
  const closed = once(child, "close");
  return {
    get shown() {
      return shown;
    },
    async shows(wanted) {
      while (!wanted.test(shown)) {
        if (child.exitCode !== null) throw new Error(`it ended before ${String(wanted)}:\n${shown}`);
        await Promise.race([new Promise<void>((resolve) => (wake = resolve)), closed]);
      }
    },
    press: (keys) => void child.stdin.write(keys),
    ended: closed.then(() => Number(/ended with (\d+)/.exec(shown)?.[1] ?? NaN)),
  };
}
