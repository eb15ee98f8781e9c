import assert from "node:assert/strict";
import { onBothBoards } from "../support/node-world.ts";
import type { NodeBench, State } from "../support/node-world.ts";

interface Told extends State {
  late?: boolean;
  uptime?: number;
}

const told = (node: NodeBench): Told[] =>
  node.payloads("state").map((payload) => JSON.parse(payload) as Told);
const lost = (node: NodeBench): number =>
  (JSON.parse(node.payloads("diag").at(-1)!) as { lost: number }).lost;

/** Readings that the node took, whatever became of them. */
const taken = (node: NodeBench): number =>
  node.board.console.filter((line) => line.startsWith("bme280: {")).length;
/** The different readings that were told; what was on its way when the connection ended may have come twice. */
const different = (node: NodeBench): number => new Set(told(node).map(({ ts }) => ts)).size;

/** The broker is away for so long; resolves when the node has found it again and told what waited. */
async function outage(node: NodeBench, seconds: number): Promise<void> {
  node.world.network.refuse("broker", 1883, true);
  node.world.network.cut();
  await node.world.runFor(seconds * 1000);
  node.world.network.refuse("broker", 1883, false);
  await node.untilPublished("status", 1, 150_000);
  await node.world.runFor(10_000);
}

/** Times of readings; between two of them lies a minute, and ESP32's ticks come later while it dials. */
function assertMinutes(states: readonly Told[]): void {
  const times = states.map(({ ts }) => ts!);
  times.slice(1).forEach((time, index) => {
    const gap = time - times[index]!;
    assert.ok(gap >= 60 && gap <= 63, `readings at ${times.join(" ")}`);
  });
}

