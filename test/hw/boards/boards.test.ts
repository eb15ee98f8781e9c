/** What boards offer to the node: the source of their family on each simulated board. */
import assert from "node:assert/strict";
import type { Family } from "../../../boards/board.ts";
import { BOARD_WORDS, tableOf } from "../../../boards/named.ts";
import type { Board } from "../../../hw/board.ts";
import { createWorld } from "../../../sim/world.ts";
import type { SimulatedBoard, World } from "../../../sim/world.ts";
import { deviceModule } from "../../support/module-world.ts";

const NAMES = { ESP32: "esp32", ESP8266: "esp8266" } as const;
const SOURCES = {
  ESP32: deviceModule("esp32", "hw/boards/esp32.ts"),
  ESP8266: deviceModule("esp8266", "hw/boards/esp8266.ts"),
};

/**
 * `ESP8266` is a library, which only `require` gives (jswrap_esp8266_network.c; build_jswrapper.py keeps libraries out of
 * the global scope), whereas `ESP32` is a global. The test makes sure of it.
 */
const LIBRARY = `
  var load = require, library = typeof ESP8266 == "undefined" ? load("ESP8266") : ESP8266;
  delete globalThis.ESP8266;
  require = function (name) { return name == "ESP8266" ? library : load(name) };`;

interface Bench {
  world: World;
  /** The simulated board … */
  board: SimulatedBoard;
  /** … and what the firmware makes of it. */
  own: Board;
  /** Runs code on it, where `own` is the same. */
  run(code: string): unknown;
}

function onAllBoards(title: string, body: (bench: Bench, kind: Family) => Promise<void> | void): void {
  for (const word of BOARD_WORDS) {
    it(`${title} (${tableOf(word).name})`, async () => {
      const kind = tableOf(word).family;
      const name = NAMES[kind];
      const world = createWorld();
      const program = `${kind === "ESP8266" ? LIBRARY : ""} var own = require("${name}").${name};`;
      const storage = { ...SOURCES[kind], ".bootcde": program };
      const board = world.board({ board: word, storage });
      board.powerOn();
      const run = (code: string): unknown => board.evaluate(code);
      try {
        await body({ world, board, own: run("own") as Board, run }, kind);
        assert.deepEqual(board.uncaught, [], "the program threw");
      } finally {
        world.close();
      }
    });
  }
}

/** Every member of Board, by the compiler's leave. */
const MEMBERS: Record<keyof Board, string> = {
  name: "string",
  id: "function",
  createI2C: "function",
  createLink: "function",
  resetReason: "function",
  secure: "function",
  kick: "function",
  syncClock: "function",
};

