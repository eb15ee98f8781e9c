/**
 * MQTT 5.0 for a client that asks for it: CONNECT, the last DISCONNECT, and the part that fills the places
 * of 5.0.
 */
import { DISCONNECT } from "../codec/constants.ts";
import { encodeConnect } from "../codec/encode.ts";
import { bytesOf, writeHeader } from "../codec/fields.ts";
import {
  AUTHENTICATION_METHOD,
  MAXIMUM_PACKET_SIZE,
  RECEIVE_MAXIMUM,
  SESSION_EXPIRY_INTERVAL,
  TOPIC_ALIAS_MAXIMUM,
} from "../codec/identifiers.ts";
import { NO_PROPERTIES, readProperty, writeProperties } from "../codec/properties.ts";
import { IN_CONNECT, IN_DISCONNECT, IN_WILL } from "../codec/property-tables.ts";
import type { Properties } from "../codec/properties.ts";
import { refusalOfOptions } from "../client/check.ts";
import { abort, CONNECTING, ONLINE, send } from "../client/client.ts";
import type { Client, Part } from "../client/client.ts";
import { disconnect } from "../client/connection.ts";
import {
  LARGEST_PACKET,
  MAXIMUM_PACKET_SIZE as PACKET_SIZE,
  QOS_2_RECEIVED,
  SHORT_PACKET,
} from "../limits.ts";
import {
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  RECEIVE_MAXIMUM_EXCEEDED,
  RETAIN_NOT_SUPPORTED,
  SUCCESS,
  TOPIC_NAME_INVALID,
  UNSPECIFIED_ERROR,
  USE_ANOTHER_SERVER,
} from "../reason.ts";
import type { Address } from "../link.ts";
import type { Version5Client } from "./client.ts";
import { accept, fit, prepare, refused } from "./limits.ts";
import { guard, read, readMessage, takeOther } from "./receive.ts";

/** Before a connection opens: what the last server allowed holds no longer. */
function begin(self: Client): Address {
  const client = self as Version5Client;
  const address = client._reference || client._options;
  client._mayExplain = client._isDismissed = false;
  client._packetMaximum = LARGEST_PACKET;
  client.properties = NO_PROPERTIES;
  client.reasonCode = SUCCESS;
  client._aliases = [];
  client._serverTopics = [];
  client._isReferred = !!client._reference;
  // One to use another server is for once.
  if (client._referenceCode === USE_ANOTHER_SERVER) client._reference = undefined;
  return address;
}

/** Is it an error that a client's DISCONNECT may say (§3.14.2.1)? */
function isTellable(reasonCode: number): boolean {
  return (
    reasonCode >> 2 === UNSPECIFIED_ERROR >> 2 ||
    reasonCode === TOPIC_NAME_INVALID ||
    (reasonCode >= RECEIVE_MAXIMUM_EXCEEDED && reasonCode < RETAIN_NOT_SUPPORTED)
  );
}

/** Says why, where it was the server that broke the protocol, in a packet of three bytes. */
function explain(self: Client): void {
  const client = self as Version5Client;
  if (client._mayExplain && isTellable(client._reason) && client._packetMaximum > 2)
    client._link.write(bytesOf(DISCONNECT, 1, client._reason));
  client._mayExplain = false;
}

/** The field of properties of CONNECT; empty when the owner's are wrong. */
function connectProperties(client: Version5Client): string {
  const options = client._options;
  let list = options.properties || [];
  const given = writeProperties(list, IN_CONNECT);
  const isMissing = (identifier: number): boolean => readProperty(given, identifier) === undefined;
  // As a session of 3.1.1.
  if (options.clean === false && isMissing(SESSION_EXPIRY_INTERVAL))
    list = list.concat([SESSION_EXPIRY_INTERVAL, 4294967295]);
  if (isMissing(RECEIVE_MAXIMUM)) list = list.concat([RECEIVE_MAXIMUM, QOS_2_RECEIVED]);
  if (!client._takePiece) {
    const largest = options.maximumPacketSize || PACKET_SIZE;
    if (isMissing(MAXIMUM_PACKET_SIZE)) list = list.concat([MAXIMUM_PACKET_SIZE, largest]);
    // A promise that would not be kept, as that of aliases nobody takes.
    else if ((readProperty(given, MAXIMUM_PACKET_SIZE) as number) > largest) return "";
  }
  if (readProperty(given, TOPIC_ALIAS_MAXIMUM)) return "";
  if (client._credentials) list = list.concat(client._credentials(client));
  if (client._topicAliasMaximum) list = list.concat([TOPIC_ALIAS_MAXIMUM, client._topicAliasMaximum]);
  return given && writeProperties(list, IN_CONNECT);
}

