/** The record that all client functions work on, and the few steps that every part needs. */
import type { Address, Link, LinkHandlers } from "../link.ts";
import { CLOSE_TIMEOUT } from "../limits.ts";
import type { ClientOptions, MessageHandler, Subscription } from "./options.ts";

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

/** Receiver of messages: a subscription, or the client's options. */
export interface Taker {
  onMessage?: MessageHandler;
}

/** A message that is published in pieces (stream.ts). */
export interface Stream {
  _topic: string;
  /** All that precedes the payload, but for the first byte, in which DUP may be set. */
  _head: string;
  _length: number;
  /** Returns 1…`room` bytes of the payload from `offset` on. */
  _source: (offset: number, room: number) => string;
  /** Bytes of the payload that were written; −1 while it waits or is written whole. */
  _offset: number;
}

/**
 * One client. What has no `_` is its owner's, to read. It is its own link's handlers: that saves closures.
 *
 * Functions over it report by one of three conventions: a reason code, 0 when all is well; a position in a
 * packet, or a negative reason code; a text, empty where there is none.
 */
export interface Client extends LinkHandlers {
  /** Has the server accepted, and does the connection stand as far as is known? */
  connected: boolean;
  /** Connections that the server accepted, the first not counted. */
  reconnects: number;
  /** PUBLISH packets written with DUP. */
  resent: number;
  /** Messages lost, each reported to `onDrop`. */
  dropped: number;

  /** The reason code of what a handler is told of, where MQTT 5.0 is spoken: see `Version5Client`. */
  reasonCode?: number;
  /** The field of properties of what a handler is told of, where MQTT 5.0 is spoken: see `Version5Client`. */
  properties?: string;

  _options: ClientOptions;
  _link: Link;
  _state: number;
  /** Has a server accepted before? */
  _wasOnline: boolean;
  /** The state that follows the end of the connection, and why the link was closed, by us or last. */
  _next: number;
  _reason: number;
  /** Milliseconds that bound the next reconnect delay; 0 = the options', as after an acknowledgement. */
  _delay: number;
  /** Seconds that have passed, and the one until which a tick has nothing to do. */
  _now: number;
  _due: number;
  /** Seconds: something was sent; was received; PINGRESP is overdue, 0 = none is due; CONNACK came. */
  _sentAt: number;
  _receivedAt: number;
  _pingDue: number;
  _since: number;
  /** Keep alive of this connection in seconds, and messages of QoS 1 it may have in flight. */
  _keepalive: number;
  _receiveMaximum: number;
  /** Packet id of the oldest message in flight at the last look; second at which its answer is overdue. */
  _oldest: string | undefined;
  _ackDue: number;
  /** Losses in a row that are blamed on messages; last packet id of those in flight at the first one. */
  _losses: number;
  _suspect: number;

  /** Bytes of the stream that are not taken yet. */
  _partial: string;
  /** Bytes of the payload of a message too large that were let go: they are missing in `_partial`. */
  _skipped: number;
  /** Topic of the message at hand, and its packet id, two bytes or empty. */
  _topic: string;
  _id: string;
  /** By topics, each with its length in front, the one taker of messages to it: the short way in. */
  _heard: Record<string, Taker | undefined>;

  /** The highest flags that may go the short way out; −1 = none, until `hurry` has looked again. */
  _quick: number;
  /** Topics that were checked. */
  _topics: string[];
  /** The field of no properties that MQTT 5.0 has in each PUBLISH. */
  _gap?: string;
  /** May messages be handed to the link: is it open, accepted by the server, and not full? */
  _canSend: boolean;
  /**
   * Messages outlive a connection: sent and not acknowledged, and behind them those that wait, in order.
   * Each is the acknowledgement it expects (four bytes; of packet id 0 for QoS 0), then the packed PUBLISH.
   */
  _inflight: string[];
  _waiting: string[];
  /** How many that wait, from the first on, were sent on an earlier connection: they leave with DUP. */
  _unacknowledged: number;
  /** Bytes left for more of them, and how many they may be. */
  _room: number;
  _queueLimit: number;
  /** Packet id given last, and up to which one nothing uses them. */
  _lastId: number;
  _lastFreshId: number;
  /** The highest QoS of messages, both ways, as in the flags: QOS_1, or QOS_2 where that was asked for. */
  _maximumQos: number;

  /** Packet id of the request under way; 0 = none. The next ones exist from the first subscription on. */
  _askedId: number;
  /** The second at which its answer is overdue, 0 until a tick has seen it; losses blamed on it in a row. */
  _askDue: number;
  _askLosses: number;
  /** Did the last connection end so that what was under way is to blame? */
  _isBlamed: boolean;
  /** MQTT 5.0: did the server end it with a DISCONNECT? */
  _isDismissed?: boolean;
  _subscriptions?: Subscription[];
  _asked?: Subscription[];
  /** The connection that it was asked on, as `reconnects` counts them. */
  _askedOn?: number;

  // From here on: places of optional parts, each called in one place of the way that packets take.

  /**
   * Subscriptions: does their part of a packet, by its type: PUBLISH with payload and flags; CONNACK with no
   * text and its session present; SUBACK, UNSUBACK with body and position of codes. Returns a reason code.
   */
  _serve?: (client: Client, type: number, text: string, number: number) => number;
  /** The short way in: false for what has to go the long one. */
  _hear?: (client: Client, bytes: string) => boolean;
  /** Identifiers of the subscriptions that the message at hand comes by, if it names any. */
  _identifiers?: unknown[] | undefined;

