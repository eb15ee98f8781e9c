import assert from "node:assert/strict";
import { assertUnbroken, blockedSeconds, onBothBoards, said, withoutRepeats } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";
import { connects } from "../support/server.ts";

const KEEPALIVE = 10;
const PING_TIMEOUT = 10;
/** Two ticks of a second for the two waits, two seconds for a socket that does not end. */
const DETECTION = (KEEPALIVE + PING_TIMEOUT + 4) * 1000;

/** The broker process ends: its sockets are reset, its port refuses, and what it knew of the node is gone. */
function stopBroker(node: NodeBench): void {
  node.world.network.refuse("broker", 1883, true);
  node.world.network.cut();
}

function startBroker(node: NodeBench): void {
  node.world.network.refuse("broker", 1883, false);
}

onBothBoards("a broker that goes and comes back", (start) => {
  it("gets every reading of the meantime, in order, after `online`", async () => {
    const node = start();
    await node.untilPublished("state", 3);
    stopBroker(node);
    await node.untilPrinted("the connection was lost");
    await node.world.runFor(95_000);
    assert.equal(node.states().length, 3);
    startBroker(node);
    await node.untilPublished("state", 15, 300_000);
    assertUnbroken(node.states(), 10);
    assert.equal(node.server.connections.length, 2);
    const words = said(node.server.last);
    assert.deepEqual(words.slice(0, 2), ["connect", "publish status online"]);
    assert.ok(words.includes("subscribe"));
  });

  it("finds the node within seconds of a short restart", async () => {
    const node = start();
    await node.untilPublished("diag");
    node.server.last.peer.reset();
    await node.untilPrinted("the connection was lost; next attempt in 1 s");
    await node.untilOnline(3_000);
  });

  it("may end the connection in order: that is a loss too", async () => {
    const node = start();
    await node.untilPublished("diag");
    node.server.last.peer.end();
    await node.untilPrinted("the connection was lost");
    await node.untilOnline();
    assert.equal(connects(node.server).length, 2);
    assert.equal(node.world.network.connections.length, 1);
  });

  it("is found by a node that joins Wi-Fi anew after five minutes without it", async () => {
    const node = start({ config: { period: 60 } });
    await node.untilPublished("diag");
    stopBroker(node);
    await node.world.runFor(290_000);
    assert.equal(node.board.console.filter((line) => line.startsWith("Wi-Fi: joined")).length, 1);
    await node.untilPrinted("Wi-Fi: joined");
    startBroker(node);
    await node.untilOnline(150_000);
    await node.untilPublished("diag");
    const { wifi_count, mqtt_count } = JSON.parse(node.payloads("diag").at(-1)!) as Record<string, number>;
    assert.deepEqual([wifi_count, mqtt_count], [2, 2]);
    assertUnbroken(node.states(), 60);
  });

  it("is counted: the diagnostics tell connections and losses after each", async () => {
    const node = start();
    await node.untilPublished("diag");
    for (const count of [2, 3, 4]) {
      node.server.last.peer.reset();
      await node.untilPublished("diag");
      const diagnostics = JSON.parse(node.payloads("diag").at(-1)!) as Record<string, number>;
      assert.equal(diagnostics.mqtt_count, count);
      assert.equal(diagnostics.lost, 0);
    }
  });
});

