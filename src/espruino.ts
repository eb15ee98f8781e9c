/**
 * The object that `require("ristretto")` gives: Espruino's module `MQTT` as its programs know it, over the client record.
 *
 * Its clients inherit from it, so that each function exists once, and each is the options of its own client, so that it
 * hears that client without a closure. What a program may say and hear stands in dist/ristretto.d.ts.
 */
import { refusalOfOptions } from "./client/check.ts";
import { ONLINE, WAITING } from "./client/client.ts";
import type { Client } from "./client/client.ts";
import type { ClientOptions, MessageHandler, Subscription } from "./client/options.ts";
import { connect, createClient, disconnect } from "./client/connection.ts";
import { publish } from "./client/publish.ts";
import type { Payload } from "./client/publish.ts";
import { GRANTED, REFUSED, subscribe, unsubscribe } from "./client/subscriptions.ts";
import { tick } from "./client/tick.ts";
import { PORT } from "./limits.ts";
import type { Link } from "./link.ts";
import { CONNECTION_LOST, UNSUPPORTED_PROTOCOL_VERSION } from "./reason.ts";

/** What the engine gives every object. Listeners are called from the idle loop, in the order of what they are told. */
interface Emitter {
  on(event: string, listener: unknown): void;
  emit(event: string, first?: unknown, second?: unknown, third?: unknown, fourth?: unknown): void;
  removeListener(event: string, listener: unknown): void;
  removeAllListeners(event?: string): void;
}

/** Something that a program has opened: a socket, a radio. It tells 'data' and 'end'. */
export interface Stream extends Pick<Emitter, "on"> {
  write(bytes: string): void;
  end(): void;
}

/** Options by Espruino's names, which come before those of the client. */
interface Names {
  client_id?: string;
  keep_alive?: number;
  clean_session?: boolean;
}

interface PublishOptions {
  qos?: number;
  retain?: boolean;
}

interface SubscribeOptions {
  qos?: 0 | 1;
  onMessage?: MessageHandler;
}

/** A client of the module, and what all of them share. */
export interface Mqtt extends ClientOptions, Names, Emitter {
  connected: boolean;
  create(server: string | undefined, options?: Partial<Mqtt>): Mqtt;
  connect(given?: Stream | Partial<Mqtt>): Mqtt;
  publish(topic: string, message: Payload, options?: PublishOptions): number;
  subscribe(topics: string | string[] | { [topic: string]: 0 | 1 }, options?: SubscribeOptions): number;
  unsubscribe(topics: string | string[]): void;
  disconnect(): void;

  _client: Client;
  /** The timer that passes the next second; 0 = none. */
  _second: number;
  /** Was that set anew since it last ran, or the last connection ended? */
  _isNew: boolean;
  /** The message lost last that was not told yet, and how many there are. */
  _lost?: [reasonCode: number, packetId: number, topic: string, count: number] | undefined;

  /** From the entry file: the board's transport, one over what a program has opened, and what no other board is called. */
  _createLink(): Link;
  _createStreamLink(stream: Stream): Link;
  _id(): string;
  /** The client that was made last. */
  _latest?: Mqtt;
}

/**
 * Passes a second to the client, and again in a second, as long as there is anything to wait for or to
 * tell.
 */
function second(one: Mqtt): void {
  const client = one._client;
  const lost = one._lost;
  // Before the work: what runs out of memory in it does not end the seconds.
  one._second = client._state || lost ? setTimeout(second, 1000, one) : 0;
  const due = client._pingDue;
  one._lost = undefined;
  one._isNew = false;
  if (lost) one.emit("drop", lost[0], lost[1], lost[2], lost[3]);
  if (!client._state) return;
  tick(client);
  // Bytes have come since the PINGREQ. One of an earlier connection is left behind by the first second of the next.
  if (due && client._pingDue !== due && client._state === ONLINE) one.emit("ping_reply");
}

/** What the client tells of single messages and filters: one function costs less than one for each. */
function told(this: Mqtt, what: string | number, code?: number): void {
  this.emit(code === undefined ? "puback" : code > 127 ? "subscribed_fail" : "subscribed", what, code);
}

