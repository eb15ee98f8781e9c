/** Continues faults.ts: the faults of Espruino's MQTT.js from the fourteenth on. */
import assert from "node:assert/strict";
import type { Bed, Scenario } from "../../support/bed.ts";
import {
  exchanged,
  FILL,
  online,
  pass,
  published,
  stopTime,
  taken,
  told,
  untilTold,
} from "../../support/client-bed.ts";
import { HOSTILE } from "../../support/mistakes.ts";
import { connects, count, message, publishes, withhold } from "../../support/server.ts";

/** Ids and DUP flags of what a connection carried with QoS 1. */
const ids = (bed: Bed, nth: number): Array<[boolean, number | undefined]> =>
  publishes(bed.server.connections[nth - 1]!).flatMap(({ qos, dup, messageId }) =>
    qos ? [[dup, messageId]] : [],
  );

/** What throws on Espruino when the socket is closed, or was handed to nobody. */
const EVERYTHING =
  'm.subscribe(c, [{ topicFilter: "a" }]); m.unsubscribe(c, ["b"]); m.publish(c, "t", "p", 0); m.publish(c, "t", "p", m.QOS_1);';

/** Waits until this was told as the last answer to it, so often. */
async function answered(bed: Bed, request: string, times: number, messages: number): Promise<void> {
  await untilTold(bed, request, times);
  await bed.until(() => told(bed).filter((line) => line.startsWith("acknowledge")).length === messages);
}

