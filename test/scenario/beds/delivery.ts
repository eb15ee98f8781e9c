/** What becomes of messages when connections end, and of bytes that come in odd pieces or make no sense. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import type { Bed, Scenario } from "../../support/bed.ts";
import { command, messages, printed, results, settled, told } from "../../support/node-bed.ts";
import { said } from "../../support/node-world.ts";

const PERSISTENT = { broker: { clean: false } };

/** From now on CONNECT is answered with this, and messages are not acknowledged, or are. */
function answer({ server }: Bed, { sessionPresent = false, pubacks = true }): void {
  server.onPacket = (packet, connection) => {
    if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode: 0, sessionPresent });
    else if (pubacks || packet.cmd !== "publish") server.answer(packet, connection);
  };
}

/** Has two readings taken that nobody acknowledges, and cuts the connection. */
async function cutInFlight(bed: Bed): Promise<void> {
  await settled(bed);
  answer(bed, { pubacks: false });
  for (const count of [2, 3]) {
    bed.server.last.send(command("read"));
    await told(bed, "state", count);
    await told(bed, "cmd/result", count - 1);
  }
  answer(bed, { sessionPresent: true });
}

const inFlight = (bed: Bed): Array<[boolean, number | undefined]> =>
  [...messages(bed, "state").slice(1), ...messages(bed, "cmd/result")].map(({ dup, messageId }) => [
    dup,
    messageId,
  ]);

export const DELIVERY: Scenario[] = [
  {
    claim:
      "what was in flight when the connection was cut is sent again with DUP, the same id and in order, before what is newer",
    settings: PERSISTENT,
    async run(bed) {
      await cutInFlight(bed);
      const before = inFlight(bed);
      bed.server.last.peer.reset();
      await settled(bed, 2);
      const again = bed.server.last.packets.filter((packet) => packet.cmd === "publish" && packet.dup);
      assert.equal(again.length, 4);
      assert.deepEqual(new Set(again.map(({ messageId }) => messageId)), new Set(before.map(([, id]) => id)));
      const words = said(bed.server.last);
      assert.equal(words.includes("subscribe"), false);
      assert.ok(
        words.indexOf("publish status online") < words.findIndex((word) => word.startsWith("repeat")),
      );
    },
  },
  {
    claim: "a session that the server lost is built again: the subscription, and messages that are new to it",
    settings: PERSISTENT,
    async run(bed) {
      await cutInFlight(bed);
      answer(bed, {});
      bed.server.last.peer.reset();
      await settled(bed, 2);
      assert.ok(bed.server.last.packets.every((packet) => packet.cmd !== "publish" || !packet.dup));
      const words = said(bed.server.last);
      assert.equal(words.filter((word) => word.startsWith("publish state")).length, 2);
      assert.ok(words.includes("subscribe"));
    },
  },
  {
    claim: "a session that the server claims after a clean start is not believed",
    async run(bed) {
      await settled(bed);
      answer(bed, { sessionPresent: true });
      bed.server.last.peer.reset();
      await printed(bed, "MQTT: the broker broke the protocol; is that port MQTT?");
      assert.deepEqual(said(bed.server.connections[1]!), ["connect"]);
    },
  },
  {
    claim: "a server that ends the connection in order is come back to",
    async run(bed) {
      await settled(bed);
      bed.server.last.peer.end();
      await settled(bed, 2);
      await printed(bed, "MQTT: the connection was lost; next attempt in 1 s");
    },
  },
  {
    claim: "a server that no longer answers is noticed by a ping and left",
    settings: { broker: { keepalive: 5 } },
    async run(bed) {
      await settled(bed);
      bed.server.onPacket = () => undefined;
      await printed(bed, "MQTT: the broker no longer answers");
      assert.deepEqual(said(bed.server.connections[0]!).slice(-1), ["pingreq"]);
      bed.server.onPacket = (packet, connection) => bed.server.answer(packet, connection);
      await settled(bed, 2);
      assert.ok(bed.server.connections[0]!.closed);
    },
  },
  {
    claim: "packets that come byte by byte are the same packets",
    async run(bed) {
      const connack: Packet = { cmd: "connack", returnCode: 0, sessionPresent: false };
      bed.server.onPacket = (packet, connection) => {
        if (packet.cmd !== "connect") bed.server.answer(packet, connection);
      };
      await bed.until(() => bed.server.packets.some(({ cmd }) => cmd === "connect"));
      await bed.trickle(generate(connack));
      await settled(bed);
      await bed.trickle(generate(command("period", "7200")));
      await told(bed, "cmd/result", 1);
      await bed.trickle(generate(command("read", "", { qos: 1 })));
      await told(bed, "state", 2);
      assert.deepEqual(results(bed), [
        { command: "period", ok: true },
        { command: "read", ok: true },
      ]);
      assert.ok(said(bed.server.last).includes("puback 77"));
    },
  },
  {
    claim: "packets that come in one piece are each taken",
    async run(bed) {
      await settled(bed);
      const packets = [command("other", "", { qos: 1 }), command("read")];
      bed.server.last.send(Buffer.concat(packets.map((packet) => generate(packet))));
      await told(bed, "state", 2);
      assert.deepEqual(
        results(bed).map((result) => (result as { command: string }).command),
        ["other", "read"],
      );
    },
  },
  {
    claim: "a packet that a cut has halved is forgotten with its connection",
    async run(bed) {
      await settled(bed);
      const whole = generate(command("period", "7200"));
      await bed.trickle(whole.subarray(0, 12));
      bed.server.last.peer.reset();
      await settled(bed, 2);
      bed.server.last.send(command("read"));
      await told(bed, "state", 2);
      assert.deepEqual(results(bed), [{ command: "read", ok: true }]);
    },
  },
];
