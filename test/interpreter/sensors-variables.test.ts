/**
 * What drivers and nodes of several sensors take of the real interpreter's variables, and that their samples go through on
 * it. The numbers are those of an ESP8266's memory layout; other builds take the samples alone.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { most, VARIABLES } from "../../bench/budgets.ts";
import { DRIVERS, driverVariables, stageOf } from "../../bench/drivers.ts";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Interpreter } from "../../bench/interpreter.ts";
import { nodeVariables, ONE, THREE } from "../../bench/node.ts";
import { SAVED } from "../../bench/results.ts";
import type { Results } from "../../bench/results.ts";
import { espruino, withProgram } from "../support/engines.ts";

/** A timer that comes late takes one more, for as long as it lasts. */
const LATE = 2;

withProgram("drivers and their variables on the interpreter", espruino, false, (path) => {
  const saved = JSON.parse(readFileSync(SAVED, "utf8")) as Results;
  let interpreter: Interpreter;
  let isEsp8266 = false;
  before(async () => {
    interpreter = createInterpreter(path);
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    isEsp8266 = total === "1600";
    if (!isEsp8266)
      console.log(`    skipped: variables, for this interpreter has ${total} and not an ESP8266's`);
  });
  after(() => interpreter.close());

  for (const type of DRIVERS) {
    it(`${type}: samples of two parts go through, and the driver holds what the bench says`, async function () {
      this.timeout(120_000);
      const { variables, outcomes } = await driverVariables(interpreter, type);
      const { reading } = stageOf(type);
      assert.equal(outcomes.length, 2);
      for (const outcome of outcomes) {
        assert.ok(typeof outcome === "object", JSON.stringify(outcome));
        assert.deepEqual(Object.keys(outcome), Object.keys(reading));
        for (const [quantity, value] of Object.entries(reading))
          assert.ok(Math.abs(outcome[quantity]! - value) <= 1e-6 * Math.abs(value), JSON.stringify(outcome));
      }
      if (!isEsp8266) return;
      for (const [what, count] of Object.entries(variables)) {
        const told = saved.drivers![type]![what]!;
        assert.ok(Math.abs(count - told) <= LATE, `${what}: ${count}, and ${told} in ${SAVED}`);
      }
    });
  }

  for (const [what, sensors, budget] of [
    ["a BME280", ONE, most("whole node, variables", VARIABLES.node)],
    ["a BME280 and two DS18B20", THREE, most("node with three sensors, variables", VARIABLES.three)],
  ] as const) {
    it(`a node with ${what} stays within ${budget} variables`, async function () {
      if (!isEsp8266) return this.skip();
      this.timeout(120_000);
      const held = await nodeVariables(path, sensors);
      assert.ok(held <= budget, `${held} variables`);
    });
  }
});
