/** Follows the console of a node that starts, to its first acknowledged reading or to what keeps it from that. */
import { EXIT } from "../exit-code.ts";
import { HINTS, symptomOf } from "../hints.ts";
import type { Symptom } from "../hints.ts";
import { UserError } from "../user-error.ts";
import type { BoardConsole } from "./console.ts";

/** What the firmware prints (hw/boot.ts, hw/node.ts, hw/messages.ts). */
const STARTED = /^ristretto \S+ on /;
const MISTAKE = /^config\.json: (.*)/;
const STOPPED = /^Not started\./;
const READING = /^([\w-]+): (\{.*\})$/;
const FAULT =
  /^([\w-]+): (absent|wrong-id|bad-calibration|not-ready|no-data|crc|power-on-value|out-of-range|open|short|saturated)$/;
const ACKNOWLEDGED = /^MQTT: all that waited is acknowledged/;
const WAITS = /^(Wi-Fi|MQTT): .*/;
/** What time does not heal. */
const REFUSED = /^MQTT: (bad user name|not authorized|the broker (refuses|does not speak)|no such name)/;

/** So many starts without a reading are a loop. */
const LOOP = 4;

const HINT_BY_WAIT: ReadonlyArray<readonly [RegExp, string]> = [
  [/^Wi-Fi: .*\(15\)|bad_password/, "Is wifi.password right?"],
  [/^Wi-Fi: /, "Is wifi.ssid right, and the network on 2.4 GHz and in reach?"],
  [
    /^MQTT: nothing answers/,
    "Does the broker run, and listen to the network and not to its own machine alone?",
  ],
  [/^MQTT: bad user name/, "Set them in the file of secrets, then upload with --only config."],
];

/** A reading that the broker acknowledged. */
export interface FirstReading {
  sensor: string;
  reading: Record<string, number>;
}

/** What a line tells about how it goes; a UserError ends it badly, a reading well. */
export class Follower {
  private starts = 0;
  private readonly mistakes: string[] = [];
  private first: FirstReading | undefined;
  private readonly faults = new Map<string, string>();
  /** The last line that says what it waits for. */
  waits = "";

  take(line: string): UserError | FirstReading | undefined {
    const symptom = symptomOf(line);
    if (symptom === "brownout" || symptom === "out of memory") return this.fail(line, symptom);
    if (STARTED.test(line) && ++this.starts >= LOOP)
      return this.fail(`the board starts again and again (${this.starts} times)`, "boot loop");
    if (line.startsWith("Uncaught ")) return this.fail(line, "boot loop");
    const [, mistake] = MISTAKE.exec(line) ?? [];
    if (mistake) this.mistakes.push(mistake);
    if (STOPPED.test(line))
      return new UserError(
        `The board refuses its configuration: ${this.mistakes.join("; ")}.`,
        EXIT.CONFIGURATION,
        "Correct it, then upload with --only config.",
      );
    const [, sensor = "", text = ""] = READING.exec(line) ?? FAULT.exec(line) ?? [];
    if (text.startsWith("{")) this.first ??= { sensor, reading: JSON.parse(text) as Record<string, number> };
    else if (text) this.faults.set(sensor, text);
    if (WAITS.test(line)) this.waits = line;
    if (REFUSED.test(line)) return this.late();
    if (!ACKNOWLEDGED.test(line)) return undefined;
    return this.first ?? this.late();
  }

  /** Why there is no reading by now. */
  late(): UserError {
    const [fault] = this.faults;
    if (!this.first && fault)
      return new UserError(
        `The node runs, but its sensor ${fault[0]} gives no reading: ${fault[1]}.`,
        EXIT.START,
        "Look at its wiring, power, pins and address; docs/troubleshooting.md says what each fault means.",
      );
    const waits = this.waits || "nothing at the console";
    const hint = HINT_BY_WAIT.find(([sign]) => sign.test(waits))?.[1];
    return new UserError(
      `The program is written and starts, but no reading was acknowledged: ${waits}.`,
      EXIT.START,
      hint,
    );
  }

  private fail(what: string, symptom: Symptom): UserError {
    return new UserError(`The program is written, but does not run: ${what}.`, EXIT.START, HINTS[symptom]);
  }
}

/**
 * Waits for the first acknowledged reading, at most `patience` ms. Gives nothing when the node closed the console, as it does
 * with one on the network, which stands open without a password.
 */
export function follow(console: BoardConsole, patience: number): Promise<FirstReading | undefined> {
  const follower = new Follower();
  return new Promise((resolve, reject) => {
    const finish = (outcome: UserError | FirstReading | undefined): void => {
      clearTimeout(timer);
      removeLine();
      removeClose();
      if (outcome instanceof UserError) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(() => {
      finish(follower.late());
    }, patience);
    const removeLine = console.onLine((line) => {
      const outcome = follower.take(line);
      if (outcome) finish(outcome);
    });
    const removeClose = console.onClose(() => {
      finish(console.transport.reopen ? undefined : console.vanished());
    });
  });
}
