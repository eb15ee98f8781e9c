/** Writes docs/conformance.md and docs/brokers.md: `npm run conformance`. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { brokersDocument, DOCUMENT } from "../scenario/brokers/document.ts";
import { collectProofs, TABLE, tableOf } from "./table.ts";

mkdirSync(dirname(TABLE), { recursive: true });
writeFileSync(TABLE, tableOf(collectProofs()));
writeFileSync(DOCUMENT, brokersDocument());
