import assert from "node:assert/strict";
import { KINDS, closeWorlds, joined, makeWorld, serve } from "./support.ts";

describe("sim: power", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    it(`starts afresh with each boot while Storage survives (${kind})`, () => {
      const board = makeWorld().board({
        board: kind,
        storage: { ".bootcde": "var runs = 1; print('boot');" },
      });
      assert.equal(board.powered, false);
      board.powerOn();
      board.powerOn();
      board.evaluate("runs = 2");
      board.storage.set("kept", "yes");
      board.powerOff();
      assert.equal(board.powered, false);
      board.powerOn();
      assert.equal(board.evaluate("runs"), 1);
      assert.equal(board.storage.get("kept"), "yes");
      assert.deepEqual(board.console, ["boot", "boot"]);
    });

    it(`runs nothing once the plug is pulled (${kind})`, async () => {
      const world = makeWorld();
      const board = world.board({
        board: kind,
        storage: { ".bootcde": "setTimeout(function () { print('no'); }, 5);" },
      });
      board.powerOn();
      board.powerOff();
      await world.runFor(100);
      assert.deepEqual(board.console, []);
    });

    it(`tells servers nothing when the plug is pulled (${kind})`, async () => {
      const world = makeWorld();
      const server = serve(world);
      const board = await joined(world, kind);
      board.evaluate("var s = open('broker', 1883, 'hello')");
      await world.runFor(50);
      board.powerOff();
      server.peers[0]!.write("anybody there?");
      await world.runFor(3600000);
      assert.deepEqual(server.seen, ["1 hello"]);
      assert.deepEqual(world.network.connections, []);
    });

    it(`shows servers a reset on request (${kind})`, async () => {
      const world = makeWorld();
      const server = serve(world);
      const board = await joined(world, kind);
      board.evaluate("var s = open('broker', 1883, 'hello')");
      await world.runFor(50);
      board.powerOff({ link: "reset" });
      await world.runFor(50);
      assert.deepEqual(server.seen, ["1 hello", "1 reset"]);
    });

    it(`reboots without running another statement, and tells its listeners (${kind})`, async () => {
      const world = makeWorld();
      const program = "print('boot'); function again() { E.reboot(); print('no'); }";
      const board = world.board({ board: kind, storage: { ".bootcde": program } });
      const why: string[] = [];
      board.onReboot((reason) => why.push(reason + " after " + board.console.length));
      board.powerOn();
      board.evaluate("setTimeout(again, 10); setTimeout(function () { print('never'); }, 20)");
      await world.runFor(1000);
      assert.deepEqual(board.console, ["boot", "boot"]);
      assert.deepEqual(why, ["reboot after 1"]);
      assert.deepEqual(board.uncaught, []);
      assert.equal(board.powered, true);
    });

    it(`leaves servers in the dark when it reboots (${kind})`, async () => {
      const world = makeWorld();
      const server = serve(world);
      const board = await joined(world, kind);
      board.evaluate("var s = open('broker', 1883, 'hello')");
      await world.runFor(50);
      board.evaluate("E.reboot()");
      await world.runFor(10000);
      assert.deepEqual(server.seen, ["1 hello"]);
    });

    it(`sleeps deeply, is off meanwhile, and starts again (${kind})`, async () => {
      const world = makeWorld();
      const board = world.board({ board: kind, storage: { ".bootcde": "print('boot ' + getTime());" } });
      const why: string[] = [];
      board.onReboot((reason) => why.push(reason));
      board.powerOn();
      await world.runFor(1000);
      board.evaluate(`${kind === "ESP32" ? "ESP32" : "require('ESP8266')"}.deepSleep(60000000)`);
      assert.equal(board.powered, false);
      await world.runFor(59000);
      assert.equal(board.powered, false);
      await world.runFor(2000);
      assert.equal(board.powered, true);
      assert.deepEqual(board.console, ["boot 0", "boot 0"]);
      assert.deepEqual(why, ["deep sleep"]);
    });

    it(`stays off when the plug is pulled in deep sleep (${kind})`, async () => {
      const world = makeWorld();
      const board = world.board({ board: kind });
      board.powerOn();
      board.evaluate(`${kind}.deepSleep(1000000)`);
      board.powerOff();
      await world.runFor(10000);
      assert.equal(board.powered, false);
    });
  }

  it("says on ESP32 what woke it", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32" });
    board.powerOn();
    assert.equal(board.evaluate("ESP32.getWakeupCause()"), 0);
    board.evaluate("ESP32.deepSleep(1000)");
    await world.runFor(1000);
    assert.equal(board.evaluate("ESP32.getWakeupCause()"), 4);
    board.evaluate("E.reboot()");
    await world.runFor(1000);
    assert.equal(board.evaluate("ESP32.getWakeupCause()"), 0);
  });

  it("says on ESP8266 why it started", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP8266" });
    board.powerOn();
    const reason = () => board.evaluate("require('ESP8266').getResetInfo().reason");
    assert.equal(reason(), "power on");
    board.evaluate("E.reboot()");
    await world.runFor(1000);
    assert.equal(reason(), "restart");
    board.evaluate("require('ESP8266').deepSleep(1000)");
    await world.runFor(1000);
    assert.equal(reason(), "deep sleep");
  });

  it("takes the sleep of an ESP32 modulo 2^32 microseconds, and never wakes from a negative one", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32" });
    board.powerOn();
    board.evaluate("ESP32.deepSleep(3000 * 1000000)");
    await world.runFor(4000000);
    assert.equal(board.powered, false);
    board.powerOn();
    board.evaluate("ESP32.deepSleep(5000 * 1000000)");
    await world.runFor(706000);
    assert.equal(board.powered, true);
  });

  it("throws on ESP8266 for a sleep that is no int32, and sleeps for ever with 0", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP8266" });
    board.powerOn();
    board.evaluate("require('ESP8266').deepSleep(3000 * 1000000)");
    board.evaluate("require('ESP8266').deepSleep(1.5)");
    assert.match(board.uncaught.join(), /^Error: Invalid microseconds.*Error: Invalid microseconds/s);
    board.evaluate("require('ESP8266').deepSleep(0)");
    await world.runFor(1e9);
    assert.equal(board.powered, false);
  });

  it("has what is ESP32's or ESP8266's on that board only", () => {
    const world = makeWorld();
    for (const kind of KINDS) {
      const board = world.board({ board: kind });
      board.powerOn();
      assert.equal(board.evaluate("typeof ESP32"), kind === "ESP32" ? "object" : "undefined");
      assert.equal(board.evaluate("typeof ESP8266"), "undefined");
      const loaded = board.evaluate("try { typeof require('ESP8266'); } catch (e) { String(e); }");
      assert.equal(loaded, kind === "ESP8266" ? "object" : 'Error: Module "ESP8266" not found');
      assert.ok((board.evaluate("process.env.BOARD") as string).startsWith(kind));
    }
  });

  it("restarts an ESP32 that is kept from its idle loop for longer than the watchdog allows", async () => {
    const world = makeWorld();
    const board = await joined(world, "ESP32");
    const why: string[] = [];
    board.onReboot((reason) => why.push(reason));
    board.evaluate("E.enableWatchdog(10, true)");
    assert.deepEqual(board.watchdog, { timeout: 10, automatic: true });
    board.evaluate("try { open('192.0.2.1', 1883); } catch (e) {}");
    await world.runFor(11000);
    assert.deepEqual(why, ["watchdog"]);
    assert.equal(board.watchdog, undefined);
  });

  it("restarts an ESP32 whose program does not kick the watchdog in time, when it has to", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32" });
    const why: string[] = [];
    board.onReboot((reason) => why.push(reason));
    board.powerOn();
    board.evaluate("E.enableWatchdog(10, false)");
    for (let kicks = 0; kicks < 5; kicks++) {
      await world.runFor(9000);
      board.evaluate("E.kickWatchdog()");
    }
    assert.deepEqual(why, []);
    await world.runFor(9900);
    assert.deepEqual(why, []);
    await world.runFor(1000);
    assert.deepEqual(why, ["watchdog"]);
    await world.runFor(60_000);
    assert.deepEqual(why, ["watchdog"]);
  });

  it("lets the idle loop kick it from then on when it is told so", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP32" });
    board.powerOn();
    board.evaluate("E.enableWatchdog(10, false)");
    board.evaluate("E.enableWatchdog(10, true)");
    await world.runFor(60_000);
    assert.deepEqual(board.watchdog, { timeout: 10, automatic: true });
  });

  it("has no watchdog on ESP8266 but remembers the call", async () => {
    const world = makeWorld();
    const board = world.board({ board: "ESP8266" });
    board.powerOn();
    board.evaluate("E.enableWatchdog(0.5, true)");
    await world.runFor(10000);
    assert.deepEqual(board.watchdog, { timeout: 0.5, automatic: true });
  });
});
