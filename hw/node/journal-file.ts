/** The journal in Storage, over a restart that the node makes itself: memory does not survive that. */
import type { Storage } from "../espruino.d.ts";
import type { Journal } from "./journal.ts";
import { self } from "./self.ts";

/** Bytes that must be free beside it, so that Storage need not be compacted: a power cut there loses files. */
const ROOM = 4096;
/** What flash reads before it is written. */
const BLANK = "\xff";

/**
 * Writes the journal to its file, a line at a time, for it may be larger than the memory that is left. The
 * first line has the time, the number of shapes, which follow, and how many messages and samples were `lost`.
 */
export function saveJournal(journal: Journal, lost: number): void {
  const storage: Storage = require("Storage");
  const lines = journal._shapes;
  const first = Math.floor(getTime()) + "," + lines.length + "," + lost + "\n";
  let size = first.length;
  let at = 0;
  function add(line: string): void {
    size += line.length + 1;
  }
  function write(line: string): void {
    storage.write("journal", line + "\n", at, size);
    at += line.length + 1;
  }
  try {
    lines.forEach(add);
    journal._entries.forEach(add);
    if (storage.getFree() < size + ROOM) return print("Storage: no room for what waits; it is lost");
    write(first.substr(0, first.length - 1));
    lines.forEach(write);
    journal._entries.forEach(write);
  } catch (error) {
    print("Storage: what waits is not written; it is lost");
  }
}

/** Reads the journal that a restart has left, if there is one. */
export function loadJournal(): Journal | undefined {
  const text = require("Storage").read("journal");
  if (!text) return undefined;
  // The power may have been cut while it was written.
  const lines = (text.split(BLANK)[0] as string).split("\n");
  lines.pop();
  const first = (lines.shift() || "").split(",");
  const count = +(first[1] as string);
  const journal: Journal = { _entries: [], _shapes: lines.splice(0, count), _limit: 0, _keepsOldest: false };
  // Where the clock did not survive, times of before are below 0: seconds before this start.
  const shift = Math.min(0, Math.floor(getTime()) - +(first[0] as string));
  lines.forEach(function (line) {
    const numbers = line.split(",");
    numbers[1] = "" + (+(numbers[1] as string) + shift);
    journal._entries.push(numbers.join(","));
  });
  self._lost = +(first[2] as string) || 0;
  return journal._entries[0] ? journal : undefined;
}

/** Removes the file, once all of it has arrived. */
export function forgetJournal(): void {
  const storage: Storage = require("Storage");
  if (storage.read("journal")) storage.erase("journal");
}
