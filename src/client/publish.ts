/**
 * Publishing. `publish` itself does only what a short message to a topic known needs that can leave at
 * once.
 */
import { PUBACK, PUBLISH, QOS_1, QOS_MASK, RETAIN } from "../codec/constants.ts";
import { bytesOf, writeHeader, writeText } from "../codec/fields.ts";
import { MEMORY_PLENTY, MEMORY_RESERVE, SHORT_PACKET, TOPICS } from "../limits.ts";
import { QOS_NOT_SUPPORTED, QUOTA_EXCEEDED, TOPIC_NAME_INVALID } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { drop } from "./client.ts";
import type { Client } from "./client.ts";
import { ACKNOWLEDGEMENT, flush, makeRoom, nextPacketId } from "./queue.ts";

/** Flag of `publish`, not of the packet: the message goes before all that waits for its first time. */
export const FIRST = 16;

/** Where in the queue there is never a message. */
const BEHIND_ALL = 10000;
/**
 * Bytes of topic and payload of a short message: beside them are header, topic length, packet id and no
 * properties.
 */
const SHORT_MESSAGE = SHORT_PACKET - 7;

/**
 * What can be published: a byte string as it is, an array or typed array as the bytes in it (0…255), a number, true or false as
 * its text, `undefined` and `null` as an empty payload.
 */
export type Payload = string | number | boolean | null | undefined | ArrayLike<number>;

/** A payload that is no string, as one. */
function textOf(payload: Exclude<Payload, string>): string {
  let text = "";
  if (payload !== undefined && payload !== null) {
    const bytes = payload as ArrayLike<number>;
    // The engine has no spread and passes at most 256 arguments; the socket would send the digits of a
    // typed array.
    for (let at = 0; at < bytes.length; at += 128) {
      // eslint-disable-next-line prefer-spread
      text += bytesOf.apply(null, [].slice.call(bytes, at, at + 128));
    }
    if (!(bytes.length >= 0)) text += payload as number;
  }
  return text;
}

/** Notes that the link is full, and returns 0. */
/*@__TOGETHER__ seldom*/
function full(client: Client): number {
  client._quick = -1;
  client._canSend = false;
  return 0;
}

/** Sends a short message of QoS 1 that need not wait. */
function publishQos1(client: Client, topic: string, payload: string, flags: number): number {
  const packetId = client._lastId < client._lastFreshId ? ++client._lastId : nextPacketId(client);
  const id = bytesOf(packetId >> 8, packetId & 255);
  const body = topic + id + (client._gap ? client._gap + payload : payload);
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

/**
 * Sends `packet` at once, or puts its entry in its place in the queue; and looks whether the next may go
 * the short way. Neither by `flush` nor by `send`, where it can leave: each would be one more call on the
 * stack.
 */
function enqueue(client: Client, packet: string, packetId: number, first: number, free: number): number {
  const entry = bytesOf(PUBACK, 2, packetId >> 8, packetId & 255) + packet;
  const isFree =
    client._canSend &&
    !client._waiting[0] &&
    client._inflight.length < client._receiveMaximum &&
    !client._alias &&
    !client._age;
  let hasRoom = true;
  if (packetId || !isFree) hasRoom = /*@__SPLICE__*/ makeRoom(client, entry, first);
  if (!hasRoom) return -QUOTA_EXCEEDED;
  client._quick = -1;
  // Who was told of a lost message may have ended the connection.
  if (!isFree || !client._canSend) {
    client._waiting.splice(first ? client._unacknowledged : BEHIND_ALL, 0, entry);
    flush(client);
    return packetId;
  }
  if (packetId) client._inflight.push(entry);
  client._sentAt = client._now;
  // A variable, without which the build would make one expression of all this, and calls from inside it
  // take more stack.
  const canSend = client._link.write(packet);
  client._canSend = canSend;
  if (
    canSend &&
    client._inflight.length < client._receiveMaximum &&
    !client._isLimited &&
    free >= MEMORY_PLENTY &&
    client._room > SHORT_PACKET + ACKNOWLEDGEMENT
  )
    client._quick = QOS_1 | RETAIN;
  return packetId;
}

/** Publishes any message, the long way. */
export function publishOther(client: Client, topic: string, given: Payload, flags: number): number {
  const memory = client._options.memory;
  const free = memory ? memory() : Infinity;
  const qos = flags & QOS_MASK;
  let payload = given as string;
  if (typeof given !== "string") payload = /*@__SPLICE__*/ textOf(given);
  if (client._topics.indexOf(topic) < 0) {
    if (!isTopicName(topic, false)) return -TOPIC_NAME_INVALID;
    // Only what may go the short way: it takes memory.
    if (flags <= (QOS_1 | RETAIN) && client._topics.push(topic) > TOPICS) client._topics.shift();
  }
  let before = writeText(topic);
  const properties = client._prepare ? client._prepare(client, flags, before.length + payload.length) : "";
  if (qos > client._maximumQos) return -QOS_NOT_SUPPORTED;
  // A reason code. The engine compares no long text with a number, and a text is never below the empty one.
  if ((properties as string) < "") return properties as number;
  // Once for the packet, once for its way out.
  if (free < MEMORY_RESERVE + payload.length / 4) {
    drop(client, QUOTA_EXCEEDED, 0, topic);
    return -QUOTA_EXCEEDED;
  }
  const packetId = qos && (client._lastId < client._lastFreshId ? ++client._lastId : nextPacketId(client));
  if (qos) before += bytesOf(packetId >> 8, packetId & 255);
  if (properties) before += properties as string;
  const first = PUBLISH | (flags & (QOS_MASK | RETAIN));
  const packet = writeHeader(first, before.length + payload.length) + before + payload;
  return /*@__SPLICE__*/ enqueue(client, packet, packetId, flags & FIRST, free);
}

/**
 * Publishes a message, at once or as soon as the connection allows. `topic` is a topic name, 1…65535 bytes
 * of UTF-8 without wildcards and control characters; `flags` is 0 or a sum of RETAIN, QOS_1 and FIRST, and
 * QOS_2 with the part `qos2`.
 *
 * Returns 0 for QoS 0, the packet id (1…65535) that `onAcknowledge` or `onDrop` will name for QoS 1 and 2, or a negative reason
 * code when the message was refused: −0x90 topic name, −0x9B a QoS that is not there, −0x97 no room in the queue or in memory
 * (`onDrop` reports that, too).
 */
export function publish(client: Client, topic: string, payload: Payload, flags: number): number {
  // The engine reads all of this for each message; what is rare stands elsewhere.
  return flags <= client._quick &&
    typeof payload === "string" &&
    topic.length + payload.length <= SHORT_MESSAGE &&
    client._topics.indexOf(topic) >= 0
    ? flags > RETAIN
      ? /*@__NOINLINE__*/ publishQos1(client, topic, payload, flags)
      : client._link.write(
            bytesOf(PUBLISH | flags, topic.length + payload.length + (client._gap ? 3 : 2), 0, topic.length) +
              (client._gap ? topic + client._gap : topic) +
              payload,
          )
        ? 0
        : full(client)
    : /*@__NOINLINE__*/ publishOther(client, topic, payload, flags);
}
