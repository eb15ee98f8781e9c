/** Commands signed as hw/node/signature.ts wants them. */
import { createHmac } from "node:crypto";
import { tableOf } from "../../boards/named.ts";
import type { BoardWord } from "../../boards/named.ts";

/** A command for one node. */
export interface Command {
  board: BoardWord;
  key: string;
  /** The whole topic: a signature is good for this one only. */
  topic: string;
  /** Milliseconds since 1970, above those of all commands before. */
  counter: number;
  argument: string;
}

/** The hash function that Espruino has on a board. */
const hashOf = (board: BoardWord): string => (tableOf(board).family === "ESP8266" ? "sha1" : "sha256");

/** The payload of a signed command: `<counter>,<signature>,<argument>`. */
export function signedPayload({ board, key, topic, counter, argument }: Command): string {
  const digits = String(counter);
  const signature = createHmac(hashOf(board), Buffer.from(key, "utf8"))
    .update(`${topic}\n${digits},,${argument}`, "utf8")
    .digest("base64");
  return `${digits},${signature},${argument}`;
}
