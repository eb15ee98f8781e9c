/** Fields of packets as byte strings: one character a byte, so `length` counts bytes (MQTT 3.1.1 §1.5, §2.2.3). */

/** Two Byte Integer, 0…65535, most significant byte first. */
export function writeU16(value: number): string {
  return String.fromCharCode(value >> 8, value & 255);
}

/** Two Byte Integer at `position`; NaN past the end. */
export function readU16(bytes: string, position: number): number {
  return bytes.charCodeAt(position) * 256 + bytes.charCodeAt(position + 1);
}

/** UTF-8 string or binary data of at most 65535 bytes, with its length in front. */
export function writeText(text: string): string {
  return writeU16(text.length) + text;
}

/** Remaining Length, 0…268 435 455, in one to four bytes. */
export function writeVarint(value: number): string {
  return value < 128
    ? String.fromCharCode(value)
    : String.fromCharCode((value & 127) | 128) + writeVarint(value >> 7);
}

/** What `readVarint` answers when the field goes on past the end of the bytes. */
export const VARINT_INCOMPLETE = -1;
/** What `readVarint` answers for a fifth byte, or for a length written in more bytes than it needs. */
export const VARINT_MALFORMED = -2;

/** Remaining Length that starts at byte 1 of a packet, or one of the two codes above. */
export function readVarint(bytes: string): number {
  let value = 0;
  let factor = 1;
  for (let position = 1; position < 5; position++) {
    if (position >= bytes.length) return VARINT_INCOMPLETE;
    const digit = bytes.charCodeAt(position);
    value += (digit & 127) * factor;
    if (digit < 128) return digit || position < 2 ? value : VARINT_MALFORMED;
    factor *= 128;
  }
  return VARINT_MALFORMED;
}

/** How many bytes a Remaining Length takes, 1…4. */
export function varintSize(value: number): number {
  return value < 128 ? 1 : value < 16384 ? 2 : value < 2097152 ? 3 : 4;
}