export const FAULTS_FROM_14: Scenario[] = [
  {
    claim: "14: what is published without a connection is kept and sent in order",
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type('[0, m.QOS_1, 0, m.QOS_1].forEach(function (f, i) { tell(m.publish(c, "t", i, f)); })');
      await online(bed);
      await untilTold(bed, "acknowledge 2");
      assert.deepEqual(bed.server.published(), ["t 0", "t 1", "t 2", "t 3"]);
      const lines = ["0", "1", "0", "2", "connect false", "acknowledge 1", "acknowledge 2"];
      assert.deepEqual(told(bed).slice(1), lines);
    },
  },
  {
    claim: "14: QoS 1 goes again, with its id and DUP, until it is acknowledged, where the session was kept",
    settings: { clean: false },
    async run(bed) {
      await online(bed);
      bed.server.onPacket = (packet, { send }) => {
        if (packet.cmd === "connect") send({ cmd: "connack", returnCode: 0, sessionPresent: true });
      };
      await bed.type(FILL(3, "m.QOS_1"));
      await published(bed, 3);
      bed.server.last.peer.reset();
      await untilTold(bed, "connect true", 1);
      await published(bed, 6);
      for (const messageId of [1, 2, 3]) bed.server.last.send({ cmd: "puback", messageId });
      await untilTold(bed, "acknowledge 3");
      bed.server.last.peer.reset();
      await untilTold(bed, "connect true", 2);
      await exchanged(bed);
      assert.deepEqual(
        [1, 2, 3].map((connection) => ids(bed, connection)),
        [...[false, true].map((dup) => [1, 2, 3].map((id) => [dup, id])), []],
      );
      assert.equal(told(bed).filter((line) => line === "disconnect 195 again").length, 2);
    },
  },
  {
    claim: "15: a refused CONNACK closes the socket and the next attempt follows",
    settings: { reconnectPeriodMaximum: 5000 },
    async run(bed) {
      await stopTime(bed);
      bed.server.onPacket = (_packet, { send }) =>
        send({ cmd: "connack", returnCode: 5, sessionPresent: false });
      await bed.type("m.connect(c)");
      await untilTold(bed, "disconnect 135 again");
      await bed.until(() => bed.server.last.closed !== undefined);
      assert.deepEqual(bed.server.last.closed, { hadError: false });
      withhold(bed);
      await pass(bed, 5);
      await untilTold(bed, "connect false");
      assert.equal(bed.server.connections.length, 2);
    },
  },
  {
    claim: "16: a server that says nothing is left at the connect timeout",
    settings: { connectTimeout: 5000, reconnectPeriod: 0 },
    async run(bed) {
      await stopTime(bed);
      withhold(bed, "connect");
      await bed.type("m.connect(c)");
      await bed.until(() => bed.server.packets.length === 1);
      await pass(bed, 4);
      assert.deepEqual(told(bed), ["joined"]);
      await pass(bed, 1);
      await untilTold(bed, "disconnect 194 end");
      await bed.until(() => bed.server.last.closed !== undefined);
      assert.deepEqual(bed.server.last.closed, { hadError: false });
    },
  },
  {
    claim: "16: an attempt under way can be called off, and none follows",
    async run(bed) {
      await stopTime(bed);
      withhold(bed, "connect");
      await bed.type("m.connect(c)");
      await bed.until(() => bed.server.packets.length === 1);
      await bed.type("m.disconnect(c)");
      await untilTold(bed, "disconnect 0 end");
      await bed.until(() => bed.server.last.closed !== undefined);
      await pass(bed, 120);
      withhold(bed);
      await online(bed);
      assert.equal(bed.server.connections.length, 2);
      assert.equal(connects(bed.server).length, 2);
    },
  },
  {
    claim: "17: the PUBACK leaves only after the handler returned",
    async run(bed) {
      await online(bed);
      await bed.type('o.onMessage = function () { m.publish(c, "from", "handler", 0) }');
      bed.server.last.send(message("t", "p", { qos: 1, messageId: 5 }));
      await bed.until(() => count(bed.server, "puback") === 1);
      assert.deepEqual(
        bed.server.packets.map(({ cmd }) => cmd),
        ["connect", "publish", "puback"],
      );
    },
  },
  {
    claim: "17: a message whose handler crashed the board is not acknowledged",
    async run(bed) {
      await online(bed);
      await bed.type("o.onMessage = function () { E.reboot() }");
      bed.server.last.send(message("t", "p", { qos: 1, messageId: 5 }));
      await untilTold(bed, "joined", 2);
      assert.equal(count(bed.server, "puback"), 0);
    },
  },
  {
    claim: "18: the will reaches the server whole",
    async run(bed) {
      await untilTold(bed, "joined");
      for (const [round, [qos, retain]] of (
        [
          [0, false],
          [1, true],
        ] as const
      ).entries()) {
        await bed.type(
          String.raw`o.will = { topic: "w", payload: "\xff\0", qos: ${qos}, retain: ${retain} }`,
        );
        await online(bed);
        const { will } = connects(bed.server)[round]!;
        assert.deepEqual(
          { ...will, payload: Buffer.from(will!.payload).toString("hex") },
          { topic: "w", payload: "ff00", qos, retain },
        );
        await bed.type("m.disconnect(c)");
        await bed.until(() => bed.server.last.closed !== undefined);
        await untilTold(bed, "disconnect 0 end", round + 1);
      }
    },
  },
  {
    claim: "18: session present and granted QoS are told",
    settings: { clean: false },
    async run(bed) {
      await untilTold(bed, "joined");
      bed.server.onPacket = ({ cmd, messageId }, { send }) => {
        if (cmd === "connect") send({ cmd: "connack", returnCode: 0, sessionPresent: true });
        else send({ cmd: "suback", messageId: messageId!, granted: [0, 1] });
      };
      await bed.type('m.subscribe(c, [{ topicFilter: "a", qos: 1 }, { topicFilter: "b", qos: 1 }])');
      await online(bed, true);
      await untilTold(bed, "subscribe b 1");
      assert.deepEqual(told(bed).slice(1), ["connect true", "subscribe a 0", "subscribe b 1"]);
    },
  },
  {
    claim: "19: the ways in which a socket fails are told apart, and none is thrown",
    settings: { reconnectPeriod: 0 },
    down: true,
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type("m.connect(c)");
      await untilTold(bed, "disconnect 193 end");
      await bed.type('host = o.host; o.host = "broker..invalid"; m.connect(c)');
      await untilTold(bed, "disconnect 192 end");
      await bed.refuse(false);
      await bed.type("o.host = host");
      for (const [round, how] of (["end", "reset"] as const).entries()) {
        await online(bed);
        bed.server.last.peer[how]();
        await untilTold(bed, "disconnect 195 end", round + 1);
      }
      assert.equal(bed.server.connections.length, 2);
    },
  },
  {
    claim: "20: a packet that claims 256 MB is drained, not held",
    async run(bed) {
      await online(bed);
      await bed.type("before = process.memory().usage");
      bed.server.last.send(Buffer.from("30ffffff7f0003626967", "hex"));
      await bed.trickle(Buffer.alloc(32_768), 1024);
      await untilTold(bed, "drop 149 0 big");
      await bed.type("tell(process.memory().usage - before > 100)");
      await bed.type('m.publish(c, "still", "here", 0)');
      await published(bed, 1);
      assert.deepEqual(told(bed).slice(2), ["drop 149 0 big", "false"]);
      assert.deepEqual(bed.server.published(), ["still here"]);
    },
  },
  {
    claim:
      "20: a packet just above the limit costs itself alone, as a larger one does: it is drained, acknowledged and told",
    settings: { maximumPacketSize: 100 },
    async run(bed) {
      await online(bed);
      for (const [messageId, length] of [
        [7, 93],
        [8, 94],
        [9, 3_000],
      ] as const)
        bed.server.last.send(message("t", "x".repeat(length), { qos: 1, messageId }));
      await taken(bed);
      await bed.until(() => count(bed.server, "puback") === 3);
      assert.deepEqual(told(bed).slice(2), [
        `message t ${"x".repeat(93)} 2`,
        "drop 149 0 t",
        "drop 149 0 t",
        "message mark  0",
      ]);
    },
  },
  {
    claim: "21: what no server may send ends the connection unanswered, and nothing else: the next one works",
    // One attempt a second, however often the connection ends.
    settings: { reconnectPeriodMaximum: 1000 },
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type('m.subscribe(c, [{ topicFilter: "t" }]); m.connect(c)');
      for (const [round, [what, hex]] of HOSTILE.entries()) {
        await untilTold(bed, "subscribe t 0", round + 1);
        const { last } = bed.server;
        const before = told(bed).length;
        last.send(Buffer.from(hex, "hex"));
        await bed.until(() => told(bed).length > before);
        // Malformed packet or protocol error: which of them is a matter of taste.
        assert.match(told(bed)[before]!, /^disconnect (129|130) again$/, what);
        await bed.until(() => last.closed !== undefined);
        assert.equal(last.packets.length, 2, what);
      }
      await untilTold(bed, "subscribe t 0", HOSTILE.length + 1);
      await exchanged(bed);
    },
  },
  {
    claim: "22: packet ids are each client's own and begin with 1",
    async run(bed) {
      await online(bed);
      await bed.type(
        'd = m.createClient({ link: m.createTcpLink(), host: o.host, port: o.port, clientId: "d" }); tell([m.publish(c, "t", 1, m.QOS_1), m.publish(c, "t", 2, m.QOS_1), m.publish(d, "t", 3, m.QOS_1)].join())',
      );
      await untilTold(bed, "1,2,1");
      await untilTold(bed, "acknowledge 2");
    },
  },
  {
    claim: "23: nothing throws, whatever state the connection is in",
    async run(bed) {
      await stopTime(bed);
      await bed.type(`o.onDisconnect = function () { ${EVERYTHING} tell("gone"); }`);
      await bed.type(EVERYTHING);
      await bed.type(`m.connect(c); ${EVERYTHING}`);
      await untilTold(bed, "connect false");
      await answered(bed, "subscribe a 0", 1, 2);
      await bed.type(EVERYTHING);
      await answered(bed, "unsubscribe b", 1, 3);
      bed.server.last.peer.end();
      await untilTold(bed, "gone");
      await bed.type(EVERYTHING);
      // The next attempt waits for the next second.
      await bed.type("m.connect(c)");
      await pass(bed, 1);
      await untilTold(bed, "connect false", 2);
      await answered(bed, "subscribe a 0", 3, 5);
      await bed.type(`m.disconnect(c); ${EVERYTHING}`);
      await untilTold(bed, "gone", 2);
      await bed.type(EVERYTHING);
      await pass(bed, 10);
      await bed.until(() => bed.server.last.closed !== undefined);
      assert.equal(bed.server.connections.length, 2);
    },
  },
  {
    claim: "24: an empty user name and an empty client id can be sent",
    settings: { clientId: "", username: "", password: "" },
    async run(bed) {
      await online(bed);
      const { clientId, clean, username, password } = connects(bed.server)[0]!;
      assert.deepEqual([clientId, clean, username, password?.toString()], ["", true, "", ""]);
    },
  },
  {
    claim: "25: disconnect() ends the pings, and the connections that follow do not ping more",
    settings: { keepalive: 5 },
    async run(bed) {
      await stopTime(bed);
      for (let round = 1; round < 5; round++) {
        await online(bed);
        await pass(bed, 7);
        await exchanged(bed);
        await bed.type("m.disconnect(c)");
        await untilTold(bed, "disconnect 0 end", round);
        await pass(bed, 30);
      }
      assert.equal(count(bed.server, "pingreq"), 4);
      await online(bed);
      for (let pings = 0; pings < 6; pings++) {
        await pass(bed, 5);
        await taken(bed);
      }
      await exchanged(bed);
      assert.equal(bed.server.connections.length, 5);
      assert.equal(count(bed.server.last, "pingreq"), 6);
    },
  },
  {
    claim: "26: a message carries its QoS, retain and DUP flags",
    async run(bed) {
      await online(bed);
      await bed.type("tell([m.RETAIN, m.QOS_1, m.DUP].join())");
      bed.server.last.send(message("a", "p", { retain: true }));
      bed.server.last.send(message("b", "p", { qos: 1, messageId: 1 }));
      bed.server.last.send(message("c", "p", { qos: 1, messageId: 2, retain: true, dup: true }));
      await untilTold(bed, "message c p 11");
      await bed.until(() => count(bed.server, "puback") === 2);
      assert.deepEqual(told(bed).slice(2), ["1,2,8", "message a p 1", "message b p 2", "message c p 11"]);
    },
  },
];
