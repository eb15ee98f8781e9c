/**
 * Makes the generator that is the only source of randomness in a world (mulberry32): equal seeds give equal
 * sequences.
 *
 * @param seed any number; its lowest 32 bits count
 * @returns a function that gives the next number in [0, 1)
 */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
