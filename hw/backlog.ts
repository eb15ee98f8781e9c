/**
 * Readings and faults that wait for a connection, oldest first, in as little memory as they need: readings differ in their
 * numbers only, so the rest is kept once. A reading of a BME280 takes 5 variables in place of the 15 of a packed message.
 */

export interface Backlog {
  /** Number of its shape, time in seconds, and numbers of each, separated by commas. */
  _entries: string[];
  /** Topics and objects without the numbers: `state?"temperature":,"pressure":`. */
  _shapes: string[];
  /** Packet id of the one that was sent and is not acknowledged; 0 = none. */
  _id: number;
}

/** What was put in, and when. */
export interface Waiting {
  _topic: string;
  /** Members of a JSON object. */
  _members: string;
  /** Seconds. */
  _at: number;
}

/** Variables that must stay free for one more to wait. */
const MEMORY_RESERVE = 300;

/**
 * Puts a topic and the members of a JSON object behind all others, `at` whole seconds: `state?"temperature":21`. Where
 * `limit` of them wait already, or memory is short, the oldest goes, or with `keepsOldest` this one; returns how many.
 */
export function putLate(
  backlog: Backlog,
  told: string,
  at: number,
  limit: number,
  keepsOldest: boolean,
): number {
  const entries = backlog._entries;
  let lost = 0;
  // Garbage is collected only when it matters; a start leaves much of it.
  while (
    entries[0] &&
    (entries.length >= limit ||
      (process.memory(false).free < MEMORY_RESERVE && process.memory().free < MEMORY_RESERVE))
  ) {
    print("MQTT: lost the " + (keepsOldest ? "newest" : "oldest") + " of what waits");
    lost++;
    if (keepsOldest) return lost;
    entries.shift();
  }
  const pieces = told.split(":");
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
  let number = backlog._shapes.indexOf(shape);
  if (number < 0) number = backlog._shapes.push(shape) - 1;
  entries.push(number + "," + at + numbers);
  return lost;
}

/** Takes the oldest one out. */
export function takeLate(backlog: Backlog): Waiting {
  const numbers = (backlog._entries.shift() as string).split(",");
  const shape = backlog._shapes[+(numbers[0] as string)] as string;
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
