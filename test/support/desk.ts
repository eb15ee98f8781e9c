/** A folder as somebody has it who tries what a page says: the command is in the path, as `npm install --global` puts it there. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export interface Desk {
  readonly folder: string;
  write(name: string, text: string | Buffer): void;
  read(name: string): string;
  /** Runs lines of a shell to their end, with these variables beside the usual ones. */
  run(command: string, env?: Record<string, string>): Promise<{ code: number | null; said: string }>;
  remove(): void;
}

/** With the command that `build/package.mjs` makes of the sources as they are. */
export function createDesk(): Desk {
  const root = mkdtempSync(join(tmpdir(), "ristretto-"));
  const folder = mkdtempSync(join(root, "desk-"));
  execFileSync(process.execPath, ["build/package.mjs"]);
  execFileSync("npm", ["install", "--global", "--silent", "--offline", "--prefix", root, "."]);
  return {
    folder,
    write: (name, text) => writeFileSync(join(folder, name), text),
    read: (name) => readFileSync(join(folder, name), "utf8"),
    run(command, env = {}) {
      const path = `${join(root, "bin")}${delimiter}${process.env["PATH"] ?? ""}`;
      const child = spawn("sh", ["-c", command], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: "1", ...env, PATH: path },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data: Buffer) => (said += data.toString()));
      return new Promise((done) => child.on("close", (code) => done({ code, said })));
    },
    remove: () => {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
