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
  for (let position = 0; position < bytes.length;) {
    let code = bytes.charCodeAt(position++);
    // C0 and C1 would be overlong, what is less belongs to another, what is more than F4 lies above U+10FFFF.
    if (code > 0x7f && (code < 0xc2 || code > 0xf4)) return false;
    let following = code < 0x80 ? 0 : code < 0xe0 ? 1 : code < 0xf0 ? 2 : 3;
    const least = following > 2 ? 0x10000 : following > 1 ? 0x800 : 1;
    if (following) code &= 0x3f >> following;
    while (following--) {
      const next = bytes.charCodeAt(position++);
      if (next >> 6 !== 2) return false;
      code = (code << 6) | (next & 0x3f);
    }
    if (code < least || code > 0x10ffff || code >> 11 === 27) return false;
  }
  return true;
}