export const mqtt = {
  /** A client that does nothing yet. In its options what is empty counts as not given, as in Espruino's module. */
  create(server: string | undefined, options?: Partial<Mqtt>): Mqtt {
    const one = Object.create(mqtt) as Mqtt & { [name: string]: unknown };
    const latest = mqtt._latest;
    Object.keys(options as object).forEach(function (name) {
      one[name] = (options as typeof one)[name];
    });
    if (server) one.host = server;
    one.port = one.port || PORT;
    one.clientId = one.client_id || one.clientId || "ristretto-" + mqtt._id();
    if (one.keep_alive) one.keepalive = one.keep_alive;
    if (one.clean_session !== undefined) one.clean = one.clean_session;
    if (one.username === "") one.username = null;
    one.link = mqtt._createLink();
    one.connected = false;
    one._second = 0;
    one._client = createClient(one);
    // A program that starts anew whenever the network comes back does not know that its client comes back by itself.
    if (latest && latest.clientId === one.clientId && latest.host === one.host && latest.port === one.port) {
      latest.removeAllListeners();
      disconnect(latest._client);
    }
    return (mqtt._latest = one);
  },

  /** Of the module: makes a client that connects. Of a client: connects, by what the program has opened if it gives that. */
  connect(this: Mqtt, given?: Stream | Partial<Mqtt>): Mqtt {
    const one = this._client ? this : mqtt.create("", given as Partial<Mqtt>);
    const client = one._client;
    const stream = one === this && given;
    if (client._state > WAITING) return one;
    // Also what `setTimeout(client.connect)` comes to, which loses its client.
    if (!stream && !one.host)
      throw "connect: no host; call it as client.connect(), or as connect({ host: ... })";
    if (refusalOfOptions(one))
      throw "connect: client_id, username, password and will must be texts in UTF-8, will.topic without wildcards";
    client._link = stream ? mqtt._createStreamLink(stream as Stream) : one.link;
    connect(client);
    // Anew, because a program may have cleared all timers; but however often it connects the seconds pass,
    // and not faster.
    if (!one._isNew) {
      if (one._second) clearTimeout(one._second);
      one._second = setTimeout(second, 1000, one);
      one._isNew = true;
    }
    return one;
  },

  publish(this: Mqtt, topic: string, message: Payload, options?: PublishOptions): number {
    const flags = options ? ((options.qos as number) << 1) | (options.retain ? 1 : 0) : 0;
    // Put in here it would be a function expression for each message.
    return /*@__NOINLINE__*/ publish(this._client, topic, message, flags);
  },

  subscribe(
    this: Mqtt,
    topics: string | string[] | { [topic: string]: 0 | 1 },
    given?: SubscribeOptions,
  ): number {
    const client = this;
    const options = given || {};
    const isTable = typeof topics === "object" && !Array.isArray(topics);
    const filters = isTable ? Object.keys(topics) : ([] as string[]).concat(topics as string[]);
    const subscriptions = filters
      .map((topicFilter): Subscription => ({
        topicFilter,
        qos: isTable ? (topics as { [topic: string]: 0 | 1 })[topicFilter] : options.qos,
        onMessage: options.onMessage,
      }))
      .filter(function (wanted) {
        // What came back by itself after a reconnect is asked for once more by programs that do not know of that.
        const known = (client._client._subscriptions || []).filter(
          (other) =>
            other.topicFilter === wanted.topicFilter &&
            other.qos === wanted.qos &&
            other.onMessage === wanted.onMessage &&
            (other._state as number) < REFUSED,
        )[0];
        if (known && known._state === GRANTED) told.call(client, wanted.topicFilter, wanted.qos || 0);
        return !known;
      });
    const result = subscriptions[0] ? subscribe(client._client, subscriptions) : 0;
    if (result) told.call(client, subscriptions[0].topicFilter, -result);
    return result;
  },

  unsubscribe(this: Mqtt, topics: string | string[]): void {
    unsubscribe(this._client, ([] as string[]).concat(topics));
  },

  disconnect(this: Mqtt): void {
    disconnect(this._client);
  },

  onConnect(this: Mqtt, sessionPresent: boolean): void {
    this.connected = true;
    this.emit("connected", sessionPresent);
    this.emit("connect", sessionPresent);
  },

  onDisconnect(this: Mqtt, reasonCode: number, seconds: number): void {
    this.connected = this._isNew = false;
    if (this._client._link !== this.link) {
      // What a program has opened, it alone opens again.
      disconnect(this._client);
      seconds = 0;
    }
    if (reasonCode && reasonCode !== CONNECTION_LOST) {
      // 0x84…0x88, in the words of Espruino's module.
      const refusal = [
        "UNACCEPTABLE_PROTOCOL_VERSION",
        "IDENTIFIER_REJECTED",
        "BAD_USER_NAME_OR_PASSWORD",
        "NOT_AUTHORIZED",
        "SERVER_UNAVAILABLE",
      ][reasonCode - UNSUPPORTED_PROTOCOL_VERSION];
      this.emit(
        "error",
        "Connection " + (refusal ? "refused, " + refusal : "failed, reason " + reasonCode),
        reasonCode,
      );
    }
    this.emit("disconnected", reasonCode, seconds);
    this.emit("close", reasonCode, seconds);
  },

  onMessage(this: Mqtt, topic: string, message: string, flags: number): void {
    this.emit("publish", {
      topic,
      message,
      dup: flags >> 3,
      qos: (flags >> 1) & 3,
      retain: flags & 1,
    });
    this.emit("message", topic, message);
  },

  onSubscribe: told,
  onUnsubscribe(this: Mqtt, topicFilter: string): void {
    this.emit("unsubscribed", topicFilter);
  },
  onAcknowledge: told,
  onDrop(this: Mqtt, reasonCode: number, packetId: number, topic: string): void {
    // An event for each would take more memory than the messages had.
    this._lost = [reasonCode, packetId, topic, this._lost ? this._lost[3] + 1 : 1];
    if (!this._second) second(this);
  },
} as unknown as Mqtt;
