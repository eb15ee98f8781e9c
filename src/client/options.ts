/** Everything that the owner of a client may set, and what its handlers are told. */
import type { ConnectOptions } from "../codec/encode.ts";
import type { Address, Link } from "../link.ts";

/**
 * Takes a message that arrived: topic and payload as byte strings, one character a byte, and `flags` of
 * RETAIN (the server had kept it), QOS_1 or QOS_2, and DUP (it may have come before) as in the packet. A
 * message of QoS 1 is acknowledged after the handler has returned, and also when it throws.
 */
export type MessageHandler = (topic: string, payload: string, flags: number) => void;

/**
 * Takes a piece of a message: bytes of its payload from `offset` on, of `total`; `flags` as in
 * `MessageHandler`.
 */
export type PieceHandler = (
  topic: string,
  piece: string,
  offset: number,
  total: number,
  flags: number,
) => void;

/** One subscription; the client keeps the object, so leave it unchanged until it is unsubscribed. */
export interface Subscription {
  /**
   * 1…65535 bytes of UTF-8 without control characters, with `+`, `#` and `$share/group/…` as the standard
   * has them (MQTT 3.1.1 §4.7, 5.0 §4.8.2).
   */
  topicFilter: string;
  /** Highest QoS the server may send with; 0 (default), 1, or 2 with the part `qos2`. */
  qos?: 0 | 1 | 2;
  /** MQTT 5.0 (`subscribeWith`): 1…268 435 455, by which messages find their way here; default none. */
  subscriptionIdentifier?: number;
  /** Takes the messages of this filter; without it they go to the client's `onMessage`. */
  onMessage?: MessageHandler;
  /** With the part `pieces`: takes messages of any size in pieces, instead of `onMessage`. */
  onPiece?: PieceHandler;
  /** State at the server: one of those in subscriptions.ts. */
  _state?: number;
  /** Filter that topics are compared with; empty when it takes none. */
  _filter?: string;
  /** The options of MQTT 5.0 besides the QoS, as they stand in the packet. */
  _flags?: number;
}

/**
 * Options and handlers of a client. Handlers are called directly, from within the arrival of bytes or a
 * tick; each may call any function of the client. What a handler throws reaches the interpreter's console
 * after the client is done.
 */
export interface ClientOptions extends Address, ConnectOptions {
  /** The transport, such as `createTcpLink()` gives; each client needs one of its own. */
  link: Link;
  /**
   * Seconds without a packet sent, or without one received, after which the client pings; 0…65535, default
   * 60, 0 = never. The server gives a client up after 1.5 times that, and publishes its will (MQTT 3.1.1
   * §3.1.2.10).
   */
  keepalive?: number;
  /** Milliseconds for look-up, TCP, TLS and CONNACK together; 1000…600 000, default 30 000. */
  connectTimeout?: number;
  /**
   * Milliseconds that the server gets to acknowledge the oldest message in flight, a SUBSCRIBE or an
   * UNSUBSCRIBE; 1000…, default 60 000. Then the connection ends with 0xC9, and the message is sent again
   * on the next one.
   */
  ackTimeout?: number;
  /**
   * Milliseconds of the first reconnect delay's upper bound; 1…, default 1000, 0 = never reconnect. It
   * doubles with each attempt that fails; the delay itself is random below it, and at least a second. A
   * connection on which something was acknowledged, or that lasted a minute, starts again from the shortest
   * delay.
   */
  reconnectPeriod?: number;
  /**
   * Milliseconds that bound grows to, and the delay after a refusal that time cannot heal (0x84…0x87);
   * default 120 000.
   */
  reconnectPeriodMaximum?: number;
  /**
   * Largest packet taken in, in bytes; 128…16384, default 1024. A larger message is drained, acknowledged
   * and reported to `onDrop` with 0x95; any other larger packet ends the connection with that code.
   */
  maximumPacketSize?: number;
  /** Messages of QoS 1 and 2 in flight at once; 1…65535, default 8. Further ones wait in the queue. */
  receiveMaximum?: number;
  /** Messages that may be kept, in flight and waiting; 1…1000, default 50. Read by `createClient` only. */
  queueLimit?: number;
  /** Bytes of their packets together; 64…65535, default 2048. Read by `createClient` only. */
  queueBytes?: number;
  /**
   * Which message goes when the queue is full: the oldest of those that wait (default), or the new one.
   * Those in flight stay. A message that went is reported to `onDrop` with 0x97.
   */
  queuePolicy?: "drop-oldest" | "drop-newest";
  /**
   * Returns how many variables are free, such as `function () { return process.memory(false).free; }`; with
   * it a message is refused (−0x97) that memory is too short for. Asked once a second while more than 512
   * are free, else before each message; default: not asked.
   */
  memory?(): number;

  /**
   * The server accepted; `sessionPresent` when it had kept the session of an earlier connection. What is
   * published here with FIRST leaves before all that waits for its first time.
   */
  onConnect?(sessionPresent: boolean): void;
  /**
   * The connection or the attempt ended, with a reason code, 0 after `disconnect`; the next attempt comes
   * in `seconds`, or not at all when 0.
   */
  onDisconnect?(reasonCode: number, seconds: number): void;
  /** A message that no subscription's own handler took. */
  onMessage?: MessageHandler;
  /**
   * With the part `pieces`: a piece of a message that no handler takes whole and no subscription in pieces.
   */
  onPiece?: PieceHandler;
  /**
   * The server answered for one filter: the granted QoS (0…2), or 0x80 and above for a refusal. Reported
   * again after each restoring. 0xCA: three connections in a row were lost while it was asked for; it is
   * not asked for again.
   */
  onSubscribe?(topicFilter: string, reasonCode: number): void;
  /**
   * The server forgot a filter: 0. In MQTT 5.0 it may say that it never knew it (0x11) or refuses (0x80 and
   * above).
   */
  onUnsubscribe?(topicFilter: string, reasonCode: number): void;
  /** The server has the message of QoS 1 or 2 that `publish` returned this packet id (1…65535) for. */
  onAcknowledge?(packetId: number): void;
  /**
   * A message was lost: ours, with the packet id that `publish` returned, 0 for QoS 0, and 0x97 when it
   * found no room, 0xCA when three connections in a row were lost while it was in flight; or an inbound one
   * that was too large (0x95, packet id 0).
   */
  onDrop?(reasonCode: number, packetId: number, topic: string): void;
}
