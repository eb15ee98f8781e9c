/** The first message right behind CONNECT, before the server has answered (MQTT 3.1.1 §3.1.4, 5.0 §3.1.4). */
import { QOS_MASK, TYPE_PUBLISH } from "../codec/constants.ts";
import type { Client, Part } from "./client.ts";
import { ACKNOWLEDGEMENT, flush } from "./queue.ts";

function sendEarly(client: Client): void {
  const first = client._waiting[0] ? (client._waiting[0] as string).charCodeAt(ACKNOWLEDGEMENT) : 0;
  const receiveMaximum = client._receiveMaximum;
  if (client._method !== undefined || first >> 4 !== TYPE_PUBLISH || !(first & QOS_MASK)) return;
  // Only one: a server may have less room, but not none.
  client._receiveMaximum = 1;
  client._canSend = true;
  flush(client);
  client._receiveMaximum = receiveMaximum;
}

/**
 * Sends the first message that waits together with CONNECT. A node that wakes, publishes at QoS 1 and
 * sleeps again is done one round trip after TCP stands, instead of two.
 *
 * Only a message of QoS 1 or 2 goes so early: it stays queued until it is acknowledged, so one that the server refused with
 * the connection, or would not have, is sent again or reported as if it had waited. One of QoS 0 could be lost without a
 * trace, and needs no second round trip. Behind a CONNECT with an authentication method none goes [MQTT-3.1.2-30].
 */
export const earlyPublish: Part = function (client) {
  client._sendEarly = sendEarly;
};
