/** `ristretto ports`. */
import { EXIT } from "./exit-code.ts";
import { HINTS } from "./hints.ts";
import { createOutput } from "./output.ts";
import { describePort, listPorts } from "./ports/list.ts";
import { UserError } from "./user-error.ts";

export async function ports(json: boolean): Promise<void> {
  const found = await listPorts();
  const output = createOutput(json);
  for (const port of found) output.tell(port, describePort(port));
  if (!found.length && !json) throw new UserError("There is no serial port.", EXIT.PORT, HINTS["no port"]);
}
