/**
 * The stream from the server: cut into packets whatever the pieces it comes in, each checked and acted on.
 * Nothing the server sends can throw, loop or grow a buffer past the limit; what breaks the protocol ends the connection.
 */
import {
  CONNACK,
  PUBACK,
  QOS_1,
  QOS_MASK,
  TYPE_CONNACK,
  TYPE_PINGRESP,
  TYPE_PUBACK,
  TYPE_PUBLISH,
} from "../codec/constants.ts";
import { bytesOf, readU16 } from "../codec/fields.ts";
import { MAXIMUM_PACKET_SIZE, SEND_BUFFER } from "../limits.ts";
import { MALFORMED_PACKET, PACKET_TOO_LARGE, PROTOCOL_ERROR, UNSPECIFIED_ERROR } from "../reason.ts";
import { abort, ONLINE, OPENING, send } from "./client.ts";
import type { Client, MessageHandler } from "./client.ts";
import { ACKNOWLEDGEMENT, flush } from "./queue.ts";
import { isTopicName } from "../topic.ts";

/**
 * Reason codes of the CONNACK return codes 1…5 (§3.2.2.3): version, identifier, unavailable, credentials, authorization.
 * A string, because six numbers in an array would cost as many variables again.
 */
const REFUSALS = "\x80\x84\x85\x88\x86\x87";

/** Gives a message to `onMessage`. */
export function deliver(client: Client, first: number, field: string, payload: string): number {
  const topic = field.substr(2);
  if (!isTopicName(topic)) return MALFORMED_PACKET;
  if (client._options.onMessage) client._options.onMessage(topic, payload, first & 15);
  return 0;
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
  client._room = client._waiting[0] ? 0 : SEND_BUFFER;
  client._timer = 0;
  client.connected = true;
  if (client._wasOnline) client.reconnects++;
  client._wasOnline = true;
  // A server that knows nothing of earlier connections gets everything as new.
  if (!sessionPresent) client._unacknowledged = 0;
  try {
    if (client._options.onConnect) client._options.onConnect(!!sessionPresent);
  } finally {
    flush(client, SEND_BUFFER);
    if (client._incoming) client._incoming(client, CONNACK | sessionPresent, "", "");
  }
  return 0;
}

/** PUBLISH (§3.3); QoS 1 is acknowledged after the handlers have returned. */
function handlePublish(client: Client, first: number, body: string): number {
  const qos = first & QOS_MASK;
  const end = 2 + readU16(body, 0);
  const start = qos ? end + 2 : end;
  const id = body.substr(end, start - end);
  if (!(start <= body.length) || end < 3 || id === "\0\0") return MALFORMED_PACKET;
  // QoS 2 was never granted, QoS 3 does not exist, DUP goes with QoS 1 only [MQTT-3.3.1-2].
  if (qos !== QOS_1 && first & 14) return PROTOCOL_ERROR;
  try {
    const field = body.substr(0, end);
    const payload = body.substr(start);
    return client._incoming
      ? client._incoming(client, first, field, payload)
      : deliver(client, first, field, payload);
  } finally {
    if (id && client._state === ONLINE) send(client, bytesOf(PUBACK, 2) + id);
  }
}

/** The server has a message, whose `entry` is out of those in flight. */
function acknowledged(client: Client, entry: string): void {
  client._bytes -= entry.length;
  // The server has read one packet, so the socket may take one.
  if (client._waiting[0]) flush(client, 1);
  if (client._options.onAcknowledge) client._options.onAcknowledge(readU16(entry, 2));
}

/** PUBACK (§3.4) that is not for the first message in flight. One for none is a late repetition and changes nothing. */
function handlePuback(client: Client, body: string): number {
  if (body.length !== 2) return MALFORMED_PACKET;
  for (let index = 0; index < client._inflight.length; index++) {
    if ((client._inflight[index] as string).substr(2, 2) === body) {
      acknowledged(client, client._inflight.splice(index, 1)[0] as string);
      break;
    }
  }
  return 0;
}

/** Acts on one packet. */
function handle(client: Client, first: number, body: string): number {
  const type = first >> 4;
  // CONNACK comes first and only once [MQTT-3.2.0-1].
  if ((type === TYPE_CONNACK) !== (client._state === OPENING)) return PROTOCOL_ERROR;
  if (type === TYPE_PUBLISH) return handlePublish(client, first, body);
  if (first & 15) return MALFORMED_PACKET;
  if (type === TYPE_PUBACK) return handlePuback(client, body);
  if (type === TYPE_CONNACK) return handleConnack(client, body);
  if (type === TYPE_PINGRESP) return body ? MALFORMED_PACKET : 0;
  return client._incoming ? client._incoming(client, first, body, "") : PROTOCOL_ERROR;
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
    client._partial = data.substr(end, start - end);
    client.dropped++;
    if (client._options.onDrop)
      client._options.onDrop(PACKET_TOO_LARGE, 0, data.substr(header + 2, end - header - 2));
    receivedOther(client, data);
  }
}

/** Takes the first packet off the stream. False when there is no whole one. */
function take(client: Client): boolean {
  const data = client._partial;
  let size = 1;
  let digit = 128;
  let length = 0;
  for (; digit > 127 && size < 5; size++) {
    digit = data.charCodeAt(size);
    length += (digit & 127) << (7 * size - 7);
  }
  length += size;
  // A fifth byte, or more bytes than the length needs.
  if (digit > 127 || (size > 2 && digit === 0)) abort(client, MALFORMED_PACKET);
  // NaN: the length has not arrived.
  else if (!(digit >= 0)) return false;
  else if (length > (client._options.maximumPacketSize || MAXIMUM_PACKET_SIZE)) {
    startDraining(client, data, size, length);
    return false;
  } else if (length > data.length) return false;
  else {
    client._partial = data.substr(length);
    const reasonCode = handle(client, data.charCodeAt(0), data.substr(size, length - size));
    if (reasonCode) abort(client, reasonCode);
  }
  return true;
}

/** The next piece of the stream, whatever it holds. */
export function receivedOther(client: Client, bytes: string): void {
  if (client._drain) {
    const rest = bytes.substr(client._drain);
    const id = client._partial;
    client._drain -= bytes.length - rest.length;
    if (client._drain) return;
    client._partial = rest;
    if (id) send(client, bytesOf(PUBACK, 2) + id);
  } else client._partial += bytes;
  while (!client._drain && client._partial && take(client));
}

/**
 * Link handler: the next piece of the stream, most often exactly one short packet: the PUBACK that is due, or a message
 * for the handler that had the last one. Never re-entered, because links report from the idle loop only. When a handler
 * throws, what came behind its message is taken by the next piece or tick.
 */
export function received(this: Client, bytes: string): void {
  this._receivedAgo = 0;
  if (this._partial || this._drain) receivedOther(this, bytes);
  else if (this._inflight[0] && bytes === this._inflight[0].substr(0, ACKNOWLEDGEMENT))
    acknowledged(this, this._inflight.shift() as string);
  else if (
    this._last &&
    bytes[0] === "0" &&
    bytes.indexOf(this._lastField) === 2 &&
    bytes.charCodeAt(1) === bytes.length - 2 &&
    bytes.length < 130
  )
    (this._last.onMessage as MessageHandler)(
      this._last._filter as string,
      bytes.substr(this._lastField.length + 2),
      0,
    );
  else receivedOther(this, bytes);
}
