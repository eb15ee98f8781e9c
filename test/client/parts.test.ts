/**
 * The list of parts that createClient takes: neither its order nor what stands there twice changes a byte
 * of what is said.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { generate } from "mqtt-packet";
import type { IConnackPacket, Packet } from "mqtt-packet";
import {
  authentication,
  connect,
  createClient,
  disconnect,
  earlyPublish,
  fallback,
  MESSAGE_EXPIRY_INTERVAL,
  pieces,
  publish,
  publishPieces,
  publishWith,
  qos2,
  QOS_1,
  QOS_2,
  reauthenticate,
  serverReference,
  SESSION_EXPIRY_INTERVAL,
  streaming,
  subscribe,
  tick,
  topicAliases,
  version5,
} from "../../src/index.ts";
import type { Version5Options } from "../../src/index.ts";
import { check } from "../support/arbitraries.ts";
import { createFakeLink } from "../support/fake-link.ts";

const PARTS = {
  version5,
  qos2,
  pieces,
  streaming,
  earlyPublish,
  topicAliases,
  authentication,
  fallback,
  serverReference,
};
type Name = keyof typeof PARTS;

/** All parts, in the order that others are compared with. */
const NAMES = Object.keys(PARTS) as Name[];
const NEED_VERSION_5: readonly Name[] = ["topicAliases", "authentication", "fallback", "serverReference"];

const RUNS = 100;

/** What a conversation depends on besides the parts. */
interface Circumstances {
  /** Bytes from which on the link is full. */
  capacity: number;
  /** Bytes that come from the server at once. */
  chunk: number;
  /** Has the server the session when the client comes back? */
  sessionPresent: boolean;
}

/**
 * A client with these parts goes through all that they are for, with a server that keeps to what CONNECT
 * says. Gives all that the client did, in order: where it opened its link to, what it wrote, what it told,
 * and what its functions returned.
 */
