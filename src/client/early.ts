/** The first message right behind CONNECT, before the server has answered (MQTT 3.1.1 §3.1.4, 5.0 §3.1.4). */
import { QOS_MASK, TYPE_PUBLISH } from "../codec/constants.ts";
import { CONNECTING } from "./client.ts";
import type { Client } from "./client.ts";
import { ACKNOWLEDGEMENT, flush } from "./queue.ts";
import { received, receivedOther } from "./receive.ts";

/** Link handler: the first bytes, which must be CONNACK: an acknowledgement of the message must not precede it. */
function receivedFirst(this: Client, bytes: string): void {
  this.onData = received;
  receivedOther(this, bytes);
}

/** Link handler: the way to the server stands. */
function ready(this: Client): void {
  const client = this;
  (client._readyBefore as () => void)();
  const first = client._waiting[0] ? (client._waiting[0] as string).charCodeAt(ACKNOWLEDGEMENT) : 0;
  const receiveMaximum = client._receiveMaximum;
  // While the server asks who we are nothing else may go [MQTT-3.1.2-30].
  if (client._state !== CONNECTING || client._method || first >> 4 !== TYPE_PUBLISH || !(first & QOS_MASK))
    return;
  // One alone: a server may have less room, but not none.
  client._receiveMaximum = 1;
  client._canSend = true;
  flush(client);
  client._canSend = false;
  client._receiveMaximum = receiveMaximum;
  client.onData = receivedFirst;
}

/**
 * Lets `client` send the first message that waits together with CONNECT: call it once, before `connect`. A node that wakes,
 * publishes at QoS 1 and sleeps again is done one round trip after TCP stands, instead of two.
 *
 * Only a message of QoS 1 or 2 goes so early: it stays queued until it is acknowledged, so one that the server refused with
 * the connection, or would not have, is sent again or reported as if it had waited. One of QoS 0 could be lost without a
 * trace, and needs no second round trip.
 */
export function enableEarlyPublish(client: Client): void {
  client._readyBefore = client.onOpen;
  client.onOpen = ready;
}
