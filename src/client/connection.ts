/** The life of a connection: attempts, keep alive, the end, and the next attempt. */
import { DISCONNECT, PINGREQ } from "../codec/constants.ts";
import { encodeConnect } from "../codec/encode.ts";
import { bytesOf } from "../codec/fields.ts";
import {
  CONNECT_TIMEOUT,
  KEEPALIVE,
  PING_TIMEOUT,
  QUEUE_BYTES,
  QUEUE_LIMIT,
  RECEIVE_MAXIMUM,
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
import { CLOSING, CONNECTING, abort, OFFLINE, ONLINE, OPENING, send, WAITING } from "./client.ts";
import type { Client, ClientOptions } from "./client.ts";
import { flush } from "./queue.ts";
import { received, receivedOther } from "./receive.ts";

/** Link handler: the way to the server stands, or there is room for messages again. */
function ready(this: Client): void {
  if (this._state === OPENING) {
    this._state = CONNECTING;
    send(this, encodeConnect(this._options, this._keepalive));
  } else if (this._state === ONLINE) {
    this._canSend = true;
    flush(this);
  }
}

/** Link handler: the link has ended, whoever ended it. Exponential backoff with full jitter until the next attempt. */
function closed(this: Client, linkReason: number): void {
  const options = this._options;
  const reasonCode = this._state === CLOSING ? this._reason : linkReason;
  const longest = options.reconnectPeriodMaximum || RECONNECT_PERIOD_MAXIMUM;
  const period = options.reconnectPeriod as number;
  const bound = Math.min((period >= 0 ? period : RECONNECT_PERIOD) * Math.pow(2, this._attempt), longest);
  // Wrong version, bad client identifier, bad credentials, not authorized: time alone does not heal these.
  const isFinal = reasonCode >= UNSUPPORTED_PROTOCOL_VERSION && reasonCode <= NOT_AUTHORIZED;
  this._wanted = this._wanted && bound > 0;
  if (bound < longest) this._attempt++;
  this._timer = this._wanted ? Math.ceil((isFinal ? longest : Math.random() * bound) / 1000) || 1 : 0;
  this._state = this._wanted ? WAITING : OFFLINE;
  this._canSend = false;
  this._length = -1;
  this._unacknowledged += this._inflight.length;
  this._waiting = this._inflight.concat(this._waiting);
  this._inflight = [];
  this.connected = false;
  if (options.onDisconnect) options.onDisconnect(reasonCode, this._timer);
}

/**
 * A client that does nothing yet. `options` stays in use: what is changed in it, but for the queue's size, counts from the
 * next connection.
 */
export function createClient(options: ClientOptions): Client {
  // The engine finds a field by going through them in this order: those of every packet come first. What is not here is
  // set by `connect`, or may be undefined.
  return {
    _key: "",
    _length: -1,
    _link: options.link,
    _head: "",
    _receivedAgo: 0,
    _heardSize: -1,
    _inflight: [] as string[],
    _partial: "",
    _bytes: 0,
    _entrySize: 0,
    _bytesBefore: 0,
    _queueBytes: options.queueBytes || QUEUE_BYTES,
    _lastId: 0,
    _lastFreshId: 65535,
    _receiveMaximum: 0,
    _waiting: [] as string[],
    _options: options,
    _queueLimit: options.queueLimit || QUEUE_LIMIT,
    _state: OFFLINE,
    // Any valid topic: an empty one would let "" pass as checked.
    _topic: "/",
    _topicField: "\0\x01/",
    _unacknowledged: 0,
    _attempt: 0,
    onData: received,
    onDrain: ready,
    onOpen: ready,
    onClose: closed,
    connected: false,
    reconnects: 0,
    resent: 0,
    dropped: 0,
  } as Client;
}

/**
 * Connects, and reconnects until `disconnect`. An attempt that waits for its time is made at once; nothing happens when a
 * connection stands or is on its way.
 */
export function connect(client: Client): void {
  const options = client._options;
  client._wanted = true;
  if (client._state > WAITING) return;
  client._state = OPENING;
  client._timer = (options.connectTimeout || CONNECT_TIMEOUT) / 1000;
  client._keepalive = (options.keepalive as number) >= 0 ? (options.keepalive as number) : KEEPALIVE;
  client._receiveMaximum = Math.min(options.receiveMaximum || RECEIVE_MAXIMUM, client._queueLimit);
  // Nothing of the connection before survives but the session.
  client._reason = client._sentAgo = client._receivedAgo = client._pingDue = client._drain = 0;
  client._partial = "";
  client._heardSize = -1;
  client._link.open(options, client);
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

/**
 * Passes one second. Whoever owns the timers calls it once a second; the client compares no clock, so clocks may jump.
 *
 * PINGREQ leaves when nothing was sent [MQTT-3.1.2-23] or nothing received for the keep alive; then anything must come in
 * time.
 */
export function tick(client: Client): void {
  const keepalive = client._keepalive;
  if (client._state === ONLINE) {
    // What a handler's exception left untaken.
    if (client._partial) receivedOther(client, "");
    if (!client._receivedAgo++) client._pingDue = 0;
    client._sentAgo++;
    if (++client._timer === STABLE_AFTER) client._attempt = 0;
    if (client._pingDue) {
      if (!--client._pingDue) abort(client, KEEP_ALIVE_TIMEOUT);
    } else if (keepalive && (client._sentAgo >= keepalive || client._receivedAgo >= keepalive)) {
      client._pingDue = PING_TIMEOUT;
      send(client, bytesOf(PINGREQ, 0));
    }
  } else if (client._state && --client._timer <= 0) {
    if (client._state === WAITING) connect(client);
    else abort(client, CONNECTION_TIMEOUT);
  }
}
