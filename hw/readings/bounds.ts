/** Values that must not be: beyond bounds they are moved to them or left out, and single ones are left out. */
import { inRange } from "../sensors/options.ts";
import { roundTo } from "./round.ts";
import { settingsOf } from "./filter.ts";
import type { Filter } from "./filter.ts";

interface Clamp extends Filter {
  _min: number;
  _max: number;
  /** Leave out what lies beyond. */
  _ignore: boolean;
}

function clamp(this: Clamp, value: number): number | undefined {
  // NaN is neither, and passes.
  if (!(value < this._min || value > this._max)) return value;
  if (this._ignore) return undefined;
  return value < this._min ? this._min : this._max;
}

/** `{ min, max, ignore }`, at least one of the bounds. */
export function createClamp(setting: unknown): Filter {
  const settings = settingsOf(setting, "min") as { min?: number; max?: number; ignore?: boolean };
  const all: [number, number] = [-1e12, 1e12];
  const made: Clamp = {
    _take: clamp as Filter["_take"],
    _min: inRange("min", settings.min, all, -1e12),
    _max: inRange("max", settings.max, all, 1e12),
    _ignore: !!settings.ignore,
  };
  if (!(made._min < made._max)) throw "max: must be more than min";
  return made;
}

interface Except extends Filter {
  _value: number;
  _decimals: number;
}

function except(this: Except, value: number): number | undefined {
  return roundTo(value, this._decimals) === this._value ? undefined : value;
}

/** `{ value, decimals }`: leaves out what rounds to it, such as a value that a part gives when it means none. */
export function createExcept(setting: unknown): Filter {
  const settings = settingsOf(setting, "value") as { value?: number; decimals?: number };
  const decimals = inRange("decimals", settings.decimals, [0, 6], 1);
  const value = inRange("value", settings.value, [-1e12, 1e12], NaN);
  if (value !== value) throw "value: must be a number";
  const made: Except = {
    _take: except as Filter["_take"],
    _value: roundTo(value, decimals),
    _decimals: decimals,
  };
  return made;
}
