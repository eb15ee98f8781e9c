/**
 * The counter of the last signed command that was obeyed, in Storage, where it outlives power cuts.
 *
 * A file of `RECORDS` records is made once and then filled from its front: flash takes a byte once, until the whole page is
 * erased. A record is the counter's first twelve digits, and then, in a write of its own, its last four: a power cut in the
 * first write leaves a record without its end, which does not count, and one in the second write finds all digits in place. A
 * command is obeyed when both are written, so the counter that is read after a restart is never below one that was obeyed.
 *
 * A full file gives way to another one, and is erased when that has its first record. The node makes a file only where Storage
 * has room for it as it is: compacting would move the program that runs there, and lose files if power failed.
 */

/** Bytes of a record, of which the last ones are written last. */
const RECORD = 16;
const RECORDS = 256;
const SIZE = RECORD * RECORDS;
/** Bytes that a file takes besides, with some to spare. */
const HEADER = 64;
const ERASED = "\xff\xff\xff\xff";
/** Below all counters, as texts are compared. */
const NONE = "0";

export interface Counter {
  /** The last one that was obeyed: thirteen digits, or NONE. */
  _last: string;
  /** Number of the file, and of its first record that is free. */
  _file: number;
  _free: number;
}

/** Reads the counter at a start. */
export function readCounter(counter: Counter): void {
  // Beginning of the files' names. Not at the top level, where it would be a variable that every node has.
  const files = "ristretto.count";
  const storage = require("Storage");
  counter._last = NONE;
  counter._file = counter._free = 0;
  for (let file = 0; file < 2; file++) {
    const name = files + file;
    let last = NONE;
    // All records before the first free one are written, so halving the distance finds it.
    let free = 0;
    let end = storage.read(name) ? RECORDS : 0;
    while (free < end) {
      const middle = (free + end) >> 1;
      if (storage.read(name, middle * RECORD, RECORD) === ERASED + ERASED + ERASED + ERASED) end = middle;
      else free = middle + 1;
    }
    for (let nth = free; nth > 0 && last === NONE; nth--) {
      const record = storage.read(name, (nth - 1) * RECORD, RECORD) as string;
      if (record.substr(12) !== ERASED) last = record.substr(0, 12) + record.charAt(15);
    }
    if (!file || last > counter._last) {
      // Power was cut between the first record of a new file and the end of the old one.
      if (counter._last !== NONE) storage.erase(files + 0);
      counter._last = last;
      counter._file = file;
      counter._free = free;
    } else if (last !== NONE) storage.erase(name);
  }
}

/** Writes a counter of thirteen digits that is above the last one; returns why that failed, or an empty text. */
export function writeCounter(counter: Counter, digits: string): string {
  const files = "ristretto.count";
  const storage = require("Storage");
  let file = counter._file;
  let nth = counter._free;
  try {
    if (nth >= RECORDS) {
      nth = 0;
      file = 1 - file;
      // Left over from a power cut, without a record.
      storage.erase(files + file);
    }
    if (!nth && !storage.read(files + file) && storage.getFree() < SIZE + HEADER)
      return "Storage has no room for the counter; upload the node again";
    storage.write(files + file, digits.substr(0, 12), nth * RECORD, SIZE);
    storage.write(files + file, digits.substr(9, 4), nth * RECORD + 12, SIZE);
  } catch (error) {
    return "the counter cannot be written; restart the node";
  }
  if (file !== counter._file) storage.erase(files + counter._file);
  counter._last = digits;
  counter._file = file;
  counter._free = nth + 1;
  return "";
}
