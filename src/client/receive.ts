/**
 * The stream from the server: cut into packets whatever the pieces it comes in, each checked and acted on.
 * Nothing the server sends can throw, loop or grow a buffer past the limit; what breaks the protocol ends the connection.
 *
 * Functions here give 0, the reason code to disconnect with, or WAIT.
 */
import {
  CONNACK,
  DUP,
  PUBACK,
  PUBLISH,
  QOS_2,
  QOS_MASK,
  TYPE_AUTH,
  TYPE_CONNACK,
  TYPE_PINGRESP,
  TYPE_PUBACK,
  TYPE_PUBLISH,
} from "../codec/constants.ts";
import { bytesOf, readU16 } from "../codec/fields.ts";
import { MAXIMUM_PACKET_SIZE } from "../limits.ts";
import { MALFORMED_PACKET, PACKET_TOO_LARGE, PROTOCOL_ERROR, UNSPECIFIED_ERROR } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { abort, CONNECTING, drop, ONLINE, OPENING, send } from "./client.ts";
import type { Client, MessageHandler } from "./client.ts";
import { ACKNOWLEDGEMENT, flush } from "./queue.ts";

/** There is nothing to be done before more bytes have come. */
export const WAIT = -1;

/**
 * What the CONNACK return codes 1…5 (§3.2.2.3) add to UNSPECIFIED_ERROR to be reason codes: version, identifier,
 * unavailable, credentials, authorization. A string, because six numbers in an array would cost as many variables again.
 */
const REFUSALS = "045867";

/** The server has a message, whose `entry` is out of those in flight. */
export function acknowledged(client: Client, entry: string): void {
  client._room += entry.length;
  if (client._waiting[0]) flush(client);
  if (client._options.onAcknowledge) client._options.onAcknowledge(readU16(entry, 2));
}

/** Any packet but PUBLISH, whole. */
export function handle(client: Client, first: number, body: string): number {
  const type = first >> 4;
  let failure: unknown[] | undefined;
  // CONNACK and PUBACK, as PUBLISH is not seen here, have two bytes.
  if (first & 15 || (type >= TYPE_CONNACK && type <= TYPE_PUBACK && body.length !== 2))
    return MALFORMED_PACKET;
  if (type === TYPE_CONNACK) {
    const sessionPresent = body.charCodeAt(0);
    const returnCode = body.charCodeAt(1);
    if (sessionPresent > 1) return MALFORMED_PACKET;
    // A server must not report a session with a refusal [MQTT-3.2.2-4], nor one it was told to forget [MQTT-3.2.2-1].
    if (sessionPresent && (returnCode || client._options.clean !== false)) return PROTOCOL_ERROR;
    if (returnCode) return UNSPECIFIED_ERROR + +REFUSALS.charAt(returnCode);
    client._state = ONLINE;
    client._canSend = client.connected = true;
    client._timer = 0;
    if (client._wasOnline) client.reconnects++;
    client._wasOnline = true;
    // A server that knows nothing of earlier connections gets everything as new.
    client._unacknowledged *= sessionPresent;
    // Not by `finally`: the engine loses the error where that passes a `catch`, as links have.
    try {
      if (client._options.onConnect) client._options.onConnect(!!sessionPresent);
    } catch (error) {
      failure = [error];
    }
    flush(client);
    if (client._incoming) client._incoming(client, CONNACK | sessionPresent, "", "");
    if (failure) throw failure[0];
  } else if (type === TYPE_PUBACK) {
    // One for no message in flight is a late repetition and changes nothing.
    let index = 0;
    while (client._inflight[index] && (client._inflight[index] as string).substr(2, 2) !== body) index++;
    if (client._inflight[index]) acknowledged(client, client._inflight.splice(index, 1)[0] as string);
  } else if (type === TYPE_PINGRESP) return body ? MALFORMED_PACKET : 0;
  else return client._incoming ? client._incoming(client, first, body, "") : PROTOCOL_ERROR;
  return 0;
}

