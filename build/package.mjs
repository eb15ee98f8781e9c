/** Makes lib/: what runs on Node, compiled, and the files it needs that are no TypeScript. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync } from "node:fs";

rmSync("lib", { recursive: true, force: true });
execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.package.json"], {
  stdio: "inherit",
});
for (const file of [
  "hw/espruino.d.ts",
  "hw/espruino-pins.d.ts",
  "build/demand.d.mts",
  "build/demand.mjs",
  "build/minify.d.mts",
  "build/minify.mjs",
  "build/merge.mjs",
  "build/splice.mjs",
]) {
  mkdirSync(`lib/${file.split("/")[0]}`, { recursive: true });
  copyFileSync(file, `lib/${file}`);
}
