/** What the board itself and its Wi-Fi have to do with the configuration; the rest of it is in beds/start.ts. */
import assert from "node:assert/strict";
import { broker, MISTAKES, NO_JSON, STOPPED, wifi } from "../support/mistakes.ts";
import { onBothBoards } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

/** Nothing of the board was changed, and whoever connects to it can correct the file. */
function assertReachable(node: NodeBench): void {
  assert.equal(node.board.telnet, "on");
  assert.equal(node.board.watchdog, undefined);
  assert.equal(node.board.powered, true);
  assert.equal(node.board.evaluate("1 + 1"), 2);
  assert.equal(node.board.evaluate('require("Wifi").getIP().ip'), "0.0.0.0");
  assert.equal(node.server.connections.length, 0);
}

onBothBoards("a configuration that cannot work", (start, kind) => {
  for (const [what, config] of MISTAKES) {
    it(`${what}: leaves the board reachable`, async () => {
      const node = start({ config: JSON.stringify(config) });
      await node.world.runFor(120_000);
      assert.equal(node.board.console.at(-1), STOPPED);
      assertReachable(node);
    });
  }

  for (const [what, text] of NO_JSON) {
    it(`${what}: leaves the board reachable`, async () => {
      const node = start({ config: text });
      await node.world.runFor(120_000);
      assert.match(node.board.console.at(-1)!, /not JSON/);
      assertReachable(node);
    });
  }

  it("corrected in Storage: with the next power-on the console is closed and the watchdog on", async () => {
    const node = start({ config: "{}" });
    await node.world.runFor(120_000);
    assertReachable(node);
    node.board.storage.set("config.json", JSON.stringify({ wifi, broker }));
    node.board.powerOff();
    node.board.powerOn();
    await node.untilOnline();
    assert.equal(node.board.telnet, "off");
    assert.equal(node.board.watchdog === undefined, kind === "ESP8266");
  });
});

onBothBoards("a configuration", (start) => {
  it("of two lines is enough for a reading a minute", async () => {
    const node = start({ config: JSON.stringify({ wifi, broker }) });
    await node.untilPublished("state", 3, 180_000);
    const times = node.states().map(({ ts }) => ts!);
    assert.deepEqual([times[1]! - times[0]!, times[2]! - times[1]!], [60, 60]);
  });

  it("for an open network has no password", async () => {
    const node = start({ config: JSON.stringify({ wifi: { ssid: "home" }, broker }), on: false });
    node.world.accessPoint.password = "";
    node.board.powerOn();
    await node.untilOnline();
  });

  it("with the longest names of a network, and the last address of the bus, is taken", async () => {
    const node = start({
      config: {
        wifi: { ssid: "h".repeat(32), password: "p".repeat(63) },
        sensors: [{ type: "bme280", name: "air", address: 119 }],
        values: true,
      },
      on: false,
    });
    Object.assign(node.world.accessPoint, { ssid: "h".repeat(32), password: "p".repeat(63) });
    node.board.i2c.attach(119, node.sensor);
    node.board.powerOn();
    await node.untilPublished("air/temperature");
  });
});
