/**
 * Readings and faults that wait for a connection, oldest first, in as little memory as they need: readings
 * differ in their numbers only, so the rest is kept once. A reading of a BME280 takes 5 variables in place
 * of the 15 of a packed message.
 */

import { LOST_RECORD } from "../lines.ts";

export interface Journal {
  /** Number of its shape, time in seconds, and numbers of each, separated by commas. */
  _entries: string[];
  /** Topics and objects without the numbers: `state?"temperature":,"pressure":`. */
  _shapes: string[];
  /** Records it may hold. */
  _limit: number;
  /** Does a record more drop the newest? Default the oldest. */
  _keepsOldest: boolean;
}

/** A record of the journal, and the time it was taken at. */
export interface Entry {
  _topic: string;
  /** Members of a JSON object. */
  _members: string;
  /** Seconds. */
  _at: number;
}

/** Variables that must stay free for one more record. */
const MEMORY_RESERVE = 300;

/**
 * Appends a topic and the members of a JSON object, taken at `at` whole seconds:
 * `state?"temperature":21`. Where the journal is full, or memory is short, a record is dropped; the first
 * `fixed` are under way and stay. Returns how many were dropped.
 */
export function append(journal: Journal, record: string, at: number, fixed: number): number {
  const entries = journal._entries;
  let lost = 0;
  // Garbage is collected only when it matters; a start leaves much of it.
  while (
    entries[fixed] &&
    (entries.length >= journal._limit ||
      (process.memory(false).free < MEMORY_RESERVE && process.memory().free < MEMORY_RESERVE))
  ) {
    print(LOST_RECORD + (journal._keepsOldest ? "newest" : "oldest") + " of what waits");
    lost++;
    if (journal._keepsOldest) return lost;
    entries.splice(fixed, 1);
  }
  const pieces = record.split(":");
  let shape = pieces[0] as string;
  let numbers = "";
  for (let nth = 1; nth < pieces.length; nth++) {
    const piece = pieces[nth] as string;
    const brace = piece.indexOf("}");
    let end = piece.indexOf(",");
    if (end < 0) end = piece.length;
    if (brace >= 0 && brace < end) end = brace;
    // Texts and objects stay, as does null.
    if ('"{n'.indexOf(piece.charAt(0)) >= 0) end = 0;
    else numbers += "," + piece.substr(0, end);
    shape += ":" + piece.substr(end);
  }
  let number = journal._shapes.indexOf(shape);
  if (number < 0) number = journal._shapes.push(shape) - 1;
  entries.push(number + "," + at + numbers);
  return lost;
}

/** The oldest record, which stays in the journal. */
export function oldest(journal: Journal): Entry {
  const numbers = (journal._entries[0] as string).split(",");
  const shape = journal._shapes[+(numbers[0] as string)] as string;
  const start = shape.indexOf("?");
  const pieces = shape.substr(start + 1).split(":");
  let members = pieces[0] as string;
  let next = 2;
  for (let nth = 1; nth < pieces.length; nth++) {
    const piece = pieces[nth] as string;
    const hasNumber = !piece || '"{n'.indexOf(piece.charAt(0)) < 0;
    members += ":" + (hasNumber ? (numbers[next++] as string) : "") + piece;
  }
  return { _topic: shape.substr(0, start), _members: members, _at: +(numbers[1] as string) };
}
