/** `ristretto build`. */
import { writeFileSync } from "node:fs";
import { roomFor } from "./board/files.ts";
import { LOADER } from "./board/loader.ts";
import { buildNode } from "./bundle/build.ts";
import { loadNode } from "./configuration/node-file.ts";
import { EXIT } from "./exit-code.ts";
import { createOutput, good, grouped, warning } from "./output.ts";
import { writeReasonOf } from "./system-error.ts";
import { UserError } from "./user-error.ts";

export async function build(path: string, { out, json }: { out: string; json: boolean }): Promise<void> {
  const output = createOutput(json);
  const { node, warnings } = loadNode(path);
  const { code, config, variables, storage } = await buildNode(node, () => {
    process.stderr.write("Building the firmware …\n");
  });
  try {
    writeFileSync(out, code, "latin1");
  } catch (error) {
    throw new UserError(`${out} cannot be written: ${writeReasonOf(error)}.`, EXIT.CONFIGURATION);
  }
  const stored = roomFor(code.length) + roomFor(config.length) + roomFor(LOADER.length);
  if (json) {
    output.tell({ out, board: node.board, bytes: code.length, stored, storage, variables, warnings });
    return;
  }
  for (const text of warnings) output.tell({}, warning(text));
  output.tell(
    {},
    good(
      `${out}: ${grouped(code.length)} bytes for ${node.board}, of the ${grouped(storage)} of its Storage; an upload needs room for two`,
    ),
  );
  output.tell(
    {},
    `  about ${grouped(variables.held)} variables, ${grouped(variables.peak)} while it publishes, of ${grouped(variables.available)}`,
  );
}
