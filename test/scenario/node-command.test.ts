import assert from "node:assert/strict";
import { onBothBoards, said } from "../support/node-world.ts";

const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - times[index]!);

onBothBoards("commands", (start) => {
  it("are subscribed to with one filter, after the readings that waited", async () => {
    const node = start();
    await node.untilPublished("diag");
    const subscribes = node.server.packets.filter((packet) => packet.cmd === "subscribe");
    assert.deepEqual(
      subscribes.map(({ subscriptions }) => subscriptions),
      [[{ topic: node.base + "/cmd/#", qos: 0 }]],
    );
    assert.ok(said(node.server.last).indexOf("subscribe") > 1);
  });

  it("read: a reading at once, and the next a period later", async () => {
    const node = start({ config: { period: 60 } });
    await node.untilPublished("diag");
    await node.world.runFor(20_000);
    const from = node.world.clock.now();
    node.command("/read");
    await node.untilPublished("state");
    assert.ok(node.world.clock.now() - from < 500);
    assert.deepEqual(node.results(), [{ command: "read", ok: true }]);
    await node.untilPublished("state", 1, 70_000);
    const times = node.states().map(({ ts }) => ts!);
    assert.ok(Math.abs(times.at(-1)! - times.at(-2)! - 60) <= 1, times.join(" "));
  });

  it("read, a hundred times at once: readings, but no pile-up and no end of the connection", async () => {
    const node = start({ config: { period: 3600 } });
    await node.untilPublished("diag");
    for (let index = 0; index < 100; index++) node.command("/read");
    await node.world.runFor(10_000);
    assert.equal(node.server.connections.length, 1);
    assert.ok(node.states().length >= 2);
    assert.ok(node.results().length > 0);
    assert.deepEqual(node.messages("error"), []);
    node.command("/read");
    await node.untilPublished("state");
  });

  it("period: from now on that many seconds", async () => {
    const node = start({ config: { period: 600 } });
    await node.untilPublished("diag");
    node.command("/period", "5");
    await node.untilPublished("state", 4);
    assert.deepEqual(node.results(), [{ command: "period", ok: true }]);
    assert.deepEqual(gaps(node.states().map(({ ts }) => ts!)).slice(1), [5, 5, 5]);
    node.command("/period", "86400");
    await node.untilPublished("cmd/result");
    assert.deepEqual(node.results().at(-1), { command: "period", ok: true });
    const before = node.states().length;
    await node.world.runFor(600_000);
    assert.ok(node.states().length <= before + 1);
  });

  for (const payload of [
    "0",
    "-5",
    "86401",
    "1.5",
    "",
    " ",
    "abc",
    "5 s",
    "1e9",
    "Infinity",
    "NaN",
    "null",
    "{}",
  ]) {
    it(`period ${JSON.stringify(payload)}: refused with the reason, nothing changes`, async () => {
      const node = start();
      await node.untilPublished("diag");
      node.command("/period", payload);
      await node.untilPublished("cmd/result");
      const error = "must be a whole number of seconds from 1 to 86400";
      assert.deepEqual(node.results(), [{ command: "period", ok: false, error }]);
      await node.untilPublished("state", 3);
      assert.deepEqual(gaps(node.states().map(({ ts }) => ts!)).slice(-2), [10, 10]);
    });
  }

  it("restart: the board restarts once, and not again by a command it was told before", async () => {
    const node = start();
    const restarts: string[] = [];
    node.board.onReboot((why) => restarts.push(why));
    await node.untilPublished("diag");
    node.command("/restart");
    await node.world.runUntil(() => node.server.connections.length === 2);
    await node.untilOnline();
    node.command("/restart", "", { retain: true });
    await node.world.runFor(60_000);
    assert.deepEqual(restarts, ["reboot"]);
    assert.deepEqual(node.results(), [{ command: "restart", ok: true }]);
  });

  for (const [topic, command] of [
    ["/reboot", "reboot"],
    ["/READ", "READ"],
    ["/read/now", "read/now"],
    ["/", ""],
    ["", ""],
    ['/a"b\\c', 'a"b\\c'],
    ["/__proto__", "__proto__"],
    ["/\tx", "\tx"],
  ] as const) {
    it(`unknown, as ${JSON.stringify("cmd" + topic)}: answered with what is known`, async () => {
      const node = start();
      await node.untilPublished("diag");
      node.command(topic, "whatever");
      await node.untilPublished("cmd/result");
      const error = "unknown; known are read, period, restart";
      assert.deepEqual(node.results(), [{ command, ok: false, error }]);
    });
  }

  it("retained are not obeyed and not answered: a restart would repeat for ever", async () => {
    const node = start();
    const restarts: string[] = [];
    node.board.onReboot((why) => restarts.push(why));
    await node.untilPublished("diag");
    for (const name of ["/restart", "/read", "/period", "/other"]) node.command(name, "7", { retain: true });
    await node.world.runFor(60_000);
    assert.deepEqual(restarts, []);
    assert.deepEqual(node.results(), []);
    assert.equal(node.server.connections.length, 1);
  });

  it("result, which comes back through cmd/#, is not answered: that would go round for ever", async () => {
    const node = start();
    await node.untilPublished("diag");
    node.server.onPacket = (packet, connection) => {
      node.server.answer(packet, connection);
      if (packet.cmd === "publish" && packet.topic.startsWith(node.base + "/cmd/")) {
        connection.send({ ...packet, qos: 0, payload: packet.payload, topic: packet.topic });
      }
    };
    node.command("/read");
    await node.world.runFor(30_000);
    assert.deepEqual(node.results(), [{ command: "read", ok: true }]);
  });

  it("at QoS 1 are acknowledged with their packet id [MQTT-4.3.2-2]", async () => {
    const node = start();
    await node.untilPublished("diag");
    node.command("/read", "", { qos: 1 });
    await node.untilPublished("cmd/result");
    assert.deepEqual(
      said(node.server.last).filter((word) => word.startsWith("puback")),
      ["puback 77"],
    );
  });

  it("that are larger than the node takes are passed over, acknowledged, counted and said; the next one works", async () => {
    const node = start();
    await node.untilPublished("diag");
    node.command("/period", "7".repeat(5_000), { qos: 1 });
    node.command("/read");
    await node.untilPublished("cmd/result");
    assert.deepEqual(node.results(), [{ command: "read", ok: true }]);
    assert.ok(said(node.server.last).includes("puback 77"));
    assert.ok(node.board.console.includes(`MQTT: lost a message of ${node.base}/cmd/period: too large`));
    await node.world.runFor(300_000);
    assert.equal((JSON.parse(node.payloads("diag").at(-1)!) as { lost: number }).lost, 1);
    assert.equal(node.server.connections.length, 1);
  });

  it("for another node are none of its business", async () => {
    const node = start();
    await node.untilPublished("diag");
    node.server.last.send({
      cmd: "publish",
      topic: "ristretto/ffffffffffff/cmd/restart",
      payload: "",
      qos: 0,
      retain: false,
      dup: false,
    });
    await node.world.runFor(30_000);
    assert.deepEqual(node.results(), []);
    assert.deepEqual(node.payloads("status"), ["online"]);
  });
});
