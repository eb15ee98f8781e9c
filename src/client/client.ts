/** The record that all client functions work on, what its owner may set, and the few steps that every part needs. */
import type { ConnectOptions } from "../codec/encode.ts";
import type { Address, Link, LinkHandlers } from "../link.ts";
import type { Subscription } from "./subscriptions.ts";

/** A message that arrived. `flags` holds RETAIN, QOS_1 and DUP as in the packet. */
export type MessageHandler = (topic: string, payload: string, flags: number) => void;

/**
 * Everything a client is told. Handlers are called directly, from within the arrival of bytes or a tick; each may call
 * any function of the client. What a handler throws reaches the interpreter's console after the client is done.
 */
export interface ClientOptions extends Address, ConnectOptions {
  /** The transport; one client each. */
  link: Link;
  /** Seconds between packets at which the client pings; 0…65535, default 60, 0 = never. */
  keepalive?: number;
  /** Milliseconds for look-up, TCP, TLS and CONNACK together; default 30 000. */
  connectTimeout?: number;
  /** Milliseconds of the first reconnect delay's upper bound; default 1000, 0 = never reconnect. */
  reconnectPeriod?: number;
  /** Milliseconds that bound grows to; default 120 000. */
  reconnectPeriodMaximum?: number;
  /** Largest packet taken in, in bytes; larger messages are drained, acknowledged and reported. Default 1024. */
  maximumPacketSize?: number;
  /** QoS 1 messages in flight at once; default 8. */
  receiveMaximum?: number;
  /** Messages that may wait, those in flight included; default 50. */
  queueLimit?: number;
  /** Bytes that may wait; default 2048. */
  queueBytes?: number;
  /** Which message goes when the queue is full; default `drop-oldest`. Those in flight stay. */
  queuePolicy?: "drop-oldest" | "drop-newest";

  /** The server accepted; `sessionPresent` when it kept the session. What is published here can go FIRST. */
  onConnect?(sessionPresent: boolean): void;
  /** The connection or the attempt ended; the next attempt comes in `seconds`, or not at all when 0. */
  onDisconnect?(reasonCode: number, seconds: number): void;
  /** A message that no subscription's own handler took. */
  onMessage?: MessageHandler;
  /** The server answered a subscription: the granted QoS, or 0x80 for a refusal. */
  onSubscribe?(topicFilter: string, reasonCode: number): void;
  /** The server forgot these filters. */
  onUnsubscribe?(topicFilters: string[]): void;
  /** The server has the QoS 1 message that `publish` returned this packet id for. */
  onAcknowledge?(packetId: number): void;
  /** A message was lost, ours (`packetId` as publish returned it, 0 for QoS 0) or an inbound one that was too large. */
  onDrop?(reasonCode: number, packetId: number, topic: string): void;
}

/** Totals since the client was created. */
export interface Counters {
  /** PUBLISH packets written, repetitions included. */
  sent: number;
  /** Messages received. */
  received: number;
  /** QoS 1 messages the server has acknowledged. */
  acknowledged: number;
  /** PUBLISH packets written with DUP. */
  resent: number;
  /** Messages lost, by reason code. */
  dropped: { [reasonCode: number]: number };
  /** Connections accepted by the server, the first not counted. */
  reconnects: number;
}

/** Nothing is wanted and nothing is open. */
export const OFFLINE = 0;
/** The next attempt waits for its time. */
export const WAITING = 1;
/** The link is opening, or CONNECT was sent and CONNACK is due. */
export const OPENING = 2;
/** The server accepted. */
export const ONLINE = 3;
/** The link was told to close and has not yet reported it. */
export const CLOSING = 4;

/**
 * One client. Of its fields only `connected` and `counters` are its owner's, to read. It is its own link's handlers, so
 * that a client costs no closures.
 */
export interface Client extends LinkHandlers {
  connected: boolean;
  counters: Counters;
  _options: ClientOptions;
  _state: number;
  /** 1 once a server has accepted. */
  _wasOnline: number;
  /** Shall there be a connection? */
  _wanted: boolean;
  /** Why we closed the link; 0 while it is not us. */
  _reason: number;
  /** Attempts since the last stable connection. */
  _attempt: number;
  /** Ticks: until the attempt is given up, until the next one, or since the connection stands, by state. */
  _timer: number;
  /** Keep alive of this connection in seconds. */
  _keepalive: number;
  /** Ticks since something was sent, since something was received, and left for an answer to PINGREQ (0 = none due). */
  _sentAgo: number;
  _receivedAgo: number;
  _pingDue: number;
  /** Of a packet: the bytes that are not whole yet; or how many are still to be drained, and what then acknowledges. */
  _partial: string;
  _drain: number;
  _drainAck: string;
  /** Bytes written since the socket last ran empty. */
  _pending: number;
  /**
   * What outlives a connection: messages on their way out, in order, each as one packed PUBLISH. The first `_inflight`
   * were sent on this connection and wait for their PUBACK; all behind them wait to be sent.
   */
  _packets: string[];
  /** Packet id of each of them; 0 for QoS 0. */
  _ids: number[];
  _inflight: number;
  /** Bytes of them all. */
  _bytes: number;
  /** Packet id given last. */
  _lastId: number;
  _subscriptions: Subscription[];
  /** The filters of the SUBSCRIBE that is not answered yet, and its packet id. */
  _asked: Subscription[];
  _askedId: number;
  /** Filters whose UNSUBSCRIBE is not acknowledged, and the packet id of the one that names them all; 0 = to be sent. */
  _removed: string[];
  _removedId: number;
  /** The topic last published to, and the same with its length in front: checked and encoded once. */
  _topic: string;
  _topicField: string;
}

/** Writes a packet to the open link. */
export function send(client: Client, bytes: string): void {
  client._sentAgo = 0;
  client._pending += bytes.length;
  client._options.link.write(bytes);
}

/**
 * Ends the connection or the attempt without a DISCONNECT, so that the server publishes the will; `onDisconnect` reports
 * `reasonCode`, and the next attempt follows. Harmless when there is neither.
 */
export function abort(client: Client, reasonCode: number): void {
  if (client._state !== OPENING && client._state !== ONLINE) return;
  client._state = CLOSING;
  client._reason = reasonCode;
  client._options.link.close();
}

/** Counts and reports a lost message. */
export function drop(client: Client, reasonCode: number, packetId: number, topic: string): void {
  const dropped = client.counters.dropped;
  dropped[reasonCode] = (dropped[reasonCode] || 0) + 1;
  if (client._options.onDrop) client._options.onDrop(reasonCode, packetId, topic);
}
