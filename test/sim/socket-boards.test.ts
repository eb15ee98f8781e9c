import assert from "node:assert/strict";
import { closeWorlds, joined, makeWorld, serve } from "./support.ts";

describe("sim: sockets of ESP32", () => {
  afterEach(closeWorlds);
  const start = async () => {
    const world = makeWorld();
    const server = serve(world);
    return { world, server, board: await joined(world, "ESP32") };
  };
  const attempt = (host: string, port: number) =>
    `(function () { try { open('${host}', ${port}); } catch (e) { return e + "|" + (e instanceof Error); } })()`;

  it("is connected when connect returns, and blocks for a round trip", async () => {
    const { world, board } = await start();
    world.network.latency = 150;
    const before = board.time();
    board.evaluate("var s = open('broker', 1883)");
    assert.ok(Math.abs(board.time() - before - 300) < 1e-3);
    assert.equal(world.network.connections.length, 1);
  });

  it("delivers data before connect when both wait for the idle loop", async () => {
    const world = makeWorld();
    serve(world, (peer) => peer.write("greeting"));
    const board = await joined(world, "ESP32");
    // A stuck bus keeps the interpreter busy until the greeting is there.
    board.i2c.stuck = true;
    board.evaluate("var s = open('broker', 1883); I2C1.setup({}); try { I2C1.writeTo(1, []); } catch (e) {}");
    await world.runFor(2000);
    assert.deepEqual(board.console, ["data greeting", "connect true", "drain"]);
  });

  it("throws, prints, and reports no event when the port is refused", async () => {
    const { world, board } = await start();
    assert.equal(board.evaluate(attempt("broker", 1)), "InternalError: Unable to create socket|false");
    await world.runFor(1000);
    assert.deepEqual(board.console, ["ERROR: Connect failed (err 111)"]);
  });

  it("throws when the name is not known", async () => {
    const { world, board } = await start();
    assert.equal(board.evaluate(attempt("nowhere.example", 1)), "InternalError: Unable to locate host|false");
    await world.runFor(1000);
    assert.deepEqual(board.console, []);
  });

  it("blocks for 18 s when nobody answers", async () => {
    const { board } = await start();
    const before = board.evaluate("getTime()") as number;
    assert.match(board.evaluate(attempt("192.0.2.1", 1)) as string, /Unable to create socket/);
    assert.ok((board.evaluate("getTime()") as number) - before >= 18);
    assert.deepEqual(board.console, ["ERROR: Connect failed (err 113)"]);
  });

  it("throws at once without Wi-Fi", () => {
    const board = makeWorld().board({ board: "ESP32" });
    board.powerOn();
    const attemptBare = (host: string) =>
      `try { require('net').connect({ host: '${host}', port: 1 }, function () {}); } catch (e) { print(String(e)); }`;
    board.evaluate(attemptBare("10.0.0.1") + attemptBare("broker"));
    assert.deepEqual(board.console, [
      "ERROR: Connect failed (err 118)",
      "InternalError: Unable to create socket",
      "InternalError: Unable to locate host",
    ]);
  });

  it("takes a reset for a clean close", async () => {
    const { world, server, board } = await start();
    board.evaluate("var s = open('broker', 1883)");
    await world.runFor(100);
    server.peers[0]!.reset();
    await world.runFor(100);
    assert.deepEqual(board.console.slice(2), ["end", "close false"]);
  });
});

describe("sim: sockets of ESP8266", () => {
  afterEach(closeWorlds);
  const start = async () => {
    const world = makeWorld();
    const server = serve(world);
    return { world, server, board: await joined(world, "ESP8266") };
  };

  it("returns from connect before it is connected", async () => {
    const { world, board } = await start();
    board.evaluate("var s = open('broker', 1883)");
    assert.equal(world.network.connections.length, 0);
    await world.runFor(100);
    assert.equal(world.network.connections.length, 1);
  });

  it("reports a refused port by events", async () => {
    const { world, board } = await start();
    board.evaluate("var s = open('broker', 1)");
    await world.runFor(1000);
    assert.deepEqual(board.console, ["error -9 connection reset", "end", "close true"]);
  });

  it("reports an unknown name by events", async () => {
    const { world, board } = await start();
    board.evaluate("var s = open('nowhere.example', 1883)");
    await world.runFor(1000);
    assert.deepEqual(board.console, ["error -6 not found", "end", "close true"]);
  });

  it("reports a host that does not answer after 18 s", async () => {
    const { world, board } = await start();
    board.evaluate("var s = open('192.0.2.1', 1883)");
    await world.runFor(17000);
    assert.deepEqual(board.console, []);
    await world.runFor(2000);
    assert.deepEqual(board.console, ["error -9 connection reset", "end", "close true"]);
  });

  it("cancels on end before it is connected", async () => {
    const { world, server, board } = await start();
    board.evaluate("var s = open('broker', 1883); s.end()");
    await world.runFor(1000);
    assert.deepEqual(board.console, ["end", "close false"]);
    assert.deepEqual(world.network.connections, []);
    assert.equal(server.seen.filter((line) => line.includes("closed")).length, server.peers.length);
  });

  it("hands out 268 bytes at a time and waits for each to be acknowledged", async () => {
    const { world, server, board } = await start();
    world.network.latency = 10;
    board.evaluate("var s = open('broker', 1883)");
    await world.runFor(100);
    board.console.length = 0;
    board.evaluate("s.write(Array(601).join('x'))");
    await world.runFor(15);
    assert.deepEqual(
      server.seen.map((line) => line.length - 2),
      [268],
    );
    await world.runFor(100);
    assert.deepEqual(
      server.seen.map((line) => line.length - 2),
      [268, 268, 64],
    );
    assert.deepEqual(board.console, ["drain"]);
  });

  it("reports a reset as an error", async () => {
    const { world, server, board } = await start();
    board.evaluate("var s = open('broker', 1883)");
    await world.runFor(100);
    server.peers[0]!.reset();
    await world.runFor(100);
    assert.deepEqual(board.console.slice(2), ["error -9 connection reset", "end", "close true"]);
  });

  it("throws for an eleventh socket, and has room again when one closed", async () => {
    const { world, board } = await start();
    board.evaluate("var all = []; for (var i = 0; i < 10; i++) all.push(open('broker', 1883))");
    await world.runFor(100);
    board.evaluate("open('broker', 1883)");
    assert.match(board.uncaught[0]!, /^InternalError: Unable to create socket/);
    board.evaluate("all[0].end()");
    await world.runFor(100);
    board.evaluate("open('broker', 1883)");
    assert.equal(board.uncaught.length, 1);
  });

  it("without Wi-Fi throws for an address and reports a name as not found", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP8266" });
    board.powerOn();
    board.evaluate("require('net').connect({ host: '10.0.0.1', port: 1883 }, function () {})");
    assert.match(board.uncaught[0]!, /^InternalError: Unable to create socket/);
    board.evaluate("var s = require('net').connect({ host: 'broker', port: 1883 }, function () {})");
    board.evaluate("s.on('error', function (e) { print(e.code); })");
    board.console.length = 0;
    await world.runFor(10000);
    assert.deepEqual(board.console, ["-6"]);
  });
});
