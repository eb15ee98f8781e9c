/** `ristretto monitor`: the console of a board, made readable. */
import { createWriteStream } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import * as lines from "../hw/lines.ts";
import colors from "./colors.ts";
import { BoardConsole } from "./board/console.ts";
import { EXIT } from "./exit-code.ts";
import { HINTS, symptomOf } from "./hints.ts";
import { openPort } from "./ports/open.ts";
import { writeReasonOf } from "./system-error.ts";
import { UserError } from "./user-error.ts";

export interface MonitorOptions {
  port?: string;
  baud: number;
  log?: string;
  seconds?: number;
  json: boolean;
}

type Paint = (text: string) => string;

/** Matches lines that begin with one of these texts, which hold nothing special. */
const beginning = (...texts: string[]): RegExp => new RegExp(`^(${texts.join("|")})`);

/** What a line is about, by how the firmware and Espruino begin it. */
const PAINTS: ReadonlyArray<readonly [RegExp, Paint]> = [
  [/^Uncaught |^Execution Interrupted|OUT OF MEMORY|^ERROR|Guru Meditation|Brownout/, colors.red],
  [/^config\.json: |^Interrupted/, colors.red],
  [beginning(lines.NOT_STARTED, lines.SAFE_MODE), colors.red],
  [beginning(lines.JOINED, lines.CONNECTED, lines.ALL_ACKNOWLEDGED), colors.green],
  [beginning(lines.NOT_THERE, lines.DISCONNECTED), colors.yellow],
  [/^[\w-]+: \{/, colors.cyan],
];

function paint(line: string): string {
  const found = PAINTS.find(([sign]) => sign.test(line));
  return found ? found[1](line) : line;
}

async function openLog(path: string) {
  const stream = createWriteStream(path, { flags: "a" });
  try {
    await once(stream, "open");
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${writeReasonOf(error)}.`);
  }
  return stream;
}

export async function monitor(options: MonitorOptions): Promise<void> {
  const log = options.log === undefined ? undefined : await openLog(options.log);
  const console = new BoardConsole(await openPort(options.port, options.baud));
  const hinted = new Set<string>();
  console.onLine((line) => {
    if (!line.trim()) return;
    const at = new Date().toISOString();
    const text = options.json
      ? JSON.stringify({ at, line })
      : `${colors.dim(at.slice(11, 23))}  ${paint(line)}`;
    process.stdout.write(`${text}\n`);
    log?.write(`${at}  ${line}\n`);
    const symptom = symptomOf(line);
    if (!symptom || hinted.has(symptom) || options.json) return;
    hinted.add(symptom);
    process.stdout.write(`${colors.dim(" ".repeat(12))}  ${colors.yellow(HINTS[symptom])}\n`);
  });
  const input = createInterface({ input: process.stdin });
  input.on("line", (line) => {
    // What cannot be sent shows by the port, which is gone then.
    console.type(line).catch(() => undefined);
  });
  try {
    await new Promise<void>((resolve, reject) => {
      console.onClose(() => {
        reject(console.vanished());
      });
      if (options.seconds !== undefined)
        setTimeout(() => {
          if (!console.received)
            reject(
              new UserError(`Nothing came from ${console.transport.name}.`, EXIT.CONSOLE, HINTS["no prompt"]),
            );
          else resolve();
        }, options.seconds * 1000);
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, resolve);
    });
  } finally {
    input.close();
    process.stdin.unref();
    await console.close();
    log?.end();
  }
}