  /** QoS 2: packet ids of messages whose PUBREL has not come, two bytes each; how many they may be. */
  _received?: string;
  _receivedMaximum?: number;
  /** Notes a message of QoS 2: 0 = new, 1 = taken before, else a reason code. */
  _once?: (client: Client, id: string, isWhole: boolean) => number;
  /** Takes PUBREC, PUBREL and PUBCOMP, and PUBACK, with their reason code. */
  _acknowledge?: (client: Client, first: number, id: string, reasonCode: number) => number;
  /** Around CONNACK: takes out what a new session ends; sends PUBRELs. */
  _renew?: (client: Client) => void;
  _release?: (client: Client) => void;

  /** Pieces: hands out a piece; 0 = nobody took it, 1 = it is done, 2 = others take the whole message. */
  _takePiece?: (client: Client, flags: number, piece: string, offset: number, total: number) => number;

  /** Streaming: writes a packet, or holds it until the message under way is written. */
  _hold?: ((client: Client, bytes: string) => boolean) | undefined;
  /** Begins the message of this head; resumes it, true when it is done; forgets it with the connection. */
  _stream?: Stream | undefined;
  _pour?: (client: Client, packet: string) => void;
  _resume?: (client: Client) => boolean;
  _cut?: (client: Client) => void;

  /** Early publish: sends the first message right behind CONNECT. */
  _sendEarly?: (client: Client) => void;

  /** MQTT 5.0: forgets the last connection and says where to go; encodes CONNECT, or gives nothing. */
  _begin?: ((client: Client) => Address) | undefined;
  _encode?: ((client: Client) => string) | undefined;
  /** Reads what 5.0 adds to a packet but PUBLISH: the position of its codes, or a negative reason code. */
  _read?: ((client: Client, type: number, body: string) => number) | undefined;
  /** Reads the properties of a PUBLISH: the position of its payload, or a negative reason code. */
  _readMessage?: ((client: Client, data: string, position: number, size: number) => number) | undefined;
  /** Takes an acknowledgement that refuses its message, whose `entry` is out of those in flight. */
  _refused?: ((client: Client, entry: string, reasonCode: number) => void) | undefined;
  /** Takes over what CONNACK says: a reason code. */
  _accept?: ((client: Client, sessionPresent: number, reasonCode: number) => number) | undefined;
  /** Takes DISCONNECT and AUTH. */
  _takeOther?: ((client: Client, type: number, reasonCode: number) => number) | undefined;
  /** Lets nothing of a packet stay behind once it was taken. */
  _guard?: Guard | undefined;
  /** Says why, before the link is closed. */
  _explain?: ((client: Client) => void) | undefined;
  /** The properties of a message of so many bytes of topic and payload, or why it is refused. */
  _prepare?: ((client: Client, flags: number, size: number) => string | number) | undefined;
  /** Properties that SUBSCRIBE and UNSUBSCRIBE have behind their packet id; nothing in 3.1.1. */
  _askProperties?: string | undefined;
  /** Picks those that go into the next SUBSCRIBE, or UNSUBSCRIBE with a `state`. */
  _select?: ((client: Client, wanted: Subscription[], state: number) => Subscription[]) | undefined;
  /** Do the server's limits, or aliases, forbid the short way out? And what we said the short way in? */
  _isLimited?: boolean;
  _isStrict?: boolean;
  /** The authentication method that the last CONNECT named: nothing may follow that before it is answered. */
  _method?: string | undefined;
  /** A PUBLISH on its way to the link: its seconds left, then its alias. */
  _age?: ((client: Client, packet: string) => string) | undefined;
  _alias?: ((client: Client, packet: string) => string) | undefined;
  /** Where a server sent us; and what a connection's end means before it is reported: its reason code. */
  _reference?: Address | undefined;
  _closing?: ((client: Client, reasonCode: number) => number) | undefined;
  /** Further work of a second. */
  _everySecond?: ((client: Client) => void)[];
}

/** Takes a packet by `take`, whose arguments follow. */
export type Guard = (client: Client, data: string, position: number, size: number, limit: number) => number;

/**
 * An optional part of the client, such as `qos2`, for `createClient`. It fills its own places in the record
 * and nobody else's, so parts may be named in any order, and more than once.
 */
export type Part = (client: Client) => void;

/** Writes a packet other than PUBLISH to the open link, and notes whether messages may follow. */
export function send(client: Client, bytes: string): void {
  client._sentAt = client._now;
  client._canSend = client._hold ? client._hold(client, bytes) : client._link.write(bytes);
  if (!client._canSend) client._quick = -1;
}

/** Counts and reports a message that is lost. */
/*@__TOGETHER__ seldom*/
export function drop(client: Client, reasonCode: number, packetId: number, topic: string): void {
  client.dropped++;
  if (client._options.onDrop) client._options.onDrop(reasonCode, packetId, topic);
}

/**
 * Ends the connection or the attempt without a DISCONNECT, so that the server publishes the will;
 * `onDisconnect` reports `reasonCode`, 0…255, and the next attempt follows. Harmless when there is neither.
 * For a program that knows the connection to be dead: no Wi-Fi, no memory. Where MQTT 5.0 is spoken a
 * DISCONNECT says a broken protocol's reason code (0x80…0x83, 0x90…0x99), and not all servers publish it.
 */
/*@__TOGETHER__ seldom*/
export function abort(client: Client, reasonCode: number): void {
  if (client._state < OPENING) return;
  client._state = CLOSING;
  client._reason = reasonCode;
  client._due = client._now + CLOSE_TIMEOUT;
  client._canSend = false;
  client._quick = -1;
  client._partial = "";
  // In the middle of a payload no word would be understood.
  if (client._explain && !client._hold) client._explain(client);
  client._link.close();
}
