/** What takes its time of commands; the rest of them is in beds/commands.ts. */
import assert from "node:assert/strict";
import { onBothBoards } from "../support/node-world.ts";

const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((time, index) => time - times[index]!);

onBothBoards("commands, in time", (start) => {
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
    assert.deepEqual(node.results(), [{ command: "period", ok: true, period: 5 }]);
    assert.deepEqual(gaps(node.states().map(({ ts }) => ts!)).slice(1), [5, 5, 5]);
    node.command("/period", "86400");
    await node.untilPublished("cmd/result");
    assert.deepEqual(node.results().at(-1), { command: "period", ok: true, period: 86400 });
    const before = node.states().length;
    await node.world.runFor(600_000);
    assert.ok(node.states().length <= before + 1);
  });

  it("period: one that is refused changes nothing", async () => {
    const node = start();
    await node.untilPublished("diag");
    node.command("/period", "1.5");
    await node.untilPublished("state", 3);
    assert.deepEqual(gaps(node.states().map(({ ts }) => ts!)).slice(-2), [10, 10]);
  });
});
