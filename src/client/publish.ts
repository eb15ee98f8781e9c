/** Publishing. `publish` itself does only what a short message to a topic known needs that can leave at once. */
import { PUBACK, PUBLISH, QOS_1, QOS_MASK, RETAIN } from "../codec/constants.ts";
import { bytesOf, writeHeader, writeText } from "../codec/fields.ts";
import { MEMORY_PLENTY, MEMORY_RESERVE, SHORT_PACKET, TOPICS } from "../limits.ts";
import { QOS_NOT_SUPPORTED, QUOTA_EXCEEDED, TOPIC_NAME_INVALID } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { drop } from "./client.ts";
import type { Client } from "./client.ts";
import { ACKNOWLEDGEMENT, flush, makeRoom, nextPacketId } from "./queue.ts";

/** Flag of `publish`, not of the packet: the message goes before all that waits. */
export const FIRST = 16;

/** Where in the queue there is never a message. */
const BEHIND_ALL = 10000;
/** Bytes of topic and payload of a short message: beside them are header, topic length, packet id and no properties. */
const SHORT_MESSAGE = SHORT_PACKET - 7;

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

/** May a message leave at once the short way, for the rest of this second? Memory is asked for here, and not for each message. */
function hurry(client: Client, flags: number): boolean {
  const memory = client._options.memory;
  if (
    client._canSend &&
    !client._waiting[0] &&
    !client._isLimited &&
    client._inflight.length < client._receiveMaximum &&
    client._room > SHORT_PACKET + ACKNOWLEDGEMENT &&
    !(memory && memory() < MEMORY_PLENTY)
  )
    client._quick = QOS_1 | RETAIN;
  return flags <= client._quick;
}

/** Notes that the link is full, and returns 0. */
function full(client: Client): number {
  client._canSend = false;
  client._quick = -1;
  return 0;
}

/** Sends a short message of QoS 1 that need not wait. */
function publishQos1(client: Client, topic: string, payload: string, flags: number): number {
  const packetId = client._lastId < client._lastFreshId ? ++client._lastId : nextPacketId(client);
  const id = bytesOf(packetId >> 8, packetId & 255);
  const body = topic + id + (client._gap || "") + payload;
  const packet = bytesOf(PUBLISH | flags, body.length + 2, 0, topic.length) + body;
  client._sentAt = client._now;
  client._room -= packet.length + ACKNOWLEDGEMENT;
  // PUBACK. Another one like it may find no room.
  if (
    client._inflight.push("\x40\x02" + id + packet) >= client._receiveMaximum ||
    client._room < SHORT_PACKET + ACKNOWLEDGEMENT
  )
    client._quick = -1;
  if (!client._link.write(packet)) full(client);
  return packetId;
}

/** Takes the room for a message of this head and sends it, or lets it wait; returns its packet id, or a negative reason code. */
function leave(client: Client, head: string, payload: string, packetId: number, flags: number): number {
  const canLeave =
    client._canSend &&
    !client._alias &&
    !client._age &&
    client._inflight.length < client._receiveMaximum &&
    (!client._waiting[0] || flags & FIRST);
  if (packetId || !canLeave) {
    const entry = bytesOf(PUBACK, 2, packetId >> 8, packetId & 255) + head + payload;
    if (!(/*@__NOINLINE__*/ makeRoom(client, entry, flags & FIRST))) return -QUOTA_EXCEEDED;
    // Who was told of a lost message may have ended the connection.
    if (!canLeave || !client._canSend) {
      client._waiting.splice(flags & FIRST ? client._unacknowledged : BEHIND_ALL, 0, entry);
      client._quick = -1;
      flush(client);
      return packetId;
    }
    client._inflight.push(entry);
  }
  // Two writes leave in one segment, and the payload is never copied. Not by `send`, which would be one more call on the stack.
  client._sentAt = client._now;
  client._link.write(head);
  client._canSend = client._link.write(payload);
  client._quick = -1;
  return packetId;
}

/** Publishes any message, the long way. */
export function publishOther(client: Client, topic: string, given: Payload, flags: number): number {
  const payload = typeof given === "string" ? given : textOf(given);
  const memory = client._options.memory;
  const qos = flags & QOS_MASK;
  if (client._topics.indexOf(topic) < 0) {
    if (!isTopicName(topic, false)) return -TOPIC_NAME_INVALID;
    if (client._topics.push(topic) > TOPICS) client._topics.shift();
  }
  const properties = client._prepare ? client._prepare(client, flags, topic.length + 2 + payload.length) : "";
  if (qos > client._maximumQos) return -QOS_NOT_SUPPORTED;
  // A reason code. The engine compares no long text with a number, and a text is never below the empty one.
  if ((properties as string) < "") return properties as number;
  // Once for the packet, once for its way out.
  if (memory && memory() < MEMORY_RESERVE + payload.length / 4) {
    drop(client, QUOTA_EXCEEDED, 0, topic);
    return -QUOTA_EXCEEDED;
  }
  const packetId = qos && nextPacketId(client);
  const before =
    writeText(topic) + (qos ? bytesOf(packetId >> 8, packetId & 255) : "") + (properties as string);
  const head = writeHeader(PUBLISH | (flags & (QOS_MASK | RETAIN)), before.length + payload.length) + before;
  return leave(client, head, payload, packetId, flags);
}

/**
 * Publishes a message, at once or as soon as the connection allows. `topic` is a topic name, 1…65535 bytes of UTF-8 without
 * wildcards and control characters; `flags` is 0 or a sum of RETAIN, QOS_1 and FIRST, and QOS_2 with the part `qos2`.
 *
 * Returns 0 for QoS 0, the packet id (1…65535) that `onAcknowledge` or `onDrop` will name for QoS 1 and 2, or a negative reason
 * code when the message was refused: −0x90 topic name, −0x9B a QoS that is not there, −0x97 no room in the queue or in memory
 * (`onDrop` reports that, too).
 */
export function publish(client: Client, topic: string, payload: Payload, flags: number): number {
  // The engine reads all of this for each message; what is rare stands elsewhere.
  return (flags <= client._quick || (client._quick < 0 && /*@__NOINLINE__*/ hurry(client, flags))) &&
    typeof payload === "string" &&
    topic.length + payload.length <= SHORT_MESSAGE &&
    client._topics.indexOf(topic) >= 0
    ? flags > RETAIN
      ? /*@__NOINLINE__*/ publishQos1(client, topic, payload, flags)
      : client._link.write(
            bytesOf(
              PUBLISH | flags,
              (client._gap || "").length + topic.length + payload.length + 2,
              0,
              topic.length,
            ) +
              topic +
              (client._gap || "") +
              payload,
          )
        ? 0
        : full(client)
    : /*@__NOINLINE__*/ publishOther(client, topic, payload, flags);
}
