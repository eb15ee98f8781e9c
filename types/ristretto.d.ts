/**
 * What `require("ristretto")` gives on a board: Espruino's module `MQTT`, with a will, QoS, reconnection and a queue.
 *
 * A program that is checked by TypeScript names the package in its tsconfig, `"types": ["ristretto-mqtt/dist/ristretto"]`, and then has
 * `const mqtt = require("ristretto")` in JavaScript or `import mqtt = require("ristretto")` in TypeScript.
 */
declare module "ristretto" {
  /**
   * Makes a client that does nothing yet. `server` is the broker's name or address, without a scheme. An empty client
   * id or user name and a port of 0 count as not given.
   */
  export function create(server: string, options?: Options): Client;

  /**
   * Makes a client of `options` and connects it. A client takes the place of the one made before it when both have the same
   * client id, host and port: the earlier one disconnects, and its listeners are gone. Throws a text when there is no host,
   * or a text in the options that cannot be sent.
   */
  export function connect(options: Options & { host: string }): Client;

  /** What a client is made of. What is changed in the client by these names counts from its next connection. */
  export interface Options {
    /** Name or address of the broker, without a scheme; `create` takes it as its first argument. */
    host?: string;
    /** 1…65535; default 1883. */
    port?: number;
    /** Must be unique at the broker; default `ristretto-` and the board's MAC. */
    client_id?: string;
    /** The same by another name; `client_id` comes first. */
    clientId?: string;
    /** Seconds without a packet sent or received after which the client pings; 1…65535, default 60. */
    keep_alive?: number;
    /** The same by another name, which also takes 0 = never; `keep_alive` comes first. */
    keepalive?: number;
    /** Default true: the broker forgets the session when the connection ends. */
    clean_session?: boolean;
    /** The same by another name; `clean_session` comes first. */
    clean?: boolean;
    /** Default none. */
    username?: string | null;
    /** Only with a user name; default none. Both travel in the clear. */
    password?: string | null;
    /** Published by the broker when the connection ends without `disconnect`; default nothing. */
    will?: Will;
    /**
     * Milliseconds of the first reconnect delay's upper bound, which doubles each time; 1…, default 1000, 0 = never reconnect. The
     * delay is random below it, and at least a second.
     */
    reconnectPeriod?: number;
    /** Milliseconds that bound grows to, and the delay after a refusal that time cannot heal (132…135); default 120 000. */
    reconnectPeriodMaximum?: number;
    /** Milliseconds for look-up, TCP and CONNACK together; 1000…600 000, default 30 000. */
    connectTimeout?: number;
    /** Messages that may wait or be unacknowledged; 1…1000, default 50. */
    queueLimit?: number;
    /** Bytes of their packets together; 64…65535, default 2048. */
    queueBytes?: number;
    /** Which message goes when they do not fit: the oldest that waits (default), or the new one. `drop` tells it. */
    queuePolicy?: "drop-oldest" | "drop-newest";
    /** QoS 1 messages in flight at once; 1…65535, default 8. Further ones wait. */
    receiveMaximum?: number;
    /** Largest packet taken in, in bytes, 128…16384; default 1024. Larger messages are drained, acknowledged and told as `drop`. */
    maximumPacketSize?: number;
    /** Tells how many variables are free; with it a message is refused that memory is too short for. Default: not asked. */
    memory?(): number;
    /** Taken from Espruino's module and without effect: the protocol is MQTT 3.1.1. */
    protocol_name?: string;
    /** The same. */
    protocol_level?: number;
  }

  /** What the broker publishes when the connection ends without a DISCONNECT. */
  export interface Will {
    /** Topic name, 1…65535 bytes, without wildcards. */
    topic: string;
    /** 0…65535 bytes, as a byte string. */
    payload: string;
    /** QoS that the broker publishes it with; default 0. */
    qos?: 0 | 1 | 2;
    /** Does the broker keep it for later subscribers? Default false. */
    retain?: boolean;
  }

  /** A message that arrived. Texts are byte strings: one character a byte. */
  export interface Message {
    /** What it was published to. */
    topic: string;
    /** Its payload. */
    message: string;
    /** 1 when it may be the repetition of one that came before. */
    dup: 0 | 1;
    /** What it came with. */
    qos: 0 | 1;
    /** 1 when the broker had kept it. */
    retain: 0 | 1;
  }

  /** How a message goes. */
  export interface PublishOptions {
    /** 0, at most once (default), or 1, at least once. */
    qos?: 0 | 1;
    /** Does the broker keep it for later subscribers? Default false. */
    retain?: boolean;
    /** Without effect: the client itself knows what is a repetition. */
    dup?: boolean;
  }

