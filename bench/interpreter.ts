/**
 * The real interpreter, Espruino's Linux target, with a flash of its own: a folder that is gone after `close`.
 *
 * Its habits are dealt with here and nowhere else: at the end of its standard input it dies in its own input thread, so
 * that stays open; nothing but SIGKILL ends it; it keeps its flash in a file of its current directory; it exits with 0
 * after an error in a timer; it writes prompts and escape codes before what is printed, and its bytes are latin1.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface InterpreterOptions {
  /** A command with its arguments that the binary is given to, such as valgrind; it must become the binary, or outlives it. */
  wrapper?: string[];
  /** Milliseconds after which a run, or the wait for a line, is taken for one that never ends, and killed. */
  limit?: number;
}

export interface Interpreter {
  /**
   * Runs a program of at most some kilobytes and gives what it printed in lines that begin with "# ", without that: to its
   * end, or until it prints the line `last`. Rejects when the program fails.
   */
  run(program: string, last?: string): Promise<string[]>;
  /**
   * Runs a program that ends with `quit()` or, at once, with `E.reboot()`, and gives how many machine instructions that took, by
   * valgrind's count; without those of the interpreter's function `leftOut`, if one is named.
   */
  count(program: string, leftOut?: string): Promise<number>;
  /** Writes a file to flash; it stays for later runs. ".boot0" to ".boot3" run before each of them, not ".bootcde". */
  store(name: string, text: string): Promise<void>;
  /** Boots from flash like a board: runs ".boot0" to ".boot3", then ".bootcde", and takes what is typed. */
  boot(): Session;
  /** What all runs wrote to standard error. */
  readonly stderr: string;
  /** Ends all that runs. */
  close(): void;
}

