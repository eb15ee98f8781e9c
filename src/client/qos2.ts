/**
 * QoS 2, exactly once, both ways (MQTT 3.1.1 §4.3.3), for the clients that ask for it. On the way out PUBREC puts a
 * PUBREL in the message's place in the queue; on the way in its packet id is remembered until PUBREL.
 */
import {
  CONNACK,
  PUBCOMP,
  PUBLISH,
  PUBREC,
  PUBREL,
  QOS_1,
  QOS_2,
  QOS_MASK,
  RETAIN,
  TYPE_PUBACK,
  TYPE_PUBCOMP,
  TYPE_PUBREL,
} from "../codec/constants.ts";
import { bytesOf, readU16 } from "../codec/fields.ts";
import { QOS_2_RECEIVED } from "../limits.ts";
import { MALFORMED_PACKET, PACKET_IDENTIFIER_NOT_FOUND, RECEIVE_MAXIMUM_EXCEEDED } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { CONNECTING, ONLINE, send } from "./client.ts";
import type { Client } from "./client.ts";
import { ACKNOWLEDGEMENT, dropWaiting } from "./queue.ts";
import { acknowledged, handle, handlePublish, WAIT } from "./receive.ts";

/** A client with QoS 2. */
type Qos2Client = Client & Required<Pick<Client, "_received">>;

/** Answers with `first`; MQTT 5.0 also says that there is nothing by that packet id (§3.6.2.1, §3.7.2.1). */
function answer(client: Client, first: number, id: string, isKnown: boolean): void {
  const isSilent = isKnown || !client._prepare;
  send(
    client,
    bytesOf(first, isSilent ? 2 : 3) + id + (isSilent ? "" : bytesOf(PACKET_IDENTIFIER_NOT_FOUND)),
  );
}

/** PUBACK, PUBREC, PUBREL and PUBCOMP (§3.4…§3.7), and what a CONNACK means for them; the rest is the core's. */
function handleQos2(client: Client, first: number, body: string): number {
  const self = client as Qos2Client;
  const type = first >> 4;
  const isPubrel = type === TYPE_PUBREL;
  const inflight = client._inflight;
  const known = isPubrel ? self._received : inflight.map((entry) => entry.substr(2, 2));
  let index = known.indexOf(body);
  const entry = inflight[index] as string;
  // No PUBREC for a message of QoS 1. Any other ends what it stands before: PUBCOMP a PUBREL, and PUBACK a message, even one of
  // QoS 2, which RabbitMQ takes as one of QoS 1.
  if (
    !isPubrel &&
    index >= 0 &&
    (first === PUBREC
      ? (entry.charCodeAt(ACKNOWLEDGEMENT) | RETAIN) === (PUBLISH | QOS_1 | RETAIN)
      : entry.charCodeAt(0) !== first)
  )
    index = -1;
  if (first === CONNACK && body === "\0\0") {
    self._received = [];
    // A server without our session cannot end what a PUBREL would end: nobody can tell what became of the message.
    dropWaiting(client, (entry) =>
      entry.charCodeAt(ACKNOWLEDGEMENT) === PUBREL ? PACKET_IDENTIFIER_NOT_FOUND : 0,
    );
    // Who was told may have ended the connection.
    if (client._state !== CONNECTING) return 0;
  }
  if (type < TYPE_PUBACK || type > TYPE_PUBCOMP) {
    const reasonCode = handle(client, first, body);
    // The receive maximum holds back nothing but PUBLISH.
    if (first === CONNACK && client._state === ONLINE)
      client._waiting = client._waiting.filter(function (entry) {
        if (entry.charCodeAt(ACKNOWLEDGEMENT) !== PUBREL) return true;
        client._unacknowledged--;
        client._inflight.push(entry);
        send(client, entry.substr(ACKNOWLEDGEMENT));
        return false;
      });
    return reasonCode;
  }
  if (body.length !== 2 || (first & 15) !== (isPubrel ? 2 : 0)) return MALFORMED_PACKET;
  if (isPubrel) {
    if (index >= 0) known.splice(index, 1);
    answer(client, PUBCOMP, body, index >= 0);
  } else if (first !== PUBREC) {
    if (index >= 0) {
      inflight.splice(index, 1);
      acknowledged(client, entry);
    }
  } else {
    // From here on the message is the server's, and only the PUBREL is sent again [MQTT-4.3.3-1].
    if (index >= 0) {
      client._room += entry.length - 2 * ACKNOWLEDGEMENT;
      inflight[index] = bytesOf(PUBCOMP, 2) + body + bytesOf(PUBREL, 2) + body;
    }
    answer(client, PUBREL, body, index >= 0);
  }
  return 0;
}

/** PUBLISH: one that was taken before is answered, and its payload let go [MQTT-4.3.3-2]. */
function handlePublishQos2(
  client: Client,
  data: string,
  position: number,
  size: number,
  limit: number,
): number {
  const received = (client as Qos2Client)._received;
  const isQos2 = (data.charCodeAt(0) & QOS_MASK) === QOS_2;
  const end = position + readU16(data, position - 2) + 2;
  const id = data.substr(end - 2, 2);
  const isWhole = size <= data.length;
  // What is malformed too, or has too long a topic, is for the core to refuse.
  if (
    isQos2 &&
    received.indexOf(id) >= 0 &&
    end <= Math.min(size, limit) &&
    isTopicName(data.substr(position, end - position - 2))
  ) {
    client._skipped = isWhole ? 0 : client._skipped + data.length - end;
    if (!isWhole) client._partial = data.substr(0, end);
    else if (client._state === ONLINE) send(client, bytesOf(PUBREC, 2) + id);
    return isWhole ? 0 : WAIT;
  }
  // Before its handlers: one that ends the connection has had the message too.
  const reasonCode =
    isQos2 && isWhole && received.push(id) > QOS_2_RECEIVED
      ? RECEIVE_MAXIMUM_EXCEEDED
      : (client._handlePieces || handlePublish)(client, data, position, size, limit);
  if (reasonCode > 0 && isQos2 && isWhole) received.pop();
  return reasonCode;
}

/**
 * Lets `client` publish and subscribe with QOS_2: call it once, before `connect`. Exactly once needs a session that
 * outlives connections, so `clean: false` (3.1.1) or a session expiry interval (5.0); without one a message whose
 * exchange was cut is sent again as new, or, when only its PUBREL was left, reported to `onDrop` with 0x92. A server that
 * answers a message by PUBACK, as RabbitMQ 3 does, has it at least once: that ends it, too.
 *
 * Up to 32 packet ids of inbound messages are remembered; a server that has more under way is disconnected with 0x93.
 */
export function enableQos2(client: Client): void {
  client._maximumQos = QOS_2;
  client._received = [];
  if (client._handleWithin) {
    client._handleWithin = handleQos2;
    client._handlePublishWithin = handlePublishQos2;
  } else {
    client._handle = handleQos2;
    client._handlePublish = handlePublishQos2;
  }
}
