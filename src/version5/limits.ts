/** What the server allows, and what becomes of messages that it does not (MQTT 5.0 §3.2.2.3, §4.3). */
import { QOS_1, QOS_MASK, RETAIN, TYPE_PUBLISH } from "../codec/constants.ts";
import { readU16 } from "../codec/fields.ts";
import {
  ASSIGNED_CLIENT_IDENTIFIER,
  AUTHENTICATION_METHOD,
  MAXIMUM_PACKET_SIZE,
  MAXIMUM_QOS,
  RECEIVE_MAXIMUM,
  REQUEST_RESPONSE_INFORMATION,
  RESPONSE_INFORMATION,
  RETAIN_AVAILABLE,
  SERVER_KEEP_ALIVE,
  SESSION_EXPIRY_INTERVAL,
} from "../codec/identifiers.ts";
import { NO_PROPERTIES, readProperty, readVariable, topicAt, widthOf } from "../codec/properties.ts";
import { drop, ONLINE } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import type { Subscription } from "../client/options.ts";
import { ACKNOWLEDGEMENT, dropWaiting, flush, topicOf } from "../client/queue.ts";
import { REFUSED, report } from "../client/subscriptions.ts";
import { LARGEST_PACKET, SHORT_PACKET } from "../limits.ts";
import {
  NOT_VERSION_5,
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  QOS_NOT_SUPPORTED,
  RETAIN_NOT_SUPPORTED,
  UNSUPPORTED_PROTOCOL_VERSION,
} from "../reason.ts";
import type { Version5Client } from "./client.ts";

/** What the server will not have of a message with these flags in a packet of `length` bytes: a reason code, or 0. */
function refusalOf(client: Version5Client, flags: number, length: number): number {
  if ((flags & QOS_MASK) > client._serverQos) return QOS_NOT_SUPPORTED;
  if (flags & RETAIN && client._isRetainRefused) return RETAIN_NOT_SUPPORTED;
  return length > client._packetMaximum ? PACKET_TOO_LARGE : 0;
}

/** The properties of a message that is about to be published, or why this server will not have it. */
export function prepare(self: Client, flags: number, size: number): string | number {
  const client = self as Version5Client;
  const field = client._messageProperties || NO_PROPERTIES;
  const length = size + field.length + (flags & QOS_MASK && 2);
  client._messageProperties = "";
  return client._state === ONLINE ? -refusalOf(client, flags, length + 1 + widthOf(length)) || field : field;
}

/**
 * The server refuses a message, whose `entry` is out of those in flight: the exchange ends here (§4.3.2,
 * §4.3.3).
 */
export function refused(client: Client, entry: string, reasonCode: number): void {
  client._delay = 0;
  client._room += entry.length;
  flush(client);
  drop(client, reasonCode, readU16(entry, 2), topicOf(entry));
}

/**
 * Of the subscriptions to be asked for, or with a `state` to be ended, those that one packet has room for [MQTT-3.2.2-15]. What no
 * packet has room for is reported with 0x95.
 */
export function fit(client: Client, wanted: Subscription[], state: number): Subscription[] {
  // Behind the header: packet id and properties.
  const start = 2 + (client._askProperties as string).length;
  const sizeOf = (subscription: Subscription): number => subscription.topicFilter.length + (state ? 2 : 3);
  const isLarge = (length: number): boolean =>
    1 + widthOf(length) + length > (client as Version5Client)._packetMaximum;
  let length = start;
  const refusedOnes = wanted.filter((subscription) => isLarge(start + sizeOf(subscription)));
  const asked = wanted.filter(function (subscription) {
    const next = length + sizeOf(subscription);
    if (isLarge(next)) return false;
    length = next;
    return true;
  });
  refusedOnes.forEach(function (subscription) {
    if (!state) subscription._state = REFUSED;
    else
      client._subscriptions = (client._subscriptions as Subscription[]).filter(
        (other) => other !== subscription,
      );
    report(client, subscription, PACKET_TOO_LARGE);
  });
  return asked;
}

