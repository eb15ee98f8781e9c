/**
 * Stories that are told once and come true on two beds: the simulated board under virtual time, and the interpreter that
 * ESPRUINO names over real TCP. Where both were run, what each saw and said is compared word by word. Which stories the
 * simulated board alone can tell, and why, stands in sim/LIMITS.md.
 */
import assert from "node:assert/strict";
import type { BoardKind } from "../../sim/world.ts";
import type { Bed, BedOptions, Scenario } from "../support/bed.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { createInterpreterBed } from "../support/interpreter-bed.ts";
import { nodeOptions } from "../support/node-bed.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { createSimulatedBed } from "../support/simulated-bed.ts";
import { transcriptOf } from "../support/transcript.ts";
import type { Transcript } from "../support/transcript.ts";
import { clientOptions } from "../support/client-bed.ts";
import { CLIENT } from "./beds/client.ts";
import { COMMANDS } from "./beds/commands.ts";
import { FAULTS_FROM_14 } from "./beds/faults-from-14.ts";
import { FAULTS } from "./beds/faults.ts";
import { FAULTS_TINYMQTT } from "./beds/faults-tinymqtt.ts";
import { DELIVERY } from "./beds/delivery.ts";
import { SENSORS } from "./beds/sensors.ts";
import { START } from "./beds/start.ts";

type Options = (kind: BoardKind, scenario: Scenario) => BedOptions;

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
const withoutSocketErrors = ({ connections, console }: Transcript): Transcript => ({
  connections,
  console: console.filter((line) => !line.startsWith("ERROR: Connect failed")),
});

function onBothBeds(title: string, scenarios: Scenario[], options: Options): void {
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
          it(scenario.claim, async () => {
            const real = await play(createInterpreterBed(path, options(kind, scenario)), scenario);
            const simulated = await play(createSimulatedBed(options(kind, scenario)), scenario);
            const compared = kind === "ESP32" ? (both: Transcript) => both : withoutSocketErrors;
            assert.deepEqual(compared(simulated), compared(real));
          });
        }
      },
    );
  }
}

onBothBeds("the firmware", [...START, ...COMMANDS, ...SENSORS, ...DELIVERY], nodeOptions);
onBothBeds("a program with the module", CLIENT, clientOptions);
onBothBeds("the faults of Espruino's MQTT.js", [...FAULTS, ...FAULTS_FROM_14], clientOptions);
onBothBeds("the faults of tinyMQTT", FAULTS_TINYMQTT, clientOptions);