onBothBoards("readings that wait", (start, kind) => {
  it("of an hour's outage at one a minute arrive complete, in order, marked late, with their own times", async () => {
    const node = start({ config: { period: 60, restart_after: 0 } });
    await node.untilPublished("state", 3, 200_000);
    await outage(node, 3600);
    await node.untilPublished("state", 1, 70_000);
    const states = told(node);
    assert.ok(states.length >= 3 + 57 + 1, `${states.length} readings`);
    assertMinutes(states);
    const isLate = states.map(({ late }) => late === true);
    assert.equal(isLate.lastIndexOf(true) - isLate.indexOf(true) + 1, isLate.filter(Boolean).length);
    assert.ok(isLate.filter(Boolean).length >= 57);
    assert.deepEqual([isLate[0], isLate.at(-1)], [false, false]);
    assert.equal(different(node), taken(node));
    assert.equal(lost(node), 0);
  });

  it("of an hour's outage leave the way to fresh ones, which are told at once and in between", async () => {
    const node = start({ config: { period: 60, restart_after: 0 } });
    await node.untilPublished("state", 3, 200_000);
    // Each acknowledgement takes five seconds: what waits needs as many minutes.
    node.world.network.rule(({ packet }) => (packet.cmd === "puback" ? { delay: 5_000 } : "pass"));
    await outage(node, 3600);
    const late = (): number => told(node).filter((state) => state.late).length;
    const behind = late();
    assert.ok(behind < 10, `${behind} were told already`);
    for (let fresh = 0; fresh < 4; fresh++) {
      await node.world.runUntil(() => told(node).at(-1)!.late !== true, 70_000);
      const { ts } = told(node).at(-1)!;
      assert.ok(node.world.clock.now() / 1000 + 1767225600 - ts! <= 2, "told when it was taken");
      await node.world.runFor(10_000);
    }
    assert.ok(late() > behind + 20 && late() < 57, `${late()} late ones in the meantime`);
    await node.world.runFor(200_000);
    const old = told(node).filter((state) => state.late);
    assertMinutes(old);
    assert.ok(old.length >= 57);
    assert.equal(different(node), taken(node));
    assert.equal(lost(node), 0);
  });

  it("of a day's outage lose exactly the oldest, which is counted and said", async () => {
    const node = start({ config: { period: 60, restart_after: 0 } });
    await node.untilPublished("state", 3, 200_000);
    const before = told(node).at(-1)!.ts!;
    await outage(node, 86_400);
    const waited = told(node).slice(3);
    const limit = Math.floor((kind === "ESP32" ? 5000 : 1600) / 16);
    const late = waited.filter((state) => state.late);
    assert.ok(late.length === limit || late.length === limit - 1, `${late.length} of ${limit}`);
    assertMinutes(waited);
    const missing = node.board.console.filter(
      (line) => line === "MQTT: lost the oldest of what waits",
    ).length;
    assert.equal(lost(node), missing);
    // Each reading of the day was told or is counted, and those that are missing are the first: what follows has no gap.
    assert.equal(different(node) + missing, taken(node));
    assert.ok(missing > 1000);
    assert.ok(waited[0]!.ts! - before >= missing * 60);
  });

  it("stand in no way of new ones, which are told at once", async () => {
    const node = start({ config: { period: 10, queue: { readings: 100 } } });
    await node.untilPublished("state", 2);
    // Each acknowledgement takes two seconds: what waits needs minutes.
    node.world.network.rule(({ packet }) => (packet.cmd === "puback" ? { delay: 2_000 } : "pass"));
    await outage(node, 600);
    const late = told(node).filter((state) => state.late).length;
    assert.ok(late < 10, `${late} were told already`);
    await node.world.runFor(60_000);
    const fresh = told(node).filter((state, index) => index > 2 && !state.late);
    assert.ok(fresh.length >= 6, `${fresh.length} new ones in a minute at 10 s`);
    for (const [index, { ts }] of fresh.slice(1).entries()) assert.ok(ts! - fresh[index]!.ts! <= 11);
    await node.world.runFor(300_000);
    const old = told(node).filter((state) => state.late);
    assert.ok(old.length >= 57);
    assert.deepEqual(
      old.map(({ ts }) => ts),
      old.map(({ ts }) => ts).sort((a, b) => a! - b!),
    );
    assert.equal(node.server.connections.length, 2);
    assert.equal(lost(node), 0);
  });

  it("survive that the connection ends again while they are told: none is missing", async () => {
    const node = start({ config: { period: 10 } });
    await node.untilPublished("state", 2);
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.world.runFor(300_000);
    node.world.network.refuse("broker", 1883, false);
    for (let round = 0; round < 3; round++) {
      await node.untilPublished("state", 5, 150_000);
      node.world.network.cut();
    }
    await node.untilPublished("diag", 1, 150_000);
    await node.world.runFor(20_000);
    const times = [...new Set(told(node).map(({ ts }) => ts!))].sort((a, b) => a - b);
    times.slice(1).forEach((time, index) => assert.ok(time - times[index]! <= 12, times.join(" ")));
    assert.equal(lost(node), 0);
  });

  it("taken before the clock was set are told with the time of day, once it is", async () => {
    const node = start({ utc: false, config: { period: 10 }, on: false });
    node.world.network.refuse("broker", 1883, true);
    node.board.powerOn();
    await node.world.runFor(65_000);
    const now = Date.UTC(2026, 5, 1) / 1000;
    node.board.jumpClock(now);
    const poweredOn = now;
    await node.world.runFor(20_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPublished("diag", 1, 150_000);
    await node.world.runFor(5_000);
    const times = told(node).map(({ ts, uptime }) => (assert.equal(uptime, undefined), ts! - poweredOn));
    assert.ok(times.length >= 8);
    assert.ok(times[0]! >= 0 && times[0]! <= 4, `the first at ${times[0]!} s`);
    times.slice(1).forEach((time, index) => assert.ok(time - times[index]! <= 12, times.join(" ")));
  });

  it("taken while no clock is ever set are told with the seconds since power-on", async () => {
    const node = start({ utc: false, config: { period: 10 } });
    await node.untilPublished("state", 2);
    await outage(node, 60);
    const states = told(node);
    assert.ok(states.some(({ late }) => late));
    states.forEach(({ ts }) => assert.equal(ts, undefined));
    const times = states.map(({ uptime }) => uptime!);
    times.slice(1).forEach((time, index) => {
      const gap = time - times[index]!;
      // The first, at the moment of power-on, is told to be of its first second.
      assert.ok(gap >= 9 && gap <= 12, times.join(" "));
    });
  });

  it("leave single values, which have no time with them, to those who ask for them now", async () => {
    const node = start({ config: { period: 10, values: true } });
    await node.untilPublished("state", 2);
    const before = node.messages("bme280/temperature").length;
    await outage(node, 300);
    assert.ok(told(node).filter(({ late }) => late).length >= 25);
    assert.ok(node.messages("bme280/temperature").length <= before + 6);
  });
});
