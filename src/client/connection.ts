/** The life of a connection: the attempt, its end, and the delay until the next one. */
import { DISCONNECT, QOS_1, TYPE_PUBLISH } from "../codec/constants.ts";
import { encodeConnect } from "../codec/encode.ts";
import { bytesOf, readU16 } from "../codec/fields.ts";
import {
  BLAMED_WITHIN,
  CONNECT_TIMEOUT,
  KEEPALIVE,
  LOSSES,
  QUEUE_BYTES,
  QUEUE_LIMIT,
  RECEIVE_MAXIMUM,
  RECONNECT_PERIOD,
  RECONNECT_PERIOD_MAXIMUM,
  STABLE_AFTER,
} from "../limits.ts";
import { CONNECTION_LOST, REPEATED_LOSS, SUCCESS, UNSUPPORTED_PROTOCOL_VERSION } from "../reason.ts";
import { abort, CLOSING, CONNECTING, OFFLINE, ONLINE, OPENING, send, WAITING } from "./client.ts";
import type { Client, Part } from "./client.ts";
import type { ClientOptions } from "./options.ts";
import { ACKNOWLEDGEMENT, flush, lose } from "./queue.ts";
import { received } from "./receive.ts";

/**
 * Wrong version, bad client identifier, bad credentials, not authorized (0x84…0x87): time alone does not
 * heal these.
 */
const isRefusal = (reasonCode: number): boolean => reasonCode >> 2 === UNSUPPORTED_PROTOCOL_VERSION >> 2;

/** Link handler: the way to the server stands, or there is room for messages again. */
function ready(this: Client): void {
  const client = this;
  if (client._state === OPENING) {
    const options = client._options;
    let packet: string;
    if (client._encode) {
      packet = client._encode(client);
      // Who encodes has said why not.
      if (!packet) return;
    } else packet = /*@__SPLICE__*/ encodeConnect(options, options.clientId, client._keepalive, "", "");
    client._state = CONNECTING;
    send(client, packet);
    if (client._sendEarly) client._sendEarly(client);
  }
  client._canSend = client._state === ONLINE;
  if (client._resume && client._canSend) client._canSend = client._resume(client);
  flush(client);
}

/**
 * Is what was under way to blame for the end of this connection, by the server? One that takes a message or
 * a filter for a fault ends the connection soon after CONNACK, each time. Suspect is a message that was in
 * flight at each of such losses in a row.
 */
function blame(client: Client, reasonCode: number): void {
  const inflight = client._inflight;
  const oldest = inflight[0];
  const lasted = client._now - client._since;
  if (lasted >= STABLE_AFTER) client._delay = 0;
  client._isBlamed = lasted < BLAMED_WITHIN && (reasonCode === CONNECTION_LOST || !!client._isDismissed);
  // A PUBREL is no message any more.
  if (
    client._isBlamed &&
    oldest &&
    (!client._release || oldest.charCodeAt(ACKNOWLEDGEMENT) >> 4 === TYPE_PUBLISH)
  ) {
    // Messages are sent in the order of their packet ids, which begin anew behind 65535: which were in
    // flight at the first of these losses, the last one tells.
    if (!client._losses || ((client._suspect - readU16(oldest, 2)) & 65535) > 32767) {
      client._losses = 0;
      client._suspect = readU16(inflight[inflight.length - 1] as string, 2);
    }
    client._losses++;
  } else client._losses = 0;
}

/** Link handler: the link has ended, whoever ended it. Exponential backoff with full jitter until the next attempt. */
function closed(this: Client, linkReason: number): void {
  const client = this;
  const options = client._options;
  const longest = options.reconnectPeriodMaximum || RECONNECT_PERIOD_MAXIMUM;
  let reasonCode = client._state === CLOSING ? client._reason : linkReason;
  if (client._closing) reasonCode = client._closing(client, reasonCode);
  if (client.connected) /*@__SPLICE__*/ blame(client, reasonCode);
  const bound = Math.min(client._delay || options.reconnectPeriod || RECONNECT_PERIOD, longest);
  client._delay = bound * 2;
  client._reason = reasonCode;
  client._state = options.reconnectPeriod === 0 ? OFFLINE : client._next;
  // An owner that connects anew whenever a connection ends must not do so without a pause.
  let seconds = reasonCode && 1;
  if (client._state)
    seconds = Math.ceil((isRefusal(reasonCode) ? longest : Math.random() * bound || 1) / 1000);
  client._due = client._now + seconds;
  client._unacknowledged += client._inflight.length;
  client._waiting = client._inflight.concat(client._waiting);
  client._inflight = [];
  client._quick = -1;
  client._canSend = client.connected = false;
  if (client._losses >= LOSSES) {
    // It was the only one on its way.
    client._losses = 0;
    client._unacknowledged--;
    lose(client, client._waiting.shift() as string, REPEATED_LOSS);
  }
  if (options.onDisconnect) options.onDisconnect(reasonCode, client._state && seconds);
  if (client._cut) client._cut(client);
}

