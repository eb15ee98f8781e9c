import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { beyondBudget, SAVED, table } from "../../bench/results.ts";
import type { Results } from "../../bench/results.ts";

/** The subjects that are ours, and what was measured of them. */
const OURS = {
  core: ".cache/bench/core.min.js",
  "and subscribe": ".cache/bench/client.min.js",
  "and TCP link": "dist/ristretto.min.js",
  "or TLS link": "dist/ristretto-tls.min.js",
} as const;

describe("the bench's numbers", () => {
  const results = JSON.parse(readFileSync(SAVED, "utf8")) as Results;

  it("are what README shows", () => {
    assert.ok(
      readFileSync("README.md", "utf8").includes(table(results)),
      "README's table is another one; npm run bench -- --save",
    );
  });

  it("are those of README's first screen", () => {
    const readme = readFileSync("README.md", "utf8");
    const { flashLoaded, flashConnected } = results.subjects.core!;
    for (const words of [
      `takes ${flashLoaded} of the ESP8266's 1600 variables, ${flashConnected} with a connected client`,
      `the whole node with its sensor holds ${results.node}`,
      `the whole node holds ${results.node} of`,
    ])
      assert.ok(readme.includes(words), words);
  });

  it("are within the budgets", () => {
    assert.deepEqual(beyondBudget(results, "core"), []);
  });

  for (const [name, file] of Object.entries(OURS)) {
    it(`have the size that ${file} has`, () => {
      assert.equal(results.subjects[name]?.bytes, statSync(file).size, "npm run bench -- --save");
    });
  }
});
