/**
 * A conversation of the minified client with a server that a test plays: every byte that went either way is there to be
 * looked at, as packets and as bytes.
 */
import { parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import type { Client, ClientOptions, Part } from "../../src/index.ts";
import { BLAMELESS, createFakeLink, dial } from "../support/fake-link.ts";
import type { FakeLink } from "../support/fake-link.ts";
import { loadModule } from "../support/module.ts";

export const ristretto = loadModule();

export interface Conversation {
  client: Client;
  link: FakeLink;
  /** What the client told its owner, one line each. */
  log: string[];
  /** What it wrote since the last look, cut into packets; each is one byte string. */
  written(): string[];
  /** The same as packets, of which it is another look. */
  packets(): Packet[];
  /** Lets time pass. */
  pass(seconds: number): void;
}

/** Cuts a stream into its packets, by their Remaining Length alone. */
export function cut(stream: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < stream.length;) {
    let size = 0;
    let position = at + 1;
    for (let shift = 0; ; shift += 7) {
      const digit = stream.charCodeAt(position++);
      size += (digit & 127) << shift;
      if (digit < 128) break;
    }
    found.push(stream.slice(at, position + size));
    at = position + size;
  }
  return found;
}

export function packetsOf(bytes: string): Packet[] {
  const decoder = parser({ protocolVersion: 4 });
  const found: Packet[] = [];
  decoder.on("packet", (packet) => found.push(packet));
  decoder.on("error", (error) => {
    throw error;
  });
  decoder.parse(Buffer.from(bytes, "latin1"));
  return found;
}

/** A client with these parts that has not connected. */
export function begin(options: Partial<ClientOptions> = {}, parts: Part[] = []): Conversation {
  const link = createFakeLink();
  const log: string[] = [];
  let written: string[] = [];
  const { write } = link;
  link.write = (bytes) => {
    assertBytes(bytes);
    written.push(bytes);
    return write(bytes);
  };
  const settings: ClientOptions = {
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
  const client = ristretto.createClient(settings, parts);
  return {
    client,
    link,
    log,
    written() {
      const stream = written.join("");
      written = [];
      link.packets();
      return cut(stream);
    },
    packets() {
      written = [];
      return link.packets();
    },
    pass(seconds) {
      for (let second = 0; second < seconds; second++) ristretto.tick(client);
    },
  };
}

function assertBytes(bytes: string): void {
  for (const byte of bytes) if (byte > "\xff") throw new Error(`no byte: ${byte.charCodeAt(0)}`);
}

/** The connection stands; gives the CONNECT that was written. */
export function open(talk: Conversation): string {
  talk.written();
  dial(talk, ristretto);
  talk.link.establish();
  const packets = talk.written();
  if (packets.length !== 1) throw new Error(`${packets.length} packets before CONNACK`);
  return packets[0]!;
}

/** The server accepts; what was told of it is forgotten, what was written is not. */
export function accept(talk: Conversation, sessionPresent = false): void {
  talk.link.receive(sessionPresent ? "\x20\x02\x01\0" : "\x20\x02\0\0");
  talk.log.length = 0;
}

/** A client that is connected. */
export function connected(options: Partial<ClientOptions> = {}): Conversation {
  const talk = begin(options);
  open(talk);
  accept(talk);
  return talk;
}

/** The connection is lost, too late for that to be blamed on what is under way, and the next one accepted. */
export function reconnect(talk: Conversation, sessionPresent: boolean): void {
  if (talk.link.isOpen) {
    talk.pass(BLAMELESS);
    talk.link.end();
  }
  open(talk);
  accept(talk, sessionPresent);
}
