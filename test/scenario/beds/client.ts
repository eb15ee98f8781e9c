/** The client in a program of one's own. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { Scenario } from "../../support/bed.ts";
import { FILL, online, published, told, untilTold } from "../../support/client-bed.ts";
import { message } from "../../support/server.ts";

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
