/**
 * The short way in: a short message of QoS 0 or 1 to a topic that one taker takes, which was found before.
 */
import { PUBACK, QOS_1 } from "../codec/constants.ts";
import { bytesOf, writeText } from "../codec/fields.ts";
import { TOPICS } from "../limits.ts";
import { ONLINE, send } from "./client.ts";
import type { Client, Taker } from "./client.ts";
import type { MessageHandler } from "./options.ts";

/** Remembers who takes the message at hand, when the next with these flags may go the short way. */
export function remember(client: Client, flags: number, taker: Taker): void {
  if (!(flags & ~QOS_1) && !client._takePiece && !client._identifiers && !client._isStrict) {
    if (Object.keys(client._heard).length >= TOPICS) client._heard = {};
    client._heard[writeText(client._topic)] = taker;
  }
}

/**
 * Takes the message of QoS 1 in `bytes`, and acknowledges it after its handler has returned; false for
 * anything else.
 */
function hearQos1(client: Client, bytes: string, taker: Taker): boolean {
  const end = bytes.charCodeAt(3) + 4;
  const id = bytes.substr(end, 2);
  let failure: unknown[] | undefined;
  if (
    bytes.charAt(0) !== "2" ||
    client._received !== undefined ||
    id === "\0\0" ||
    (client._gap ? bytes.charAt(end + 2) !== client._gap : id.length < 2)
  )
    return false;
  try {
    (taker.onMessage as MessageHandler)(
      bytes.substr(4, end - 4),
      bytes.substr(client._gap ? end + 3 : end + 2),
      QOS_1,
    );
  } catch (error) {
    failure = [error];
  }
  if (client._state === ONLINE) send(client, bytesOf(PUBACK, 2) + id);
  if (failure) throw failure[0];
  return true;
}

/**
 * Takes a message of one length byte to a topic heard before, in 5.0 without properties; false for anything
 * else.
 */
export function hear(client: Client, bytes: string): boolean {
  const end = bytes.charCodeAt(3) + 4;
  const taker = client._heard[bytes.substr(2, end - 2)];
  // As many bytes as it says.
  return taker && (bytes.charCodeAt(1) & 127) === bytes.length - 2
    ? // PUBLISH of QoS 0.
      bytes.charAt(0) === "0" && (!client._gap || bytes.charAt(end) === client._gap)
      ? ((taker.onMessage as MessageHandler)(
          bytes.substr(4, end - 4),
          bytes.substr(client._gap ? end + 1 : end),
          0,
        ),
        true)
      : /*@__NOINLINE__*/ hearQos1(client, bytes, taker)
    : false;
}
