/**
 * The faults found in Espruino's own MQTT.js, numbered in the order in which they were found (14 to 26 are in
 * faults-from-14.ts), shown not to be possible here.
 */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { Scenario } from "../../support/bed.ts";
import {
  endWithFirst,
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

/** CONNACK's return codes and how the client tells them. */
const REFUSALS = [
  [1, 0x84],
  [2, 0x85],
  [3, 0x88],
  [4, 0x86],
  [5, 0x87],
] as const;

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

export const FAULTS: Scenario[] = [
  {
    claim: "1: a CONNACK that refuses is not reported as connected, and each is told with its reason",
    async run(bed) {
      await untilTold(bed, "joined");
      await endWithFirst(bed);
      for (const [returnCode, reasonCode] of REFUSALS) {
        bed.server.onPacket = (_packet, { send }) =>
          send({ cmd: "connack", returnCode, sessionPresent: false });
        await bed.type("m.connect(c)");
        await untilTold(bed, `disconnect ${reasonCode} again`);
        await bed.type('tell("connected: " + c.connected)');
        assert.equal(told(bed).at(-1), "connected: false");
      }
      assert.equal(told(bed).length, 1 + 2 * REFUSALS.length);
      assert.equal(bed.server.packets.length, REFUSALS.length);
    },
  },
  {
    claim: "2: a link cut in a packet, wherever, does not brick the next connection",
    async run(bed) {
      await online(bed);
      const whole = generate(message("t", Buffer.alloc(900)));
      for (const [round, length] of [1, 2, 3, 500].entries()) {
        await bed.trickle(whole.subarray(0, length), length);
        bed.server.last.peer.reset();
        await untilTold(bed, "connect false", round + 2);
        bed.server.last.send(message("t", `after ${length}`));
        await untilTold(bed, `message t after ${length} 0`);
      }
      assert.equal(bed.server.connections.length, 5);
      assert.equal(told(bed).filter((line) => line === "disconnect 195 again").length, 4);
    },
  },
  {
    claim: "3: a refused subscription is not reported as granted",
    async run(bed) {
      await online(bed);
      bed.server.onPacket = ({ messageId }, { send }) =>
        send({ cmd: "suback", messageId: messageId!, granted: [0x80, 0] });
      await bed.type('m.subscribe(c, [{ topicFilter: "no" }, { topicFilter: "yes" }])');
      await untilTold(bed, "subscribe yes 0");
      assert.deepEqual(told(bed).slice(-2), ["subscribe no 128", "subscribe yes 0"]);
    },
  },
  {
    claim:
      "4: clean: false reaches the server; subscriptions are asked for again where the session was lost, and not where it was kept",
    settings: { clean: false },
    async run(bed) {
      await online(bed);
      await bed.type('m.subscribe(c, [{ topicFilter: "a/+", qos: 1 }, { topicFilter: "b/#" }])');
      await untilTold(bed, "subscribe b/# 0");
      for (const [sessionPresent, words] of [
        [true, []],
        [false, ["a/+", "b/#"]],
      ] as const) {
        bed.server.onPacket = (packet, connection) => {
          if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode: 0, sessionPresent });
          else bed.server.answer(packet, connection);
        };
        const before = bed.server.connections.length;
        bed.server.last.peer.reset();
        await bed.until(() => bed.server.connections.length > before);
        await untilTold(bed, `connect ${sessionPresent}`, sessionPresent ? 1 : 2);
        await exchanged(bed);
        const asked = bed.server.last.packets.flatMap((packet) =>
          packet.cmd === "subscribe" ? packet.subscriptions.map(({ topic }) => topic) : [],
        );
        assert.deepEqual(asked, words);
      }
      assert.ok(connects(bed.server).every(({ clean }) => clean === false));
      await bed.type('m.unsubscribe(c, ["a/+"])');
      await untilTold(bed, "unsubscribe a/+");
    },
  },
  {
    claim: "5: pings go at the interval of the keep alive, whatever it is, and with 0 never",
    settings: { keepalive: 0 },
    async run(bed) {
      await stopTime(bed);
      await online(bed);
      await pass(bed, 600);
      await exchanged(bed);
      assert.equal(connects(bed.server)[0]!.keepalive, 0);
      assert.equal(count(bed.server, "pingreq"), 0);
      for (const [round, keepalive] of [1, 2, 4, 5, 20].entries()) {
        await bed.type(`m.disconnect(c); o.keepalive = ${keepalive}`);
        await untilTold(bed, "disconnect 0 end", round + 1);
        await online(bed);
        for (let pings = 1; pings < 4; pings++) {
          await pass(bed, keepalive - 1);
          await taken(bed);
          assert.equal(count(bed.server.last, "pingreq"), pings - 1);
          await pass(bed, 1);
          await bed.until(() => count(bed.server.last, "pingreq") === pings);
          await taken(bed);
        }
      }
      assert.equal(told(bed).filter((line) => line.startsWith("disconnect")).length, 5);
    },
  },
  {
    claim: "6: a server that answers no ping is left within the ping deadline",
    settings: { keepalive: 15 },
    async run(bed) {
      await stopTime(bed);
      await online(bed);
      withhold(bed, "pingreq");
      await pass(bed, 24);
      await bed.until(() => count(bed.server, "pingreq") === 1);
      assert.equal(told(bed).at(-1), "connect false");
      await pass(bed, 1);
      await untilTold(bed, "disconnect 141 again");
      await bed.until(() => bed.server.last.closed !== undefined);
      assert.deepEqual(bed.server.last.closed, { hadError: false });
    },
  },
  {
    claim: "7: text that is not Latin arrives whole, as does every byte, and the stream goes on",
    async run(bed) {
      await online(bed);
      await bed.type(
        String.raw`m.publish(c, "\xc2\xb0C", "\xe2\x82\xac 5", 0); m.publish(c, "after", "it", m.QOS_1)`,
      );
      await untilTold(bed, "acknowledge 1");
      bed.server.last.send(message("°C", "€ 5"));
      await untilTold(bed, "message \xc2\xb0C \xe2\x82\xac 5 0");
      assert.deepEqual(bed.server.published(), ["°C € 5", "after it"]);

      await bed.type(
        'all = ""; for (var i = 0; i < 256; i++) all += String.fromCharCode(i); m.publish(c, "all", all, 0)',
      );
      await bed.type(
        'm.subscribe(c, [{ topicFilter: "in/#", onMessage: function (t, p) { tell(t.length + " " + (p === all)); } }])',
      );
      await untilTold(bed, "subscribe in/# 0");
      bed.server.last.send(message("in/é", EVERY_BYTE));
      await untilTold(bed, "5 true");
      assert.deepEqual(publishes(bed.server)[2]!.payload, EVERY_BYTE);
    },
  },
  {
    claim: "8: typed arrays and arrays travel as bytes",
    async run(bed) {
      await online(bed);
      for (const flags of ["0", "m.QOS_1"])
        await bed.type(
          `[new Uint8Array([1, 255, 0]), [10, 13], new Uint8Array(0)].forEach(function (payload) { m.publish(c, "t", payload, ${flags}); })`,
        );
      await untilTold(bed, "acknowledge 3");
      const three = ["01ff00", "0a0d", ""];
      assert.deepEqual(
        publishes(bed.server).map(({ payload }) => Buffer.from(payload).toString("hex")),
        [...three, ...three],
      );
    },
  },
  {
    claim: "8: typed arrays of any length travel as bytes",
    async run(bed) {
      await online(bed);
      await bed.type('m.publish(c, "t", new Uint8Array(300), 0)');
      await published(bed, 1);
      assert.deepEqual(publishes(bed.server)[0]!.payload, Buffer.alloc(300));
    },
  },
  {
    claim: "9: publishing undefined sends an empty message and leaves the connection alone",
    async run(bed) {
      await online(bed);
      await bed.type('m.publish(c, "a", undefined, 0); m.publish(c, "b"); m.publish(c, "c", null, m.QOS_1)');
      await untilTold(bed, "acknowledge 1");
      assert.deepEqual(bed.server.published(), ["a ", "b ", "c "]);
      assert.deepEqual(told(bed), ["joined", "connect false", "acknowledge 1"]);
      assert.equal(bed.server.last.closed, undefined);
    },
  },
  {
    claim: "10: connect() twice makes one connection",
    async run(bed) {
      await stopTime(bed);
      await bed.type("m.connect(c); m.connect(c)");
      await untilTold(bed, "connect false");
      await bed.type("m.connect(c)");
      await pass(bed, 5);
      await exchanged(bed);
      assert.equal(bed.server.connections.length, 1);
      bed.server.last.peer.reset();
      await untilTold(bed, "disconnect 195 again");
      await bed.type("m.connect(c); m.connect(c)");
      await pass(bed, 5);
      await untilTold(bed, "connect false", 2);
      await pass(bed, 5);
      await exchanged(bed);
      assert.equal(bed.server.connections.length, 2);
      assert.equal(told(bed).filter((line) => /connect/.test(line)).length, 3);
    },
  },
  {
    claim: "11: the timers of an abandoned attempt do not touch the next connection",
    settings: { connectTimeout: 5000 },
    async run(bed) {
      await stopTime(bed);
      withhold(bed, "connect");
      await bed.type("m.connect(c)");
      await bed.until(() => bed.server.packets.length === 1);
      await pass(bed, 4);
      withhold(bed);
      await bed.type("m.disconnect(c); m.connect(c)");
      await untilTold(bed, "disconnect 0 again");
      await pass(bed, 1);
      await untilTold(bed, "connect false");
      await pass(bed, 59);
      await exchanged(bed);
      assert.deepEqual(told(bed).slice(0, 3), ["joined", "disconnect 0 again", "connect false"]);
      assert.equal(bed.server.connections.length, 2);
      assert.equal(bed.server.last.closed, undefined);
    },
  },
  {
    claim: "12: a server that closes before CONNACK is reported at once",
    async run(bed) {
      await stopTime(bed);
      for (const [round, how] of (["end", "reset"] as const).entries()) {
        bed.server.onPacket = (_packet, { peer }) => peer[how]();
        await bed.type("m.connect(c)");
        // The next attempt waits for the next second.
        if (round) await pass(bed, 1);
        await untilTold(bed, "disconnect 195 again", round + 1);
      }
      assert.equal(told(bed).length, 3);
    },
  },
  {
    claim:
      "13: a message with QoS 2 is delivered never, however often it is sent, and QoS 2 is not asked for",
    async run(bed) {
      await online(bed);
      for (const [round, dup] of [false, true].entries()) {
        bed.server.last.send(message("t", "twice", { qos: 2, messageId: 7, dup }));
        await untilTold(bed, "connect false", round + 2);
      }
      await bed.type('tell(m.publish(c, "t", "p", 4)); tell(m.subscribe(c, [{ topicFilter: "t", qos: 2 }]))');
      await exchanged(bed);
      assert.deepEqual(told(bed).slice(1, -1), [
        "connect false",
        "disconnect 130 again",
        "connect false",
        "disconnect 130 again",
        "connect false",
        "-155",
        "-143",
      ]);
      assert.equal(count(bed.server, "subscribe"), 0);
    },
  },
];