/** CONNECT (§3.1); where it cannot be said the attempt ends, and it is empty. */
function encode(self: Client): string {
  const client = self as Version5Client;
  const options = client._options;
  const will = options.will;
  const refusal = refusalOfOptions(options);
  const properties = (client._connectField = refusal ? "" : connectProperties(client));
  const willProperties = will ? writeProperties(will.properties || [], IN_WILL) : "";
  if (!properties || (will && (!willProperties || (will.qos as number) > 2))) {
    abort(client, refusal || PROTOCOL_ERROR);
    return "";
  }
  client._sizeMaximum = (readProperty(properties, MAXIMUM_PACKET_SIZE) as number) || LARGEST_PACKET;
  client._isStrict = client._sizeMaximum < SHORT_PACKET;
  if (client._isStrict) client._heard = {};
  client._method = readProperty(properties, AUTHENTICATION_METHOD) as string | undefined;
  client._mayExplain = true;
  // A server that gave us an identifier knows our session by it.
  const clientId = options.clientId || client._assigned;
  return encodeConnect(options, clientId, client._keepalive, properties, willProperties);
}

/**
 * Speaks MQTT 5.0, unless the client's options ask for `protocolVersion: 4`. The client is a
 * `Version5Client` then, and takes `Version5Options`: its handlers find the properties and the reason code
 * of what they are told in it.
 *
 * `publish`, `subscribe` and the rest stay the same; with properties there are `publishWith`,
 * `subscribeWith`, `unsubscribeWith` and `disconnectWith`. What the server does not allow is refused at
 * once (−0x9A retain, −0x9B QoS, −0x95 packet size), or reported to `onDrop` with that code when it was
 * queued before the server said so. A message that the server refuses is reported to `onDrop` with the
 * server's code. What CONNECT cannot say of the options ends the attempt with 0x82 for properties, 0x85 for
 * the client identifier, 0x86 for user name or password, 0x90 for the will's topic, 0x95 for its payload. A
 * server whose CONNACK contradicts CONNECT (a session where there is none, no identifier for a client
 * without one) is left with 0x82.
 */
export const version5: Part = function (client) {
  const self = client as Version5Client;
  self.properties = self.connackProperties = NO_PROPERTIES;
  self.reasonCode = SUCCESS;
  self._assigned = self._connectField = self._messageProperties = "";
  if (self._options.protocolVersion === 4) return;
  client._gap = NO_PROPERTIES;
  client._begin = begin;
  client._encode = encode;
  client._read = read;
  client._readMessage = readMessage;
  client._guard = guard;
  client._accept = accept;
  client._takeOther = takeOther;
  client._refused = refused;
  client._explain = explain;
  client._prepare = prepare;
  client._askProperties = NO_PROPERTIES;
  client._select = fit;
};

/**
 * Disconnects with a reason code (0; 4, or an error of 0x80…0x83, 0x90 and 0x93…0x99, to have the will
 * published) and properties (SESSION_EXPIRY_INTERVAL, REASON_STRING, USER_PROPERTY; §3.14).
 *
 * Returns 0, −0x82 when no client may say that code or these properties, or −0x95 when they make the packet
 * larger than the server takes: then the connection stands. Where 3.1.1 is spoken, a code that is not 0
 * ends the connection without a DISCONNECT, which has the will published too.
 */
export function disconnectWith(client: Client, reasonCode: number, properties: Properties): number {
  const self = client as Version5Client;
  const field = writeProperties(properties, IN_DISCONNECT);
  const expiry = readProperty(field, SESSION_EXPIRY_INTERVAL);
  // A session that was to end with the connection cannot be made to last [MQTT-3.14.2-2].
  const wasZero =
    client.connected && client._prepare && !readProperty(self._connectField, SESSION_EXPIRY_INTERVAL);
  const packet = writeHeader(DISCONNECT, 1 + field.length) + bytesOf(reasonCode) + field;
  if (
    !field ||
    (expiry && wasZero) ||
    // 0 and 4 are no errors.
    (reasonCode & ~4 && !isTellable(reasonCode))
  )
    return -PROTOCOL_ERROR;
  if (client._state === ONLINE && client._prepare) {
    if (packet.length > self._packetMaximum) return -PACKET_TOO_LARGE;
    if (expiry !== undefined) self._sessionExpiry = expiry as number;
    send(client, packet);
    // Neither a second one.
    client._state = CONNECTING;
  } else if (client._state === ONLINE && reasonCode) client._state = CONNECTING;
  disconnect(client);
  return 0;
}
