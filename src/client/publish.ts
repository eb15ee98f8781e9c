/** Publishing: the hot path of a sensor node, and so one straight function. */
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

/**
 * Publishes a message, at once or as soon as the connection allows; `flags` of RETAIN, QOS_1 and FIRST.
 *
 * Returns 0 for QoS 0, the packet id (1…65535) that `onAcknowledge` or `onDrop` will name for QoS 1, or a negative reason
 * code when the message was refused: −0x90 topic name, −0x82 flags, −0x97 no room in the queue.
 */
export function publish(client: Client, topic: string, payload: Payload, flags: number): number {
  if (topic !== client._topic) {
    if (!isTopicName(topic)) return -TOPIC_NAME_INVALID;
    // Checked and encoded once for as long as messages go to the same topic.
    client._topic = topic;
    client._topicField = writeText(topic);
  }
  if (typeof payload !== "string") {
    if (payload === undefined || payload === null) payload = "";
    else if ((payload as ArrayLike<number>).length === undefined) payload = "" + (payload as number);
    // The engine has no spread, and the socket would send the decimal digits of a typed array.
    // eslint-disable-next-line prefer-spread
    else payload = bytesOf.apply(null, payload as number[]) as string;
  }
  if ((flags & QOS_MASK) > QOS_1) return -PROTOCOL_ERROR;
  let packetId = 0;
  let head = client._topicField;
  if (flags & QOS_1) {
    packetId = nextPacketId(client);
    head += writeU16(packetId);
  }
  head = writeHeader(PUBLISH | (flags & (QOS_1 | RETAIN)), head.length + payload.length) + head;
  if (
    packetId ||
    client._state !== ONLINE ||
    client._pending >= SEND_BUFFER ||
    client._packets.length > client._inflight
  ) {
    return enqueue(client, head + payload, packetId, !!(flags & FIRST)) ? packetId : -QUOTA_EXCEEDED;
  }
  // Two writes leave in one segment, and the payload is never copied.
  client.counters.sent++;
  send(client, head);
  send(client, payload);
  return 0;
}
