/** What the server sends in MQTT 5.0: acted on as far as 5.0 goes, and handed on in the form of 3.1.1. */
import {
  QOS_MASK,
  TYPE_AUTH,
  TYPE_CONNACK,
  TYPE_DISCONNECT,
  TYPE_PUBREC,
  TYPE_PUBREL,
  TYPE_SUBACK,
  TYPE_UNSUBACK,
} from "../codec/constants.ts";
import { bytesOf, readU16, writeHeader, writeText } from "../codec/fields.ts";
import {
  AUTHENTICATION_METHOD,
  endOfProperties,
  FROM_ACKNOWLEDGEMENT,
  FROM_CONNACK,
  FROM_DISCONNECT,
  FROM_PUBLISH,
  IN_AUTH,
  NO_PROPERTIES,
  readProperties,
  readProperty,
  SUBSCRIPTION_IDENTIFIER,
  TOPIC_ALIAS,
} from "../codec/properties.ts";
import { abort, CONNECTING } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import {
  MALFORMED_PACKET,
  NOT_VERSION_5,
  PACKET_TOO_LARGE,
  PROTOCOL_ERROR,
  SUCCESS,
  TOPIC_ALIAS_INVALID,
  UNSPECIFIED_ERROR,
  UNSUPPORTED_PROTOCOL_VERSION,
  WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED,
} from "../reason.ts";
import type { Version5Client } from "./client.ts";
import { rejected, takeLimits } from "./limits.ts";
import { idWidth, propertiesAt } from "./packet.ts";

/** Where the properties begin in a packet behind its Remaining Length, by type; 0 = it has none. */
const PROPERTIES_AT = "0020333302020011";

/** Reason codes between the first and the last of a server's DISCONNECT that it does not have (§3.14.2.1). */
const NOT_IN_DISCONNECT = "\x84\x85\x86\x88\x8a\x8c\x91\x92";

/**
 * May an acknowledgement of this type say these reason codes: PUBACK and PUBREC that do not refuse (§3.4.2.1, §3.5.2.1), PUBREL and
 * PUBCOMP (§3.6.2.1, §3.7.2.1), SUBACK (§3.9.3), UNSUBACK (§3.11.3)?
 */
function areReasonCodes(type: number, codes: string): boolean {
  const allowed =
    type === TYPE_SUBACK
      ? "\0\x01\x02\x80\x83\x87\x8f\x91\x97\x9e\xa1\xa2"
      : type === TYPE_UNSUBACK
        ? "\0\x11\x80\x83\x87\x8f\x91"
        : type > TYPE_PUBREC
          ? "\0\x92"
          : "\0\x10";
  for (let index = 0; index < codes.length; index++)
    if (allowed.indexOf(codes.charAt(index)) < 0) return false;
  return true;
}

/** CONNACK that refuses (§3.2.2.2). A server that does not know 5.0 may be spoken to in 3.1.1. */
function refused(client: Version5Client, reasonCode: number): number {
  client._mayExplain = false;
  if (client._refer) client._refer(client, reasonCode);
  if (reasonCode < UNSPECIFIED_ERROR) return MALFORMED_PACKET;
  if (reasonCode !== UNSUPPORTED_PROTOCOL_VERSION || !client._fallBack) return reasonCode;
  client._fallBack(client);
  return NOT_VERSION_5;
}

/** Any packet but PUBLISH, checked, with its properties and reason code in their places. */
function take(client: Version5Client, first: number, body: string): number {
  const type = first >> 4;
  const at = +PROPERTIES_AT.charAt(type);
  // The codes of SUBACK and UNSUBACK stand behind the properties, and all of their packet must be there, as of CONNACK.
  const isAnswer = type === TYPE_SUBACK || type === TYPE_UNSUBACK;
  const isConnack = type === TYPE_CONNACK;
  let end = body.length;
  if ((first & 15) !== (type === TYPE_PUBREL ? 2 : 0)) return MALFORMED_PACKET;
  if (!at) return client._handleWithin(client, first, body);
  if (isConnack && end === 2 && body.charCodeAt(1)) {
    // The refusal of a server that speaks 3.1.1 only.
    const refusal = client._handleWithin(client, first, body);
    return refusal > 0 ? refused(client, refusal) : refusal;
  }
  if (isConnack || isAnswer || end > at) {
    end = endOfProperties(
      body,
      at,
      isConnack
        ? FROM_CONNACK
        : type === TYPE_DISCONNECT
          ? FROM_DISCONNECT
          : type === TYPE_AUTH
            ? IN_AUTH
            : FROM_ACKNOWLEDGEMENT,
    );
    if (end < 0) return -end;
    if (end !== body.length && !isAnswer) return MALFORMED_PACKET;
    client.properties = body.substr(at, end - at);
  }
  const reasonCode = isAnswer ? 0 : body.charCodeAt(at - 1) || 0;
  client.reasonCode = reasonCode;
  if (type === TYPE_DISCONNECT) {
    if (
      reasonCode &&
      (reasonCode < UNSPECIFIED_ERROR ||
        reasonCode > WILDCARD_SUBSCRIPTIONS_NOT_SUPPORTED ||
        NOT_IN_DISCONNECT.indexOf(bytesOf(reasonCode)) >= 0)
    )
      return MALFORMED_PACKET;
    client._mayExplain = false;
    if (client._refer) client._refer(client, reasonCode);
    abort(client, reasonCode);
    return 0;
  }
  if (type === TYPE_AUTH)
    return client._authenticate ? client._authenticate(client, reasonCode) : PROTOCOL_ERROR;
  if (isConnack) {
    if (reasonCode) return refused(client, reasonCode);
    // That of CONNECT, or none as there [MQTT-4.12.0-5] [MQTT-4.12.0-6].
    if (readProperty(client.properties, AUTHENTICATION_METHOD) !== client._method) return PROTOCOL_ERROR;
    takeLimits(client);
    // Who was told of a message that was lost may have ended the connection.
    if (client._state !== CONNECTING) return 0;
  } else {
    // Whatever the code: mosquitto has 0x95 too, which is not listed, and the message must not be sent again [MQTT-4.4.0-2].
    if (reasonCode >= UNSPECIFIED_ERROR && type < TYPE_PUBREL) {
      rejected(client, body.substr(0, 2), reasonCode);
      return 0;
    }
    if (!areReasonCodes(type, body.substr(isAnswer ? end : 2, isAnswer ? body.length : 1)))
      return MALFORMED_PACKET;
  }
  return client._handleWithin(client, first, body.substr(0, 2) + (isAnswer ? body.substr(end) : ""));
}

