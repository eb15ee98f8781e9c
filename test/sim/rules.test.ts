import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import type { RuledPacket, Verdict } from "../../sim/world.ts";
import { closeWorlds, joined, makeWorld, serve } from "./support.ts";

const latin1 = (packet: Packet): string => generate(packet).toString("latin1");
const CONNECT = latin1({
  cmd: "connect",
  clientId: "a",
  keepalive: 60,
  clean: true,
  protocolId: "MQTT",
  protocolVersion: 4,
});
const PING = latin1({ cmd: "pingreq" });
const publish = (payload: string): string =>
  latin1({ cmd: "publish", topic: "t", payload, qos: 0, dup: false, retain: false });
const literal = (text: string): string => JSON.stringify(text);

async function start() {
  const world = makeWorld();
  const server = serve(world);
  const board = await joined(world, "ESP32");
  board.evaluate("var s = open('broker', 1883)");
  await world.runFor(100);
  board.console.length = 0;
  return { world, server, board, seen: board.console };
}

describe("sim: rules for MQTT packets", () => {
  afterEach(closeWorlds);

  it("sees every packet of both ways whole, however it was cut up", async () => {
    const { world, server, board } = await start();
    const ruled: string[] = [];
    world.network.rule(({ direction, packet, bytes, connection }: RuledPacket): Verdict => {
      ruled.push(`${direction} ${packet.cmd} ${bytes.length} ${connection.id}`);
      return "pass";
    });
    const large = publish("x".repeat(700));
    board.evaluate(`s.write(${literal(CONNECT + PING + large)})`);
    const connack = generate({ cmd: "connack", returnCode: 0, sessionPresent: false });
    server.peers[0]!.write(connack.subarray(0, 1));
    await world.runFor(5);
    server.peers[0]!.write(connack.subarray(1));
    await world.runFor(100);
    assert.deepEqual(ruled.sort(), [
      "down connack 4 1",
      `up connect ${CONNECT.length} 1`,
      "up pingreq 2 1",
      `up publish ${large.length} 1`,
    ]);
    assert.equal(server.seen.map((line) => line.slice(2)).join(""), CONNECT + PING + large);
  });

  it("drops one packet and passes those around it", async () => {
    const { world, server, board } = await start();
    world.network.rule(({ packet }) => (packet.cmd === "publish" ? "drop" : "pass"));
    board.evaluate(`s.write(${literal(CONNECT + publish("gone") + PING)})`);
    await world.runFor(100);
    assert.equal(server.seen.map((line) => line.slice(2)).join(""), CONNECT + PING);
  });

  it("delays a packet and what comes after it", async () => {
    const { world, server, board } = await start();
    world.network.rule(({ packet }) => (packet.cmd === "pingreq" ? { delay: 500 } : "pass"));
    board.evaluate(`s.write(${literal(CONNECT + PING + publish("later"))})`);
    await world.runFor(400);
    assert.equal(server.seen.map((line) => line.slice(2)).join(""), CONNECT);
    await world.runFor(200);
    assert.equal(server.seen.map((line) => line.slice(2)).join(""), CONNECT + PING + publish("later"));
  });

  it("can be removed, and installed in the middle of a packet", async () => {
    const { world, server, board } = await start();
    const message = publish("in two pieces");
    board.evaluate(`s.write(${literal(CONNECT + message.slice(0, 6))})`);
    await world.runFor(100);
    const remove = world.network.rule(() => "drop");
    board.evaluate(`s.write(${literal(message.slice(6) + PING)})`);
    await world.runFor(100);
    remove();
    board.evaluate(`s.write(${literal(publish("after"))})`);
    await world.runFor(100);
    assert.equal(server.seen.map((line) => line.slice(2)).join(""), CONNECT + message + publish("after"));
  });

  it("asks rules in the order of their making until one does not pass", async () => {
    const { world, board } = await start();
    const asked: number[] = [];
    world.network.rule(() => (asked.push(1), "pass"));
    world.network.rule(() => (asked.push(2), "drop"));
    world.network.rule(() => (asked.push(3), "pass"));
    board.evaluate(`s.write(${literal(PING)})`);
    await world.runFor(100);
    assert.deepEqual(asked, [1, 2]);
  });

  it("reads the packets of MQTT 5 after a CONNECT that said so", async () => {
    const { world, server, board } = await start();
    const connect = latin1({
      cmd: "connect",
      clientId: "a",
      keepalive: 0,
      clean: true,
      protocolId: "MQTT",
      protocolVersion: 5,
    });
    const reasons: unknown[] = [];
    board.evaluate(`s.write(${literal(connect)})`);
    await world.runFor(100);
    world.network.rule(({ packet }) => {
      reasons.push((packet as { reasonCode?: number }).reasonCode);
      return "pass";
    });
    server.peers[0]!.write(generate({ cmd: "disconnect", reasonCode: 0x8b }, { protocolVersion: 5 }));
    await world.runFor(100);
    assert.deepEqual(reasons, [0x8b]);
  });

  it("leaves alone what is not MQTT", async () => {
    const { world, server, board, seen } = await start();
    world.network.rule(() => "drop");
    const noise = "\xff\xff\xff\xff\xff\xff hello";
    board.evaluate(`s.write(${literal(noise)})`);
    await world.runFor(100);
    server.peers[0]!.write(noise);
    await world.runFor(100);
    assert.equal(server.seen[0], "1 " + noise);
    assert.equal(seen.filter((line) => line.startsWith("data")).join(), "data " + noise);
  });

  it("passes the half of a packet with which a stream ends", async () => {
    const { world, server, board } = await start();
    world.network.rule(() => "pass");
    board.evaluate(`s.write(${literal(publish("cut off").slice(0, 5))}); s.end()`);
    await world.runFor(100);
    assert.deepEqual(server.seen, ["1 " + publish("cut off").slice(0, 5), "1 closed"]);
  });
});