/**
 * PUBLISH (§3.3) at the beginning of `data`; its topic begins at `position`, and it ends at `size`. QoS 1 and 2 are
 * acknowledged after the handlers have returned. One that is larger than `limit` is acknowledged too: of what has come of it only what
 * precedes the payload is kept.
 */
export function handlePublish(
  client: Client,
  data: string,
  position: number,
  size: number,
  limit: number,
): number {
  const options = client._options;
  const first = data.charCodeAt(0);
  const skipped = client._skipped;
  const isLarge = size + skipped > limit;
  const end = position + readU16(data, position - 2);
  const qos = first & QOS_MASK;
  const start = end + (qos && 2);
  const topic = data.substr(position, end - position);
  const id = data.substr(end, start - end);
  let failure: unknown[] | undefined;
  // A QoS that was never granted or does not exist; DUP without one [MQTT-3.3.1-2].
  if (qos > client._maximumQos || (!qos && first & DUP)) return PROTOCOL_ERROR;
  if (isLarge && start >= limit) return PACKET_TOO_LARGE;
  // NaN: the topic's length is missing.
  if (!(start <= size) || id === "\0\0" || !isTopicName(topic)) return MALFORMED_PACKET;
  const isWhole = size <= data.length;
  client._skipped = isWhole ? 0 : skipped + data.length - start;
  if (!isWhole) client._partial = data.substr(0, start);
  try {
    if (isLarge) {
      // At its beginning: its end may take long, or never come.
      if (!skipped && !client._isTaken) drop(client, PACKET_TOO_LARGE, 0, topic);
    } else {
      const payload = data.substr(start, size - start);
      // The next one like it goes the short way, unless a handler has it otherwise.
      if (first === PUBLISH && size < 128) {
        client._heard = data.substr(0, start);
        client._heardTopic = topic;
        client._heardSize = size;
      }
      client._taker = options;
      if (client._incoming) client._incoming(client, first, topic, payload);
      else if (options.onMessage) options.onMessage(topic, payload, first & 15);
      else client._heardSize = -1;
    }
  } catch (error) {
    failure = [error];
    client._heardSize = -1;
  }
  if (isWhole && id && client._state === ONLINE) send(client, bytesOf(PUBACK + (first & QOS_2) * 4, 2) + id);
  if (failure) throw failure[0];
  return isWhole ? 0 : WAIT;
}

/** The next piece of the stream, whatever it holds; none that comes after the end was decided. */
export function receivedOther(client: Client, bytes: string): void {
  const limit = client._options.maximumPacketSize || MAXIMUM_PACKET_SIZE;
  let reasonCode = 0;
  if (client._state > OPENING) client._partial += bytes;
  while (!reasonCode && client._partial && client._state > OPENING) {
    const data = client._partial;
    const first = data.charCodeAt(0);
    const type = first >> 4;
    let position = 1;
    let digit = 128;
    let size = -client._skipped;
    client._heardSize = -1;
    for (; digit > 127 && position < 5; position++) {
      digit = data.charCodeAt(position);
      size += (digit & 127) << (7 * position - 7);
    }
    size += position;
    reasonCode =
      // A fifth byte, or more bytes than the length needs.
      digit > 127 || (position > 2 && digit < 1)
        ? MALFORMED_PACKET
        : type !== TYPE_PUBLISH && size > limit
          ? PACKET_TOO_LARGE
          : // What is too large is taken as far as fits. A length that is not there yet lies behind the data, as `position` does.
            data.length < Math.min(size, limit)
            ? WAIT
            : // CONNACK comes first and only once [MQTT-3.2.0-1]; AUTH of MQTT 5.0 may precede it.
              type < TYPE_AUTH && (type === TYPE_CONNACK) !== (client._state === CONNECTING)
              ? PROTOCOL_ERROR
              : 0;
    if (!reasonCode) {
      client._partial = data.substr(size);
      reasonCode =
        type === TYPE_PUBLISH
          ? client._handlePublish(client, data, position + 2, size, limit)
          : client._handle(client, first, data.substr(position, size - position));
    }
  }
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
    (this._taker.onMessage as MessageHandler)(this._heardTopic, bytes.substr(this._heard.length), 0);
  else receivedOther(this, bytes);
}
