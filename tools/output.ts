/** What verbs print: lines and a bar for people, one JSON object a line for programs. */
import cliProgress from "cli-progress";
import colors from "./colors.ts";

export interface Output {
  /** True when a program reads along. */
  readonly json: boolean;
  /** An event: an object for programs, and for people the line, when there is one. */
  tell(event: object, line?: string): void;
  /** Shows `done` of `total` bytes of what is written, on a terminal only. */
  progress(file: string, done: number, total: number): void;
  /** Takes the bar away. */
  settle(): void;
}

export function createOutput(json: boolean): Output {
  let bar: cliProgress.SingleBar | undefined;
  let shown = "";
  function settle(): void {
    bar?.stop();
    bar = undefined;
    shown = "";
  }
  return {
    json,
    tell(event, line) {
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
      else if (line !== undefined) {
        settle();
        process.stdout.write(`${line}\n`);
      }
    },
    progress(file, done, total) {
      if (json || !process.stderr.isTTY) return;
      if (shown !== file) {
        settle();
        shown = file;
        bar = new cliProgress.SingleBar(
          {
            format: `${file.padEnd(16)} {bar} {percentage} %`,
            hideCursor: true,
            clearOnComplete: true,
            stream: process.stderr,
          },
          cliProgress.Presets.shades_classic,
        );
        bar.start(total, done);
      } else bar?.update(done);
      if (done === total) settle();
    },
    settle,
  };
}

/** A line of what went well. */
export const good = (text: string): string => `${colors.green("✓")} ${text}`;
/** A line of what may not. */
export const warning = (text: string): string => `${colors.yellow("!")} ${text}`;
/** Digits in groups of three. */
export const grouped = (number: number): string => String(number).replace(/\B(?=(\d{3})+$)/g, " ");
