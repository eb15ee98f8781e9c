/** What mqtt-packet and the minified client are to each other at MQTT 5.0: packets, properties, and a client that tells all. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { generate, parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import type { Part, Properties, PropertyValue, Version5Client, Version5Options } from "../../src/index.ts";
import { cut, ristretto } from "../conformance/conversation.ts";
import { byteString, topicBytes, utf8 } from "../support/arbitraries.ts";
import { createFakeLink, dial } from "../support/fake-link.ts";

export type Qos = 0 | 1 | 2;

export const text = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
export const buffer = (bytes: string): Buffer => Buffer.from(bytes, "latin1");
export const write = (packet: Packet): string => generate(packet, { protocolVersion: 5 }).toString("latin1");

export const qos = fc.constantFrom<Qos[]>(0, 1, 2);
export const packetId = fc.integer({ min: 1, max: 65535 });
export const u16 = fc.nat(65535);
const u32 = fc.oneof(fc.nat(0xffffffff), fc.constantFrom(0, 255, 256, 65536, 0xffffffff));
export const positive = (most: number): fc.Arbitrary<number> => fc.integer({ min: 1, max: most });
const flag = fc.constantFrom(0, 1);
const string = utf8(0, 20);
export const binary = byteString();
export const variable = fc.oneof(
  positive(268435455),
  fc.constantFrom(1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455),
);

/** What each property is called by mqtt-packet, its identifier, and its values as the client has them. */
export const PROPERTIES = {
  payloadFormatIndicator: [0x01, flag],
  messageExpiryInterval: [0x02, u32],
  contentType: [0x03, string],
  responseTopic: [0x08, topicBytes()],
  correlationData: [0x09, binary],
  subscriptionIdentifier: [0x0b, variable],
  sessionExpiryInterval: [0x11, u32],
  assignedClientIdentifier: [0x12, string],
  serverKeepAlive: [0x13, u16],
  authenticationMethod: [0x15, string],
  authenticationData: [0x16, binary],
  requestProblemInformation: [0x17, flag],
  willDelayInterval: [0x18, u32],
  requestResponseInformation: [0x19, flag],
  responseInformation: [0x1a, string],
  serverReference: [0x1c, string],
  reasonString: [0x1f, string],
  receiveMaximum: [0x21, positive(65535)],
  topicAliasMaximum: [0x22, u16],
  maximumQoS: [0x24, flag],
  retainAvailable: [0x25, flag],
  maximumPacketSize: [0x27, positive(0xffffffff)],
  wildcardSubscriptionAvailable: [0x28, flag],
  subscriptionIdentifiersAvailable: [0x29, flag],
  sharedSubscriptionAvailable: [0x2a, flag],
} as const;
export type Name = keyof typeof PROPERTIES;

export const USER = 0x26;
/** Those that mqtt-packet has as true and false. */
const FLAGS = new Set<Name>([
  "payloadFormatIndicator",
  "requestProblemInformation",
  "requestResponseInformation",
  "retainAvailable",
  "wildcardSubscriptionAvailable",
  "subscriptionIdentifiersAvailable",
  "sharedSubscriptionAvailable",
]);
const BINARY = new Set<Name>(["correlationData", "authenticationData"]);
const nameOf = (identifier: number): Name =>
  (Object.keys(PROPERTIES) as Name[]).find((name) => PROPERTIES[name][0] === identifier)!;

/** A property as mqtt-packet has it. */
function theirs(name: Name, value: PropertyValue): unknown {
  if (FLAGS.has(name)) return value === 1;
  if (typeof value === "number") return value;
  return BINARY.has(name) ? buffer(value as string) : text(value as string);
}

/** Any of the named properties in any order, and user properties among them, often by the same names. */
export function propertiesOf(...names: Name[]): fc.Arbitrary<Properties> {
  const one = (name: Name): fc.Arbitrary<Properties> =>
    (PROPERTIES[name][1] as fc.Arbitrary<PropertyValue>).map((value) => [PROPERTIES[name][0], value]);
  const user = fc
    .tuple(fc.oneof(fc.constantFrom("a", "b", "1", "0", "__proto__"), utf8(0, 8)), utf8(0, 8))
    .map((pair): Properties => [USER, pair]);
  return fc
    .tuple(fc.shuffledSubarray(names), fc.array(user, { maxLength: 4 }))
    .chain(([chosen, users]) => fc.tuple(fc.tuple(...chosen.map(one)), fc.constant(users), fc.nat()))
    .map(([list, users, where]) => {
      const all = list.slice();
      for (const [index, pair] of users.entries()) all.splice((where + index) % (all.length + 1), 0, pair);
      return all.reduce<Properties>((flat, property) => [...flat, ...property], []);
    });
}

export const pairsOf = (list: Properties): Array<[number, PropertyValue]> =>
  list.flatMap((identifier, index) =>
    index % 2 ? [] : [[identifier as number, list[index + 1]!] as [number, PropertyValue]],
  );

