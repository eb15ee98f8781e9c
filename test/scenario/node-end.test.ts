/** The end of a node, where the plug, delays or a broker that thinks for itself have to do with it; the rest is in beds/commands.ts. */
import assert from "node:assert/strict";
import { Aedes } from "aedes";
import { duplexOf } from "../../sim/world.ts";
import { onBothBoards, said } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

onBothBoards("a pulled plug", (start) => {
  it("is heard of by nobody: no DISCONNECT, no end of the connection", async () => {
    const node = start();
    await node.untilPublished("diag");
    const packets = node.server.packets.length;
    node.board.powerOff();
    await node.world.runFor(3_600_000);
    assert.equal(node.server.packets.length, packets);
    assert.equal(node.server.last.closed, undefined);
  });

  it("at any moment of the start does no harm", async () => {
    const node = start();
    for (let pull = 0; pull < 60; pull++) {
      await node.world.runFor(1_000 + pull * 7);
      node.board.powerOff();
      await node.world.runFor(100);
      node.board.powerOn();
    }
    await node.untilOnline();
    await node.untilPublished("state", 2);
  });
});

onBothBoards("the command to restart", (start) => {
  it("publishes `offline`, waits for its acknowledgement, disconnects, restarts and comes back [MQTT-3.14.4-1]", async () => {
    const node = start();
    const restarts: string[] = [];
    node.board.onReboot((why) => restarts.push(why));
    await node.untilPublished("diag");
    let offlineAt = 0;
    let disconnectAt = 0;
    node.server.onPacket = (packet, connection) => {
      if (packet.cmd === "disconnect") disconnectAt = node.world.clock.now();
      if (packet.cmd === "publish" && packet.payload.toString() === "offline")
        offlineAt = node.world.clock.now();
      node.world.clock.setTimeout(() => node.server.answer(packet, connection), 400);
    };
    // Its acknowledgement comes before that of `offline`, and is not taken for it.
    node.command("/read");
    await node.world.runFor(200);
    const before = said(node.server.last).length;
    node.command("/restart");
    await node.world.runUntil(() => restarts.length === 1);
    const first = node.server.connections[0]!;
    assert.deepEqual(said(first).slice(before), [
      "publish status offline",
      'publish cmd/result {"command":"restart","ok":true}',
      "disconnect",
    ]);
    const offline = node.messages("status").at(-1)!;
    assert.equal(offline.qos, 1);
    assert.equal(offline.retain, true);
    assert.ok(disconnectAt - offlineAt >= 400);
    assert.deepEqual(first.closed, { hadError: false });
    assert.deepEqual(restarts, ["reboot"]);
    await node.world.runUntil(() => node.server.connections.length === 2);
    await node.untilOnline();
    assert.deepEqual(node.payloads("status"), ["online", "offline", "online"]);
  });

  it("is carried out within seconds though nobody acknowledges `offline`; the will then speaks for the node", async () => {
    const node = start();
    const restarts: string[] = [];
    node.board.onReboot((why) => restarts.push(why));
    await node.untilPublished("diag");
    node.server.onPacket = () => undefined;
    node.command("/restart");
    await node.world.runUntil(() => restarts.length === 1, 8_000);
    assert.equal(said(node.server.connections[0]!).includes("disconnect"), false);
  });

  it("is carried out though the connection ends before the acknowledgement", async () => {
    const node = start();
    const restarts: string[] = [];
    node.board.onReboot((why) => restarts.push(why));
    await node.untilPublished("diag");
    node.server.onPacket = (packet, connection) => {
      if (packet.cmd === "publish" && packet.payload.toString() === "offline") connection.peer.reset();
      else node.server.answer(packet, connection);
    };
    node.command("/restart");
    await node.world.runUntil(() => restarts.length === 1, 8_000);
    node.server.onPacket = (packet, connection) => node.server.answer(packet, connection);
    await node.world.runFor(5_000);
    await node.untilOnline();
    assert.equal(node.payloads("status").at(-1), "online");
    assert.deepEqual(restarts, ["reboot"]);
  });
});

interface Broker {
  node: NodeBench;
  /** What the broker published as the node's retained `status`, whoever sent it. */
  statuses: string[];
}

onBothBoards("the will, as aedes carries it out", (start) => {
  const brokers: Aedes[] = [];
  afterEach(async () => {
    for (const broker of brokers.splice(0)) {
      await new Promise<void>((resolve) => {
        broker.close(resolve);
      });
    }
  });

  async function startWithAedes(): Promise<Broker> {
    const broker = await Aedes.createBroker();
    brokers.push(broker);
    const node = start({ server: false, on: false });
    const statuses: string[] = [];
    broker.on("publish", ({ topic, payload, retain }) => {
      if (retain && topic === node.base + "/status") statuses.push(payload.toString());
    });
    node.world.network.listen("broker", 1883, (peer) => {
      broker.handle(duplexOf(peer));
    });
    node.board.powerOn();
    return { node, statuses };
  }

  it("is published when the connection is reset [MQTT-3.1.2-8]", async () => {
    const { node, statuses } = await startWithAedes();
    await node.world.runUntil(() => statuses.length === 1);
    await node.world.runFor(3_000);
    node.board.powerOff({ link: "reset" });
    await node.world.runFor(1_000);
    assert.deepEqual(statuses, ["online", "offline"]);
  });

  it("is not published after a clean disconnect: `offline` comes once, from the node [MQTT-3.1.2-10]", async () => {
    const { node, statuses } = await startWithAedes();
    const ups: string[] = [];
    node.world.network.rule(({ direction, packet }) => {
      if (direction === "up") ups.push(packet.cmd);
      return "pass";
    });
    await node.world.runUntil(() => statuses.length === 1);
    await node.world.runFor(3_000);
    brokers[0]!.publish(
      {
        cmd: "publish",
        topic: node.base + "/cmd/restart",
        payload: "now",
        qos: 0,
        retain: false,
        dup: false,
      },
      () => undefined,
    );
    await node.world.runUntil(() => statuses.length === 3);
    await node.world.runFor(3_000);
    assert.deepEqual(statuses, ["online", "offline", "online"]);
    assert.ok(ups.includes("disconnect"));
  });
});
