/** The faults found in tinyMQTT, and those that the history of Espruino's MQTT modules tells of, are not possible here. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { Scenario } from "../../support/bed.ts";
import {
  exchanged,
  online,
  pass,
  published,
  stopTime,
  taken,
  told,
  untilTold,
} from "../../support/client-bed.ts";
import { connects, count, message, publishes, withhold } from "../../support/server.ts";

export const FAULTS_TINYMQTT: Scenario[] = [
  {
    claim: "connected is not told before CONNACK",
    async run(bed) {
      await stopTime(bed);
      withhold(bed, "connect");
      await bed.type("m.connect(c)");
      await bed.until(() => bed.server.packets.length === 1);
      await pass(bed, 5);
      assert.deepEqual(told(bed), ["joined"]);
      bed.server.last.send({ cmd: "connack", returnCode: 0, sessionPresent: false });
      await untilTold(bed, "connect false");
    },
  },
  {
    claim: "a message with QoS 1 is acknowledged, and its packet id stays out of it",
    async run(bed) {
      await online(bed);
      const ids = Array.from({ length: 50 }, (_, index) => index + 1);
      for (const messageId of ids) bed.server.last.send(message("t", "hi", { qos: 1, messageId }));
      await bed.until(() => count(bed.server, "puback") === 50);
      assert.deepEqual(told(bed).slice(2), Array<string>(50).fill("message t hi 2"));
      assert.deepEqual(
        bed.server.packets.slice(1).map((packet) => packet.cmd === "puback" && packet.messageId),
        ids,
      );
    },
  },
  {
    claim: "packets in pieces, however they are cut, keep topic and payload",
    async run(bed) {
      bed.server.onPacket = () => undefined;
      await untilTold(bed, "joined");
      await bed.type("m.connect(c)");
      await bed.until(() => bed.server.packets.length === 1);
      await bed.trickle(generate({ cmd: "connack", returnCode: 0, sessionPresent: false }));
      await untilTold(bed, "connect false");
      for (const size of [1, 3, 7, 536]) {
        const two = [message("a/b", `one ${size}`), message("c", `two ${size}`)];
        await bed.trickle(Buffer.concat(two.map((packet) => generate(packet))), size);
        await untilTold(bed, `message c two ${size} 0`);
        assert.equal(told(bed).at(-2), `message a/b one ${size} 0`);
      }
    },
  },
  {
    claim: "packets above 127 bytes pass both ways",
    async run(bed) {
      await online(bed);
      for (const [round, length] of [123, 124, 125, 126, 127, 128, 129, 300, 1000].entries()) {
        await bed.type(`m.publish(c, "t", Array(${length + 1}).join("y"), 0)`);
        await published(bed, round + 1);
        assert.equal(publishes(bed.server).at(-1)!.payload.length, length);
        bed.server.last.send(message("t", "x".repeat(length)));
        await untilTold(bed, `message t ${"x".repeat(length)} 0`);
      }
    },
  },
  {
    claim: "retain is what the program said",
    async run(bed) {
      await online(bed);
      await bed.type(
        '[0, m.RETAIN, m.QOS_1, m.RETAIN | m.QOS_1].forEach(function (f) { m.publish(c, "t", "p", f) })',
      );
      await untilTold(bed, "acknowledge 2");
      assert.deepEqual(
        publishes(bed.server).map(({ qos, retain }) => [qos, retain]),
        [
          [0, false],
          [0, true],
          [1, false],
          [1, true],
        ],
      );
    },
  },
  {
    claim: "CONNECT declares the keep alive that is kept, and a clean session",
    async run(bed) {
      await stopTime(bed);
      await online(bed);
      const [packet] = connects(bed.server);
      assert.deepEqual([packet!.keepalive, packet!.clean, packet!.protocolVersion], [60, true, 4]);
      await pass(bed, 59);
      await taken(bed);
      assert.equal(count(bed.server, "pingreq"), 0);
      await pass(bed, 1);
      await bed.until(() => count(bed.server, "pingreq") === 1);
    },
  },
  {
    claim: "two clients of one program do not share anything",
    async run(bed) {
      await online(bed);
      await bed.type(
        'p = { host: o.host, port: o.port, clientId: "second", link: m.createTcpLink(), onConnect: function () { tell("second") }, onMessage: function (topic) { tell("second " + topic) } }; d = m.createClient(p); m.connect(d)',
      );
      await untilTold(bed, "second");
      const [first, second] = bed.server.connections;
      first!.send(message("to first", "p"));
      await untilTold(bed, "message to first p 0");
      second!.send(message("to second", "p"));
      await untilTold(bed, "second to second");
      await bed.type("m.disconnect(d)");
      await bed.until(() => second!.closed !== undefined);
      await bed.type('tell("connected: " + c.connected)');
      assert.equal(told(bed).at(-1), "connected: true");
    },
  },
  {
    claim: "it does not stop after thirty messages",
    async run(bed) {
      await online(bed);
      await bed.type(
        'n = 0; (function next() { m.publish(c, "t", n, 0); if (++n < 500) setTimeout(next, 10) })()',
      );
      await published(bed, 500);
      await exchanged(bed);
      assert.deepEqual(
        bed.server.published().slice(0, 500),
        Array.from({ length: 500 }, (_, index) => `t ${index}`),
      );
    },
  },
  {
    claim: "what arrives does not put off the ping that the server waits for",
    settings: { keepalive: 10 },
    async run(bed) {
      await stopTime(bed);
      await online(bed);
      for (let second = 0; second < 30; second++) {
        await taken(bed);
        await pass(bed, 1);
      }
      await bed.until(() => count(bed.server, "pingreq") === 3);
    },
  },
];
