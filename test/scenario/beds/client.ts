/** The client in a program of one's own. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { IPublishPacket } from "mqtt-packet";
import type { Bed, Scenario } from "../../support/bed.ts";
import { online, published, told, untilTold } from "../../support/client-bed.ts";

/** A message as the server sends it. */
function message(
  topic: string,
  payload: string | Buffer,
  more: Partial<IPublishPacket> = {},
): IPublishPacket {
  return { cmd: "publish", topic, payload, qos: 0, retain: false, dup: false, ...more };
}

/** From now on the server keeps what it is sent to itself, and answers CONNECT alone. */
function withhold({ server }: Bed, sessionPresent: boolean): void {
  server.onPacket = (packet, connection) => {
    if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode: 0, sessionPresent });
  };
}

/** Ids and DUP flags of what a connection carried. */
const ids = (bed: Bed, nth: number): Array<[boolean, number | undefined]> =>
  bed.server.connections[nth - 1]!.packets.flatMap((packet) =>
    packet.cmd === "publish" ? [[packet.dup, packet.messageId]] : [],
  );

/** Publishes `one`, `two` … while there is no connection; tells what publish returned. */
const FILL = (count: number, flags: string): string =>
  `for (var i = 1; i <= ${count}; i++) tell("published " + m.publish(c, "t/" + i, "payload", ${flags}))`;

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

const overflow = (queuePolicy: string, kept: string[], lost: string[], refused: number): Scenario => ({
  claim: `a full queue loses by ${queuePolicy}, tells each loss, and sends the rest in order`,
  settings: { queueLimit: 3, queuePolicy },
  async run(bed) {
    await untilTold(bed, "joined");
    await bed.type(FILL(5, "m.QOS_1"));
    assert.equal(told(bed).filter((line) => line === "published -151").length, refused);
    assert.deepEqual(
      told(bed).filter((line) => line.startsWith("drop")),
      lost,
    );
    await online(bed);
    await published(bed, 3);
    await untilTold(bed, `acknowledge ${kept.length + (refused ? 0 : 2)}`);
    assert.deepEqual(
      bed.server.published(),
      kept.map((topic) => `${topic} payload`),
    );
  },
});

