/** Boards by their words, and by what Espruino calls itself. */
import type { BoardTable } from "./board.ts";
import { BOARDS } from "./index.ts";

/** The word for a board in a configuration: how `process.env.BOARD` begins there, in small letters. */
export type BoardWord = keyof typeof BOARDS;

export const BOARD_WORDS = Object.keys(BOARDS) as BoardWord[];

/** The same in capital letters, as Espruino writes it. */
export type BoardName = Uppercase<BoardWord>;

export const nameOf = (board: BoardWord | BoardName): BoardName => board.toUpperCase() as BoardName;

export const tableOf = (board: BoardWord | BoardName): BoardTable => BOARDS[board.toLowerCase() as BoardWord];

/** The board that calls itself so in `process.env.BOARD`; undefined for one that nobody here knows. */
export function boardNamed(said: string): BoardWord | undefined {
  const fitting = BOARD_WORDS.filter((word) => said.toLowerCase().startsWith(word));
  return fitting.sort((a, b) => b.length - a.length)[0];
}
