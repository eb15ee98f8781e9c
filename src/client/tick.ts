/** Work that time brings: the next attempt, overdue answers, keep alive. */
import { PINGREQ } from "../codec/constants.ts";
import { ACK_TIMEOUT, PING_TIMEOUT } from "../limits.ts";
import {
  ACKNOWLEDGEMENT_TIMEOUT,
  CONNECTION_TIMEOUT,
  KEEP_ALIVE_TIMEOUT,
  QUOTA_EXCEEDED,
} from "../reason.ts";
import { abort, CLOSING, ONLINE, send, WAITING } from "./client.ts";
import type { Client } from "./client.ts";
import { open } from "./connection.ts";
import { receivedOther } from "./receive.ts";

/** A second in which there is no connection: makes the next attempt, or ends what takes too long. */
/*@__TOGETHER__ seldom*/
function attempt(client: Client): void {
  if (client._now < client._due) return;
  if (client._state === WAITING) open(client);
  // A link that does not report its end has lost what would.
  else if (client._state === CLOSING) client.onClose(client._reason);
  else if (client._state) abort(client, CONNECTION_TIMEOUT);
}

/** Is an acknowledgement overdue: of the oldest message in flight, or of a request? */
/*@__TOGETHER__ seldom*/
function isOverdue(client: Client): boolean {
  const oldest = client._inflight[0] && client._inflight[0].substr(2, 2);
  const due = client._now + (client._options.ackTimeout || ACK_TIMEOUT) / 1000;
  if (oldest !== client._oldest) client._ackDue = due;
  client._oldest = oldest;
  if (client._askedId && !client._askDue) client._askDue = due;
  return ((oldest && client._now >= client._ackDue) ||
    (!!client._askedId && client._now >= client._askDue)) as boolean;
}

/** A second in which something may be due: an acknowledgement, a ping, what a handler left untaken. */
function look(client: Client): void {
  const now = client._now;
  const untilPing =
    client._keepalive + (client._sentAt < client._receivedAt ? client._sentAt : client._receivedAt) - now;
  // Anything that came after the PINGREQ answers it.
  const isSilent = client._receivedAt < client._pingDue - PING_TIMEOUT;
  if (client._state !== ONLINE) attempt(client);
  else if ((client._inflight[0] || client._askedId) && isOverdue(client))
    abort(client, ACKNOWLEDGEMENT_TIMEOUT);
  else if (isSilent && now >= client._pingDue) abort(client, KEEP_ALIVE_TIMEOUT);
  else {
    if (!isSilent) client._pingDue = 0;
    if (!isSilent && client._keepalive && untilPing <= 0) {
      client._pingDue = now + PING_TIMEOUT;
      send(client, PINGREQ);
    }
    client._due = now + (client._pingDue || client._askedId ? 1 : untilPing);
    // Last, as it may end the connection.
    if (client._partial) receivedOther(client, "");
  }
}

/**
 * Passes one second. Whoever owns the timers calls it once a second, also while nothing is connected:
 * connect timeout, reconnect delay, acknowledgements and keep alive are counted by it, to the second. The
 * client compares no clock, so clocks may jump. Let it be a `setTimeout` that sets itself anew first: the
 * engine takes a `setInterval` away when memory runs out in it.
 *
 * PINGREQ leaves when nothing was sent [MQTT-3.1.2-23] or nothing received for the keep alive; then
 * anything must come in time.
 */
export function tick(client: Client): void {
  const link = client._link;
  client._quick = -1;
  if (client._everySecond) client._everySecond.forEach((pass) => pass(client));
  if (link.isIntact && !link.isIntact()) abort(client, QUOTA_EXCEEDED);
  // Nothing is due in most seconds.
  if (++client._now >= client._due || client._inflight[0] || client._partial) /*@__NOINLINE__*/ look(client);
}
