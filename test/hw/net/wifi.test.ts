/** The Wi-Fi station, its own source on both simulated boards. */
import assert from "node:assert/strict";
import { createWorld } from "../../../sim/world.ts";
import type { BoardKind, SimulatedBoard, World } from "../../../sim/world.ts";
import { deviceModule } from "../../support/module-world.ts";

interface Bench {
  world: World;
  board: SimulatedBoard;
  /** What the station told, "up ADDRESS" or "down REASON", in order. */
  log: string[];
  /** Runs code beside the station, which is `s`; `attempts` counts its orders to join. */
  run(code: string): unknown;
  /** Passes seconds; the station's tick re-arms itself. */
  pass(seconds: number): Promise<void>;
}

interface Settings {
  ssid?: string;
  password?: string;
  /** Code that runs before the station is created. */
  before?: string;
}

const STATION = deviceModule("station", "hw/net/wifi.ts");
const FOR_EVER = 20;

function createBench(board: SimulatedBoard, world: World, settings: Settings): Bench {
  const { ssid = "home", password = "secret", before = "" } = settings;
  const log: string[] = [];
  board.onConsole((line) => log.push(line));
  board.storage.set(
    ".bootcde",
    `var wifi = require("Wifi"), attempts = 0, join = wifi.connect;
    wifi.connect = function (ssid, options, callback) { attempts++; join(ssid, options, callback) };
    ${before}
    var w = require("station");
    w.startStation({ ssid: "${ssid}", password: "${password}",
      onChanged: function (own, reason) { print(own ? "up " + own : "down " + reason) } });
    function tick() { setTimeout(tick, 1000); w.tickStation() }`,
  );
  board.powerOn();
  let isTicking = false;
  return {
    world,
    board,
    log,
    run: (code) => board.evaluate(code),
    async pass(seconds) {
      if (!isTicking) board.evaluate("tick()");
      isTicking = true;
      await world.runFor(seconds * 1000);
    },
  };
}

function onBothBoards(
  title: string,
  body: (bench: Bench, kind: BoardKind) => Promise<void>,
  settings: Settings = {},
): void {
  for (const kind of ["ESP32", "ESP8266"] as const) {
    it(`${title} (${kind})`, async () => {
      const world = createWorld({ seed: Number(process.env.SEED ?? 1) });
      const board = world.board({ board: kind, storage: { ...STATION } });
      try {
        await body(createBench(board, world, settings), kind);
        assert.deepEqual(board.uncaught, [], "the program threw");
      } finally {
        world.close();
      }
    });
  }
}

const ADDRESS = "192.168.1.100";

