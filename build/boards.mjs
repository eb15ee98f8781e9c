/** Makes boards/index.ts: the table of all boards, of the files beside it. */
import { readdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** What is no board. */
const OTHERS = ["board.ts", "index.ts", "named.ts"];

/** The text of boards/index.ts for the files in a folder. */
export function indexOf(folder) {
  const words = readdirSync(folder)
    .filter((name) => name.endsWith(".ts") && !OTHERS.includes(name))
    .map((name) => name.slice(0, -".ts".length))
    .sort();
  return [
    "/** All boards by their words. Made of the files beside it by `npm run boards`. */",
    ...words.map((word) => `import { ${word} } from "./${word}.ts";`),
    "",
    "export const BOARDS = {",
    ...words.map((word) => `  ${word},`),
    "};",
    "",
  ].join("\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync("boards/index.ts", indexOf("boards"));
