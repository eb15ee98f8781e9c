import assert from "node:assert/strict";
import { KINDS, closeWorlds, joined, makeWorld } from "./support.ts";

describe("sim: what a board knows of itself", () => {
  afterEach(closeWorlds);

  it("has a serial number, its own or the given", () => {
    const world = makeWorld();
    const boards = [
      world.board({ board: "ESP32" }),
      world.board({ board: "ESP8266" }),
      world.board({ board: "ESP32", serial: "aabbccdd-eeff" }),
    ];
    boards.forEach((board) => board.powerOn());
    const serials = boards.map((board) => board.evaluate("getSerial()"));
    assert.deepEqual(serials, ["30aea400-0001", "30aea400-0002", "aabbccdd-eeff"]);
    assert.deepEqual(
      serials,
      boards.map((board) => board.serial),
    );
  });

  it("reports the free memory it was told", () => {
    const board = makeWorld().board({ board: "ESP8266" });
    board.powerOn();
    board.freeVariables = 123;
    assert.equal(
      board.evaluate("JSON.stringify(process.memory(false))"),
      '{"free":123,"usage":1477,"total":1600}',
    );
  });

  it("gives raised error flags once", () => {
    const board = makeWorld().board({ board: "ESP32" });
    board.powerOn();
    board.raiseErrorFlag("LOW_MEMORY");
    assert.equal(board.evaluate("E.getErrorFlags().join()"), "LOW_MEMORY");
    assert.equal(board.evaluate("E.getErrorFlags().length"), 0);
  });

  it("tells an error flag that was not raised yet, and not a warning", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32" });
    board.powerOn();
    board.evaluate('var told = []; E.on("errorFlag", function (flags) { told.push(flags.join()); })');
    for (const flag of ["LOW_MEMORY", "MEMORY", "MEMORY", "FIFO_FULL"]) {
      board.raiseErrorFlag(flag);
      await world.runFor(100);
    }
    board.evaluate("E.getErrorFlags()");
    board.raiseErrorFlag("MEMORY");
    await world.runFor(100);
    assert.equal(board.evaluate("told.join(' ')"), "MEMORY FIFO_FULL MEMORY");
  });

  it("tells a program that it is ended by load() or reset()", async () => {
    const world = makeWorld();
    const board = world.board({
      board: "ESP8266",
      storage: { ".bootcde": 'E.on("kill", function () { print("killed"); })' },
    });
    board.powerOn();
    for (const how of ["load()", "reset()"]) {
      board.evaluate(how);
      await world.runFor(1000);
    }
    assert.deepEqual(
      board.console.filter((line) => line === "killed"),
      ["killed", "killed"],
    );
  });

  it("remembers the telnet mode and the host name of the boot", () => {
    const board = makeWorld().board({ board: "ESP32" });
    board.powerOn();
    assert.equal(board.telnet, "on");
    board.evaluate(
      "require('TelnetServer').setOptions({ mode: 'off' }); require('Wifi').setHostname('bench')",
    );
    assert.equal(board.telnet, "off");
    assert.equal(board.hostname, "bench");
    board.evaluate("require('TelnetServer').setOptions({ mode: 'maybe' })");
    assert.match(board.uncaught[0]!, /Unknown mode value/);
    board.powerOff();
    board.powerOn();
    assert.deepEqual([board.telnet, board.hostname], ["on", undefined]);
  });
});

describe("sim: the clock of a board", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    const zone = kind === "ESP32" ? "'0'" : "0";

    it(`counts from power-on until SNTP sets it (${kind})`, async () => {
      const world = makeWorld();
      const board = await joined(world, kind);
      assert.ok((board.evaluate("getTime()") as number) < 10);
      assert.equal(board.clockSet, false);
      board.evaluate(`wifi.setSNTP('pool.ntp.org', ${zone})`);
      await world.runFor(1000);
      assert.equal(board.clockSet, true);
      assert.equal(Math.floor(board.evaluate("getTime()") as number), Date.UTC(2026, 0, 1) / 1000 + 2);
      assert.match(board.evaluate("new Date().toISOString()") as string, /^2026-01-01T00:00:0/);
    });

    it(`sets the clock once the station is in when SNTP was asked for before (${kind})`, async () => {
      const world = makeWorld();
      const board = world.board({ board: kind });
      board.powerOn();
      board.evaluate(`require('Wifi').setSNTP('pool.ntp.org', ${zone})`);
      await world.runFor(5000);
      assert.equal(board.clockSet, false);
      board.evaluate("require('Wifi').connect('home', { password: 'secret' }, function () {})");
      await world.runFor(5000);
      assert.equal(board.clockSet, true);
    });

    it(`is right from the start on request (${kind})`, () => {
      const board = makeWorld().board({ board: kind, utc: true });
      board.powerOn();
      assert.equal(board.evaluate("getTime()"), Date.UTC(2026, 0, 1) / 1000);
    });

    it(`wants the time zone in its own type (${kind})`, () => {
      const board = makeWorld().board({ board: kind });
      board.powerOn();
      board.evaluate(`require('Wifi').setSNTP('pool.ntp.org', ${kind === "ESP32" ? "0" : "'0'"})`);
      assert.match(board.uncaught[0]!, kind === "ESP32" ? /Zone is not a string/ : /Zone is not a number/);
    });
  }

  it("moves getTime on ESP8266 and leaves the timers alone", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP8266" });
    board.powerOn();
    board.evaluate("setTimeout(function () { print('due'); }, 1000)");
    board.jumpClock(1e6);
    await world.runFor(999);
    assert.deepEqual(board.console, []);
    assert.ok((board.evaluate("getTime()") as number) > 1e6);
    await world.runFor(1);
    assert.deepEqual(board.console, ["due"]);
  });

  it("fires every pending timeout at once on ESP32 when it jumps forward", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32" });
    board.powerOn();
    board.evaluate("var n = 0; function tick() { n++; setTimeout(tick, 60000); } setTimeout(tick, 60000)");
    board.jumpClock(1e6);
    await world.runFor(1000);
    assert.equal(board.evaluate("n"), 1);
    await world.runFor(60000);
    assert.equal(board.evaluate("n"), 2);
  });

  it("delays timeouts on ESP32 when it jumps back", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32" });
    board.powerOn();
    board.evaluate("setTimeout(function () { print('due'); }, 1000)");
    board.jumpClock(-10);
    await world.runFor(10999);
    assert.deepEqual(board.console, []);
    await world.runFor(1);
    assert.deepEqual(board.console, ["due"]);
  });

  it("runs no timer of an ESP32 for an hour that was set before its clock went back an hour, and later ones in time", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32", utc: true });
    board.powerOn();
    board.evaluate("var n = 0; function tick() { n++; setTimeout(tick, 1000); } tick()");
    await world.runFor(5500);
    assert.equal(board.evaluate("n"), 6);
    board.jumpClock(-3600);
    board.evaluate("setTimeout(function () { print('set later'); }, 1000)");
    await world.runFor(1000);
    assert.deepEqual(board.console, ["set later"]);
    await world.runFor(3598_000);
    assert.equal(board.evaluate("n"), 6);
    await world.runFor(2000);
    assert.equal(board.evaluate("n"), 7);
  });

  it("does the same when SNTP sets it for the first time on ESP32", async () => {
    const world = makeWorld();
    const board = await joined(world, "ESP32");
    board.evaluate(
      "setTimeout(function () { print('an hour'); }, 3600000); wifi.setSNTP('pool.ntp.org', '0')",
    );
    await world.runFor(1000);
    assert.deepEqual(board.console, ["an hour"]);
  });
});
