/** What outlives a connection: messages on their way out, in order, each as one packed PUBLISH, and packet ids. */
import { DUP, QOS_MASK } from "../codec/constants.ts";
import { bytesOf, readU16 } from "../codec/fields.ts";
import { QUEUE_BYTES, QUEUE_LIMIT, RECEIVE_MAXIMUM, SEND_BUFFER } from "../limits.ts";
import { QUOTA_EXCEEDED } from "../reason.ts";
import { drop, ONLINE, send } from "./client.ts";
import type { Client } from "./client.ts";

/** A packed PUBLISH with DUP compares as greater than this, one without as less: cheaper than to take out its first byte. */
const FIRST_WITH_DUP = "\x38";

/** The next packet id, 1…65535, that no message in the queue and no request under way uses [MQTT-2.3.1-2]. */
export function nextPacketId(client: Client): number {
  let packetId = client._lastId;
  do {
    packetId = (packetId % 65535) + 1;
  } while (
    client._ids.indexOf(packetId) >= 0 ||
    packetId === client._askedId ||
    packetId === client._removedId
  );
  return (client._lastId = packetId);
}

/** Takes entry `index` out of the queue and returns its packet. */
export function remove(client: Client, index: number): string {
  const packet = client._packets[index] as string;
  client._packets.splice(index, 1);
  client._ids.splice(index, 1);
  client._bytes -= packet.length;
  return packet;
}

/**
 * Makes room for `packet` in a full queue by its policy, and reports what is lost; a message that goes `first` is never
 * the newest. False when it is `packet` itself that is lost.
 */
function makeRoom(client: Client, packet: string, packetId: number, first: number): boolean {
  const options = client._options;
  const room = (options.queueBytes || QUEUE_BYTES) - packet.length;
  while (client._packets.length >= (options.queueLimit || QUEUE_LIMIT) || client._bytes > room) {
    const isNewest = options.queuePolicy === "drop-newest";
    let index = client._inflight;
    // What was sent and not acknowledged must be sent again [MQTT-4.4.0-1].
    while ((client._packets[index] as string) >= FIRST_WITH_DUP) index++;
    const refused = room < 0 || index >= client._packets.length || (isNewest && !first);
    if (isNewest) index = client._packets.length - 1;
    const lostId = refused ? packetId : (client._ids[index] as number);
    const lost = refused ? packet : remove(client, index);
    // Where the fixed header of a packet of this size ends.
    const start = lost.length < 130 ? 2 : lost.length < 16387 ? 3 : 4;
    drop(client, QUOTA_EXCEEDED, lostId, lost.substr(start + 2, readU16(lost, start)));
    if (refused) return false;
  }
  return true;
}

/**
 * Queues a packed PUBLISH behind all others, or `first` before all that wait, and sends what may be sent. False when it
 * had to be dropped.
 */
export function enqueue(client: Client, packet: string, packetId: number, first: number): boolean {
  const options = client._options;
  // Asked here too: entering makeRoom takes memory on the way of every message, and most queues are not full.
  const isFull =
    client._packets.length >= (options.queueLimit || QUEUE_LIMIT) ||
    client._bytes + packet.length > (options.queueBytes || QUEUE_BYTES);
  if (isFull && !makeRoom(client, packet, packetId, first)) return false;
  const index = first ? client._inflight : client._packets.length;
  client._packets.splice(index, 0, packet);
  client._ids.splice(index, 0, packetId);
  client._bytes += packet.length;
  flush(client);
  return true;
}

/** Sends what waits, in order, as far as the receive maximum and the socket allow. */
export function flush(client: Client): void {
  while (
    client._state === ONLINE &&
    client._pending < SEND_BUFFER &&
    client._inflight < client._packets.length &&
    client._inflight < (client._options.receiveMaximum || RECEIVE_MAXIMUM)
  ) {
    const packet = client._packets[client._inflight] as string;
    if (client._ids[client._inflight]) client._inflight++;
    else remove(client, client._inflight);
    client.counters.sent++;
    if (packet >= FIRST_WITH_DUP) client.counters.resent++;
    send(client, packet);
  }
}

/**
 * Sets DUP in what was in flight when a connection ended [MQTT-3.3.1-1], so that it waits again; or, with `dup` 0, takes
 * it from all that wait, for a server that knows nothing of earlier connections.
 */
export function markDup(client: Client, dup: number): void {
  for (let index = 0; index < (dup ? client._inflight : client._packets.length); index++) {
    const packet = client._packets[index] as string;
    const first = packet.charCodeAt(0);
    if (first & QOS_MASK) client._packets[index] = bytesOf((first & ~DUP) | dup) + packet.substr(1);
  }
  client._inflight = 0;
}
