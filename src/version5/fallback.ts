/** From MQTT 5.0 to 3.1.1, for a server that speaks only that. */
import { TYPE_PUBLISH } from "../codec/constants.ts";
import { writeHeader } from "../codec/fields.ts";
import { propertiesAt, readVariable, topicAt, widthOf } from "../codec/properties.ts";
import { CONNECTING } from "../client/client.ts";
import type { Client, Part } from "../client/client.ts";
import { ACKNOWLEDGEMENT } from "../client/queue.ts";
import { CONNECTION_LOST, NOT_VERSION_5 } from "../reason.ts";
import type { Version5Client } from "./client.ts";

/** A client that may fall back, and attempts in a row that ended without a word. */
type FallingClient = Version5Client & { _silences: number };

/** A queued message without its properties. */
function plain(entry: string): string {
  const packet = entry.substr(ACKNOWLEDGEMENT);
  if (packet.charCodeAt(0) >> 4 !== TYPE_PUBLISH) return entry;
  const at = propertiesAt(packet);
  const length = readVariable(packet, at);
  const field = widthOf(length) + length;
  const begin = topicAt(packet);
  return (
    entry.substr(0, ACKNOWLEDGEMENT) +
    // Not the length of what is here: the payload may be somewhere else.
    writeHeader(packet.charCodeAt(0), readVariable(packet, 1) - field) +
    packet.substr(begin, at - begin) +
    packet.substr(at + field)
  );
}

/** Speaks 3.1.1 from the next attempt on; what waits loses its properties. */
function fallBack(client: Version5Client): void {
  const stream = client._stream;
  const streamed = client._inflight
    .concat(client._waiting)
    .filter((entry) => !!stream && entry.substr(ACKNOWLEDGEMENT + 1) === stream._head)[0];
  if (stream && streamed) stream._head = plain(streamed).substr(ACKNOWLEDGEMENT + 1);
  client._inflight = client._inflight.map(plain);
  client._waiting = client._waiting.map(plain);
  if (client._subscriptions) client._subscriptions.forEach((subscription) => (subscription._flags = 0));
  client._gap = "";
  client._isLimited = client._isStrict = false;
  client._encode = client._read = client._readMessage = client._guard = client._accept = undefined;
  client._takeOther = client._refused = client._explain = client._prepare = client._select = undefined;
  client._askProperties = client._method = client._age = client._alias = undefined;
}

/**
 * The link has ended. RabbitMQ 3 does not refuse 5.0 but ends the connection. Once may be the network's
 * doing, and who was accepted before knows 5.0.
 */
function closing(self: Client, reasonCode: number): number {
  const client = self as FallingClient;
  const isSilence =
    reasonCode === CONNECTION_LOST && client._state === CONNECTING && !client._partial && !client._wasOnline;
  client._silences = isSilence ? client._silences + 1 : 0;
  if (client._silences < 2 || !client._prepare) return reasonCode;
  fallBack(client);
  return NOT_VERSION_5;
}

/**
 * Speaks 3.1.1 from the next attempt on when the server refuses 5.0, or twice in a row ends the connection
 * without an answer to its first CONNECT. `onDisconnect` then reports 0xC5, and the next attempt follows
 * soon. What waits loses its properties. Without this part such a server is reported as 0x84, or as a lost
 * connection, and every further attempt meets the same.
 */
export const fallback: Part = function (client) {
  const self = client as FallingClient;
  self._fallBack = fallBack;
  self._silences = 0;
  client._closing = closing;
};
