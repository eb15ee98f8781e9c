/** The life of a connection: attempts, keep alive, the end, and the next attempt. */
import { DISCONNECT, PINGREQ, QOS_1, TYPE_PUBLISH } from "../codec/constants.ts";
import { encodeConnect } from "../codec/encode.ts";
import { bytesOf } from "../codec/fields.ts";
import {
  ACK_TIMEOUT,
  BLAMED_WITHIN,
  CONNECT_TIMEOUT,
  KEEPALIVE,
  LOSSES,
  PING_TIMEOUT,
  QUEUE_BYTES,
  QUEUE_LIMIT,
  RECEIVE_MAXIMUM,
  RECONNECT_PERIOD,
  RECONNECT_PERIOD_MAXIMUM,
  STABLE_AFTER,
} from "../limits.ts";
import {
  ACKNOWLEDGEMENT_TIMEOUT,
  CONNECTION_LOST,
  CONNECTION_TIMEOUT,
  KEEP_ALIVE_TIMEOUT,
  QUOTA_EXCEEDED,
  REPEATED_LOSS,
  SUCCESS,
  UNSUPPORTED_PROTOCOL_VERSION,
} from "../reason.ts";
import { abort, CLOSING, CONNECTING, OFFLINE, ONLINE, OPENING, send, WAITING } from "./client.ts";
import type { Client, Part } from "./client.ts";
import type { ClientOptions } from "./options.ts";
import { ACKNOWLEDGEMENT, flush, lose } from "./queue.ts";
import { received, receivedOther } from "./receive.ts";

/** Wrong version, bad client identifier, bad credentials, not authorized (0x84…0x87): time alone does not heal these. */
const isRefusal = (reasonCode: number): boolean => reasonCode >> 2 === UNSUPPORTED_PROTOCOL_VERSION >> 2;

/** Link handler: the way to the server stands, or there is room for messages again. */
function ready(this: Client): void {
  const client = this;
  if (client._state === OPENING) {
    const options = client._options;
    const packet = client._encode
      ? client._encode(client)
      : encodeConnect(options, options.clientId, client._keepalive, "", "");
    // Who encodes has said why not.
    if (!packet) return;
    client._state = CONNECTING;
    send(client, packet);
    if (client._sendEarly) client._sendEarly(client);
  }
  client._canSend = client._state === ONLINE && !(client._resume && !client._resume(client));
  flush(client);
}

/**
 * Is what was under way to blame for the end of this connection, by the server? One that takes a message or a filter for a fault ends
 * the connection soon after CONNACK, each time. Suspect is a message that was in flight at each of such losses in a row.
 */
function blame(client: Client, reasonCode: number): void {
  const lasted = client._now - client._since;
  if (lasted >= STABLE_AFTER) client._delay = 0;
  client._isBlamed = lasted < BLAMED_WITHIN && (reasonCode === CONNECTION_LOST || !!client._isDismissed);
  // A PUBREL is no message any more.
  const ids = client._inflight
    .filter((entry) => client._isBlamed && entry.charCodeAt(ACKNOWLEDGEMENT) >> 4 === TYPE_PUBLISH)
    .map((entry) => entry.substr(2, 2));
  client._suspects = client._losses ? client._suspects.filter((id) => ids.indexOf(id) >= 0) : ids;
  client._losses = client._suspects[0] ? client._losses + 1 : 0;
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
  let lost = "";
  if (client._losses >= LOSSES) {
    let place = 0;
    while ((client._waiting[place] as string).substr(2, 2) !== client._suspects[0]) place++;
    client._losses = 0;
    client._unacknowledged--;
    lost = client._waiting.splice(place, 1)[0] as string;
  }
  if (options.onDisconnect) options.onDisconnect(reasonCode, client._state && seconds);
  if (client._cut) client._cut(client);
  if (lost) lose(client, lost, REPEATED_LOSS);
}

