/** Rounding. No value is −0 after it. */
import { inRange } from "../sensors/options.ts";
import { settingsOf } from "./filter.ts";
import type { Filter } from "./filter.ts";

/** Rounded to so many decimals, halves away from zero, whatever the engine's Math.round does with them. */
export function roundTo(value: number, decimals: number): number {
  const steps = Math.pow(10, decimals);
  const rounded = Math.floor(Math.abs(value) * steps + 0.5) / steps;
  return value < 0 && rounded ? -rounded : rounded;
}

/** Rounded to a multiple of `step`, halves to the even one. */
export function roundToMultiple(value: number, step: number): number {
  const exact = value / step;
  let count = Math.floor(exact + 0.5);
  if (count - exact === 0.5 && count % 2) count--;
  return count * step + 0;
}

interface Round extends Filter {
  _by: number;
}

function toDecimals(this: Round, value: number): number {
  return roundTo(value, this._by);
}

function toMultiple(this: Round, value: number): number {
  return roundToMultiple(value, this._by);
}

/** Decimals, or `{ multiple }`. */
export function createRound(setting: unknown): Filter {
  const settings = settingsOf(setting, "decimals") as { decimals?: number; multiple?: number };
  const multiple = inRange("multiple", settings.multiple, [1e-6, 1e6], 0);
  const made: Round = {
    _take: (multiple ? toMultiple : toDecimals) as Filter["_take"],
    _by: multiple || inRange("decimals", settings.decimals, [0, 6], 0),
  };
  return made;
}
