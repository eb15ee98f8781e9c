/** A sample of the streams on the real interpreter, which must do what the same bundle does in Node, and keep nothing. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { createInterpreter } from "../../bench/interpreter.ts";
import { stringifyAsEspruino } from "../../sim/json-text.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { loadModule, PROOF_BUNDLE } from "../support/module.ts";
import { STAGE } from "./stage.ts";
import { play } from "./stream.ts";
import type { Step } from "./stream.ts";
import { STAGE as STAGE_VERSION5 } from "./version5/stage.ts";
import { play as playVersion5 } from "./version5/stream.ts";

/** A stream as it was played in Node, at either version. */
type Played = ReturnType<typeof play> | ReturnType<typeof playVersion5>;

/** Where streams are played, by the version that is spoken. */
const STAGES = {
  "3.1.1": { stage: STAGE, play },
  "5.0": { stage: STAGE_VERSION5, play: playVersion5 },
};

/** Streams in the sample. */
const STREAMS = 150;
/** Characters that one program may have, which stands in memory while it runs; a board's memory has room for the shorter streams,
 * and for the module without the parts that it does not have. */
const PROGRAM = { board: 600, linux: 3000 };

/** Plays a stream on the engine: `told` and what was written since, put together. */
const playOn = (stage: string): string => `
exports.play = function (settings, acts, print) {
  var writing = "";
  function flush() { if (writing) print("wrote " + writing); writing = ""; }
  var stage = (${stage})(require("ristretto"), settings,
    function (line) { flush(); print("told " + line); }, function (bytes) { writing += bytes; });
  acts.forEach(function (act) { stage.act(act); flush(); });
};`;

/** A text in the engine's own language, of which any byte can be a part. */
const literal = (value: unknown): string =>
  JSON.stringify(value)
    .replace(/\\u00([0-9a-f]{2})/g, "\\x$1")
    .replace(/[\x7f-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);

const settingsText = ({ settings }: Played): string =>
  literal({ ...settings, capacity: Math.min(settings.capacity, 1e6) });

const actsText = (acts: readonly unknown[]): string => `[${acts.map(literal).join(",")}]`;

/** Programs that play all of them thrice, and say what the last time left in memory. */
function programsOf(all: readonly Played[], size: number): Array<{ text: string; played: Played[] }> {
  const programs: Array<{ calls: string; played: Played[] }> = [];
  for (const played of all) {
    const call = `play(${settingsText(played)}, ${actsText(played.acts)}, tell);\n`;
    if (call.length > size && size < PROGRAM.linux) continue;
    const last = programs.at(-1);
    if (last && last.calls.length + call.length < size) {
      last.calls += call;
      last.played.push(played);
    } else programs.push({ calls: call, played: [played] });
  }
  return programs.map(({ calls, played }) => ({
    text: `var play = require("play").play, mute = true, before, after;
function used() { return process.memory().usage; }
function tell(line) { if (!mute) print("# " + JSON.stringify(line)); }
function round() { ${calls} }
mute = false; round(); mute = true; round();
// Twice, as a number may take a variable of its own.
before = after = used(); before = after = used();
round(); after = used();
print("# used " + (after - before));`,
    played,
  }));
}

/** The lines that the interpreter is to print of a stream: writes that follow each other in one act are one. */
function expectedOf({ events }: Played): string[] {
  return events.map((event) => stringifyAsEspruino(event));
}

/** Streams of a seed, as they go in Node. */
function sample(seed: number, perform: (first: Step, steps: readonly Step[]) => Played): Played[] {
  const number = fc.nat(65535);
  const step: fc.Arbitrary<Step> = fc.tuple(number, number, number, number);
  const streams = fc.tuple(step, fc.array(step, { maxLength: 10, size: "max" }));
  return fc.sample(streams, { seed, numRuns: STREAMS }).map(([first, steps]) => perform(first, steps));
}

withProgram("a sample of the streams on the interpreter", espruino, false, (path) => {
  for (const [version, { stage, play: perform }] of Object.entries(STAGES)) {
    it(`does what it does in Node at ${version}, act for act, and keeps no memory (${STREAMS})`, async function () {
      this.timeout(600_000);
      const seed = Number(process.env.SEED ?? 1);
      const interpreter = createInterpreter(path);
      try {
        const [total] = await interpreter.run('print("# " + process.memory().total)');
        const isBoard = Number(total) < 2000;
        if (isBoard && version === "5.0") {
          console.log(`      SKIPPED: ${total} variables hold no client with all parts of 5.0`);
          this.skip();
        }
        await interpreter.store(
          "ristretto",
          isBoard ? bundle("ristretto-functions.min.js") : readFileSync(PROOF_BUNDLE, "latin1"),
        );
        await interpreter.store("play", playOn(stage));
        const module = loadModule(() => 0.5);
        const all = sample(seed, (first, steps) => perform(module, first, steps, false));
        const fitting = all.filter(({ settings }) => !(isBoard && settings.hasQos2));
        const programs = programsOf(fitting, isBoard ? PROGRAM.board : PROGRAM.linux);
        const count = programs.reduce((sum, { played }) => sum + played.length, 0);
        console.log(`      ${count} streams in ${programs.length} programs`);
        assert.ok(count >= 20, `${count} streams`);
        for (const { text, played } of programs) {
          const lines = await interpreter.run(text);
          assert.deepEqual(lines.slice(0, -1), played.flatMap(expectedOf), `replay: SEED=${seed}`);
          assert.equal(lines.at(-1), "used 0", `replay: SEED=${seed}`);
        }
      } finally {
        interpreter.close();
      }
    });
  }
});
