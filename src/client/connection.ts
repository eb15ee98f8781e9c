/** The life of a connection: attempts, keep alive, the end, and the next attempt. */
import { DISCONNECT, PINGREQ, QOS_1 } from "../codec/constants.ts";
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
import { CONNECTION_TIMEOUT, KEEP_ALIVE_TIMEOUT, SUCCESS, UNSUPPORTED_PROTOCOL_VERSION } from "../reason.ts";
import { CLOSING, CONNECTING, abort, OFFLINE, ONLINE, OPENING, send, WAITING } from "./client.ts";
import type { Client, ClientOptions } from "./client.ts";
import { flush } from "./queue.ts";
import { handle, handlePublish, received, receivedOther } from "./receive.ts";

/** Link handler: the way to the server stands, or there is room for messages again. */
function ready(this: Client): void {
  const client = this;
  if (client._state === OPENING) {
    client._state = CONNECTING;
    send(client, encodeConnect(client._options, client._keepalive));
  }
  client._canSend = client._state === ONLINE;
  flush(client);
}

/** Link handler: the link has ended, whoever ended it. Exponential backoff with full jitter until the next attempt. */
function closed(this: Client, linkReason: number): void {
  const client = this;
  const options = client._options;
  const reasonCode = client._state === CLOSING ? client._reason : linkReason;
  const longest = options.reconnectPeriodMaximum || RECONNECT_PERIOD_MAXIMUM;
  const bound = Math.min(client._delay || options.reconnectPeriod || RECONNECT_PERIOD, longest);
  client._delay = bound * 2;
  client._state = options.reconnectPeriod === 0 ? OFFLINE : client._next;
  // Wrong version, bad client identifier, bad credentials, not authorized (0x84…0x87): time alone does not heal these.
  client._timer =
    client._state &&
    Math.ceil(
      (reasonCode >> 2 === UNSUPPORTED_PROTOCOL_VERSION >> 2 ? longest : Math.random() * bound || 1) / 1000,
    );
  client._unacknowledged += client._inflight.length;
  client._waiting = client._inflight.concat(client._waiting);
  client._inflight = [];
  client._length = client._heardSize = -1;
  client._canSend = client.connected = false;
  if (options.onDisconnect) options.onDisconnect(reasonCode, client._timer);
}

/**
 * Makes a client that does nothing yet. `options` stays in use: what is changed in it, but for the queue's size, counts from the
 * next connection. Nothing in it is checked but by what uses it.
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
    _entrySize: 0,
    _room: options.queueBytes || QUEUE_BYTES,
    _lastId: 0,
    _lastFreshId: 65535,
    _receiveMaximum: 0,
    _waiting: [] as string[],
    _options: options,
    _queueLimit: options.queueLimit || QUEUE_LIMIT,
    _state: OFFLINE,
    _unacknowledged: 0,
    _maximumQos: QOS_1,
    _handle: handle,
    _handlePublish: handlePublish,
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
 * connection stands or is on its way. Throws nothing: how it went is told by `onConnect` or `onDisconnect`, never before it has
 * returned. On an ESP32 Espruino's own `connect` blocks the board meanwhile, up to some 18 s for a host that does not answer.
 */
export function connect(client: Client): void {
  const options = client._options;
  client._next = WAITING;
  if (client._state > WAITING) return;
  client._state = OPENING;
  client._timer = (options.connectTimeout || CONNECT_TIMEOUT) / 1000;
  client._keepalive = (options.keepalive as number) >= 0 ? (options.keepalive as number) : KEEPALIVE;
  client._receiveMaximum = Math.min(options.receiveMaximum || RECEIVE_MAXIMUM, client._queueLimit);
  // Nothing of the connection before survives but the session.
  client._skipped = 0;
  client._partial = "";
  client._link.open(options, client);
}

/**
 * Ends the connection with a DISCONNECT, so that no will is published, and stops reconnecting. What is queued stays for
 * the next `connect`. `onDisconnect` follows with reason code 0 when there was a connection or an attempt. Any handler may call it.
 */
export function disconnect(client: Client): void {
  client._next = OFFLINE;
  if (client._state < CLOSING) client._state = OFFLINE;
  if (client._state === ONLINE) send(client, bytesOf(DISCONNECT, 0));
  abort(client, SUCCESS);
}

/**
 * Passes one second. Whoever owns the timers calls it once a second, also while nothing is connected: connect timeout, reconnect
 * delay and keep alive are counted by it, to the second. The client compares no clock, so clocks may jump.
 *
 * PINGREQ leaves when nothing was sent [MQTT-3.1.2-23] or nothing received for the keep alive; then anything must come in
 * time.
 */
export function tick(client: Client): void {
  const keepalive = client._keepalive;
  if (client._everySecond) client._everySecond(client);
  if (client._state === ONLINE) {
    if (!client._receivedAgo++) client._pingDue = 0;
    client._sentAgo++;
    if (++client._timer === STABLE_AFTER) client._delay = 0;
    if (client._pingDue) {
      if (!--client._pingDue) abort(client, KEEP_ALIVE_TIMEOUT);
    } else if (keepalive && (client._sentAgo >= keepalive || client._receivedAgo >= keepalive)) {
      client._pingDue = PING_TIMEOUT;
      send(client, bytesOf(PINGREQ, 0));
    }
    // What a handler's exception left untaken, last, as it may end the connection.
    if (client._partial) receivedOther(client, "");
  } else if (client._state && --client._timer <= 0) {
    if (client._state === WAITING) connect(client);
    else abort(client, CONNECTION_TIMEOUT);
  }
}
