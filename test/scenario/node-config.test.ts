import assert from "node:assert/strict";
import { broker, MISTAKES, NO_JSON, STOPPED, wifi } from "../support/mistakes.ts";
import { onBothBoards } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

/** The console after the line that names version and board. */
async function complaints(node: NodeBench): Promise<string[]> {
  await node.world.runFor(120_000);
  assert.match(node.board.console[0]!, /^ristretto \d+\.\d+\.\d+ on ESP(32|8266)\w*, id 30aea4000001$/);
  return node.board.console.slice(1);
}

/** Nothing of the board was changed, and whoever connects to it can correct the file. */
function assertReachable(node: NodeBench): void {
  assert.equal(node.board.telnet, "on");
  assert.equal(node.board.watchdog, undefined);
  assert.equal(node.board.powered, true);
  assert.equal(node.board.evaluate("1 + 1"), 2);
  assert.equal(node.board.evaluate('require("Wifi").getIP().ip'), "0.0.0.0");
  assert.equal(node.server.connections.length, 0);
}

const SECRETS = ["secret-wifi", "tiny-pw", "1234567890", "hunter2hunter2"];

onBothBoards("a configuration that cannot work", (start, kind) => {
  for (const [what, config, lines] of MISTAKES) {
    it(`${what}: named by path and reason, and the board stays reachable`, async () => {
      const node = start({ config: JSON.stringify(config) });
      assert.deepEqual(await complaints(node), [...lines.map((line) => "config.json: " + line), STOPPED]);
      assertReachable(node);
      for (const secret of SECRETS) assert.equal(node.board.console.join("\n").includes(secret), false);
    });
  }

  it("a missing file: what is needed at least", async () => {
    const node = start({ on: false });
    node.board.storage.delete("config.json");
    node.board.powerOn();
    assert.deepEqual(await complaints(node), [
      "config.json: wifi.ssid: must be a string of 1 to 32 bytes",
      "config.json: broker.host: must be a string of 1 to 255 bytes",
      STOPPED,
    ]);
    assertReachable(node);
  });

  for (const [what, text] of NO_JSON) {
    it(`${what}: said to be no JSON, without showing it`, async () => {
      const node = start({ config: text });
      assert.deepEqual(await complaints(node), ["config.json: not JSON; write the whole file again"]);
      assertReachable(node);
      assert.equal(node.board.console.join("\n").includes("secret"), false);
    });
  }

  for (const text of ["null", "[]", '"text"', "7", "true"]) {
    it(`${text} as the whole file: not started, not thrown`, async () => {
      const node = start({ config: text });
      assert.ok((await complaints(node)).length > 0);
      assertReachable(node);
    });
  }

  it("corrected in Storage: the node starts with the next power-on", async () => {
    const node = start({ config: "{}" });
    await complaints(node);
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
  it("of two lines is enough: a reading a minute from a BME280", async () => {
    const node = start({ config: JSON.stringify({ wifi, broker }) });
    await node.untilPublished("state", 3, 180_000);
    const times = node.states().map(({ ts }) => ts!);
    assert.deepEqual([times[1]! - times[0]!, times[2]! - times[1]!], [60, 60]);
    const [connect] = node.server.packets;
    assert.ok(connect?.cmd === "connect");
    assert.equal(connect.keepalive, 60);
  });

  it("for an open network has no password", async () => {
    const node = start({ config: JSON.stringify({ wifi: { ssid: "home" }, broker }), on: false });
    node.world.accessPoint.password = "";
    node.board.powerOn();
    await node.untilOnline();
  });

  it("with every member at its limit is taken", async () => {
    const node = start({
      config: JSON.stringify({
        wifi: { ssid: "h".repeat(32), password: "p".repeat(63) },
        broker: {
          host: "broker",
          port: 1883,
          clientId: "c",
          username: "",
          password: "",
          keepalive: 65535,
          clean: false,
        },
        base: "b",
        period: 86400,
        values: true,
        ntp: "",
        queue: { limit: 1000, bytes: 65535, policy: "drop-newest" },
        sensors: [{ type: "bme280", name: "A-z_9", data: "D4", clock: "D5", hz: 400000, address: 119 }],
      }),
      on: false,
    });
    Object.assign(node.world.accessPoint, { ssid: "h".repeat(32), password: "p".repeat(63) });
    node.board.i2c.attach(119, node.sensor);
    node.board.powerOn();
    await node.world.runUntil(() => node.server.published().includes("b/A-z_9/temperature 20"));
    assert.equal(node.server.published()[0], "b/status online");
  });
});
