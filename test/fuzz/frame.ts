/** Packets as byte strings: one character a byte. What both versions of the protocol have alike. */

export const MALFORMED = 0x81;

export const bytes = (...values: number[]): string => String.fromCharCode(...values);

export const u16 = (text: string, at: number): number => text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);

/** The bytes of a text as numbers. */
export const codesOf = (text: string): number[] => [...Buffer.from(text, "latin1")];

/** Two bytes. */
export const writeU16 = (value: number): string => bytes((value >> 8) & 255, value & 255);

/** A text or binary data with its length. */
export const writeText = (text: string): string => writeU16(text.length) + text;

/** Variable Byte Integer. */
export function writeVariable(value: number): string {
  return value > 127 ? bytes((value & 127) | 128) + writeVariable(value >> 7) : bytes(value);
}

/** A packet with its Remaining Length. */
export const packetOf = (first: number, body: string): string =>
  bytes(first) + writeVariable(body.length) + body;

export const hex = (text: string): string => Buffer.from(text, "latin1").toString("hex");

/** One packet, or as much as has come of it. */
export interface Frame {
  bytes: string;
  first: number;
  /** Bytes of the fixed header; 0 while it has not come whole. */
  header: number;
  /** Bytes of the whole packet; while they are not known, what it has at least. */
  size: number;
  isWhole: boolean;
}

/** Takes the first packet of `stream`; a length that no packet can have is a reason code. */
export function frame(stream: string): Frame | number {
  const first = stream.charCodeAt(0);
  let length = 0;
  for (let position = 1; position < 5; position++) {
    if (position >= stream.length)
      return { bytes: stream, first, header: 0, size: position + 1 + length, isWhole: false };
    const digit = stream.charCodeAt(position);
    length += (digit & 127) * 128 ** (position - 1);
    if (digit > 127) continue;
    if (position > 1 && digit === 0) return MALFORMED;
    const size = position + 1 + length;
    const isWhole = stream.length >= size;
    return { bytes: stream.slice(0, size), first, header: position + 1, size, isWhole };
  }
  return MALFORMED;
}
