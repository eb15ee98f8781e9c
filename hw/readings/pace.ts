/** How often a value is told: when it changed by enough, at most so often, and not before it has settled. */
import { inRange } from "../sensors/options.ts";
import { settingsOf } from "./filter.ts";
import type { Filter } from "./filter.ts";

interface Delta extends Filter {
  /** The least change, and as a share of the value told last; the greater of the two counts. */
  _least: number;
  _share: number;
  /** Seconds after which a value is told without a change; 0 = never. */
  _heartbeat: number;
  /** Told last; undefined before the first, NaN when that was no number. */
  _last: number | undefined;
  _toldAt: number;
}

function changed(this: Delta, value: number, now: number): number | undefined {
  const last = this._last;
  if (last !== undefined && !(this._heartbeat && now - this._toldAt >= this._heartbeat)) {
    // Neither was a number: nothing new. One was: that is a change.
    if (value !== value && last !== last) return undefined;
    const least = Math.max(this._least, this._share * Math.abs(last));
    // A hair less, for what sums of decimal fractions lack.
    if (Math.abs(value - last) < least - 1e-9) return undefined;
  }
  this._last = value;
  this._toldAt = now;
  return value;
}

/** A number, a share as in "5%", or `{ by, floor, heartbeat }`: a share needs a floor where the value can be 0. */
export function createDelta(setting: unknown): Filter {
  const settings = settingsOf(setting, "by") as { by?: number | string; floor?: number; heartbeat?: number };
  const by = settings.by;
  const isShare = typeof by === "string" && by.length > 1 && by.indexOf("%") === by.length - 1;
  const size = isShare ? Number(by.substr(0, by.length - 1)) : by === undefined ? NaN : by;
  const made: Delta = {
    _take: changed as Filter["_take"],
    _least: inRange("floor", settings.floor, [0, 1e12], 0),
    _share: 0,
    _heartbeat: inRange("heartbeat", settings.heartbeat, [1, 604800], 0),
    _last: undefined,
    _toldAt: 0,
  };
  const checked = inRange("by", size as number, [0, 1e12], 0);
  if (isShare) made._share = checked / 100;
  else made._least = Math.max(made._least, checked);
  return made;
}

interface Throttle extends Filter {
  _seconds: number;
  _toldAt: number | undefined;
}

function throttled(this: Throttle, value: number, now: number): number | undefined {
  if (this._toldAt !== undefined && now - this._toldAt < this._seconds) return undefined;
  this._toldAt = now;
  return value;
}

/** Passes one value, then none for so many seconds. */
export function createThrottle(setting: unknown): Filter {
  const seconds = inRange(
    "seconds",
    (settingsOf(setting, "seconds") as { seconds?: number }).seconds,
    [1, 604800],
    0,
  );
  if (!seconds) throw "seconds: must be a number from 1 to 604800";
  const made: Throttle = { _take: throttled as Filter["_take"], _seconds: seconds, _toldAt: undefined };
  return made;
}

interface Skip extends Filter {
  _left: number;
}

function skip(this: Skip, value: number): number | undefined {
  if (!this._left) return value;
  this._left--;
  return undefined;
}

/** Leaves out the first so many. */
export function createSkip(setting: unknown): Filter {
  const count = inRange("count", (settingsOf(setting, "count") as { count?: number }).count, [1, 1000], NaN);
  if (count !== Math.floor(count)) throw "count: must be a whole number from 1 to 1000";
  const made: Skip = { _take: skip as Filter["_take"], _left: count };
  return made;
}