/**
 * Makes a client that does nothing yet. `options` stays in use: what is changed in it, but for the queue's
 * size, counts from the next connection. Nothing in it is checked but by what uses it. `parts` are optional
 * parts such as `qos2` and `version5`, in any order; each is installed once.
 */
// Options of parts are more than those of the core.
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
export function createClient<Options extends ClientOptions>(options: Options, parts?: Part[]): Client {
  // The engine finds a field by going through them in this order: those of every packet come first. What is not here is
  // set by `connect`, or may be undefined.
  const client = {
    _now: 0,
    _inflight: [] as string[],
    _partial: "",
    _state: OFFLINE,
    _receivedAt: 0,
    _quick: -1,
    _link: options.link,
    _topics: [] as string[],
    _lastId: 0,
    _lastFreshId: 65535,
    _room: options.queueBytes || QUEUE_BYTES,
    _receiveMaximum: 0,
    _waiting: [] as string[],
    _due: 0,
    _options: options,
    _queueLimit: options.queueLimit || QUEUE_LIMIT,
    _unacknowledged: 0,
    _maximumQos: QOS_1,
    _delay: 0,
    _losses: 0,
    onData: received,
    onDrain: ready,
    onOpen: ready,
    onClose: closed,
    connected: false,
    reconnects: 0,
    resent: 0,
    dropped: 0,
  } as unknown as Client;
  if (parts) parts.forEach((part) => part(client));
  return client;
}

/** Opens the link for the next attempt. */
/*@__TOGETHER__ seldom*/
export function open(client: Client): void {
  const options = client._options;
  client._due = client._now + (options.connectTimeout || CONNECT_TIMEOUT) / 1000;
  client._keepalive = (options.keepalive as number) >= 0 ? (options.keepalive as number) : KEEPALIVE;
  // After two losses that may be a message's fault one at a time shows which one's.
  client._receiveMaximum =
    client._losses > 1 ? 1 : Math.min(options.receiveMaximum || RECEIVE_MAXIMUM, client._queueLimit);
  // Nothing of the connection before survives but the session.
  client._skipped = client._pingDue = 0;
  client._partial = client._oldest = "";
  client._state = OPENING;
  client._link.open(client._begin ? client._begin(client) : options, client);
}

/**
 * Connects, and reconnects until `disconnect`. Nothing happens when a connection stands or is on its way.
 * An attempt that waits for its time is made within a second, but for one after a refusal (0x84…0x87),
 * which keeps its own delay. Throws nothing: how it went is reported by `onConnect` or `onDisconnect`,
 * never before it has returned. On an ESP32 Espruino's own `connect` blocks the board meanwhile, up to some
 * 18 s for a host that does not answer.
 */
export function connect(client: Client): void {
  client._next = WAITING;
  if (client._state > WAITING) return;
  if (client._state || client._due > client._now) {
    client._state = WAITING;
    if (!isRefusal(client._reason)) client._due = client._now + 1;
  } else open(client);
}

/**
 * Ends the connection with a DISCONNECT, so that no will is published, and stops reconnecting. What is queued stays for
 * the next `connect`. `onDisconnect` follows with reason code 0 when there was a connection or an attempt. Any handler may call it.
 */
export function disconnect(client: Client): void {
  client._next = OFFLINE;
  if (client._state === WAITING) {
    client._state = OFFLINE;
    client._due = client._now + 1;
  }
  if (client._state === ONLINE) send(client, bytesOf(DISCONNECT, 0));
  abort(client, SUCCESS);
}