  /** How messages come. */
  export interface SubscribeOptions {
    /** Highest QoS the broker may send with; default 0. */
    qos?: 0 | 1;
    /**
     * Takes the messages of these filters instead of the events, before they are acknowledged. `flags` holds retain as 1, QoS 1
     * as 2 and dup as 8.
     */
    onMessage?(topic: string, message: string, flags: number): void;
  }

  /** Something open that the program hands over. It emits 'data' with byte strings, and 'end' when it is over. */
  export interface Stream {
    /** Sends a byte string. */
    write(bytes: string): void;
    /** Ends it; 'end' follows. */
    end(): void;
    /** Takes a listener for 'data', 'end', and 'drain' where it has that. */
    on(event: string, listener: (first: never, second: never, third: never) => void): void;
  }

  /** By the names of the events, what their listeners are called with. Listeners are called from the idle loop. */
  export interface Events {
    /** The broker accepted; true when it had kept the session. */
    connected: [sessionPresent: boolean];
    /** The same by another name. */
    connect: [sessionPresent: boolean];
    /**
     * The connection or the attempt ended, with a reason code, 0 after `disconnect`. The next attempt comes in so many
     * seconds, or not at all when 0.
     */
    disconnected: [reasonCode: number, seconds: number];
    /** The same by another name. */
    close: [reasonCode: number, seconds: number];
    /** Before `disconnected`, when the end was more than a lost connection. */
    error: [message: string, reasonCode: number];
    /** A message came that no handler of its own took. */
    publish: [message: Message];
    /** The same, as two texts. */
    message: [topic: string, message: string];
    /** The broker granted a filter, with this QoS. */
    subscribed: [topicFilter: string, qos: number];
    /** The broker refused a filter, or it is none (143). */
    subscribed_fail: [topicFilter: string, reasonCode: number];
    /** The broker forgot a filter. */
    unsubscribed: [topicFilter: string];
    /** The broker has the QoS 1 message that `publish` gave this number for. */
    puback: [packetId: number];
    /**
     * Messages were lost, ours (with the number that `publish` gave, 0 for QoS 0) or some that were too large: the last of
     * them, and how many since the event before. Told once a second at most.
     */
    drop: [reasonCode: number, packetId: number, topic: string, count: number];
    /** The broker answered a ping; told within a second. */
    ping_reply: [];
  }

  /** A client: what `create` and `connect` give. Its options are members of it. */
  export interface Client extends Options {
    /** Has the broker accepted, and does the connection stand as far as is known? */
    readonly connected: boolean;

    /**
     * Connects, and reconnects until `disconnect`; an attempt that waits for its time is made at once. Nothing happens when
     * a connection stands or is on its way. Throws a text when there is no host, or a text in the options that cannot be sent.
     *
     * With a stream it speaks over that, once: only the program can open it again.
     */
    connect(stream?: Stream): Client;

    /**
     * Publishes, at once or as soon as the connection allows. What is no text or bytes is written as text.
     *
     * Returns 0 for QoS 0, the number that `puback` or `drop` will tell (1…65535) for QoS 1, or a negative reason code when the
     * message was refused: −144 topic name, −155 QoS, −151 no room in the queue or in memory.
     */
    publish(
      topic: string,
      message: string | number | boolean | null | undefined | ArrayLike<number>,
      options?: PublishOptions,
    ): number;

    /**
     * Subscribes to a filter, several, or several with a QoS each, now and after every reconnect that finds no session. What
     * is subscribed to in the same way already is not asked for again. Returns 0, or −143 when a filter is none: then
     * none is taken.
     */
    subscribe(
      topicFilters: string | string[] | { [topicFilter: string]: 0 | 1 },
      options?: SubscribeOptions,
    ): number;

    /** Ends subscriptions by their filters, also for a session that the broker keeps. `unsubscribed` tells each. */
    unsubscribe(topicFilters: string | string[]): void;

    /**
     * Ends the connection with a DISCONNECT, so that no will is published, and stops reconnecting. `disconnected` follows, with 0.
     * What is queued stays for the next `connect`.
     */
    disconnect(): void;

    /** Has a function called at each event. */
    on<Event extends keyof Events>(event: Event, listener: (...values: Events[Event]) => void): void;
    /** Takes one listener off. */
    removeListener<Event extends keyof Events>(
      event: Event,
      listener: (...values: Events[Event]) => void,
    ): void;
    /** Takes all listeners off an event, or off all. */
    removeAllListeners(event?: keyof Events): void;
  }
}
