/**
 * Is `bytes` well-formed UTF-8 without U+0000 (MQTT 3.1.1 §1.5.3, RFC 3629: no overlong forms, no surrogates, nothing
 * above U+10FFFF)?
 *
 * On the board a loop over bytes costs more than the rest of a publish, so it is kept for strings that need it: the
 * engine's own JSON writes every byte longer that is not printable ASCII.
 */
export function isUtf8(bytes: string): boolean {
  return JSON.stringify(bytes).length === bytes.length + 2 || isWellFormed(bytes);
}

/** The same, decided byte by byte. */
export function isWellFormed(bytes: string): boolean {
  let following = 0;
  let low = 0x80;
  let high = 0xbf;
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes.charCodeAt(position);
    if (following) {
      if (byte < low || byte > high) return false;
      following--;
      low = 0x80;
      high = 0xbf;
    } else if (byte > 0x7f) {
      if (byte < 0xc2 || byte > 0xf4) return false;
      following = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
      // The second byte has the narrower range: overlong forms, surrogates, the end of Unicode.
      if (byte === 0xe0) low = 0xa0;
      if (byte === 0xed) high = 0x9f;
      if (byte === 0xf0) low = 0x90;
      if (byte === 0xf4) high = 0x8f;
    } else if (!byte) return false;
  }
  return !following;
}
