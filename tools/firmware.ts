/** The built firmware: found, and built first where sources are newer. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { tableOf } from "../boards/named.ts";
import type { BoardWord } from "../boards/named.ts";
import { packageRoot } from "./root.ts";
import { UserError } from "./user-error.ts";

function newest(root: string, folder: string): number {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: "utf8" });
  return Math.max(...names.map((name) => statSync(join(root, folder, name)).mtimeMs));
}

/** Must the bundles be built? Never in an installed package, which has them and no sources. */
function isOutdated(root: string, file: string): boolean {
  if (!existsSync(file)) return true;
  if (!existsSync(join(root, "src"))) return false;
  const sources = Math.max(
    newest(root, "src"),
    newest(root, "hw"),
    newest(root, "build"),
    statSync(join(root, "rollup.config.mjs")).mtimeMs,
  );
  return sources > statSync(file).mtimeMs;
}

/** A file of `dist/` as a byte string, built first where it is out of date; `announce` is called before a build. */
function built(name: string, announce: () => void): string {
  const root = packageRoot();
  const file = join(root, "dist", name);
  if (isOutdated(root, file)) {
    announce();
    try {
      const rollup = join(root, "node_modules", "rollup", "dist", "bin", "rollup");
      execFileSync(process.execPath, [rollup, "-c", "--silent"], {
        cwd: root,
        stdio: ["ignore", "ignore", "pipe"],
      });
    } catch (error) {
      const reason = String((error as { stderr?: Buffer }).stderr ?? error).trim();
      throw new UserError(
        `The firmware does not build: ${reason.split("\n")[0] ?? ""}. Run npm ci, then npm run build.`,
      );
    }
  }
  return readFileSync(file, "latin1");
}

/** Boards of one family run the same. */
const bundleFor = (board: BoardWord): string => tableOf(board).family.toLowerCase();

/** The minified firmware of a board, with all that a configuration can ask for. */
export function firmware(board: BoardWord, announce: () => void): string {
  return built(`${bundleFor(board)}.min.js`, announce);
}

/** The same as people read it. */
export function readableFirmware(board: BoardWord, announce: () => void): string {
  return built(`${bundleFor(board)}.js`, announce);
}
