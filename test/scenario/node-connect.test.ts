/** What a connection needs time, Wi-Fi or the board itself for; the rest is in beds/start.ts. */
import assert from "node:assert/strict";
import { onBothBoards } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";
import { connects } from "../support/server.ts";

onBothBoards("the first connection", (start, kind) => {
  it("gives two boards of one configuration a client id and topics of their own", async () => {
    const node = start();
    const other = node.addBoard(kind);
    other.powerOn();
    await node.world.runUntil(() => connects(node.server).length === 2);
    assert.deepEqual(new Set(connects(node.server).map(({ clientId }) => clientId)).size, 2);
    assert.deepEqual(new Set(connects(node.server).map(({ will }) => will?.topic)).size, 2);
    assert.deepEqual(other.uncaught, []);
  });

  it("publishes retained diagnostics, soon after the connection and every five minutes", async () => {
    const node = start();
    await node.untilPublished("diag");
    await node.world.runFor(900_000);
    const diagnostics = node.messages("diag");
    assert.equal(diagnostics.length, 4);
    for (const { retain } of diagnostics) assert.equal(retain, true);
    const { version, ip, reset, rssi, uptime, free, ...counts } = JSON.parse(
      node.payloads("diag")[3]!,
    ) as Record<string, unknown>;
    assert.match(String(version), /^\d+\.\d+\.\d+/);
    assert.equal(ip, "192.168.1.100");
    assert.equal(typeof reset, "string");
    assert.equal(rssi, -60);
    assert.ok(Number(uptime) > 895 && Number(uptime) < 910);
    assert.equal(free, node.board.freeVariables);
    assert.deepEqual(counts, { wifi_count: 1, mqtt_count: 1, resent: 0, lost: 0 });
  });

  it("closes the telnet console and starts the watchdog where there is one", async () => {
    const node = start();
    await node.untilOnline();
    assert.equal(node.board.telnet, "off");
    assert.deepEqual(node.board.watchdog, kind === "ESP32" ? { timeout: 60, automatic: false } : undefined);
  });
});

function refuseLogin(node: NodeBench, returnCode: number): void {
  node.server.onPacket = (packet, connection) => {
    if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode, sessionPresent: false });
  };
}

onBothBoards("a refused connection", (start) => {
  for (const returnCode of [1, 2, 3, 4, 5]) {
    const long = returnCode !== 3;

    it(`with return code ${returnCode} is tried again after ${long ? "two minutes" : "moments"}`, async () => {
      const node = start();
      refuseLogin(node, returnCode);
      await node.untilPrinted("MQTT: ");
      const refusedAt = node.world.clock.now();
      await node.world.runUntil(() => connects(node.server).length === 2, 130_000);
      const waited = node.world.clock.now() - refusedAt;
      if (long) assert.ok(waited > 118_000, `waited ${waited} ms`);
      else assert.ok(waited < 3_000, `waited ${waited} ms`);
      assert.deepEqual(node.messages(), []);
    });
  }

  it("does not make the node leave Wi-Fi, which carried the refusal: it waits out its two minutes each time", async () => {
    const node = start({ config: { restart_after: 0 } });
    refuseLogin(node, 5);
    await node.world.runFor(1_000_000);
    assert.equal(node.board.console.filter((line) => line.startsWith("Wi-Fi: joined")).length, 1);
    assert.equal(connects(node.server).length, 9);
  });

  it("is forgotten once the broker accepts: the readings of the whole time arrive", async () => {
    const node = start();
    refuseLogin(node, 5);
    await node.untilPrinted("not authorized");
    node.server.onPacket = (packet, connection) => node.server.answer(packet, connection);
    await node.untilPublished("state", 12, 150_000);
    assert.equal(node.server.connections.length, 2);
  });
});

onBothBoards("a broker that is not one", (start) => {
  it("makes the node join Wi-Fi anew after five minutes, which may look up and carry nothing", async () => {
    const node = start({ config: { broker: { host: "brooker" } } });
    await node.world.runFor(400_000);
    assert.equal(node.board.console.filter((line) => line.startsWith("Wi-Fi: joined")).length, 2);
  });

  it("is named as a host that does not answer, and does not set off the watchdog", async () => {
    const restarts: string[] = [];
    const node = start({ config: { broker: { host: "10.99.99.99" } }, on: false });
    node.board.onReboot((why) => restarts.push(why));
    node.board.powerOn();
    for (let attempt = 0; attempt < 5; attempt++) await node.untilPrinted("nothing answers there");
    assert.deepEqual(restarts, []);
  });
});
