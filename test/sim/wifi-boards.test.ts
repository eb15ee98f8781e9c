import assert from "node:assert/strict";
import type { BoardKind, World } from "../../sim/world.ts";
import { closeWorlds, makeWorld } from "./support.ts";

const PROGRAM = `
var wifi = require("Wifi");
wifi.on("connected", function (details) { print("connected " + details.ip); });
wifi.on("disconnected", function (details) { print("disconnected " + details.reason); });
function join(ssid, password) {
  wifi.connect(ssid, { password: password }, function (fault) { print("callback " + fault); });
}`;

function start(world: World, kind: BoardKind) {
  const board = world.board({ board: kind, storage: { ".bootcde": PROGRAM } });
  board.powerOn();
  return board;
}

describe("sim: Wi-Fi of ESP32", () => {
  afterEach(closeWorlds);

  it("tries three times, reports the failure by event and callback, and then waits for connect", async () => {
    const world = makeWorld();
    const board = start(world, "ESP32");
    board.evaluate("join('elsewhere', 'secret')");
    await world.runFor(2900);
    assert.deepEqual(board.console, []);
    await world.runFor(600000);
    assert.deepEqual(board.console, ["disconnected 201", "callback NO_AP_FOUND"]);
    assert.equal(board.evaluate("wifi.getDetails().status"), "NO_AP_FOUND");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    assert.deepEqual(board.console.slice(2), ["callback null", "connected 192.168.1.100"]);
  });

  it("reports a wrong password", async () => {
    const world = makeWorld();
    const board = start(world, "ESP32");
    board.evaluate("join('home', 'wrong')");
    await world.runFor(10000);
    assert.deepEqual(board.console, ["disconnected 15", "callback 4WAY_HANDSHAKE_TIMEOUT"]);
  });

  it("rejoins silently after a short outage, and has one attempt less for the next", async () => {
    const world = makeWorld();
    const board = start(world, "ESP32");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    for (const outage of [1, 2]) {
      board.console.length = 0;
      world.accessPoint.up = false;
      await world.runFor(6001);
      world.accessPoint.up = true;
      await world.runFor(10000);
      assert.deepEqual(board.console, ["connected 192.168.1.100"], `outage ${outage}`);
    }
    board.console.length = 0;
    world.accessPoint.up = false;
    await world.runFor(6001);
    world.accessPoint.up = true;
    await world.runFor(600000);
    // The third loss uses the last attempt up: it is reported, and nothing more happens.
    assert.deepEqual(board.console, ["disconnected 200"]);
    assert.equal(board.evaluate("wifi.getIP().ip"), "0.0.0.0");
  });

  it("gives up after a long outage until connect is called again", async () => {
    const world = makeWorld();
    const board = start(world, "ESP32");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    board.console.length = 0;
    world.accessPoint.up = false;
    await world.runFor(60000);
    world.accessPoint.up = true;
    await world.runFor(60000);
    assert.deepEqual(board.console, ["disconnected 201"]);
    board.evaluate("join('home', 'secret')");
    await world.runFor(5000);
    assert.deepEqual(board.console.slice(1), ["callback null", "connected 192.168.1.100"]);
  });

  it("leaves and joins anew when connect is called while it is in", async () => {
    const world = makeWorld();
    const board = start(world, "ESP32");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    board.console.length = 0;
    board.evaluate("join('home', 'secret')");
    assert.notEqual(board.evaluate("wifi.getDetails().status"), undefined);
    await world.runFor(2000);
    assert.deepEqual(board.console, ["callback null", "connected 192.168.1.100"]);
  });

  it("stays out after disconnect", async () => {
    const world = makeWorld();
    const board = start(world, "ESP32");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    board.evaluate("wifi.disconnect()");
    await world.runFor(60000);
    assert.deepEqual(board.console.slice(2), ["disconnected 8"]);
  });
});

describe("sim: Wi-Fi of ESP8266", () => {
  afterEach(closeWorlds);

  it("calls back with the fault once, goes on trying for ever, and joins without a second callback", async () => {
    const world = makeWorld();
    world.accessPoint.up = false;
    const board = start(world, "ESP8266");
    board.evaluate("join('home', 'secret')");
    await world.runFor(60000);
    assert.equal(board.console[0], "callback no_ap_found");
    assert.equal(board.evaluate("wifi.getDetails().status"), "no_ap_found");
    assert.ok(board.console.filter((line) => line.startsWith("disconnected")).length > 10);
    board.console.length = 0;
    world.accessPoint.up = true;
    await world.runFor(10000);
    assert.deepEqual(
      board.console.filter((line) => !line.startsWith("disconnected")),
      ["connected 192.168.1.100"],
    );
  });

  it("reports a wrong password", async () => {
    const world = makeWorld();
    const board = start(world, "ESP8266");
    board.evaluate("join('home', 'wrong')");
    await world.runFor(2500);
    assert.deepEqual(board.console, ["callback bad_password", "disconnected 4way_handshake_timeout"]);
    assert.equal(board.evaluate("wifi.getDetails().status"), "bad_password");
  });

  it("rejoins by itself after any outage", async () => {
    const world = makeWorld();
    const board = start(world, "ESP8266");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    for (let outage = 0; outage < 5; outage++) {
      world.accessPoint.up = false;
      await world.runFor(30000);
      assert.equal(board.evaluate("wifi.getIP().ip"), "0.0.0.0");
      world.accessPoint.up = true;
      await world.runFor(10000);
      assert.equal(board.console.at(-1), "connected 192.168.1.100");
    }
  });

  it("only calls back when connect is called with the same network while it is in", async () => {
    const world = makeWorld();
    const board = start(world, "ESP8266");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    board.evaluate("join('home', 'secret')");
    await world.runFor(1);
    assert.deepEqual(board.console.slice(2), ["callback null"]);
  });

  it("leaves for another network", async () => {
    const world = makeWorld();
    const board = start(world, "ESP8266");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    board.evaluate("join('elsewhere', 'secret')");
    await world.runFor(1500);
    assert.deepEqual(board.console.slice(2), [
      "disconnected assoc_leave",
      "callback no_ap_found",
      "disconnected beacon_timeout",
    ]);
  });

  it("stays out after disconnect", async () => {
    const world = makeWorld();
    const board = start(world, "ESP8266");
    board.evaluate("join('home', 'secret')");
    await world.runFor(2000);
    board.evaluate("wifi.disconnect()");
    await world.runFor(60000);
    assert.deepEqual(board.console.slice(2), ["disconnected assoc_leave"]);
    assert.equal(board.evaluate("wifi.getDetails().status"), "off");
  });
});
