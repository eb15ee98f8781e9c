/** Choices that follow from a few numbers alone. */

export interface Dice {
  /** 0 to `sides` − 1. */
  roll(sides: number): number;
  /** Once in `sides` times. */
  isRare(sides: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
}

export function createDice(...numbers: number[]): Dice {
  let state = 0x9e3779b9;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  for (const number of numbers) state = Math.imul(state ^ (number + 0x7f4a7c15), 0x85ebca6b) ^ next();
  const dice: Dice = {
    roll: (sides) => next() % sides,
    isRare: (sides) => next() % sides === 0,
    pick: (items) => items[next() % items.length]!,
  };
  return dice;
}
