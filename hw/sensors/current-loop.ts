/**
 * Transmitter with a current loop of 4…20 mA over a shunt, with the fault bands of NAMUR NE 43.
 *
 * | readings                                             |
 * | ---------------------------------------------------- |
 * | `current` mA, and the `quantity` it stands for if any |
 *
 * | current                    | outcome                                                                      |
 * | -------------------------- | ---------------------------------------------------------------------------- |
 * | 3.6 mA or less             | `open`: the loop is broken, or the transmitter says by it that it failed      |
 * | 3.6…3.8 and 20.5…21 mA     | `out-of-range`: beyond what NE 43 has a transmitter measure                  |
 * | 3.8…20.5 mA                | a reading                                                                    |
 * | 21 mA or more              | `short`: a shorted loop, or the transmitter says by it that it failed         |
 * | beyond the range of the ADC | `saturated`, when that ends below 21 mA                                     |
 *
 * `not-ready`: a sample is under way.
 *
 * On ESP32 a shunt of 100…150 Ω keeps 21 mA below about 3.1 V, where its ADC ends.
 */
import { analogPin, FULL, readVolts } from "../io/analog.ts";
import type { AnalogOptions, AnalogPart } from "../io/analog.ts";
import { inRange, settle, twoOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

export interface CurrentLoopOptions extends AnalogOptions {
  /** Ω, 1…1000, default 150. */
  shunt?: number;
  /** What the transmitter measures; default nothing but the current. Fixed at creation: `configure` passes over it. */
  quantity?: "temperature" | "pressure" | "humidity" | "voltage";
  /** Value at 4 mA and at 20 mA in the unit of the quantity (°C, Pa, %RH, V), each -10⁹…10⁹. No default. */
  range?: [low: number, high: number];
}

// NAMUR NE 43: signal levels of transmitters, in mA.
const FAILED_LOW = 3.6;
const LOWEST = 3.8;
const HIGHEST = 20.5;
const FAILED_HIGH = 21;

interface CurrentLoop extends Part<CurrentLoop, CurrentLoopOptions>, AnalogPart {
  _shunt: number;
  _quantity: string | undefined;
  _range: number[];
}

/** Why there is no reading of so many mA; null when there is one. */
export function judgeCurrent(current: number): Fault | null {
  if (current <= FAILED_LOW) return "open";
  if (current >= FAILED_HIGH) return "short";
  // Written so that NaN fails.
  return current >= LOWEST && current <= HIGHEST ? null : "out-of-range";
}

/** The value for so many mA: `range[0]` at 4, `range[1]` at 20. */
export function convertCurrent(current: number, range: number[]): number {
  return range[0] + ((current - 4) / 16) * (range[1] - range[0]);
}

function measure(part: CurrentLoop): Fault | Reading {
  let volts = readVolts(part);
  const isFull = volts === Infinity;
  if (isFull) volts = FULL * part._fullScale;
  const current = (1000 * volts) / part._shunt;
  const fault = judgeCurrent(current);
  // At the end of the ADC's range the current is known only if that is a fault already.
  if (isFull && fault !== "short") return "saturated";
  if (fault) return fault;
  const reading: Reading = { current: current };
  if (part._quantity) reading[part._quantity] = convertCurrent(current, part._range);
  return reading;
}

/*@__START__*/
function configure(this: CurrentLoop, options: Partial<CurrentLoopOptions>): void {
  settle(this, {
    _fullScale: inRange("fullScale", options.fullScale, [0.1, 24], this._fullScale),
    _samples: inRange("samples", options.samples, [1, 64], this._samples),
    _shunt: inRange("shunt", options.shunt, [1, 1000], this._shunt),
    _range: this._quantity ? twoOf("range", options.range, [-1e9, 1e9], this._range) : this._range,
  });
}

/** A driver for one loop. Throws on settings that cannot be, on a quantity without a range, and on a pin without an ADC. */
export function createCurrentLoop(options: CurrentLoopOptions): Sensor<CurrentLoopOptions> {
  const quantities = ["temperature", "pressure", "humidity", "voltage"];
  if (options.quantity !== undefined && quantities.indexOf(options.quantity) < 0)
    throw "quantity: must be one of " + quantities.join(", ");
  const part: Made<CurrentLoop> = {
    configure,
    sample,
    close,
    _first: measure,
    _pin: analogPin(options.pin),
    _fullScale: 3.3,
    _samples: 8,
    _shunt: 150,
    _quantity: options.quantity,
    _range: [],
  };
  part.configure(options);
  return part;
}
