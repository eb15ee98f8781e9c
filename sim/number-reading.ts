/**
 * How the engine reads numbers from texts: `parseInt`, `parseFloat` and `Number`, as in Espruino's src/jsutils.c,
 * src/jswrap_functions.c and src/jsvar.c.
 */

/** Thrown as an error of the board. */
export const TOO_BIG = "String too big to convert to number";

// Characters that fit beside their end into the engine's buffers: of jsvGetFloat, and JS_NUMBER_BUFFER_SIZE.
const NUMBER_ROOM = 63;
const PARSE_ROOM = 69;

const SPACE = /^[\t\n\v\f\r ]*/;
const PREFIXES: Record<string, number> = { o: 8, x: 16, b: 2 };

interface Start {
  isNegative: boolean;
  /** Of the first character behind the sign. */
  at: number;
}

/** Passes over what may stand before a number. */
function start(text: string): Start {
  const at = SPACE.exec(text)![0].length;
  const hasSign = text[at] === "-" || text[at] === "+";
  return { isNegative: text[at] === "-", at: hasSign ? at + 1 : at };
}

/** The radix that a number's first characters stand for, and where its digits begin: `010` is octal, `08` and `01.5` are not. */
function radixOf(text: string, at: number): { radix: number; at: number } {
  if (text[at] !== "0") return { radix: 10, at };
  const prefix = PREFIXES[(text[at + 1] ?? "").toLowerCase()];
  if (prefix) return { radix: prefix, at: at + 2 };
  return { radix: /^\d*[.89]/.test(text.slice(at + 1)) ? 10 : 8, at: at + 1 };
}

function digitOf(character: string | undefined, radix: number): number {
  const digit = character && /^[0-9a-z]$/i.test(character) ? parseInt(character, 36) : -1;
  return digit < radix ? digit : -1;
}

/** Digits from `at` on as the engine's 64 bits hold them, and where they end. */
function readInteger(text: string, at: number, radix: number): { value: bigint; end: number } {
  let value = 0n;
  let end = at;
  for (let digit; (digit = digitOf(text[end], radix)) >= 0; end++)
    value = value * BigInt(radix) + BigInt(digit);
  return { value: BigInt.asIntN(64, value), end };
}

/** A number from the beginning of a text, with the engine's errors in the last bit, and where it ends. */
function readFloat(text: string): { value: number; end: number } {
  const { isNegative, at: first } = start(text);
  const { radix, at: digits } = radixOf(text, first);
  let at = digits;
  let value = 0;
  for (let digit; (digit = digitOf(text[at], radix)) >= 0; at++) value = value * radix + digit;
  if (radix === 10) {
    if (text[at] === ".") {
      at++;
      for (let unit = 0.1, digit; (digit = digitOf(text[at], 10)) >= 0; at++, unit /= 10)
        value += unit * digit;
    }
    if (text[at] === "e" || text[at] === "E") {
      at++;
      const isDivided = text[at] === "-";
      if (isDivided || text[at] === "+") at++;
      let exponent = 0;
      for (let digit; (digit = digitOf(text[at], 10)) >= 0; at++) exponent = exponent * 10 + digit;
      // Beyond, nothing changes any more.
      for (let left = Math.min(exponent, 1000); left > 0; left--) value = isDivided ? value / 10 : value * 10;
    }
  }
  const isNothing = at === first || (text[first] === "." && at === first + 1);
  return { value: isNothing ? NaN : isNegative ? -value : value, end: at };
}

/** The number that `Number` makes of a text; undefined where that is too long. */
export function numberOf(text: string): number | undefined {
  if (text.length > NUMBER_ROOM) return undefined;
  if (text === "") return 0;
  if (text === "Infinity" || text === "-Infinity") return text === "Infinity" ? Infinity : -Infinity;
  const { isNegative, at } = start(text);
  const { radix, at: first } = radixOf(text, at);
  const integer = readInteger(text, first, radix);
  if (first < text.length && integer.end === text.length)
    return Number(isNegative ? -integer.value : integer.value);
  const { value, end } = readFloat(text);
  return end === text.length ? value : NaN;
}

/** The number that `parseFloat` makes of a text; undefined where that is too long. */
export function parseFloatOf(text: string): number | undefined {
  const kept = text.slice(0, PARSE_ROOM);
  if (kept === "Infinity" || kept === "-Infinity") return kept === "Infinity" ? Infinity : -Infinity;
  const { value, end } = readFloat(kept);
  return end === PARSE_ROOM ? undefined : value;
}

/** The number that `parseInt` makes of a text; undefined where that is too long. */
export function parseIntOf(text: string, given: number): number | undefined {
  const kept = text.slice(0, PARSE_ROOM);
  const isHexadecimal = (!given || given === 16) && /^0x/i.test(kept);
  const radix = isHexadecimal ? 16 : given || 10;
  const digits = isHexadecimal ? kept.slice(2) : kept;
  const { isNegative, at: first } = start(digits);
  const { value, end: at } = readInteger(digits, first, radix);
  if (at === first) return NaN;
  if (at + (isHexadecimal ? 2 : 0) === PARSE_ROOM) return undefined;
  return Number(isNegative ? -value : value);
}
