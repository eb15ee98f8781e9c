/** README's table of sensors against the drivers and the schema: every type, its parts, and what it cannot do without. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { drivers } from "../../hw/drivers.ts";
import { SENSORS } from "../../tools/schema/sensors.ts";

describe("README's table of sensors", () => {
  const readme = readFileSync("README.md", "utf8");
  const rows = [...readme.matchAll(/^\| `([\w-]+)` +\| ([^|]+) \| [^|]+ \| ((?:`\w+`,? ?)+|–) *\|$/gm)];
  const told = new Map(
    rows.map(([, type, parts, needs]) => [type!, { parts: parts!.trim(), needs: needs! }]),
  );

  for (const type of Object.keys(drivers())) {
    it(`has ${type}, with its parts and what it needs`, () => {
      const { parts, needs } = told.get(type) ?? assert.fail("it lacks it");
      assert.deepEqual(
        [...needs.matchAll(/`(\w+)`/g)].map(([, name]) => name),
        SENSORS[type]!.required,
      );
      for (const part of SENSORS[type]!.parts.split(", ")) assert.ok(parts.includes(part), part);
    });
  }

  it("has no other", () => {
    assert.deepEqual([...told.keys()], Object.keys(drivers()));
  });
});
