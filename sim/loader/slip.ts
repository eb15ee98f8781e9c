/** The frames that a chip's serial loader talks in (SLIP, RFC 1055). */

const END = 0xc0;
const ESCAPE = 0xdb;
const ESCAPED_END = 0xdc;
const ESCAPED_ESCAPE = 0xdd;

export function slipEncode(payload: Uint8Array): Buffer {
  const bytes = [END];
  for (const byte of payload) {
    if (byte === END) bytes.push(ESCAPE, ESCAPED_END);
    else if (byte === ESCAPE) bytes.push(ESCAPE, ESCAPED_ESCAPE);
    else bytes.push(byte);
  }
  bytes.push(END);
  return Buffer.from(bytes);
}

/** Takes bytes as they come, cut anywhere, and calls `onFrame` for each whole frame; what stands outside of one is dropped. */
export function createSlipDecoder(onFrame: (payload: Buffer) => void): (bytes: Uint8Array) => void {
  let frame: number[] | undefined;
  let escaping = false;

  function take(byte: number): void {
    if (byte === END) {
      const payload = frame ?? [];
      // Between two frames stand an end and a beginning, or one byte that is both.
      frame = payload.length ? undefined : [];
      escaping = false;
      if (payload.length) onFrame(Buffer.from(payload));
    } else if (frame && escaping) {
      escaping = false;
      frame.push(byte === ESCAPED_END ? END : byte === ESCAPED_ESCAPE ? ESCAPE : byte);
    } else if (byte === ESCAPE) escaping = true;
    else frame?.push(byte);
  }

  return (bytes) => {
    for (const byte of bytes) take(byte);
  };
}
