/** What the server allows, and what becomes of messages that it does not (MQTT 5.0 §3.2.2.3, §4.3). */
import { QOS_MASK, RETAIN, TYPE_PUBLISH } from "../codec/constants.ts";
import { readU16 } from "../codec/fields.ts";
import {
  ASSIGNED_CLIENT_IDENTIFIER,
  MAXIMUM_PACKET_SIZE,
  MAXIMUM_QOS,
  readProperty,
  readVariable,
  RECEIVE_MAXIMUM,
  RETAIN_AVAILABLE,
  SERVER_KEEP_ALIVE,
} from "../codec/properties.ts";
import { drop } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { ACKNOWLEDGEMENT, dropWaiting, flush, topicOf } from "../client/queue.ts";
import { PACKET_TOO_LARGE, QOS_NOT_SUPPORTED, RETAIN_NOT_SUPPORTED } from "../reason.ts";
import type { Version5Client } from "./client.ts";
import { topicAt } from "./packet.ts";

/** What the server will not have of a message with these flags in a packet of `length` bytes: a reason code, or 0. */
export function refusalOf(client: Version5Client, flags: number, length: number): number {
  if ((flags & QOS_MASK) > client._serverQos) return QOS_NOT_SUPPORTED;
  if (flags & RETAIN && client._isRetainRefused) return RETAIN_NOT_SUPPORTED;
  return length > client._packetMaximum ? PACKET_TOO_LARGE : 0;
}

/** PUBACK or PUBREC with an error: the exchange ends here (§4.3.2, §4.3.3), and the message is lost. */
export function rejected(client: Client, id: string, reasonCode: number): void {
  const isIt = (entry: string): boolean =>
    entry.substr(2, 2) === id && entry.charCodeAt(ACKNOWLEDGEMENT) >> 4 === TYPE_PUBLISH;
  const entry = client._inflight.filter(isIt)[0];
  if (!entry) return;
  client._inflight = client._inflight.filter((other) => other !== entry);
  client._room += entry.length;
  flush(client);
  drop(client, reasonCode, readU16(id, 0), topicOf(entry));
}

/** Takes over what a CONNACK that accepts allows; what waits and this server will not have is lost. */
export function takeLimits(client: Version5Client): void {
  const field = client.properties;
  const limit = function (identifier: number, otherwise: number): number {
    const value = readProperty(field, identifier);
    return value === undefined ? otherwise : (value as number);
  };
  client.connackProperties = field;
  client._assigned = (readProperty(field, ASSIGNED_CLIENT_IDENTIFIER) as string) || client._assigned;
  client._keepalive = limit(SERVER_KEEP_ALIVE, client._keepalive);
  client._receiveMaximum = Math.min(client._receiveMaximum, limit(RECEIVE_MAXIMUM, 65535));
  // Of what is published alone: it grants what it can to who subscribes with more [MQTT-3.2.2-10].
  client._serverQos = limit(MAXIMUM_QOS, 2) * 2;
  client._isRetainRefused = !limit(RETAIN_AVAILABLE, 1);
  client._packetMaximum = limit(MAXIMUM_PACKET_SIZE, 268435460);
  client._isReferred = false;
  const reasonOf = function (entry: string): number {
    const packet = entry.substr(ACKNOWLEDGEMENT);
    const first = packet.charCodeAt(0);
    return first >> 4 === TYPE_PUBLISH
      ? refusalOf(client, first, topicAt(packet) + readVariable(packet, 1))
      : 0;
  };
  dropWaiting(client, reasonOf);
  // One may have been sent before the server could say so.
  client._inflight.forEach(function (entry) {
    if (reasonOf(entry)) rejected(client, entry.substr(2, 2), reasonOf(entry));
  });
}
