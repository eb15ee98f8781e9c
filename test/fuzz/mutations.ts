/** What a faulty line or a hostile server makes of packets. */
import { bytes } from "./frame.ts";

export const pick = <Item>(items: readonly Item[], index: number): Item => items[index % items.length]!;

/** Bytes that mean nothing, the same for the same numbers. */
export function noise(a: number, b: number): string {
  let state = (a * 65537 + b + 1) >>> 0;
  return Array.from({ length: 1 + (a % 40) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return bytes(state >>> 24);
  }).join("");
}

/** What a faulty line or a hostile server makes of a packet. */
export function mutate(text: string, how: number, where: number): string {
  const at = where % (text.length + 1);
  const changed = [
    () =>
      text.slice(0, at) +
      bytes(text.charCodeAt(at % text.length) ^ (1 << ((how >> 3) % 8))) +
      text.slice(at + 1),
    () => text.slice(0, at) + text.slice(at + 1 + (how % 3)),
    () => text.slice(0, at) + bytes((how >> 4) & 255) + text.slice(at),
    () => text.slice(0, at),
    () => text + text,
    () => text.slice(0, at) + text.slice(0, at) + text.slice(at),
    () => text.slice(0, at) + noise(how, where) + text.slice(at),
    () =>
      text.slice(0, 1) +
      pick(["\xff\xff\xff\xff\x7f", "\xff\xff\x7f", "\x80\0", "\xff"], how) +
      text.slice(2),
  ];
  return pick(changed, how)();
}
