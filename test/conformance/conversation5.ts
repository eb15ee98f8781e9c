/** A conversation as in conversation.ts, in MQTT 5.0: mqtt-packet reads what the client writes, and writes what the server says. */
import { generate } from "mqtt-packet";
import type { IPublishPacket, Packet } from "mqtt-packet";
import type { Part, Version5Client, Version5Options } from "../../src/index.ts";
import { BLAMELESS, createFakeLink, dial } from "../support/fake-link.ts";
import type { FakeLink } from "../support/fake-link.ts";
import { ristretto } from "./conversation.ts";

export { ristretto };

export interface Conversation5 {
  client: Version5Client;
  link: FakeLink;
  /** What the client told its owner, one line each. */
  log: string[];
  /** The packets that it wrote since the last look. */
  packets(): Packet[];
  /** The same, one line each. */
  said(): string[];
  /** Lets time pass. */
  pass(seconds: number): void;
}

type Properties5 = Record<string, unknown>;

/** A packet in a line: its name, what tells it from others, its packet id, its reason code where that is not 0. */
function lineOf(packet: Packet): string {
  const words: unknown[] = [packet.cmd];
  if (packet.cmd === "publish") words.push(packet.topic, String(packet.payload), packet.qos);
  if (packet.messageId) words.push(packet.messageId);
  if (packet.cmd === "publish" && packet.dup) words.push("dup");
  if (packet.cmd === "subscribe") words.push(packet.subscriptions.map(({ topic }) => topic).join());
  if (packet.cmd === "unsubscribe") words.push(packet.unsubscriptions.join());
  if ("reasonCode" in packet && packet.reasonCode) words.push(`0x${packet.reasonCode.toString(16)}`);
  return words.join(" ");
}

/** A client that has not connected, with `parts` besides that of 5.0. */
export function begin(options: Partial<Version5Options> = {}, parts: Part[] = []): Conversation5 {
  const link = createFakeLink(5);
  const log: string[] = [];
  const settings: Version5Options = {
    link,
    host: "broker",
    port: 1883,
    clientId: "id",
    onConnect: (sessionPresent) => log.push(`connect ${sessionPresent}`),
    onDisconnect: (reasonCode, seconds) =>
      log.push(`disconnect 0x${reasonCode.toString(16)} ${seconds ? "again" : "end"}`),
    onMessage: (topic, payload, flags) => log.push(`message ${topic} ${payload} ${flags}`),
    onSubscribe: (topicFilter, reasonCode) => log.push(`subscribe ${topicFilter} ${reasonCode}`),
    onUnsubscribe: (topicFilter, reasonCode) => log.push(`unsubscribe ${topicFilter} ${reasonCode}`),
    onAcknowledge: (packetId) => log.push(`acknowledge ${packetId}`),
    onDrop: (reasonCode, packetId, topic) =>
      log.push(`drop 0x${reasonCode.toString(16)} ${packetId} ${topic}`),
    ...options,
  };
  const client = ristretto.createClient(settings, [ristretto.version5, ...parts]);
  return {
    client: client as Version5Client,
    link,
    log,
    packets: () => link.packets(),
    said: () => link.packets().map(lineOf),
    pass(seconds) {
      for (let second = 0; second < seconds; second++) ristretto.tick(client);
    },
  };
}

/** The connection stands, and CONNECT is on its way. */
export function open(talk: Conversation5): void {
  talk.packets();
  dial(talk, ristretto);
  talk.link.establish();
  const commands = talk.packets().map(({ cmd }) => cmd);
  if (commands.join() !== "connect") throw new Error(`${commands.join()} before CONNACK`);
}

/** The server accepts; what was told of it is forgotten, what was written is not. */
export function accept(talk: Conversation5, properties: Properties5 = {}, sessionPresent = false): void {
  talk.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent, properties });
  talk.log.length = 0;
}

/** A client that is connected to a server with these properties. */
export function connected(
  options: Partial<Version5Options> = {},
  properties: Properties5 = {},
  parts?: Part[],
): Conversation5 {
  const talk = begin(options, parts);
  open(talk);
  accept(talk, properties);
  return talk;
}

/** The same with QoS 2, and a session that outlives its connections. */
export function connectedQos2(
  options: Partial<Version5Options> = {},
  properties: Properties5 = {},
): Conversation5 {
  return connected({ clean: false, ...options }, properties, [ristretto.qos2]);
}

/** The connection is lost, too late for that to be blamed on what is under way, and the next one accepted. */
export function reconnect(talk: Conversation5, sessionPresent: boolean, properties: Properties5 = {}): void {
  if (talk.link.isOpen) {
    talk.pass(BLAMELESS);
    talk.link.end();
  }
  open(talk);
  accept(talk, properties, sessionPresent);
}

/** A PUBLISH from the server to `t`. */
export function message(payload: string, more: Partial<IPublishPacket> = {}): IPublishPacket {
  return { cmd: "publish", topic: "t", payload, qos: 0, dup: false, retain: false, ...more };
}

/** What the client writes when it receives these, one line each. */
export function answers(talk: Conversation5, ...received: Array<Packet | string>): string[] {
  talk.packets();
  for (const one of received) talk.link.receive(one);
  return talk.said();
}

/** Bytes as a string. */
export const bytes = (...values: number[]): string => String.fromCharCode(...values);

/** This packet with a reason string, or a user property, as long as makes it so many bytes. */
export function sized(packet: Packet, size: number, property: "reasonString" | "userProperties"): string {
  for (let length = 0; length < size; length++) {
    const text = "x".repeat(length);
    const properties = {
      ...(packet as { properties?: Properties5 }).properties,
      [property]: property === "reasonString" ? text : { k: text },
    };
    const whole = generate({ ...packet, properties } as Packet, { protocolVersion: 5 });
    if (whole.length === size) return whole.toString("latin1");
  }
  throw new Error(`no ${packet.cmd} of ${size} bytes`);
}