describe("the station", () => {
  onBothBoards(
    "joins from its first tick on, not before, and says so once",
    async ({ world, run, log, pass }) => {
      await world.runFor(10_000);
      assert.deepEqual(log, []);
      await pass(3);
      assert.deepEqual(log, [`up ${ADDRESS}`]);
      assert.equal(run("w.countJoins()"), 1);
      await pass(600);
      assert.deepEqual(log, [`up ${ADDRESS}`]);
    },
  );

  onBothBoards("asks the board once for a network that stays", async ({ run, pass }) => {
    await pass(3600);
    assert.equal(run("attempts"), 1);
  });

  for (const seconds of [10, 60, 1000]) {
    onBothBoards(
      `joins again after every loss of ${seconds} s, for ever`,
      async ({ world, run, log, pass }) => {
        await pass(10);
        for (let round = 1; round <= FOR_EVER; round++) {
          world.accessPoint.up = false;
          await pass(seconds);
          world.accessPoint.up = true;
          await pass(45);
          assert.equal(log.at(-1), `up ${ADDRESS}`, `round ${round}`);
          assert.equal(run("w.countJoins()"), round + 1);
        }
      },
    );
  }

  onBothBoards("finds a network that comes an hour late", async ({ world, run, log, pass }) => {
    world.accessPoint.up = false;
    await pass(3600);
    assert.equal(run("w.countJoins()"), 0);
    assert.ok(log.every((line) => line.startsWith("down ")));
    world.accessPoint.up = true;
    await pass(45);
    assert.equal(log.at(-1), `up ${ADDRESS}`);
  });

  onBothBoards("tells a loss once, and between two losses the return", async ({ world, log, pass }) => {
    await pass(10);
    for (let round = 0; round < 3; round++) {
      world.accessPoint.up = false;
      // ESP32 tells of a loss after it has tried again itself.
      await pass(9);
      world.accessPoint.up = true;
      await pass(45);
    }
    const words = log.map((line) => line.split(" ")[0]);
    assert.ok(words.length >= 3 && words[0] === "up");
    words.forEach((word, index) => assert.equal(word, index % 2 ? "down" : "up", log.join(", ")));
  });

  onBothBoards(
    "reports a wrong password once for each attempt, and goes on",
    async ({ world, log, run, pass }, kind) => {
      await pass(120);
      const reason = kind === "ESP32" ? "4WAY_HANDSHAKE_TIMEOUT" : "bad_password";
      assert.deepEqual(new Set(log), new Set([`down ${reason}`]));
      const attempts = run("attempts") as number;
      assert.ok(attempts >= 10, `${attempts} attempts`);
      assert.ok(log.length === attempts || log.length === attempts - 1, `${log.length} of ${attempts}`);
      world.accessPoint.password = "wrong";
      await pass(45);
      assert.equal(log.at(-1), `up ${ADDRESS}`);
    },
    { password: "wrong" },
  );

  onBothBoards(
    "reports a network that is not there, and goes on",
    async ({ world, log, pass }, kind) => {
      await pass(30);
      assert.equal(log[0], kind === "ESP32" ? "down NO_AP_FOUND" : "down no_ap_found");
      world.accessPoint.ssid = "elsewhere";
      await pass(45);
      assert.equal(log.at(-1), `up ${ADDRESS}`);
    },
    { ssid: "elsewhere" },
  );

  onBothBoards(
    "joins an open network",
    async ({ world, log, pass }) => {
      world.accessPoint.password = "";
      await pass(5);
      assert.deepEqual(log, [`up ${ADDRESS}`]);
    },
    { password: "" },
  );

  onBothBoards("leaves and joins anew when asked to", async ({ run, log, pass }, kind) => {
    await pass(10);
    for (let round = 2; round <= FOR_EVER; round++) {
      run("w.rejoin()");
      await pass(20);
      assert.equal(run("w.countJoins()"), round);
      assert.equal(log.at(-2), kind === "ESP32" ? "down 8" : "down assoc_leave");
      assert.equal(log.at(-1), `up ${ADDRESS}`);
    }
    assert.equal(log.length, 2 * FOR_EVER - 1);
  });

  for (const seconds of [0, 1, 2, 4, 8]) {
    onBothBoards(
      `joins though asked to leave ${seconds} s into an attempt`,
      async ({ world, run, log, pass }) => {
        world.accessPoint.up = false;
        await pass(seconds);
        run("w.rejoin()");
        world.accessPoint.up = true;
        await pass(45);
        assert.equal(log.at(-1), `up ${ADDRESS}`);
        assert.equal(run("w.countJoins()"), 1);
      },
    );
  }

  onBothBoards(
    "counts a network as lost whose address vanishes without an event",
    async ({ run, log, pass }) => {
      await pass(10);
      run('var own = wifi.getIP; wifi.getIP = function () { return { ip: "0.0.0.0" } }');
      await pass(1);
      assert.deepEqual(log, [`up ${ADDRESS}`, "down no address"]);
      assert.equal(run("attempts"), 1);
      await pass(5);
      assert.equal(run("attempts"), 2);
      run("wifi.getIP = own");
      await pass(45);
      assert.deepEqual(log.slice(2), [`up ${ADDRESS}`]);
      assert.equal(run("w.countJoins()"), 2);
    },
  );

  onBothBoards(
    "does not take an address for a network: the board may remember one",
    async ({ log, pass }) => {
      await pass(60);
      assert.deepEqual(log, []);
    },
    { before: 'wifi.getIP = function () { return { ip: "192.168.1.9" } }; join = function () {}' },
  );

  onBothBoards(
    "tries again after half a minute when the board answers nothing, as older firmware does",
    async ({ run, log, pass }) => {
      await pass(29);
      assert.equal(run("attempts"), 1);
      await pass(60);
      assert.equal(run("attempts"), 3);
      assert.deepEqual(log, []);
    },
    { before: "join = function () {}" },
  );

  for (const [what, before] of [
    ["the event", "wifi.connect = function (ssid, options) { attempts++; join(ssid, options) }"],
    ["the callback", "wifi.on = function () {}"],
  ] as const) {
    onBothBoards(
      `joins on ${what} alone`,
      async ({ run, log, pass }) => {
        await pass(5);
        assert.deepEqual(log, [`up ${ADDRESS}`]);
        assert.equal(run("w.countJoins()"), 1);
      },
      { before },
    );
  }

  onBothBoards("knows its address and its signal, and that there is none", async ({ world, run, pass }) => {
    assert.deepEqual([run("w.address()"), run("w.signalStrength()")], ["0.0.0.0", 0]);
    world.accessPoint.rssi = -71;
    await pass(5);
    assert.deepEqual([run("w.address()"), run("w.signalStrength()")], [ADDRESS, -71]);
    run("wifi.disconnect()");
    await pass(1);
    assert.deepEqual([run("w.address()"), run("w.signalStrength()")], ["0.0.0.0", 0]);
  });
});
