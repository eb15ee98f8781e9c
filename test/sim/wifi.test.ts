import assert from "node:assert/strict";
import type { BoardKind, World } from "../../sim/world.ts";
import { KINDS, closeWorlds, joined, makeWorld, serve } from "./support.ts";

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

describe("sim: Wi-Fi of both boards", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    it(`joins, calls back with null and tells the address (${kind})`, async () => {
      const world = makeWorld();
      const board = start(world, kind);
      assert.equal(board.evaluate("wifi.getIP().ip"), "0.0.0.0");
      board.evaluate("join('home', 'secret')");
      await world.runFor(1100);
      assert.deepEqual(board.console, []);
      await world.runFor(200);
      assert.deepEqual(board.console, ["callback null", "connected 192.168.1.100"]);
      assert.equal(board.evaluate("wifi.getIP().ip"), "192.168.1.100");
      assert.equal(board.evaluate("wifi.getDetails().status"), "connected");
      assert.equal(board.evaluate("wifi.getDetails().ssid + wifi.getDetails().password"), "homesecret");
      assert.equal(board.evaluate("wifi.getStatus().station"), "connected");
    });

    it(`gives the signal strength where the board has it (${kind})`, async () => {
      const world = makeWorld();
      const board = await joined(world, kind);
      world.accessPoint.rssi = -77;
      assert.equal(board.evaluate("wifi.getDetails().rssi"), kind === "ESP8266" ? -77 : undefined);
      assert.equal(board.evaluate("wifi.getStatus().rssi"), kind === "ESP32" ? -77 : undefined);
    });

    it(`gives each board an address of its own (${kind})`, async () => {
      const world = makeWorld();
      const boards = [await joined(world, kind), await joined(world, kind)];
      const addresses = boards.map((board) => board.evaluate("wifi.getIP().ip"));
      assert.deepEqual(addresses, ["192.168.1.100", "192.168.1.101"]);
    });

    it(`judges the password when it joins and not later (${kind})`, async () => {
      const world = makeWorld();
      const board = start(world, kind);
      board.evaluate("join('home', 'secret')");
      await world.runFor(2000);
      world.accessPoint.password = "changed";
      await world.runFor(60000);
      assert.notEqual(board.evaluate("wifi.getIP().ip"), "0.0.0.0");
    });

    it(`throws without a name (${kind})`, () => {
      const board = start(makeWorld(), kind);
      board.evaluate("wifi.connect()");
      assert.match(board.uncaught[0]!, /No SSID provided/);
    });

    it(`gives sockets no event when the access point is lost, and keeps them dead (${kind})`, async () => {
      const world = makeWorld();
      const server = serve(world);
      const board = await joined(world, kind);
      board.evaluate("var s = open('broker', 1883)");
      await world.runFor(100);
      board.console.length = 0;
      world.accessPoint.up = false;
      server.peers[0]!.write("lost");
      await world.runFor(1000);
      board.evaluate("s.write('lost too')");
      await world.runFor(20000);
      world.accessPoint.up = true;
      board.evaluate("wifi.connect('home', { password: 'secret' }, function () {})");
      await world.runFor(20000);
      server.peers[0]!.write("still lost");
      board.evaluate("s.write('still lost')");
      await world.runFor(20000);
      assert.notEqual(board.evaluate("wifi.getIP().ip"), "0.0.0.0");
      assert.deepEqual(
        board.console.filter((line) => line !== "drain"),
        [],
      );
      assert.deepEqual(server.seen, []);
    });

    it(`does not notice an access point that is back before the beacons are missed (${kind})`, async () => {
      const world = makeWorld();
      const board = start(world, kind);
      board.evaluate("join('home', 'secret')");
      await world.runFor(2000);
      world.accessPoint.up = false;
      await world.runFor(3000);
      world.accessPoint.up = true;
      await world.runFor(60000);
      assert.deepEqual(board.console, ["callback null", "connected 192.168.1.100"]);
    });
  }
});