export const CLIENT: Scenario[] = [
  overflow("drop-oldest", ["t/3", "t/4", "t/5"], ["drop 151 1 t/1", "drop 151 2 t/2"], 0),
  overflow("drop-newest", ["t/1", "t/2", "t/3"], ["drop 151 4 t/4", "drop 151 5 t/5"], 2),
  {
    claim: "a message that is larger than the queue is refused, and the queue stays whole",
    settings: { queueBytes: 100 },
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type(
        'm.publish(c, "small", "1", m.QOS_1); tell("published " + m.publish(c, "large", Array(200).join("x"), m.QOS_1))',
      );
      assert.ok(told(bed).includes("published -151"));
      assert.ok(told(bed).includes("drop 151 2 large"));
      await online(bed);
      await untilTold(bed, "acknowledge 1");
      assert.deepEqual(bed.server.published(), ["small 1"]);
    },
  },
  {
    claim: "messages in flight are sent again with DUP and their ids where the session was kept",
    settings: { clean: false },
    async run(bed) {
      await online(bed);
      withhold(bed, true);
      await bed.type(FILL(3, "m.QOS_1"));
      await published(bed, 3);
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd === "connect")
          connection.send({ cmd: "connack", returnCode: 0, sessionPresent: true });
        else bed.server.answer(packet, connection);
      };
      bed.server.last.peer.reset();
      await untilTold(bed, "acknowledge 3");
      assert.deepEqual(
        ids(bed, 1),
        [1, 2, 3].map((id) => [false, id]),
      );
      assert.deepEqual(
        ids(bed, 2),
        [1, 2, 3].map((id) => [true, id]),
      );
      assert.ok(told(bed).includes("disconnect 195 again"));
    },
  },
  {
    claim: "every byte passes in payloads of both directions, and UTF-8 in topics",
    async run(bed) {
      await online(bed);
      await bed.type(
        'all = ""; for (var i = 0; i < 256; i++) all += String.fromCharCode(i); m.publish(c, "all/\\xc3\\xa9", all, 0)'.replace(
          "\\xc3\\xa9",
          '" + String.fromCharCode(195, 169) + "',
        ),
      );
      await bed.type('m.publish(c, "bytes", new Uint8Array([0, 128, 255]), 0)');
      await bed.type(
        'm.subscribe(c, [{ topicFilter: "in/#", onMessage: function (t, p) { tell(t.length + " " + (p === all)); } }])',
      );
      await untilTold(bed, "subscribe in/# 0");
      bed.server.last.send(message("in/é", EVERY_BYTE));
      await untilTold(bed, "5 true");
      const [all, bytes] = bed.server.packets.filter((packet) => packet.cmd === "publish");
      assert.equal(all!.topic, "all/é");
      assert.deepEqual(all!.payload, EVERY_BYTE);
      assert.deepEqual(bytes!.payload, Buffer.from([0, 128, 255]));
    },
  },
  {
    claim: "topics that are names of the language reach their handlers and no other",
    async run(bed) {
      await online(bed);
      const topics = [
        "__proto__",
        "constructor",
        "on",
        "emit",
        "toString",
        "length",
        "prototype",
        "/",
        "a//b",
        "$SYS/x",
      ];
      await bed.type(
        'm.subscribe(c, [{ topicFilter: "+", qos: 1 }, { topicFilter: "a/#" }, { topicFilter: "/" }, { topicFilter: "$SYS/+" }])',
      );
      await untilTold(bed, "subscribe $SYS/+ 0");
      for (const topic of topics) bed.server.last.send(message(topic, topic, { qos: 1, messageId: 7 }));
      await bed.until(
        () => bed.server.packets.filter(({ cmd }) => cmd === "puback").length === topics.length,
      );
      assert.deepEqual(
        told(bed).filter((line) => line.startsWith("message")),
        topics.map((topic) => `message ${topic} ${topic} 2`),
      );
    },
  },
  {
    claim: "subscriptions are asked for again where the session was lost, and not where it was kept",
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
        await bed.type('m.publish(c, "mark", "", m.QOS_1)');
        await bed.until(() => bed.server.last.packets.some(({ cmd }) => cmd === "publish"));
        const asked = bed.server.last.packets.flatMap((packet) =>
          packet.cmd === "subscribe" ? packet.subscriptions.map(({ topic }) => topic) : [],
        );
        assert.deepEqual(asked, words);
      }
      await bed.type('m.unsubscribe(c, ["a/+"])');
      await untilTold(bed, "unsubscribe a/+");
    },
  },
  {
    claim: "a message larger than the limit is drained, acknowledged and told; the next one arrives",
    settings: { maximumPacketSize: 200 },
    async run(bed) {
      await online(bed);
      bed.server.last.send(message("large", "x".repeat(3_000), { qos: 1, messageId: 9 }));
      await untilTold(bed, "drop 149 0 large");
      bed.server.last.send(message("small", "y"));
      await untilTold(bed, "message small y 0");
      await bed.until(() =>
        bed.server.packets.some((packet) => packet.cmd === "puback" && packet.messageId === 9),
      );
    },
  },
  {
    claim: "what a handler throws is shown, and costs neither the message behind nor the acknowledgement",
    throws: /oops/,
    async run(bed) {
      await online(bed);
      await bed.type(
        'o.onMessage = function (topic) { tell("got " + topic); if (topic == "bad") throw new Error("oops"); }',
      );
      const both = [message("bad", "", { qos: 1, messageId: 5 }), message("good", "")];
      bed.server.last.send(Buffer.concat(both.map((packet) => generate(packet))));
      await untilTold(bed, "got good");
      await bed.until(() => bed.server.packets.some(({ cmd }) => cmd === "puback"));
      await bed.until(() => bed.console.some((line) => line.includes("oops")));
    },
  },
  {
    claim: "a disconnect is said to the server and told as wanted; a later connect works",
    async run(bed) {
      await online(bed);
      await bed.type("m.disconnect(c)");
      await untilTold(bed, "disconnect 0 end");
      await bed.until(() => bed.server.last.closed !== undefined);
      assert.equal(bed.server.last.packets.at(-1)!.cmd, "disconnect");
      await bed.type("m.connect(c)");
      await untilTold(bed, "connect false", 2);
    },
  },
  {
    claim: "an abort ends the connection without DISCONNECT, and the next attempt follows",
    async run(bed) {
      await online(bed);
      await bed.type("m.abort(c, 151)");
      await untilTold(bed, "disconnect 151 again");
      await untilTold(bed, "connect false", 2);
      assert.ok(bed.server.packets.every(({ cmd }) => cmd !== "disconnect"));
    },
  },
  {
    claim: "a refused port and an unknown name end the attempt with a reason of their own",
    settings: { reconnectPeriod: 0 },
    down: true,
    async run(bed) {
      await untilTold(bed, "joined");
      await bed.type("m.connect(c)");
      await untilTold(bed, "disconnect 193 end");
      await bed.type('o.host = "broker..invalid"; m.connect(c)');
      await untilTold(bed, "disconnect 192 end");
      assert.equal(bed.server.connections.length, 0);
    },
  },
  {
    claim: "a message of many segments arrives whole",
    async run(bed) {
      await online(bed);
      await bed.type(
        'var big = "0123456789"; for (var i = 0; i < 7; i++) big += big; m.publish(c, "big", big, 0)',
      );
      await published(bed, 1);
      assert.equal(bed.server.published()[0], "big " + "0123456789".repeat(128));
    },
  },
];
