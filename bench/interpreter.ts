/** The real interpreter, Espruino's Linux target, with a flash of its own: a folder that is gone after `close`. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Interpreter {
  /** Runs a program of at most some kilobytes and gives what it printed in lines that begin with "# ", without that. */
  run(program: string): Promise<string[]>;
  /** Writes a file to flash; it stays for later runs. */
  store(name: string, text: string): Promise<void>;
  close(): void;
}

/** Bytes that one run writes: the program itself takes memory too. */
const CHUNK = 1000;

/** The last thing each program prints. */
const DONE = "# done";

/** `path` is the interpreter's binary. */
export function createInterpreter(path: string): Interpreter {
  const folder = mkdtempSync(join(tmpdir(), "ristretto-bench-"));

  function run(program: string): Promise<string[]> {
    writeFileSync(join(folder, "program.js"), `${program}\nprint("${DONE}");`);
    // At the end of its standard input it would die in its own input thread, and only SIGKILL ends it.
    const child = spawn(path, ["program.js"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("latin1").on("data", (text: string) => {
      output += text;
      if (output.includes(DONE) || output.includes("Uncaught") || output.includes("Interrupted"))
        child.kill("SIGKILL");
    });
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("exit", () => {
        const lines = output.split(/\r?\n/).map((line) => line.replace(/^[^#]*(?=# )/, ""));
        if (lines.includes(DONE))
          resolve(
            lines.filter((line) => line.startsWith("# ") && line !== DONE).map((line) => line.slice(2)),
          );
        else reject(new Error(`the interpreter failed:\n${output}`));
      });
    });
  }

  return {
    run,
    async store(name, text) {
      for (let start = 0; start < text.length; start += CHUNK) {
        // Escaped, because this build of the interpreter reads UTF-8 in its source.
        const piece = JSON.stringify(text.slice(start, start + CHUNK)).replace(
          /[\x7f-\xff]/g,
          (byte) => `\\x${byte.charCodeAt(0).toString(16)}`,
        );
        const size = start ? "" : `,${text.length}`;
        await run(`require("Storage").write(${JSON.stringify(name)},${piece},${start}${size});`);
      }
    },
    close() {
      rmSync(folder, { recursive: true });
    },
  };
}
