/**
 * The stream from the server: cut into packets whatever the pieces it comes in, each checked and acted on.
 * Nothing the server sends can throw, loop or grow a buffer past the limit; what breaks the protocol ends the connection.
 */
import {
  DUP,
  PUBACK,
  QOS_1,
  QOS_MASK,
  RETAIN,
  TYPE_CONNACK,
  TYPE_PINGRESP,
  TYPE_PUBACK,
  TYPE_PUBLISH,
  TYPE_SUBACK,
  TYPE_UNSUBACK,
} from "../codec/constants.ts";
import { bytesOf, headerSize, LENGTH_MALFORMED, readLength, readU16 } from "../codec/fields.ts";
import { MAXIMUM_PACKET_SIZE } from "../limits.ts";
import { MALFORMED_PACKET, PACKET_TOO_LARGE, PROTOCOL_ERROR, UNSPECIFIED_ERROR } from "../reason.ts";
import { abort, drop, ONLINE, OPENING, send } from "./client.ts";
import type { Client } from "./client.ts";
import { flush, markDup, remove } from "./session.ts";
import { restore, route, subscribed, unsubscribed } from "./subscriptions.ts";

/**
 * Reason codes of the CONNACK return codes 1…5 (§3.2.2.3): version, identifier, unavailable, credentials, authorization.
 * A string, because six numbers in an array would cost as many variables again.
 */
const REFUSALS = "\x80\x84\x85\x88\x86\x87";

/** Sends PUBACK for the packet id that is the two bytes `id`, unless the connection is ending. */
function sendPuback(client: Client, id: string): void {
  if (client._state === ONLINE) send(client, bytesOf(PUBACK, 2) + id);
}

/** CONNACK (§3.2). Returns a reason code to disconnect with, or 0; so do the others. */
function handleConnack(client: Client, body: string): number {
  const sessionPresent = body.charCodeAt(0);
  const returnCode = body.charCodeAt(1);
  if (body.length !== 2 || sessionPresent > 1) return MALFORMED_PACKET;
  // A server must not report a session with a refusal [MQTT-3.2.2-4], nor one it was told to forget [MQTT-3.2.2-1].
  if (sessionPresent && (returnCode || client._options.clean !== false)) return PROTOCOL_ERROR;
  if (returnCode) return REFUSALS.charCodeAt(returnCode) || UNSPECIFIED_ERROR;
  client._state = ONLINE;
  client._timer = 0;
  client.connected = true;
  client.counters.reconnects += client._wasOnline;
  client._wasOnline = 1;
  if (!sessionPresent) markDup(client, 0);
  try {
    if (client._options.onConnect) client._options.onConnect(!!sessionPresent);
  } finally {
    restore(client, !!sessionPresent);
    flush(client);
  }
  return 0;
}

/** A PUBLISH that is not simply QoS 0, or is malformed; QoS 1 is acknowledged after the handlers have returned. */
function handlePublishQos1(client: Client, first: number, body: string): number {
  const end = 2 + readU16(body, 0);
  const start = first & QOS_MASK ? end + 2 : end;
  const id = body.substr(end, start - end);
  if (!(start <= body.length) || end === 2 || id === "\0\0") return MALFORMED_PACKET;
  // QoS 2 was never granted, QoS 3 does not exist, DUP goes with QoS 1 only.
  if ((first & QOS_MASK) !== QOS_1) return PROTOCOL_ERROR;
  client.counters.received++;
  try {
    return route(client, body.substr(2, end - 2), body.substr(start), first & 15);
  } finally {
    sendPuback(client, id);
  }
}

/** PUBLISH (§3.3). */
function handlePublish(client: Client, first: number, body: string): number {
  const end = 2 + readU16(body, 0);
  if (first & (QOS_MASK | DUP) || !(end <= body.length) || end === 2) {
    return handlePublishQos1(client, first, body);
  }
  client.counters.received++;
  return route(client, body.substr(2, end - 2), body.substr(end), first & RETAIN);
}

/** PUBACK (§3.4). An id that is not in flight is a late repetition and changes nothing. */
function handlePuback(client: Client, first: number, body: string): number {
  if (first & 15 || body.length !== 2) return MALFORMED_PACKET;
  const packetId = readU16(body, 0);
  const index = client._ids.indexOf(packetId);
  if (index < 0 || index >= client._inflight) return 0;
  remove(client, index);
  client._inflight--;
  client.counters.acknowledged++;
  flush(client);
  if (client._options.onAcknowledge) client._options.onAcknowledge(packetId);
  return 0;
}

