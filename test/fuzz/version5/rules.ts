/**
 * What a packet from an MQTT 5.0 server is to a client: the rules of the standard, written down once more, without any code of
 * ours. Of several faults in a packet a client may act on any (§4.13.2).
 */
import { codesOf, MALFORMED, u16 } from "../frame.ts";
import type { Frame } from "../frame.ts";
import { isTopicName, isUtf8 } from "../topics.ts";
import { FROM, ID, PROTOCOL_ERROR, readField, valueOf } from "./properties.ts";
import type { Field, Property } from "./properties.ts";

const RECEIVE_MAXIMUM_EXCEEDED = 0x93;
const TOPIC_ALIAS_INVALID = 0x94;
const PACKET_TOO_LARGE = 0x95;
const TOPIC_NAME_INVALID = 0x90;

/** Where the standard names neither of them (§4.13.1). */
const EITHER = [MALFORMED, PROTOCOL_ERROR];

export const TYPE = {
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  suback: 9,
  unsuback: 11,
  pingresp: 13,
  disconnect: 14,
  auth: 15,
};

/** Tables 3-1, 3-4, 3-6, 3-8, 3-9 and 3-10: reason codes that a server may send. */
export const CODES = {
  connack: [
    0, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a,
    0x9b, 0x9c, 0x9d, 0x9f,
  ],
  received: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  released: [0, 0x92],
  suback: [0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2],
  unsuback: [0, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91],
  disconnect: [
    0, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98,
    0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
  ],
};

/** Return codes 1 to 5 of a CONNACK of 3.1.1, which a server of that alone answers with, as reason codes. */
const REFUSALS = [0, 0x84, 0x85, 0x88, 0x86, 0x87];

/** The state of a connection as far as it decides what may come. */
export interface Expected {
  isConnecting: boolean;
  clean: boolean;
  /** Did the session of the connection before end with it, by its Session Expiry Interval? */
  hasExpired: boolean;
  hasQos2: boolean;
  /** Was no Maximum Packet Size said, because messages are taken in pieces? What precedes the payload must fit even so. */
  hasPieces: boolean;
  limit: number;
  hasAuthentication: boolean;
  /** Did the client begin to authenticate anew? */
  isAuthenticating: boolean;
  aliasMaximum: number;
  aliases: ReadonlyMap<number, string>;
  /** The client's Receive Maximum, and messages of QoS 2 that its PUBCOMP is due for: all, and those of this connection. */
  receiveMaximum: number;
  received: ReadonlySet<number>;
  receivedHere: ReadonlySet<number>;
  /** Did this connection begin with such messages? Then a client cannot tell which of them count. */
  hadReceived: boolean;
  asked: { id: number; cmd: "subscribe" | "unsubscribe"; count: number } | undefined;
}

/** Reason codes that the client must end the connection with at a packet, one of them, and those that it may besides. */
export interface Verdict {
  must: number[];
  may: number[];
  /** Those with which the server ends the connection itself: no DISCONNECT answers it. And does it, without a fault? */
  silent?: number[];
  isEnd?: boolean;
}

export const METHOD = "SCRAM";

/** What precedes the payload of a PUBLISH. */
export interface PublishHead {
  topic: string;
  id: number;
  field: Field;
  /** Where the payload begins; NaN where that cannot be told. */
  start: number;
}

export function headOf({ bytes, first, header }: Frame): PublishHead {
  const end = header + 2 + u16(bytes, header);
  const hasId = (first & 6) !== 0;
  const field = readField(bytes, hasId ? end + 2 : end, FROM.publish);
  return {
    topic: bytes.slice(header + 2, end),
    id: hasId ? u16(bytes, end) : 0,
    field,
    start: end <= bytes.length ? field.end : NaN,
  };
}

function aliasFaults(topic: string, list: readonly Property[], expected: Expected): number[] {
  const alias = valueOf(list, ID.alias) as number | undefined;
  if (alias === undefined) return topic ? [] : [PROTOCOL_ERROR];
  if (alias === 0) return [TOPIC_ALIAS_INVALID, ...EITHER];
  if (alias > expected.aliasMaximum) return [TOPIC_ALIAS_INVALID];
  return topic || expected.aliases.has(alias) ? [] : [PROTOCOL_ERROR];
}

function topicFaults(topic: string): number[] {
  if (!topic || isTopicName(topic)) return [];
  return isUtf8(topic) ? [TOPIC_NAME_INVALID, ...EITHER] : [MALFORMED];
}

