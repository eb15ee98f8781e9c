/** The exponential moving average: each sample moves it by the share `alpha` of the way to itself. */
import { inRange } from "../sensors/options.ts";
import { settingsOf } from "./filter.ts";
import type { Filter } from "./filter.ts";

interface Settings {
  /** 0.001…1. */
  alpha?: number;
  /** Tells at the first and then at each so many samples; default 1. */
  every?: number;
}

interface Exponential extends Filter {
  _alpha: number;
  _every: number;
  /** Samples to the next telling. */
  _left: number;
  /** NaN before the first. */
  _mean: number;
}

/** A fault leaves the average as it is, and is passed on. */
function take(this: Exponential, value: number): number | undefined {
  // NaN is no number that equals itself.
  if (value === value)
    this._mean = this._mean === this._mean ? this._mean + this._alpha * (value - this._mean) : value;
  if (--this._left) return undefined;
  this._left = this._every;
  return value === value ? this._mean : NaN;
}

export function createExponential(setting: unknown): Filter {
  const settings = settingsOf(setting, "alpha") as Settings;
  const alpha = inRange("alpha", settings.alpha, [0.001, 1], 0);
  if (!alpha) throw "alpha: must be a number from 0.001 to 1";
  const exponential: Exponential = {
    _take: take as Filter["_take"],
    _alpha: alpha,
    _every: Math.floor(inRange("every", settings.every, [1, 1000], 1)),
    _left: 1,
    _mean: NaN,
  };
  return exponential;
}
