/** docs/simulator.md: its commands and programs run, and say what it shows. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import ts from "typescript";
import { createWorld } from "../../sim/world.ts";
import { attachPart } from "../../tools/parts.ts";
import { startBroker } from "../../tools/broker.ts";
import type { TimedEvent } from "../../tools/events.ts";
import { run, simulateLive } from "../support/command.ts";
import type { Outcome } from "../support/command.ts";
import { openPage } from "../support/page.ts";
import { deadLinks, doubleAnchors } from "./links.ts";

const PATH = "docs/simulator.md";
const page = openPage(PATH);
const runFile = promisify(execFile);

/** The arguments of each command of a block. */
const commandsOf = (block: string): string[][] =>
  block
    .trimEnd()
    .split("\n")
    .map((line) => {
      assert.match(line, /^npx ristretto /);
      return line.split(" ").slice(2);
    });

const NODE = {
  board: "esp8266",
  wifi: { ssid: "greenhouse", password: "tomatoes and basil" },
  broker: { host: "192.168.1.10" },
  period: 2,
  sensors: [{ type: "bme280" }],
};

/** A line without what differs from run to run. */
const shapeOf = (line: string): string =>
  line
    .replace(/[\d.]+/g, "#")
    .replace(/ +/g, " ")
    .trim();

/** What a kind of event has, by the types of tools/events.ts. */
function eventsOf(): Map<string, string[]> {
  const source = ts.createSourceFile(
    "events.ts",
    readFileSync("tools/events.ts", "utf8"),
    ts.ScriptTarget.ES2022,
    true,
  );
  const events = new Map<string, string[]>();
  source.forEachChild((node) => {
    if (!ts.isTypeAliasDeclaration(node) || node.name.text !== "SimulationEvent") return;
    for (const kind of (node.type as ts.UnionTypeNode).types as unknown as ts.TypeLiteralNode[]) {
      const [event, ...others] = kind.members as unknown as ts.PropertySignature[];
      const names = others.map(({ name }) => name.getText());
      for (const [, name] of event!.type!.getText().matchAll(/"(\w+)"/g)) events.set(name!, names);
    }
  });
  return events;
}

/** The rows of the table with this column, cells without what is no code. */
function tableOf(column: string): string[][] {
  const table = page.text.split("\n\n").find((part) => part.startsWith(`| ${column} `))!;
  const rows = table.trimEnd().split("\n").slice(2);
  return rows.map((row) => row.split(/(?<!\\)\|/).slice(1, -1));
}
const coded = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

