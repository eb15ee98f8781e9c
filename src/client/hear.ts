/** The short way in: a short message to a topic that one taker takes, which was found before. */
import { PUBACK, PUBLISH, QOS_1 } from "../codec/constants.ts";
import { bytesOf, readU16, writeText } from "../codec/fields.ts";
import { SHORT_PACKET, TOPICS } from "../limits.ts";
import { ONLINE, send } from "./client.ts";
import type { Client, Taker } from "./client.ts";
import type { MessageHandler } from "./options.ts";

/** Remembers who takes the message at hand, with these flags in a packet of `size` bytes, when the next may go the short way. */
export function remember(client: Client, flags: number, size: number, taker: Taker): void {
  const key = writeText(client._topic);
  if (
    size <= SHORT_PACKET &&
    !(flags & (15 ^ QOS_1)) &&
    !client._takePiece &&
    !client._identifiers &&
    !client._isStrict &&
    client._heard.indexOf(key) < 0
  ) {
    client._takers.push(taker);
    if (client._heard.push(key) > TOPICS) {
      client._heard.shift();
      client._takers.shift();
    }
  }
}

/** Takes a short message to a topic heard before, in 5.0 without properties; false for anything else. */
export function hear(client: Client, bytes: string): boolean {
  const end = bytes.charCodeAt(3) + 4;
  const key = bytes.substr(2, end - 2);
  const index = client._heard.indexOf(key);
  const gap = client._gap || "";
  // 0 for a packet of QoS 0 with as many bytes as it says, and 0x200 for one of QoS 1.
  const flags =
    index < 0 || bytes.length > SHORT_PACKET ? 1 : readU16(bytes, 0) - bytes.length - (PUBLISH << 8) + 2;
  const id = flags ? bytes.substr(end, 2) : "";
  const start = end + id.length;
  let failure: unknown[] | undefined;
  if (
    (flags && (flags !== QOS_1 << 8 || client._received !== undefined || !(readU16(bytes, end) > 0))) ||
    (gap && bytes.charAt(start) !== gap)
  )
    return false;
  try {
    ((client._takers[index] as Taker).onMessage as MessageHandler)(
      key.substr(2),
      bytes.substr(start + gap.length),
      flags >> 8,
    );
  } catch (error) {
    failure = [error];
  }
  if (id && client._state === ONLINE) send(client, bytesOf(PUBACK, 2) + id);
  if (failure) throw failure[0];
  return true;
}
