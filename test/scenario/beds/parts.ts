/** The parts of the client that programs import by themselves: QoS 2, MQTT 5.0, messages of any size, the early first one. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { IPublishPacket, Packet } from "mqtt-packet";
import type { Bed, Scenario } from "../../support/bed.ts";
import { online, pass, stopTime, told, untilTold } from "../../support/client-bed.ts";
import { message, publishes } from "../../support/server.ts";

/** Enables parts before the client connects; with 5.0 its handlers tell the properties too. */
async function enable(bed: Bed, ...parts: string[]): Promise<void> {
  await untilTold(bed, "joined");
  for (const part of parts) await bed.type(part);
  if (parts.includes(VERSION_5))
    await bed.type(
      'o.onMessage = function (t, p, f) { tell("message " + t + " " + p + " " + f + " " + JSON.stringify(m.readProperties(c.properties))); }; ' +
        'o.onAcknowledge = function (id) { tell("acknowledge " + id + " " + c.reasonCode); }; ' +
        'o.onDisconnect = function (reason) { tell("disconnect " + reason + " " + JSON.stringify(m.readProperties(c.properties))); }',
    );
}

const VERSION_5 = "m.enableVersion5(c)";

/** CONNACK with these properties; the rest as ever. */
function accept({ server }: Bed, properties = {}, sessionPresent = false): void {
  server.onPacket = (packet, connection) => {
    if (packet.cmd === "connect")
      connection.send({ cmd: "connack", returnCode: 0, reasonCode: 0, sessionPresent, properties });
    else server.answer(packet, connection);
  };
}

const topicsOf = (bed: Bed): string[] =>
  publishes(bed.server).map(({ topic, properties }) => `${topic}=${properties?.topicAlias ?? "-"}`);
const last = (bed: Bed): IPublishPacket => publishes(bed.server).at(-1)!;