function publishVerdict(packet: Frame, expected: Expected): Verdict {
  const { first, size } = packet;
  const { hasQos2, limit, hasPieces, received, receivedHere, hadReceived, receiveMaximum } = expected;
  const qos = (first >> 1) & 3;
  const { topic, id, field, start } = headOf(packet);
  const must: number[] = [];
  if (qos === 3) must.push(MALFORMED);
  if (qos === 2 && !hasQos2) must.push(PROTOCOL_ERROR);
  if (!qos && first & 8) must.push(...EITHER);
  if (size > limit && !(hasPieces && start < limit)) must.push(PACKET_TOO_LARGE);
  // What is too large has not come whole, so its properties need not be there.
  if (size > limit && Number.isNaN(start)) return { must, may: [MALFORMED] };
  must.push(...field.faults);
  // Before it is whole a client may take properties that are wrong for such as are too large.
  const cut = size > limit && !packet.isWhole && field.faults.length ? [PACKET_TOO_LARGE] : [];
  if (Number.isNaN(start)) return { must: [...must, MALFORMED], may: [] };
  if (qos && !id) must.push(...EITHER);
  must.push(...topicFaults(topic), ...aliasFaults(topic, field.list, expected));
  const isNew = qos > 0 && !(qos === 2 && received.has(id));
  if (isNew && !hadReceived && receivedHere.size >= receiveMaximum) must.push(RECEIVE_MAXIMUM_EXCEEDED);
  // Messages of an earlier connection do not count in this one (§4.9), but may fill what a client has room for; and one that is
  // wrong may be taken for new.
  const isFull = qos > 0 && (isNew || must.length > 0) && received.size >= receiveMaximum;
  return { must, may: isFull ? [...cut, RECEIVE_MAXIMUM_EXCEEDED] : cut };
}

/** A CONNACK or DISCONNECT with a reason code: which may be told, as the connection ends in any case. */
function endCodes(code: number, listed: readonly number[]): number[] {
  if (listed.includes(code)) return [code];
  // One that is not listed: what the server meant is clear only where the number could be a refusal.
  return code >= 0x80 && code <= 0xa2 ? [code, ...EITHER] : EITHER;
}

function connackVerdict(body: string, expected: Expected): Verdict {
  const { isConnecting, clean, hasExpired, hasAuthentication } = expected;
  const flags = body.charCodeAt(0);
  const code = body.charCodeAt(1);
  const must = isConnecting ? [] : [PROTOCOL_ERROR];
  if (body.length < 2) return { must: [...must, MALFORMED], may: [] };
  if (flags > 1) must.push(MALFORMED);
  if (flags === 1 && (code || clean || hasExpired)) must.push(PROTOCOL_ERROR);
  if (body.length === 2) {
    // So refuses a server of 3.1.1, to whom there is nothing to be said.
    const refusal = code ? [REFUSALS[code] ?? 0x80] : [];
    const codes = [...must, MALFORMED, ...refusal];
    return { must: codes, may: [], silent: code && isConnecting ? codes : [] };
  }
  const { list, end, faults } = readField(body, 2, FROM.connack);
  must.push(...faults);
  if (end !== body.length) must.push(MALFORMED);
  const method = valueOf(list, ID.method);
  if (hasAuthentication ? !code && method !== METHOD : method !== undefined) must.push(PROTOCOL_ERROR);
  const silent = code >= 0x80 ? [code] : [];
  if (must.length && !CODES.connack.includes(code)) must.push(...EITHER);
  if (code && !must.length)
    return { must: endCodes(code, CODES.connack), may: [], silent, isEnd: CODES.connack.includes(code) };
  // Nobody asked for it, and nobody is hurt by it (§3.1.2.11.6, §3.2.2.3.18).
  const isSurplus =
    valueOf(list, ID.responseInformation) !== undefined ||
    (method === undefined && valueOf(list, ID.data) !== undefined);
  return { must, may: [...(isSurplus ? EITHER : []), ...(must.length ? silent : [])], silent };
}

function acknowledgementVerdict(type: number, body: string, { hasQos2 }: Expected): Verdict {
  if (body.length < 2) return { must: EITHER, may: [] };
  const must: number[] = type > TYPE.puback && !hasQos2 ? EITHER.slice() : [];
  if (body.length > 2) {
    const listed = type > TYPE.pubrec ? CODES.released : CODES.received;
    const code = body.charCodeAt(2);
    // A broker of the field refuses messages with a code that is not listed, and they are refused even so.
    if (!listed.includes(code) && !(type <= TYPE.pubrec && code >= 0x80)) must.push(...EITHER);
  }
  if (body.length > 3) {
    const { end, faults } = readField(body, 3, FROM.acknowledgement);
    must.push(...faults);
    if (end !== body.length) must.push(MALFORMED);
  }
  // No packet has the id 0 (§2.2.1).
  return { must, may: u16(body, 0) ? [] : EITHER };
}

