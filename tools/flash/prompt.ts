/** Waits for the Espruino that was just flashed to answer at its console. */
import { Board } from "../board/board.ts";
import type { BoardFacts } from "../board/board.ts";
import { openPort } from "../ports/open.ts";

/** Milliseconds: a first start lays out the flash; a person has to find the button. */
const PATIENCE = 20_000;
const PATIENCE_WITH_PEOPLE = 120_000;

export async function waitForPrompt(port: string, byHand: boolean): Promise<BoardFacts> {
  const board = new Board(await openPort(port));
  try {
    await board.breakIn(byHand ? PATIENCE_WITH_PEOPLE : PATIENCE);
    return await board.facts();
  } finally {
    await board.disconnect();
  }
}
