/** The generator of a board: what `Math.random`, `E.hwRand` and `E.srand` share. */
export interface Chance {
  /** The next integer in [0, 2³¹). */
  next(): number;
  /** Goes on from `seed`, of which the lowest 32 bits count. */
  seed(seed: unknown): void;
}

/** Makes the generator as it is at power-on: `rand()` of Espruino's src/jsutils.c, the same on every board that nobody seeds. */
export function createChance(): Chance {
  let w = 0xdeadbeef;
  let z = 0xcafebabe;
  return {
    next() {
      z = (36969 * (z & 65535) + (z >>> 16)) >>> 0;
      w = (18000 * (w & 65535) + (w >>> 16)) >>> 0;
      return ((z << 16) + w) & 0x7fffffff;
    },
    seed(seed) {
      const bits = Number(seed) >>> 0;
      w = ((bits & 0xffff) | (bits << 16)) >>> 0;
      z = ((bits & 0xffff0000) | (bits >>> 16)) >>> 0;
    },
  };
}
