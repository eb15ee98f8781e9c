/** MQTT 5.0 and the parts of it. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import type { Scenario } from "../../support/bed.ts";
import { endWithFirst, online, pass, stopTime, told, untilTold } from "../../support/client-bed.ts";
import { message, publishes } from "../../support/server.ts";
import { accept, equip, last, topicsOf } from "../../support/parts-bed.ts";

const STORIES: Scenario[] = [
  {
    claim: "MQTT 5.0 connects, is told of the server's limits, and keeps them",
    settings: { properties: [17, 3600, 38, ["a", "b"]], clientId: "" },
    async run(bed) {
      await equip(bed, ["version5"]);
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
      await equip(bed, ["version5"]);
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
    claim: "properties may be long: the engine compares no long text with a number",
    async run(bed) {
      await equip(bed, ["version5"]);
      await online(bed);
      await bed.type(
        'm.publishWith(c, "out", "x", m.QOS_1, [m.USER_PROPERTY, ["name", Array(151).join("v")]])',
      );
      await untilTold(bed, "acknowledge 1 0");
      assert.deepEqual({ ...last(bed).properties!.userProperties }, { name: "v".repeat(150) });
    },
  },
  {
    claim: "a refusal and a DISCONNECT are told with the server's words",
    // After a refusal the next attempt waits as long as ever.
    settings: { reconnectPeriodMaximum: 1000 },
    async run(bed) {
      await equip(bed, ["version5"]);
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
      await endWithFirst(bed);
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
      await equip(bed, ["version5", "fallback"]);
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
      await equip(bed, ["version5"]);
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
      await equip(bed, ["version5", "fallback"]);
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
      await equip(bed, ["version5"]);
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
    settings: { topicAliasMaximum: 2 },
    async run(bed) {
      await equip(bed, ["version5", "topicAliases"]);
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
      await equip(bed, ["version5"]);
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
      await equip(bed, ["version5"]);
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
    claim:
      "a server of MQTT 5.0 is asked in packets of its size, once, for what a program subscribes to when it connects [MQTT5-3.2.2-15]",
    async run(bed) {
      await equip(bed, ["version5"]);
      await bed.type(
        'o.onConnect = function (present) { tell("connect " + present); m.subscribe(c, ["one", "two", "three", "of thirty-two bytes, which no fit"].map(function (f) { return { topicFilter: f }; })); }',
      );
      accept(bed, { maximumPacketSize: 18 });
      await online(bed);
      await untilTold(bed, "subscribe three 0");
      const asked = bed.server.packets.flatMap((packet) =>
        packet.cmd === "subscribe" ? [packet.subscriptions.map(({ topic }) => topic)] : [],
      );
      assert.deepEqual(asked, [["one", "two"], ["three"]]);
      assert.ok(told(bed).includes("subscribe of thirty-two bytes, which no fit 149"));
      await bed.type('m.unsubscribe(c, ["one", "two", "three"])');
      await untilTold(bed, "unsubscribe three");
      assert.equal(bed.server.packets.filter(({ cmd }) => cmd === "unsubscribe").length, 2);
    },
  },
  {
    claim:
      "a session of MQTT 5.0 goes on with PUBRELs that no receive maximum holds back, and a server is left that has one where there is none [MQTT5-3.2.2-4] [MQTT5-3.3.4-8]",
    settings: { clean: false, properties: [17, 3600, 23, 0] },
    async run(bed) {
      await equip(bed, ["version5", "qos2"]);
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd !== "pubrel") bed.server.answer(packet, connection);
      };
      await online(bed);
      await bed.type('["a", "b", "c"].forEach(function (t) { m.publish(c, t, "", m.QOS_2); })');
      const released = (): number => bed.server.packets.filter(({ cmd }) => cmd === "pubrel").length;
      await bed.until(() => released() === 3);
      const before = bed.server.onPacket;
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd !== "connect") before(packet, connection);
        else
          connection.send({
            cmd: "connack",
            reasonCode: 0,
            sessionPresent: true,
            properties: { receiveMaximum: 1, sessionExpiryInterval: 0 },
          });
      };
      bed.server.last.peer.end();
      await bed.until(() => released() === 6);
      bed.server.last.send({
        cmd: "pubcomp",
        messageId: 2,
        reasonCode: 0,
        properties: { reasonString: "no" },
      });
      await untilTold(bed, "disconnect 130 []", 2);
      await bed.type("m.disconnect(c)");
      await bed.until(() => bed.server.packets.filter(({ cmd }) => cmd === "disconnect").length === 2);
    },
  },
  {
    claim: "a request gets its response, and another is told that none came in time",
    async run(bed) {
      await equip(bed, ["version5"]);
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
    settings: { authenticationMethod: "X" },
    async run(bed) {
      await equip(
        bed,
        ["version5", "authentication"],
        'o.authenticate = function (data, code) { tell("step " + code + " " + data); return data + "!"; }',
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
];

/** All parts together are more than an ESP8266 holds; a program takes those it needs. */
export const VERSION_5_PARTS = STORIES.map((story) => ({ ...story, isLarge: true }));
