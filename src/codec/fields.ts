/** Fields of packets as byte strings: one character a byte, so `length` counts bytes (MQTT 3.1.1 §1.5, §2.2.3). */

/** Bytes as a string. Taken out of `String` once: each look-up there costs the engine twice the call itself. */
export const bytesOf = String.fromCharCode;

/** Two Byte Integer, 0…65535, most significant byte first. */
export function writeU16(value: number): string {
  return bytesOf(value >> 8, value & 255);
}

/** Two Byte Integer at `position`; NaN past the end. */
export function readU16(bytes: string, position: number): number {
  return bytes.charCodeAt(position) * 256 + bytes.charCodeAt(position + 1);
}

/** UTF-8 string or binary data of at most 65535 bytes, with its length in front. */
export function writeText(text: string): string {
  return writeU16(text.length) + text;
}

/** The first byte of a packet and its Remaining Length, 0…268 435 455, in one to four bytes. */
export function writeHeader(first: number, length: number): string {
  return length < 128 ? bytesOf(first, length) : bytesOf(first) + writeLength(length);
}

/** A Remaining Length of two to four bytes. */
function writeLength(length: number): string {
  let written = "";
  for (; length > 127; length >>= 7) written += bytesOf((length & 127) | 128);
  return written + bytesOf(length);
}

/** What `readLength` answers when the field goes on past the end of the bytes. */
export const LENGTH_INCOMPLETE = -1;
/** What `readLength` answers for a fifth byte, or for a length written in more bytes than it needs. */
export const LENGTH_MALFORMED = -2;

/** Remaining Length that starts at byte 1 of a packet, or one of the two codes above. */
export function readLength(bytes: string): number {
  let value = 0;
  for (let position = 1; position < 5; position++) {
    const digit = bytes.charCodeAt(position);
    value += (digit & 127) << (7 * (position - 1));
    if (digit < 128) return digit || position < 2 ? value : LENGTH_MALFORMED;
    if (position >= bytes.length) return LENGTH_INCOMPLETE;
  }
  return LENGTH_MALFORMED;
}

/** Where the Remaining Length ends in a packet with that length, 2…5. */
export function headerSize(length: number): number {
  return length < 128 ? 2 : length < 16384 ? 3 : length < 2097152 ? 4 : 5;
}
