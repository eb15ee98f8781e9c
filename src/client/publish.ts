/** Publishing. `publish` itself does only what a short message of QoS 0 needs that can leave at once. */
import { PUBACK, PUBLISH, QOS_2, QOS_MASK, RETAIN } from "../codec/constants.ts";
import { bytesOf, writeHeader, writeText } from "../codec/fields.ts";
import { QOS_NOT_SUPPORTED, QUOTA_EXCEEDED, TOPIC_NAME_INVALID } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { MEMORY_RESERVE } from "../limits.ts";
import { drop } from "./client.ts";
import type { Client } from "./client.ts";
import { flush, makeRoom, nextPacketId } from "./queue.ts";

/** Flag of `publish`, not of the packet: the message goes before all that waits. */
export const FIRST = 16;

/** Where in the queue there is never a message. */
const BEHIND_ALL = 10000;

/**
 * What can be published: a byte string as it is, an array or typed array as the bytes in it (0…255), a number, true or false as
 * its text, `undefined` and `null` as an empty payload.
 */
export type Payload = string | number | boolean | null | undefined | ArrayLike<number>;

/** A payload that is no string, as one. */
function textOf(payload: Exclude<Payload, string>): string {
  let text = "";
  if (payload === undefined || payload === null) return text;
  const bytes = payload as ArrayLike<number>;
  if (!(bytes.length >= 0)) return text + (payload as number);
  // The engine has no spread and passes at most 256 arguments; the socket would send the digits of a typed array.
  for (let at = 0; at < bytes.length; at += 128) {
    // eslint-disable-next-line prefer-spread
    text += bytesOf.apply(null, [].slice.call(bytes, at, at + 128));
  }
  return text;
}

/** A message that differs from the last one, or does not find things as that did. */
function publishOther(client: Client, topic: string, given: Payload, flags: number): number {
  let payload = typeof given === "string" ? given : textOf(given);
  const memory = client._options.memory;
  const field = writeText(topic);
  if (field !== client._topicField) {
    if (!isTopicName(topic)) return -TOPIC_NAME_INVALID;
    client._topicField = field;
  }
  const qos = flags & QOS_MASK;
  const properties = client._prepare ? client._prepare(client, flags, field.length + payload.length) : "";
  if (qos > client._maximumQos) return -QOS_NOT_SUPPORTED;
  // A reason code. The engine compares no long text with a number, and a text is never below the empty one.
  if ((properties as string) < "") return properties as number;
  // Once for the packet, once for its way out.
  if (memory && memory() < MEMORY_RESERVE + payload.length / 4) {
    drop(client, QUOTA_EXCEEDED, 0, topic);
    return -QUOTA_EXCEEDED;
  }
  // The engine would copy it for nothing, too.
  if (properties) payload = properties + payload;
  const packetId = qos && nextPacketId(client);
  const id = packetId ? bytesOf(packetId >> 8, packetId & 255) : "";
  const head =
    writeHeader(PUBLISH | (flags & (QOS_MASK | RETAIN)), field.length + id.length + payload.length) + field;
  const canLeave =
    client._canSend &&
    !properties &&
    client._inflight.length < client._receiveMaximum &&
    (!client._waiting[0] || flags & FIRST);
  // Where memory is asked for, it is asked for each message.
  let isLikely = !memory && payload.length < 128 && !(flags >= QOS_2);
  if (packetId || !canLeave) {
    const entry = bytesOf(PUBACK, 2) + (id || "\0\0") + head + id + payload;
    if (!(/*@__NOINLINE__*/ makeRoom(client, entry, flags & FIRST))) return -QUOTA_EXCEEDED;
    // Who was told of a lost message may have ended the connection.
    if (!canLeave || !client._canSend) {
      client._waiting.splice(flags & FIRST ? client._unacknowledged : BEHIND_ALL, 0, entry);
      client._length = -1;
      if (properties) flush(client);
      return packetId;
    }
    client._entrySize = entry.length;
    if (client._inflight.push(entry) >= client._receiveMaximum || client._room < entry.length)
      isLikely = false;
  }
  // Two writes leave in one segment, and the payload is never copied. Not by `send`, which would be one more call on the stack.
  client._sentAgo = 0;
  client._link.write(head + id);
  client._canSend = client._link.write(payload);
  client._head = head;
  client._key = topic + flags;
  client._length = client._canSend && isLikely ? payload.length : -1;
  return packetId;
}

/** A message of QoS 1 like the last one. */
function publishQos1(client: Client, payload: string): number {
  const packetId = client._lastId < client._lastFreshId ? ++client._lastId : nextPacketId(client);
  const id = bytesOf(packetId >> 8, packetId & 255);
  const packet = client._head + id + payload;
  client._room -= client._entrySize;
  // PUBACK. Another one like it may not find room.
  if (
    client._inflight.push("\x40\x02" + id + packet) >= client._receiveMaximum ||
    client._room < client._entrySize
  )
    client._length = -1;
  if (!client._link.write(packet)) client._length = -1;
  return packetId;
}

/**
 * Publishes a message, at once or as soon as the connection allows. `topic` is a topic name, 1…65535 bytes of UTF-8 without
 * wildcards; `flags` is 0 or a sum of RETAIN, QOS_1 and FIRST, and QOS_2 after `enableQos2`.
 *
 * Returns 0 for QoS 0, the packet id (1…65535) that `onAcknowledge` or `onDrop` will name for QoS 1 and 2, or a negative reason
 * code when the message was refused: −0x90 topic name, −0x9B a QoS that is not there, −0x97 no room in the queue or in memory
 * (`onDrop` tells that, too).
 */
export function publish(client: Client, topic: string, payload: Payload, flags: number): number {
  // What is sent again and again differs in nothing but its payload: the engine reads all of this each time.
  return topic + flags === client._key && typeof payload === "string" && payload.length === client._length
    ? flags > RETAIN
      ? /*@__NOINLINE__*/ publishQos1(client, payload)
      : (client._link.write(client._head + payload) || (client._length = -1), 0)
    : /*@__NOINLINE__*/ publishOther(client, topic, payload, flags);
}