/** Everything but PUBLISH and PUBACK. */
function handleOther(client: Client, first: number, body: string): number {
  const type = first >> 4;
  // CONNACK comes first and only once [MQTT-3.2.0-1].
  if ((type === TYPE_CONNACK) !== (client._state === OPENING)) return PROTOCOL_ERROR;
  if (first & 15) return MALFORMED_PACKET;
  if (type === TYPE_CONNACK) return handleConnack(client, body);
  if (type === TYPE_SUBACK) return subscribed(client, body);
  if (type === TYPE_PINGRESP) return body ? MALFORMED_PACKET : 0;
  if (type !== TYPE_UNSUBACK) return PROTOCOL_ERROR;
  return body.length === 2 ? unsubscribed(client, readU16(body, 0)) : MALFORMED_PACKET;
}

/** Acts on one packet. Short, because the engine reads all of a function's text whichever way it takes. */
function handle(client: Client, first: number, body: string): void {
  const type = client._state === ONLINE ? first >> 4 : 0;
  const reasonCode =
    type === TYPE_PUBLISH
      ? /*@__NOINLINE__*/ handlePublish(client, first, body)
      : type === TYPE_PUBACK
        ? handlePuback(client, first, body)
        : /*@__NOINLINE__*/ handleOther(client, first, body);
  if (reasonCode) abort(client, reasonCode);
}

/**
 * A packet above the limit, of which `data` holds the first bytes: a message is drained, reported, and acknowledged at
 * its end; anything else ends the connection. Waits for more while topic and packet id have not arrived.
 */
function startDraining(client: Client, data: string, header: number, size: number): void {
  const first = data.charCodeAt(0);
  const end = header + 2 + readU16(data, header);
  const start = first & QOS_MASK ? end + 2 : end;
  const limit = client._options.maximumPacketSize || MAXIMUM_PACKET_SIZE;
  if (first >> 4 !== TYPE_PUBLISH || end > limit || start > size) abort(client, PACKET_TOO_LARGE);
  else if (start <= data.length) {
    client._drain = size;
    client._drainAck = data.substr(end, start - end);
    drop(client, PACKET_TOO_LARGE, 0, data.substr(header + 2, end - header - 2));
  }
}

/** Takes whatever `data` holds: several packets, parts of packets, or what is to be drained. */
function takeAll(client: Client, data: string): void {
  let thrown: unknown[] | undefined;
  while (data && (client._state === ONLINE || client._state === OPENING)) {
    if (client._drain) {
      const rest = data.substr(client._drain);
      client._drain -= data.length - rest.length;
      data = rest;
      if (!client._drain && client._drainAck) sendPuback(client, client._drainAck);
      continue;
    }
    let length = data.charCodeAt(1);
    if (length > 127) length = readLength(data);
    const header = headerSize(length);
    const size = header + length;
    if (length === LENGTH_MALFORMED) abort(client, MALFORMED_PACKET);
    if (size > (client._options.maximumPacketSize || MAXIMUM_PACKET_SIZE))
      startDraining(client, data, header, size);
    else if (length >= 0 && size <= data.length) {
      const first = data.charCodeAt(0);
      const body = data.substr(header, length);
      data = data.substr(size);
      try {
        handle(client, first, body);
      } catch (error) {
        // A handler's mistake must not cost the packets behind; it is shown when they are done.
        thrown = [error];
      }
      continue;
    }
    if (client._drain) continue;
    client._partial = data;
    break;
  }
  if (thrown) throw thrown[0];
}

/**
 * Link handler: the next piece of the stream, most often exactly one short packet. Never re-entered, because links report
 * from the idle loop only.
 */
export function received(this: Client, bytes: string): void {
  this._receivedAgo = this._pingDue = 0;
  const length = bytes.charCodeAt(1);
  // What comes while the link ends, or before CONNACK, is takeAll's to judge.
  if (
    this._state === ONLINE &&
    length < 127 &&
    bytes.length === length + 2 &&
    this._partial === "" &&
    !this._drain
  ) {
    handle(this, bytes.charCodeAt(0), bytes.substr(2));
  } else {
    const data = this._partial + bytes;
    this._partial = "";
    takeAll(this, data);
  }
}
