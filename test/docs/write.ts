/** Writes the pages that are made of the sources: `npm run docs`. */
import { writeFileSync } from "node:fs";
import { GENERATED } from "./generated.ts";

for (const [path, make] of GENERATED) writeFileSync(path, await make());
