/** Checks of drivers' options. What they throw names the option and what it must be; the value may be anything. */

/** `value`, which must be one of `choices`; `current` when it was left out. */
/*@__START__*/
export function oneOf<Value extends number | string>(
  name: string,
  value: Value | undefined,
  choices: Value[],
  current: Value,
): Value {
  if (value === undefined) return current;
  if (choices.indexOf(value) < 0) throw name + ": must be one of " + choices.join(", ");
  return value;
}

/** `value`, which must be a number from `from` to `to`; `current` when it was left out. */
/*@__START__*/
export function inRange(
  name: string,
  value: number | undefined,
  bounds: [from: number, to: number],
  current: number,
): number {
  if (value === undefined) return current;
  // Written so that NaN fails.
  if (typeof value === "number" && value >= bounds[0] && value <= bounds[1]) return value;
  throw name + ": must be a number from " + bounds[0] + " to " + bounds[1];
}

/** Exponent of `value`, which must be a power of two from 1 to 2 ** `last`; `current` when it was left out. */
/*@__START__*/
export function exponent(name: string, value: number | undefined, last: number, current: number): number {
  const choices: number[] = [];
  for (let i = 0; i <= last; i++) choices.push(1 << i);
  return choices.indexOf(oneOf(name, value, choices, choices[current] as number));
}

/** `value`, which must be two different numbers from `from` to `to`; `current` when it was left out and there is one. */
/*@__START__*/
export function twoOf(
  name: string,
  value: number[] | undefined,
  bounds: [from: number, to: number],
  current: number[],
): number[] {
  if (value === undefined && current.length) return current;
  const pair = value || [];
  // inRange would let undefined pass; null fails.
  const first = inRange(name, pair[0] === undefined ? NaN : pair[0], bounds, 0);
  const second = inRange(name, pair[1] === undefined ? NaN : pair[1], bounds, 0);
  if (first === second) throw name + ": must be two different numbers";
  return [first, second];
}

/** Gives `part` the settings that were checked, all at once: `configure` changes what it was told, or nothing. */
/*@__START__*/
export function settle<Part extends object>(part: Part, settings: Partial<Part>): void {
  for (const name in settings) part[name] = settings[name] as Part[typeof name];
}
