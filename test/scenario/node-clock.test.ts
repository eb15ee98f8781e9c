import assert from "node:assert/strict";
import { onBothBoards, said } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

const TEN_YEARS = 10 * 365 * 86_400;

/** What a node says in the next `seconds`. */
async function count(node: NodeBench, seconds: number): Promise<{ readings: number; pings: number }> {
  const readings = node.states().length;
  const pings = said(node.server.last).filter((word) => word === "pingreq").length;
  await node.world.runFor(seconds * 1000);
  return {
    readings: node.states().length - readings,
    pings: said(node.server.last).filter((word) => word === "pingreq").length - pings,
  };
}

onBothBoards("a clock that jumps ten years", (start, kind) => {
  it("ends no connection and makes no burst: one tick comes early at most", async () => {
    const node = start({ config: { broker: { keepalive: 30 } } });
    await node.untilPublished("diag");
    for (let jump = 0; jump < 5; jump++) {
      await node.world.runFor(3_300);
      node.board.jumpClock(TEN_YEARS);
      const { readings, pings } = await count(node, 60);
      assert.ok(readings === 6 || readings === 7, `${readings} readings in a minute at 10 s`);
      assert.ok(pings <= 1, `${pings} pings`);
    }
    assert.equal(node.server.connections.length, 1);
    assert.deepEqual(node.messages("error"), []);
  });

  it("makes a silent node ping no more often", async () => {
    const node = start({ config: { period: 3600, broker: { keepalive: 30 } } });
    await node.untilPublished("diag");
    await node.world.runFor(10_000);
    node.board.jumpClock(TEN_YEARS);
    const { readings, pings } = await count(node, 120);
    assert.equal(readings, 0);
    assert.ok(pings >= 3 && pings <= 5, `${pings} pings`);
    assert.equal(node.server.connections.length, 1);
  });

  it("in the middle of a measurement costs no reading and makes no fault", async () => {
    const node = start();
    await node.untilPublished("diag");
    let converting = false;
    node.board.i2c.attach(0x76, {
      read: (quantity) => node.sensor.read(quantity),
      write(bytes) {
        node.sensor.write(bytes);
        converting = bytes[0] === 0xf4;
      },
    });
    for (let jump = 0; jump < 5; jump++) {
      await node.world.runUntil(() => converting);
      node.board.jumpClock(TEN_YEARS);
      const before = node.states().length;
      await node.world.runFor(500);
      assert.equal(node.states().length, before + 1);
      assert.equal(node.states().at(-1)!.temperature, 20);
      converting = false;
    }
    assert.deepEqual(node.messages("error"), []);
  });

  it("while the node waits for its next attempt brings that forward by one second at most", async () => {
    const node = start();
    node.server.onPacket = (packet, connection) => {
      if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode: 5, sessionPresent: false });
    };
    await node.untilPrinted("next attempt in 120 s");
    const from = node.world.clock.now();
    await node.world.runFor(10_500);
    node.board.jumpClock(TEN_YEARS);
    await node.world.runUntil(() => node.server.connections.length === 2, 130_000);
    assert.ok(node.world.clock.now() - from >= 118_000);
  });

  it("back by some seconds stops nothing for longer than that", async () => {
    const node = start();
    await node.untilPublished("state", 2);
    await node.world.runFor(5_500);
    node.board.jumpClock(-5);
    const { readings } = await count(node, 60);
    assert.ok(readings >= 5, `${readings} readings in a minute at 10 s`);
    assert.equal(node.server.connections.length, 1);
    assert.equal(kind === "ESP32" || readings === 6, true);
  });
});

onBothBoards("a clock that is set back an hour", (start, kind) => {
  it(`costs ${kind === "ESP32" ? "a restart by the watchdog within a minute, for the timers stand" : "nothing"}`, async () => {
    const node = start();
    const restarts: string[] = [];
    node.board.onReboot((why) => restarts.push(why));
    await node.untilPublished("state", 2);
    node.board.jumpClock(-3600);
    const { readings } = await count(node, 150);
    assert.ok(readings >= (kind === "ESP32" ? 6 : 15), `${readings} readings at 10 s`);
    assert.deepEqual(restarts, kind === "ESP32" ? ["watchdog"] : []);
  });
});

onBothBoards("a first answer of SNTP, fifty years on", (start) => {
  it("restarts no board, then or later", async () => {
    const node = start({ utc: false });
    const restarts: string[] = [];
    node.board.onReboot((why) => restarts.push(why));
    await node.untilPublished("state");
    node.board.jumpClock(5 * TEN_YEARS);
    const { readings } = await count(node, 600);
    assert.ok(readings === 60 || readings === 61, `${readings} readings in ten minutes at 10 s`);
    assert.deepEqual(restarts, []);
    assert.equal(node.server.connections.length, 1);
  });
});

onBothBoards("the time of a reading", (start) => {
  it("is the time since power-on while the clock is not set, and the time of day once it is", async () => {
    const node = start({ utc: false });
    await node.untilPublished("state", 3);
    for (const payload of node.payloads("state")) assert.match(payload, /"humidity":50,"uptime":\d+}$/);
    const now = Date.UTC(2026, 5, 1) / 1000;
    node.board.jumpClock(now);
    await node.untilPublished("state", 2);
    const { ts } = node.states().at(-1)!;
    assert.ok(ts! >= now && ts! < now + 60);
    assert.equal(node.server.connections.length, 1);
  });

  it("is that of errors alike", async () => {
    const node = start({ utc: false });
    await node.untilPublished("state");
    node.sensor.fault = "absent";
    await node.untilPublished("error");
    assert.deepEqual(node.payloads("error"), ['{"sensor":"bme280","fault":"absent","uptime":10}']);
  });

  it("comes from SNTP where the configuration names a server", async () => {
    const node = start({ utc: false, config: { ntp: "pool.ntp.org" } });
    await node.untilPublished("state", 3);
    assert.equal(node.board.clockSet, true);
    const [atPowerOn, ...later] = node.states();
    assert.equal(atPowerOn!.ts, undefined);
    for (const { ts } of later) assert.ok(Math.abs(ts! - Date.UTC(2026, 0, 1) / 1000) < 60);
    assert.equal(node.server.connections.length, 1);
  });

  it("is whole seconds, and that of the measurement, not of the sending", async () => {
    const node = start();
    await node.untilPublished("state", 2);
    const last = node.states().at(-1)!.ts!;
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.world.runFor(62_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPublished("state", 6, 130_000);
    assert.equal(node.states()[2]!.ts, last + 10);
    for (const { ts } of node.states()) assert.equal(Number.isInteger(ts), true);
  });
});
