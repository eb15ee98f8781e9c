/** The record that all client functions work on, what its owner may set, and the few steps that every part needs. */
import type { ConnectOptions } from "../codec/encode.ts";
import type { Address, Link, LinkHandlers } from "../link.ts";
import type { Subscription } from "./subscriptions.ts";

/** A message that arrived. `flags` holds RETAIN, QOS_1 and DUP as in the packet. */
export type MessageHandler = (topic: string, payload: string, flags: number) => void;

/** A piece of a message of `total` bytes, from `offset` on. */
export type PieceHandler = (
  topic: string,
  piece: string,
  offset: number,
  total: number,
  flags: number,
) => void;

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
  /** Messages that may be kept, in flight and waiting; default 50. */
  queueLimit?: number;
  /** Bytes of them all; default 2048. */
  queueBytes?: number;
  /** Which message goes when the queue is full; default `drop-oldest`. Those in flight stay. */
  queuePolicy?: "drop-oldest" | "drop-newest";
  /** Tells how many variables are free; with it a message is refused that memory is too short for. Default: not asked. */
  memory?(): number;

  /** The server accepted; `sessionPresent` when it kept the session. What is published here can go FIRST. */
  onConnect?(sessionPresent: boolean): void;
  /** The connection or the attempt ended; the next attempt comes in `seconds`, or not at all when 0. */
  onDisconnect?(reasonCode: number, seconds: number): void;
  /** A message that no subscription's own handler took. */
  onMessage?: MessageHandler;
  /** With `enablePieces`: a piece of a message that no handler takes whole and no subscription in pieces. */
  onPiece?: PieceHandler;
  /** The server answered a subscription: the granted QoS, or 0x80 and above for a refusal. */
  onSubscribe?(topicFilter: string, reasonCode: number): void;
  /** The server forgot a filter; in MQTT 5.0 `reasonCode` can say that it did not, or never knew it (0x11). */
  onUnsubscribe?(topicFilter: string, reasonCode: number): void;
  /** The server has the QoS 1 message that `publish` returned this packet id for. */
  onAcknowledge?(packetId: number): void;
  /** A message was lost, ours (`packetId` as publish returned it, 0 for QoS 0) or an inbound one that was too large. */
  onDrop?(reasonCode: number, packetId: number, topic: string): void;
}

/** Who takes a message: a subscription, or the client's options. */
export interface Taker {
  onMessage?: MessageHandler;
}

/**
 * Takes a packet that has passed the core's checks and returns a reason code to disconnect with, or 0. `first` is its
 * first byte. A CONNACK (accepted; 1 = session present) and a PUBLISH, whose topic is `body`, leave the result unused; who
 * takes the message is left in `_taker`, and if that is not one alone, −1 in `_heardSize`.
 */
export type Incoming = (client: Client, first: number, body: string, payload: string) => number;

/** Takes a packet but PUBLISH, whole, and returns a reason code to disconnect with, or 0. */
export type PacketHandler = (client: Client, first: number, body: string) => number;

/** Takes a PUBLISH as far as it has come, and returns a reason code to disconnect with, 0, or −1 when more is to come. */
export type PublishHandler = (
  client: Client,
  data: string,
  position: number,
  size: number,
  limit: number,
) => number;

/** Nothing is wanted and nothing is open. */
export const OFFLINE = 0;
/** The next attempt waits for its time. */
export const WAITING = 1;
/** The link was told to close and has not yet reported it. */
export const CLOSING = 2;
/** The link is opening. */
export const OPENING = 3;
/** CONNECT was sent and CONNACK is due. */
export const CONNECTING = 4;
/** The server accepted. */
export const ONLINE = 5;

/**
 * One client. What has no `_` is its owner's, to read. It is its own link's handlers, so that a client costs no closures.
 */
export interface Client extends LinkHandlers {
  connected: boolean;
  /** Connections that the server accepted, the first not counted. */
  reconnects: number;
  /** PUBLISH packets written with DUP. */
  resent: number;
  /** Messages lost, each told to `onDrop`. */
  dropped: number;

  _options: ClientOptions;
  _link: Link;
  _state: number;
  /** Has a server accepted before? */
  _wasOnline: boolean;
  /** The state that follows the end of the connection: shall there be another? */
  _next: number;
  /** Why we closed the link. */
  _reason: number;
  /** Milliseconds that bound the next reconnect delay; 0 = those of the options. */
  _delay: number;
  /** Ticks: until the attempt is given up, until the next one, or since the connection stands, by state. */
  _timer: number;
  /** Keep alive of this connection in seconds, and messages of QoS 1 it may have in flight. */
  _keepalive: number;
  _receiveMaximum: number;
  /** Ticks since something was sent, since something was received, and left for an answer to PINGREQ (0 = none due). */
  _sentAgo: number;
  _receivedAgo: number;
  _pingDue: number;

