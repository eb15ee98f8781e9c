/** Answers of many nodes as lines of a terminal. */
import { good, warning } from "../output.ts";
import type { Answer } from "./node.ts";

/** Columns of a terminal, and those that the mark before a line takes. */
const WIDTH = 80;
const MARK = 2;
/** Columns that a file's name takes at most. */
const LONGEST = 30;

const cut = (text: string, width: number): string =>
  text.length > width ? `${text.slice(0, width - 1)}…` : text;

/** The last part of a name says most. */
const cutFront = (text: string, width: number): string =>
  text.length > width ? `…${text.slice(1 - width)}` : text;

/** A line for each, in the order of the names; what needs a person stands last, above the sum. */
export function tableOf(answers: readonly (readonly [file: string, answer: Answer])[]): string[] {
  const width = Math.min(LONGEST, Math.max(...answers.map(([file]) => file.length)));
  const lineOf = ([file, { exitCode, text }]: readonly [string, Answer]): string => {
    const line = `${cutFront(file, width).padEnd(width)}  ${cut(text, WIDTH - MARK - width - 2)}`;
    return exitCode ? warning(line) : good(line);
  };
  const obeyed = answers.filter(([, { exitCode }]) => !exitCode);
  const failed = answers.filter(([, { exitCode }]) => exitCode);
  return [...obeyed, ...failed].map(lineOf).concat(`${obeyed.length} of ${answers.length} obeyed.`);
}
