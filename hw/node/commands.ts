/** The commands that a node obeys: `cmd/read`, `cmd/period`, `cmd/restart`. */
import { RETAIN } from "../../src/index.ts";
import { note } from "./history.ts";
import { answer, canAnswer, restartSoon } from "./outbox.ts";
import { commands, options } from "./publishing.ts";
import { sampleIfDue, sensors } from "./samples.ts";
import { setPeriod } from "./sampler.ts";
import { self } from "./self.ts";

/** Bytes of the longest command and of the longest payload that are looked at. */
const LONGEST = 16;
/** Seconds between two restarts by command. */
export const RESTART_PERIOD = 60;

/** The number that a text of digits stands for, blanks around it or not; NaN for any other text. */
function numberOf(text: string): number {
  const digits = text.trim();
  let number = digits ? 0 : NaN;
  // Not by the engine, which takes "010" for 8 and "1e" for 1.
  for (let at = 0; at < digits.length; at++) {
    const digit = "0123456789".indexOf(digits.charAt(at));
    number = digit < 0 ? NaN : number * 10 + digit;
  }
  return number;
}

/** Obeys a command; returns the members of its answer, or as text what is wrong with it. */
/*@__TOGETHER__ rare*/
function obey(command: string, payload: string): string {
  if (command === "read") {
    sensors.forEach(function (named) {
      named._due = 0;
    });
    sampleIfDue();
  } else if (command === "restart") {
    if (self._uptime < (self._restartAt || 0)) return "one restart a minute; send it again later";
    note("C");
    // `offline` is published and acknowledged, or given up on, before the board restarts.
    restartSoon();
  } else if (command === "period") {
    const period = numberOf(payload);
    const problem = setPeriod(sensors, period);
    // It says how long values count.
    if (options._announcer && !problem) options._announcer._next = 0;
    return problem || ',"period":' + period;
  } else return "unknown; known are read, period, restart";
  return ",";
}

/**
 * Takes a command. A message that the server had retained is ignored, or a restart would repeat for ever;
 * and one without a payload, which is how a retained one is cleared. Foreign text is looked at only where
 * it is short, and not repeated in the answer.
 */
commands.onMessage = function (topic, payload, flags) {
  const start = commands.topicFilter.length - 1;
  const command = topic.length - start > LONGEST ? "" : topic.substr(start);
  if (flags & RETAIN || command === "result" || payload === "" || !canAnswer()) return;
  const outcome = payload.length > LONGEST ? "a payload has at most 16 bytes" : obey(command, payload);
  const isObeyed = outcome.charAt(0) === ",";
  answer(
    "{" +
      (outcome.charAt(0) === "u" ? "" : '"command":"' + command + '",') +
      (isObeyed
        ? '"ok":true' + (outcome.length > 1 ? outcome : "")
        : '"ok":false,"error":"' + outcome + '"') +
      "}",
  );
};
