import assert from "node:assert/strict";
import type { BoardKind } from "../../sim/world.ts";
import { KINDS, closeWorlds, makeWorld, serve } from "./support.ts";

const PROGRAM = `
var wifi = require("Wifi");
function go() {
  var s;
  try { s = require("net").connect({ host: "broker", port: 1883 }, function () { print("up " + getTime()); }); }
  catch (e) { print(String(e)); return setTimeout(go, 1000 * Math.random()); }
  s.on("data", function (d) { print(getTime() + " " + d.length); if (Math.random() < 0.3) s.end(); else s.write(d); });
  s.on("close", function () { print("down " + getTime()); setTimeout(go, 1000 * Math.random()); });
  s.write("hello");
}
wifi.on("connected", go);
wifi.connect("home", { password: "secret" }, function () {});`;

/** Everything that a board and its server said while the network failed at random. */
async function transcript(kind: BoardKind, seed: number): Promise<string[]> {
  const world = makeWorld({ seed });
  const server = serve(world, (peer) => {
    const { onData } = peer;
    peer.onData = (bytes) => {
      onData(bytes);
      peer.write("x".repeat(Math.floor(world.random() * 900)));
    };
  });
  const board = world.board({ board: kind, storage: { ".bootcde": PROGRAM } });
  const lines: string[] = [];
  board.onConsole((line) => lines.push(`${world.clock.now()} ${line}`));
  board.powerOn();
  for (let minute = 0; minute < 10; minute++) {
    await world.runFor(60000 * world.random());
    if (world.random() < 0.5) world.network.cut();
    if (world.random() < 0.2) board.powerOff();
    board.powerOn();
  }
  return [...lines, ...server.seen];
}

describe("sim: determinism", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    it(`repeats itself to the microsecond with the same seed, and not with another (${kind})`, async () => {
      const first = await transcript(kind, 5);
      assert.ok(first.length > 100);
      assert.deepEqual(await transcript(kind, 5), first);
      assert.notDeepEqual(await transcript(kind, 6), first);
    });
  }

  it("runs a thousand reconnects without waiting", async () => {
    const world = makeWorld();
    serve(world, (peer) => (peer.onData = () => peer.end()));
    const board = world.board({ board: "ESP8266", storage: { ".bootcde": PROGRAM } });
    board.powerOn();
    await world.runUntil(() => board.console.filter((line) => line.startsWith("down")).length >= 1000, 1e9);
    assert.deepEqual(board.uncaught, []);
    assert.ok(world.network.connections.length <= 1);
  });

  it("objects to a program in which time stands still", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP8266" });
    board.powerOn();
    const spin = () => void world.clock.setTimeout(spin, 0);
    spin();
    await assert.rejects(world.runFor(1000), /Virtual time stands still at 0 ms/);
  });
});