const STORIES: Scenario[] = [
  {
    claim:
      "QoS 2 arrives once both ways, through a connection that is cut between PUBREC and PUBCOMP [MQTT-4.3.3-1]",
    settings: { clean: false },
    async run(bed) {
      await enable(bed, "m.enableQos2(c)");
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd !== "pubrel" && packet.cmd !== "pubrec") bed.server.answer(packet, connection);
      };
      await online(bed);
      await bed.type('m.publish(c, "t", "once", m.QOS_2)');
      await bed.until(() => bed.server.packets.some(({ cmd }) => cmd === "pubrel"));
      bed.server.last.send(message("in", "once", { qos: 2, messageId: 9 }));
      await untilTold(bed, "message in once 4");
      await bed.until(() => bed.server.packets.some(({ cmd }) => cmd === "pubrec"));
      accept(bed, {}, true);
      bed.server.last.peer.end();
      await untilTold(bed, "acknowledge 1");
      bed.server.last.send(message("in", "once", { qos: 2, messageId: 9, dup: true }));
      bed.server.last.send({ cmd: "pubrel", messageId: 9 });
      await bed.until(() => bed.server.packets.filter(({ cmd }) => cmd === "pubcomp").length === 1);
      assert.equal(publishes(bed.server).length, 1);
      assert.equal(told(bed).filter((line) => line.startsWith("message")).length, 1);
    },
  },
  {
    claim: "MQTT 5.0 connects, is told of the server's limits, and keeps them",
    settings: { properties: [17, 3600, 38, ["a", "b"]], clientId: "" },
    async run(bed) {
      await enable(bed, VERSION_5);
      accept(bed, {
        assignedClientIdentifier: "given",
        maximumQoS: 0,
        retainAvailable: false,
        maximumPacketSize: 40,
      });
      await online(bed);
      const connect = bed.server.packets[0] as Extract<Packet, { cmd: "connect" }>;
      assert.equal(connect.protocolVersion, 5);
      assert.equal(connect.properties?.sessionExpiryInterval, 3600);
      await bed.type(
        'tell("published " + [m.publish(c, "t", "", m.QOS_1), m.publish(c, "t", "", m.RETAIN), m.publish(c, "t", Array(40).join("x"), 0), m.publish(c, "t", "y", 0)].join())',
      );
      assert.ok(told(bed).includes("published -155,-154,-149,0"), told(bed).join("\n"));
      await bed.until(() => publishes(bed.server).length === 1);
      bed.server.last.peer.end();
      await untilTold(bed, "connect false", 2);
      assert.equal((bed.server.packets.at(-1) as { clientId?: string }).clientId, "given");
    },
  },
  {
    claim: "properties arrive with their messages, both ways, whatever their types",
    async run(bed) {
      await enable(bed, VERSION_5);
      await online(bed);
      await bed.type(
        'm.publishWith(c, "t", "p", m.QOS_1, [m.PAYLOAD_FORMAT_INDICATOR, 1, m.MESSAGE_EXPIRY_INTERVAL, 4294967295, m.CONTENT_TYPE, "json", m.CORRELATION_DATA, "\\x00\\xff", m.USER_PROPERTY, ["a", "1"], m.USER_PROPERTY, ["a", "2"]])',
      );
      await untilTold(bed, "acknowledge 1 0");
      const { properties } = last(bed);
      assert.equal(properties?.payloadFormatIndicator, true);
      assert.ok((properties.messageExpiryInterval ?? 0) >= 4294967290);
      assert.equal(properties.contentType, "json");
      assert.deepEqual([...(properties.correlationData ?? [])], [0, 255]);
      assert.deepEqual({ ...properties.userProperties }, { a: ["1", "2"] });
      bed.server.last.send(
        message("in", "x", {
          properties: { messageExpiryInterval: 4294967295, responseTopic: "r", userProperties: { k: "v" } },
        }),
      );
      await untilTold(bed, 'message in x 0 [2,4294967295,8,"r",38,["k","v"]]');
      bed.server.last.send(message("in", "y"));
      await untilTold(bed, "message in y 0 []");
    },
  },
  {
    claim: "a refusal and a DISCONNECT are told with the server's words",
    async run(bed) {
      await enable(bed, VERSION_5);
      bed.server.onPacket = (_packet, connection) =>
        connection.send({
          cmd: "connack",
          reasonCode: 0x87,
          sessionPresent: false,
          properties: { reasonString: "no" },
        });
      await bed.type("m.connect(c)");
      await untilTold(bed, 'disconnect 135 [31,"no"]');
      accept(bed);
      await online(bed);
      bed.server.last.send({
        cmd: "disconnect",
        reasonCode: 0x8b,
        properties: { reasonString: "night" },
      });
      await untilTold(bed, 'disconnect 139 [31,"night"]');
    },
  },
  {
    claim: "a server that knows 3.1.1 only is spoken to in 3.1.1, and gets what waited",
    async run(bed) {
      await enable(bed, VERSION_5, "m.enableFallback(c)");
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd === "connect" && packet.protocolVersion === 5) connection.send("\x20\x02\0\x01");
        else bed.server.answer(packet, connection);
      };
      await bed.type('m.publishWith(c, "t", "p", m.QOS_1, [m.CONTENT_TYPE, "x"]); m.connect(c)');
      await untilTold(bed, "acknowledge 1 0");
      assert.deepEqual(
        [last(bed).topic, String(last(bed).payload), last(bed).properties],
        ["t", "p", undefined],
      );
      assert.ok(told(bed).includes("disconnect 197 []"));
    },
  },
  {
    claim:
      "MQTT 5.0 goes over TCP, every byte in its place both ways, in whatever pieces it comes [MQTT5-4.2-1]",
    async run(bed) {
      await enable(bed, VERSION_5);
      await bed.type(
        'all = ""; for (var i = 0; i < 256; i++) all += String.fromCharCode(i); all += all; ' +
          'o.onMessage = function (t, p) { tell("message " + t + " " + p.length + " " + (p === all) + " " + m.readProperty(c.properties, m.CONTENT_TYPE)); }',
      );
      await online(bed);
      const payload = Buffer.from([...Array(512).keys()].map((byte) => byte % 256));
      const whole = generate(message("in", payload, { properties: { contentType: "bytes" } }), {
        protocolVersion: 5,
      });
      for (const size of [whole.length, 1, 7, 100])
        for (let at = 0; at < whole.length; at += size) bed.server.last.send(whole.subarray(at, at + size));
      bed.server.last.send(Buffer.concat([whole, whole]));
      await untilTold(bed, "message in 512 true bytes", 6);
      await bed.type(
        'for (var i = 0; i < 3; i++) m.publishWith(c, "out", all, 0, [m.CONTENT_TYPE, "bytes " + i])',
      );
      await bed.until(() => publishes(bed.server).length === 3);
      for (const [index, packet] of publishes(bed.server).entries()) {
        assert.deepEqual(packet.payload, payload);
        assert.equal(packet.properties?.contentType, `bytes ${index}`);
      }
    },
  },
  {
    claim:
      "a server that ends the connection at CONNECT of 5.0 without a word is spoken to in 3.1.1 after the second time",
    async run(bed) {
      await enable(bed, VERSION_5, "m.enableFallback(c)");
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd === "connect" && packet.protocolVersion === 5) connection.peer.end();
        else bed.server.answer(packet, connection);
      };
      await bed.type("m.connect(c)");
      await untilTold(bed, "connect false");
      assert.deepEqual(
        told(bed).filter((line) => line.includes("connect")),
        ["disconnect 195 []", "disconnect 197 []", "connect false"],
      );
    },
  },
  {
    claim: "a client without an identifier comes back to its session by the one that the server gave",
    settings: { clientId: "", clean: false },
    async run(bed) {
      await enable(bed, VERSION_5);
      accept(bed, { assignedClientIdentifier: "given" });
      await online(bed);
      accept(bed, {}, true);
      bed.server.last.peer.end();
      await untilTold(bed, "connect true");
      assert.deepEqual(
        bed.server.packets.map((packet) => (packet.cmd === "connect" ? [packet.clientId, packet.clean] : [])),
        [
          ["", true],
          ["given", false],
        ],
      );
    },
  },
  {
    claim: "topics go by aliases, both ways, and by their names again after a reconnect [MQTT5-3.3.2-7]",
    async run(bed) {
      await enable(bed, VERSION_5, "m.enableTopicAliases(c, 2)");
      accept(bed, { topicAliasMaximum: 9 });
      await online(bed);
      await bed.type('["a", "b", "a", "c", "b"].forEach(function (t) { m.publish(c, t, "", 0); })');
      await bed.until(() => publishes(bed.server).length === 5);
      assert.deepEqual(topicsOf(bed), ["a=1", "b=2", "=1", "c=2", "b=1"]);
      bed.server.last.send(message("long/topic", "1", { properties: { topicAlias: 2 } }));
      bed.server.last.send(message("", "2", { properties: { topicAlias: 2 } }));
      await untilTold(bed, "message long/topic 2 0 [35,2]");
      bed.server.last.peer.end();
      await untilTold(bed, "connect false", 2);
      await bed.type('m.publish(c, "b", "", 0)');
      await bed.until(() => publishes(bed.server).length === 6);
      assert.equal(topicsOf(bed)[5], "b=1");
    },
  },
  {
    claim: "a message that waits is sent with the seconds it has left, or dropped when there are none",
    async run(bed) {
      await enable(bed, VERSION_5);
      await stopTime(bed);
      await bed.type(
        'm.publishWith(c, "short", "", 0, [m.MESSAGE_EXPIRY_INTERVAL, 5]); m.publishWith(c, "long", "", 0, [m.MESSAGE_EXPIRY_INTERVAL, 60])',
      );
      await pass(bed, 20);
      assert.ok(told(bed).includes("drop 198 0 short"));
      await bed.type("m.connect(c)");
      await bed.until(() => publishes(bed.server).length === 1);
      assert.equal(last(bed).topic, "long");
      assert.equal(last(bed).properties?.messageExpiryInterval, 40);
    },
  },
  {
    claim: "subscriptions have options and identifiers, by which messages find their way",
    async run(bed) {
      await enable(bed, VERSION_5);
      await online(bed);
      await bed.type(
        'm.subscribeWith(c, [{ topicFilter: "a/#", qos: 1, noLocal: true, retainHandling: 2, subscriptionIdentifier: 5, onMessage: function (t, p) { tell("five " + p); } }, { topicFilter: "a/b", subscriptionIdentifier: 300, onMessage: function (t, p) { tell("three hundred " + p); } }])',
      );
      await untilTold(bed, "subscribe a/b 0");
      const asked = bed.server.packets.filter((packet) => packet.cmd === "subscribe");
      assert.deepEqual(
        asked.map(({ properties }) => properties?.subscriptionIdentifier),
        [5, 300],
      );
      assert.deepEqual([asked[0]?.subscriptions[0]?.nl, asked[0]?.subscriptions[0]?.rh], [true, 2]);
      bed.server.last.send(message("a/b", "x", { properties: { subscriptionIdentifier: 300 } }));
      bed.server.last.send(message("a/b", "y", { properties: { subscriptionIdentifier: 5 } }));
      await untilTold(bed, "five y");
      assert.deepEqual(
        told(bed).filter((line) => line.endsWith(" x") || line.endsWith(" y")),
        ["three hundred x", "five y"],
      );
    },
  },
  {
    claim: "a request gets its response, and another is told that none came in time",
    async run(bed) {
      await enable(bed, VERSION_5);
      await stopTime(bed);
      bed.server.onPacket = (packet, connection) => {
        bed.server.answer(packet, connection);
        if (packet.cmd !== "publish" || packet.topic !== "ask") return;
        const { responseTopic, correlationData } = packet.properties ?? {};
        connection.send(
          message(responseTopic!, `to ${String(packet.payload)}`, { properties: { correlationData } }),
        );
      };
      await bed.type('m.connect(c); r = m.createRequester(c, "answers", 0)');
      await untilTold(bed, "subscribe answers 1");
      await bed.type(
        'm.request(r, "ask", "one", 5, function (code, p) { tell("response " + code + " " + p); }); m.request(r, "silence", "two", 5, function (code, p) { tell("response " + code + " " + p); })',
      );
      await untilTold(bed, "response 0 to one");
      await pass(bed, 5);
      assert.ok(told(bed).includes("response 199 "));
    },
  },
  {
    claim: "authentication goes step by step until the server is content [MQTT5-4.12.0-3]",
    async run(bed) {
      await enable(
        bed,
        VERSION_5,
        'm.enableAuthentication(c, "X", function (data, code) { tell("step " + code + " " + data); return data + "!"; })',
      );
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd === "connect")
          connection.send({
            cmd: "auth",
            reasonCode: 0x18,
            properties: { authenticationMethod: "X", authenticationData: Buffer.from("prove") },
          });
        if (packet.cmd === "auth")
          connection.send({
            cmd: "connack",
            reasonCode: 0,
            sessionPresent: false,
            properties: { authenticationMethod: "X" },
          });
      };
      await online(bed);
      const auth = bed.server.packets[1] as Extract<Packet, { cmd: "auth" }>;
      assert.equal(String(auth.properties?.authenticationData), "prove!");
      assert.ok(told(bed).includes("step 24 prove"));
    },
  },
  {
    claim: "messages that are larger than memory pass in pieces, both ways",
    async run(bed) {
      await enable(
        bed,
        "m.enablePieces(c); m.enableStreaming(c)",
        'var got = 0; o.onPiece = function (t, p, at, total) { if (at !== got) tell("gap at " + at); got += p.length; if (got === total) tell("whole " + total); }',
      );
      await online(bed);
      bed.server.last.send(message("big", "x".repeat(60_000), { qos: 1, messageId: 3 }));
      await untilTold(bed, "whole 60000");
      await bed.until(() => bed.server.packets.some(({ cmd }) => cmd === "puback"));
      await bed.type(
        'var block = Array(65).join("01234567"); m.publishPieces(c, "out", 60000, m.QOS_1, function (at, room) { return block.substr(at % 512, Math.min(room, 512 - at % 512)); })',
      );
      await untilTold(bed, "acknowledge 1");
      assert.equal(String(last(bed).payload), "01234567".repeat(7500));
      assert.ok(!told(bed).some((line) => line.startsWith("gap")));
    },
  },
  {
    claim: "the first message leaves right behind CONNECT, and is acknowledged with it",
    async run(bed) {
      await enable(bed, "m.enableEarlyPublish(c)");
      const held: Array<() => void> = [];
      bed.server.onPacket = (packet, connection) => held.push(() => bed.server.answer(packet, connection));
      await bed.type(
        'm.publish(c, "first", "1", m.QOS_1); m.publish(c, "second", "2", m.QOS_1); m.connect(c)',
      );
      await bed.until(() => bed.server.packets.length === 2);
      assert.deepEqual(bed.server.published(), ["first 1"]);
      bed.server.onPacket = (packet, connection) => bed.server.answer(packet, connection);
      for (const answer of held) answer();
      await untilTold(bed, "acknowledge 2");
      assert.deepEqual(bed.server.published(), ["first 1", "second 2"]);
    },
  },
];

/** All parts together are more than an ESP8266 holds; a program takes those it needs. */
export const PARTS = STORIES.map((story) => ({ ...story, isLarge: true }));
