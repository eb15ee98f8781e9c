import assert from "node:assert/strict";
import { assertUnbroken, onBothBoards, said, withoutRepeats } from "../support/node-world.ts";
import { connects } from "../support/server.ts";

onBothBoards("endurance", (start) => {
  it("a thousand reconnects leave the node as it was: one socket, one filter, every reading", async () => {
    const node = start({ config: { period: 600, queue: { bytes: 8192 } } });
    const { world, server } = node;
    let most = 0;
    server.onPacket = (packet, connection) => {
      most = Math.max(most, world.network.connections.length);
      server.answer(packet, connection);
      if (packet.cmd === "subscribe") world.clock.setTimeout(() => connection.peer.reset(), 1_500);
    };
    await world.runUntil(() => server.connections.length > 1000, 1000 * 125_000);
    server.onPacket = (packet, connection) => server.answer(packet, connection);
    await node.untilOnline(130_000);
    await world.runFor(10_000);
    assert.equal(most, 1);
    const shapes = new Set(server.connections.slice(0, -1).map((connection) => said(connection)[0]));
    assert.deepEqual([...shapes], ["connect"]);
    assert.equal(new Set(connects(server).map((packet) => JSON.stringify(packet))).size, 1);
    for (const { packets } of server.connections) {
      const filters = packets.flatMap((packet) => (packet.cmd === "subscribe" ? packet.subscriptions : []));
      assert.deepEqual(filters, [{ topic: node.base + "/cmd/#", qos: 0 }]);
      const statuses = packets.filter(
        (packet) => packet.cmd === "publish" && packet.topic.endsWith("/status"),
      );
      assert.equal(statuses.length, 1);
    }
    const diagnostics = JSON.parse(node.payloads("diag").at(-1)!) as Record<string, number>;
    assert.equal(diagnostics.mqtt_count, server.connections.length);
    assert.equal(diagnostics.lost, 0);
    // Each dial takes ESP32 a moment, by which its ticks come later.
    assertUnbroken(withoutRepeats(node.states()), 600, 5);
    assert.ok(node.states().length > world.clock.now() / 600_000);
    node.command("/read");
    await node.untilPublished("cmd/result");
  });

  it("two hundred refused dials leave no socket behind", async () => {
    const node = start();
    node.world.network.refuse("broker", 1883, true);
    const refusals = (): number =>
      node.board.console.filter((line) => line.includes("nothing answers there")).length;
    await node.world.runUntil(() => refusals() >= 200, 200 * 125_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilOnline(130_000);
    assert.equal(node.world.network.connections.length, 1);
  });

  it("a thousand connections that are closed at once by the server are a thousand waits, not a storm", async () => {
    const node = start();
    node.server.onPacket = (_packet, connection) => connection.peer.end();
    const from = node.world.clock.now();
    await node.world.runUntil(() => node.server.connections.length >= 1000, 1000 * 125_000);
    assert.ok(node.world.clock.now() - from > 1000 * 40_000);
    assert.ok(node.world.network.connections.length <= 1);
  });

  it("two days without trouble are one connection and a reading a minute", async () => {
    const node = start({ config: { period: 60, broker: { keepalive: 60 } } });
    await node.world.runFor(2 * 86_400_000);
    assert.equal(node.server.connections.length, 1);
    assert.equal(node.states().length, 2 * 24 * 60);
    const diagnostics = JSON.parse(node.payloads("diag").at(-1)!) as Record<string, number>;
    assert.deepEqual([diagnostics.lost, diagnostics.resent, diagnostics.wifi_count], [0, 0, 1]);
  });
});

onBothBoards("memory", (start) => {
  it("that ran out drops the connection, which may lack bytes, and makes a new one [MQTT-4.8.0-2]", async () => {
    const node = start();
    await node.untilPublished("state", 2);
    node.board.raiseErrorFlag("MEMORY");
    await node.untilPrinted("MQTT: out of memory; next attempt in 1 s", 2_000);
    await node.world.runUntil(() => connects(node.server).length === 2, 5_000);
    assert.equal(said(node.server.connections[0]!).includes("disconnect"), false);
    assert.ok(node.server.connections[0]!.closed);
    await node.untilPublished("state", 3);
    assert.equal(node.server.connections.length, 2);
  });

  it("flags of another kind change nothing", async () => {
    const node = start();
    await node.untilPublished("state", 2);
    for (const flag of ["FIFO_FULL", "BUFFER_FULL", "LOW_MEMORY", "CALLBACK"]) {
      node.board.raiseErrorFlag(flag);
      await node.world.runFor(3_000);
    }
    await node.untilPublished("state", 2);
    assert.equal(node.server.connections.length, 1);
  });

  it("that is short costs samples, which is said and counted, and not the connection", async () => {
    const node = start();
    await node.untilPublished("state", 2);
    const { freeVariables } = node.board;
    node.board.freeVariables = 50;
    await node.world.runFor(30_000);
    const lines = node.board.console.filter((line) => line === "memory: too little left, no sample taken");
    assert.equal(lines.length, 3);
    assert.equal(node.states().length, 2);
    node.board.freeVariables = freeVariables;
    await node.untilPublished("state", 2);
    assert.equal(node.server.connections.length, 1);
    assert.deepEqual(node.messages("error"), []);
    await node.world.runFor(300_000);
    assert.equal((JSON.parse(node.payloads("diag").at(-1)!) as { lost: number }).lost, 3);
  });
});
