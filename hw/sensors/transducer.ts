/**
 * Pressure transducer with a ratiometric output, 0.5…4.5 V at a supply of 5 V, behind a divider that brings it into the
 * ADC's range.
 *
 * | readings      |
 * | ------------- |
 * | `pressure` Pa |
 *
 * | fault          | what happened                                                                                  |
 * | -------------- | ---------------------------------------------------------------------------------------------- |
 * | `open`         | less than half its lower end, 0.25 V: no signal, no ground or no supply                         |
 * | `short`        | as far above its upper end, 4.75 V: shorted to the supply, or the transducer says it failed     |
 * | `saturated`    | the voltage lies beyond the ADC's range, the part may be all right                             |
 * | `out-of-range` | more than 2.5 % of the span beyond an end: pressure the part is not made for                    |
 * | `not-ready`    | a sample is under way                                                                          |
 */
import { analogPin, FULL, readVolts } from "../io/analog.ts";
import type { AnalogOptions, AnalogPart } from "../io/analog.ts";
import { inRange, settle, twoOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

export interface TransducerOptions extends AnalogOptions {
  /** Pa at the lower and at the upper end of the output, each -10⁹…10⁹. No default: it stands on the part. */
  range: [low: number, high: number];
  /** Share of the output that reaches the pin, 0.01…1, default 2/3: 10 kΩ above 20 kΩ. */
  divider?: number;
  /** V, 0.1…24, default 5: the transducer's own supply, which its output follows. */
  supply?: number;
}

// Ends of the output as shares of the supply: 0.5 V and 4.5 V of 5 V.
const LOW = 0.1;
const HIGH = 0.9;
/** Offset and span of such parts are off by 1…2 % together: so much beyond an end is still a reading. */
const BEYOND = 0.025;

interface Transducer extends Part<Transducer, TransducerOptions>, AnalogPart {
  _range: number[];
  _divider: number;
  _supply: number;
}

/** Pa, or why there are none, from the output as a share of the supply. */
export function convertShare(share: number, range: number[]): number | Fault {
  if (share < LOW / 2) return "open";
  if (share > HIGH + LOW / 2) return "short";
  const position = (share - LOW) / (HIGH - LOW);
  // Written so that NaN fails.
  return position >= -BEYOND && position <= 1 + BEYOND
    ? range[0] + position * (range[1] - range[0])
    : "out-of-range";
}

function measure(part: Transducer): Fault | Reading {
  let volts = readVolts(part);
  const isFull = volts === Infinity;
  if (isFull) volts = FULL * part._fullScale;
  const outcome = convertShare(volts / part._divider / part._supply, part._range);
  // At the end of the ADC's range the output is known only if that is short already.
  if (isFull && outcome !== "short") return "saturated";
  return typeof outcome === "string" ? outcome : { pressure: outcome };
}

/*@__START__*/
function configure(this: Transducer, options: Partial<TransducerOptions>): void {
  const volts: [number, number] = [0.1, 24];
  settle(this, {
    _fullScale: inRange("fullScale", options.fullScale, volts, this._fullScale),
    _samples: inRange("samples", options.samples, [1, 64], this._samples),
    _divider: inRange("divider", options.divider, [0.01, 1], this._divider),
    _supply: inRange("supply", options.supply, volts, this._supply),
    _range: twoOf("range", options.range, [-1e9, 1e9], this._range),
  });
}

/** A driver for one part. Throws on settings that cannot be, without a range, and on a pin without an ADC. */
export function createTransducer(options: TransducerOptions): Sensor<TransducerOptions> {
  const part: Made<Transducer> = {
    configure,
    sample,
    close,
    _first: measure,
    _pin: analogPin(options.pin),
    _fullScale: 3.3,
    _samples: 8,
    _range: [],
    _divider: 2 / 3,
    _supply: 5,
  };
  part.configure(options);
  return part;
}
