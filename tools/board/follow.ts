/** Follows the console of a node that starts, to its first acknowledged reading or to what keeps it from that. */
import * as lines from "../../hw/lines.ts";
import { EXIT } from "../exit-code.ts";
import { HINTS, symptomOf } from "../hints.ts";
import type { Symptom } from "../hints.ts";
import { UserError } from "../user-error.ts";
import type { BoardConsole } from "./console.ts";

/** What the firmware prints. */
const MISTAKE = /^config\.json: (.*)/;
const READING = new RegExp(`^([\\w-]+)${lines.READING.replace("{", "(\\{")}.*\\})$`);
const FAULT = new RegExp(
  `^([\\w-]+)${lines.FAULT}(absent|wrong-id|bad-calibration|not-ready|no-data|crc|power-on-value|out-of-range|open|short|saturated)$`,
);
const REFUSED = lines.REFUSALS.map((refusal) => lines.DISCONNECTED + refusal);

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

export function sensorFault(sensor: string, fault: string): UserError {
  return new UserError(
    `The node runs, but its sensor ${sensor} gives no reading: ${fault}.`,
    EXIT.START,
    "Look at its wiring, power, pins and address; docs/troubleshooting.md says what each fault means.",
  );
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
    if (line.startsWith(lines.STARTED) && ++this.starts >= LOOP)
      return this.fail(`the board starts again and again (${this.starts} times)`, "boot loop");
    if (line.startsWith("Uncaught ")) return this.fail(line, "boot loop");
    const [, mistake] = MISTAKE.exec(line) ?? [];
    if (mistake) this.mistakes.push(mistake);
    if (line.startsWith(lines.NOT_STARTED))
      return new UserError(
        `The board refuses its configuration: ${this.mistakes.join("; ")}.`,
        EXIT.CONFIGURATION,
        "Correct it, then upload with --only config.",
      );
    const [, sensor = "", text = ""] = READING.exec(line) ?? FAULT.exec(line) ?? [];
    if (text.startsWith("{")) this.first ??= { sensor, reading: JSON.parse(text) as Record<string, number> };
    else if (text) this.faults.set(sensor, text);
    if (line.startsWith(lines.NOT_THERE) || line.startsWith(lines.DISCONNECTED)) this.waits = line;
    if (REFUSED.some((refusal) => line.startsWith(refusal))) return this.late();
    if (!line.startsWith(lines.ALL_ACKNOWLEDGED)) return undefined;
    return this.first ?? this.late();
  }

  /** Why there is no reading by now. */
  late(): UserError {
    const [fault] = this.faults;
    if (!this.first && fault) return sensorFault(...fault);
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

/** Somebody at the broker, who hears of the node when it has closed its console, as it does with one on the network. */
export interface Witness {
  /**
   * Resolves with the first reading that arrives there, and rejects with what the node tells instead of one; undefined where
   * the broker cannot be asked.
   */
  readonly reading: Promise<FirstReading> | undefined;
  /** Why there is no reading by now. */
  late(): UserError;
}

/** Milliseconds in which a console on the network comes back, where the node leaves it open. */
const RETURN = 10000;
/** Milliseconds in which a node that starts says something there, or closes it. */
const SILENCE = 15000;

const unseen = (): UserError =>
  new UserError(
    "The program is written and starts, but the node closed its console, as it does on the network.",
    EXIT.START,
    "Look for it at the broker.",
  );
const notStarted = (): UserError =>
  new UserError(
    "The program is written, but the node does not start: its console is open and silent, which a node that runs closes on the network.",
    EXIT.START,
    "Read at a USB port what it says: ristretto monitor, and load() typed there.",
  );

/**
 * Waits for the first acknowledged reading, at most `patience` ms; where the node closes the console, by the witness.
 * `onClose` is called when it did.
 */
export function follow(
  console: BoardConsole,
  patience: number,
  witness?: Witness,
  onClose: () => void = () => undefined,
): Promise<FirstReading> {
  const follower = new Follower();
  let isOver = false;
  let isClosed = false;
  let silence: ReturnType<typeof setTimeout> | undefined;
  return new Promise((resolve, reject) => {
    const finish = (outcome: UserError | FirstReading): void => {
      isOver = true;
      clearTimeout(timer);
      clearTimeout(silence);
      removeLine();
      removeClose();
      if (outcome instanceof UserError) reject(outcome);
      else resolve(outcome);
    };
    const timer = setTimeout(() => {
      finish(isClosed ? (witness?.late() ?? unseen()) : follower.late());
    }, patience);
    const removeLine = console.onLine((line) => {
      clearTimeout(silence);
      const outcome = follower.take(line);
      if (outcome) finish(outcome);
    });
    const lookAgain = async (): Promise<void> => {
      clearTimeout(silence);
      isClosed = true;
      if (await console.reconnect(RETURN, () => isOver)) {
        isClosed = false;
        silence = setTimeout(() => finish(notStarted()), SILENCE);
      } else if (isOver) return;
      else if (witness?.reading) onClose();
      else finish(witness?.late() ?? unseen());
    };
    const removeClose = console.onClose(() => {
      if (console.transport.reopen) void lookAgain();
      else finish(console.vanished());
    });
    witness?.reading?.then(finish, finish);
  });
}