onBothBoards("a connection that is dead and does not say so", (start) => {
  for (const [what, period] of [
    ["a silent node", 3600],
    ["a node that publishes every second", 1],
  ] as const) {
    it(`is noticed by ${what} within keep alive and ping deadline`, async () => {
      const node = start({ config: { period, broker: { keepalive: KEEPALIVE } } });
      await node.untilPublished("diag");
      await node.world.runFor(3_500);
      node.world.network.silence(true);
      await node.untilPrinted("the broker no longer answers", DETECTION);
      node.world.network.silence(false);
      await node.world.runUntil(() => connects(node.server).length === 2, 130_000);
      assert.equal(node.server.connections[0]!.closed, undefined);
    });
  }

  it("costs no reading that was taken", async () => {
    const node = start({ config: { period: 5, broker: { keepalive: KEEPALIVE } } });
    await node.untilPublished("state", 3);
    await node.world.runFor(500);
    node.world.network.silence(true);
    await node.untilPrinted("the broker no longer answers");
    await node.world.runFor(20_000);
    node.world.network.silence(false);
    await node.untilPublished("state", 12, 130_000);
    assertUnbroken(withoutRepeats(node.states()), 5, blockedSeconds(node));
  });

  it("leaves no socket behind, however often", async () => {
    const node = start({ config: { period: 2, broker: { keepalive: KEEPALIVE } } });
    for (let round = 1; round <= 15; round++) {
      await node.world.runUntil(() => node.server.connections.length === round, 150_000);
      await node.untilPublished("state", 2);
      node.world.network.silence(true);
      await node.untilPrinted("the broker no longer answers");
      node.world.network.silence(false);
      assert.ok(node.world.network.connections.length <= 1);
    }
    await node.world.runUntil(() => node.server.connections.length === 16, 150_000);
    await node.untilOnline();
    assert.equal(node.world.network.connections.length, 1);
  });

  it("is noticed when only PINGRESP stays away", async () => {
    const node = start({ config: { period: 3600, broker: { keepalive: KEEPALIVE } } });
    await node.untilPublished("diag");
    node.server.onPacket = (packet, connection) => {
      if (packet.cmd !== "pingreq") node.server.answer(packet, connection);
    };
    await node.world.runUntil(() => node.server.packets.at(-1)!.cmd === "pingreq");
    const from = node.world.clock.now();
    await node.untilPrinted("the broker no longer answers");
    const waited = node.world.clock.now() - from;
    assert.ok(waited >= PING_TIMEOUT * 1000 - 10 && waited < (PING_TIMEOUT + 3) * 1000, `${waited} ms`);
    assert.deepEqual(said(node.server.connections[0]!).slice(-1), ["pingreq"]);
    await node.untilOnline();
  });

  it("is not seen where the broker is only slow: an answer just within the deadline keeps it", async () => {
    const node = start({ config: { period: 3600, broker: { keepalive: KEEPALIVE } } });
    await node.untilPublished("diag");
    node.world.network.rule(({ packet }) => (packet.cmd === "pingresp" ? { delay: 8_000 } : "pass"));
    await node.world.runFor(200_000);
    assert.equal(connects(node.server).length, 1);
    assert.ok(said(node.server.last).filter((word) => word === "pingreq").length >= 8);
  });

  it("is not mistaken for an idle one: pings go at least every keep alive [MQTT-3.1.2-23]", async () => {
    const node = start({ config: { period: 3600, broker: { keepalive: KEEPALIVE } } });
    await node.untilPublished("diag");
    let last = node.world.clock.now();
    let longest = 0;
    node.server.onPacket = (packet, connection) => {
      longest = Math.max(longest, node.world.clock.now() - last);
      last = node.world.clock.now();
      node.server.answer(packet, connection);
    };
    await node.world.runFor(600_000);
    assert.ok(longest <= KEEPALIVE * 1000 + 20, `${longest} ms without a packet`);
    assert.equal(connects(node.server).length, 1);
  });

  it("is not looked for where keep alive is 0", async () => {
    const node = start({ config: { period: 3600, broker: { keepalive: 0 } } });
    await node.untilPublished("diag");
    await node.world.runFor(3_000_000);
    assert.equal(said(node.server.last).includes("pingreq"), false);
    assert.equal(connects(node.server).length, 1);
  });

  it("follows an access point that was away for less than its beacons tell", async () => {
    const node = start({ config: { broker: { keepalive: KEEPALIVE } } });
    await node.untilPublished("state", 2);
    node.world.accessPoint.up = false;
    await node.world.runFor(3_000);
    node.world.accessPoint.up = true;
    await node.untilPrinted("the broker no longer answers", DETECTION);
    await node.untilPublished("state", 5);
    assertUnbroken(node.states(), 10);
    assert.equal(node.board.console.filter((line) => line.startsWith("Wi-Fi: joined")).length, 1);
  });
});

onBothBoards("bytes in unlucky pieces", (start) => {
  it("arrive one by one, and the node does what they say", async () => {
    const node = start({ on: false });
    node.world.network.chunk = 1;
    node.board.powerOn();
    await node.untilPublished("diag");
    node.command("/period", "3");
    node.command("/read", "now", { qos: 1 });
    await node.untilPublished("cmd/result", 2);
    assert.deepEqual(node.results(), [
      { command: "period", ok: true, period: 3 },
      { command: "read", ok: true },
    ]);
    await node.world.runFor(60_000);
    assert.equal(connects(node.server).length, 1);
    assert.ok(node.states().length > 20);
  });

  it("end in the middle of a command: the next connection starts afresh", async () => {
    const node = start();
    await node.untilPublished("diag");
    const topic = node.base + "/cmd/period";
    const whole = String.fromCharCode(0x30, 2 + topic.length + 1, 0, topic.length) + topic + "3";
    for (const length of [1, 2, 3, 4, 10, whole.length - 1]) {
      node.server.last.send(whole.slice(0, length));
      await node.world.runFor(50);
      node.server.last.peer.reset();
      await node.untilPublished("diag");
    }
    assert.deepEqual(node.results(), []);
    assert.deepEqual(
      node.server.connections.map((connection) => said(connection)[0]),
      new Array(7).fill("connect"),
    );
    node.server.last.send(whole);
    await node.untilPublished("cmd/result");
    assert.deepEqual(node.results(), [{ command: "period", ok: true, period: 3 }]);
  });

  it("end in the middle of a reading: it is sent again whole, and none is missing", async () => {
    const node = start({ config: { queue: { bytes: 8192 } } });
    await node.untilPublished("state", 2);
    stopBroker(node);
    await node.world.runFor(200_000);
    startBroker(node);
    await node.world.runUntil(() => connects(node.server).length === 2, 130_000);
    const { peer } = node.server.last;
    const decode = peer.onData;
    let whole = true;
    peer.onData = (bytes) => {
      decode(bytes);
      const text = bytes.toString("latin1");
      whole = text.endsWith("}") || text.endsWith("online") || bytes.length < 60;
      if (!whole) peer.reset();
    };
    await node.world.runUntil(() => !whole);
    await node.untilPublished("state", 22, 130_000);
    assertUnbroken(withoutRepeats(node.states()), 10);
    assert.equal(node.server.connections.length, 3);
  });
});