function converse(names: readonly Name[], { capacity, chunk, sessionPresent }: Circumstances): string[] {
  const done: string[] = [];
  const say = (line: string): void => void done.push(line);
  const link = createFakeLink(5);
  const { open, write } = link;
  link.capacity = capacity;
  link.open = (address, handlers) => {
    say(`open ${address.host}:${address.port}`);
    open(address, handlers);
  };
  link.write = (bytes) => {
    say(`write ${JSON.stringify(bytes)}`);
    return write(bytes);
  };
  const options: Version5Options = {
    link,
    host: "broker",
    port: 1883,
    clientId: "id",
    clean: false,
    maximumPacketSize: 256,
    queueBytes: 4096,
    properties: [SESSION_EXPIRY_INTERVAL, 3600],
    topicAliasMaximum: 4,
    authenticationMethod: "X",
    authenticate(data, reasonCode) {
      say(`authenticate ${reasonCode} ${data}`);
      return reasonCode === 0x19 ? "first" : `re ${data}`;
    },
    onConnect: (present) => say(`connect ${present}`),
    onDisconnect: (reasonCode, seconds) => say(`disconnect ${reasonCode} ${seconds ? "again" : "end"}`),
    onMessage: (topic, payload, flags) => say(`message ${topic} ${payload} ${flags}`),
    onPiece: (topic, piece, offset, total, flags) =>
      say(`piece ${topic} ${piece} ${offset} ${total} ${flags}`),
    onSubscribe: (topicFilter, reasonCode) => say(`subscribe ${topicFilter} ${reasonCode}`),
    onAcknowledge: (packetId) => say(`acknowledge ${packetId}`),
    onDrop: (reasonCode, packetId, topic) => say(`drop ${reasonCode} ${packetId} ${topic}`),
  };
  const client = createClient(
    options,
    names.map((name) => PARTS[name]),
  );

  /** What the last CONNECT said, and how it is answered. */
  let protocolVersion = 4;
  let method: string | undefined;
  let takesAliases = false;
  let connack: IConnackPacket | string;
  const accepting = (present: boolean): IConnackPacket => ({
    cmd: "connack",
    returnCode: 0,
    reasonCode: 0,
    sessionPresent: present,
    properties: { topicAliasMaximum: 3 },
  });

  function send(packet: Packet | string): void {
    const bytes =
      typeof packet === "string" ? packet : generate(packet, { protocolVersion }).toString("latin1");
    for (let at = 0; at < bytes.length && link.isOpen; at += chunk) link.receive(bytes.slice(at, at + chunk));
  }
  const auth = (reasonCode: number, data: string): Packet => ({
    cmd: "auth",
    reasonCode,
    properties: { authenticationMethod: method, authenticationData: Buffer.from(data) },
  });
  function accept(): void {
    if (typeof connack === "string" || method === undefined) send(connack);
    else send({ ...connack, properties: { ...connack.properties, authenticationMethod: method } });
  }
  function answer(packet: Packet): void {
    const messageId = packet.messageId!;
    switch (packet.cmd) {
      case "connect":
        protocolVersion = packet.protocolVersion!;
        method = packet.properties?.authenticationMethod;
        takesAliases = (packet.properties?.topicAliasMaximum ?? 0) > 0;
        if (method === undefined) accept();
        else send(auth(0x18, "prove"));
        break;
      case "auth":
        if (packet.reasonCode === 0x19) send(auth(0x18, "again"));
        else if (client.connected) send(auth(0, "done"));
        else accept();
        break;
      case "publish":
        if (packet.qos) send({ cmd: packet.qos === 1 ? "puback" : "pubrec", messageId });
        break;
      case "pubrec":
        send({ cmd: "pubrel", messageId });
        break;
      case "pubrel":
        send({ cmd: "pubcomp", messageId });
        break;
      case "subscribe":
        send({ cmd: "suback", messageId, granted: packet.subscriptions.map(({ qos }) => qos) });
        break;
    }
  }
  /** Answers until nothing more comes, and the link takes all that waits for it. */
  function serve(): void {
    for (;;) {
      const before = done.length;
      for (let packets = link.packets(); packets.length; packets = link.packets())
        for (const packet of packets) if (link.isOpen) answer(packet);
      if (!link.isOpen) return;
      link.drain();
      if (done.length === before) return;
    }
  }
  /** One connection, whatever became of the one before; the server answers its CONNECT so. */
  function begin(how: IConnackPacket | string): void {
    if (link.isOpen) link.end();
    link.packets();
    connack = how;
    connect(client);
    // After a refusal that is two minutes.
    for (let second = 0; second <= 120 && !link.isOpen; second++) tick(client);
    link.establish();
    serve();
  }
  function deliver(topic: string, payload: string, qos: 0 | 1 | 2, topicAlias?: number): void {
    const properties = topicAlias === undefined ? {} : { topicAlias };
    if (link.isOpen)
      send({ cmd: "publish", topic, payload, qos, messageId: 9, dup: false, retain: false, properties });
    if (link.isOpen) serve();
  }
  function stream(topic: string, size: number, flags: number): void {
    if (!names.includes("streaming")) return;
    const source = (offset: number, room: number): string =>
      "0123456789".repeat(size / 10).slice(offset, offset + Math.min(room, 70));
    say(`streamed ${publishPieces(client, topic, size, flags, source)}`);
  }
  function publishAll(): void {
    for (const topic of ["a/topic", "a/topic", "another"])
      for (const flags of [0, QOS_1, QOS_2]) say(`published ${publish(client, topic, "payload", flags)}`);
    say(`published ${publishWith(client, "brief", "x", QOS_1, [MESSAGE_EXPIRY_INTERVAL, 100])}`);
  }

  // What waits for the first connection, for a while.
  say(`published ${publish(client, "early", "first", QOS_1)}`);
  publishAll();
  for (const [topicFilter, qos] of [
    ["in", 1],
    ["twice", 2],
  ] as const)
    say(`result ${subscribe(client, [{ topicFilter, qos }])}`);
  const onPiece = options.onPiece!;
  say(`result ${subscribe(client, [{ topicFilter: "pieces", qos: 1, onPiece }])}`);
  for (let second = 0; second < 5; second++) tick(client);
  // The first server sends the client to another one.
  begin({ ...accepting(false), reasonCode: 0x9d, properties: { serverReference: "other:1884" } });
  begin(accepting(false));
  publishAll();
  stream("out", 1000, QOS_1);
  publishAll();
  deliver("in", "while it streams", 1);
  serve();
  for (const [topic, payload] of [
    ["in", "small"],
    ["pieces", "small"],
    ["pieces", "0123456789".repeat(100)],
    ["in", "0123456789".repeat(100)],
  ] as const)
    for (const qos of [0, 1] as const) deliver(topic, payload, qos);
  if (takesAliases) for (const topic of ["in", ""]) deliver(topic, "by its alias", 0, 2);
  reauthenticate(client);
  serve();
  // With QoS 0 and 1 alone this ends the connection.
  deliver("twice", "x", 2);
  deliver("pieces", "0123456789".repeat(100), 2);
  begin(accepting(true));
  // Cut off with messages under way.
  publishAll();
  stream("out", 1000, QOS_2);
  if (link.isOpen) link.end();
  stream("out", 1000, 0);
  begin(accepting(sessionPresent));
  // A server that knows 3.1.1 alone, where nothing keeps the first message from going early.
  if (link.isOpen) link.end();
  say(`published ${publish(client, "early", "again", QOS_1)}`);
  publishAll();
  begin("\x20\x02\0\x01");
  begin(accepting(false));
  publishAll();
  stream("out", 500, QOS_1);
  deliver("pieces", "0123456789".repeat(100), 1);
  serve();
  disconnect(client);
  return done;
}

