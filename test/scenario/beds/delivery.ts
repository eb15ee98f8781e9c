/** What becomes of messages when connections end, and of bytes that come in odd pieces or make no sense. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import type { Bed, Scenario } from "../../support/bed.ts";
import { BASE, command, payloads, printed, results, settled, taken, told } from "../../support/node-bed.ts";
import { said } from "../../support/node-world.ts";
import { connects, publishes } from "../../support/server.ts";

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
    await told(bed, "cmd/result", 1);
  }
  answer(bed, { sessionPresent: true });
}

/** DUP flag, id and topic of what a connection carried with QoS 1. */
const sent = (bed: Bed, nth: number): Array<[boolean, number | undefined, string]> =>
  publishes(bed.server.connections[nth - 1]!).flatMap(({ qos, dup, messageId, topic }) =>
    qos ? [[dup, messageId, topic]] : [],
  );

export const DELIVERY: Scenario[] = [
  {
    claim:
      "what was in flight when the connection was cut is sent again with DUP, the same id and in order, before what is newer",
    settings: PERSISTENT,
    async run(bed) {
      await cutInFlight(bed);
      const before = sent(bed, 1).slice(-3);
      bed.server.last.peer.reset();
      await settled(bed, 2);
      await taken(bed);
      bed.server.last.send(command("read"));
      await told(bed, "state", 6);
      const after = sent(bed, 2);
      assert.deepEqual(
        after.slice(0, 3),
        before.map(([, ...same]) => [true, ...same]),
      );
      assert.ok(after.slice(3).every(([dup]) => !dup));
      assert.ok(connects(bed.server).every(({ clean }) => clean === false));
      assert.equal(said(bed.server.last).includes("subscribe"), false);
      assert.equal((JSON.parse(payloads(bed, "diag")[1]!) as { resent: number }).resent, 3);
    },
  },
  {
    claim: "what is in flight is sent again on every connection that follows, until it is acknowledged",
    settings: PERSISTENT,
    async run(bed) {
      await cutInFlight(bed);
      answer(bed, { sessionPresent: true, pubacks: false });
      bed.server.last.peer.reset();
      // And `status`, which nobody acknowledges either.
      await bed.until(() => bed.server.connections.length === 2 && sent(bed, 2).length === 3 + 1);
      assert.equal(sent(bed, 2).filter(([dup]) => dup).length, 3);
      answer(bed, { sessionPresent: true });
      bed.server.last.peer.reset();
      await settled(bed, 3);
      await taken(bed);
      assert.equal(sent(bed, 3).filter(([dup]) => dup).length, 3 + 1);
      bed.server.last.peer.reset();
      await settled(bed, 4);
      assert.ok(sent(bed, 4).every(([dup]) => !dup));
    },
  },
  {
    claim: "what is in flight is sent as new where the server begins a clean session",
    async run(bed) {
      await cutInFlight(bed);
      answer(bed, {});
      bed.server.last.peer.reset();
      await settled(bed, 2);
      const words = said(bed.server.last);
      assert.ok(words.every((word) => !word.startsWith("repeat")));
      assert.equal(words.filter((word) => /^publish (state|cmd)/.test(word)).length, 4);
      assert.ok(connects(bed.server).every(({ clean }) => clean === true));
    },
  },
  {
    claim: "of messages that nobody acknowledges eight are in flight; the others wait, and leave in order",
    settings: { ...PERSISTENT, values: true },
    async run(bed) {
      await settled(bed);
      const before = sent(bed, 1).length;
      answer(bed, { pubacks: false });
      for (const reads of [1, 2, 3]) {
        bed.server.last.send(command("read"));
        await printed(bed, "bme280: {", 0, reads + 1);
        await taken(bed);
      }
      const inFlight = sent(bed, 1).slice(before);
      // An answer, a reading with its values, and the values of the next.
      assert.equal(inFlight.length, 8);
      answer(bed, { sessionPresent: true });
      bed.server.last.peer.reset();
      await settled(bed, 2);
      await taken(bed);
      const again = sent(bed, 2);
      assert.deepEqual(
        again.slice(0, 8).map(([dup, id]) => [dup, id]),
        inFlight.map(([, id]) => [true, id]),
      );
      assert.ok(again.slice(8).every(([dup]) => !dup));
      assert.equal(results(bed).length, 1 + 3);
      assert.equal(payloads(bed, "state").length, 1 + 3 + 1);
    },
  },
  {
    claim: "acknowledgements that come twice do no harm",
    async run(bed) {
      bed.server.onPacket = (packet, connection) => {
        bed.server.answer(packet, connection);
        if (packet.cmd === "publish") bed.server.answer(packet, connection);
      };
      await settled(bed);
      for (const reads of [1, 2, 3]) {
        bed.server.last.send(command("read"));
        await told(bed, "state", reads + 1);
      }
      await taken(bed);
      assert.equal(bed.server.connections.length, 1);
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
      const asked = bed.server.connections.map(({ packets }) =>
        packets.flatMap((packet) => (packet.cmd === "subscribe" ? packet.subscriptions : [])),
      );
      const commands = [{ topic: `${BASE}/cmd/#`, qos: 0 }];
      assert.deepEqual(asked, [commands, commands]);
    },
  },
  {
    claim: "a session that the server claims after a clean start is not believed",
    async run(bed) {
      await settled(bed);
      const { server } = bed;
      server.onPacket = (packet, connection) => {
        if (connection !== server.connections[1]) server.answer(packet, connection);
        else connection.send({ cmd: "connack", returnCode: 0, sessionPresent: true });
      };
      server.last.peer.reset();
      await printed(bed, "MQTT: the broker broke the protocol; is that port MQTT?");
      await settled(bed, 3);
      assert.deepEqual(said(server.connections[1]!), ["connect"]);
    },
  },
  {
    claim:
      "a server that ends the connection in order is come back to, and the diagnostics count connections",
    async run(bed) {
      await settled(bed);
      bed.server.last.peer.end();
      await settled(bed, 2);
      const { mqtt_count, lost } = JSON.parse(payloads(bed, "diag")[1]!) as Record<string, number>;
      assert.deepEqual([mqtt_count, lost], [2, 0]);
      await printed(bed, "MQTT: the connection was lost; next attempt in 1 s");
    },
  },
  {
    claim: "a server that no longer answers is noticed by a ping and left",
    settings: { broker: { keepalive: 5 } },
    async run(bed) {
      await settled(bed);
      const [first] = bed.server.connections;
      bed.server.onPacket = (packet, connection) => {
        if (connection !== first) bed.server.answer(packet, connection);
      };
      await printed(bed, "MQTT: the broker no longer answers");
      assert.deepEqual(said(first!).slice(-1), ["pingreq"]);
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
      await bed.trickle(generate(command("read", "now", { qos: 1 })));
      await told(bed, "state", 2);
      assert.deepEqual(results(bed), [
        { command: "period", ok: true, period: 7200 },
        { command: "read", ok: true },
      ]);
      assert.ok(said(bed.server.last).includes("puback 77"));
    },
  },
  {
    claim: "packets that come in one piece are each taken",
    async run(bed) {
      await settled(bed);
      const packets = [command("period", "7200", { qos: 1 }), command("read")];
      bed.server.last.send(Buffer.concat(packets.map((packet) => generate(packet))));
      await told(bed, "state", 2);
      assert.deepEqual(
        results(bed).map((result) => (result as { command: string }).command),
        ["period", "read"],
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