describe(PATH, function () {
  this.timeout(180_000);
  let folder: string;
  let node: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    node = join(folder, "node.json");
    writeFileSync(node, JSON.stringify(NODE));
    // The package as it would be installed, made of the sources.
    const installed = join(folder, "node_modules/ristretto-mqtt");
    mkdirSync(installed, { recursive: true });
    symlinkSync(resolve("node_modules/aedes"), join(folder, "node_modules/aedes"));
    symlinkSync(resolve("dist"), join(installed, "dist"));
    const exports = { ".": "./index.js", "./dist/*": "./dist/*" };
    writeFileSync(join(installed, "package.json"), JSON.stringify({ type: "module", exports }));
    const sources = pathToFileURL(resolve("tools/index.ts")).href;
    writeFileSync(join(installed, "index.js"), `export * from ${JSON.stringify(sources)};\n`);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const here = (words: readonly string[]): string[] =>
    words.map((word) => (word === "node.json" ? node : word));

  /** Runs a program beside `node.json`; gives what it printed. */
  async function program(name: string, text: string): Promise<string> {
    writeFileSync(join(folder, name), text);
    const tsx = pathToFileURL(resolve("node_modules/tsx/dist/esm/index.mjs")).href;
    return (await runFile(process.execPath, ["--import", tsx, name], { cwd: folder })).stdout;
  }

  it("leads everywhere it points to", () => {
    assert.deepEqual(deadLinks(PATH), []);
    assert.deepEqual(doubleAnchors(PATH), []);
  });

  const [live] = commandsOf(page.block("sh", 0));
  const timeline = page.block("", 0).trimEnd().split("\n");
  const [help] = commandsOf(page.block("sh", 1));
  const helped = page.block("", 1);
  const [file, example, foreign] = commandsOf(page.block("sh", 2));
  const [json] = commandsOf(page.block("sh", 3));

  describe("what runs live", () => {
    let outcomes: Outcome[];
    let stop: () => Promise<void>;
    before(async () => {
      const broker = await startBroker(0);
      stop = () => broker.close();
      const there = foreign!.map((word) => (word === "192.168.1.10" ? `127.0.0.1:${broker.port}` : word));
      const short = ["--seconds", "20", "--period", "2"];
      const free = ["--port", "0"];
      outcomes = await Promise.all([
        run(...live!, ...free),
        run(...here(file!), ...free, ...short),
        run(...example!, ...free, ...short),
        run(...there, ...short),
        run(...json!, ...free),
        run(...help!),
      ]);
    });
    after(() => stop());

    it("ends well, each", () => {
      for (const { code, stdout, stderr } of outcomes) assert.equal(code, 0, stdout + stderr);
    });

    it("looks as shown", () => {
      const shapes = outcomes[0]!.stdout.split("\n").map(shapeOf);
      for (const line of timeline)
        assert.ok(shapes.includes(shapeOf(line)), `${line}\n${outcomes[0]!.stdout}`);
    });

    it("is on the board and of the sensors of the file, or of the example", () => {
      assert.match(outcomes[1]!.stdout, /A simulated ESP8266 runs/);
      assert.match(outcomes[2]!.stdout, /A simulated ESP8266 runs[^]*ds18b20|return\/temperature/);
      assert.match(outcomes[3]!.stdout, /\(yours\)/);
    });

    it("has the options that are shown", () => {
      assert.equal(outcomes[5]!.stdout, helped);
    });

    it("tells scripts what the table says", () => {
      const told = new Map(
        tableOf("`event`").flatMap(([names, has]) =>
          coded(names!).map((name) => [name, coded(has!)] as const),
        ),
      );
      assert.deepEqual(told, eventsOf());
      const events = outcomes[4]!.stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as TimedEvent);
      assert.equal(events.at(-1)!.event, "end");
      for (const event of events)
        for (const name of Object.keys(event))
          assert.ok(["at", "event", ...told.get(event.event)!].includes(name), JSON.stringify(event));
    });
  });

  it("does at each key what the table says, as the help has them", () => {
    const keys = tableOf("key").flatMap(([key]) => coded(key!));
    const [, shown] = /^Keys: (.*)\.$/m.exec(helped)!;
    assert.deepEqual(
      shown!.split(", ").map((one) => one.charAt(0)),
      keys,
    );
  });

  const [served] = commandsOf(page.block("sh", 4));
  const [upload, monitor] = commandsOf(page.block("sh", 5));

  it("shows how to upload to it and watch its console", async () => {
    const [verb, ...others] = here(served!);
    assert.equal(verb, "simulate");
    const running = simulateLive(...others.map((word) => (word === "2323" ? "0" : word)));
    try {
      const serve = await running.until(({ event }) => event === "serve");
      assert.ok(serve.event === "serve");
      await running.until(({ event }) => event === "power");
      const there = (words: string[]): string[] =>
        here(words).map((word) => word.replace("tcp://127.0.0.1:2323", `tcp://127.0.0.1:${serve.port}`));
      const uploaded = await run(...there(upload!));
      assert.equal(uploaded.code, 0, uploaded.stdout + uploaded.stderr);
      assert.match(uploaded.stdout, /first reading acknowledged: bme280/);
      const watched = await run(...there(monitor!), "--seconds", "10");
      assert.equal(watched.code, 0, watched.stderr);
      assert.match(watched.stdout, /bme280: \{"temperature"/);
    } finally {
      await running.quit();
    }
  });

  const [simulated] = commandsOf(page.block("sh", 6));

  it("shows how to upload without watching", async () => {
    const { code, stdout, stderr } = await run(...here(simulated!));
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /first reading acknowledged: bme280/);
  });

  const night = page.block("js", 0);
  const called = page.block("sh", 7);
  const said = page.block("", 2);

  it("shows a program that takes a node through a night, the same each time", async () => {
    const name = called.trim().split(" ")[1]!;
    assert.equal(called, `node ${name}\n`);
    assert.ok(page.text.includes(`This program, \`${name}\``));
    assert.equal(await program(name, night), said);
  });

  const own = page.block("js", 1);
  const printed = page.block("", 3);

  it("shows a board with a program of one's own", async () => {
    assert.equal(await program("own.mjs", own), printed);
  });

  it("says what can be done to a world, and seen of it", () => {
    const world = createWorld();
    try {
      const board = world.board({ board: "ESP32" });
      const place = { board, now: () => 0, random: () => 0.5 };
      const part = attachPart({ type: "bme280" }, place)!;
      const objects: Record<string, object> = {
        world,
        "world.accessPoint": world.accessPoint,
        "world.network": world.network,
        "a board": board,
        "attachPart(…)": part,
      };
      for (const [of, what] of tableOf("of the")) {
        const object = objects[of!.replaceAll("`", "").trim()];
        if (!object) continue;
        const names = coded(what!)
          .filter((text) => /^[a-z]\w*(\(.*\))?$/i.test(text))
          .map((text) => text.replace(/\(.*/, ""));
        assert.ok(names.length > 1);
        for (const name of names) {
          // The switch stands in the model.
          const there = name === "fault" ? part.model : object;
          assert.ok(name in there || name === "air", `${of!}${name}`);
        }
      }
    } finally {
      world.close();
    }
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
