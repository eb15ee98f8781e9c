/** The minified client in this process, over real TCP. No time passes for it unless the test passes it. */
import { connect as dial } from "node:net";
import type { Socket } from "node:net";
import type { Client, ClientOptions, Link, LinkHandlers } from "../../src/index.ts";
import { loadModule } from "./module.ts";

export const ristretto = loadModule();

/** Milliseconds after which something that was to happen is believed not to. */
const PATIENCE = 20_000;

/** Bytes with the socket from which on the link is full. */
const FULL = 536;

export interface NetLink extends Link {
  /** Cuts the connection, so that the server sees no DISCONNECT. */
  cut(): void;
  /** Cuts it when so many pieces have come from the server, of which the last is lost. */
  cutAfter(pieces: number): void;
  /** All bytes that have come, from the newest connection. */
  readonly heard: string;
  /** Resolves at a PINGRESP. */
  pong(): Promise<void>;
}

/** A link over a socket of Node, which keeps the contract of src/link.ts. */
export function createNetLink(): NetLink {
  let socket: Socket | undefined;
  let handlers: LinkHandlers;
  let piecesLeft = Infinity;
  let heard = "";
  const waiting = new Set<() => void>();
  const link: NetLink = {
    get heard() {
      return heard;
    },
    open({ host, port }, given) {
      handlers = given;
      piecesLeft = Infinity;
      heard = "";
      const dialled = dial({ host, port, noDelay: true });
      socket = dialled;
      dialled.on("connect", () => handlers.onOpen());
      dialled.on("data", (bytes) => {
        if (--piecesLeft <= 0) {
          link.cut();
          return;
        }
        const text = bytes.toString("latin1");
        heard += text;
        handlers.onData(text);
        if (!text.includes("\xd0\0")) return;
        for (const resolve of waiting) resolve();
        waiting.clear();
      });
      dialled.on("drain", () => handlers.onDrain());
      dialled.on("error", () => undefined);
      dialled.on("close", () => {
        socket = undefined;
        handlers.onClose(0xc3);
      });
    },
    write(bytes) {
      if (!socket) return true;
      const isEmpty = socket.write(bytes, "latin1");
      // Node tells of a drain only when it was the one that asked to wait.
      if (isEmpty && socket.writableLength >= FULL) setImmediate(() => socket && handlers.onDrain());
      return socket.writableLength < FULL;
    },
    close: () => void socket?.end().destroySoon(),
    cut: () => void socket?.resetAndDestroy(),
    cutAfter: (pieces) => void (piecesLeft = pieces),
    pong: () => new Promise((resolve) => void waiting.add(resolve)),
  };
  return link;
}

/** A client and everything it told, one line each. */
export interface Party {
  readonly client: Client;
  readonly link: NetLink;
  readonly log: string[];
  /** Resolves when the log has this line, after `from` lines that are known. */
  until(line: string | RegExp, from?: number): Promise<string>;
  /** Connects and waits for the answer, which is a line `connect …`. */
  online(): Promise<string>;
  /** Subscribes to one filter; resolves with the server's code. */
  subscribe(topicFilter: string, qos: 0 | 1 | 2): Promise<number>;
  /** Publishes; above QoS 0 resolves when it is acknowledged. */
  publish(topic: string, payload: string, flags: number): Promise<void>;
  /** Messages taken, as `topic payload flags`. */
  messages(): string[];
  /** Ends it with a DISCONNECT. */
  leave(): Promise<void>;
}

export function createParty(port: number, options: Partial<ClientOptions> = {}): Party {
  const link = createNetLink();
  const log: string[] = [];
  const watchers = new Set<() => void>();
  const tell = (line: string): void => {
    log.push(line);
    for (const watcher of watchers) watcher();
  };
  const client = ristretto.createClient({
    link,
    host: "127.0.0.1",
    port,
    clientId: "party",
    reconnectPeriod: 0,
    maximumPacketSize: 250_000,
    onConnect: (sessionPresent) => tell(`connect ${sessionPresent}`),
    onDisconnect: (reasonCode) => tell(`disconnect ${reasonCode}`),
    onMessage: (topic, payload, flags) => tell(`message ${topic} ${payload} ${flags}`),
    onSubscribe: (topicFilter, code) => tell(`subscribe ${topicFilter} ${code}`),
    onUnsubscribe: (topicFilter) => tell(`unsubscribe ${topicFilter}`),
    onAcknowledge: (packetId) => tell(`acknowledge ${packetId}`),
    onDrop: (reasonCode, packetId, topic) => tell(`drop ${reasonCode} ${packetId} ${topic}`),
    ...options,
  });
  ristretto.enableQos2(client);
  const party: Party = {
    client,
    link,
    log,
    until(line, from = 0) {
      const isIt = (told: string): boolean => (typeof line === "string" ? told === line : line.test(told));
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = log.slice(from).find(isIt);
          if (found === undefined) return;
          stop();
          resolve(found);
        };
        const stop = (): void => {
          clearTimeout(timer);
          watchers.delete(look);
        };
        const timer = setTimeout(() => {
          stop();
          reject(new Error(`never told ${String(line)}:\n  ${log.slice(-20).join("\n  ").slice(0, 2000)}`));
        }, PATIENCE);
        watchers.add(look);
        look();
      });
    },
    online() {
      const from = log.length;
      ristretto.connect(client);
      return party.until(/^(connect|disconnect) /, from);
    },
    async subscribe(topicFilter, qos) {
      const from = log.length;
      const refused = ristretto.subscribe(client, [{ topicFilter, qos }]);
      if (refused) throw new Error(`subscribe gave ${refused}`);
      const line = await party.until(/^(subscribe|disconnect) /, from);
      return Number(line.split(" ").at(-1));
    },
    async publish(topic, payload, flags) {
      const from = log.length;
      const packetId = ristretto.publish(client, topic, payload, flags);
      if (packetId < 0) throw new Error(`publish gave ${packetId}`);
      if (packetId) await party.until(`acknowledge ${packetId}`, from);
    },
    messages: () => log.filter((line) => line.startsWith("message ")).map((line) => line.slice(8)),
    async leave() {
      if (!client.connected) return;
      const from = log.length;
      ristretto.disconnect(client);
      await party.until(/^disconnect/, from);
    },
  };
  return party;
}
