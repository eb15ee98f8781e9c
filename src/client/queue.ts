/**
 * What outlives a connection: messages on their way out, in order, and packet ids. An entry is the acknowledgement that
 * is expected, four bytes, and the packed PUBLISH: one string a message is what costs the engine least.
 */
import { DUP, PUBREL, QOS_MASK } from "../codec/constants.ts";
import { bytesOf, readU16 } from "../codec/fields.ts";
import { QUEUE_BYTES } from "../limits.ts";
import { QUOTA_EXCEEDED, UNSPECIFIED_ERROR } from "../reason.ts";
import { drop } from "./client.ts";
import type { Client } from "./client.ts";

/** Bytes of the acknowledgement in front of an entry. */
export const ACKNOWLEDGEMENT = 4;

/**
 * The next packet id, 1…65535, that nothing under way uses [MQTT-2.3.1-2]; and up to which one they need no
 * look.
 */
/*@__TOGETHER__ seldom*/
export function nextPacketId(client: Client): number {
  const used = client._inflight.concat(client._waiting).map((entry) => readU16(entry, 2));
  if (client._askedId) used.push(client._askedId);
  do client._lastId = (client._lastId % 65535) + 1;
  while (used.indexOf(client._lastId) >= 0);
  client._lastFreshId = 65535;
  used.forEach(function (id) {
    if (id > client._lastId && id <= client._lastFreshId) client._lastFreshId = id - 1;
  });
  return client._lastId;
}

/** Topic name of the message in `entry`; empty when there is only its PUBREL left. */
export function topicOf(entry: string): string {
  // Behind the Remaining Length.
  let start = ACKNOWLEDGEMENT + 1;
  while (entry.charCodeAt(start++) > 127);
  return entry.substr(start + 2, readU16(entry, start));
}

/** Reports the message in `entry`, which is out of the queue, as lost. */
/*@__TOGETHER__ seldom*/
export function lose(client: Client, entry: string, reasonCode: number): void {
  const topic = /*@__SPLICE__*/ topicOf(entry);
  client._room += entry.length;
  drop(client, reasonCode, readU16(entry, 2), topic);
}

/** Takes those messages that wait out of the queue that `reasonOf` gives a reason code for, and reports them. */
export function dropWaiting(client: Client, reasonOf: (entry: string, index: number) => number): void {
  const waiting = client._waiting;
  const reasons = waiting.map(reasonOf);
  client._waiting = waiting.filter((_entry, index) => !reasons[index]);
  client._unacknowledged -= reasons.filter(
    (reason, index) => reason && index < client._unacknowledged,
  ).length;
  reasons.forEach(function (reason, index) {
    if (reason) lose(client, waiting[index] as string, reason);
  });
}

/**
 * Takes the room for `entry`, which it makes by the queue's policy, and reports what is lost; a message that goes `first`
 * is never the newest. What was sent and not acknowledged stays, as it must be sent again [MQTT-4.4.0-1]. False when it is
 * `entry` itself that is lost.
 */
export function makeRoom(client: Client, entry: string, first: number): boolean {
  const isNewest = client._options.queuePolicy === "drop-newest";
  let isRefused = false;
  client._room -= entry.length;
  while (
    !isRefused &&
    (client._room < 0 || client._waiting.length + client._inflight.length >= client._queueLimit)
  ) {
    isRefused =
      (isNewest && !first) ||
      client._unacknowledged >= client._waiting.length ||
      entry.length > (client._options.queueBytes || QUEUE_BYTES);
    lose(
      client,
      isRefused ? entry : (client._waiting.splice(isNewest ? -1 : client._unacknowledged, 1)[0] as string),
      QUOTA_EXCEEDED,
    );
  }
  return !isRefused;
}

/** Does a message wait for its first time? */
export function isBusy(client: Client): boolean {
  return !!client._waiting[0];
}

/** Sends what waits, in order, as far as the receive maximum and the link allow. */
export function flush(client: Client): void {
  while (client._canSend && client._waiting[0] && client._inflight.length < client._receiveMaximum) {
    const entry = client._waiting.shift() as string;
    let packet = entry.substr(ACKNOWLEDGEMENT);
    const first = packet.charCodeAt(0);
    // A PUBREL has one of these bits too.
    if (first & QOS_MASK) client._inflight.push(entry);
    else client._room += entry.length;
    if (client._unacknowledged) {
      client._unacknowledged--;
      client.resent++;
      if (first < PUBREL) packet = bytesOf(first | DUP) + packet.substr(1);
    }
    const plain = packet;
    if (client._age && first < PUBREL) packet = client._age(client, packet);
    if (client._alias && first < PUBREL) packet = client._alias(client, packet);
    // As `send` does, which would be one more call on the stack.
    client._sentAt = client._now;
    client._canSend = client._link.write(packet);
    if (client._pour) client._pour(client, plain);
  }
}

/**
 * The server answered for a message, whose `entry` is out of those in flight: it has it, or as 5.0 can,
 * refuses it.
 */
export function acknowledged(client: Client, entry: string, reasonCode?: number): void {
  if (client._refused && (reasonCode as number) >= UNSPECIFIED_ERROR) {
    client._refused(client, entry, reasonCode as number);
    return;
  }
  client._room += entry.length;
  // Progress: the next failure starts from the shortest delay.
  client._delay = 0;
  if (client._waiting[0]) flush(client);
  if (client._options.onAcknowledge) client._options.onAcknowledge(readU16(entry, 2));
}