/** CONNACK that refuses. A server that does not know 5.0 may be spoken to in 3.1.1. */
function refuse(client: Version5Client, reasonCode: number): number {
  client._mayExplain = false;
  if (client._refer) client._refer(client, reasonCode);
  if (reasonCode !== UNSUPPORTED_PROTOCOL_VERSION || !client._fallBack) return reasonCode;
  client._fallBack(client);
  return NOT_VERSION_5;
}

/** Does CONNACK say what it must not, after such a CONNECT? */
function isContradiction(client: Version5Client, sessionPresent: number): boolean {
  const field = client.properties;
  const isNameless = !(client._options.clientId || client._assigned);
  return (
    // There is no session: it had ended, or it is nobody's.
    (sessionPresent && (client._sessionExpiry === 0 || isNameless)) ||
    (isNameless && !readProperty(field, ASSIGNED_CLIENT_IDENTIFIER)) ||
    // That of CONNECT, or none as there [MQTT-4.12.0-5] [MQTT-4.12.0-6].
    readProperty(field, AUTHENTICATION_METHOD) !== client._method ||
    (readProperty(field, RESPONSE_INFORMATION) !== undefined &&
      !readProperty(client._connectField, REQUEST_RESPONSE_INFORMATION))
  );
}

/**
 * Takes out messages that this server will not have. One may have been sent before the server could say so.
 */
function takeOut(client: Version5Client): void {
  const reasonOf = function (entry: string): number {
    const packet = entry.substr(ACKNOWLEDGEMENT);
    const first = packet.charCodeAt(0);
    return first >> 4 === TYPE_PUBLISH
      ? refusalOf(client, first, topicAt(packet) + readVariable(packet, 1))
      : 0;
  };
  dropWaiting(client, reasonOf);
  client._inflight.filter(reasonOf).forEach(function (entry) {
    client._inflight = client._inflight.filter((other) => other !== entry);
    refused(client, entry, reasonOf(entry));
  });
}

/**
 * CONNACK: takes over what it allows. Returns 0, the reason code of a refusal, or 0x82 where it says what
 * it must not.
 */
export function accept(self: Client, sessionPresent: number, reasonCode: number): number {
  const client = self as Version5Client;
  const field = client.properties;
  const limit = function (identifier: number, otherwise: number): number {
    const value = readProperty(field, identifier);
    return value === undefined ? otherwise : (value as number);
  };
  const said = (identifier: number): number =>
    (readProperty(client._connectField, identifier) as number) || 0;
  const kept = client._received && sessionPresent ? client._received.length / 2 : 0;
  if (reasonCode) return refuse(client, reasonCode);
  if (isContradiction(client, sessionPresent)) return PROTOCOL_ERROR;
  client.connackProperties = field;
  client._sessionExpiry = limit(SESSION_EXPIRY_INTERVAL, said(SESSION_EXPIRY_INTERVAL));
  // Those of an earlier connection do not count, but once for all.
  client._receivedMaximum = said(RECEIVE_MAXIMUM) + Math.min(said(RECEIVE_MAXIMUM), kept);
  client._assigned = (readProperty(field, ASSIGNED_CLIENT_IDENTIFIER) as string) || client._assigned;
  client._keepalive = limit(SERVER_KEEP_ALIVE, client._keepalive);
  client._receiveMaximum = Math.min(client._receiveMaximum, limit(RECEIVE_MAXIMUM, 65535));
  // Only of what is published: it grants what it can to who subscribes with more [MQTT-3.2.2-10].
  client._serverQos = limit(MAXIMUM_QOS, 2) * 2;
  client._isRetainRefused = !limit(RETAIN_AVAILABLE, 1);
  client._packetMaximum = limit(MAXIMUM_PACKET_SIZE, LARGEST_PACKET);
  client._isLimited =
    !!client._alias ||
    client._serverQos < QOS_1 ||
    client._isRetainRefused ||
    client._packetMaximum < SHORT_PACKET;
  client._isReferred = false;
  takeOut(client);
  return 0;
}
