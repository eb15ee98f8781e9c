/** docs/configuration.md: made of the schema, and what it shows can be used, runs, or is refused in these words. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createWorld } from "../../sim/world.ts";
import { loadNode, readNodeFile } from "../../tools/configuration/node-file.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { bundle } from "../support/bundles.ts";
import { run } from "../support/command.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { openPage } from "../support/page.ts";
import { CONFIGURATION_PAGE, configurationPage } from "./configuration-page.ts";
import { deadLinks, doubleAnchors } from "./links.ts";
import { play } from "./played.ts";

const page = openPage(CONFIGURATION_PAGE);

describe(CONFIGURATION_PAGE, function () {
  this.timeout(60_000);
  let folder: string;
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "ristretto-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("is made of the schema as it is", async () => {
    assert.equal(page.text, await configurationPage(), `${CONFIGURATION_PAGE} is stale: npm run docs`);
  });

  it("leads everywhere it points to", () => {
    assert.deepEqual(deadLinks(CONFIGURATION_PAGE), []);
    assert.deepEqual(doubleAnchors(CONFIGURATION_PAGE), []);
  });

  const [config, secrets] = [page.block("json", 0), page.block("json", 1)];

  it("shows a configuration and its secrets that a node runs with, until its readings arrive", async () => {
    const path = write("node.json", config);
    write("node.secrets.json", secrets);
    const { node, warnings } = loadNode(path);
    assert.deepEqual(warnings, []);
    assert.deepEqual(node.wifi, { ssid: "greenhouse", password: "tomatoes and basil" });
    assert.equal(node.broker.username, "hall");
    await play(node, ({ until }) => until("/state ", 2));
  });

  it("says where the schema is once the package is installed", () => {
    const { $schema } = JSON.parse(config) as { $schema: string };
    const { name, files } = JSON.parse(readFileSync("package.json", "utf8")) as {
      name: string;
      files: string[];
    };
    assert.equal($schema, `./node_modules/${name}/node.schema.json`);
    assert.ok(files.includes("node.schema.json"));
  });

  it("says how files of secrets are called and laid over", () => {
    const path = write("hall.json", '{"a":{"b":1,"c":2},"d":3}');
    write("hall.secrets.json", '{"a":{"c":4,"e":5}}');
    assert.deepEqual(readNodeFile(path), { a: { b: 1, c: 4, e: 5 }, d: 3 });
  });

  it("says what init does to keep them", async () => {
    mkdirSync(join(folder, "new"));
    const out = join(folder, "new", "node.json");
    const { code, stdout, stderr } = await run(
      ...["init", "--yes", "--board", "esp32", "--ssid", "greenhouse", "--password", "tomatoes and basil"],
      ...["--broker", "192.168.1.10", "--out", out],
    );
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stdout + stderr, /tomatoes/);
    assert.equal(readFileSync(join(folder, "new", ".gitignore"), "utf8"), "*.secrets.json\n");
    assert.equal(statSync(join(folder, "new", "node.secrets.json")).mode & 0o077, 0);
  });

  it("says what check ends with, and shows no value", async () => {
    const refused = write("node.json", config);
    write("node.secrets.json", '{ "wifi": { "password": "basil" } }');
    const { code, stdout, stderr } = await run("check", refused);
    assert.equal(code, EXIT.CONFIGURATION);
    assert.ok(page.text.includes(`ends with code ${EXIT.CONFIGURATION};`));
    assert.match(stderr, /wifi\.password: must be a string of 8 to 63 bytes/);
    assert.doesNotMatch(stdout + stderr, /basil/);
  });

  const refined = page.block("json", 2);

  it("shows a sensor whose readings are refined, derived and told in other units", async () => {
    const sensor = JSON.parse(refined) as { type: string };
    const path = write(
      "node.json",
      JSON.stringify({ ...(JSON.parse(config) as object), period: 5, sensors: [sensor] }),
    );
    write("node.secrets.json", secrets);
    await play(loadNode(path).node, async ({ until, lines }) => {
      await until("/state ");
      const state = lines().find((line) => line.includes("/state "))!;
      const { temperature, pressure, humidity, uptime, ...derived } = JSON.parse(
        state.slice(state.indexOf("{")),
      ) as Record<string, number>;
      // The part measures as near as it can.
      assert.ok(Math.abs(temperature! - 21.1) < 0.05 && Math.abs(pressure! - 1013.25) < 0.1, state);
      assert.ok(Math.abs(humidity! - 47) < 0.5 && uptime! > 0, state);
      assert.deepEqual(Object.keys(derived), ["sea_level_pressure", "altitude", "dew_point"]);
      // °F of some 9 °C.
      assert.ok(derived.dew_point! > 45 && derived.dew_point! < 52, state);
    });
  });

  const mistaken = page.block("json", 3);
  const said = page.block("");

  for (const kind of BOARD_KINDS) {
    it(`shows what the board says of mistakes in config.json (${kind})`, async () => {
      const world = createWorld();
      try {
        const storage = { ".bootcde": bundle(`${kind.toLowerCase()}.min.js`), "config.json": mistaken };
        const board = world.board({ board: kind, storage });
        board.powerOn();
        await world.runFor(1000);
        assert.equal(`${board.console.slice(1).join("\n")}\n`, said);
      } finally {
        world.close();
      }
    });
  }

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