/** One property as mqtt-packet writes it, without the length in front. */
export function writtenOne(identifier: number, value: PropertyValue): string {
  const property: Record<string, unknown> = {};
  if (identifier === USER) {
    const [name, said] = value as [string, string];
    property.userProperties = Object.defineProperty({}, text(name), { value: text(said), enumerable: true });
  } else property[nameOf(identifier)] = theirs(nameOf(identifier), value);
  // AUTH has nothing else behind its reason code.
  const packet = write({ cmd: "auth", reasonCode: 0, properties: property });
  const field = packet.slice(packet.charCodeAt(1) > 127 ? 4 : 3);
  return field.slice(field.charCodeAt(0) > 127 ? 2 : 1);
}

function variableInteger(value: number): string {
  return value > 127
    ? String.fromCharCode((value & 127) | 128) + variableInteger(value >> 7)
    : String.fromCharCode(value);
}

/** A field of properties in their order, each as mqtt-packet writes it. */
export function fieldOf(list: Properties): string {
  const body = pairsOf(list)
    .map(([identifier, value]) => writtenOne(identifier, value))
    .join("");
  return variableInteger(body.length) + body;
}

/** Puts a field of properties into a packet that mqtt-packet wrote without any: where its empty one stands. */
export function withField(packet: string, at: number, field: string): string {
  let header = 1;
  while (packet.charCodeAt(header++) > 127);
  const body = packet.slice(header);
  assert.equal(body.charAt(at), "\0");
  const whole = body.slice(0, at) + field + body.slice(at + 1);
  return packet.charAt(0) + variableInteger(whole.length) + whole;
}

/** The properties that mqtt-packet read, but for the order of user properties. */
export function assertRead(found: object | undefined, list: Properties): void {
  const wanted = new Map<string, unknown>();
  for (const [identifier, value] of pairsOf(list)) {
    if (identifier === USER) continue;
    const name = nameOf(identifier);
    const before = wanted.get(name);
    const one = theirs(name, value);
    wanted.set(name, before === undefined ? one : [before, one].flat());
  }
  const entries = Object.entries(found ?? {}).filter(([name]) => name !== "userProperties");
  assert.deepEqual(new Map(entries), wanted);
}

export interface Talk {
  client: Version5Client;
  link: ReturnType<typeof createFakeLink>;
  log: string[];
  /** The packets that were written since the last look, as bytes. */
  written(): string[];
  /** What the server sends; gives what the client told of it. */
  tell(...packets: Array<Packet | string>): string[];
}

/**
 * A client of QoS 2 with `parts` besides, that tells each line with the reason code and the properties that
 * its handler finds.
 */
export function begin(options: Partial<Version5Options> = {}, parts: Part[] = []): Talk {
  const link = createFakeLink(5);
  const log: string[] = [];
  const say = (line: string): void => {
    const list = JSON.stringify(ristretto.readProperties(client.properties));
    log.push(`${line} ${client.reasonCode} ${list}`);
  };
  const settings: Version5Options = {
    link,
    host: "broker",
    port: 1883,
    clientId: "id",
    clean: false,
    maximumPacketSize: 60000,
    queueBytes: 60000,
    receiveMaximum: 20,
    onConnect: (sessionPresent) => say(`connect ${sessionPresent}`),
    onDisconnect: (reasonCode) => say(`disconnect ${reasonCode}`),
    onMessage: (topic, payload, flags) => say(`message ${topic} ${payload} ${flags}`),
    onSubscribe: (topicFilter, reasonCode) => say(`subscribe ${topicFilter} ${reasonCode}`),
    onUnsubscribe: (topicFilter, reasonCode) => say(`unsubscribe ${topicFilter} ${reasonCode}`),
    onAcknowledge: (id) => say(`acknowledge ${id}`),
    onDrop: (reasonCode, id, topic) => say(`drop ${reasonCode} ${id} ${topic}`),
    ...options,
  };
  const all = [ristretto.version5, ristretto.qos2, ...parts];
  const client = ristretto.createClient(settings, all) as Version5Client;
  let seen = 0;
  return {
    client,
    link,
    log,
    written() {
      const bytes = link.bytes.slice(seen);
      seen = link.bytes.length;
      return cut(bytes);
    },
    tell(...packets) {
      log.length = 0;
      link.receive(packets.map((packet) => (typeof packet === "string" ? packet : write(packet))).join(""));
      return log.slice();
    },
  };
}

export function open(talk: Talk): string {
  dial(talk, ristretto);
  talk.link.establish();
  const packets = talk.written();
  assert.equal(packets.length, 1);
  return packets[0]!;
}

export function connected(options: Partial<Version5Options> = {}, properties = {}): Talk {
  const talk = begin(options);
  open(talk);
  talk.tell({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties });
  return talk;
}

/** The line of a handler, with what stands behind it. */
export const line = (what: string, reasonCode: number, list: Properties): string =>
  `${what} ${reasonCode} ${JSON.stringify(list)}`;

export function read<Command extends Packet["cmd"]>(
  cmd: Command,
  bytes: string | undefined,
): Extract<Packet, { cmd: Command }> {
  const decoder = parser({ protocolVersion: 5 });
  const found: Packet[] = [];
  decoder.on("packet", (packet) => found.push(packet));
  decoder.on("error", (error) => {
    throw error;
  });
  decoder.parse(buffer(bytes ?? ""));
  assert.deepEqual(
    found.map((packet) => packet.cmd),
    [cmd],
  );
  return found[0] as never;
}
