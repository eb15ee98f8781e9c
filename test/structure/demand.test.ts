/** What the build declares on demand: see build/demand.mjs. */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import { bundle } from "../support/bundles.ts";
import type * as Demand from "../../build/demand.mjs";

// No types: the build is JavaScript.
const path = new URL("../../build/demand.mjs", import.meta.url).href;
const { onDemand } = (await import(path)) as typeof Demand;

const CODE = `
var state;
function common() { return 1; }
function shared() { return common(); }
function one() { return shared() + state; }
function two() { return shared(); }
function local() { var one = 1; return one; }
function three() { return 3; }
function filters() { return { median: function () { return three(); } }; }
function refine() { return filters(); }
function defaults() { return { sensors: [{ type: "two" }] }; }
function drivers() { var three = 0; function made() { return three; } return { one: function () { return one(); }, two: function () { return two(); }, last: function () { return common(); } }; }
function refinements() { return { chain: function () { return refine(); } }; }
defaults(); local(); started = [drivers(), refinements()];
`;
const NAMES = Object.fromEntries(
  [...CODE.matchAll(/function (\w+)|^var (\w+)/gm)].map(([, name, variable]) => {
    const declared = (name ?? variable)!;
    return [`$${declared}`, declared];
  }),
);

/** The names that exist after a start with this configuration. */
function declared(config: string | undefined): string[] {
  const globals: Record<string, unknown> = { require: () => ({ read: () => config }) };
  runInNewContext(onDemand(CODE, CODE, NAMES), globals);
  return Object.keys(globals).filter((name) => /^(common|shared|one|two|three|refine|filters)$/.test(name));
}

describe("what the build declares on demand", () => {
  it("is what the configuration's words reach, and what every driver needs is always there", () => {
    assert.deepEqual(declared('{"sensors":[{"type":"one"}]}').sort(), ["common", "one", "shared"]);
    assert.deepEqual(declared('{"sensors":[{"type":"last"}]}'), ["common"]);
    assert.deepEqual(declared('{"sensors":[{"type":"one"},{"type":"two"}]}').sort(), [
      ...["common", "one", "shared", "two"],
    ]);
  });

  it("is what the defaults name, while the configuration names no sensors or is not there", () => {
    assert.deepEqual(declared("{}").sort(), ["common", "shared", "two"]);
    assert.deepEqual(declared(undefined).sort(), ["common", "shared", "two"]);
  });

  it("goes on from table to table, each by its own words", () => {
    const config = '{"sensors":[{"type":"last","chain":{"temperature":[]}}]}';
    assert.deepEqual(declared(config).sort(), ["common", "filters", "refine"]);
    assert.deepEqual(declared(config.replace("[]", '[{"median":5}]')).sort(), [
      ...["common", "filters", "refine", "three"],
    ]);
  });

  it("leaves a program without tables as it is", () => {
    assert.equal(onDemand("f();", "f();", {}), "f();");
  });

  for (const name of ["esp32.min.js", "esp8266.min.js"])
    it(`is most of what drivers take in dist/${name}`, () => {
      const conditions = bundle(name).match(/if\([^{}]*indexOf\('"\w/g) ?? [];
      assert.ok(conditions.length > 20, String(conditions.length));
    });
});
