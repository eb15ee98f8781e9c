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
  /** Changes only what `options` names; takes effect with the next sample. */
  configure(options: Partial<Options>): void;
  /**
   * Takes one sample without blocking. Not re-entrant: while one is under way a further call is answered with
   * `not-ready`. After a fault the next call starts from the part's reset, so a part that returns heals by itself.
   */
  sample(callback: SampleCallback): void;
  /** Ends a sample under way without calling back; idempotent. */
  close(): void;
}
