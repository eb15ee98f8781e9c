/**
 * What a packet from an MQTT 3.1.1 server is to a client, judged without any code of ours: mqtt-packet reads it, and what that
 * lets pass is judged by the rules of the standard, written down here once more.
 */
import { parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import { MALFORMED, u16 } from "./frame.ts";
import type { Frame } from "./frame.ts";
import { isTopicName } from "./topics.ts";

export const PROTOCOL_ERROR = 0x82;
export const TOO_LARGE = 0x95;

/** Return codes 1 to 5 of CONNACK as reason codes of 5.0; any other is unspecified. */
export const REFUSALS = [0, 0x84, 0x85, 0x88, 0x86, 0x87];

const CONNACK = 2;
const PUBLISH = 3;
const PUBACK = 4;
const PUBREL = 6;
const PUBCOMP = 7;
const SUBACK = 9;
const UNSUBACK = 11;
const PINGRESP = 13;

/** The state of a connection as far as it decides what may come. */
export interface Expected {
  isConnecting: boolean;
  clean: boolean;
  /** Was QoS 2 granted, or may it have been? */
  hasQos2: boolean;
  limit: number;
  asked: { id: number; cmd: "subscribe" | "unsubscribe"; count: number } | undefined;
}

/** Reads one packet; undefined when it cannot. */
export function parse(bytes: string): Packet | undefined {
  const decoder = parser({ protocolVersion: 4 });
  let found: Packet | undefined;
  decoder.on("packet", (packet) => (found = packet));
  decoder.on("error", () => (found = undefined));
  decoder.parse(Buffer.from(bytes, "latin1"));
  return found;
}

/** Where the payload of a PUBLISH begins, its topic and its packet id; NaN where they are not there. */
export function headOf({ bytes, first, header }: Frame): { topic: string; id: number; start: number } {
  const end = header + 2 + u16(bytes, header);
  const hasId = (first & 6) !== 0;
  return {
    topic: bytes.slice(header + 2, end),
    id: hasId ? u16(bytes, end) : 0,
    start: hasId ? end + 2 : end,
  };
}

function publishFaults(packet: Frame, { hasQos2, limit }: Expected): number[] {
  const { first, size } = packet;
  const qos = (first >> 1) & 3;
  const { topic, id, start } = headOf(packet);
  const faults: number[] = [];
  if (qos === 3 || (qos === 2 && !hasQos2) || (!qos && first & 8)) faults.push(PROTOCOL_ERROR);
  if (size > limit && !(start < limit)) faults.push(TOO_LARGE);
  if (!(start <= size) || (qos && !id) || !isTopicName(topic)) faults.push(MALFORMED);
  return faults;
}

function connackFaults(body: string, { isConnecting, clean }: Expected): number[] {
  const faults: number[] = [];
  const code = body.charCodeAt(1);
  if (!isConnecting) faults.push(PROTOCOL_ERROR);
  if (body.length !== 2 || body.charCodeAt(0) > 1) faults.push(MALFORMED);
  if (body.charCodeAt(0) === 1 && (code || clean)) faults.push(PROTOCOL_ERROR);
  if (!faults.length && code) faults.push(REFUSALS[code] ?? 0x80);
  return faults;
}

function answerFaults(type: number, body: string, { asked }: Expected): number[] {
  const faults: number[] = [];
  const isSuback = type === SUBACK;
  // Too short for a packet id: malformed, and an answer to nothing.
  if (body.length < 2) faults.push(MALFORMED);
  if (
    !asked ||
    asked.id !== u16(body, 0) ||
    (asked.cmd === "subscribe") !== isSuback ||
    body.length !== 2 + (isSuback ? asked.count : 0)
  )
    faults.push(PROTOCOL_ERROR);
  if (isSuback && /[^\0-\x02\x80]/.test(body.slice(2))) faults.push(MALFORMED);
  return faults;
}

/**
 * The reason codes that a client may end the connection with at a packet: those of all that is wrong with it, as the order
 * in which things are looked at is the client's. Empty when it must take the packet. Of a packet that has not come whole, only
 * what its beginning tells.
 */
export function faultsOf(packet: Frame, expected: Expected): number[] {
  const { bytes, first, header, size, isWhole } = packet;
  const type = first >> 4;
  if (type !== PUBLISH && size > expected.limit) return [TOO_LARGE];
  if (!header) return [];
  const isKnown = isWhole || (type === PUBLISH && size > expected.limit && bytes.length >= expected.limit);
  if (!isKnown) return [];
  const faults: number[] = expected.isConnecting && type !== CONNACK ? [PROTOCOL_ERROR] : [];
  const body = bytes.slice(header);
  const wanted = type === PUBREL ? 2 : 0;
  if (type !== PUBLISH && (first & 15) !== wanted) faults.push(MALFORMED);
  if (type === PUBLISH) faults.push(...publishFaults(packet, expected));
  else if (type === CONNACK) faults.push(...connackFaults(body, expected));
  else if (type >= PUBACK && type <= PUBCOMP) {
    if (body.length !== 2) faults.push(MALFORMED);
    // 0 is no packet id.
    if (body === "\0\0") faults.push(PROTOCOL_ERROR);
    if (type > PUBACK && !expected.hasQos2) faults.push(PROTOCOL_ERROR, MALFORMED);
  } else if (type === SUBACK || type === UNSUBACK) faults.push(...answerFaults(type, body, expected));
  else if (type === PINGRESP) {
    if (body) faults.push(MALFORMED);
  } else faults.push(PROTOCOL_ERROR);
  if (!faults.length && isWhole && !parse(bytes)) faults.push(MALFORMED);
  return faults;
}
