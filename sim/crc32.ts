/** The CRC-32 of a text's bytes, or of a list of bytes, as `E.CRC32` gives it. */
export function crc32(data: ArrayLike<number> | string): number {
  let crc = 0xffffffff;
  for (let at = 0; at < data.length; at++) {
    crc ^= (typeof data === "string" ? data.charCodeAt(at) : data[at]!) & 255;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
