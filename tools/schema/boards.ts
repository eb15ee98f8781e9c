/** What hangs on the board, in words. */
import { pinsText } from "../../boards/board.ts";
import type { BoardTable } from "../../boards/board.ts";
import { BOARD_WORDS, tableOf } from "../../boards/named.ts";

/** Values with the boards that have them: "D21 of an ESP32", "D8 of an ESP32-C3 and ESP32-S3". */
function byBoard(valueOf: (board: BoardTable) => string): string[] {
  const names = new Map<string, string[]>();
  for (const board of BOARD_WORDS.map(tableOf)) {
    const value = valueOf(board);
    if (value) names.set(value, [...(names.get(value) ?? []), board.name]);
  }
  return [...names].map(([value, boards]) => `${value} of an ${boards.join(" and ")}`);
}

export const defaultPin = (end: "data" | "clock"): string => byBoard(({ i2c }) => i2c[end]).join(", ");

export const analogPins = (): string =>
  byBoard(({ pins: { analog } }) => analog && pinsText(analog)).join(", ");

export const boardNames = (fits: (board: BoardTable) => boolean): string[] =>
  BOARD_WORDS.map(tableOf)
    .filter(fits)
    .map(({ name }) => name);
