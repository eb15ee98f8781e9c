/** What the engine leaves to chance, on the engine: that nobody seeds it, and what the module does about that. */
import assert from "node:assert/strict";
import { createInterpreter } from "../../bench/interpreter.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";

const ATTEMPTS = 6;

/** Tries to connect without a network, its seconds a hundred times as fast, and prints how long each attempt waits. */
const program = (serial: string): string => `
global.getSerial = function () { return "${serial}"; };
global.setTimeout = (function (real) { return function (f, ms, a) { return real(f, ms / 100, a); }; })(setTimeout);
var mqtt = require("ristretto").create("broker"), left = ${ATTEMPTS};
mqtt.on("disconnected", function (reason, seconds) {
  print("# " + seconds);
  if (!--left) { mqtt.disconnect(); print("# end"); }
});
mqtt.connect();`;

withProgram("chance on the interpreter", espruino, false, (path) => {
  async function run(code: string, last?: string): Promise<string[]> {
    const interpreter = createInterpreter(path);
    try {
      await interpreter.store("ristretto", bundle("ristretto.min.js"));
      return await interpreter.run(code, last);
    } finally {
      interpreter.close();
    }
  }

  it("is the same in every interpreter that nobody seeds, E.hwRand() too", async () => {
    const draw =
      'for (var i = 0; i < 4; i++) print("# " + Math.random() * Math.pow(2, 31) + " " + E.hwRand())';
    const first = await run(draw);
    assert.equal(new Set(first).size, 4);
    assert.deepEqual(await run(draw), first);
  });

  it("has the module try again at times that hang on the serial number alone", async () => {
    const first = await run(program("30aea400-0001"), "# end");
    assert.equal(first.length, ATTEMPTS + 1);
    assert.deepEqual(await run(program("30aea400-0001"), "# end"), first);
    assert.notDeepEqual(await run(program("30aea400-0002"), "# end"), first);
  });
});
