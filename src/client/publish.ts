/** Publishing. `publish` itself does only what a message of QoS 0 needs that can leave at once. */
import { PUBLISH, QOS_1, QOS_MASK, RETAIN } from "../codec/constants.ts";
import { bytesOf, writeHeader, writeText, writeU16 } from "../codec/fields.ts";
import { SEND_BUFFER } from "../limits.ts";
import { PROTOCOL_ERROR, QUOTA_EXCEEDED, TOPIC_NAME_INVALID } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { ONLINE, send } from "./client.ts";
import type { Client } from "./client.ts";
import { enqueue, nextPacketId } from "./session.ts";

/** Flag of `publish`, not of the packet: the message goes before all that waits. */
export const FIRST = 16;

/** What can be published; everything but strings and bytes is written as text, `undefined` and `null` as nothing. */
export type Payload = string | number | boolean | null | undefined | ArrayLike<number>;

/** Checks and encodes a topic once for as long as messages go to it; false when it is none. */
function prepare(client: Client, topic: string): boolean {
  if (!isTopicName(topic)) return false;
  client._topic = topic;
  client._topicField = writeText(topic);
  return true;
}

/** A payload that is no string, as one. */
function textOf(payload: Exclude<Payload, string>): string {
  if (payload === undefined || payload === null) return "";
  if ((payload as ArrayLike<number>).length === undefined) return "" + (payload as number);
  // The engine has no spread, and the socket would send the decimal digits of a typed array.
  // eslint-disable-next-line prefer-spread
  return bytesOf.apply(null, payload as number[]);
}

/** Everything but a message of QoS 0 that can leave at once. */
function publishQueued(client: Client, payload: string, flags: number): number {
  if ((flags & QOS_MASK) > QOS_1) return -PROTOCOL_ERROR;
  const packetId = flags & QOS_1 ? nextPacketId(client) : 0;
  const variable = packetId ? client._topicField + writeU16(packetId) : client._topicField;
  const packet =
    writeHeader(PUBLISH | (flags & (QOS_1 | RETAIN)), variable.length + payload.length) + variable + payload;
  return enqueue(client, packet, packetId, flags & FIRST) ? packetId : -QUOTA_EXCEEDED;
}

/**
 * Publishes a message, at once or as soon as the connection allows; `flags` of RETAIN, QOS_1 and FIRST.
 *
 * Returns 0 for QoS 0, the packet id (1…65535) that `onAcknowledge` or `onDrop` will name for QoS 1, or a negative reason
 * code when the message was refused: −0x90 topic name, −0x82 flags, −0x97 no room in the queue.
 */
export function publish(client: Client, topic: string, payload: Payload, flags: number): number {
  if (topic !== client._topic && !prepare(client, topic)) return -TOPIC_NAME_INVALID;
  if (typeof payload !== "string") payload = textOf(payload);
  if (
    flags > RETAIN ||
    client._state !== ONLINE ||
    client._pending >= SEND_BUFFER ||
    client._packets.length > client._inflight
  ) {
    return publishQueued(client, payload, flags);
  }
  client.counters.sent++;
  // Two writes leave in one segment, and the payload is never copied.
  send(client, writeHeader(PUBLISH | flags, client._topicField.length + payload.length) + client._topicField);
  send(client, payload);
  return 0;
}