function answerVerdict(type: number, body: string, { asked }: Expected): Verdict {
  const isSuback = type === TYPE.suback;
  if (body.length < 3) return { must: EITHER, may: [] };
  const { end, faults } = readField(body, 2, FROM.acknowledgement);
  const must = faults.slice();
  if (!asked || asked.id !== u16(body, 0) || (asked.cmd === "subscribe") !== isSuback)
    must.push(PROTOCOL_ERROR);
  if (Number.isNaN(end)) return { must, may: [PROTOCOL_ERROR] };
  const codes = codesOf(body.slice(end));
  if (codes.length !== asked?.count) must.push(...EITHER);
  const listed = isSuback ? CODES.suback : CODES.unsuback;
  if (codes.some((code) => !listed.includes(code))) must.push(...EITHER);
  return { must, may: [] };
}

function disconnectVerdict(body: string): Verdict {
  const code = body.length ? body.charCodeAt(0) : 0;
  const must: number[] = [];
  if (body.length > 1) {
    const { end, faults } = readField(body, 1, FROM.disconnect);
    must.push(...faults);
    if (end !== body.length) must.push(MALFORMED);
  }
  // A session expiry interval has its place there, but not from a server [MQTT-3.14.2-2].
  if (must.length) return { must, may: [PROTOCOL_ERROR] };
  const isEnd = CODES.disconnect.includes(code);
  return { must: endCodes(code, CODES.disconnect), may: [], silent: [code], isEnd };
}

function authVerdict(body: string, expected: Expected): Verdict {
  const { hasAuthentication, isConnecting, isAuthenticating } = expected;
  const must = hasAuthentication ? [] : [PROTOCOL_ERROR];
  const code = body.length ? body.charCodeAt(0) : 0;
  let list: Property[] = [];
  if (body.length > 1) {
    const field = readField(body, 1, FROM.auth);
    must.push(...field.faults);
    if (field.end !== body.length) must.push(MALFORMED);
    list = field.list;
  }
  if (![0, 0x18, 0x19].includes(code)) must.push(...EITHER);
  // The client's to say, or out of turn (§4.12).
  if (code === 0x19 || (code === 0 && isConnecting)) must.push(PROTOCOL_ERROR);
  if (!isConnecting && !isAuthenticating) must.push(PROTOCOL_ERROR);
  if (valueOf(list, ID.method) !== METHOD) must.push(PROTOCOL_ERROR);
  return { must, may: [] };
}

function verdictOf(packet: Frame, expected: Expected): Verdict {
  const type = packet.first >> 4;
  const body = packet.bytes.slice(packet.header);
  if (type === TYPE.publish) return publishVerdict(packet, expected);
  if (type === TYPE.connack) return connackVerdict(body, expected);
  if (type >= TYPE.puback && type <= TYPE.pubcomp) return acknowledgementVerdict(type, body, expected);
  if (type === TYPE.suback || type === TYPE.unsuback) return answerVerdict(type, body, expected);
  if (type === TYPE.pingresp) return { must: body ? [MALFORMED] : [], may: [] };
  if (type === TYPE.disconnect) return disconnectVerdict(body);
  if (type === TYPE.auth) return authVerdict(body, expected);
  return { must: EITHER, may: [] };
}

/** What the client has to do at a packet, or at its beginning where it is too large; undefined when more has to come. */
export function judge(packet: Frame, expected: Expected): Verdict | undefined {
  const { bytes, first, header, size, isWhole } = packet;
  const type = first >> 4;
  if (type !== TYPE.publish && size > expected.limit) return { must: [PACKET_TOO_LARGE], may: [] };
  const isKnown =
    isWhole || (type === TYPE.publish && size > expected.limit && bytes.length >= expected.limit);
  if (!header || !isKnown) return undefined;
  const verdict = verdictOf(packet, expected);
  const isOutOfTurn = expected.isConnecting && type !== TYPE.connack && type !== TYPE.auth;
  const hasFlags = type !== TYPE.publish && (first & 15) !== (type === TYPE.pubrel ? 2 : 0);
  if (!isOutOfTurn && !hasFlags) return verdict;
  return {
    must: [...verdict.must, ...(isOutOfTurn ? [PROTOCOL_ERROR] : []), ...(hasFlags ? [MALFORMED] : [])],
    may: verdict.may,
  };
}
