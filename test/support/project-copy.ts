/** A copy of the project in a temporary folder, in which a page's steps are carried out as somebody would who reads it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export interface Finished {
  code: number | null;
  /** What it said, standard output and errors in one. */
  said: string;
}

export interface ProjectCopy {
  readonly folder: string;
  /** A file of it, to be imported or read. */
  file(name: string): string;
  read(name: string): string;
  write(name: string, text: string): void;
  /** Makes the changes of a block in the page's form of diff; fails where the project has other lines. */
  patch(diff: string): void;
  /** Runs a command line in it to its end. */
  run(command: string): Promise<Finished>;
  /** The same; fails when the command does. */
  succeed(command: string): Promise<string>;
  /** Builds these inputs of rollup.config.mjs, readable and minified. */
  build(...inputs: string[]): Promise<void>;
  remove(): void;
}

/** What the project's own commands need. */
const PARTS = [
  ...["bench", "boards", "build", "dist", "docs", "examples", "hw", "sim", "src", "test", "tools", "types"],
  ...["package.json", "rollup.config.mjs", "eslint.config.mjs", ".mocharc.json", ".prettierrc.json"],
  ...["base", "bundle", "device", "host", "page"].map((name) => `tsconfig.${name}.json`),
  ...["tsconfig.json", "node.schema.json", "README.md", "CONTRIBUTING.md"],
];

/** As `npm run build` does, but only what is asked for. */
const BUILD = `
  import { rollup } from "rollup";
  const { default: bundles } = await import(process.cwd() + "/rollup.config.mjs");
  const asked = process.argv.slice(1);
  for (const { output, ...input } of bundles.filter((one) => asked.includes(one.input))) {
    const bundle = await rollup({ ...input, onwarn: (warning) => { throw new Error(warning.message); } });
    for (const one of output) await bundle.write(one);
    await bundle.close();
  }`;

/** The hunks of a diff by file: lines that must stand there one after another, and those that come in their place. */
function hunksOf(diff: string): [file: string, before: string, after: string][] {
  return diff
    .split(/^--- /m)
    .slice(1)
    .flatMap((part) => {
      const [file = "", ...rest] = part.split("\n");
      const hunks = rest.join("\n").split(/^@@$\n/m);
      assert.equal(hunks.shift(), `+++ ${file}\n`);
      return hunks.map((hunk): [string, string, string] => {
        const lines = hunk.split("\n").slice(0, -1);
        const side = (sign: string): string =>
          lines
            .filter((line) => line.startsWith(" ") || line.startsWith(sign))
            .map((line) => `${line.slice(1)}\n`)
            .join("");
        return [file, side("-"), side("+")];
      });
    });
}

export function copyProject(): ProjectCopy {
  const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  for (const name of PARTS)
    cpSync(name, join(folder, name), { recursive: true, preserveTimestamps: true, dereference: true });
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
  const copy: ProjectCopy = {
    folder,
    file: (name) => join(folder, name),
    read: (name) => readFileSync(join(folder, name), "utf8"),
    write(name, text) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    },
    patch(diff) {
      for (const [file, before, after] of hunksOf(diff)) {
        const parts = copy.read(file).split(before);
        assert.equal(parts.length, 2, `${file} has these lines ${parts.length - 1} times:\n${before}`);
        copy.write(file, parts.join(after));
      }
    },
    run(command) {
      const child = spawn("sh", ["-c", command], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data: Buffer) => (said += data.toString()));
      return new Promise((done) => child.on("close", (code) => done({ code, said })));
    },
    async succeed(command) {
      const { code, said } = await copy.run(command);
      assert.equal(code, 0, `${command}\n${said}`);
      return said;
    },
    async build(...inputs) {
      await copy.succeed(`node --input-type=module -e '${BUILD}' ${inputs.join(" ")}`);
    },
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return copy;
}
