/**
 * The contract of every sensor, in the words of ECMA-419 (§12–14): `configure`, `sample`, `close`.
 *
 * A sensor gives a correct number or a named fault, never a stand-in value.
 */

/**
 * What kept a sensor from giving a number:
 *
 * - `absent` nothing acknowledges at its address
 * - `wrong-id` something answers, but it is another part
 * - `bad-calibration` its calibration is blank or impossible
 * - `not-ready` it did not finish in time
 * - `no-data` its data registers hold the reset value
 * - `crc` a checksum did not match
 * - `power-on-value` it returned what it holds before the first conversion
 * - `out-of-range` the result lies outside what the part can measure
 * - `open`, `short`, `saturated` electrical faults of analog parts
 */
export type Fault =
  | "absent"
  | "wrong-id"
  | "bad-calibration"
  | "not-ready"
  | "no-data"
  | "crc"
  | "power-on-value"
  | "out-of-range"
  | "open"
  | "short"
  | "saturated";

/** Quantity to value: `temperature` °C, `pressure` Pa, `humidity` %RH, `voltage` V, `current` mA. Finite numbers only. */
export interface Reading {
  [quantity: string]: number;
}

/** Called once per `sample`, never from inside the call: `(fault, undefined)` or `(null, reading)`. */
export type SampleCallback = (fault: Fault | null, reading?: Reading) => void;

export interface Sensor<Options> {
  /** Changes only what `options` names, or nothing and throws when a value is wrong; counts from the next sample. */
  configure(options: Partial<Options>): void;
  /**
   * Takes one sample without blocking. Not re-entrant: while one is under way a further call is answered with
   * `not-ready`. After a fault the next call starts from the part's reset, so a part that returns heals by itself.
   */
  sample(callback: SampleCallback): void;
  /** Ends a sample under way without calling back; idempotent. */
  close(): void;
}

/**
 * One step of a sample: gives the milliseconds to wait for `_step`, which it may have changed, or how the sample ended.
 * What it throws means that nothing acknowledged: `absent`.
 */
export type Step<Self> = (part: Self) => number | Fault | Reading;

/**
 * What the record of every driver begins with. The record is the sensor itself, and its methods are shared, so a further
 * sensor costs its own fields and no more.
 */
export interface Part<Self, Options> extends Sensor<Options> {
  /** Begins from the part's reset: identity, calibration, settings. */
  _first: Step<Self>;
  /** Begins a sample of a part that is set up, where that differs. */
  _next?: Step<Self>;
  /** What comes after the wait. */
  _step: Step<Self>;
  /** 1 while the part is known to be set up; a fault ends it. */
  _ready?: number;
  /** Looks at a busy part that are left before the sample fails. */
  _polls: number;
  _timer: number;
  /** Who gets the sample under way. */
  _callback?: SampleCallback | undefined;
}

/** A driver's record as it is made. What only a sample needs, `Later` and some of every driver's, comes with the first. */
export type Made<Self extends Part<Self, never>, Later extends keyof Self = never> = Omit<
  Self,
  Later | "_step" | "_ready" | "_polls" | "_timer" | "_callback"
> & { _polls?: number };

/** Goes on with a sample; the callback of a timer. */
function run<Self extends Part<Self, never>>(part: Self): void {
  let outcome: number | Fault | Reading;
  try {
    outcome = part._step(part);
  } catch {
    outcome = "absent";
  }
  if (typeof outcome === "number") {
    part._timer = setTimeout(run<Self>, outcome, part);
    return;
  }
  // Everything is settled before the call, which may throw, close, or take the next sample.
  const callback = part._callback as SampleCallback;
  part._callback = undefined;
  if (typeof outcome === "string") {
    part._ready = 0;
    callback(outcome);
  } else callback(null, outcome);
}

/** `sample` of every driver. */
export function sample<Self extends Part<Self, never>>(this: Self, callback: SampleCallback): void {
  if (this._callback) {
    setTimeout(callback, 0, "not-ready");
    return;
  }
  this._callback = callback;
  this._step = (this._ready && this._next) || this._first;
  this._timer = setTimeout(run<Self>, 0, this);
}

/** `close` of every driver. */
export function close<Self extends Part<Self, never>>(this: Self): void {
  if (!this._callback) return;
  clearTimeout(this._timer);
  this._callback = undefined;
  this._ready = 0;
}
