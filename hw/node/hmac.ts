/** HMAC (RFC 2104) of what Espruino has to hash with. */
import type { Hash } from "../espruino.d.ts";

/** Bytes of a block of SHA-1 and SHA-256, and what its bytes are combined with, inside and then outside. */
const BLOCK = 64;
const INNER = 0x36;
const OUTER = 0x5c;

/** Computes the HMAC of a byte string, in base64, with a key of at most 64 bytes. */
export function hmac(hash: Hash, key: string, text: string): string {
  const bytes = E.toUint8Array(key, { data: 0, count: BLOCK - key.length });
  E.mapInPlace(bytes, bytes, (byte) => byte ^ INNER);
  const inner = E.toString(hash(E.toString(bytes) + text));
  E.mapInPlace(bytes, bytes, (byte) => byte ^ (INNER ^ OUTER));
  return btoa(hash(E.toString(bytes) + inner));
}
