/** The life of a connection: attempts, keep alive, the end, and the next attempt. */
import { DISCONNECT, PINGREQ } from "../codec/constants.ts";
import { encodeConnect } from "../codec/encode.ts";
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
import { receive } from "./receive.ts";
import { createSession, flush, suspend } from "./session.ts";

/** A client that does nothing yet. `options` stays in use: what is changed in it counts from the next connection. */
export function createClient(options: ClientOptions): Client {
  const client: Client = {
    connected: false,
    counters: { sent: 0, received: 0, acknowledged: 0, resent: 0, dropped: {}, reconnects: 0 },
    _options: options,
    _handlers: {
      onOpen() {
        send(client, encodeConnect(options, keepaliveOf(client)));
      },
      onData(bytes) {
        receive(client, bytes);
      },
      onDrain() {
        client._pending = 0;
        flush(client);
      },
      onClose(reasonCode) {
        closed(client, reasonCode);
      },
    },
    _state: OFFLINE,
    _everConnected: false,
    _wanted: false,
    _reason: 0,
    _attempt: 0,
    _timer: 0,
    _sentAgo: 0,
    _receivedAgo: 0,
    _pingDue: 0,
    _partial: "",
    _drain: 0,
    _drainAck: "",
    _pending: 0,
    _session: createSession(),
    _subscriptions: [],
    _asked: [],
    _askedId: 0,
    _removed: [],
    _removedId: 0,
    // Any valid topic: an empty one would let "" pass as checked.
    _topic: "/",
    _topicField: "\0\x01/",
  };
  return client;
}

function keepaliveOf(client: Client): number {
  const keepalive = client._options.keepalive;
  return keepalive === undefined ? KEEPALIVE : keepalive;
}

/** Starts an attempt. Nothing of the connection before survives but the session. */
function open(client: Client): void {
  client._state = OPENING;
  client._timer = (client._options.connectTimeout || CONNECT_TIMEOUT) / 1000;
  client._reason =
    client._sentAgo =
    client._receivedAgo =
    client._pingDue =
    client._pending =
    client._drain =
      0;
  client._partial = client._drainAck = "";
  client._options.link.open(client._options, client._handlers);
}

/** Refusals that time alone does not heal: wrong version, bad client identifier, bad credentials, not authorized. */
function isFinal(reasonCode: number): boolean {
  return reasonCode >= UNSUPPORTED_PROTOCOL_VERSION && reasonCode <= NOT_AUTHORIZED;
}

/** Seconds to the next attempt: exponential backoff with full jitter; the whole longest delay after a final refusal. */
function nextDelay(client: Client, reasonCode: number): number {
  const period = client._options.reconnectPeriod;
  const shortest = period === undefined ? RECONNECT_PERIOD : period;
  const longest = client._options.reconnectPeriodMaximum || RECONNECT_PERIOD_MAXIMUM;
  if (!client._wanted || !shortest) return 0;
  const bound = Math.min(longest, shortest * Math.pow(2, client._attempt));
  if (bound < longest) client._attempt++;
  return Math.ceil((isFinal(reasonCode) ? longest : Math.random() * bound) / 1000) || 1;
}

/** The link has ended, whoever ended it. */
function closed(client: Client, linkReason: number): void {
  const reasonCode = client._state === CLOSING ? client._reason : linkReason;
  const seconds = nextDelay(client, reasonCode);
  suspend(client._session);
  client.connected = false;
  client._state = seconds ? WAITING : OFFLINE;
  client._timer = seconds;
  client._wanted = seconds > 0;
  if (client._options.onDisconnect) client._options.onDisconnect(reasonCode, seconds);
}

/**
 * Connects, and reconnects until `disconnect`. An attempt that waits for its time is made at once; nothing happens when a
 * connection stands or is on its way.
 */
export function connect(client: Client): void {
  client._wanted = true;
  if (client._state === OFFLINE || client._state === WAITING) open(client);
}

/**
 * Ends the connection with a DISCONNECT, so that no will is published, and stops reconnecting. What is queued stays for
 * the next `connect`. `onDisconnect` follows with reason code 0 when there was a connection or an attempt.
 */
export function disconnect(client: Client): void {
  client._wanted = false;
  if (client._state === WAITING) client._state = OFFLINE;
  if (client._state === ONLINE) send(client, String.fromCharCode(DISCONNECT, 0));
  abort(client, SUCCESS);
}

/** PINGREQ when nothing was sent [MQTT-3.1.2-23] or nothing received for the interval; then anything must come in time. */
function keepAlive(client: Client): void {
  const keepalive = keepaliveOf(client);
  client._sentAgo++;
  client._receivedAgo++;
  if (client._timer < STABLE_AFTER && ++client._timer === STABLE_AFTER) client._attempt = 0;
  if (client._pingDue) {
    if (!--client._pingDue) abort(client, KEEP_ALIVE_TIMEOUT);
  } else if (keepalive && (client._sentAgo >= keepalive || client._receivedAgo >= keepalive)) {
    client._pingDue = PING_TIMEOUT;
    send(client, String.fromCharCode(PINGREQ, 0));
  }
}

/**
 * Passes one second. Whoever owns the timers calls it once a second; the client compares no clock, so clocks may jump.
 */
export function tick(client: Client): void {
  if (client._state === ONLINE) keepAlive(client);
  else if (client._state === OPENING || client._state === WAITING) {
    if (--client._timer > 0) return;
    if (client._state === WAITING) open(client);
    else abort(client, CONNECTION_TIMEOUT);
  }
}
