/** Publishing. `publish` itself does only what a short message of QoS 0 needs that can leave at once. */
import { PUBACK, PUBLISH, QOS_1, QOS_2, RETAIN } from "../codec/constants.ts";
import { bytesOf, writeHeader, writeText } from "../codec/fields.ts";
import { PROTOCOL_ERROR, QUOTA_EXCEEDED, TOPIC_NAME_INVALID } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { ONLINE, send } from "./client.ts";
import type { Client } from "./client.ts";
import { ACKNOWLEDGEMENT, makeRoom, nextPacketId } from "./queue.ts";

/** Flag of `publish`, not of the packet: the message goes before all that waits. */
export const FIRST = 16;

/** What can be published; everything but strings and bytes is written as text, `undefined` and `null` as nothing. */
export type Payload = string | number | boolean | null | undefined | ArrayLike<number>;

/** A payload that is no string, as one. */
function textOf(payload: Payload): string {
  if (typeof payload === "string") return payload;
  if (payload === undefined || payload === null) return "";
  if ((payload as ArrayLike<number>).length === undefined) return "" + (payload as number);
  // The engine has no spread, and the socket would send the decimal digits of a typed array.
  // eslint-disable-next-line prefer-spread
  return bytesOf.apply(null, payload as number[]);
}

/** Any message to the topic that was checked last: kept until it can leave, and with QoS 1 until it is acknowledged. */
function enqueue(client: Client, given: Payload, flags: number): number {
  const payload = textOf(given);
  const packetId = flags & QOS_1 ? nextPacketId(client) : 0;
  const id = packetId ? bytesOf(packetId >> 8, packetId & 255) : "";
  const header =
    writeHeader(PUBLISH | (flags & (QOS_1 | RETAIN)), client._topicSize + id.length + payload.length) +
    client._topicField +
    id;
  // What goes first does so at once.
  const canLeave =
    (client._room > 0 || (flags & FIRST && client._state === ONLINE)) &&
    client._inflight.length < client._receiveMaximum;
  if (packetId || !canLeave) {
    const entry = (packetId ? bytesOf(PUBACK, 2) + id : "\0\0\0\0") + header + payload;
    client._bytes += entry.length;
    if (
      (client._bytes > client._queueBytes ||
        client._waiting.length + client._inflight.length >= client._queueLimit) &&
      !(/*@__NOINLINE__*/ makeRoom(client, entry, flags & FIRST))
    ) {
      return -QUOTA_EXCEEDED;
    }
    if (!canLeave) {
      client._waiting.splice(flags & FIRST ? client._unacknowledged : client._waiting.length, 0, entry);
      client._room = 0;
      return packetId;
    }
    client._inflight.push(entry);
  }
  // Two writes leave in one segment, and the payload is never copied.
  client._room -= 1 + (payload.length >> 7);
  client._link.write(header);
  client._link.write(payload);
  return packetId;
}

/** A short message of QoS 1 that can leave at once, when nothing else is kept: what a node does most. */
function publishQos1(client: Client, payload: string, flags: number): number {
  const packetId = nextPacketId(client);
  const id = bytesOf(packetId >> 8, packetId & 255);
  const packet =
    bytesOf(PUBLISH | flags, client._topicSize + 2 + payload.length) + client._topicField + id + payload;
  client._inflight.push(bytesOf(PUBACK, 2) + id + packet);
  client._bytes = packet.length + ACKNOWLEDGEMENT;
  send(client, packet);
  return packetId;
}

/** Everything but a short message of QoS 0, to the topic of the last one, that can leave at once. */
function publishOther(client: Client, topic: string, payload: Payload, flags: number): number {
  client._room++;
  if (topic !== client._topic) {
    if (!isTopicName(topic)) return -TOPIC_NAME_INVALID;
    client._topic = topic;
    client._topicField = writeText(topic);
    client._topicSize = client._topicField.length;
    return publish(client, topic, payload, flags);
  }
  if (flags & QOS_2) return -PROTOCOL_ERROR;
  return flags & QOS_1 &&
    client._room > 0 &&
    !client._bytes &&
    typeof payload === "string" &&
    payload.length < 126 - client._topicSize
    ? /*@__NOINLINE__*/ publishQos1(client, payload, flags & (QOS_1 | RETAIN))
    : /*@__NOINLINE__*/ enqueue(client, payload, flags);
}

/**
 * Publishes a message, at once or as soon as the connection allows; `flags` of RETAIN, QOS_1 and FIRST.
 *
 * Returns 0 for QoS 0, the packet id (1…65535) that `onAcknowledge` or `onDrop` will name for QoS 1, or a negative reason
 * code when the message was refused: −0x90 topic name, −0x82 flags, −0x97 no room in the queue.
 */
export function publish(client: Client, topic: string, payload: Payload, flags: number): number;
// `length` is the function's own: a parameter costs the engine less than a variable.
export function publish(
  client: Client,
  topic: string,
  payload: Payload,
  flags: number,
  length?: number,
): number {
  return client._room-- > 0 &&
    topic === client._topic &&
    flags <= RETAIN &&
    typeof payload === "string" &&
    (length = client._topicSize + payload.length) < 128
    ? (client._link.write(bytesOf(PUBLISH | flags, length) + client._topicField + payload), 0)
    : /*@__NOINLINE__*/ publishOther(client, topic, payload, flags);
}
