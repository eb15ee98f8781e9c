import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { BYTES, most } from "../../bench/budgets.ts";

const readme = readFileSync("README.md", "utf8");

/** As README writes it: 7 403. */
const written = (bytes: number): string => String(bytes).replace(/\B(?=(\d{3})+$)/g, " ");

describe("the size of", () => {
  for (const [file, budget] of Object.entries(BYTES)) {
    const limit = most(`${file}, bytes`, budget);
    it(`${file} has at most ${limit} bytes`, () => {
      assert.ok(statSync(file).size <= limit, `${statSync(file).size} bytes`);
    });
  }

  for (const file of [".cache/bench/core.min.js", ".cache/bench/client.min.js", "dist/esp8266.min.js"]) {
    it(`${file} is what README says`, () => {
      assert.ok(
        readme.includes(`${written(statSync(file).size)} bytes`),
        `README lacks "${written(statSync(file).size)} bytes"`,
      );
    });
  }
});