  /** Bytes of the stream that are not taken yet. */
  _partial: string;
  /** How many bytes of the payload of a message that is too large were let go: they are missing in `_partial`. */
  _skipped: number;
  /**
   * The last QoS 0 message: what preceded its payload, its topic, and its size with all; −1 when the next packet must not be
   * taken for one like it. And who took it.
   */
  _heard: string;
  _heardTopic: string;
  _heardSize: number;
  _taker: Taker;

  /** May messages be handed to the link: is it open, accepted by the server, and not full? */
  _canSend: boolean;
  /**
   * What outlives a connection: messages sent and not acknowledged, and behind them those that wait, in order. Each is
   * the acknowledgement it expects (four bytes; that of packet id 0 for QoS 0) with the packed PUBLISH behind it.
   */
  _inflight: string[];
  _waiting: string[];
  /** How many that wait, from the first on, were sent on an earlier connection: they leave with DUP. */
  _unacknowledged: number;
  /** Bytes left for more of them, and how many they may be. */
  _room: number;
  _queueLimit: number;
  /** Packet id given last, and up to which one they need no look: none was given before. */
  _lastId: number;
  _lastFreshId: number;

  /** The highest QoS of messages, both ways, as in the flags: QOS_1, or QOS_2 where that was asked for. */
  _maximumQos: number;
  /**
   * What takes packets, PUBLISH and the others (`first` is their first byte): the functions of that name in receive.ts, or what
   * stands in front of them.
   */
  _handle: PacketHandler;
  _handlePublish: PublishHandler;
  /** Those in 3.1.1 form, behind what takes the form of MQTT 5.0 off. */
  _handleWithin?: PacketHandler;
  _handlePublishWithin?: PublishHandler;

  /** Packet ids of QoS 2 messages taken whose PUBREL has not come, when there is QoS 2. */
  _received?: string[];
  /**
   * Where MQTT 5.0 is spoken: the properties of a message of so many bytes of topic and payload that is about to be published, as
   * they stand in front of its payload, or a negative reason code.
   */
  _prepare?: (client: Client, flags: number, size: number) => string | number;
  /** MQTT 5.0: what SUBSCRIBE and UNSUBSCRIBE have behind their packet id; nothing in 3.1.1. */
  _askProperties?: string;
  /** Picks those that go into the next SUBSCRIBE, or UNSUBSCRIBE with a `state`. */
  _select?: (client: Client, wanted: Subscription[], state: number) => Subscription[];
  /** Identifiers of the subscriptions that the message at hand comes by, if it names any. */
  _identifiers?: unknown[] | undefined;
  /** What opens a connection when the first message is to go at once. */
  _readyBefore?: () => void;
  /** Can messages be taken in pieces, by what, and is the one at hand? */
  _hasPieces?: boolean;
  _handlePieces?: PublishHandler;
  _isTaken?: boolean;
  /** The link behind that which speaks MQTT 5.0. */
  _linkWithin?: Link;
  /** What else a tick is for. */
  _everySecond?: (client: Client) => void;

  /** What `subscribe` sets to take messages, and what else the core has no use for. */
  _incoming?: Incoming;
  /** Packet id of the SUBSCRIBE or UNSUBSCRIBE under way; 0 = none. The next two exist from the first subscription on. */
  _askedId: number;
  _subscriptions?: Subscription[];
  _asked?: Subscription[];

  /** The topic last published to, with its length in front: checked once. */
  _topicField: string;
  /**
   * What precedes the payload (or the packet id) in the last packet that left at once; the topic with the flags that it is
   * for; and the length of payload that it fits, −1 when it must not be used.
   */
  _head: string;
  _key: string;
  _length: number;
  /** Bytes that a QoS 1 message with that header takes of the queue. */
  _entrySize: number;
}

/** Writes a packet to the open link, which tells whether messages may follow. */
export function send(client: Client, bytes: string): void {
  client._sentAgo = 0;
  client._canSend = client._link.write(bytes);
}

/** Counts and reports a message that is lost. */
export function drop(client: Client, reasonCode: number, packetId: number, topic: string): void {
  client.dropped++;
  if (client._options.onDrop) client._options.onDrop(reasonCode, packetId, topic);
}

/**
 * Ends the connection or the attempt without a DISCONNECT, so that the server publishes the will; `onDisconnect` reports
 * `reasonCode`, and the next attempt follows. Harmless when there is neither. Where MQTT 5.0 is spoken a DISCONNECT says a reason
 * code of a broken protocol (0x80…0x83, 0x90…0x99); servers should publish the will even so, but not all do.
 */
export function abort(client: Client, reasonCode: number): void {
  if (client._state < OPENING) return;
  client._state = CLOSING;
  client._reason = reasonCode;
  client._canSend = false;
  client._length = client._heardSize = -1;
  // Nothing that still comes is an acknowledgement.
  client._partial = "-";
  client._link.close();
}
