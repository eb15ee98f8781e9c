import { formatNumber } from "./number-text.ts";

const quoted = (text: string): string =>
  '"' +
  text.replace(/["\\]|[^ -~]/g, (letter) => {
    if (letter === "\n") return "\\n";
    const hex = (letter.charCodeAt(0) & 255).toString(16).toUpperCase().padStart(2, "0");
    return letter === '"' || letter === "\\" ? "\\" + letter : "\\x" + hex;
  }) +
  '"';

function members(value: object, depth: number): string[] {
  return Array.isArray(value)
    ? value.map((item) => showValue(item, depth + 1))
    : Object.entries(value).map(([name, member]) => `${name}: ${showValue(member, depth + 1)}`);
}

/** A value as the console prints it behind `=`; always in one line, where the engine breaks long ones. */
export function showValue(value: unknown, depth = 0): string {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return formatNumber(value);
  if (typeof value === "function") return "function () { ... }";
  if (typeof value !== "object" || value === null) return String(value);
  if (depth > 4) return "...";
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const inner = members(value, depth);
  return inner.length ? `${open} ${inner.join(", ")} ${close}` : open + " " + close;
}
