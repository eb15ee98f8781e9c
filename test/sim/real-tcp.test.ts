import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import type { World } from "../../sim/world.ts";
import { KINDS, closeWorlds, joined, makeWorld, serve } from "./support.ts";

const PATIENCE = 15000;
const servers: Server[] = [];
const sockets: Socket[] = [];

async function listen(accept: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    accept(socket);
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port at which nothing listens: one that was just given up. */
async function closedPort(): Promise<number> {
  const port = await listen(() => undefined);
  await new Promise((resolve) => servers.pop()!.close(resolve));
  return port;
}

const until = (world: World, predicate: () => boolean) => world.runUntil(predicate, PATIENCE);

describe("sim: real TCP", () => {
  afterEach(() => {
    closeWorlds();
    sockets.splice(0).forEach((socket) => socket.destroy());
    servers.splice(0).forEach((server) => server.close());
  });

  for (const kind of KINDS) {
    it(`talks to a server in the same process over one connection (${kind})`, async () => {
      let connections = 0;
      const port = await listen((socket) => {
        connections++;
        socket.pipe(socket);
      });
      const world = makeWorld({ clock: "real" });
      const board = await joined(world, kind);
      board.evaluate(`var s = open('127.0.0.1', ${port}, 'early')`);
      await until(world, () => board.console.includes("data early"));
      assert.deepEqual(
        board.console.filter((line) => !line.startsWith("data")),
        ["drain", "connect true", "drain"],
      );
      board.evaluate("s.write('\\x00\\xff')");
      await until(world, () => board.console.includes("data \x00\xff"));
      board.evaluate("s.end()");
      await until(world, () => board.console.includes("close false"));
      assert.equal(connections, 1);
    });

    it(`moves a large amount both ways without losing a byte (${kind})`, async () => {
      const port = await listen((socket) => socket.pipe(socket));
      const world = makeWorld({ clock: "real" });
      const board = await joined(world, kind);
      board.evaluate(`var n = 0, s = require('net').connect({ host: '127.0.0.1', port: ${port} }, function () {});
        s.on('data', function (d) { n += d.length; }); s.write(Array(20001).join('x'))`);
      await until(world, () => board.evaluate("n") === 20000);
    });

    it(`fails as the board does when the port is refused (${kind})`, async () => {
      const port = await closedPort();
      const world = makeWorld({ clock: "real" });
      const board = await joined(world, kind);
      board.evaluate(`try { open('localhost', ${port}); } catch (e) { print(String(e)); }`);
      const last = kind === "ESP32" ? "InternalError: Unable to create socket" : "close true";
      await until(world, () => board.console.includes(last));
      assert.deepEqual(
        board.console,
        kind === "ESP32"
          ? ["ERROR: Connect failed (err 111)", last]
          : ["error -9 connection reset", "end", last],
      );
    });

    it(`hears the server close and reset (${kind})`, async () => {
      const port = await listen((socket) => {
        socket.once("data", (data) =>
          String(data) === "close" ? socket.end("bye") : socket.resetAndDestroy(),
        );
      });
      const world = makeWorld({ clock: "real" });
      const board = await joined(world, kind);
      board.evaluate(`var s = open('127.0.0.1', ${port}, 'close')`);
      await until(world, () => board.console.includes("close false"));
      assert.deepEqual(board.console.slice(-3), ["data bye", "end", "close false"]);
      board.console.length = 0;
      board.evaluate(`s = open('127.0.0.1', ${port}, 'reset')`);
      await until(world, () => board.console.some((line) => line.startsWith("close")));
      assert.equal(board.console.at(-1), kind === "ESP32" ? "close false" : "close true");
    });

    it(`shows the server an orderly end (${kind})`, async () => {
      const seen: string[] = [];
      const port = await listen((socket) => {
        socket.on("data", (data) => seen.push(String(data)));
        socket.on("end", () => seen.push("end"));
      });
      const world = makeWorld({ clock: "real" });
      const board = await joined(world, kind);
      board.evaluate(`var s = open('127.0.0.1', ${port}, 'bye'); s.end()`);
      await until(world, () => seen.includes("end"));
      assert.deepEqual(seen, ["bye", "end"]);
      assert.ok(board.console.includes("close false"));
    });

    it(`keeps the server's connection open and mute when the plug is pulled, until the server closes (${kind})`, async () => {
      const seen: string[] = [];
      const port = await listen((socket) => {
        socket.on("data", (data) => seen.push(String(data)));
        socket.on("end", () => seen.push("end"));
        socket.on("close", () => seen.push("close"));
      });
      const world = makeWorld({ clock: "real" });
      const board = await joined(world, kind);
      board.evaluate(`var s = open('127.0.0.1', ${port}, 'hello')`);
      await until(world, () => seen.length > 0);
      board.powerOff();
      sockets[0]!.write("anybody there?");
      // A round trip through another connection: whatever was to come of the first has come by then.
      const witness = await joined(world, kind);
      witness.evaluate(`var s = open('127.0.0.1', ${port}, 'witness')`);
      await until(world, () => seen.includes("witness"));
      assert.deepEqual(seen, ["hello", "witness"]);
      sockets[0]!.end();
      await until(world, () => seen.includes("close"));
    });

    it(`resets the server's connection when the board goes with a reset (${kind})`, async () => {
      const seen: string[] = [];
      const port = await listen((socket) => {
        socket.on("data", (data) => seen.push(String(data)));
        socket.on("error", (error: NodeJS.ErrnoException) => seen.push(error.code!));
      });
      const world = makeWorld({ clock: "real" });
      const board = await joined(world, kind);
      board.evaluate(`var s = open('127.0.0.1', ${port}, 'hello')`);
      await until(world, () => seen.length > 0);
      board.powerOff({ link: "reset" });
      await until(world, () => seen.length > 1);
      assert.deepEqual(seen, ["hello", "ECONNRESET"]);
    });

    it(`serves in-process listeners in real time too (${kind})`, async () => {
      const world = makeWorld({ clock: "real" });
      const server = serve(world, (peer) => peer.write("welcome"));
      const board = await joined(world, kind);
      board.evaluate("var s = open('broker', 1883, 'hello')");
      await until(world, () => board.console.includes("data welcome") && server.seen.includes("1 hello"));
    });

    it(`reaches nothing but the host machine (${kind})`, async () => {
      const world = makeWorld({ clock: "real" });
      const board = await joined(world, kind);
      board.evaluate("try { open('192.0.2.1', 1883); } catch (e) { print('unreachable'); }");
      if (kind === "ESP32") assert.ok(board.console.includes("unreachable"));
      else assert.equal(world.network.connections.length, 0);
    });
  }

  it("lets a world be closed with connections open, and closes them", async () => {
    const closed: string[] = [];
    const port = await listen((socket) => {
      socket.resume();
      socket.on("close", () => closed.push("closed"));
    });
    const world = makeWorld({ clock: "real" });
    for (const kind of KINDS) {
      const board = await joined(world, kind);
      board.evaluate(`var s = open('127.0.0.1', ${port})`);
      await until(world, () => board.console.includes("connect true"));
    }
    world.close();
    while (closed.length < 2) await new Promise((resolve) => setImmediate(resolve));
  });
});
