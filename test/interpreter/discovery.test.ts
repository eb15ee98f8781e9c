/**
 * A node that Home Assistant shall find on the build of the interpreter that has an ESP8266's 1600 variables: what it holds, and
 * that announcing waits where memory is short instead of running out of it.
 */
import assert from "node:assert/strict";
import { createInterpreter } from "../../bench/interpreter.ts";
import { nodeVariables } from "../../bench/node.ts";
import { most, VARIABLES } from "../../bench/budgets.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { createInterpreterBed } from "../support/interpreter-bed.ts";
import { nodeOptions, told } from "../support/node-bed.ts";
import { message, publishes } from "../support/server.ts";

/** Free variables of which some are enough to announce and some are not. */
const LEFT = [650, 450, 400, 350, 300, 250];

withProgram("a node that Home Assistant finds, on the interpreter", espruino, false, (path) => {
  before(async function () {
    const interpreter = createInterpreter(path);
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    interpreter.close();
    if (total === "1600") return;
    console.log(`    skipped: an interpreter with ${total} variables has others, and more`);
    this.skip();
  });

  it("holds few variables more than one that it does not", async function () {
    this.timeout(120_000);
    const held = await nodeVariables(path, undefined, { discovery: true });
    assert.ok(held <= most("node with discovery, variables", VARIABLES.discovery), `${held}`);
  });

  it("announces where there is memory, waits where there is not, and never runs out of it", async function () {
    this.timeout(240_000);
    const outcomes = new Set<boolean>();
    for (const left of LEFT) {
      // Bytes of UTF-8 in the name, as a board has them.
      const settings = { discovery: { name: "K\xc3\xbcche" } };
      const bed = await createInterpreterBed(path, nodeOptions("ESP8266", { settings }));
      const announced = (): string[] =>
        publishes(bed.server)
          .filter(({ topic }) => topic.endsWith("/config"))
          .map(({ payload }) => payload.toString());
      try {
        await bed.until(() => announced().length === 7);
        await told(bed, "state", 2);
        assert.match(announced()[0]!, /"name":"K\u00fcche"/);
        await bed.type(`hoard=[];while(process.memory(false).free>${left})hoard.push(12345678901)`);
        bed.server.last.send(message("homeassistant/status", "online"));
        // Twice the wait, which is a tenth here.
        const end = bed.console.length;
        await bed.type(
          "ticks=0;function count(){if(++ticks<70)setTimeout(count,1000);else print('waited')};count()",
        );
        await bed.until(() => announced().length === 14 || bed.console.slice(end).includes("waited"));
        outcomes.add(announced().length === 14);
        assert.deepEqual(
          bed.console.filter((line) => /MEMORY|lost|lower/.test(line)),
          [],
          `${left} left`,
        );
        assert.equal(bed.server.connections.length, 1, `${left} left`);
        await bed.type("hoard=0");
        await bed.until(() => announced().length === 14);
      } finally {
        await bed.close();
      }
    }
    assert.deepEqual([...outcomes].sort(), [false, true]);
  });
});
