import assert from "node:assert/strict";
import { KINDS, closeWorlds, joined, makeWorld, serve } from "./support.ts";

describe("sim: sockets of both boards", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    const start = async (accept?: Parameters<typeof serve>[1]) => {
      const world = makeWorld();
      const server = serve(world, accept);
      const board = await joined(world, kind);
      return { world, server, board, seen: board.console };
    };

    it(`connects, and drains once when there is nothing to send (${kind})`, async () => {
      const { world, board, seen } = await start();
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      assert.deepEqual(seen, ["connect true", "drain"]);
      assert.equal(world.network.connections.length, 1);
    });

    it(`drains before connect, and again after, when something was written early (${kind})`, async () => {
      const { world, server, board, seen } = await start();
      board.evaluate("var s = open('broker', 1883, 'early')");
      await world.runFor(100);
      assert.deepEqual(seen, ["drain", "connect true", "drain"]);
      assert.deepEqual(server.seen, ["1 early"]);
    });

    it(`joins what is written before it goes out, and always returns false (${kind})`, async () => {
      const { world, server, board, seen } = await start();
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      seen.length = 0;
      assert.equal(board.evaluate("s.write('head') || s.write('payload')"), false);
      assert.equal(board.evaluate("s.dSnd"), "headpayload");
      await world.runFor(100);
      assert.equal(board.evaluate("s.dSnd"), "");
      assert.deepEqual(server.seen, ["1 headpayload"]);
      assert.deepEqual(seen, ["drain"]);
    });

    it(`sends what is no string as its text, and bytes without their upper half (${kind})`, async () => {
      const { world, server, board } = await start();
      board.evaluate("var s = open('broker', 1883)");
      board.evaluate("s.write(new Uint8Array([65, 66])); s.write(7); s.write('\\u20ac\\xff')");
      await world.runFor(100);
      assert.deepEqual(server.seen, ["1 65,667\xac\xff"]);
    });

    it(`delivers data in chunks of the board's size (${kind})`, async () => {
      const { world, server, board, seen } = await start();
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      server.peers[0]!.write("x".repeat(1300));
      await world.runFor(100);
      const sizes = seen.filter((line) => line.startsWith("data")).map((line) => line.length - 5);
      assert.deepEqual(sizes, kind === "ESP32" ? [536, 536, 228] : [268, 268, 268, 268, 228]);
    });

    it(`ends at once when the server closes: end, then close(false) (${kind})`, async () => {
      const { world, server, board, seen } = await start();
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      server.peers[0]!.write("last words");
      server.peers[0]!.end();
      server.peers[0]!.write("never");
      await world.runFor(100);
      assert.deepEqual(seen.slice(2), ["data last words", "end", "close false"]);
      assert.deepEqual(server.seen, ["1 closed"]);
      assert.deepEqual(world.network.connections, []);
    });

    it(`sends what was written, then ends, when the program closes (${kind})`, async () => {
      const { world, server, board, seen } = await start();
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      seen.length = 0;
      board.evaluate("s.write('bye'); s.end(); s.end()");
      await world.runFor(100);
      assert.deepEqual(seen, ["end", "close false"]);
      assert.deepEqual(server.seen, ["1 bye", "1 closed"]);
    });

    it(`throws on writing after end and after close (${kind})`, async () => {
      const { world, board } = await start();
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      board.evaluate("s.end(); s.write('x')");
      await world.runFor(100);
      board.evaluate("s.write('x')");
      assert.deepEqual(
        board.uncaught.map((text) => text.split("\n")[0]),
        Array(2).fill("Error: This socket is closed"),
      );
    });

    it(`goes on with the other listeners when one throws (${kind})`, async () => {
      const { world, server, board, seen } = await start();
      board.evaluate(`var s = require("net").connect({ host: "broker", port: 1883 }, function () {});
        s.on("data", function () { throw new Error("first"); });
        s.on("data", function (d) { print("second " + d); });
        s.on("close", function () { throw new Error("third"); });
        s.on("close", function () { print("fourth"); });`);
      await world.runFor(100);
      server.peers[0]!.write("x");
      await world.runFor(100);
      board.evaluate("s.end()");
      await world.runFor(100);
      assert.equal(board.uncaught.length, 2);
      assert.ok(seen.includes("second x") && seen.includes("fourth"));
    });

    it(`hands a listener that comes late what waited, up to 512 bytes (${kind})`, async () => {
      const { world, server, board, seen } = await start();
      board.evaluate("var s = require('net').connect({ host: 'broker', port: 1883 }, function () {})");
      await world.runFor(100);
      server.peers[0]!.write("waiting");
      await world.runFor(100);
      board.evaluate("s.on('data', function (d) { print(d); })");
      await world.runFor(100);
      assert.deepEqual(seen, ["waiting"]);
      assert.deepEqual(board.uncaught, []);
    });

    it(`objects when more than that waited, which a board delivers for ever (${kind})`, async () => {
      const { world, server, board } = await start();
      board.evaluate("var s = require('net').connect({ host: 'broker', port: 1883 }, function () {})");
      await world.runFor(100);
      server.peers[0]!.write("x".repeat(2000));
      await world.runFor(100);
      board.evaluate("var n = 0; s.on('data', function (d) { n += d.length; })");
      await world.runFor(100);
      assert.match(board.uncaught.join(), /Simulator: \d+ bytes came before there was a 'data' listener/);
    });

    it(`never closes with unsendable data until dSnd is emptied (${kind})`, async () => {
      const { world, board, seen } = await start();
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      seen.length = 0;
      world.network.silence(true);
      board.evaluate("s.write(Array(6001).join('x')); s.end()");
      await world.runFor(3600000);
      assert.deepEqual(seen, []);
      assert.equal((board.evaluate("s.dSnd") as string).length, kind === "ESP32" ? 6000 - 5744 : 6000 - 268);
      board.evaluate("s.dSnd = ''");
      await world.runFor(1);
      assert.deepEqual(seen, ["end", "close false"]);
    });

    it(`reports unsent data as an error when the server closes (${kind})`, async () => {
      const { world, server, board, seen } = await start();
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      seen.length = 0;
      server.peers[0]!.end();
      // More than a board sends before the end of the stream reaches it.
      board.evaluate("s.write(Array(20001).join('x'))");
      await world.runFor(100);
      assert.deepEqual(seen, ["error -8 unsent data", "end", "close true"]);
    });

    it(`objects to what listens to something that is no event or is no listener (${kind})`, async () => {
      const { board } = await start();
      board.evaluate("wifi.on(5, function () {})");
      board.evaluate("wifi.on('connected', 5)");
      assert.equal(board.uncaught.length, 2);
    });
  }
});
