/** Opens the port a user names, or the only one there is. */
import type { Transport } from "../board/transport.ts";
import { EXIT } from "../exit-code.ts";
import { HINTS } from "../hints.ts";
import { UserError } from "../user-error.ts";
import { addressOf } from "./address.ts";
import { describePort, listPorts } from "./list.ts";
import { openSerial } from "./serial.ts";
import { openTcp } from "./tcp.ts";

export const DEFAULT_BAUD = 115200;

/** The only port that may be a board; never a guess. */
async function onlyPort(): Promise<string> {
  const ports = (await listPorts()).filter(({ id }) => id !== undefined);
  if (!ports.length) throw new UserError("No board is plugged in.", EXIT.PORT, HINTS["no port"]);
  if (ports.length > 1)
    throw new UserError(
      `Several boards are plugged in: ${ports.map(describePort).join(", ")}.`,
      EXIT.PORT,
      HINTS["several ports"],
    );
  return ports[0]!.path;
}

export async function openPort(name: string | undefined, baud = DEFAULT_BAUD): Promise<Transport> {
  const chosen = name ?? (await onlyPort());
  const address = addressOf(chosen);
  return address ? openTcp(chosen, address.host, address.port) : openSerial(chosen, baud);
}