describe("a board", () => {
  onAllBoards("implements every member of Board and no other", ({ own }, kind) => {
    const types = Object.entries(own).map(([name, value]) => [name, typeof value]);
    const kick = kind === "ESP32" ? "function" : "undefined";
    assert.deepEqual(Object.fromEntries(types), { ...MEMBERS, kick });
  });

  onAllBoards("has the name that the firmware calls it by", ({ own, run }) => {
    assert.equal((run("process.env.BOARD") as string).indexOf(own.name), 0);
  });

  onAllBoards("has its MAC for an id: twelve digits, no other board's", ({ world, board, own }) => {
    assert.equal(own.id(), board.serial.replace("-", ""));
    assert.match(own.id(), /^[0-9a-f]{12}$/);
    assert.notEqual(world.board({ board: board.board }).serial.replace("-", ""), own.id());
  });

  onAllBoards("sets up its bus, on its own pins or others", ({ board, own }) => {
    let written: number[] = [];
    board.i2c.attach(0x42, {
      write: (bytes) => (written = bytes),
      read: (quantity) => Array<number>(quantity).fill(7),
    });
    for (const pins of [{}, { data: "D4", clock: "D5" }]) {
      const bus = own.createI2C(pins, 100000);
      assert.deepEqual(board.i2c.pins, { ...tableOf(board.board).i2c, ...pins });
      bus.writeTo(0x42, [1, 255]);
      assert.deepEqual([...written], [1, 255]);
      assert.deepEqual([...bus.readFrom(0x42, 2)], [7, 7]);
      assert.throws(() => bus.writeTo(0x43, [1]), /ACK/);
    }
  });

  onAllBoards("gives its bus pins and speed as the firmware wants them", ({ own, run }) => {
    run("var setups = []; I2C1.setup = function (options) { setups.push(options) }");
    own.createI2C({ data: "D4", clock: "D5" }, 400000);
    assert.deepEqual(run('"" + setups[0].sda + setups[0].scl + setups[0].bitrate'), "D4D5400000");
  });

  onAllBoards("makes links that do not share anything", ({ own }) => {
    assert.notEqual(own.createLink({}), own.createLink({}));
  });

  onAllBoards(
    "tells why it started, after power on and after a restart",
    async ({ world, board, own, run }) => {
      const first = own.resetReason();
      assert.match(first, /^[a-z ]+$/);
      run("E.reboot()");
      await world.runFor(1000);
      assert.ok(board.powered);
      assert.match(run("own.resetReason()") as string, /^[a-z ]+$/);
    },
  );

  onAllBoards("says that it comes from deep sleep", async ({ world, board, own, run }, kind) => {
    const awake = own.resetReason();
    run(kind === "ESP32" ? "ESP32.deepSleep(10000000)" : 'require("ESP8266").deepSleep(10000000)');
    await world.runFor(9000);
    assert.equal(board.powered, false);
    await world.runFor(2000);
    assert.equal(board.powered, true);
    assert.notEqual(run("own.resetReason()"), awake);
  });

  onAllBoards("closes the telnet console", ({ board, own }) => {
    assert.equal(board.telnet, board.board === "ESP32C3" ? "off" : "on");
    own.secure();
    assert.equal(board.telnet, "off");
  });

  onAllBoards("does not ask for a telnet console that was not built in", ({ own, run }) => {
    run(
      'process.env.MODULES = "net,Wifi,Storage"; var load = require;' +
        'require = function (name) { if (name == "TelnetServer") throw "asked"; return load(name) }',
    );
    assert.doesNotThrow(() => own.secure());
  });

  onAllBoards(
    "starts the watchdog where there is one, for a minute, and has to kick it",
    async ({ world, board, own, run }, kind) => {
      own.secure();
      assert.deepEqual(board.watchdog, kind === "ESP32" ? { timeout: 60, automatic: false } : undefined);
      await world.runFor(50_000);
      run("if (own.kick) own.kick()");
      await world.runFor(50_000);
      assert.deepEqual(board.watchdog, kind === "ESP32" ? { timeout: 60, automatic: false } : undefined);
      await world.runFor(10_500);
      assert.equal(board.watchdog, undefined);
    },
  );

  onAllBoards(
    "leaves the watchdog to the idle loop when the program is ended, by an upload or at the console",
    async ({ world, board, own, run }, kind) => {
      own.secure();
      run("reset()");
      await world.runFor(600_000);
      assert.ok(board.powered);
      assert.deepEqual(board.watchdog, kind === "ESP32" ? { timeout: 60, automatic: true } : undefined);
    },
  );

  onAllBoards(
    "outlives a connect that nobody answers, watchdog and all",
    async ({ world, board, own, run }) => {
      own.secure();
      run('require("Wifi").connect("home", { password: "secret" })');
      await world.runFor(5000);
      run("var link = own.createLink({}), ended; function no() {}");
      run(`link.open({ host: "10.9.9.9", port: 1883 },
      { onOpen: no, onData: no, onDrain: no, onClose: function (reason) { ended = reason } })`);
      await world.runFor(25_000);
      assert.equal(run("ended"), 0xc1);
      assert.ok(board.powered);
    },
  );

  onAllBoards(
    "keeps its clock by SNTP, with the zone in the type that it wants",
    async ({ world, board, own, run }) => {
      own.syncClock("pool.ntp.org");
      run('require("Wifi").connect("home", { password: "secret" })');
      await world.runFor(5000);
      assert.equal(board.clockSet, true);
      assert.equal(Math.round((run("getTime()") as number) - Date.UTC(2026, 0, 1) / 1000), 5);
    },
  );
});
