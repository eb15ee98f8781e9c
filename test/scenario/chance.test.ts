/** When boards try again whose server is away: what the engine leaves to chance is the same on all that nobody seeds. */
import assert from "node:assert/strict";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind, World } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { configOf } from "../support/node-bed.ts";
import { BOARD_KINDS } from "../support/node-world.ts";

const BROKER = { host: "broker", port: 1883 };
const ATTEMPTS = 6;

/** Prints how long each attempt waits, as the firmware does. */
const PROGRAM = `
var mqtt = require("ristretto").create("broker");
mqtt.on("disconnected", function (reason, seconds) { print("next attempt in " + seconds + " s"); });
require("Wifi").connect("home", { password: "secret-wifi" }, function () { mqtt.connect(); });`;

/** Flash by what runs from it. */
const FILES: Record<string, (kind: BoardKind) => Record<string, string>> = {
  "the firmware": (kind) => ({
    ".bootcde": bundle(`${kind.toLowerCase()}.min.js`),
    "config.json": configOf({}, BROKER),
  }),
  "a program with the module": () => ({ ristretto: bundle("ristretto.min.js"), ".bootcde": PROGRAM }),
};

describe("a board whose server is away", () => {
  let world: World;
  beforeEach(() => {
    world = createWorld();
    world.accessPoint.password = "secret-wifi";
    world.network.listen(BROKER.host, BROKER.port, () => undefined);
    world.network.refuse(BROKER.host, BROKER.port, true);
  });
  afterEach(() => {
    world.close();
  });

  /** The seconds that a board of this serial waits between its first attempts. */
  async function waits(kind: BoardKind, storage: Record<string, string>, serial: string): Promise<number[]> {
    const board = world.board({ board: kind, storage, serial });
    const found: number[] = [];
    board.onConsole((line) => {
      const wait = /next attempt in (\d+) s/.exec(line);
      if (wait) found.push(Number(wait[1]));
    });
    board.powerOn();
    await world.runUntil(() => found.length >= ATTEMPTS);
    board.powerOff();
    assert.deepEqual(board.uncaught, []);
    return found.slice(0, ATTEMPTS);
  }

  for (const [what, files] of Object.entries(FILES))
    for (const kind of BOARD_KINDS)
      it(`tries again at times of its own, the same after each start (${what}, ${kind})`, async () => {
        const storage = files(kind);
        const first = await waits(kind, storage, "30aea400-0001");
        assert.deepEqual(await waits(kind, storage, "30aea400-0001"), first);
        assert.notDeepEqual(await waits(kind, storage, "30aea400-0002"), first);
      });

  it("leaves the last word to a program that seeds", async () => {
    const storage = { ...FILES["a program with the module"]!("ESP32") };
    storage[".bootcde"] = PROGRAM.replace("\nrequire", "\nE.srand(7654321);\nrequire");
    const first = await waits("ESP32", storage, "30aea400-0001");
    assert.deepEqual(await waits("ESP32", storage, "30aea400-0002"), first);
  });

  it("draws evenly among four hundred with consecutive serials", () => {
    const board = world.board({ board: "ESP8266" });
    board.powerOn();
    const tenths = Array<number>(10).fill(0);
    for (let index = 0; index < 400; index++) {
      const serial = "30aea400-" + (0x1000 + index).toString(16);
      const lot = board.evaluate(`E.srand(E.CRC32("${serial}")); Math.random()`) as number;
      tenths[Math.floor(lot * 10)]!++;
    }
    assert.ok(Math.min(...tenths) > 20 && Math.max(...tenths) < 60, tenths.join());
  });
});
