/** What a node does when nothing else helps: it restarts, keeps what it can, and in the end leaves its sensors alone. */
import assert from "node:assert/strict";
import { onBothBoards } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

/** The server takes all and acknowledges no message; returns what ends that. */
const losePubacks = (node: NodeBench): (() => void) =>
  node.world.network.rule(({ packet }) => (packet.cmd === "puback" ? "drop" : "pass"));

/** Counts restarts of the board. */
function countRestarts(node: NodeBench): string[] {
  const restarts: string[] = [];
  node.board.onReboot((why) => restarts.push(why));
  return restarts;
}

const diagOf = (node: NodeBench): Record<string, unknown> =>
  JSON.parse(node.payloads("diag").at(-1)!) as Record<string, unknown>;

/** Times of all readings that arrived, once each. */
const times = (node: NodeBench): number[] => [...new Set(node.states().map(({ ts }) => ts!))];
const taken = (node: NodeBench): number =>
  node.board.console.filter((line) => line.startsWith("bme280: {")).length;

onBothBoards("a node of which nothing is acknowledged", (start) => {
  it("restarts after `restart_after` seconds, and says why", async () => {
    const node = start({ config: { restart_after: 600 } });
    await node.untilPublished("diag");
    const restarts = countRestarts(node);
    const stop = losePubacks(node);
    await node.world.runFor(580_000);
    assert.deepEqual(restarts, []);
    await node.untilPrinted("MQTT: nothing was acknowledged for 600 s; restarting", 90_000);
    await node.world.runFor(10_000);
    assert.deepEqual(restarts, ["reboot"]);
    stop();
    await node.untilOnline(150_000);
  });

  it("restarts after 900 s where the configuration says nothing, and never where it says 0", async () => {
    for (const [config, count] of [
      [{}, 1],
      [{ restart_after: 0 }, 0],
    ] as const) {
      const node = start({ config });
      await node.untilPublished("diag");
      const restarts = countRestarts(node);
      node.world.network.refuse("broker", 1883, true);
      node.world.network.cut();
      await node.world.runFor(1_000_000);
      assert.equal(restarts.length, count);
    }
  });

  it("waits twice as long each time that it did not help, up to sixteen times", async () => {
    const node = start({ config: { restart_after: 600, period: 3600 } });
    await node.untilPublished("diag");
    const at: number[] = [];
    node.board.onReboot(() => at.push(node.world.clock.now() / 1000));
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.world.runFor(40_000_000);
    const gaps = at.slice(1).map((time, index) => (time - at[index]!) / 600);
    for (const [index, expected] of [1, 2, 4, 8, 16, 16].entries())
      assert.ok(gaps[index]! > expected && gaps[index]! < expected * 1.15, gaps.join(" "));
  });

  it("keeps over the restart every reading that waits, and how many were lost", async () => {
    const node = start({ config: { restart_after: 600, queue: { readings: 40 } } });
    await node.untilPublished("state", 3);
    const restarts = countRestarts(node);
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.world.runUntil(() => restarts.length === 1, 700_000);
    await node.world.runFor(60_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPrinted("MQTT: all that waited is acknowledged", 150_000);
    await node.untilPublished("diag", 1, 400_000);
    const lost = diagOf(node).lost as number;
    assert.ok(lost > 20, `${lost} lost`);
    assert.equal(times(node).length + lost, taken(node));
    assert.deepEqual(
      times(node),
      [...times(node)].sort((a, b) => a - b),
    );
    assert.equal(node.board.storage.has("journal"), false);
  });

  it("says what waits with the time it was taken at, though the clock begins anew", async () => {
    const node = start({ utc: false, config: { restart_after: 600, period: 100 } });
    await node.untilPublished("state", 2, 200_000);
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.untilPrinted("restarting", 700_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPrinted("MQTT: all that waited is acknowledged", 150_000);
    const late = node
      .payloads("state")
      .map((payload) => JSON.parse(payload) as { uptime: number; late?: true })
      .filter((state) => state.late);
    assert.ok(late.length >= 5);
    for (const [index, { uptime }] of late.slice(1).entries())
      assert.ok(Math.abs(uptime - late[index]!.uptime - 100) <= 22, JSON.stringify(late));
    // An ESP32 keeps its clock over a restart, so these are seconds since the first start there.
    if (node.kind === "ESP8266") assert.ok(late[0]!.uptime < 0);
  });

  it("loses what waits where Storage has no room for it, says so, and restarts none the less", async () => {
    const node = start({ config: { restart_after: 600 } });
    await node.untilPublished("diag");
    const restarts = countRestarts(node);
    const free = node.board.evaluate('require("Storage").getFree()') as number;
    node.board.storage.set("filler", "x".repeat(free - 4_500));
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.untilPrinted("Storage: no room for what waits; it is lost", 800_000);
    await node.world.runFor(1_000);
    assert.equal(restarts.length, 1);
    node.world.network.refuse("broker", 1883, false);
    await node.untilOnline(150_000);
  });
});

onBothBoards("a node that does not come to an acknowledged message", (start) => {
  /** Powers the board down and up again before anything is acknowledged, so many times. */
  async function failToStart(node: NodeBench, times: number): Promise<void> {
    for (let nth = 0; nth < times; nth++) {
      node.board.powerOff();
      node.board.powerOn();
      await node.world.runFor(500);
    }
  }

  it("is in safe mode after ten starts: no sensors, but Wi-Fi and commands; `diag` says so", async () => {
    const node = start({ on: false });
    await failToStart(node, 10);
    assert.ok(!node.board.console.some((line) => line.startsWith("Safe mode")));
    node.board.powerOff();
    node.board.powerOn();
    const line = "Safe mode: 10 starts without an acknowledged message. No sensors for 900 s.";
    assert.ok(node.board.console.includes(line));
    await node.untilPublished("diag");
    assert.equal(diagOf(node).failed_starts, 10);
    await node.world.runFor(60_000);
    assert.deepEqual(node.states(), []);
    node.command("/restart");
    await node.untilPublished("state");
    assert.equal(diagOf(node).failed_starts, undefined);
  });

  it("tries again as it is configured after 900 s, though nobody was there", async () => {
    const node = start({ on: false });
    await failToStart(node, 10);
    node.world.network.refuse("broker", 1883, true);
    node.board.powerOff();
    node.board.powerOn();
    assert.ok(node.board.console.at(-1)!.startsWith("Safe mode"));
    await node.world.runFor(930_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPublished("state", 1, 150_000);
  });

  it("forgets starts that failed once a message is acknowledged", async () => {
    const node = start({ on: false });
    for (let round = 0; round < 3; round++) {
      await failToStart(node, 9);
      await node.untilPublished("diag");
    }
    assert.ok(!node.board.console.some((line) => line.startsWith("Safe mode")));
  });

  it("writes its starts to flash a letter at a time, and moves nothing for 250 of them", async () => {
    const node = start({ config: { period: 3600 }, on: false });
    await failToStart(node, 1);
    await node.untilPublished("diag");
    const size = node.board.storage.get("starts")!.length;
    assert.equal(size, 256);
    const letters = (): string => node.board.storage.get("starts")!.replaceAll("\xff", "");
    assert.equal(letters(), "SA");
    for (let nth = 0; nth < 130; nth++) {
      node.board.powerOff();
      node.board.powerOn();
      await node.untilPublished("diag");
    }
    assert.equal(node.board.storage.get("starts")!.length, size);
    assert.match(letters(), /^S?A?(SA)+$/);
  });
});

onBothBoards("a flapping link", (start) => {
  it("leaves one `online` a connection, and none of them behind", async () => {
    const node = start();
    await node.untilPublished("diag");
    const stop = losePubacks(node);
    for (let nth = 0; nth < 40; nth++) {
      node.server.last.peer.reset();
      await node.untilOnline(150_000);
    }
    stop();
    node.server.last.peer.reset();
    await node.untilOnline(150_000);
    await node.world.runFor(20_000);
    for (const { packets } of node.server.connections) {
      const statuses = packets.filter(
        ({ cmd, ...packet }) => cmd === "publish" && "topic" in packet && packet.topic.endsWith("/status"),
      );
      assert.ok(statuses.length <= 1, `${statuses.length} times`);
    }
    await node.untilPublished("diag", 1, 310_000);
    assert.equal(diagOf(node).lost, 0);
  });

  it("with memory short at the reconnect leaves neither `offline` nor readings behind", async () => {
    const node = start();
    await node.untilPublished("state", 3);
    const { freeVariables } = node.board;
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    await node.world.runFor(100_000);
    node.board.freeVariables = 60;
    node.world.network.refuse("broker", 1883, false);
    await node.world.runUntil(() => node.board.console.at(-1) === "MQTT: connected to broker", 150_000);
    await node.world.runFor(6_000);
    node.board.freeVariables = freeVariables;
    await node.untilOnline(10_000);
    await node.untilPrinted("MQTT: all that waited is acknowledged");
    await node.untilPublished("diag", 1, 310_000);
    assert.equal(times(node).length, taken(node));
  });
});

onBothBoards("commands without an end", (start) => {
  it("restart the board once a minute at most, and the answer says so", async () => {
    const node = start();
    const restarts = countRestarts(node);
    node.server.onPacket = (packet, connection) => {
      node.server.answer(packet, connection);
      if (packet.cmd === "subscribe")
        for (let second = 1; second < 100; second++)
          node.world.clock.setTimeout(() => {
            if (!connection.closed) node.command("/restart");
          }, second * 1_000);
    };
    await node.world.runFor(600_000);
    assert.ok(restarts.length >= 5 && restarts.length <= 11, `${restarts.length} restarts in ten minutes`);
    assert.ok(
      node
        .results()
        .some((result) => (result as { error?: string }).error?.startsWith("one restart a minute")),
    );
  });

  it("displace no reading: twenty thousand at once, and none is lost", async () => {
    const node = start({ config: { period: 5 } });
    await node.untilPublished("diag");
    const slow = node.world.network.rule(({ packet }) =>
      packet.cmd === "puback" ? { delay: 3_000 } : "pass",
    );
    for (let nth = 0; nth < 20; nth++) {
      for (let command = 0; command < 1000; command++) node.command("/period", "5");
      await node.world.runFor(1_000);
    }
    slow();
    await node.world.runFor(60_000);
    assert.equal(times(node).length, taken(node));
    await node.untilPublished("diag", 1, 310_000);
    assert.equal(diagOf(node).lost, 0);
    assert.equal(node.server.connections.length, 1);
  });
});
