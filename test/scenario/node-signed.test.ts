/** Signed commands: what a node with a key obeys, and what it does not. */
import assert from "node:assert/strict";
import type { IPublishPacket } from "mqtt-packet";
import { signedPayload } from "../../tools/send/sign.ts";
import { onBothBoards } from "../support/node-world.ts";
import type { NodeBench, NodeOptions } from "../support/node-world.ts";

const KEY = "correct horse battery staple";
const NTP = { ntp: "pool.ntp.org" };

onBothBoards("a node with a key", (start, kind) => {
  const board = kind === "ESP32" ? "esp32" : "esp8266";
  const begin = async ({
    config,
    ...options
  }: NodeOptions & { config?: object } = {}): Promise<NodeBench> => {
    const node = start({ config: { key: KEY, period: 3600, ...config }, ...options });
    await node.untilPublished("diag");
    return node;
  };

  /** What somebody who has `key` signs for a node: a command at a time, in milliseconds since 1970. */
  const sign = (
    node: NodeBench,
    name: string,
    counter: number,
    { argument = "", key = KEY, base = node.base } = {},
  ): string => signedPayload({ board, key, topic: `${base}/cmd/${name}`, counter, argument });

  /** Milliseconds since 1970 by which this world goes. */
  const clock = (node: NodeBench): number => Math.round(Number(node.board.evaluate("getTime()")) * 1000);

  /** Sends a command and gives the answers that come. */
  async function send(node: NodeBench, name: string, payload: string): Promise<unknown[]> {
    const before = node.results().length;
    node.command(`/${name}`, payload);
    await node.world.runFor(2000);
    return node.results().slice(before);
  }

  const read = { command: "read", ok: true };
  const refused = (error: string): object => ({ ok: false, error });
  const UNSIGNED = refused("not signed with the key of this node");
  const OLD = refused("its counter is not above that of the last command");

  /** A minute later the node reports a refusal again. */
  const minute = (node: NodeBench): Promise<void> => node.world.runFor(61_000);

  it("obeys every command that is signed, with its argument", async () => {
    const node = await begin();
    const now = clock(node);
    assert.deepEqual(await send(node, "read", sign(node, "read", now)), [read]);
    assert.deepEqual(await send(node, "period", sign(node, "period", now + 1, { argument: "5" })), [
      { command: "period", ok: true, period: 5 },
    ]);
    await node.untilPublished("state", 3, 20_000);
    assert.deepEqual(await send(node, "period", sign(node, "period", now + 2, { argument: "soon" })), [
      { command: "period", ok: false, error: "must be a whole number of seconds from 1 to 86400" },
    ]);
    assert.deepEqual(await send(node, "reboot", sign(node, "reboot", now + 3)), [
      { ok: false, error: "unknown; known are read, period, restart" },
    ]);
  });

  it("restarts when that is signed, comes back, and does not restart again", async () => {
    const node = await begin();
    const payload = sign(node, "restart", clock(node));
    let restarts = 0;
    node.board.onReboot(() => restarts++);
    node.command("/restart", payload);
    await node.untilPublished("diag");
    node.command("/restart", payload);
    await minute(node);
    assert.equal(restarts, 1);
    assert.deepEqual(node.results().at(-1), OLD);
  });

  it("obeys nothing that is unsigned, wrong, cut, for another node or another command, and echoes none of it", async () => {
    const node = await begin();
    const now = clock(node);
    const good = sign(node, "read", now);
    const at = good.indexOf(",") + 1;
    const wrong: readonly (readonly [name: string, payload: string])[] = [
      ["read", ""],
      ["read", "FOREIGN"],
      ["period", "5"],
      ["read", sign(node, "read", now, { key: "wrong horse battery staple" })],
      ["read", sign(node, "read", now, { base: "ristretto/FOREIGN" })],
      ["restart", good],
      ["read", good + "FOREIGN"],
      ["read", good.slice(0, -1)],
      ["read", good.slice(0, -2)],
      ["read", String(now + 1) + good.slice(13)],
      ["read", good.slice(0, 13) + " " + good.slice(14)],
      ["read", good.slice(0, at) + (good[at] === "A" ? "B" : "A") + good.slice(at + 1)],
      ["read", good.toLowerCase()],
      ["read", sign(node, "read", now, { argument: "x".repeat(200) })],
      ["read\nFOREIGN", good],
      ["FOREIGN".repeat(10), sign(node, "FOREIGN".repeat(10), now)],
      ["", sign(node, "", now).slice(1)],
      ["read", "\0".repeat(65)],
      ["read", "\xff".repeat(200)],
    ];
    const states = node.states().length;
    for (const [name, payload] of wrong) {
      assert.deepEqual(await send(node, name, payload), [UNSIGNED], JSON.stringify([name, payload]));
      await minute(node);
    }
    assert.equal(node.states().length, states);
    assert.doesNotMatch(JSON.stringify([node.payloads("cmd/result"), node.board.console]), /FOREIGN|horse/);
    // None of them has moved the counter.
    assert.deepEqual(await send(node, "read", good), [read]);
  });

  it("obeys nothing a second time, nor what is older, in this start and after a power cut", async () => {
    const node = await begin();
    const now = clock(node);
    const payload = sign(node, "read", now);
    assert.deepEqual(await send(node, "read", payload), [read]);
    for (const counter of [now, now - 1, now - 1000]) {
      assert.deepEqual(await send(node, "read", sign(node, "read", counter)), [OLD]);
      await minute(node);
    }
    node.board.powerOff();
    node.board.powerOn();
    await node.untilPublished("diag");
    assert.deepEqual(await send(node, "read", payload), [OLD]);
    assert.deepEqual(await send(node, "read", sign(node, "read", now + 1)), [read]);
  });

  it("obeys a command or has not counted it when power is cut while it counts", async () => {
    for (const nth of [0, 1, 2]) {
      const node = await begin();
      const payload = sign(node, "read", clock(node));
      let operations = 0;
      node.board.onFlash = (before, after) => (operations++ === nth ? before || after : undefined);
      node.command("/read", payload);
      await node.world.runFor(1000);
      assert.equal(node.board.powered, false);
      assert.deepEqual(node.results(), []);
      node.board.onFlash = undefined;
      node.board.powerOn();
      await node.untilPublished("diag");
      assert.deepEqual(await send(node, "read", payload), [read]);
      assert.deepEqual(await send(node, "read", payload), [OLD]);
    }
  });

  it("reports one refusal a minute, on its console and at the broker", async () => {
    const node = await begin();
    const reports = (): number =>
      node.board.console.filter((line) => line.startsWith("command refused: ")).length;
    for (let nth = 0; nth < 100; nth++) node.command("/read", `nonsense ${nth}`);
    await node.world.runFor(5000);
    assert.equal(reports(), 1);
    assert.equal(node.results().length, 1);
    await minute(node);
    for (let nth = 0; nth < 100; nth++) node.command("/read", `nonsense ${nth}`);
    await node.world.runFor(5000);
    assert.equal(reports(), 2);
    assert.equal(node.results().length, 2);
    assert.equal(node.server.connections.length, 1);
  });

  it("passes over what the broker had retained", async () => {
    const node = await begin();
    node.command("/read", sign(node, "read", clock(node)), { retain: true });
    await node.world.runFor(2000);
    assert.deepEqual(node.results(), []);
  });

  it("takes any later counter while it does not know the time", async () => {
    const node = await begin({ utc: false });
    assert.deepEqual(await send(node, "read", sign(node, "read", 1e12)), [read]);
    assert.deepEqual(await send(node, "read", sign(node, "read", 4e12)), [read]);
    assert.deepEqual(await send(node, "read", sign(node, "read", 3e12)), [OLD]);
  });

  it("takes none that is more than an hour off its clock, and goes on with those that are not", async () => {
    const node = await begin({ config: NTP });
    const now = clock(node);
    const hour = 3600_000;
    for (const off of [hour + 60_000, -hour - 60_000, 1e12]) {
      assert.deepEqual(await send(node, "read", sign(node, "read", now + off)), [
        refused("its counter is more than an hour off the clock of this node"),
      ]);
      await minute(node);
    }
    assert.deepEqual(await send(node, "read", sign(node, "read", now - hour + 300_000)), [read]);
    assert.deepEqual(await send(node, "read", sign(node, "read", now + hour - 60_000)), [read]);
  });

  it("obeys nobody where Storage has no room to count, and says so", async () => {
    const node = await begin();
    node.board.evaluate('var s = require("Storage"); s.write("rest", "x", 0, s.getFree() - 1000 - 32)');
    const error = refused("Storage has no room for the counter; upload the node again");
    assert.deepEqual(await send(node, "read", sign(node, "read", clock(node))), [error]);
  });

  it("obeys nobody where Espruino was built without hash functions, says so at its start, and measures on", async () => {
    const node = await begin({ env: { MODULES: "net,Wifi,Storage,TelnetServer,ESP8266" } });
    const lacks = "Espruino on this board has no SHA-1 or SHA-256";
    assert.ok(node.board.console.includes(`key: ${lacks}; no command is obeyed`));
    assert.equal(node.states().length, 1);
    assert.deepEqual(await send(node, "read", sign(node, "read", clock(node))), [refused(lacks)]);
    await minute(node);
    assert.deepEqual(await send(node, "read", ""), [refused(lacks)]);
    assert.equal(node.states().length, 1);
  });

  it("takes back the button in Home Assistant that would not be obeyed", async () => {
    for (const key of [KEY, undefined]) {
      const node = start({ config: { period: 3600, discovery: true, key } });
      const topic = `homeassistant/button/${node.base.replace("/", "_")}/restart/config`;
      const found = (): IPublishPacket | undefined =>
        node.messages().find((packet) => packet.topic === topic);
      await node.world.runUntil(() => found() !== undefined, 60_000);
      assert.equal(found()!.retain, true);
      assert.equal(found()!.payload.length === 0, key !== undefined);
    }
  });

  it("keeps its key out of all that it says", async () => {
    const node = await begin();
    await send(node, "read", sign(node, "read", clock(node)));
    await send(node, "read", "nonsense");
    const all = JSON.stringify([node.messages().map(({ topic, payload }) => [topic, payload.toString()])]);
    assert.doesNotMatch(all + node.board.console.join("\n"), /horse/);
  });
});

onBothBoards("a node without a key", (start) => {
  it("obeys anybody, and takes a signed command for one with that argument", async () => {
    const node = start({ config: { period: 3600 } });
    await node.untilPublished("diag");
    node.command("/read");
    node.command("/period", "1764597638123,AAAA,5");
    await node.untilPublished("cmd/result", 1);
    await node.world.runFor(1000);
    assert.deepEqual(
      node.results().map((result) => (result as { ok: boolean }).ok),
      [true, false],
    );
    assert.deepEqual([...node.board.storage.keys()].sort(), [".bootcde", "config.json", "starts"]);
  });
});
