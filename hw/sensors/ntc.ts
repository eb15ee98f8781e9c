/**
 * NTC thermistor in a divider with a fixed resistor, by β or by Steinhart and Hart's coefficients.
 *
 * | readings         |
 * | ---------------- |
 * | `temperature` °C |
 *
 * | fault          | what happened                                                          |
 * | -------------- | ---------------------------------------------------------------------- |
 * | `open`         | the thermistor has 99 times the fixed resistor or more: a broken wire  |
 * | `short`        | a 99th of it or less                                                   |
 * | `saturated`    | the voltage lies beyond the ADC's range, the part may be all right     |
 * | `out-of-range` | the result lies outside `minimum`…`maximum`                            |
 * | `not-ready`    | a sample is under way                                                  |
 *
 * The ADC of an ESP32 reads 0 below about 0.1 V and bends above about 2.5 V: the fixed resistor should be near the
 * thermistor's resistance at the temperature that matters.
 */
import { analogPin, FULL, readVolts } from "../io/analog.ts";
import type { AnalogOptions, AnalogPart } from "../io/analog.ts";
import { inRange, settle } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

export interface NtcOptions extends AnalogOptions {
  /** Ω of the fixed resistor, 1…10⁷, default 10000. */
  series?: number;
  /** Whether the fixed resistor goes to the supply and the thermistor to ground, default true; false: the other way round. */
  pullUp?: boolean;
  /** V across the divider, 0.1…24, default 3.3. */
  supply?: number;
  /** Ω at 25 °C, 1…10⁷, default 10000. */
  resistance?: number;
  /** K, 500…10000, default 3950: the part's β between 25 °C and the temperatures that matter. */
  beta?: number;
  /** a, b and c of 1/T = a + b·ln R + c·(ln R)³; in place of `resistance` and `beta`, null to return to them. */
  steinhart?: [a: number, b: number, c: number] | null;
  /** °C, -100…300, default -40. */
  minimum?: number;
  /** °C, -100…300, default 125. */
  maximum?: number;
}

/** 0 °C in kelvin. */
const ZERO_C = 273.15;
/** Shares of the supply at which the divider has lost its thermistor, or nothing else is left of it. */
const OPEN = 0.99;
const SHORT = 0.01;

interface Ntc extends Part<Ntc, NtcOptions>, AnalogPart {
  _series: number;
  _pullUp: boolean;
  _supply: number;
  _resistance: number;
  _beta: number;
  _steinhart: number[] | null;
  _minimum: number;
  _maximum: number;
}

/** °C from Ω, β in K and Ω at 25 °C: 1/T = 1/T₂₅ + ln(R/R₂₅)/β. */
export function betaTemperature(ohms: number, beta: number, resistance: number): number {
  return 1 / (1 / (ZERO_C + 25) + Math.log(ohms / resistance) / beta) - ZERO_C;
}

/** °C from Ω by Steinhart and Hart (Deep-Sea Research 15, 1968): 1/T = a + b·ln R + c·(ln R)³. */
export function steinhartTemperature(ohms: number, coefficients: number[]): number {
  const log = Math.log(ohms);
  return 1 / (coefficients[0] + log * (coefficients[1] + log * log * coefficients[2])) - ZERO_C;
}

function measure(part: Ntc): Fault | Reading {
  const volts = readVolts(part);
  // The thermistor's share of the supply. At the end of the ADC's range it is known only if that reaches the supply.
  let share = volts / part._supply;
  if (volts === Infinity) {
    share = (FULL * part._fullScale) / part._supply;
    if (share < OPEN) return "saturated";
  }
  if (!part._pullUp) share = 1 - share;
  if (share >= OPEN) return "open";
  if (share <= SHORT) return "short";
  const ohms = (part._series * share) / (1 - share);
  const temperature = part._steinhart
    ? steinhartTemperature(ohms, part._steinhart)
    : betaTemperature(ohms, part._beta, part._resistance);
  // Written so that NaN fails.
  return temperature >= part._minimum && temperature <= part._maximum
    ? { temperature: temperature }
    : "out-of-range";
}

/*@__START__*/
function configure(this: Ntc, options: Partial<NtcOptions>): void {
  const ohms: [number, number] = [1, 1e7];
  const volts: [number, number] = [0.1, 24];
  const celsius: [number, number] = [-100, 300];
  const steinhart = options.steinhart;
  const pullUp = options.pullUp === undefined ? this._pullUp : options.pullUp;
  const minimum = inRange("minimum", options.minimum, celsius, this._minimum);
  const maximum = inRange("maximum", options.maximum, celsius, this._maximum);
  // Written so that NaN fails; texts would be joined instead of added, and c is 0 for a plain β.
  if (
    steinhart &&
    !(
      typeof steinhart[0] + typeof steinhart[1] + typeof steinhart[2] === "numbernumbernumber" &&
      steinhart[0] + steinhart[1] + steinhart[2] > 0
    )
  )
    throw "steinhart: must be the numbers a, b and c";
  if (typeof pullUp !== "boolean") throw "pullUp: must be true or false";
  if (minimum >= maximum) throw "maximum: must be above minimum";
  settle(this, {
    _fullScale: inRange("fullScale", options.fullScale, volts, this._fullScale),
    _samples: inRange("samples", options.samples, [1, 64], this._samples),
    _series: inRange("series", options.series, ohms, this._series),
    _supply: inRange("supply", options.supply, volts, this._supply),
    _pullUp: pullUp,
    _resistance: inRange("resistance", options.resistance, ohms, this._resistance),
    _beta: inRange("beta", options.beta, [500, 10000], this._beta),
    _steinhart: steinhart === undefined ? this._steinhart : steinhart,
    _minimum: minimum,
    _maximum: maximum,
  });
}

/** A driver for one part. Throws on settings that cannot be, and on a pin without an ADC. */
export function createNtc(options: NtcOptions): Sensor<NtcOptions> {
  const part: Made<Ntc> = {
    configure,
    sample,
    close,
    _first: measure,
    _pin: analogPin(options.pin),
    _fullScale: 3.3,
    _samples: 8,
    _series: 10000,
    _pullUp: true,
    _supply: 3.3,
    _resistance: 10000,
    _beta: 3950,
    _steinhart: null,
    _minimum: -40,
    _maximum: 125,
  };
  part.configure(options);
  return part;
}