/** An interpreter that runs until it is closed or ends by itself. */
export interface Session {
  /** Every line of the console, without prompts and escape codes; those that come are told to `onLine`. */
  readonly lines: string[];
  onLine: (line: string) => void;
  /** Types a program at the console, without echo. */
  type(code: string): void;
  /** The console as it is, for a program that speaks to it: what `write` takes is typed, `read` is told all that is printed. */
  readonly console: { write(bytes: Buffer): void; read(listener: (bytes: Buffer) => void): void };
  /** Resolves with the first line from number `from` on (default: the next) that holds `text`. */
  line(text: string, from?: number): Promise<string>;
  /** Resolves when the interpreter has ended, which `E.reboot()` makes it do. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** In a line of the console: the program failed, whatever the exit code says. */
export const FAILURE = /Uncaught|Interrupted|OUT OF MEMORY|ASSERT/;

/** Bytes that one run writes to flash: the program itself takes memory too. */
const CHUNK = 1000;
/** The last thing a program prints. */
const DONE = "# done";
/** Milliseconds; nothing that ends by itself takes as long. */
const LIMIT = 120_000;
/** Counts instructions the same each time, whatever else the machine does. */
const VALGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"];
/** Before a typed line: do not echo it. */
const QUIET = "\x10";

/** A byte string as a literal; escaped, because the resizable build of the interpreter reads UTF-8 in its source. */
export function quote(bytes: string): string {
  return JSON.stringify(bytes).replace(/[\x7f-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
}

/** A line as it was printed: without what moves the cursor and the prompts of the console before it. */
function clean(line: string): string {
  return line.replace(/\x1b\[[0-9;]*[A-Za-z]|[\r\b]/g, "").replace(/^>+/, "");
}

/** Calls back with each whole line of the child's standard output. */
function readLines(child: ChildProcess, onLine: (line: string) => void): void {
  let rest = "";
  child.stdout!.setEncoding("latin1").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onLine(clean(line));
  });
}

/** `path` is the interpreter's binary. */
export function createInterpreter(
  path: string,
  { wrapper = [], limit = LIMIT }: InterpreterOptions = {},
): Interpreter {
  const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  const running = new Set<ChildProcess>();
  let stderr = "";

  function launch(args: string[], around = wrapper): { child: ChildProcess; ended: Promise<void> } {
    const [command, ...rest] = [...around, path, ...args];
    const child = spawn(command!, rest, { cwd: folder, stdio: "pipe" });
    running.add(child);
    child.stderr.setEncoding("latin1").on("data", (text: string) => (stderr += text));
    // What is typed after its end goes nowhere.
    child.stdin.on("error", () => undefined);
    const ended = new Promise<void>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", () => {
        running.delete(child);
        resolve();
      });
    });
    return { child, ended };
  }

  async function run(program: string, last = DONE): Promise<string[]> {
    writeFileSync(join(folder, "program.js"), last === DONE ? `${program}\nprint("${DONE}");` : program);
    const { child, ended } = launch(["program.js"]);
    const lines: string[] = [];
    readLines(child, (line) => {
      // The engine may put its prompt at the end of the line before, not at the beginning of this one.
      lines.push(line.replace(/^[^#]*(?=# )/, ""));
      if (lines.at(-1) === last || FAILURE.test(line)) child.kill("SIGKILL");
    });
    const end = setTimeout(() => child.kill("SIGKILL"), limit);
    await ended;
    clearTimeout(end);
    if (lines.at(-1) !== last) throw new Error(`the interpreter failed:\n${lines.join("\n")}\n${stderr}`);
    return lines.filter((line) => line.startsWith("# ") && line !== DONE).map((line) => line.slice(2));
  }

  async function count(program: string, leftOut?: string): Promise<number> {
    writeFileSync(join(folder, "program.js"), program);
    const before = stderr.length;
    const around = leftOut ? [`--toggle-collect=${leftOut}`, "--collect-atstart=yes"] : [];
    const { child, ended } = launch(["program.js"], [...VALGRIND, ...around]);
    const lines: string[] = [];
    readLines(child, (line) => {
      lines.push(line);
      if (FAILURE.test(line)) child.kill("SIGKILL");
    });
    await ended;
    const counted = /Collected : (\d+)/.exec(stderr.slice(before));
    if (!counted) throw new Error(`the interpreter failed:\n${lines.join("\n")}\n${stderr.slice(before)}`);
    return Number(counted[1]);
  }

  function boot(): Session {
    const { child, ended } = launch([]);
    const waiting = new Set<() => void>();
    let hasEnded = false;
    const wake = (): void => waiting.forEach((look) => look());
    const session: Session = {
      lines: [],
      onLine: () => undefined,
      ended: ended.then(() => {
        hasEnded = true;
        wake();
      }),
      type(code) {
        const typed = code.split("\n").map((line) => QUIET + line);
        child.stdin!.write(typed.join("\n") + "\n", "latin1");
      },
      console: {
        write: (bytes) => void child.stdin!.write(bytes),
        read: (listener) =>
          void child.stdout!.on("data", (text: string) => listener(Buffer.from(text, "latin1"))),
      },
      line: (text, from = session.lines.length) =>
        new Promise((resolve, reject) => {
          const end = setTimeout(() => child.kill("SIGKILL"), limit);
          const look = (): void => {
            const found = session.lines.slice(from).find((line) => line.includes(text));
            if (found === undefined && !hasEnded) return;
            clearTimeout(end);
            waiting.delete(look);
            if (found !== undefined) resolve(found);
            else reject(new Error(`ended before "${text}":\n${session.lines.slice(from).join("\n")}`));
          };
          waiting.add(look);
          look();
        }),
      close() {
        child.kill("SIGKILL");
        return session.ended;
      },
    };
    readLines(child, (line) => {
      session.lines.push(line);
      session.onLine(line);
      wake();
    });
    return session;
  }

  return {
    run,
    count,
    boot,
    get stderr() {
      return stderr;
    },
    async store(name, text) {
      // A second run would run the first part.
      if (/^\.boot\d$/.test(name) && text.length > CHUNK) throw new Error(`${name} is too long`);
      for (let start = 0; start < text.length; start += CHUNK) {
        const piece = quote(text.slice(start, start + CHUNK));
        const size = start ? "" : `,${text.length}`;
        await run(`require("Storage").write(${JSON.stringify(name)},${piece},${start}${size});`);
      }
    },
    close() {
      for (const child of running) child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
