/**
 * What outlives a connection: messages on their way out, in order, each as one packed PUBLISH, and packet ids.
 *
 * The first `_inflight` entries were sent on this connection and wait for their PUBACK; all behind them wait to be sent.
 */
import { DUP, QOS_MASK } from "../codec/constants.ts";
import { readU16, readVarint, varintSize } from "../codec/fields.ts";
import { QUEUE_BYTES, QUEUE_LIMIT, RECEIVE_MAXIMUM, SEND_BUFFER } from "../limits.ts";
import { QUOTA_EXCEEDED } from "../reason.ts";
import { drop, ONLINE, send } from "./client.ts";
import type { Client } from "./client.ts";

/** A packed PUBLISH with DUP compares as greater than this, one without as less: cheaper than to take out its first byte. */
const FIRST_WITH_DUP = "\x38";

export interface Session {
  _packets: string[];
  /** Packet id of each entry; 0 for QoS 0. */
  _ids: number[];
  _inflight: number;
  /** Bytes of all entries. */
  _bytes: number;
  /** Packet id given last. */
  _lastId: number;
}

export function createSession(): Session {
  return { _packets: [], _ids: [], _inflight: 0, _bytes: 0, _lastId: 0 };
}

/** The next packet id, 1…65535, that no message in the queue uses [MQTT-2.3.1-2]. */
export function nextPacketId(client: Client): number {
  const session = client._session;
  do {
    session._lastId = (session._lastId % 65535) + 1;
  } while (session._ids.indexOf(session._lastId) >= 0);
  return session._lastId;
}

/** Takes entry `index` out of the queue and returns its packet. */
function remove(session: Session, index: number): string {
  const packet = session._packets[index] as string;
  session._packets.splice(index, 1);
  session._ids.splice(index, 1);
  session._bytes -= packet.length;
  return packet;
}

function topicOf(packet: string): string {
  const start = 1 + varintSize(readVarint(packet));
  return packet.substr(start + 2, readU16(packet, start));
}

/** Makes room for `length` bytes by the policy; false when there is none to be made. */
function makeRoom(client: Client, length: number): boolean {
  const session = client._session;
  const options = client._options;
  const limit = options.queueLimit || QUEUE_LIMIT;
  const bytes = options.queueBytes || QUEUE_BYTES;
  if (length > bytes) return false;
  while (session._packets.length >= limit || session._bytes + length > bytes) {
    if (options.queuePolicy === "drop-newest" || session._packets.length <= session._inflight) return false;
    const packetId = session._ids[session._inflight] as number;
    drop(client, QUOTA_EXCEEDED, packetId, topicOf(remove(session, session._inflight)));
  }
  return true;
}

/**
 * Queues a packed PUBLISH behind all others, or `first` before all that wait, and sends what may be sent. False when it
 * had to be dropped itself.
 */
export function enqueue(client: Client, packet: string, packetId: number, first: boolean): boolean {
  const session = client._session;
  if (!makeRoom(client, packet.length)) {
    drop(client, QUOTA_EXCEEDED, packetId, topicOf(packet));
    return false;
  }
  const index = first ? session._inflight : session._packets.length;
  session._packets.splice(index, 0, packet);
  session._ids.splice(index, 0, packetId);
  session._bytes += packet.length;
  flush(client);
  return true;
}

/** May a message go straight to the socket, with none waiting before it? */
export function isIdle(client: Client): boolean {
  return (
    client._state === ONLINE &&
    client._pending < SEND_BUFFER &&
    client._session._packets.length === client._session._inflight
  );
}

/** Sends what waits, in order, as far as the receive maximum and the socket allow. */
export function flush(client: Client): void {
  const session = client._session;
  while (
    client._state === ONLINE &&
    client._pending < SEND_BUFFER &&
    session._inflight < session._packets.length &&
    session._inflight < (client._options.receiveMaximum || RECEIVE_MAXIMUM)
  ) {
    const packet = session._packets[session._inflight] as string;
    if (session._ids[session._inflight]) session._inflight++;
    else remove(session, session._inflight);
    client.counters.sent++;
    if (packet >= FIRST_WITH_DUP) client.counters.resent++;
    send(client, packet);
  }
}

/** The server has the message `packetId`: forgets it. False when no such message is in flight. */
export function acknowledge(client: Client, packetId: number): boolean {
  const session = client._session;
  const index = session._ids.indexOf(packetId);
  if (index < 0 || index >= session._inflight) return false;
  remove(session, index);
  session._inflight--;
  client.counters.acknowledged++;
  return true;
}

/** The connection is gone: what was in flight waits again, and will carry DUP [MQTT-3.3.1-1]. */
export function suspend(session: Session): void {
  while (session._inflight) markDup(session, --session._inflight, DUP);
}

/** The server knows nothing of earlier connections: what waits goes out as new. */
export function restart(session: Session): void {
  for (let index = 0; index < session._packets.length; index++) markDup(session, index, 0);
}

function markDup(session: Session, index: number, dup: number): void {
  const packet = session._packets[index] as string;
  const first = packet.charCodeAt(0);
  if (first & QOS_MASK && (first & DUP) !== dup) {
    session._packets[index] = String.fromCharCode((first & ~DUP) | dup) + packet.substr(1);
  }
}
