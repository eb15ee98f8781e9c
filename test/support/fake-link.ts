import { generate, parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import { connect, createClient, tick } from "../../src/index.ts";
import type {
  Address,
  Client,
  ClientOptions,
  Link,
  LinkHandlers,
  Part,
  Version5Options,
} from "../../src/index.ts";

/** A link whose other end is the test: synchronous, and it keeps the contract of src/link.ts. */
export interface FakeLink extends Link {
  /** How often the client opened it. */
  opened: number;
  isOpen: boolean;
  /** Did the client ask for the end? With `stuck` the end is not reported until the test says so. */
  closing: boolean;
  stuck: boolean;
  /** Bytes from which on it is full; it holds them until `drain`. No end by default. */
  capacity: number;
  drain(): void;
  handlers: LinkHandlers;
  /** Where it leads. */
  address: Address | undefined;
  /** What the client wrote in all, as bytes. */
  bytes: string;
  /** What the client wrote since the last look, decoded by mqtt-packet. */
  packets(): Packet[];
  /** The connection stands. */
  establish(): void;
  /** The server sends; a packet is encoded by mqtt-packet. */
  receive(sent: Packet | string): void;
  /** The connection ends. */
  end(reasonCode?: number): void;
}

/** Its other end speaks MQTT 3.1.1, or 5.0. */
export function createFakeLink(protocolVersion: 4 | 5 = 4): FakeLink {
  let written: Packet[] = [];
  let pending = 0;
  let decoder = parser({ protocolVersion });
  const fake: FakeLink = {
    opened: 0,
    isOpen: false,
    closing: false,
    stuck: false,
    capacity: Infinity,
    drain() {
      pending = 0;
      fake.handlers.onDrain();
    },
    handlers: undefined as unknown as LinkHandlers,
    address: undefined,
    bytes: "",
    open(address: Address, handlers: LinkHandlers) {
      fake.address = address;
      if (fake.isOpen) throw new Error("open while open");
      fake.opened++;
      fake.isOpen = true;
      fake.closing = false;
      pending = 0;
      fake.handlers = handlers;
      decoder = parser({ protocolVersion });
      decoder.on("packet", (packet) => written.push(packet));
      decoder.on("error", (error) => {
        throw error;
      });
    },
    write(bytes) {
      if (!fake.isOpen) throw new Error("write to a closed link");
      fake.bytes += bytes;
      decoder.parse(Buffer.from(bytes, "latin1"));
      pending += bytes.length;
      return pending < fake.capacity;
    },
    close() {
      fake.closing = true;
      if (fake.isOpen && !fake.stuck) fake.end();
    },
    packets() {
      const taken = written;
      written = [];
      return taken;
    },
    establish() {
      fake.handlers.onOpen();
    },
    receive(sent) {
      fake.handlers.onData(
        typeof sent === "string" ? sent : generate(sent, { protocolVersion }).toString("latin1"),
      );
    },
    end(reasonCode = 0xc3) {
      fake.isOpen = false;
      fake.handlers.onClose(reasonCode);
    },
  };
  return fake;
}

/** Everything a client told its owner, one line each. */
export interface Told {
  client: Client;
  link: FakeLink;
  log: string[];
}

/**
 * A client with these parts on a fake link that logs each of its handlers; of the sources, or of what is
 * built of them.
 */
export function createLoggedClient(
  options: Partial<Version5Options> = {},
  parts: Part[] = [],
  create = createClient,
): Told {
  const link = createFakeLink(options.protocolVersion);
  const log: string[] = [];
  const settings: Version5Options = {
    link,
    host: "broker",
    port: 1883,
    clientId: "id",
    onConnect: (sessionPresent) => log.push(`connect ${sessionPresent}`),
    onDisconnect: (reasonCode, seconds) => log.push(`disconnect ${reasonCode} ${seconds ? "again" : "end"}`),
    onMessage: (topic, payload, flags) => log.push(`message ${topic} ${payload} ${flags}`),
    onSubscribe: (topicFilter, reasonCode) => log.push(`subscribe ${topicFilter} ${reasonCode}`),
    onUnsubscribe: (topicFilter) => log.push(`unsubscribe ${topicFilter}`),
    onAcknowledge: (packetId) => log.push(`acknowledge ${packetId}`),
    onDrop: (reasonCode, packetId, topic) => log.push(`drop ${reasonCode} ${packetId} ${topic}`),
    ...options,
  };
  return { client: create(settings, parts), link, log };
}

/** Lets the server accept an attempt that is under way, and forgets what was written and told for it. */
export function accept(told: Told, sessionPresent = false): void {
  told.link.establish();
  told.link.packets();
  told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent });
  told.log.length = 0;
}

/** A client that is connected. */
export function createConnectedClient(options: Partial<ClientOptions> = {}): Told {
  const told = createLoggedClient(options);
  connect(told.client);
  accept(told);
  return told;
}

/** Has the client make its next attempt: at once, or in the second that one after a loss waits at least. */
export function dial(
  { client, link }: { client: Client; link: Pick<FakeLink, "isOpen"> },
  mqtt: { connect(client: Client): void; tick(client: Client): void } = { connect, tick },
): void {
  mqtt.connect(client);
  if (!link.isOpen) mqtt.tick(client);
}

/** So many seconds pass. */
export function pass(told: Told, seconds: number): void {
  for (; seconds; seconds--) tick(told.client);
}

/** Seconds after which the end of a connection is not blamed on what is under way. */
export const BLAMELESS = 10;

/**
 * The connection ends, after it `lasted` so many seconds, and the next one is accepted; what is written
 * from the CONNACK on is there to be looked at.
 */
export function reconnect(told: Told, sessionPresent: boolean, lasted = 0): void {
  pass(told, lasted);
  told.link.end();
  dial(told);
  told.link.establish();
  told.link.packets();
  told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent });
}
