/** The object that `require("ristretto")` gives, in a program of one's own. */
import assert from "node:assert/strict";
import type { Bed, Scenario } from "../../support/bed.ts";
import { told, untilTold } from "../../support/client-bed.ts";
import { connected } from "../../support/module-bed.ts";
import { connects, count, message, publishes, withhold } from "../../support/server.ts";

/** What was told since a line of the console. */
const toldSince = (bed: Bed, start: number): string[] => told(bed).slice(start);

const REFUSALS = [
  [1, 0x84, "UNACCEPTABLE_PROTOCOL_VERSION"],
  [2, 0x85, "IDENTIFIER_REJECTED"],
  [3, 0x88, "SERVER_UNAVAILABLE"],
  [4, 0x86, "BAD_USER_NAME_OR_PASSWORD"],
  [5, 0x87, "NOT_AUTHORIZED"],
] as const;

/** Sends a message with QoS 1 and waits for its PUBACK. */
async function sendAcknowledged(bed: Bed, topic: string, payload: string, messageId: number): Promise<void> {
  const before = count(bed.server, "puback");
  bed.server.last.send(message(topic, payload, { qos: 1, messageId }));
  await bed.until(() => count(bed.server, "puback") > before);
}

export const MODULE: Scenario[] = [
  {
    claim: "tells its life by the events of Espruino's module, in their order",
    async run(bed) {
      await connected(bed);
      await bed.type('c.subscribe("a/#", { qos: 1 })');
      await untilTold(bed, "subscribed a/# 1");
      bed.server.last.send(message("a/b", "hello", { retain: true }));
      await untilTold(bed, "message a/b hello");
      await bed.type('tell("id " + c.publish("t", "x", { qos: 1, retain: true }))');
      await untilTold(bed, "puback 2");
      await bed.type('c.unsubscribe("a/#")');
      await untilTold(bed, "unsubscribed a/#");
      await bed.type("c.disconnect()");
      await untilTold(bed, "close 0 end");
      await bed.until(() => count(bed.server, "disconnect") === 1);
      assert.deepEqual(told(bed), [
        "joined",
        "connected false",
        "connect false",
        "subscribed a/# 1",
        'publish {"topic":"a/b","message":"hello","dup":0,"qos":0,"retain":1}',
        "message a/b hello",
        "id 2",
        "puback 2",
        "unsubscribed a/#",
        "disconnected 0 end",
        "close 0 end",
      ]);
      assert.deepEqual(
        publishes(bed.server).map(({ topic, qos, retain }) => [topic, qos, retain]),
        [["t", 1, true]],
      );
    },
  },
  {
    claim: "passes on options by Espruino's names and by the client's, and the will",
    settings: {
      client_id: "node 7",
      keep_alive: 77,
      clean_session: false,
      username: "user",
      password: "secret",
      protocol_name: "MQTT",
      protocol_level: 4,
      will: { topic: "status", payload: "offline", qos: 1, retain: true },
    },
    async run(bed) {
      await connected(bed);
      await bed.type(
        'd = m.connect({ host: o.host, port: o.port, clientId: "second", keepalive: 0, clean: true, username: "" }); listen(d, "d ")',
      );
      await untilTold(bed, "d connect false");
      const [first, second] = connects(bed.server);
      assert.deepEqual(
        [first!.clientId, first!.keepalive, first!.clean, first!.username, first!.password?.toString()],
        ["node 7", 77, false, "user", "secret"],
      );
      const { topic, payload, qos, retain } = first!.will!;
      assert.deepEqual([topic, payload.toString(), qos, retain], ["status", "offline", 1, true]);
      assert.deepEqual(
        [second!.clientId, second!.keepalive, second!.clean, second!.username, second!.will],
        ["second", 0, true, undefined, undefined],
      );
    },
  },
  {
    claim: "tells a refused connection as an error in the words of Espruino's module, and is not connected",
    async run(bed) {
      await untilTold(bed, "joined");
      for (const [returnCode, reasonCode, words] of REFUSALS) {
        bed.server.onPacket = (_packet, { send }) =>
          send({ cmd: "connack", returnCode, sessionPresent: false });
        await bed.type("c.connect()");
        await untilTold(bed, `error Connection refused, ${words} ${reasonCode}`);
        await untilTold(bed, `disconnected ${reasonCode} again`);
        await bed.type('c.disconnect(); tell("connected: " + c.connected)');
      }
      assert.equal(told(bed).filter((line) => line === "connected: false").length, REFUSALS.length);
      assert.ok(!told(bed).includes("connected false"));
    },
  },
  {
    claim: "tells a host that refuses as an error, and goes on trying",
    down: true,
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type("c.connect()");
      await untilTold(bed, "error Connection failed, reason 193 193");
      await untilTold(bed, "disconnected 193 again");
      await bed.refuse(false);
      await untilTold(bed, "connected false");
    },
  },
  {
    claim: "tells a refused subscription and an impossible one as failed, and the latter is never sent",
    async run(bed) {
      await connected(bed);
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd === "subscribe")
          connection.send({ cmd: "suback", messageId: packet.messageId!, granted: [0x80] });
        else bed.server.answer(packet, connection);
      };
      await bed.type('tell(c.subscribe("secret"))');
      await untilTold(bed, "subscribed_fail secret 128");
      await bed.type('tell(c.subscribe("a/#/b"))');
      await untilTold(bed, "subscribed_fail a/#/b 143");
      assert.deepEqual(
        told(bed).filter((line) => line === "0" || line === "-143"),
        ["0", "-143"],
      );
      assert.equal(count(bed.server, "subscribe"), 1);
    },
  },
  {
    claim: "takes filters as a text, a list and a table, and none twice",
    async run(bed) {
      await connected(bed);
      await bed.type(
        'c.subscribe("a"); c.subscribe(["b", "c"], { qos: 1 }); c.subscribe({ d: 0, e: 1 }); c.subscribe([])',
      );
      await untilTold(bed, "subscribed e 1");
      await bed.type('c.subscribe("a"); c.subscribe(["b", "f"], { qos: 1 })');
      await untilTold(bed, "subscribed f 1");
      const asked = bed.server.packets.flatMap((packet) =>
        packet.cmd === "subscribe" ? packet.subscriptions.map(({ topic, qos }) => `${topic} ${qos}`) : [],
      );
      assert.deepEqual(asked, ["a 0", "b 1", "c 1", "d 0", "e 1", "f 1"]);
      assert.equal(told(bed).filter((line) => line === "subscribed a 0").length, 2);
      assert.equal(told(bed).filter((line) => line === "subscribed b 1").length, 2);
      await bed.type('c.unsubscribe(["a", "b"])');
      await untilTold(bed, "unsubscribed b");
    },
  },
  {
    claim:
      "asks once for what a program subscribes to on each connection, and again where the QoS is another",
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type('c.on("connected", function () { c.subscribe("a") })');
      await connected(bed);
      await untilTold(bed, "subscribed a 0");
      bed.server.last.peer.end();
      await untilTold(bed, "connected false", 2);
      await untilTold(bed, "subscribed a 0", 2);
      await bed.type('c.subscribe("a", { qos: 1 })');
      await untilTold(bed, "subscribed a 1");
      assert.equal(count(bed.server, "subscribe"), 3);
    },
  },
  {
    claim: "comes back by itself, restores subscriptions, and sends what was published meanwhile",
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type('c.subscribe("cmd"); c.publish("t", "before", { qos: 1 })');
      await connected(bed);
      await untilTold(bed, "subscribed cmd 0");
      await bed.refuse(true);
      bed.server.last.peer.reset();
      await untilTold(bed, "disconnected 195 again");
      await bed.type('c.publish("t", 21.5); c.publish("t", new Uint8Array([0, 65, 255]), { qos: 1 })');
      await bed.refuse(false);
      await untilTold(bed, "subscribed cmd 0", 2);
      await bed.until(() => told(bed).filter((line) => line.startsWith("puback ")).length === 2);
      assert.deepEqual(
        publishes(bed.server).map(({ payload }) => Buffer.from(payload).toString("hex")),
        ["before", "21.5", "\0A\xff"].map((text) => Buffer.from(text, "latin1").toString("hex")),
      );
    },
  },
  {
    claim: "tells a ping that is answered, and none that is not",
    settings: { keep_alive: 1 },
    async run(bed) {
      await connected(bed);
      await untilTold(bed, "ping_reply ");
      // The second is the last: what comes after it is up to time.
      await bed.type('n = 0; c.on("disconnected", function () { if (++n == 2) c.disconnect(); })');
      withhold(bed, "pingreq");
      await untilTold(bed, "disconnected 141 again");
      // One may have been on its way.
      const first = told(bed).indexOf("disconnected 141 again");
      await untilTold(bed, "disconnected 141 again", 2);
      const between = toldSince(bed, first).filter((line) => line.startsWith("ping_reply"));
      assert.deepEqual(between, []);
      assert.ok(told(bed).includes("error Connection failed, reason 141 141"));
    },
  },
  {
    claim: "connect() twice makes one connection, and after all timers were cleared the seconds pass again",
    settings: { keep_alive: 1 },
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type("c.connect(); c.connect()");
      await untilTold(bed, "connect false");
      await bed.type("c.connect(); clearTimeout()");
      bed.server.last.peer.end();
      await untilTold(bed, "disconnected 195 again");
      const before = told(bed).length;
      await bed.type("c.connect()");
      await untilTold(bed, "connect false", 2);
      await bed.until(() => toldSince(bed, before).includes("ping_reply "));
      assert.equal(bed.server.connections.length, 2);
    },
  },
  {
    claim: "a handler that was given to subscribe has its messages alone, and before they are acknowledged",
    async run(bed) {
      await connected(bed);
      await bed.type(
        'c.subscribe("own/+", { qos: 1, onMessage: function (topic, text, flags) { tell("own " + topic + " " + text + " " + flags); if (text == "crash") throw "crash" } })',
      );
      await untilTold(bed, "subscribed own/+ 1");
      await sendAcknowledged(bed, "own/1", "x", 7);
      await sendAcknowledged(bed, "other", "y", 8);
      await untilTold(bed, "message other y");
      assert.deepEqual(
        told(bed).filter((line) => /^(own|message|publish) /.test(line)),
        [
          "own own/1 x 2",
          'publish {"topic":"other","message":"y","dup":0,"qos":1,"retain":0}',
          "message other y",
        ],
      );
    },
  },
  {
    claim: "tells what is lost: messages that a full queue has no room for, and one that is too large",
    settings: { queueLimit: 2, maximumPacketSize: 128 },
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type('[1, 2, 3].forEach(function (n) { c.publish("t/" + n, "x", { qos: 1 }) })');
      await untilTold(bed, "drop 151 1 t/1");
      await connected(bed);
      await untilTold(bed, "puback 3");
      bed.server.last.send(message("large", Buffer.alloc(500)));
      await untilTold(bed, "drop 149 0 large");
      assert.deepEqual(bed.server.published(), ["t/2 x", "t/3 x"]);
    },
  },
  {
    claim: "a client takes the place of the one before with its id at its server, and leaves others alone",
    async run(bed) {
      await connected(bed);
      await bed.type(
        'd = m.connect({ host: o.host, port: o.port }); d.on("connected", function () { tell("id " + d.clientId) }); d.on("disconnected", function () { tell("d disconnected") })',
      );
      await untilTold(bed, "id ristretto-30aea4000001");
      assert.equal(connects(bed.server)[1]!.clientId, "ristretto-30aea4000001");
      assert.equal(bed.server.connections[0]!.closed, undefined);
      await bed.type(
        'e = m.connect({ host: o.host, port: o.port }); e.on("connect", function () { tell("e connect") })',
      );
      await untilTold(bed, "e connect");
      await bed.until(() => bed.server.connections[1]!.closed !== undefined);
      assert.equal(bed.server.connections[1]!.packets.at(-1)!.cmd, "disconnect");
      assert.equal(bed.server.connections[0]!.closed, undefined);
      assert.ok(!told(bed).some((line) => line.startsWith("d disconnected")));
      await bed.type('c.publish("c", 1); e.publish("e", 1)');
      await bed.until(() => bed.server.published().length === 2);
    },
  },
  {
    claim:
      "speaks over a socket that the program has opened, does not open another for it, and over its own when told to",
    async run(bed) {
      await untilTold(bed, "joined");
      const open =
        'require("net").connect({ host: o.host, port: o.port }, function (socket) { c.connect(socket) })';
      await bed.type(open);
      await untilTold(bed, "connect false");
      await bed.type(`c.publish("long", Array(700).join("x")); c.publish("t", "x", { qos: 1 })`);
      await untilTold(bed, "puback 1");
      bed.server.last.peer.end();
      await untilTold(bed, "disconnected 195 end");
      await bed.type(open);
      await untilTold(bed, "connect false", 2);
      await bed.type("c.disconnect()");
      await untilTold(bed, "disconnected 0 end");
      await bed.until(() => bed.server.connections[1]!.closed !== undefined);
      await bed.type("c.connect()");
      await untilTold(bed, "connect false", 3);
      bed.server.last.peer.end();
      await untilTold(bed, "disconnected 195 again");
      await untilTold(bed, "connect false", 4);
    },
  },
  {
    claim: "connect without a client and a host says what it lacks, and dials nobody",
    throws: /connect: no host/,
    async run(bed) {
      await connected(bed);
      await bed.type(
        "try { m.connect({}) } catch (text) { tell(text) } setTimeout(c.connect, 100); setTimeout(function () { tell('later') }, 1000)",
      );
      await untilTold(bed, "later");
      assert.equal(bed.server.connections.length, 1);
    },
  },
  {
    claim: "connect with what no CONNECT can say says so, and dials nobody [MQTT-1.5.3-1] [MQTT-1.5.3-2]",
    throws: /connect: client_id, username, password and will must be/,
    async run(bed) {
      await connected(bed);
      for (const options of [
        'client_id: "K\\xfcche"',
        "client_id: 7",
        'username: "a\\0b"',
        'will: { topic: "a/+", payload: "" }',
        'will: { topic: "a", payload: 1 }',
      ])
        await bed.type(
          `try { m.connect({ host: o.host, ${options} }) } catch (text) { tell(text.substr(0, 18)) }`,
        );
      await untilTold(bed, "connect: client_id", 5);
      assert.equal(bed.server.connections.length, 1);
    },
  },
];
