/** From MQTT 5.0 to 3.1.1, for a server that speaks only that. */
import { TYPE_PUBLISH } from "../codec/constants.ts";
import { writeHeader } from "../codec/fields.ts";
import { readVariable, widthOf } from "../codec/properties.ts";
import { CONNECTING } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { ACKNOWLEDGEMENT } from "../client/queue.ts";
import { CONNECTION_LOST, NOT_VERSION_5 } from "../reason.ts";
import type { Version5Client } from "./client.ts";
import { propertiesAt, topicAt } from "./packet.ts";

/** A client that may fall back: attempts in a row that ended without a word, and what is told of their end. */
type FallingClient = Version5Client & { _silences: number; _closedBefore: (reasonCode: number) => void };

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
  client._handle = client._handleWithin;
  client._handlePublish = client._handlePublishWithin;
  client._prepare = client._askProperties = client._select = client._age = client._alias = undefined;
}

/**
 * Link handler: the link has ended. RabbitMQ 3 does not refuse 5.0 but ends the connection. Once may be the network's doing, and
 * who was accepted before knows 5.0.
 */
function closed(this: Client, reasonCode: number): void {
  const client = this as FallingClient;
  let reason = reasonCode;
  const isSilence =
    reason === CONNECTION_LOST && client._state === CONNECTING && !client._partial && !client._wasOnline;
  client._silences = isSilence ? client._silences + 1 : 0;
  if (client._silences > 1 && client._prepare) {
    fallBack(client);
    reason = NOT_VERSION_5;
  }
  client._closedBefore(reason);
}

/**
 * Lets `client`, which speaks MQTT 5.0, speak 3.1.1 from the next attempt on when the server refuses 5.0, or twice in a row ends the
 * connection without an answer to its first CONNECT: call it once, before `connect`. `onDisconnect` then tells 0xC5, and the next
 * attempt follows soon. What waits loses its properties.
 */
export function enableFallback(client: Client): void {
  const self = client as FallingClient;
  self._fallBack = fallBack;
  self._silences = 0;
  self._closedBefore = client.onClose;
  client.onClose = closed;
}
