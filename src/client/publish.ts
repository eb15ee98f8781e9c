/** Publishing: the hot path of a sensor node. */
import { QOS_1, QOS_MASK } from "../codec/constants.ts";
import { encodePublishHead } from "../codec/encode.ts";
import { writeText } from "../codec/fields.ts";
import { PROTOCOL_ERROR, QUOTA_EXCEEDED, TOPIC_NAME_INVALID } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { send } from "./client.ts";
import type { Client } from "./client.ts";
import { enqueue, isIdle, nextPacketId } from "./session.ts";

/** Flag of `publish`, not of the packet: the message goes before all that waits. */
export const FIRST = 16;

/** What can be published; everything but strings and bytes is written as text, `undefined` and `null` as nothing. */
export type Payload = string | number | boolean | null | undefined | ArrayLike<number>;

/** Any payload as a byte string. Typed arrays and arrays are bytes; the socket would send their decimal digits. */
function bytesOf(payload: Payload): string {
  if (payload === undefined || payload === null) return "";
  const length = (payload as ArrayLike<number>).length;
  return length === undefined
    ? "" + (payload as number)
    : String.fromCharCode.apply(null, payload as number[]);
}

/** Checks and encodes a topic, and keeps both for the next message to it. */
function prepare(client: Client, topic: string): boolean {
  if (!isTopicName(topic)) return false;
  client._topic = topic;
  client._topicField = writeText(topic);
  return true;
}

/**
 * Publishes a message, at once or as soon as the connection allows; `flags` of RETAIN, QOS_1 and FIRST.
 *
 * Returns 0 for QoS 0, the packet id (1…65535) that `onAcknowledge` or `onDrop` will name for QoS 1, or a negative reason
 * code when the message was refused: −0x90 topic name, −0x82 flags, −0x97 no room in the queue.
 */
export function publish(client: Client, topic: string, payload: Payload, flags: number): number {
  if (topic !== client._topic && !prepare(client, topic)) return -TOPIC_NAME_INVALID;
  const bytes = typeof payload === "string" ? payload : bytesOf(payload);
  const qos = flags & QOS_MASK;
  if (qos > QOS_1) return -PROTOCOL_ERROR;
  const packetId = qos ? nextPacketId(client) : 0;
  const head = encodePublishHead(flags & 7, client._topicField, packetId, bytes.length);
  if (qos || !isIdle(client)) {
    return enqueue(client, head + bytes, packetId, !!(flags & FIRST)) ? packetId : -QUOTA_EXCEEDED;
  }
  // Two writes leave in one segment, and the payload is never copied.
  client.counters.sent++;
  send(client, head);
  send(client, bytes);
  return 0;
}
