/**
 * PUBLISH from the server (MQTT 3.1.1 §3.3): its checks, the way to its handlers, and its acknowledgement.
 */
import { DUP, PUBACK, QOS_2, QOS_MASK, TYPE_PUBLISH } from "../codec/constants.ts";
import { bytesOf, readU16 } from "../codec/fields.ts";
import { MALFORMED_PACKET, PACKET_TOO_LARGE, PROTOCOL_ERROR } from "../reason.ts";
import { isTopicName } from "../topic.ts";
import { drop, ONLINE, send } from "./client.ts";
import type { Client } from "./client.ts";

/** There is nothing to be done before more bytes have come. */
export const WAIT = -1;

/** Flag beside those of PUBLISH: the message is larger than `maximumPacketSize`. */
export const TOO_LARGE = 16;

/** Hands a whole message to its handlers. */
function offer(client: Client, flags: number, payload: string): void {
  const options = client._options;
  if (client._serve) client._serve(client, TYPE_PUBLISH, payload, flags);
  else if (options.onMessage) options.onMessage(client._topic, payload, flags);
}

/**
 * A PUBLISH that was checked, with its payload from `start` on and its end at `size`. QoS 1 and 2 are
 * acknowledged after the handlers have returned. One that `isLarge` is acknowledged too: of what has come
 * of it only what precedes the payload is kept.
 */
function deliver(client: Client, data: string, start: number, size: number, isLarge: boolean): number {
  const first = data.charCodeAt(0);
  const skipped = client._skipped;
  const isWhole = size <= data.length;
  const payload = data.substr(start, size - start);
  // 1: taken before; more: a reason code.
  const known = first & QOS_2 && client._once ? client._once(client, client._id, isWhole) : 0;
  let failure: unknown[] | undefined;
  if (known > 1) return known;
  client._skipped = isWhole ? 0 : skipped + data.length - start;
  if (!isWhole) client._partial = data.substr(0, start);
  try {
    const taken =
      !known && client._takePiece
        ? client._takePiece(
            client,
            (first & 15) + (isLarge ? TOO_LARGE : 0),
            payload,
            skipped,
            size + skipped - start,
          )
        : known;
    // At its beginning: its end may take long, or never come.
    if (isLarge && !skipped && !taken) drop(client, PACKET_TOO_LARGE, 0, client._topic);
    else if (!isLarge && taken !== 1) /*@__SPLICE__*/ offer(client, first & 15, payload);
  } catch (error) {
    failure = [error];
  }
  if (isWhole && client._id && client._state === ONLINE)
    send(client, bytesOf(PUBACK + (first & QOS_2) * 4, 2) + client._id);
  if (failure) throw failure[0];
  return isWhole ? 0 : WAIT;
}

/**
 * PUBLISH at the beginning of `data`; its topic begins at `position`, it ends at `size`, and more than
 * `limit` is too large.
 */
/*@__TOGETHER__ received*/
export function handlePublish(
  client: Client,
  data: string,
  position: number,
  size: number,
  limit: number,
): number {
  const first = data.charCodeAt(0);
  const qos = first & QOS_MASK;
  const end = position + readU16(data, position - 2);
  const isLarge = size + client._skipped > limit;
  let start = end + (qos && 2);
  client._topic = data.substr(position, end - position);
  client._id = data.substr(end, qos && 2);
  // A QoS that was never granted or does not exist; DUP without one [MQTT-3.3.1-2].
  if (qos > client._maximumQos || (!qos && first & DUP)) return PROTOCOL_ERROR;
  if (isLarge && start >= limit) return PACKET_TOO_LARGE;
  // Before it may hold an alias for the topic.
  if (client._readMessage && start <= size) {
    start = client._readMessage(client, data, start, size);
    if (start < 0) return -start;
  }
  // NaN: the topic's length is missing.
  if (!(start <= size) || client._id === "\0\0" || !isTopicName(client._topic, true)) return MALFORMED_PACKET;
  return /*@__SPLICE__*/ deliver(client, data, start, size, isLarge);
}
