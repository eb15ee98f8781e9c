/** The node's second. */
import { tick } from "../../src/index.ts";
import type { Board } from "../board.ts";
import { tickStation } from "../net/wifi.ts";
import { isClockSet, tickClock } from "./clock.ts";
import { countDown, passSilentMinute } from "./health.ts";
import { publishNext } from "./outbox.ts";
import { client } from "./publishing.ts";
import { ANSWER_WITHIN } from "./sampler.ts";
import type { NamedSensor } from "./sampler.ts";
import { sampleIfDue, sensors } from "./samples.ts";
import { self } from "./self.ts";

let kick: Board["kick"];

// An interval would go when memory runs out, and on ESP32 catch up with a clock that was set forward.
/**
 * The node's only timer: it re-arms itself first, so that nothing that follows stops it. What does none the
 * less, the watchdog sees.
 */
function everySecond(): void {
  let isDue = 0;
  setTimeout(everySecond, 1000);
  self._uptime++;
  if (!isClockSet()) tickClock();
  tickStation();
  tick(client);
  if (!(++self._silence % 60)) /*@__NOINLINE__*/ passSilentMinute();
  for (let nth = 0; sensors[nth]; nth++) {
    const named = sensors[nth] as NamedSensor;
    if (named._busy) named._busy++;
    if (--named._due <= 0 || named._busy > ANSWER_WITHIN) isDue = 1;
  }
  if (isDue) sampleIfDue();
  if (--self._wait <= 0) publishNext();
  if (self._untilRestart) /*@__NOINLINE__*/ countDown();
  if (kick) kick();
}

/** Starts the tick, which tells the board's watchdog that the program goes on. */
export function startTick(board: Board): void {
  kick = board.kick;
  everySecond();
}
