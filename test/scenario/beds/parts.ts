/** The parts of the client that programs import by themselves: QoS 2, messages of any size, the early first one. */
import assert from "node:assert/strict";
import type { Scenario } from "../../support/bed.ts";
import { online, told, untilTold } from "../../support/client-bed.ts";
import { message, publishes } from "../../support/server.ts";
import { accept, equip, last } from "../../support/parts-bed.ts";

const STORIES: Scenario[] = [
  {
    claim:
      "QoS 2 arrives once both ways, through a connection that is cut between PUBREC and PUBCOMP [MQTT-4.3.3-1]",
    settings: { clean: false },
    async run(bed) {
      await equip(bed, ["qos2"]);
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
      // The server answers its PUBREC with another.
      bed.server.last.send({ cmd: "pubrel", messageId: 9 });
      await bed.until(() => bed.server.packets.filter(({ cmd }) => cmd === "pubcomp").length === 2);
      assert.equal(publishes(bed.server).length, 1);
      assert.equal(told(bed).filter((line) => line.startsWith("message")).length, 1);
    },
  },
  {
    claim: "messages that are larger than memory pass in pieces, both ways",
    async run(bed) {
      await equip(
        bed,
        ["pieces", "streaming"],
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
      await equip(bed, ["earlyPublish"]);
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
