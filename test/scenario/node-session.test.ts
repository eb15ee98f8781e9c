/** What outlives a connection, where time or a network that loses and delays has to do with it; the rest is in beds/delivery.ts. */
import assert from "node:assert/strict";
import { assertUnbroken, onBothBoards, said, withoutRepeats } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

/** From now on the server keeps the session over reconnects, or loses it again. */
function keepSession(node: NodeBench, sessionPresent: boolean): void {
  node.server.onPacket = (packet, connection) => {
    if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode: 0, sessionPresent });
    else node.server.answer(packet, connection);
  };
}

/** Loses the acknowledgements on their way to the node, until the returned function is called. */
function losePubacks(node: NodeBench): () => void {
  return node.world.network.rule(({ direction, packet }) =>
    direction === "down" && packet.cmd === "puback" ? "drop" : "pass",
  );
}

const persistent = { broker: { clean: false, keepalive: 30 } };

onBothBoards("a lost PUBACK", (start) => {
  it("has the reading sent again with DUP and the same id after a reconnect, and at no other time [MQTT-4.4.0-1] [MQTT-3.3.1-1]", async () => {
    const node = start({ config: persistent });
    await node.untilPublished("state", 2);
    keepSession(node, true);
    const stop = losePubacks(node);
    await node.untilPublished("state");
    stop();
    await node.world.runFor(40_000);
    assert.equal(node.server.connections.length, 1);
    const [, , lost] = node.messages("state");
    const sameId = (): boolean[] =>
      node
        .messages("state")
        .flatMap((message) => (message.messageId === lost!.messageId ? [message.dup] : []));
    assert.deepEqual(sameId(), [false]);

    // A minute without it ends the connection.
    await node.world.runFor(40_000);
    assert.equal(node.server.connections.length, 2);
    assert.deepEqual(sameId(), [false, true]);
    const repeated = node.messages("state").filter(({ dup }) => dup);
    assert.deepEqual(
      repeated.map((message) => message.payload.toString()),
      [lost!.payload.toString()],
    );
    await node.world.runFor(120_000);
    assert.deepEqual(sameId(), [false, true]);
    assert.equal((JSON.parse(node.payloads("diag").at(-1)!) as { resent: number }).resent, 1);
    assertUnbroken(withoutRepeats(node.states()), 10);
  });
});

onBothBoards("a queue that is full", (start) => {
  it("loses its oldest readings, says so, counts them, and keeps the order of the rest", async () => {
    const node = start({ config: { queue: { readings: 5 } } });
    await node.untilPublished("state", 2);
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    const from = node.board.console.length;
    await node.world.runFor(120_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPublished("diag", 1, 130_000);
    const lost = node.board.console
      .slice(from)
      .filter((line) => line === "MQTT: lost the oldest of what waits");
    assert.ok(lost.length >= 7);
    assert.equal((JSON.parse(node.payloads("diag").at(-1)!) as { lost: number }).lost, lost.length);
    await node.untilPublished("state");
    assertUnbroken(node.states().slice(2), 10);
    assert.equal(node.states()[2]!.ts! - node.states()[1]!.ts!, 10 * (lost.length + 1));
  });

  it("loses the newest instead where the configuration says so", async () => {
    const node = start({ config: { queue: { readings: 5, policy: "drop-newest" } } });
    await node.untilPublished("state", 2);
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.world.runFor(120_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPublished("diag", 1, 130_000);
    await node.untilPublished("state");
    // Two from before and five that waited.
    assertUnbroken(node.states().slice(0, 7), 10);
    assert.ok(node.states()[7]!.ts! - node.states()[6]!.ts! >= 70);
    assert.ok(node.board.console.includes("MQTT: lost the newest of what waits"));
  });

  for (const policy of ["drop-oldest", "drop-newest"]) {
    it(`never stands in the way of \`online\`, with ${policy}`, async () => {
      const node = start({ config: { queue: { limit: 1, policy } } });
      await node.untilPublished("diag");
      node.world.network.refuse("broker", 1883, true);
      node.world.network.cut();
      await node.world.runFor(60_000);
      node.world.network.refuse("broker", 1883, false);
      await node.world.runUntil(() => node.server.connections.length === 2, 130_000);
      await node.world.runFor(5_000);
      assert.deepEqual(said(node.server.last).slice(0, 2), ["connect", "publish status online"]);
    });
  }

  it("is none of readings: where acknowledgements are slow, they wait in the journal, and none is lost", async () => {
    const node = start({ config: { period: 1, queue: { limit: 10 } } });
    await node.untilPublished("diag");
    const slow = node.world.network.rule(({ packet }) =>
      packet.cmd === "puback" ? { delay: 25_000 } : "pass",
    );
    await node.world.runFor(24_000);
    slow();
    await node.world.runFor(40_000);
    assert.equal(node.server.connections.length, 1);
    const times = node.states().map(({ ts }) => ts!);
    assert.equal(new Set(times).size, times.length);
    assertUnbroken(
      node.states().sort((a, b) => a.ts! - b.ts!),
      1,
    );
    assert.deepEqual(
      node.board.console.filter((line) => line.includes("lost")),
      [],
    );
  });

  it("keeps for the next connection what was sent and not acknowledged [MQTT-4.4.0-1]", async () => {
    const node = start({ config: { ...persistent, period: 1, queue: { limit: 10 } } });
    await node.untilPublished("diag");
    keepSession(node, true);
    await node.world.runFor(1_500);
    const stop = losePubacks(node);
    await node.untilPublished("state", 8);
    const unacknowledged = node.messages("state").slice(-8);
    await node.world.runFor(20_000);
    stop();
    node.server.last.peer.reset();
    await node.untilPublished("diag");
    assert.deepEqual(
      node.messages().flatMap(({ dup, messageId }) => (dup ? [messageId] : [])),
      unacknowledged.map(({ messageId }) => messageId),
    );
  });
});
