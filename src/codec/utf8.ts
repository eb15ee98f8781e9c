/** UTF-8 as MQTT allows it (MQTT 3.1.1 §1.5.3, RFC 3629). */
import { readU16 } from "./fields.ts";

/**
 * Is `bytes` UTF-8 without U+0000, overlong forms, surrogates and what lies above U+10FFFF? And, unless it
 * `mayHaveControls`, without U+0001…U+001F and U+007F…U+009F, for which a receiver may end the connection?
 */
export function isWellFormed(bytes: string, mayHaveControls: boolean): boolean {
  let due = 0;
  for (let position = 0; position < bytes.length; position++) {
    const byte = bytes.charCodeAt(position);
    // With the byte behind it; NaN at the end.
    const both = readU16(bytes, position);
    if (
      due
        ? byte >> 6 !== 2
        : !byte ||
          (!mayHaveControls && (byte < 0x20 || byte === 0x7f || both >> 5 === 0xc280 >> 5)) ||
          // Overlong or no first byte; above U+10FFFF; overlong; a surrogate; overlong.
          (byte > 0x7f &&
            (!(both >= 0xc280 && both < 0xf490) ||
              both >> 5 === 0xe080 >> 5 ||
              both >> 5 === 0xeda0 >> 5 ||
              both >> 4 === 0xf080 >> 4))
    )
      return false;
    // How many bytes are to follow: one behind C and D, two behind E, three behind F.
    due = due ? due - 1 : byte < 0x80 ? 0 : (byte >> 4) & 3 || 1;
  }
  return !due;
}