const circumstances: fc.Arbitrary<Circumstances> = fc.record({
  capacity: fc.constantFrom(Infinity, 300, 40),
  chunk: fc.constantFrom(100_000, 90, 7),
  sessionPresent: fc.boolean(),
});

/** These parts in any order, some of them repeatedly. */
function anyListOf(names: readonly Name[]): fc.Arbitrary<Name[]> {
  const again = names.length ? fc.array(fc.constantFrom(...names), { maxLength: 9 }) : fc.constant([]);
  return again.chain((more) => {
    const all = [...names, ...more];
    return fc.shuffledSubarray(all, { minLength: all.length });
  });
}

/** Some of the parts, in the order of all; with those that need MQTT 5.0 it is there. */
const someParts = fc
  .subarray(NAMES)
  .map((names) =>
    names.includes("version5") ? names : names.filter((name) => !NEED_VERSION_5.includes(name)),
  );

describe("the parts of a client", () => {
  it("say the same whatever order they are given in, and however often: all of them", () => {
    check(
      fc.property(anyListOf(NAMES), circumstances, (list, given) => {
        assert.deepEqual(converse(list, given), converse(NAMES, given));
      }),
      RUNS,
    );
  });

  it("say the same whatever order they are given in, and however often: any of them", () => {
    const lists = someParts.chain((names) => fc.tuple(fc.constant(names), anyListOf(names)));
    check(
      fc.property(lists, circumstances, ([names, list], given) => {
        assert.deepEqual(converse(list, given), converse(names, given));
      }),
      RUNS,
    );
  });

  it("have each something to say in that conversation", () => {
    const given = { capacity: 300, chunk: 90, sessionPresent: true };
    const all = converse(NAMES, given);
    for (const name of NAMES) {
      const others = NAMES.filter((one) => one !== name);
      const names = name === "version5" ? others.filter((one) => !NEED_VERSION_5.includes(one)) : others;
      assert.notDeepEqual(converse(names, given), all, name);
    }
  });
});
