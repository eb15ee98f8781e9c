/** What a node saves that wakes, publishes and sleeps again: on a link with delay, in virtual time. */
import assert from "node:assert/strict";
import { createWorld } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { createServer } from "../support/server.ts";

/** Milliseconds one way. */
const DELAY = 150;

/** Milliseconds from TCP's standing to the acknowledgement of a QoS 1 message that waited. */
async function awake(parts: string): Promise<number> {
  const world = createWorld({ seed: 1 });
  world.network.latency = DELAY;
  const server = createServer(world);
  const program = `
    var m = require("ristretto-full"), c = m.createClient({
      link: m.createTcpLink(), host: "broker", port: 1883, clientId: "sleeper",
      onAcknowledge: function () { print("> done"); } }, [${parts}]);
    m.publish(c, "t", "reading", m.QOS_1);
    require("Wifi").connect("home", { password: "secret" }, function () { m.connect(c); });`;
  const board = world.board({
    board: "ESP32",
    storage: { "ristretto-full": bundle("ristretto-full.min.js"), ".bootcde": program },
  });
  let isDone = false;
  board.onConsole((line) => (isDone ||= line === "> done"));
  board.powerOn();
  await world.runUntil(() => server.connections.length > 0, 60_000);
  const began = world.clock.now();
  await world.runUntil(() => isDone, 60_000);
  const ended = world.clock.now();
  server.close();
  return ended - began;
}

describe("a message right behind CONNECT", () => {
  it("is acknowledged one round trip after TCP stands, instead of two", async () => {
    const [usual, early] = [await awake(""), await awake("m.earlyPublish")];
    // The server has the connection one way before the board, and times are those of an idle loop.
    const trips = (milliseconds: number): number => Math.round((milliseconds / (2 * DELAY)) * 2) / 2;
    assert.equal(trips(usual) - trips(early), 1, `${usual} ms and ${early} ms`);
    assert.ok(early < 2 * (2 * DELAY), `${early} ms`);
    console.log(
      `      awake ${Math.round(early)} ms instead of ${Math.round(usual)} ms with ${2 * DELAY} ms there and back`,
    );
  });
});
