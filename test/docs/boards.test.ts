/** docs/boards.md, carried out in a copy of the project, as far as that goes without the board. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
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

const FILES = ["hw/boards/esp32c3.ts", "test/hw/boards/esp32c3.test.ts"].map(
  (name, nth) => [name, page.block("ts", nth)] as const,
);
const QUESTIONS = page.block("js");
const ANSWERS = page.block("");
const CONFIG = page.block("json");
const [BOARD, COMMAND] = [page.block("diff"), page.block("diff", 1)];
const [ENTRY, BUILD, TEST, UPLOAD] = [0, 1, 2, 3].map((nth) => page.block("sh", nth)) as [
  string,
  string,
  string,
  string,
];
const UPLOADED = page.block("", 1);

/** What such a board says of itself. */
const ENV = { BOARD: "ESP32C3_IDF4", MODULES: "net,Wifi,Storage,tls" };

describe("docs/boards.md", function () {
  this.timeout(600_000);
  let copy: ProjectCopy;

  before(async () => {
    copy = copyProject();
    for (const [name, text] of FILES) copy.write(name, text);
    await copy.succeed(ENTRY);
    copy.patch(BOARD);
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

  it("runs the firmware for ESP32 with pins of another board, which the upload takes", async () => {
    const { board: word, ...config } = JSON.parse(CONFIG) as NodeFile;
    assert.equal(word, "esp32");
    const warnings = warningsFor({ board: word, ...config });
    assert.deepEqual(
      warnings.map((line) => line.replace(/^.*(D\d).*$/, "$1")),
      ["D8", "D9"],
    );
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

  it("shows files that compile, are formatted as the project's, and are built", async () => {
    await copy.succeed("npx tsc -b tsconfig.device.json");
    const options = { ...(await prettier.resolveConfig("hw/node/start.ts")), parser: "typescript" };
    for (const [name, text] of FILES) {
      assert.ok(await prettier.check(text, options), name);
      assert.match(page.text.slice(0, page.text.indexOf(text)), new RegExp(`\`${name}\`.*:\n\n\`\`\`ts\n$`));
    }
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as {
      scripts: Record<string, string>;
    };
    assert.match(scripts[BUILD.trim().replace("npm run ", "")]!, /^rollup -c /);
    await copy.build("hw/esp32c3.ts");
    assert.match(copy.read("dist/esp32c3.min.js"), /D8/);
  });

  it("shows a test that passes, by the command that it names", async () => {
    const said = await copy.succeed(TEST.trim().replace("npx mocha", "npx mocha --exit"));
    assert.match(said, /1 passing/);
  });

  it("names places that there are", () => {
    for (const [, file, name] of page.text.matchAll(/^\| .*`(sim\/[\w-]+\.ts)`(?:, `(\w+)`)?/gm))
      assert.ok(readFileSync(file!, "utf8").includes(name ?? ""), `${file} ${name}`);
  });

  it("has the compiler find what depends on the board's word, and then uploads to such a board", async () => {
    const words = COMMAND.slice(0, COMMAND.indexOf("--- tools/board/"));
    copy.patch(words);
    const { said } = await copy.run("npx tsc -p tsconfig.host.json");
    for (const file of ["tools/configuration/warnings", "tools/upload", "tools/bundle/build"])
      assert.match(said, new RegExp(`^${file}\\.ts.* error .*esp32c3`, "m"));
    copy.patch(COMMAND.slice(words.length));
    await copy.succeed("npx tsc -p tsconfig.host.json");
    await copy.succeed("npm run schema");
    let shown = "";
    for (const line of UPLOAD.trim().split("\n"))
      shown += await copy.succeed(line.replace(/^ristretto/, "node --import tsx tools/ristretto.ts"));
    assert.equal(shapeOf(shown), shapeOf(UPLOADED));
  });

  it("leads somewhere with every link", () => {
    assert.deepEqual(deadLinks(page.path), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
