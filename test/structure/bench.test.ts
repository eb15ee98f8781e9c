import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { COSTS, MISSED, PART_BYTES, SHARES, TIMES } from "../../bench/budgets.ts";
import { driverBytes } from "../../bench/drivers.ts";
import { partBytes } from "../../bench/parts.ts";
import {
  beyondBudget,
  bundleChecks,
  checksOf,
  COLUMNS,
  ROWS,
  SAVED,
  shownTables,
} from "../../bench/results.ts";
import type { Results } from "../../bench/results.ts";

/** The subjects that are ours, and what was measured of them. */
const OURS = {
  core: ".cache/bench/core.min.js",
  "and subscribe": ".cache/bench/client.min.js",
  "and TCP link": "dist/ristretto-functions.min.js",
  "the module": "dist/ristretto.min.js",
  "or TLS link": "dist/ristretto-functions-tls.min.js",
} as const;

describe("the bench's numbers", () => {
  const results = JSON.parse(readFileSync(SAVED, "utf8")) as Results;

  it("are what the documents show", () => {
    for (const [page, name, text] of shownTables(results)) {
      const shown = `<!-- ${name} -->\n\n${text}\n\n<!-- /${name} -->`;
      assert.ok(
        readFileSync(page, "utf8").includes(shown),
        `${page} has another table; npm run bench -- --save`,
      );
    }
  });

  it("are those of README's first screen", () => {
    const readme = readFileSync("README.md", "utf8");
    const { flashLoaded, flashConnected } = results.subjects.core!;
    for (const words of [
      `takes ${flashLoaded} of the ESP8266's 1600 variables, ${flashConnected} with a connected client`,
      `the whole node with its sensor holds ${results.node}`,
      `the whole node holds ${results.node} of`,
      `with a BME280 and two DS18B20 ${results.three}`,
    ])
      assert.ok(readme.includes(words), words);
  });

  const checksNow = (): ReturnType<typeof checksOf> => [
    ...checksOf(results),
    ...bundleChecks((file) => statSync(file).size),
  ];

  it("are within the budgets, or are what is reached where one is missed", () => {
    assert.deepEqual(beyondBudget(checksNow()), []);
  });

  for (const what of Object.keys(MISSED))
    it(`miss the budget of what is listed as missed: ${what}`, () => {
      const [, measured, budget] = checksNow().find(([name]) => name === what) ?? [];
      assert.ok(measured! > budget!, `${measured} of ${budget}`);
    });

  it("are there wherever a budget looks for them, those of time in the first rows of the table", () => {
    const { subjects, version5, parts } = results;
    const own = subjects["and TCP link"]!;
    const first = ROWS.slice(
      0,
      ROWS.findIndex(([key]) => key === "bytes"),
    ).map(([key]) => key);
    for (const key of Object.keys({ ...COSTS, ...TIMES })) {
      assert.ok(first.includes(key), key);
      assert.ok(own[key]! > 0, key);
      assert.ok(version5![key]! > 0, `${key} at MQTT 5.0`);
    }
    for (const { what, of } of SHARES) assert.ok(subjects[of]![what]! > 0, `${what} of ${of}`);
    for (const name of Object.keys(PART_BYTES)) assert.ok(parts![name]!.bytes! > 0, name);
  });

  it("have every driver of the firmware, with the bytes it has in there", () => {
    const bytes = driverBytes(readFileSync("dist/esp8266.min.js", "latin1"));
    for (const [type, count] of Object.entries(bytes))
      assert.equal(results.drivers![type]!.bytes, count, `${type}; npm run bench -- --save`);
    const table = readFileSync("hw/drivers.ts", "utf8");
    const types = [...table.matchAll(/^    "?([\w-]+)"?: \(\) =>/gm)].map(([, type]) => type!);
    assert.deepEqual(Object.keys(results.drivers!), types);
    for (const numbers of Object.values(results.drivers!))
      assert.deepEqual(Object.keys(numbers).sort(), COLUMNS.map(([key]) => key).sort());
  });

  it("have the parts of the client, with the bytes that QoS 2 and MQTT 5.0 have", async function () {
    this.timeout(120_000);
    const measured = await partBytes(["core", "QoS 2", "MQTT 5.0"]);
    for (const [name, bytes] of Object.entries(measured))
      assert.equal(results.parts![name]!.bytes, bytes, `${name}; npm run bench -- --save`);
  });

  for (const [name, file] of Object.entries(OURS)) {
    it(`have the size that ${file} has`, () => {
      assert.equal(results.subjects[name]?.bytes, statSync(file).size, "npm run bench -- --save");
    });
  }
});
