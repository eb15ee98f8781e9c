/**
 * Additions of MQTT 5.0 to packets from the server: reason codes and properties, read once, where they stand.
 */
import {
  QOS_2,
  QOS_MASK,
  TYPE_AUTH,
  TYPE_CONNACK,
  TYPE_DISCONNECT,
  TYPE_PINGRESP,
  TYPE_PUBACK,
  TYPE_PUBCOMP,
  TYPE_PUBLISH,
  TYPE_PUBREC,
  TYPE_PUBREL,
  TYPE_SUBACK,
  TYPE_UNSUBACK,
} from "../codec/constants.ts";
import {
  REASON_STRING,
  REQUEST_PROBLEM_INFORMATION,
  SUBSCRIPTION_IDENTIFIER,
  TOPIC_ALIAS,
  USER_PROPERTY,
} from "../codec/identifiers.ts";
import {
  endOfProperties,
  NO_PROPERTIES,
  readProperties,
  readProperty,
  widthOf,
} from "../codec/properties.ts";
import {
  FROM_ACKNOWLEDGEMENT,
  FROM_CONNACK,
  FROM_DISCONNECT,
  FROM_PUBLISH,
  IN_AUTH,
} from "../codec/property-tables.ts";
import { digitsOf } from "../codec/tables.ts";
import { abort } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import { handle } from "../client/handle.ts";
import { handlePublish } from "../client/message.ts";
import { MAXIMUM_PACKET_SIZE, QOS_2_RECEIVED } from "../limits.ts";
import {
  MALFORMED_PACKET,
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  RECEIVE_MAXIMUM_EXCEEDED,
  SUCCESS,
  TOPIC_ALIAS_INVALID,
} from "../reason.ts";
import type { Version5Client } from "./client.ts";
import { areReasonCodes } from "./codes.ts";

/** Where the properties begin in a packet behind its Remaining Length, by type; 0 = it has none. */
const PROPERTIES_AT = /*@__PURE__ @__PACKED__*/ digitsOf(0, [
  [TYPE_DISCONNECT, TYPE_AUTH],
  [TYPE_CONNACK, TYPE_SUBACK, TYPE_UNSUBACK],
  [TYPE_PUBACK, TYPE_PUBREC, TYPE_PUBREL, TYPE_PUBCOMP],
]);

/** Does it have a reason or user properties that we told the server to keep to itself (§3.1.2.11.7)? */
function tellsTooMuch(client: Version5Client): boolean {
  const has = (identifier: number): boolean => readProperty(client.properties, identifier) !== undefined;
  return (
    readProperty(client._connectField, REQUEST_PROBLEM_INFORMATION) === 0 &&
    (has(REASON_STRING) || has(USER_PROPERTY))
  );
}

/** Properties that a packet from the server may have, by type. */
function allowedIn(type: number): string {
  return type === TYPE_CONNACK
    ? FROM_CONNACK
    : type === TYPE_DISCONNECT
      ? FROM_DISCONNECT
      : type === TYPE_AUTH
        ? IN_AUTH
        : FROM_ACKNOWLEDGEMENT;
}

/** Reads any packet but PUBLISH: the position of its codes, or a negative reason code. */
export function read(self: Client, type: number, body: string): number {
  const client = self as Version5Client;
  const at = +PROPERTIES_AT.charAt(type);
  // The codes of SUBACK and UNSUBACK stand behind the properties, and all of their packet must be there, as of CONNACK.
  const isAnswer = type === TYPE_SUBACK || type === TYPE_UNSUBACK;
  const isConnack = type === TYPE_CONNACK;
  const length = body.length;
  let end = length;
  if (1 + widthOf(length) + length > client._sizeMaximum) return -PACKET_TOO_LARGE;
  // PINGRESP, which has nothing, and what no server sends.
  if (!at) return type === TYPE_PINGRESP && length ? -MALFORMED_PACKET : 2;
  // A server that speaks 3.1.1 only refuses by its own codes.
  if (isConnack && length === 2 && body.charCodeAt(1)) return 2;
  if (isConnack || isAnswer || length > at) {
    end = endOfProperties(body, at, allowedIn(type));
    if (end < 0) return end;
    if (end !== length && !isAnswer) return -MALFORMED_PACKET;
    client.properties = body.substr(at, end - at);
    if (!isConnack && type !== TYPE_DISCONNECT && tellsTooMuch(client)) return -PROTOCOL_ERROR;
  } else if (type < TYPE_DISCONNECT && length < 2) return -MALFORMED_PACKET;
  client.reasonCode = isAnswer ? 0 : body.charCodeAt(at - 1) || 0;
  // A session with a refusal is worse than a code that is not listed [MQTT-3.2.2-6].
  if (isConnack && body.charCodeAt(0)) return 2;
  if (!areReasonCodes(type, isAnswer ? body.substr(end) : body.substr(at - 1, 1))) return -MALFORMED_PACKET;
  return isAnswer ? end : 2;
}

