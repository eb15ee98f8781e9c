import { formatNumber } from "./number-text.ts";

const ESCAPES: Record<number, string> = {
  8: "\\b",
  9: "\\t",
  10: "\\n",
  12: "\\f",
  13: "\\r",
  34: '\\"',
  92: "\\\\",
};

function quote(text: string): string {
  let quoted = '"';
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index) & 255;
    const hex = code.toString(16).toUpperCase().padStart(2, "0");
    quoted += ESCAPES[code] ?? (code < 32 || code >= 127 ? "\\u00" + hex : String.fromCharCode(code));
  }
  return quoted + '"';
}

function stringifyObject(object: Record<string, unknown>, parents: readonly object[]): string {
  const members = Object.keys(object)
    .filter((key) => object[key] !== undefined && typeof object[key] !== "function")
    .map((key) => quote(key) + ":" + stringify(object[key], key, parents));
  return "{" + members.join(",") + "}";
}

function stringify(value: unknown, key: string, parents: readonly object[]): string {
  if (value === undefined || value === null) return "null";
  if (typeof value === "function") return "undefined";
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return Number.isFinite(value) ? formatNumber(value) : "null";
  if (typeof value !== "object") return String(value);
  if (parents.includes(value)) return " ... ";
  const inner = [...parents, value];
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const items = Array.from(value as unknown as ArrayLike<unknown>);
    return "[" + items.map((item, index) => stringify(item, String(index), inner)).join(",") + "]";
  }
  const { toJSON } = value as { toJSON?: unknown };
  if (typeof toJSON === "function") return stringify(toJSON.call(value, key), key, inner);
  return stringifyObject(value as Record<string, unknown>, inner);
}

/**
 * `JSON.stringify` as Espruino has it: bytes from 0x7f on and control characters become \u00XX, numbers have
 * 11 fractional digits at most, NaN is null, `undefined` is the text null, a function in an array is the text
 * undefined.
 */
export function stringifyAsEspruino(value: unknown): string {
  return stringify(value, "", []);
}
