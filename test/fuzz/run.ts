/**
 * Runs streams against the minified module: `node --import tsx test/fuzz/run.ts <streams> <seed> <version>`. Says after each slice how far
 * it is, so that whoever started it can tell that it hangs, and where. Ends with 1 at the first failure, which is shrunk and
 * printed with the command that replays it.
 */
import fc from "fast-check";
import { loadModule } from "../support/module.ts";
import { play } from "./stream.ts";
import type { Step } from "./stream.ts";
import { play as playVersion5 } from "./version5/stream.ts";

/** Streams of one seed. */
const SLICE = 500;

const [streams = "1000", seed = "1", version = "3.1.1"] = process.argv.slice(2);
const module = loadModule(() => 0.5);
const number = fc.nat(65535);
const step: fc.Arbitrary<Step> = fc.tuple(number, number, number, number);
const property = fc.property(step, fc.array(step, { maxLength: 40, size: "max" }), (first, steps) => {
  (version === "5.0" ? playVersion5 : play)(module, first, steps);
});

let done = 0;
for (let slice = Number(seed); done < Number(streams); slice++) {
  const numRuns = Math.min(SLICE, Number(streams) - done);
  const result = fc.check(property, { seed: slice, numRuns });
  if (result.failed) {
    const report = fc.defaultReportMessage(result) ?? "failed";
    const problem = result.errorInstance instanceof Error ? result.errorInstance.message : "";
    console.log(
      `${report}\n${problem}\nreplay: FUZZ=${SLICE} SEED=${slice} npm run mocha -- --grep "streams at ${version}"`,
    );
    process.exit(1);
  }
  done += numRuns;
  console.log(`${done} streams, the last slice with seed ${slice}`);
}
