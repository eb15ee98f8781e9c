/**
 * Publishing a message that is larger than memory: its length is declared first, and its pieces are asked for as the link
 * takes them (MQTT 3.1.1 §3.3). In the queue stands only what precedes the payload.
 */
import { PUBACK, PUBLISH, QOS_MASK, RETAIN } from "../codec/constants.ts";
import { bytesOf, writeHeader, writeText } from "../codec/fields.ts";
import { SEND_BUFFER } from "../limits.ts";
import {
  CONNECTION_LOST,
  IMPLEMENTATION_SPECIFIC_ERROR,
  PACKET_TOO_LARGE,
  QOS_NOT_SUPPORTED,
  QUOTA_EXCEEDED,
  TOPIC_NAME_INVALID,
} from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { abort, drop, ONLINE } from "./client.ts";
import type { Client, Part, Stream } from "./client.ts";
import { ACKNOWLEDGEMENT, flush, makeRoom, nextPacketId } from "./queue.ts";

/**
 * Returns 1…`room` bytes of the payload from `offset` on; `room` is at most 536. Asked again from 0 when
 * the message has to be sent again.
 */
export type PieceSource = (offset: number, room: number) => string;

/** A client that streams, and packets that must wait until the message is written. */
type StreamClient = Client & { _held: string };

/** Writes pieces until the link is full or there are no more; returns whether other packets may follow. */
function pump(client: StreamClient): boolean {
  const stream = client._stream as Stream;
  let isFull = false;
  while (stream._offset < stream._length) {
    const room = Math.min(SEND_BUFFER, stream._length - stream._offset);
    const piece = stream._source(stream._offset, room);
    // Who was asked may have ended the connection.
    if (client._state !== ONLINE) return false;
    if (!piece || piece.length > room) {
      abort(client, IMPLEMENTATION_SPECIFIC_ERROR);
      return false;
    }
    stream._offset += piece.length;
    // That the network takes bytes is a sign of life.
    client._sentAt = client._receivedAt = client._now;
    isFull = !client._link.write(piece);
    if (isFull && stream._offset < stream._length) return false;
  }
  // With the last piece on the link other packets may follow, even where they fill it more.
  stream._offset = -1;
  client._hold = undefined;
  const held = client._held;
  client._held = "";
  return (!held || client._link.write(held)) && !isFull;
}

/** Keeps a packet until the message under way is written; false, as nothing may follow. */
function hold(client: Client, bytes: string): boolean {
  const self = client as StreamClient;
  self._held += bytes;
  if (self._held.length > SEND_BUFFER) abort(client, QUOTA_EXCEEDED);
  return false;
}

/** Begins the message under way behind `packet`, if that is its head. */
function pour(client: Client, packet: string): void {
  const stream = client._stream;
  if (!stream || packet.substr(1) !== stream._head) return;
  stream._offset = 0;
  client._hold = hold;
  if (client._canSend) client._canSend = pump(client as StreamClient);
}

/** The link has room again: goes on with the message under way. True when other packets may follow. */
function resume(client: Client): boolean {
  return !client._hold || pump(client as StreamClient);
}

/** Is the head of this message in the queue? */
function isQueued(client: Client, stream: Stream): boolean {
  return client._inflight
    .concat(client._waiting)
    .some((entry) => entry.substr(ACKNOWLEDGEMENT + 1) === stream._head);
}

/** The link has ended. A message with an acknowledgement due is in the queue, and begins anew. */
function cut(client: Client): void {
  const stream = client._stream;
  const isCut = client._hold;
  (client as StreamClient)._held = "";
  client._hold = undefined;
  if (stream) stream._offset = -1;
  if (stream && isCut && !isQueued(client, stream)) {
    client._stream = undefined;
    drop(client, CONNECTION_LOST, 0, stream._topic);
  }
}

/** Publishes messages that are larger than memory: `publishPieces`. */
export const streaming: Part = function (client) {
  (client as StreamClient)._held = "";
  client._pour = pour;
  client._resume = resume;
  client._cut = cut;
};

/**
 * Publishes `length` bytes (0…268 435 455 with all that precedes them) that `source` returns piece by
 * piece, `flags` of RETAIN, QOS_1 and QOS_2; for a client with the part `streaming`. Other packets wait
 * meanwhile; so does everything while `source` takes its time, which it should not.
 *
 * One at a time. With an acknowledgement due, `source` is asked again from offset 0 after a reconnect, so it must be able to;
 * at QoS 0 a message that is cut off is reported to `onDrop` with 0xC3. A piece that is empty or longer than asked for ends the
 * connection with 0x83.
 *
 * Returns what `publish` returns; −0x97 also while another is not done, −0x95 when it is too long.
 */
export function publishPieces(
  client: Client,
  topic: string,
  length: number,
  flags: number,
  source: PieceSource,
): number {
  const stream = client._stream;
  const field = writeText(topic);
  const qos = flags & QOS_MASK;
  const properties = client._prepare ? client._prepare(client, flags, field.length + length) : "";
  if (!isTopicName(topic, false)) return -TOPIC_NAME_INVALID;
  if (qos > client._maximumQos) return -QOS_NOT_SUPPORTED;
  // A reason code, as in publish.ts.
  if ((properties as string) < "") return properties as number;
  if (stream && (client._hold || isQueued(client, stream))) return -QUOTA_EXCEEDED;
  const packetId = qos && nextPacketId(client);
  const id = bytesOf(packetId >> 8, packetId & 255);
  const before = field + (qos ? id : "") + properties;
  if (!(length >= 0 && before.length + length < 268435456)) return -PACKET_TOO_LARGE;
  const head = writeHeader(PUBLISH | (flags & (QOS_MASK | RETAIN)), before.length + length) + before;
  const entry = bytesOf(PUBACK, 2) + id + head;
  if (!makeRoom(client, entry, 0)) return -QUOTA_EXCEEDED;
  client._stream = { _topic: topic, _head: head.substr(1), _length: length, _source: source, _offset: -1 };
  client._waiting.push(entry);
  client._quick = -1;
  flush(client);
  return packetId;
}
