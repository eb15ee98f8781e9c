/**
 * The stream from the server: cut into packets whatever the pieces it comes in, each checked and acted on.
 * Nothing the server sends can throw, loop or grow a buffer past the limit; what breaks the protocol ends the connection.
 *
 * Functions here give 0, the reason code to disconnect with, or WAIT.
 */
import {
  CONNACK,
  PUBACK_HEADER,
  PUBLISH,
  QOS_1,
  QOS_MASK,
  TYPE_CONNACK,
  TYPE_PINGRESP,
  TYPE_PUBACK,
  TYPE_PUBLISH,
} from "../codec/constants.ts";
import { readU16 } from "../codec/fields.ts";
import { MAXIMUM_PACKET_SIZE } from "../limits.ts";
import { MALFORMED_PACKET, PACKET_TOO_LARGE, PROTOCOL_ERROR, UNSPECIFIED_ERROR } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { abort, CONNECTING, ONLINE, send } from "./client.ts";
import type { Client, MessageHandler, Taker } from "./client.ts";
import { ACKNOWLEDGEMENT, flush } from "./queue.ts";

/** There is nothing to be done before more bytes have come. */
const WAIT = -1;

/**
 * Reason codes of the CONNACK return codes 1…5 (§3.2.2.3): version, identifier, unavailable, credentials, authorization.
 * A string, because six numbers in an array would cost as many variables again.
 */
const REFUSALS = "\x80\x84\x85\x88\x86\x87";

/** CONNACK (§3.2). */
function handleConnack(client: Client, body: string): number {
  const options = client._options;
  const sessionPresent = body.charCodeAt(0);
  const returnCode = body.charCodeAt(1);
  if (body.length !== 2 || sessionPresent > 1) return MALFORMED_PACKET;
  // A server must not report a session with a refusal [MQTT-3.2.2-4], nor one it was told to forget [MQTT-3.2.2-1].
  if (sessionPresent && (returnCode || options.clean !== false)) return PROTOCOL_ERROR;
  if (returnCode) return REFUSALS.charCodeAt(returnCode) || UNSPECIFIED_ERROR;
  client._state = ONLINE;
  client._canSend = client.connected = true;
  client._timer = 0;
  if (client._wasOnline) client.reconnects++;
  client._wasOnline = true;
  // A server that knows nothing of earlier connections gets everything as new.
  if (!sessionPresent) client._unacknowledged = 0;
  try {
    if (options.onConnect) options.onConnect(!!sessionPresent);
  } finally {
    flush(client);
    if (client._incoming) client._incoming(client, CONNACK | sessionPresent, "", "");
  }
  return 0;
}

