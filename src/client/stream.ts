/**
 * Publishing a message that is larger than memory: its length is declared first, and its pieces are asked for as the link
 * takes them (MQTT 3.1.1 §3.3). In the queue stands only what precedes the payload.
 */
import { PUBACK, PUBLISH, QOS_MASK, RETAIN } from "../codec/constants.ts";
import { bytesOf, writeHeader, writeText } from "../codec/fields.ts";
import { SEND_BUFFER } from "../limits.ts";
import type { Address, Link, LinkHandlers } from "../link.ts";
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
import type { Client } from "./client.ts";
import { ACKNOWLEDGEMENT, flush, makeRoom, nextPacketId } from "./queue.ts";

/** Gives 1…`room` bytes of the payload from `offset` on; `room` is at most 536. Asked again from 0 when the message has to be sent again. */
export type PieceSource = (offset: number, room: number) => string;

/** The message under way. */
export interface Stream {
  _topic: string;
  /** What precedes the payload, but for the first byte, in which DUP may be set. */
  _head: string;
  _length: number;
  _source: PieceSource;
  /** Bytes of the payload that were written; −1 while it waits or is written whole. */
  _offset: number;
}

/** The link with a stream in front of it. */
interface StreamLink extends Link {
  _client: StreamClient;
  _within: Link;
}

type StreamClient = Client & {
  _stream?: Stream | undefined;
  /** Packets that must wait until the message is written. */
  _held: string;
  _streamLink: StreamLink;
  _drained: () => void;
  _closed: (reasonCode: number) => void;
};

/** Where a payload's bytes go: past what looks at packets. */
function rawLink(client: StreamClient): Link {
  return client._linkWithin || client._streamLink._within;
}

/** Writes pieces until the link is full or there are no more; tells whether other packets may follow. */
function pump(client: StreamClient): boolean {
  const stream = client._stream as Stream;
  const raw = rawLink(client);
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
    client._sentAgo = client._receivedAgo = 0;
    isFull = !raw.write(piece);
    if (isFull && stream._offset < stream._length) return false;
  }
  // With the last piece on the link other packets may follow, even where they fill it more.
  stream._offset = -1;
  const held = client._held;
  client._held = "";
  return (!held || raw.write(held)) && !isFull;
}

function isUnderWay(client: StreamClient): boolean {
  return !!client._stream && client._stream._offset >= 0;
}

function open(this: StreamLink, address: Address, handlers: LinkHandlers): void {
  this._within.open(address, handlers);
}

function write(this: StreamLink, bytes: string): boolean {
  const client = this._client;
  const stream = client._stream;
  if (isUnderWay(client)) {
    client._held += bytes;
    if (client._held.length > SEND_BUFFER) abort(client, QUOTA_EXCEEDED);
    return false;
  }
  const isFull = !this._within.write(bytes);
  if (!stream || bytes.substr(1) !== stream._head) return !isFull;
  client._length = -1;
  stream._offset = 0;
  return !isFull && pump(client);
}

function close(this: StreamLink): void {
  // In the middle of a payload no word would be understood.
  if (isUnderWay(this._client)) rawLink(this._client).close();
  else this._within.close();
}

/** Link handler: there is room again. */
function drained(this: Client): void {
  const client = this as StreamClient;
  if (!isUnderWay(client) || pump(client)) client._drained();
}

/** Link handler: the link has ended. */
function closed(this: Client, reasonCode: number): void {
  const client = this as StreamClient;
  const stream = client._stream;
  const isCut = isUnderWay(client);
  client._held = "";
  if (stream) stream._offset = -1;
  client._closed(reasonCode);
  // One with an acknowledgement due is in the queue, and begins anew.
  if (stream && isCut && !isQueued(client, stream)) {
    client._stream = undefined;
    drop(client, CONNECTION_LOST, 0, stream._topic);
  }
}

function isQueued(client: Client, stream: Stream): boolean {
  return client._inflight
    .concat(client._waiting)
    .some((entry) => entry.substr(ACKNOWLEDGEMENT + 1) === stream._head);
}

/**
 * Lets `client` use `publishPieces`: call it once, before `connect`, and after `enableVersion5` where that is used.
 */
export function enableStreaming(client: Client): void {
  const self = client as StreamClient;
  self._held = "";
  self._drained = client.onDrain;
  self._closed = client.onClose;
  self._streamLink = { open, write, close, _client: self, _within: client._link };
  client._link = self._streamLink;
  client.onDrain = drained;
  client.onClose = closed;
}

/**
 * Publishes `length` bytes (0…268 435 455 with all that precedes them) that `source` gives piece by piece, `flags` of RETAIN, QOS_1 and
 * QOS_2. Other packets wait meanwhile; so does everything while `source` takes its time, which it should not.
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
  const self = client as StreamClient;
  const field = writeText(topic);
  const qos = flags & QOS_MASK;
  const properties = client._prepare ? client._prepare(client, flags, field.length + length) : "";
  if (!isTopicName(topic)) return -TOPIC_NAME_INVALID;
  if (qos > client._maximumQos) return -QOS_NOT_SUPPORTED;
  // A reason code, as in publish.ts.
  if ((properties as string) < "") return properties as number;
  if (isUnderWay(self) || (self._stream && isQueued(client, self._stream))) return -QUOTA_EXCEEDED;
  const packetId = qos && nextPacketId(client);
  const id = bytesOf(packetId >> 8, packetId & 255);
  const before = field + (qos ? id : "") + properties;
  if (!(length >= 0 && before.length + length < 268435456)) return -PACKET_TOO_LARGE;
  const head = writeHeader(PUBLISH | (flags & (QOS_MASK | RETAIN)), before.length + length) + before;
  const entry = bytesOf(PUBACK, 2) + id + head;
  if (!makeRoom(client, entry, 0)) return -QUOTA_EXCEEDED;
  self._stream = { _topic: topic, _head: head.substr(1), _length: length, _source: source, _offset: -1 };
  client._waiting.push(entry);
  client._length = -1;
  flush(client);
  return packetId;
}
