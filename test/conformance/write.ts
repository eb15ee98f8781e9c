/** Writes docs/conformance.md: `npm run conformance`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { collectProofs, TABLE, tableOf } from "./table.ts";

mkdirSync(dirname(TABLE), { recursive: true });
writeFileSync(TABLE, tableOf(collectProofs()));
