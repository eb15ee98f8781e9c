/** What the server allows, and what becomes of messages that it does not (MQTT 5.0 §3.2.2.3, §4.3). */
import { QOS_MASK, RETAIN, TYPE_PUBLISH } from "../codec/constants.ts";
import { readU16 } from "../codec/fields.ts";
import {
  ASSIGNED_CLIENT_IDENTIFIER,
  AUTHENTICATION_METHOD,
  MAXIMUM_PACKET_SIZE,
  MAXIMUM_QOS,
  readProperty,
  readVariable,
  RECEIVE_MAXIMUM,
  REQUEST_RESPONSE_INFORMATION,
  RESPONSE_INFORMATION,
  RETAIN_AVAILABLE,
  SERVER_KEEP_ALIVE,
  SESSION_EXPIRY_INTERVAL,
  widthOf,
} from "../codec/properties.ts";
import { drop, ONLINE } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { ACKNOWLEDGEMENT, dropWaiting, flush, topicOf } from "../client/queue.ts";
import { REFUSED } from "../client/subscriptions.ts";
import type { Subscription } from "../client/subscriptions.ts";
import { LARGEST_PACKET } from "../limits.ts";
import { PACKET_TOO_LARGE, PROTOCOL_ERROR, QOS_NOT_SUPPORTED, RETAIN_NOT_SUPPORTED } from "../reason.ts";
import type { Version5Client } from "./client.ts";
import { topicAt } from "./packet.ts";

/** What the server will not have of a message with these flags in a packet of `length` bytes: a reason code, or 0. */
export function refusalOf(client: Version5Client, flags: number, length: number): number {
  if ((flags & QOS_MASK) > client._serverQos) return QOS_NOT_SUPPORTED;
  if (flags & RETAIN && client._isRetainRefused) return RETAIN_NOT_SUPPORTED;
  return length > client._packetMaximum ? PACKET_TOO_LARGE : 0;
}

/**
 * PUBACK or PUBREC with an error: the exchange ends here (§4.3.2, §4.3.3), and the message is lost, if it has at least `leastQos`.
 */
export function rejected(client: Client, id: string, reasonCode: number, leastQos: number): void {
  const isIt = (entry: string): boolean =>
    entry.substr(2, 2) === id &&
    entry.charCodeAt(ACKNOWLEDGEMENT) >> 4 === TYPE_PUBLISH &&
    (entry.charCodeAt(ACKNOWLEDGEMENT) & QOS_MASK) >= leastQos;
  const entry = client._inflight.filter(isIt)[0];
  if (!entry) return;
  client._inflight = client._inflight.filter((other) => other !== entry);
  client._room += entry.length;
  flush(client);
  drop(client, reasonCode, readU16(id, 0), topicOf(entry));
}

/**
 * Of the subscriptions to be asked for, or with a `state` to be ended, those that one packet has room for [MQTT-3.2.2-15]. What no
 * packet has room for is told with 0x95.
 */
export function fit(client: Client, wanted: Subscription[], state: number): Subscription[] {
  const options = client._options;
  // Behind the header: packet id and properties.
  const start = 2 + (client._askProperties as string).length;
  const sizeOf = (subscription: Subscription): number => subscription.topicFilter.length + (state ? 2 : 3);
  const isLarge = (length: number): boolean =>
    1 + widthOf(length) + length > (client as Version5Client)._packetMaximum;
  let length = start;
  wanted
    .filter((subscription) => isLarge(start + sizeOf(subscription)))
    .forEach(function (subscription) {
      const topicFilter = subscription.topicFilter;
      subscription._state = REFUSED;
      if (!state) {
        if (options.onSubscribe) options.onSubscribe(topicFilter, PACKET_TOO_LARGE);
        return;
      }
      client._subscriptions = (client._subscriptions as Subscription[]).filter(
        (other) => other !== subscription,
      );
      if (options.onUnsubscribe) options.onUnsubscribe(topicFilter, PACKET_TOO_LARGE);
    });
  // Who was told may have asked, or ended the connection.
  if (client._askedId || client._state !== ONLINE) return [];
  return wanted.filter(function (subscription) {
    const next = length + sizeOf(subscription);
    if (subscription._state === REFUSED || isLarge(next)) return false;
    length = next;
    return true;
  });
}

/**
 * CONNACK that accepts: takes over what it allows; what waits and this server will not have is lost. Returns 0, or 0x82 where it
 * says what it must not.
 */
export function accepted(client: Version5Client, sessionPresent: number): number {
  const options = client._options;
  const field = client.properties;
  const limit = function (identifier: number, otherwise: number): number {
    const value = readProperty(field, identifier);
    return value === undefined ? otherwise : (value as number);
  };
  const said = (identifier: number): number =>
    (readProperty(client._connectField, identifier) as number) || 0;
  const isNameless = !(options.clientId || client._assigned);
  const kept = client._received && sessionPresent ? client._received.length : 0;
  if (
    // There is no session: it was not asked for, it had ended, or it is nobody's.
    (sessionPresent && (options.clean !== false || client._sessionExpiry === 0 || isNameless)) ||
    (isNameless && !readProperty(field, ASSIGNED_CLIENT_IDENTIFIER)) ||
    // That of CONNECT, or none as there [MQTT-4.12.0-5] [MQTT-4.12.0-6].
    readProperty(field, AUTHENTICATION_METHOD) !== client._method ||
    (readProperty(field, RESPONSE_INFORMATION) !== undefined && !said(REQUEST_RESPONSE_INFORMATION))
  )
    return PROTOCOL_ERROR;
  client.connackProperties = field;
  client._sessionExpiry = limit(SESSION_EXPIRY_INTERVAL, said(SESSION_EXPIRY_INTERVAL));
  // Those of an earlier connection do not count, but once for all.
  client._receivedMaximum = said(RECEIVE_MAXIMUM) + Math.min(said(RECEIVE_MAXIMUM), kept);
  client._assigned = (readProperty(field, ASSIGNED_CLIENT_IDENTIFIER) as string) || client._assigned;
  client._keepalive = limit(SERVER_KEEP_ALIVE, client._keepalive);
  client._receiveMaximum = Math.min(client._receiveMaximum, limit(RECEIVE_MAXIMUM, 65535));
  // Of what is published alone: it grants what it can to who subscribes with more [MQTT-3.2.2-10].
  client._serverQos = limit(MAXIMUM_QOS, 2) * 2;
  client._isRetainRefused = !limit(RETAIN_AVAILABLE, 1);
  client._packetMaximum = limit(MAXIMUM_PACKET_SIZE, LARGEST_PACKET);
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
    if (reasonOf(entry)) rejected(client, entry.substr(2, 2), reasonOf(entry), 0);
  });
  return 0;
}
