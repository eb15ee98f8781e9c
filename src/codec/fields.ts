/** Fields of packets as byte strings: one character a byte, so `length` counts bytes (MQTT 3.1.1 §1.5, §2.2.3). */

/** Bytes as a string. Taken out of `String` once: each look-up there costs the engine twice the call itself. */
export const bytesOf = String.fromCharCode;

/** Two Byte Integer at `position`; NaN past the end. */
export function readU16(bytes: string, position: number): number {
  return bytes.charCodeAt(position) * 256 + bytes.charCodeAt(position + 1);
}

/** UTF-8 string or binary data of at most 65535 bytes, with its length in front. */
export function writeText(text: string): string {
  return bytesOf(text.length >> 8, text.length & 255) + text;
}

/** The first byte of a packet and its Remaining Length, 0…268 435 455, in one to four bytes. */
export function writeHeader(first: number, length: number): string {
  let header = bytesOf(first);
  for (; length > 127; length >>= 7) header += bytesOf((length & 127) | 128);
  return header + bytesOf(length);
}
