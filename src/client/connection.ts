/** The life of a connection: attempts, keep alive, the end, and the next attempt. */
import { DISCONNECT, DUP, PINGREQ } from "../codec/constants.ts";
import { encodeConnect } from "../codec/encode.ts";
import { bytesOf } from "../codec/fields.ts";
import {
  CONNECT_TIMEOUT,
  KEEPALIVE,
  PING_TIMEOUT,
  RECONNECT_PERIOD,
  RECONNECT_PERIOD_MAXIMUM,
  STABLE_AFTER,
} from "../limits.ts";
import {
  CONNECTION_TIMEOUT,
  KEEP_ALIVE_TIMEOUT,
  NOT_AUTHORIZED,
  SUCCESS,
  UNSUPPORTED_PROTOCOL_VERSION,
} from "../reason.ts";
import { CLOSING, abort, OFFLINE, ONLINE, OPENING, send, WAITING } from "./client.ts";
import type { Client, ClientOptions } from "./client.ts";
import { received } from "./receive.ts";
import { flush, markDup } from "./session.ts";

/** Seconds to the next attempt: exponential backoff with full jitter; the whole longest delay after a final refusal. */
function nextDelay(client: Client, reasonCode: number): number {
  const period = client._options.reconnectPeriod;
  const longest = client._options.reconnectPeriodMaximum || RECONNECT_PERIOD_MAXIMUM;
  const bound = (period === undefined ? RECONNECT_PERIOD : period) * Math.pow(2, client._attempt);
  if (!client._wanted || !bound) return 0;
  // Wrong version, bad client identifier, bad credentials, not authorized: time alone does not heal these.
  const isFinal = reasonCode >= UNSUPPORTED_PROTOCOL_VERSION && reasonCode <= NOT_AUTHORIZED;
  if (bound < longest) client._attempt++;
  return Math.ceil((isFinal ? longest : Math.random() * Math.min(bound, longest)) / 1000) || 1;
}

/** Link handler: the way to the server stands. */
function opened(this: Client): void {
  send(this, encodeConnect(this._options, this._keepalive));
}

/** Link handler: the socket ran empty. */
function drained(this: Client): void {
  this._pending = 0;
  flush(this);
}

/** Link handler: the link has ended, whoever ended it. */
function closed(this: Client, linkReason: number): void {
  const reasonCode = this._state === CLOSING ? this._reason : linkReason;
  const seconds = nextDelay(this, reasonCode);
  markDup(this, DUP);
  this.connected = false;
  this._state = seconds ? WAITING : OFFLINE;
  this._timer = seconds;
  this._wanted = seconds > 0;
  if (this._options.onDisconnect) this._options.onDisconnect(reasonCode, seconds);
}

/** A client that does nothing yet. `options` stays in use: what is changed in it counts from the next connection. */
export function createClient(options: ClientOptions): Client {
  // The engine finds a field by going through them in this order: those of every packet come first.
  return {
    _state: OFFLINE,
    _pending: 0,
    _options: options,
    _sentAgo: 0,
    _packets: [],
    _inflight: 0,
    _ids: [],
    // Any valid topic: an empty one would let "" pass as checked.
    _topic: "/",
    _topicField: "\0\x01/",
    counters: { sent: 0, received: 0, acknowledged: 0, resent: 0, dropped: {}, reconnects: 0 },
    onData: received,
    onDrain: drained,
    _receivedAgo: 0,
    _pingDue: 0,
    _partial: "",
    _drain: 0,
    _subscriptions: [],
    _bytes: 0,
    _lastId: 0,
    _askedId: 0,
    _removedId: 0,
    _timer: 0,
    _keepalive: 0,
    connected: false,
    onOpen: opened,
    onClose: closed,
    _wasOnline: 0,
    _wanted: false,
    _reason: 0,
    _attempt: 0,
    _drainAck: "",
    _asked: [],
    _removed: [],
  };
}

/**
 * Connects, and reconnects until `disconnect`. An attempt that waits for its time is made at once; nothing happens when a
 * connection stands or is on its way.
 */
export function connect(client: Client): void {
  const options = client._options;
  client._wanted = true;
  if (client._state !== OFFLINE && client._state !== WAITING) return;
  client._state = OPENING;
  client._timer = (options.connectTimeout || CONNECT_TIMEOUT) / 1000;
  client._keepalive = options.keepalive === undefined ? KEEPALIVE : options.keepalive;
  // Nothing of the connection before survives but the session.
  client._reason =
    client._sentAgo =
    client._receivedAgo =
    client._pingDue =
    client._pending =
    client._drain =
      0;
  client._partial = client._drainAck = "";
  options.link.open(options, client);
}

/**
 * Ends the connection with a DISCONNECT, so that no will is published, and stops reconnecting. What is queued stays for
 * the next `connect`. `onDisconnect` follows with reason code 0 when there was a connection or an attempt.
 */
export function disconnect(client: Client): void {
  client._wanted = false;
  if (client._state === WAITING) client._state = OFFLINE;
  if (client._state === ONLINE) send(client, bytesOf(DISCONNECT, 0));
  abort(client, SUCCESS);
}

/** PINGREQ when nothing was sent [MQTT-3.1.2-23] or nothing received for the interval; then anything must come in time. */
function keepAlive(client: Client): void {
  const keepalive = client._keepalive;
  client._sentAgo++;
  client._receivedAgo++;
  if (client._timer < STABLE_AFTER && ++client._timer === STABLE_AFTER) client._attempt = 0;
  if (client._pingDue) {
    if (!--client._pingDue) abort(client, KEEP_ALIVE_TIMEOUT);
  } else if (keepalive && (client._sentAgo >= keepalive || client._receivedAgo >= keepalive)) {
    client._pingDue = PING_TIMEOUT;
    send(client, bytesOf(PINGREQ, 0));
  }
}

/**
 * Passes one second. Whoever owns the timers calls it once a second; the client compares no clock, so clocks may jump.
 */
export function tick(client: Client): void {
  if (client._state === ONLINE) keepAlive(client);
  else if (client._state === OPENING || client._state === WAITING) {
    if (--client._timer > 0) return;
    if (client._state === WAITING) connect(client);
    else abort(client, CONNECTION_TIMEOUT);
  }
}
