/** README's table of sensors against the drivers: every option of each is named there, and none that it does not have. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { drivers } from "../../hw/drivers.ts";

/** Told once below the table for all parts on I²C, and for all analog ones. */
const SHARED = ["data", "clock", "hz", "address", "fullScale", "samples"];

describe("README's options of", () => {
  const readme = readFileSync("README.md", "utf8");
  const rows = [...readme.matchAll(/^\| `([\w-]+)` +\|[^|]+\|[^|]+\| (`.*) \|$/gm)];
  const told = new Map(
    rows.map(([, type, options]) => [type!, [...options!.matchAll(/`(\w+)`/g)].map(([, name]) => name!)]),
  );
  const below = readme.slice(readme.indexOf("I²C parts take `address`"));

  for (const [type, driver] of Object.entries(drivers())) {
    it(`${type} are those its driver takes`, () => {
      const fields = driver().fields.split(" ");
      const options = new Set(told.get(type));
      for (const name of options) assert.ok(fields.includes(name), name);
      for (const name of fields)
        assert.ok(options.has(name) || (SHARED.includes(name) && below.includes(`\`${name}\``)), name);
    });
  }
});
