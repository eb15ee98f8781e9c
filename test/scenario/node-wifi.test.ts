import assert from "node:assert/strict";
import { assertUnbroken, blockedSeconds, onBothBoards, withoutRepeats } from "../support/node-world.ts";
import { connects } from "../support/server.ts";

const joins = (console: readonly string[]): number =>
  console.filter((line) => line.startsWith("Wi-Fi: joined home, address ")).length;

onBothBoards("Wi-Fi", (start, kind) => {
  for (const [what, seconds] of [
    ["ten seconds", 10],
    ["two minutes", 120],
    ["seven minutes", 420],
  ] as const) {
    it(`lost for ${what} is joined again, and every reading of the meantime arrives in order`, async () => {
      const node = start({ config: { queue: { bytes: 8192 } } });
      await node.untilPublished("state", 2);
      node.world.accessPoint.up = false;
      await node.untilPrinted("Wi-Fi: home is not there");
      await node.untilPrinted("MQTT: no Wi-Fi", 5_000);
      await node.world.runFor(seconds * 1000 - 8_000);
      node.world.accessPoint.up = true;
      await node.untilPrinted("Wi-Fi: joined home", 60_000);
      await node.untilOnline(10_000);
      await node.untilPublished("state");
      assertUnbroken(node.states(), 10);
      assert.ok(node.states().length > seconds / 10);
      assert.equal(joins(node.board.console), 2);
      assert.equal(connects(node.server).length, 2);
    });
  }

  it("that nobody can find is tried for ever, also by ESP32, which gives up after three attempts", async () => {
    const node = start({ on: false });
    node.world.accessPoint.up = false;
    node.board.powerOn();
    await node.world.runFor(180_000);
    const tries = node.board.console.filter((line) => line.startsWith("Wi-Fi: home is not there"));
    assert.ok(tries.length >= 10, `${tries.length} tries`);
    if (kind === "ESP32") assert.match(tries[0]!, /NO_AP_FOUND/);
    node.world.accessPoint.up = true;
    await node.untilOnline(40_000);
    assertUnbroken(node.states(), 10);
  });

  it("that comes up after the board, as after a power cut, is joined within half a minute", async () => {
    const node = start({ on: false });
    node.world.accessPoint.up = false;
    node.board.powerOn();
    await node.world.runFor(77_000);
    assert.equal(joins(node.board.console), 0);
    node.world.accessPoint.up = true;
    await node.untilPrinted("Wi-Fi: joined home", 30_000);
    await node.untilOnline(5_000);
    await node.untilPublished("state");
    assertUnbroken(node.states(), 10);
  });

  it("with another password is reported and tried until the password is right", async () => {
    const node = start({ on: false });
    node.world.accessPoint.password = "another-secret";
    node.board.powerOn();
    const line = await node.untilPrinted("Wi-Fi: ");
    assert.match(line, kind === "ESP32" ? /4WAY_HANDSHAKE_TIMEOUT/ : /bad_password/);
    await node.untilPrinted("Wi-Fi: home is not there");
    assert.equal(node.server.connections.length, 0);
    node.world.accessPoint.password = "secret-wifi";
    await node.untilOnline(40_000);
    assert.equal(node.board.console.join("\n").includes("secret"), false);
  });

  it("that flickers is left and joined as often as it takes", async () => {
    const node = start({ config: { broker: { keepalive: 10 } } });
    await node.untilPublished("state");
    for (const seconds of [1, 7, 3, 12, 20, 2, 9]) {
      node.world.accessPoint.up = false;
      await node.world.runFor(seconds * 1000);
      node.world.accessPoint.up = true;
      await node.world.runFor(15_000);
    }
    await node.world.runFor(120_000);
    await node.untilPublished("state");
    assertUnbroken(withoutRepeats(node.states()), 10, blockedSeconds(node));
    assert.equal(node.world.network.connections.length, 1);
  });

  it("that is there while the name server is not leads to a plain line, and on", async () => {
    const node = start({ config: { broker: { host: "later" } }, server: false });
    await node.untilPrinted("MQTT: no such name; see broker.host");
    node.world.network.addName("later", "10.0.0.77");
    node.world.network.listen("10.0.0.77", 1883, (peer) => {
      peer.onData = () => peer.write("\x20\x02\0\0");
    });
    await node.untilPrinted("MQTT: connected to later", 130_000);
  });
});
