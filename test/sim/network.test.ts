import assert from "node:assert/strict";
import { SimulatedNetwork } from "../../sim/network.ts";
import { KINDS, closeWorlds, joined, makeWorld, serve } from "./support.ts";

async function start(kind: "ESP32" | "ESP8266" = "ESP32") {
  const world = makeWorld();
  const server = serve(world);
  const board = await joined(world, kind);
  board.evaluate("var s = open('broker', 1883)");
  await world.runFor(100);
  board.console.length = 0;
  return { world, server, board, seen: board.console };
}

describe("sim: network", () => {
  it("leads out of this machine only to hosts that were named", () => {
    const network = makeWorld().network;
    assert.ok(network instanceof SimulatedNetwork);
    assert.equal(network.route("127.0.0.1", 1883).kind, "real");
    assert.equal(network.route("192.0.2.1", 1883).kind, "unreachable");
    network.reach("192.0.2.1");
    assert.equal(network.route("192.0.2.1", 1883).kind, "real");
    assert.equal(network.route("192.0.2.2", 1883).kind, "unreachable");
  });

  afterEach(closeWorlds);

  it("takes the latency for each way", async () => {
    const { world, server, board, seen } = await start();
    world.network.latency = 200;
    board.evaluate("s.write('x')");
    await world.runFor(199);
    assert.deepEqual(server.seen, []);
    await world.runFor(2);
    assert.deepEqual(server.seen, ["1 x"]);
    seen.length = 0;
    server.peers[0]!.write("y");
    await world.runFor(199);
    assert.deepEqual(seen, []);
    await world.runFor(2);
    assert.deepEqual(seen, ["data y"]);
  });

  it("keeps the order when the latency falls", async () => {
    const { world, server, seen } = await start();
    world.network.latency = 200;
    server.peers[0]!.write("first");
    world.network.latency = 1;
    server.peers[0]!.write("second");
    await world.runFor(300);
    assert.equal(seen.map((line) => line.slice(5)).join(""), "firstsecond");
  });

  it("delivers byte by byte on request", async () => {
    const { world, server, seen } = await start();
    world.network.chunk = 1;
    server.peers[0]!.write("abc");
    await world.runFor(10);
    world.network.chunk = undefined;
    server.peers[0]!.write("def");
    await world.runFor(10);
    assert.deepEqual(seen, ["data a", "data b", "data c", "data def"]);
  });

  it("finds servers by name and by address", async () => {
    const world = makeWorld();
    const ports: string[] = [];
    world.network.addName("mqtt.example", "10.1.2.3");
    world.network.listen("10.1.2.3", 1883, () => ports.push("address"));
    world.network.listen("other.example", 1883, () => ports.push("name"));
    const board = await joined(world, "ESP32");
    for (const host of ["mqtt.example", "10.1.2.3", "other.example"]) board.evaluate(`open('${host}', 1883)`);
    await world.runFor(100);
    assert.deepEqual(ports, ["address", "address", "name"]);
  });

  it("refuses to listen twice at one place, and refuses connections once it is closed", async () => {
    const { world, server, board, seen } = await start();
    assert.throws(() => world.network.listen("broker", 1883, () => undefined), /listens/);
    server.close();
    board.evaluate("try { open('broker', 1883); } catch (e) { print(String(e)); }");
    assert.ok(seen.includes("InternalError: Unable to create socket"));
  });

  it("refuses on request", async () => {
    const { world, board, seen } = await start();
    world.network.refuse("broker", 1883, true);
    board.evaluate("try { open('broker', 1883); } catch (e) { print('refused'); }");
    world.network.refuse("broker", 1883, false);
    board.evaluate("open('broker', 1883)");
    assert.equal(seen.filter((line) => line === "refused").length, 1);
    assert.equal(world.network.connections.length, 2);
  });

  it("lists what boards have open", async () => {
    const { world, board } = await start();
    const [connection] = world.network.connections;
    assert.deepEqual(
      [connection!.id, connection!.serial, connection!.host, connection!.port],
      [1, board.serial, "broker", 1883],
    );
    board.evaluate("s.end()");
    await world.runFor(10);
    assert.deepEqual(world.network.connections, []);
  });

  it("objects when virtual time shall meet real TCP", async () => {
    const { world, board } = await start();
    board.evaluate("try { open('127.0.0.1', 1883); } catch (e) {}");
    await assert.rejects(world.runFor(10), /127\.0\.0\.1:1883.*clock: "real".*seed 1/);
  });

  for (const kind of KINDS) {
    it(`resets all connections at once, at both ends, and keeps what was delivered (${kind})`, async () => {
      const { world, server, board, seen } = await start(kind);
      server.peers[0]!.write("half a pac");
      await world.runFor(10);
      server.peers[0]!.write("ket");
      board.evaluate("s.write('lost')");
      await world.runFor(0);
      world.network.cut();
      await world.runFor(10);
      assert.deepEqual(
        seen.filter((line) => !line.startsWith("drain")),
        kind === "ESP32"
          ? ["data half a pac", "end", "close false"]
          : ["data half a pac", "error -9 connection reset", "end", "close true"],
      );
      assert.deepEqual(server.seen, ["1 reset"]);
      assert.deepEqual(world.network.connections, []);
    });

    it(`is silent both ways on request, and a connection that lost something stays dead (${kind})`, async () => {
      const { world, server, board, seen } = await start(kind);
      world.network.silence(true);
      board.evaluate("s.write('lost')");
      await world.runFor(1000);
      server.peers[0]!.end();
      await world.runFor(1000);
      world.network.silence(false);
      server.peers[0]!.write("late");
      await world.runFor(1000);
      assert.deepEqual(
        seen.filter((line) => line !== "drain"),
        [],
      );
      assert.deepEqual(server.seen, []);
    });

    it(`goes on after a silence in which nothing was said (${kind})`, async () => {
      const { world, server, board } = await start(kind);
      world.network.silence(true);
      await world.runFor(1000);
      world.network.silence(false);
      board.evaluate("s.write('hello')");
      await world.runFor(1000);
      assert.deepEqual(server.seen, ["1 hello"]);
    });
  }

  it("lets new connections time out on ESP32 and hang on ESP8266 while it is silent", async () => {
    const world = makeWorld();
    serve(world);
    const boards = [await joined(world, "ESP32"), await joined(world, "ESP8266")] as const;
    world.network.silence(true);
    for (const board of boards)
      board.evaluate("try { open('broker', 1883); } catch (e) { print(String(e)); }");
    await world.runFor(3600000);
    assert.deepEqual(boards[0].console, [
      "ERROR: Connect failed (err 113)",
      "InternalError: Unable to create socket",
    ]);
    assert.deepEqual(boards[1].console, []);
  });
});
