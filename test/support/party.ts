/** The minified client in this process, over real TCP. No time passes for it unless the test passes it. */
import type {
  Part,
  Properties,
  PropertyValue,
  Version5Client,
  Version5Options,
  Version5Subscription,
} from "../../src/index.ts";
import { loadModule } from "./module.ts";
import { createNetLink } from "./net-link.ts";
import type { NetLink } from "./net-link.ts";

export const ristretto = loadModule();

/** Milliseconds after which something that was to happen is believed not to. */
const PATIENCE = 20_000;

/** What a client was told, and what came with it in MQTT 5.0. */
export interface Telling {
  line: string;
  reasonCode: number;
  properties: Properties;
}

/** All values of a property, in their order. */
export function valuesOf({ properties }: Pick<Telling, "properties">, identifier: number): PropertyValue[] {
  return properties.filter((_value, index) => index % 2 && properties[index - 1] === identifier);
}

/** A client and everything it told, one line each. */
export interface Party {
  readonly client: Version5Client;
  readonly link: NetLink;
  readonly log: string[];
  /** The same, with what came with it. */
  readonly tellings: Telling[];
  /** Resolves when the log has this line, after `from` lines that are known. */
  until(line: string | RegExp, from?: number): Promise<string>;
  /** The same, with what came with it. */
  told(line: string | RegExp, from?: number): Promise<Telling>;
  /** Connects and waits for the answer, which is a line `connect …`. */
  online(): Promise<string>;
  /** Subscribes to one filter; resolves with the server's code. `more` is 5.0's. */
  subscribe(topicFilter: string, qos: 0 | 1 | 2, more?: Partial<Version5Subscription>): Promise<number>;
  /** Publishes; above QoS 0 resolves when it is acknowledged, or lost. `properties` are 5.0's. */
  publish(topic: string, payload: string, flags: number, properties?: Properties): Promise<void>;
  /** Messages taken, as `topic payload flags`. */
  messages(): string[];
  /** Cuts the connection, so that the server sees no DISCONNECT, and waits for its end. */
  cut(): Promise<void>;
  /** A property of the last CONNACK: what the server says of itself. */
  allowed(identifier: number): PropertyValue | undefined;
  /** Ends it with a DISCONNECT. */
  leave(): Promise<void>;
}

/** Speaks 3.1.1 unless `options.protocolVersion` is 5; has `parts` besides QoS 2. */
export function createParty(port: number, options: Partial<Version5Options> = {}, parts: Part[] = []): Party {
  const link = createNetLink();
  const tellings: Telling[] = [];
  const log: string[] = [];
  const watchers = new Set<() => void>();
  const tell = (line: string): void => {
    // At 3.1.1 there are none.
    const said: Partial<Version5Client> = client;
    const { reasonCode = 0, properties = "\0" } = said;
    // Arrays of this realm, which compare with others.
    tellings.push({ line, reasonCode, properties: structuredClone(ristretto.readProperties(properties)) });
    log.push(line);
    for (const watcher of watchers) watcher();
  };
  const settings: Version5Options = {
    link,
    host: "127.0.0.1",
    port,
    clientId: "party",
    reconnectPeriod: 0,
    maximumPacketSize: 250_000,
    protocolVersion: 4,
    onConnect: (sessionPresent) => tell(`connect ${sessionPresent}`),
    onDisconnect: (reasonCode) => tell(`disconnect ${reasonCode}`),
    onMessage: (topic, payload, flags) => tell(`message ${topic} ${payload} ${flags}`),
    onSubscribe: (topicFilter, code) => tell(`subscribe ${topicFilter} ${code}`),
    onUnsubscribe: (topicFilter, code) => tell(`unsubscribe ${topicFilter}${code ? ` ${code}` : ""}`),
    onAcknowledge: (packetId) => tell(`acknowledge ${packetId}`),
    onDrop: (reasonCode, packetId, topic) => tell(`drop ${reasonCode} ${packetId} ${topic}`),
    ...options,
  };
  const version = settings.protocolVersion === 5 ? [ristretto.version5] : [];
  const client = ristretto.createClient(settings, [...version, ristretto.qos2, ...parts]) as Version5Client;
  const party: Party = {
    client,
    link,
    log,
    tellings,
    until: async (line, from) => (await party.told(line, from)).line,
    told(line, from = 0) {
      const isIt = (told: string): boolean => (typeof line === "string" ? told === line : line.test(told));
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = tellings.slice(from).find((telling) => isIt(telling.line));
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
      // After an end it waits for the next second.
      ristretto.tick(client);
      return party.until(/^(connect|disconnect) /, from);
    },
    async subscribe(topicFilter, qos, more) {
      const from = log.length;
      const refused = more
        ? ristretto.subscribeWith(client, [{ topicFilter, qos, ...more }])
        : ristretto.subscribe(client, [{ topicFilter, qos }]);
      if (refused) throw new Error(`subscribe gave ${refused}`);
      const line = await party.until(/^(subscribe|disconnect) /, from);
      return Number(line.split(" ").at(-1));
    },
    async publish(topic, payload, flags, properties) {
      const from = log.length;
      const packetId = properties
        ? ristretto.publishWith(client, topic, payload, flags, properties)
        : ristretto.publish(client, topic, payload, flags);
      if (packetId < 0) throw new Error(`publish gave ${packetId}`);
      if (packetId) await party.until(new RegExp(`^(acknowledge|drop \\d+) ${packetId}( |$)`), from);
    },
    messages: () => log.filter((line) => line.startsWith("message ")).map((line) => line.slice(8)),
    async cut() {
      const from = log.length;
      link.cut();
      await party.until(/^disconnect/, from);
    },
    allowed: (identifier) => ristretto.readProperty(client.connackProperties, identifier),
    async leave() {
      if (!client.connected) return;
      const from = log.length;
      ristretto.disconnect(client);
      await party.until(/^disconnect/, from);
    },
  };
  return party;
}