/** The server has a message, whose `entry` is out of those in flight. */
function acknowledged(client: Client, entry: string): void {
  client._bytes -= entry.length;
  if (client._waiting[0]) flush(client);
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

/** Any packet but PUBLISH, whole. */
function handle(client: Client, first: number, body: string): number {
  const type = first >> 4;
  // CONNACK comes first and only once [MQTT-3.2.0-1].
  if ((type === TYPE_CONNACK) !== (client._state === CONNECTING)) return PROTOCOL_ERROR;
  if (first & 15) return MALFORMED_PACKET;
  if (type === TYPE_CONNACK) return handleConnack(client, body);
  if (type === TYPE_PUBACK) return handlePuback(client, body);
  if (type === TYPE_PINGRESP) return body ? MALFORMED_PACKET : 0;
  return client._incoming ? client._incoming(client, first, body, "") : PROTOCOL_ERROR;
}

/**
 * PUBLISH (§3.3) at the beginning of `data`; its topic begins at `position`, and it ends at `size`. QoS 1 is acknowledged
 * after the handlers have returned. One that is larger than `limit` is acknowledged too, and drained.
 */
function handlePublish(client: Client, data: string, position: number, size: number, limit: number): number {
  const options = client._options;
  const first = data.charCodeAt(0);
  const qos = first & QOS_MASK;
  const end = position + readU16(data, position - 2);
  const start = qos ? end + 2 : end;
  const topic = data.substr(position, end - position);
  const id = data.substr(end, start - end);
  const rest = data.substr(size);
  if (client._state !== ONLINE) return PROTOCOL_ERROR;
  // Of one that is too large topic and packet id must have come; NaN: not even the topic's length has.
  if (end > limit && end <= size) return PACKET_TOO_LARGE;
  if (size > data.length && !(start <= data.length) && !(start > size)) return WAIT;
  if (!(start <= size) || id === "\0\0" || !isTopicName(topic)) return MALFORMED_PACKET;
  // QoS 2 was never granted, QoS 3 does not exist, DUP goes with QoS 1 only [MQTT-3.3.1-2].
  if (qos !== QOS_1 && first & 14) return PROTOCOL_ERROR;
  client._partial = rest;
  if (size > limit) {
    client.dropped++;
    if (options.onDrop) options.onDrop(PACKET_TOO_LARGE, 0, topic);
    if (size > data.length) {
      client._drain = size - data.length;
      client._partial = id ? PUBACK_HEADER + id : "-";
      return WAIT;
    }
  }
  let reasonCode = 0;
  try {
    if (size <= limit) {
      const payload = data.substr(start, size - start);
      client._taker = options;
      if (client._incoming) reasonCode = client._incoming(client, first, topic, payload);
      else if (options.onMessage) options.onMessage(topic, payload, first & 15);
      // The next one like it goes the short way, unless the connection has come to its end meanwhile.
      if (
        first === PUBLISH &&
        size < 128 &&
        client._taker &&
        client._taker.onMessage &&
        client._state === ONLINE
      ) {
        client._heard = data.substr(0, start);
        client._heardTopic = topic;
        client._heardSize = size;
      }
    }
  } finally {
    if (id && client._state === ONLINE) send(client, PUBACK_HEADER + id);
  }
  return reasonCode;
}

/** Takes the first packet off the stream. */
function take(client: Client): number {
  const data = client._partial;
  const limit = client._options.maximumPacketSize || MAXIMUM_PACKET_SIZE;
  const isPublish = data.charCodeAt(0) >> 4 === TYPE_PUBLISH;
  let position = 1;
  let digit = 128;
  let size = 0;
  client._heardSize = -1;
  for (; digit > 127 && position < 5; position++) {
    digit = data.charCodeAt(position);
    size += (digit & 127) << (7 * position - 7);
  }
  size += position;
  // A fifth byte, or more bytes than the length needs.
  if (digit > 127 || (position > 2 && digit === 0)) return MALFORMED_PACKET;
  // NaN: the length has not arrived.
  if (!(digit >= 0) || (size <= limit && size > data.length)) return WAIT;
  if (isPublish) return /*@__NOINLINE__*/ handlePublish(client, data, position + 2, size, limit);
  if (size > limit) return PACKET_TOO_LARGE;
  client._partial = data.substr(size);
  return /*@__NOINLINE__*/ handle(client, data.charCodeAt(0), data.substr(position, size - position));
}

/** The next piece of the stream, whatever it holds. */
export function receivedOther(client: Client, bytes: string): void {
  let reasonCode = 0;
  if (client._drain) {
    const drained = Math.min(client._drain, bytes.length);
    client._drain -= drained;
    if (client._drain) return;
    if (client._partial !== "-") send(client, client._partial);
    client._partial = bytes.substr(drained);
  } else client._partial += bytes;
  while (!reasonCode && client._partial && !client._drain) reasonCode = /*@__NOINLINE__*/ take(client);
  if (reasonCode > 0) abort(client, reasonCode);
}

/**
 * Link handler: the next piece of the stream, most often exactly one short packet: a message like the last one, or a
 * PUBACK. Never re-entered, because links report from the idle loop only. When a handler throws, what came behind its
 * message is taken by the next piece or tick.
 */
export function received(this: Client, bytes: string): void {
  this._receivedAgo = 0;
  if (
    this._inflight[0] &&
    !this._partial &&
    bytes === (this._inflight[0] as string).substr(0, ACKNOWLEDGEMENT)
  )
    acknowledged(this, this._inflight.shift() as string);
  // The engine also finds what only begins before its end, so the size must be known.
  else if (bytes.length === this._heardSize && !bytes.indexOf(this._heard))
    ((this._taker as Taker).onMessage as MessageHandler)(
      this._heardTopic,
      bytes.substr(this._heard.length),
      0,
    );
  else receivedOther(this, bytes);
}
