/**
 * What became of the last starts of the board, kept in a file of Storage: a letter more for each event, so
 * that flash is only written where it is blank and nothing has to be moved. Without room for it the node
 * does without.
 */
import type { Storage } from "../espruino.d.ts";

/** The board started; a message was acknowledged; nothing was, so the node restarts; a command restarts it. */
export type Event = "S" | "A" | "R" | "C";

/** Bytes of the file; a new one takes its place when it is full. */
const SIZE = 256;
/** Bytes that must be free for that, so that Storage need not be compacted. */
const ROOM = 512;
/** What flash reads before it is written. */
const BLANK = "\xff";

/** What has happened since the last message that was acknowledged, or command to restart. */
/*@__TOGETHER__ rare*/
function recent(text: string): string {
  const since = (text.split(BLANK)[0] as string).split("A").pop() as string;
  return since.split("C").pop() as string;
}

/** Writes down an event. */
/*@__TOGETHER__ rare*/
export function note(event: Event): void {
  const storage: Storage = require("Storage");
  const text = storage.read("starts") || "";
  const end = text.indexOf(BLANK);
  try {
    if (end >= 0) storage.write("starts", event, end, SIZE);
    else if (storage.getFree() > ROOM) storage.write("starts", recent(text).substr(-30) + event, 0, SIZE);
  } catch (error) {
    // A file of that name that is none of ours.
  }
}

/** What a start finds. */
export interface Past {
  /** Starts in a row of which none came to an acknowledged message, this one among them. */
  _failed: number;
  /** Restarts among them that the node made because nothing was acknowledged. */
  _restarts: number;
  /** Was the last one commanded? */
  _isCommanded: boolean;
}

/** Writes down that the board started, and returns what went before. */
export function begin(): Past {
  const before = (require("Storage").read("starts") || "").split(BLANK)[0] as string;
  note("S");
  const since = recent(before);
  const restarts = since.split("R").length - 1;
  return {
    _failed: since.split("S").length - restarts,
    _restarts: restarts,
    _isCommanded: before.substr(-1) === "C",
  };
}