/** PUBLISH in the form of 3.1.1: without properties, and with its topic in the place of an alias. */
function takePublish(
  client: Version5Client,
  data: string,
  position: number,
  size: number,
  limit: number,
): number {
  const packet = data.substr(0, size);
  const at = propertiesAt(packet);
  const end = endOfProperties(packet, at, FROM_PUBLISH);
  const isLarge = size > limit;
  let topic = packet.substr(position, readU16(packet, position - 2));
  if ((data.charCodeAt(0) & QOS_MASK) === QOS_MASK) return MALFORMED_PACKET;
  // We said how much we take, unless somebody takes messages in pieces; their properties must fit even so.
  if (isLarge && (!client._hasPieces || (end < 0 && size > packet.length))) return PACKET_TOO_LARGE;
  if (end < 0) return -end;
  client.properties = packet.substr(at, end - at);
  const list = client.properties === NO_PROPERTIES ? [] : readProperties(client.properties);
  const alias = readProperty(client.properties, TOPIC_ALIAS) as number | undefined;
  if (alias !== undefined) {
    const resolved = client._resolve && client._resolve(client, alias, topic);
    if (resolved === undefined) return TOPIC_ALIAS_INVALID;
    topic = resolved;
  }
  if (!topic) return PROTOCOL_ERROR;
  const identifiers = list.filter(
    (_value, index) => index % 2 && list[index - 1] === SUBSCRIPTION_IDENTIFIER,
  );
  client._identifiers = identifiers[0] ? identifiers : undefined;
  const body = writeText(topic) + packet.substr(at - idWidth(packet), idWidth(packet)) + packet.substr(end);
  // What has not come yet counts too.
  const length = body.length + size - packet.length;
  const head = writeHeader(data.charCodeAt(0), length);
  const total = head.length + length;
  const result = client._handlePublishWithin(
    client,
    head + body,
    head.length + 2,
    total,
    isLarge ? total - 1 : total,
  );
  // The next one like it goes the core's short way, by what its bytes really are.
  if (list[0]) client._heardSize = -1;
  if (client._heardSize >= 0) {
    client._heard = data.substr(0, end);
    client._heardSize = size;
  }
  return result;
}

/** Nothing of a packet stays behind, but that of one by which the server ended the connection. */
function clear(client: Version5Client): void {
  if (!client._mayExplain) return;
  client.properties = NO_PROPERTIES;
  client.reasonCode = SUCCESS;
}

/** Stands in front of the core's `handle`. */
export function handleVersion5(client: Client, first: number, body: string): number {
  const self = client as Version5Client;
  let failure: unknown[] | undefined;
  let result = 0;
  try {
    result = take(self, first, body);
  } catch (error) {
    failure = [error];
  }
  clear(self);
  if (failure) throw failure[0];
  return result;
}

/** Stands in front of the core's `handlePublish`. */
export function handlePublishVersion5(
  client: Client,
  data: string,
  position: number,
  size: number,
  limit: number,
): number {
  const self = client as Version5Client;
  const skipped = client._skipped;
  let failure: unknown[] | undefined;
  let result = 0;
  // What has begun has the form of 3.1.1, and is as large as it was.
  if (skipped)
    return self._handlePublishWithin(client, data, position, size, Math.min(limit, size + skipped - 1));
  try {
    result = takePublish(self, data, position, size, limit);
  } catch (error) {
    failure = [error];
  }
  clear(self);
  if (failure) throw failure[0];
  return result;
}
