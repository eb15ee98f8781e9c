/** `ristretto check`. */
import { dirname } from "node:path";
import { checkNode, readNodeFile } from "./configuration/node-file.ts";
import { EXIT } from "./exit-code.ts";
import { createOutput, good, warning } from "./output.ts";
import { nodeSchema } from "./schema/node.ts";

export function printSchema(): void {
  process.stdout.write(`${JSON.stringify(nodeSchema(), null, 2)}\n`);
}

/** Gives the exit code. */
export function check(path: string, json: boolean): number {
  const { mistakes, warnings } = checkNode(readNodeFile(path), dirname(path));
  const output = createOutput(json);
  if (json) output.tell({ ok: !mistakes.length, mistakes, warnings });
  for (const line of mistakes) if (!json) process.stderr.write(`${path}: ${line}\n`);
  for (const line of warnings) if (!json) process.stdout.write(`${warning(`${path}: ${line}`)}\n`);
  if (!mistakes.length && !json) process.stdout.write(`${good(`${path} can be used`)}\n`);
  return mistakes.length ? EXIT.CONFIGURATION : 0;
}
