/** docs/boards.md, carried out in a copy of the project, as far as that goes without the board. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import prettier from "prettier";
import { esp32 } from "../../hw/boards/esp32.ts";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import { createWorld } from "../../sim/world.ts";
import { warningsFor } from "../../tools/configuration/warnings.ts";
import type { NodeFile } from "../../tools/configuration/node.ts";
import { checkBoard } from "../../tools/board/upload.ts";
import { bundle } from "../support/bundles.ts";
import { openPage } from "../support/page.ts";
import { shapeOf } from "../support/page-text.ts";
import { deadLinks } from "./links.ts";
import { copyProject } from "../support/project-copy.ts";
import type { ProjectCopy } from "../support/project-copy.ts";
import { createServer } from "../support/server.ts";

const page = openPage("docs/boards.md");

const [FILE, TABLE] = ["boards/esp32_cyd.ts", page.block("ts")];
const QUESTIONS = page.block("js");
const ANSWERS = page.block("");
const CONFIG = page.block("json");
const [MAKE, TEST, FIRST, SECOND] = [0, 1, 2, 3].map((nth) => page.block("sh", nth)) as [
  string,
  string,
  string,
  string,
];
const [WARNED, UPLOADED] = [page.block("", 1), page.block("", 2)];

/** What such a board says of itself. */
const ENV = { BOARD: "ESP32_CYD", MODULES: "net,Wifi,Storage,TelnetServer,tls" };

describe("docs/boards.md", function () {
  this.timeout(600_000);
  let copy: ProjectCopy;

  before(async () => {
    copy = copyProject();
    // Its folders are new, and what was built would be taken for older.
    await copy.succeed("touch dist/*.js");
    copy.write(FILE, TABLE);
    await copy.succeed(MAKE);
  });

  after(() => (copy as ProjectCopy | undefined)?.remove());

  it("asks a board's console what it shows, and says what is answered there", async () => {
    const world = createWorld();
    try {
      const board = world.board({ board: "ESP32", env: ENV });
      board.powerOn();
      board.evaluate(QUESTIONS);
      assert.deepEqual(board.console.slice(-3), ANSWERS.trimEnd().split("\n"));
      await world.runFor(1000);
      assert.deepEqual(board.uncaught, []);
    } finally {
      world.close();
    }
  });

  it("runs the firmware for ESP32 with the connector's pins, which the upload takes", async () => {
    const { board: word, ...config } = JSON.parse(CONFIG) as NodeFile;
    assert.equal(word, "esp32");
    assert.deepEqual(warningsFor({ board: word, ...config }), []);
    const facts = { board: ENV.BOARD, version: "2v29", modules: ENV.MODULES };
    checkBoard(facts as Parameters<typeof checkBoard>[0], { board: word }, "port");
    const world = createWorld();
    try {
      Object.assign(world.accessPoint, { ssid: config.wifi.ssid, password: "" });
      const server = createServer(world, config.broker.host);
      const storage = { ".bootcde": bundle("esp32.min.js"), "config.json": JSON.stringify(config) };
      const board = world.board({ board: "ESP32", env: ENV, storage });
      board.i2c.attach(0x76, createBme280Model({ now: () => world.clock.now() }));
      board.powerOn();
      await world.runUntil(() => server.published().some((line) => line.includes("/state {")));
      assert.deepEqual(board.uncaught, []);
    } finally {
      world.close();
    }
  });

  it("has every member of the contract in its table", () => {
    const members = [...page.text.matchAll(/^\| `(\w+)` +\| .* \| .* \| .* \|$/gm)].map(([, name]) => name);
    assert.deepEqual(members, Object.keys(esp32));
  });

  it("shows a file that compiles, is formatted as the project's, and passes its rules", async () => {
    assert.match(page.text.slice(0, page.text.indexOf(TABLE)), new RegExp(`\`${FILE}\`:\n\n\`\`\`ts\n$`));
    const options = { ...(await prettier.resolveConfig("hw/node/start.ts")), parser: "typescript" };
    assert.ok(await prettier.check(TABLE, options));
    await copy.succeed("npx tsc -b tsconfig.device.json");
    await copy.succeed("npx tsc -p tsconfig.host.json");
    await copy.succeed("npx eslint boards");
  });

  it("changes files that are made, and no other", async () => {
    const made = ["boards/esp32_cyd.ts", "boards/index.ts", "node.schema.json"];
    const folders = ["boards", "hw", "sim", "src", "test", "tools", "package.json", "node.schema.json"];
    const { said } = await copy.run(folders.map((name) => `diff -rq ${resolve(name)} ${name}`).join("; "));
    const differing = said
      .trim()
      .split("\n")
      .map((line) =>
        line.replace(/^Only in (.*): (.*)$/, "$1/$2").replace(/^Files .* and (.*) differ$/, "$1"),
      );
    assert.deepEqual(differing, made);
  });

  it("names tests that take the board up, and pass", async () => {
    const said = await copy.succeed(TEST.trim().replace("npx mocha", "npx mocha --exit"));
    assert.match(said, /ESP32 CYD nothing that contradicts itself/);
    assert.match(said, /publishes what a BME280 reads .* of an ESP32 CYD/);
    assert.doesNotMatch(said, /failing/);
  });

  it("names places that there are", () => {
    for (const [, file, name] of page.text.matchAll(/^\| .*`(sim\/[\w-]+\.ts)`(?:, `(\w+)`)?/gm))
      assert.ok(readFileSync(file!, "utf8").includes(name ?? ""), `${file} ${name}`);
  });

  for (const [what, commands, shown] of [
    ["warns of the display's pins", FIRST, WARNED],
    ["uploads to such a board", SECOND, UPLOADED],
  ] as const)
    it(what, async () => {
      let said = "";
      for (const line of commands.trim().split("\n"))
        said += await copy.succeed(line.replace(/^ristretto/, "node --import tsx tools/ristretto.ts"));
      assert.equal(shapeOf(said), shapeOf(shown));
    });

  it("leads somewhere with every link", () => {
    assert.deepEqual(deadLinks(page.path), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