/**
 * Makes a client that does nothing yet. `options` stays in use: what is changed in it, but for the queue's size, counts from the
 * next connection. Nothing in it is checked but by what uses it. `parts` are optional parts such as `qos2` and `version5`, in
 * any order; each is installed once.
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
function open(client: Client): void {
  const options = client._options;
  client._state = OPENING;
  client._due = client._now + (options.connectTimeout || CONNECT_TIMEOUT) / 1000;
  client._keepalive = (options.keepalive as number) >= 0 ? (options.keepalive as number) : KEEPALIVE;
  // After two losses that may be a message's fault one at a time shows which one's.
  client._receiveMaximum =
    client._losses > 1 ? 1 : Math.min(options.receiveMaximum || RECEIVE_MAXIMUM, client._queueLimit);
  // Nothing of the connection before survives but the session.
  client._skipped = client._pingDue = 0;
  client._partial = "";
  const address = client._reference || options;
  if (client._begin) client._begin(client);
  client._link.open(address, client);
}

/**
 * Connects, and reconnects until `disconnect`. Nothing happens when a connection stands or is on its way. An attempt that waits
 * for its time is made within a second, but for one after a refusal (0x84…0x87), which keeps its own delay. Throws nothing: how
 * it went is reported by `onConnect` or `onDisconnect`, never before it has returned. On an ESP32 Espruino's own `connect`
 * blocks the board meanwhile, up to some 18 s for a host that does not answer.
 */
export function connect(client: Client): void {
  const soon = client._now + 1;
  client._next = WAITING;
  if (client._state > WAITING) return;
  if (!client._state && client._due < soon) open(client);
  else {
    client._state = WAITING;
    if (!isRefusal(client._reason)) client._due = soon;
  }
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

/** A second in which something may be due: an attempt, an acknowledgement, a ping, what a handler left untaken. */
function look(client: Client): void {
  const now = client._now;
  const keepalive = client._keepalive;
  const oldest = client._inflight[0];
  const isDue = now >= client._due;
  if (client._state !== ONLINE) {
    if (isDue && client._state === WAITING) open(client);
    else if (isDue && client._state) abort(client, CONNECTION_TIMEOUT);
    return;
  }
  if (oldest !== client._oldest) {
    client._oldest = oldest as string;
    client._ackDue = now + (client._options.ackTimeout || ACK_TIMEOUT) / 1000;
  }
  // Anything that came after the PINGREQ answers it.
  if (client._receivedAt >= client._pingDue - PING_TIMEOUT) client._pingDue = 0;
  if ((oldest && now >= client._ackDue) || (client._askedId && now >= client._askDue))
    abort(client, ACKNOWLEDGEMENT_TIMEOUT);
  else if (client._pingDue) {
    if (now >= client._pingDue) abort(client, KEEP_ALIVE_TIMEOUT);
  } else if (keepalive && (now - client._sentAt >= keepalive || now - client._receivedAt >= keepalive)) {
    client._pingDue = now + PING_TIMEOUT;
    send(client, bytesOf(PINGREQ, 0));
  }
  client._due =
    client._pingDue || client._askedId
      ? now + 1
      : Math.min(client._sentAt, client._receivedAt) + (keepalive || now + 60);
  // Last, as it may end the connection.
  if (client._partial) receivedOther(client, "");
}

/**
 * Passes one second. Whoever owns the timers calls it once a second, also while nothing is connected: connect timeout, reconnect
 * delay, acknowledgements and keep alive are counted by it, to the second. The client compares no clock, so clocks may jump. Let it be
 * a `setTimeout` that sets itself anew first: the engine takes a `setInterval` away when memory runs out in it.
 *
 * PINGREQ leaves when nothing was sent [MQTT-3.1.2-23] or nothing received for the keep alive; then anything must come in
 * time.
 */
export function tick(client: Client): void {
  const link = client._link;
  client._quick = -1;
  if (client._everySecond) client._everySecond.forEach((pass) => pass(client));
  if (link.isIntact && !link.isIntact()) abort(client, QUOTA_EXCEEDED);
  // Nothing is due in most seconds.
  return ++client._now >= client._due || client._inflight[0] || client._partial
    ? /*@__NOINLINE__*/ look(client)
    : undefined;
}
