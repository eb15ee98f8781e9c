/** docs/driver.md, carried out in a copy of the project: what it builds, reads, and says of what is wrong. */
import assert from "node:assert/strict";
import { statSync } from "node:fs";
import prettier from "prettier";
import { createInterpreter } from "../../bench/interpreter.ts";
import type * as Drivers from "../../bench/drivers.ts";
import type { BusDevice } from "../../sim/bus.ts";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind } from "../../sim/world.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { openPage } from "../support/page.ts";
import { shapeOf } from "../support/page-text.ts";
import { deadLinks } from "./links.ts";
import { copyProject } from "../support/project-copy.ts";
import type { ProjectCopy } from "../support/project-copy.ts";
import { createServer } from "../support/server.ts";

const page = openPage("docs/driver.md");

/** Files that stand in the page whole, in its order. */
const FILES = [
  "hw/sensors/tmp117.ts",
  "sim/devices/tmp117.ts",
  "test/hw/sensors/tmp117.test.ts",
  "test/sim/devices/tmp117-driver.test.ts",
].map((name, nth) => [name, page.block("ts", nth)] as const);
const EXAMPLE = page.block("json");
const DIFFS = [0, 1, 2, 3, 4].map((nth) => page.block("diff", nth));
const [TESTS, SCHEMA, START] = [0, 1, 2].map((nth) => page.block("sh", nth)) as [string, string, string];
const SHOWN = page.block("");

/** What the model's faults are told as, from the start. */
const FAULTS = [
  ["absent", "absent"],
  ["all-zeros", "wrong-id"],
  ["wrong-id", "wrong-id"],
  ["stuck-converting", "not-ready"],
  ["no-data", "power-on-value"],
] as const;

type Model = BusDevice & { temperature: number; fault: string };

