import { createHash } from "node:crypto";
import type { Crypto, E, Hash } from "../hw/espruino.d.ts";
import type { BoardKind } from "./boot.ts";
import type { Realm } from "./realm.ts";

/** What functions of bytes take: a text, a number, a list or buffer, or a number of times the same. */
type Part = string | number | ArrayBuffer | ArrayBufferView | { data: Part; count: number } | Part[];

/** Bytes of a part, as jsvIterateCallback of Espruino's src/jsvariterator.c finds them; a class of another realm is no instance. */
function bytesOf(realm: Realm, part: Part): number[] {
  if (typeof part === "string") return [...Buffer.from(part, "latin1")];
  if (typeof part === "number") return [part & 255];
  if (ArrayBuffer.isView(part)) return [...new Uint8Array(part.buffer, part.byteOffset, part.byteLength)];
  if (Array.isArray(part)) return part.flatMap((inner) => bytesOf(realm, inner));
  if (typeof part === "object" && "byteLength" in part) return [...new Uint8Array(part)];
  if (typeof part === "object" && typeof part.count === "number")
    return Array.from({ length: part.count }, () => bytesOf(realm, part.data)).flat();
  throw realm.error("TypeError", "Expecting something to iterate over");
}

const textOf = (bytes: number[]): string => Buffer.from(bytes).toString("latin1");

/** Functions of `E` that make bytes of texts, and texts of bytes. */
export function createByteFunctions(realm: Realm): Pick<E, "toUint8Array" | "toString" | "mapInPlace"> {
  return {
    toUint8Array: (...parts) => realm.bytes(parts.flatMap((part) => bytesOf(realm, part))),
    toString: (...parts: Part[]) => textOf(parts.flatMap((part) => bytesOf(realm, part))),
    mapInPlace(from, to, map) {
      from.forEach((element, index) => {
        if (index < to.length) to[index] = map(element);
      });
    },
  };
}

/** `btoa`, which takes buffers, too. */
export function createBtoa(realm: Realm): (data: unknown) => string {
  return (data) => {
    const isIterable = typeof data === "string" || (typeof data === "object" && data !== null);
    if (!isIterable) throw realm.error("Error", `Expecting String or Array, got ${String(data)}`);
    return Buffer.from(bytesOf(realm, data as Part)).toString("base64");
  };
}

/** `require("crypto")` as ESP32 and ESP8266_4MB have it, as far as a program of ours uses it. */
export function createCrypto(realm: Realm, kind: BoardKind): Crypto {
  const hash =
    (name: string): Hash =>
    (message) => {
      const digest = createHash(name)
        .update(Buffer.from(bytesOf(realm, message)))
        .digest();
      return realm.bytes([...digest]).buffer as ArrayBuffer;
    };
  return realm.record<Crypto>({
    SHA1: hash("sha1"),
    ...(kind === "ESP32" && { SHA256: hash("sha256") }),
  });
}