/** DISCONNECT and AUTH. */
export function takeOther(self: Client, type: number, reasonCode: number): number {
  const client = self as Version5Client;
  if (type === TYPE_AUTH)
    return client._authenticate ? client._authenticate(client, reasonCode) : PROTOCOL_ERROR;
  if (type !== TYPE_DISCONNECT) return PROTOCOL_ERROR;
  client._mayExplain = false;
  client._isDismissed = true;
  if (client._refer) client._refer(client, reasonCode);
  abort(client, reasonCode);
  return 0;
}

/**
 * Reads the properties of a PUBLISH, which begin at `position`: where its payload begins, or a negative
 * reason code.
 */
export function readMessage(self: Client, data: string, position: number, size: number): number {
  const client = self as Version5Client;
  const end = endOfProperties(data, position, FROM_PUBLISH);
  const received = client._received;
  const limit = client._options.maximumPacketSize || MAXIMUM_PACKET_SIZE;
  const total = size + client._skipped;
  const qos = data.charCodeAt(0) & QOS_MASK;
  // We said how much we take, unless somebody takes messages in pieces; their properties must fit even so.
  if (
    total > client._sizeMaximum ||
    (total > limit && (!client._takePiece || end >= limit || (end < 0 && size > data.length)))
  )
    return -PACKET_TOO_LARGE;
  if (end < 0) return end;
  if (end > size) return -MALFORMED_PACKET;
  // And how many messages whose exchange is not done [MQTT-3.3.4-9].
  if (
    received !== undefined &&
    qos &&
    received.length >= 2 * (client._receivedMaximum || QOS_2_RECEIVED) &&
    !(qos === QOS_2 && client._once && client._once(client, data.substr(position - 2, 2), false))
  )
    return -RECEIVE_MAXIMUM_EXCEEDED;
  client.properties = data.substr(position, end - position);
  const list = client.properties === NO_PROPERTIES ? [] : readProperties(client.properties);
  const alias = readProperty(client.properties, TOPIC_ALIAS) as number | undefined;
  if (alias !== undefined) {
    const resolved = client._resolve && client._resolve(client, alias, client._topic);
    if (resolved === undefined) return -TOPIC_ALIAS_INVALID;
    client._topic = resolved;
  }
  const identifiers = list.filter(
    (_value, index) => index % 2 && list[index - 1] === SUBSCRIPTION_IDENTIFIER,
  );
  client._identifiers = identifiers[0] ? identifiers : undefined;
  return client._topic ? end : -PROTOCOL_ERROR;
}

/** Takes a packet so that nothing of it stays behind, but of one by which the server ended the connection. */
export function guard(self: Client, data: string, position: number, size: number, limit: number): number {
  const client = self as Version5Client;
  const first = data.charCodeAt(0);
  let failure: unknown[] | undefined;
  let result = MALFORMED_PACKET;
  try {
    if (first >> 4 !== TYPE_PUBLISH) result = handle(client, first, data.substr(position, size - position));
    else if ((first & QOS_MASK) !== QOS_MASK) result = handlePublish(client, data, position + 2, size, limit);
  } catch (error) {
    failure = [error];
  }
  if (client._mayExplain) {
    client.properties = NO_PROPERTIES;
    client.reasonCode = SUCCESS;
  }
  client._identifiers = undefined;
  if (failure) throw failure[0];
  return result;
}
