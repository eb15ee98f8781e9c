/**
 * Tells a story on two beds: the simulated board under virtual time, and the interpreter that ESPRUINO names over real TCP.
 * Where both were run, what each saw and said is compared word by word.
 */
import assert from "node:assert/strict";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { BoardKind } from "../../sim/world.ts";
import type { Bed, BedOptions, Scenario } from "./bed.ts";
import { espruino, withProgram } from "./engines.ts";
import { createInterpreterBed, LONGEST } from "./interpreter-bed.ts";
import { BOARD_KINDS } from "./node-world.ts";
import { createSimulatedBed } from "./simulated-bed.ts";
import { transcriptOf, withCommonWaits } from "./transcript.ts";
import type { Transcript } from "./transcript.ts";

/** Runs a scenario to its end; the bed is closed whatever happens, and must not have failed. */
async function play(opening: Promise<Bed>, scenario: Scenario): Promise<Transcript> {
  const bed = await opening;
  let transcript: Transcript;
  try {
    await scenario.run(bed);
    await bed.type("0");
    transcript = transcriptOf(bed);
  } catch (error) {
    await bed.close().catch(() => undefined);
    throw error;
  }
  await bed.close();
  return transcript;
}

/** Only Linux and ESP32 print it: their socket code is the same. */
const withoutSocketErrors = ({ console, ...rest }: Transcript): Transcript => ({
  ...rest,
  console: console.filter((line) => !line.startsWith("ERROR: Connect failed")),
});

const totals = new Map<string, Promise<number>>();

/** Variables of the interpreter at `path`. */
export function totalOf(path: string): Promise<number> {
  let total = totals.get(path);
  if (!total) {
    const interpreter = createInterpreter(path);
    total = interpreter
      .run('print("# " + process.memory().total)')
      .then(([line]) => Number(line))
      .finally(() => {
        interpreter.close();
      });
    totals.set(path, total);
  }
  return total;
}

/** Declares each scenario as a test on both beds, for both kinds of board. */
export function onBothBeds<Story extends Scenario>(
  title: string,
  scenarios: Story[],
  options: (kind: BoardKind, scenario: Story) => BedOptions,
): void {
  for (const kind of BOARD_KINDS) {
    describe(`${title} on a simulated ${kind}`, () => {
      for (const scenario of scenarios)
        it(scenario.claim, async () => {
          await play(createSimulatedBed(options(kind, scenario)), scenario);
        });
    });
    withProgram(
      `${title} of ${kind} on the interpreter, as simulated word by word`,
      espruino,
      false,
      (path) => {
        for (const scenario of scenarios) {
          it(scenario.claim, async function () {
            this.timeout(LONGEST);
            if (scenario.isLarge && (await totalOf(path)) <= 1600) this.skip();
            const real = await play(createInterpreterBed(path, options(kind, scenario)), scenario);
            const simulated = await play(createSimulatedBed(options(kind, scenario)), scenario);
            const compared = kind === "ESP32" ? (both: Transcript) => both : withoutSocketErrors;
            assert.deepEqual(...withCommonWaits(compared(simulated), compared(real)));
          });
        }
      },
    );
  }
}
