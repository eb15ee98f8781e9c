/** What the tests of all drivers share. */
import assert from "node:assert/strict";
import type { Clock } from "@sinonjs/fake-timers";
import type { Fault, Reading, Sensor } from "../../../hw/sensors/sensor.ts";

export interface Outcome {
  fault: Fault | null;
  reading: Reading | undefined;
}

/** Samples and runs time until the callback came; it must come once, and not from inside the call. */
export function sampleOnce<Options>(clock: Clock, sensor: Sensor<Options>): Outcome {
  const outcomes: Outcome[] = [];
  sensor.sample((fault, reading) => outcomes.push({ fault, reading }));
  assert.equal(outcomes.length, 0, "called back from inside sample");
  clock.runAll();
  assert.equal(outcomes.length, 1);
  const outcome = outcomes[0]!;
  assert.equal(outcome.fault === null, outcome.reading !== undefined);
  return outcome;
}
