/** Packets a client sends, as byte strings made by concatenation (MQTT 3.1.1 §3). */
import {
  CLEAN_SESSION,
  CONNECT,
  PASSWORD,
  PUBLISH,
  QOS_MASK,
  RETAIN,
  SUBSCRIBE,
  UNSUBSCRIBE,
  USER_NAME,
  WILL,
  WILL_RETAIN,
} from "./constants.ts";
import { writeText, writeU16, writeVarint } from "./fields.ts";

/** What the server publishes when the connection ends without a DISCONNECT. */
export interface Will {
  /** Topic name, 1…65535 bytes, no wildcards. */
  topic: string;
  /** 0…65535 bytes. */
  payload: string;
  /** 0 or 1; default 0. */
  qos?: 0 | 1;
  /** Default false. */
  retain?: boolean;
}

/** What a CONNECT says. */
export interface ConnectOptions {
  /** 1…65535 bytes; servers must take 1…23 letters and digits. May be empty with `clean`. */
  clientId: string;
  /** Default true: the server forgets the session when the connection ends. */
  clean?: boolean;
  /** May be empty. Without it there is no password either. */
  username?: string;
  password?: string;
  will?: Will;
}

/** A whole packet from its first byte and all that follows the Remaining Length. */
export function encodePacket(first: number, body: string): string {
  return String.fromCharCode(first) + writeVarint(body.length) + body;
}

/** CONNECT (§3.1) with a keep alive of 0…65535 seconds. */
export function encodeConnect(options: ConnectOptions, keepalive: number): string {
  const will = options.will;
  let flags = options.clean === false ? 0 : CLEAN_SESSION;
  let payload = writeText(options.clientId);
  if (will) {
    flags |= WILL | ((will.qos || 0) << 3) | (will.retain ? WILL_RETAIN : 0);
    payload += writeText(will.topic) + writeText(will.payload);
  }
  if (options.username !== undefined) {
    flags |= USER_NAME;
    payload += writeText(options.username);
    if (options.password !== undefined) {
      flags |= PASSWORD;
      payload += writeText(options.password);
    }
  }
  return encodePacket(CONNECT, "\0\x04MQTT\x04" + String.fromCharCode(flags) + writeU16(keepalive) + payload);
}

/**
 * Everything of a PUBLISH before its payload (§3.3). `flags` as in constants.ts; `topic` with its length in front;
 * `packetId` counts for QoS 1 only; `payloadLength` in bytes.
 */
export function encodePublishHead(
  flags: number,
  topic: string,
  packetId: number,
  payloadLength: number,
): string {
  return flags & QOS_MASK
    ? String.fromCharCode(PUBLISH | flags) +
        writeVarint(topic.length + 2 + payloadLength) +
        topic +
        writeU16(packetId)
    : String.fromCharCode(PUBLISH | (flags & RETAIN)) + writeVarint(topic.length + payloadLength) + topic;
}

/** One filter asked for in a SUBSCRIBE. */
export interface TopicFilterRequest {
  topicFilter: string;
  qos?: 0 | 1;
}

/** SUBSCRIBE (§3.8), one or more filters. */
export function encodeSubscribe(packetId: number, requests: TopicFilterRequest[]): string {
  let body = writeU16(packetId);
  for (let index = 0; index < requests.length; index++) {
    const request = requests[index] as TopicFilterRequest;
    body += writeText(request.topicFilter) + String.fromCharCode(request.qos || 0);
  }
  return encodePacket(SUBSCRIBE, body);
}

/** UNSUBSCRIBE (§3.10), one or more filters. */
export function encodeUnsubscribe(packetId: number, topicFilters: string[]): string {
  let body = writeU16(packetId);
  for (let index = 0; index < topicFilters.length; index++) body += writeText(topicFilters[index] as string);
  return encodePacket(UNSUBSCRIBE, body);
}
