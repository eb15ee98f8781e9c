/**
 * QoS 2, exactly once, both ways (MQTT 3.1.1 §4.3.3), for the clients that ask for it. On the way out PUBREC puts a
 * PUBREL in the message's place in the queue; on the way in its packet id is remembered until PUBREL.
 */
import { PUBCOMP, PUBLISH, PUBREC, PUBREL, QOS_1, QOS_2, RETAIN } from "../codec/constants.ts";
import { bytesOf } from "../codec/fields.ts";
import {
  NO_MATCHING_SUBSCRIBERS,
  PACKET_IDENTIFIER_NOT_FOUND,
  PROTOCOL_ERROR,
  RECEIVE_MAXIMUM_EXCEEDED,
  SUCCESS,
  UNSPECIFIED_ERROR,
} from "../reason.ts";
import { send } from "./client.ts";
import type { Client, Part } from "./client.ts";
import { acknowledged, ACKNOWLEDGEMENT, dropWaiting } from "./queue.ts";

/** A client with QoS 2. */
type Qos2Client = Client & { _received: string };

/** In an entry, in place of the length of PUBCOMP: its PUBREC said that there is no subscriber. */
const UNMATCHED = 3;

/** Where a packet id stands among others, two bytes each; −1 = nowhere. */
function idAt(ids: string, id: string): number {
  // With one that is found for sure behind them: the engine also finds what only begins before a text's end.
  const all = ids + id;
  let at = all.indexOf(id);
  while (at & 1) at = all.indexOf(id, at + 1);
  return at < ids.length ? at : -1;
}

/** These packet ids without the one at `at`, if there is one. */
function without(ids: string, at: number): string {
  return at < 0 ? ids : ids.substr(0, at) + ids.substr(at + 2);
}

/** Answers with `first`; MQTT 5.0 also says that there is nothing by that packet id (§3.6.2.1, §3.7.2.1). */
function answer(client: Client, first: number, id: string, isKnown: boolean): void {
  const isSilent = isKnown || !client._read;
  send(
    client,
    bytesOf(first, isSilent ? 2 : 3) + id + (isSilent ? "" : bytesOf(PACKET_IDENTIFIER_NOT_FOUND)),
  );
}

/** Is `first` the end, or for PUBREC the next step, of what `entry` stands for? */
function isExpected(entry: string, first: number, reasonCode: number): boolean {
  const kind = entry.charCodeAt(ACKNOWLEDGEMENT);
  // No PUBREC for a message of QoS 1, and no refusal once there is only its PUBREL left. Any other ends
  // what it stands before: PUBCOMP a PUBREL, and PUBACK a message, even one of QoS 2, which RabbitMQ takes
  // as one of QoS 1.
  return first === PUBREC
    ? kind === PUBREL
      ? reasonCode < UNSPECIFIED_ERROR
      : (kind | RETAIN) !== (PUBLISH | QOS_1 | RETAIN)
    : entry.charCodeAt(0) === first;
}

/** PUBACK, PUBREC and PUBCOMP (§3.4, §3.5, §3.7) for the message in flight at `index`; −1 = for none. */
function handleAnswer(self: Qos2Client, first: number, id: string, reasonCode: number, index: number): void {
  const inflight = self._inflight;
  const entry = inflight[index] as string;
  if (index >= 0 && (first !== PUBREC || reasonCode >= UNSPECIFIED_ERROR)) {
    if (first === PUBCOMP && entry.charCodeAt(1) === UNMATCHED && !reasonCode)
      self.reasonCode = NO_MATCHING_SUBSCRIBERS;
    inflight.splice(index, 1);
    acknowledged(self, entry, first === PUBCOMP ? SUCCESS : reasonCode);
  } else if (first === PUBREC && reasonCode < UNSPECIFIED_ERROR) {
    // From here on the message is the server's, and only the PUBREL is sent again [MQTT-4.3.3-1].
    if (index >= 0) {
      // Progress, as an acknowledgement.
      self._delay = 0;
      self._room += entry.length - 2 * ACKNOWLEDGEMENT;
      inflight[index] = bytesOf(PUBCOMP, reasonCode ? UNMATCHED : 2) + id + bytesOf(PUBREL, 2) + id;
    }
    answer(self, PUBREL, id, index >= 0);
  }
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP (§3.4…§3.7). */
function acknowledge(client: Client, first: number, id: string, reasonCode: number): number {
  const self = client as Qos2Client;
  // 0 is nobody's packet id [MQTT-2.3.1-1].
  if (id === "\0\0") return PROTOCOL_ERROR;
  if (first === PUBREL) {
    const at = idAt(self._received, id);
    self._received = without(self._received, at);
    // Progress, as of a message of ours.
    client._delay = 0;
    answer(client, PUBCOMP, id, at >= 0);
    return 0;
  }
  let index = client._inflight.length;
  while (index-- && (client._inflight[index] as string).substr(2, 2) !== id);
  if (index >= 0 && !isExpected(client._inflight[index] as string, first, reasonCode)) index = -1;
  handleAnswer(self, first, id, reasonCode, index);
  return 0;
}

/** Notes a message that arrives: its payload is let go when it was taken before [MQTT-4.3.3-2]. */
function once(client: Client, id: string, isWhole: boolean): number {
  const self = client as Qos2Client;
  if (idAt(self._received, id) >= 0) return 1;
  if (!isWhole) return 0;
  // Only in 5.0 the server knows how many they may be.
  if (self._received.length >= 2 * (client._receivedMaximum || 65535)) return RECEIVE_MAXIMUM_EXCEEDED;
  // Before its handlers: one that ends the connection has had the message too.
  self._received += id;
  return 0;
}

/**
 * CONNACK without a session: it cannot end what a PUBREL would end, and nobody can tell what became of the
 * message.
 */
function renew(client: Client): void {
  (client as Qos2Client)._received = "";
  dropWaiting(client, (entry) =>
    entry.charCodeAt(ACKNOWLEDGEMENT) === PUBREL ? PACKET_IDENTIFIER_NOT_FOUND : 0,
  );
}

/** After CONNACK: the receive maximum holds back nothing but PUBLISH. */
function release(client: Client): void {
  client._waiting = client._waiting.filter(function (entry) {
    if (entry.charCodeAt(ACKNOWLEDGEMENT) !== PUBREL) return true;
    client._unacknowledged--;
    client._inflight.push(entry);
    send(client, entry.substr(ACKNOWLEDGEMENT));
    return false;
  });
}

/**
 * Publishes and subscribes with QOS_2. Exactly once needs a session that outlives connections, so `clean:
 * false` (3.1.1) or a session expiry interval (5.0); without one a message whose exchange was cut is sent
 * again as new, or, when only its PUBREL was left, reported to `onDrop` with 0x92. A server that answers a
 * message by PUBACK, as RabbitMQ 3 does, has it at least once: that ends it, too.
 *
 * Packet ids of inbound messages are remembered until their PUBREL, two bytes each; in 5.0 as many as
 * RECEIVE_MAXIMUM told the server (default 32): one that has more under way is disconnected with 0x93.
 */
export const qos2: Part = function (client) {
  const self = client as Qos2Client;
  client._maximumQos = QOS_2;
  self._received = "";
  client._acknowledge = acknowledge;
  client._once = once;
  client._renew = renew;
  client._release = release;
};
