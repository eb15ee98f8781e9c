/** The smallest of `first`…`last` for which `holds`, which holds for all above it; `last` when there is none. */
export function firstWhere(first: number, last: number, holds: (value: bigint) => boolean): number {
  let low = first;
  let high = last;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(BigInt(middle))) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Bytes written as hexadecimal digits; spaces do not count. */
export function bytes(hex: string): number[] {
  return [...Buffer.from(hex.replaceAll(" ", ""), "hex")];
}
