/** What is told of the last few samples: their median, least, greatest, or mean. */
import { inRange } from "../sensors/options.ts";
import { settingsOf } from "./filter.ts";
import type { Filter } from "./filter.ts";

interface Settings {
  /** Samples, 1…16, of which faults take a place and count for nothing. */
  window?: number;
  /** Tells at each so many samples; default 1. */
  every?: number;
  /** Tells first at this sample; default 1. */
  first?: number;
}

interface Window extends Filter {
  /** NaN where there is none yet, or a fault. */
  _values: Float32Array;
  _window: number;
  /** Where the next one goes. */
  _at: number;
  _every: number;
  /** Samples to the next telling. */
  _left: number;
  _kind: number;
}

// What is told of a window. Numbers, as a function would hold on to the scope it is made in for as long as the node runs.
const MEDIAN = 0;
const LEAST = 1;
const GREATEST = 2;
const MEAN = 3;

function take(this: Window, value: number): number | undefined {
  this._values[this._at] = value;
  this._at = (this._at + 1) % this._window;
  if (--this._left) return undefined;
  this._left = this._every;
  const values: number[] = [];
  let sum = 0;
  for (let index = 0; index < this._window; index++) {
    const one = this._values[index] as number;
    // NaN is no number that equals itself.
    if (one === one) {
      values.push(one);
      sum += one;
    }
  }
  const count = values.length;
  const middle = count >> 1;
  if (!count) return NaN;
  if (this._kind === MEAN) return sum / count;
  values.sort((a, b) => a - b);
  if (this._kind === LEAST) return values[0] as number;
  if (this._kind === GREATEST) return values[count - 1] as number;
  // Of an even number of values the mean of the two in the middle.
  return ((values[middle] as number) + (values[count & 1 ? middle : middle - 1] as number)) / 2;
}

/*@__START__*/
function create(setting: unknown, kind: number): Filter {
  const settings = settingsOf(setting, "window") as Settings;
  const size = inRange("window", settings.window, [1, 16], NaN);
  if (size !== Math.floor(size)) throw "window: must be a whole number from 1 to 16";
  const every = inRange("every", settings.every, [1, 1000], 1);
  const values = new Float32Array(size);
  for (let index = 0; index < size; index++) values[index] = NaN;
  const window: Window = {
    _take: take as Filter["_take"],
    _values: values,
    _window: size,
    _at: 0,
    _every: Math.floor(every),
    _left: Math.floor(inRange("first", settings.first, [1, every], 1)),
    _kind: kind,
  };
  return window;
}

export function createMedian(setting: unknown): Filter {
  return create(setting, MEDIAN);
}

export function createLeast(setting: unknown): Filter {
  return create(setting, LEAST);
}

export function createGreatest(setting: unknown): Filter {
  return create(setting, GREATEST);
}

export function createAverage(setting: unknown): Filter {
  return create(setting, MEAN);
}