describe("docs/driver.md", function () {
  this.timeout(600_000);
  let copy: ProjectCopy;

  before(async () => {
    copy = copyProject();
    for (const [name, text] of [...FILES, ["examples/tmp117.json", EXAMPLE] as const]) copy.write(name, text);
    for (const diff of DIFFS) copy.patch(diff);
    await copy.build("hw/esp32.ts", "hw/esp8266.ts");
  });

  after(() => (copy as ProjectCopy | undefined)?.remove());

  it("names each file that it shows", () => {
    for (const [name, text] of [...FILES, ["examples/tmp117.json", EXAMPLE] as const])
      assert.match(page.text.slice(0, page.text.indexOf(text)), new RegExp(`\`${name}\`:\n\n\`\`\`\\w+\n$`));
  });

  it("shows code that compiles, is formatted as the project's, and passes lint", async () => {
    await copy.succeed("npx tsc -b tsconfig.device.json && npx tsc -p tsconfig.host.json");
    const options = { ...(await prettier.resolveConfig("hw/node/start.ts")), parser: "typescript" };
    for (const [name, text] of FILES) assert.ok(await prettier.check(text, options), name);
    await copy.succeed(`npx eslint ${FILES.map(([name]) => name).join(" ")}`);
  });

  it("shows tests that pass, by the command that it names", async () => {
    const said = await copy.succeed(TESTS.trim().replace("npx mocha", "npx mocha --exit"));
    assert.match(said, /^ +2\d passing/m);
  });

  it("has the schema and the configuration's check agree with the driver", async () => {
    await copy.succeed(SCHEMA);
    assert.match(copy.read("node.schema.json"), /"tmp117"/);
    await copy.succeed(
      "npx mocha --exit test/tools/schema.test.ts test/tools/check.test.ts test/structure/imports.test.ts",
    );
  });

  it("has every fault of the driver's head told by a whole node, as the project's own examples have", async () => {
    const said = await copy.succeed("npx mocha --exit test/scenario/node-parts.test.ts --grep tmp117");
    assert.match(said, /tmp117: absent in service is told once as absent/);
  });

  it("shows what a simulated node prints", async () => {
    const said = await copy.succeed(`${START.trim()} --port 0 --seconds 8`);
    const shapes = said.split("\n").map((line) => shapeOf(line));
    for (const line of SHOWN.trimEnd().split("\n")) assert.ok(shapes.includes(shapeOf(line)), line);
  });

  it("names what the tests ask for then, and they do", async () => {
    const table = [...page.text.matchAll(/^\| (`.*?) +\|.*\| (`test\/.*?`|the same) +\|$/gm)];
    assert.equal(table.length, 7);
    for (const [, where] of table) {
      const file = /^`(.*?)`/.exec(where!)![1]!;
      assert.ok(statSync(file), file);
    }
    for (const [test, complaint] of [
      ["test/scenario/beds.test.ts", /must be one of .*tmp117/],
      ["test/structure/options.test.ts", /has tmp117, with its parts/],
      ["test/structure/bench.test.ts", /have every driver of the firmware/],
    ] as const) {
      const { code, said } = await copy.run(`npx mocha --exit ${test} --grep "configuration|driver|README"`);
      assert.notEqual(code, 0, test);
      assert.match(said, complaint);
      assert.ok(page.text.includes(test), test);
    }
  });

  it("says how many bytes of the firmware the driver takes", async () => {
    const { driverBytes } = (await import(copy.file("bench/drivers.ts"))) as typeof Drivers;
    const bytes = String(driverBytes(copy.read("dist/esp8266.min.js"))["tmp117"]);
    assert.ok(page.text.includes(`takes ${bytes.replace(/(?=\d{3}$)/, " ")} bytes of the firmware`), bytes);
  });

  withProgram("docs/driver.md on the interpreter", espruino, false, (path) => {
    it("reads the part, and says how many variables the driver takes", async function () {
      const interpreter = createInterpreter(path);
      try {
        const [total] = await interpreter.run(`print("# " + process.memory().total);`);
        if (total !== "1600") this.skip();
        const { driverVariables } = (await import(copy.file("bench/drivers.ts"))) as typeof Drivers;
        const folder = process.cwd();
        process.chdir(copy.folder);
        const { variables, outcomes } = await driverVariables(interpreter, "tmp117").finally(() => {
          process.chdir(folder);
        });
        assert.deepEqual(outcomes, [{ temperature: 20 }, { temperature: 20 }]);
        const { configured, read, further } = variables;
        const words = `${configured} variables with one part configured, ${read} after a reading, and ${further} for each further part`;
        assert.ok(page.text.includes(words), words);
      } finally {
        interpreter.close();
      }
    });
  });

  for (const kind of ["ESP32", "ESP8266"] as BoardKind[]) {
    it(`makes a firmware for ${kind} that reads the part, and names each of its faults`, async () => {
      type Module = { createTmp117Model(options: { now: () => number }): Model };
      const { createTmp117Model } = (await import(copy.file("sim/devices/tmp117.ts"))) as Module;
      for (const [fault, told] of [["none", null] as const, ...FAULTS, ["hot", "out-of-range"] as const]) {
        const world = createWorld();
        try {
          const config = JSON.parse(EXAMPLE) as { wifi: object; broker: { host: string } };
          Object.assign(world.accessPoint, config.wifi);
          const server = createServer(world, config.broker.host);
          const program = copy.read(`dist/${kind.toLowerCase()}.min.js`);
          const storage = { ".bootcde": program, "config.json": EXAMPLE };
          const board = world.board({ board: kind, storage });
          const model = createTmp117Model({ now: () => world.clock.now() });
          model.temperature = fault === "hot" ? 160 : 21.5;
          if (fault !== "hot") model.fault = fault;
          board.i2c.attach(0x48, model);
          board.powerOn();
          const topic = told ? "error" : "tmp117/temperature";
          const is = (line: string): boolean => line.startsWith(`ristretto/30aea4000001/${topic} `);
          await world.runUntil(() => server.published().some(is));
          const message = server.published().find(is)!.split(" ")[1]!;
          if (told) assert.equal((JSON.parse(message) as { fault: string }).fault, told);
          else assert.equal(message, "21.5");
          assert.deepEqual(board.uncaught, []);
        } finally {
          world.close();
        }
      }
    });
  }

  it("leads somewhere with every link", () => {
    assert.deepEqual(deadLinks(page.path), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
