/**
 * Avia HX711 and HX710B, 24-bit converters for bridges: load cells and pressure sensors that give some mV per V of supply.
 *
 * | part   | channels                            | conversions a second             |
 * | ------ | ----------------------------------- | -------------------------------- |
 * | HX711  | A with gain 128 or 64, B with 32    | 10 or 80, by its pin RATE        |
 * | HX710B | one with gain 128                   | 10 or 40, by what it is told     |
 *
 * Readings: `voltage` V between the inputs; with a `range` also `pressure` Pa.
 *
 * | fault          | what happened                                                                                |
 * | -------------- | -------------------------------------------------------------------------------------------- |
 * | `absent`       | after a reset no conversion ends: no part, or no supply                                      |
 * | `short`        | the data line is held low                                                                    |
 * | `not-ready`    | a part that was there ended no conversion in time, or each transfer was disturbed; or a sample is under way |
 * | `saturated`    | the voltage lies beyond what the gain leaves                                                 |
 * | `out-of-range` | the pressure lies more than a tenth of the range beyond it                                   |
 *
 * A clock that is high for more than 60 µs resets the part, so the bits are clocked in one call of the engine. What keeps
 * the processor longer in between, as Wi-Fi can, goes unseen in the bits; but a part that was reset ends its next
 * conversion four periods later instead of one. A value counts only when the next conversion comes in time, which also
 * tells a part that lost its supply, and with it its gain.
 *
 * "HX711" cites Avia's HX711 data sheet, "HX710" that of HX710A/HX710B.
 */
import { openClocked } from "../io/clocked.ts";
import type { ClockedBus, ClockPin, DataPin } from "../io/clocked.ts";
import { inRange, oneOf, settle, twoOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

export interface Hx711Options {
  /** PD_SCK. Pins and part are fixed at creation: `configure` passes over them. */
  clock: ClockPin;
  /** DOUT. */
  data: DataPin;
  /** Default "hx711". */
  part?: "hx711" | "hx710b";
  /** Default 128; 64 and, at channel B, 32 are HX711's only. */
  gain?: 128 | 64 | 32;
  /** Conversions a second, default 10. 80: HX711 with RATE high. 40: HX710B. */
  rate?: 10 | 40 | 80;
  /** V, 2.6…5.5, default 5: AVDD, which bridge and converter share. Matters to `voltage` only. */
  supply?: number;
  /** Pa at the lower and at the upper end of the bridge's range, each -10⁹…10⁹; default none: no `pressure`. */
  range?: [low: number, high: number];
  /** mV per V of supply that the bridge gives more at the upper end of its range than at the lower, 0.01…100, default 2. */
  sensitivity?: number;
  /** mV per V that it gives at the lower end, -100…100, default 0; it differs from part to part. */
  zero?: number;
}

// HX711 table 3, HX710 "Serial interface": the pulses after the 24th choose what is converted next. Two bits a pulse.
const PULSES_25 = 0x80;
const PULSES_26 = 0xa0;
const PULSES_27 = 0xa8;
/** Eight bits, four pulses. */
const FOUR = 0xaa;

/** HX711 and HX710, "Key electrical characteristics": settling takes four conversions; a tenth more for the oscillator. */
const SETTLING = 4400; // ms at one conversion a second
/** Between one conversion and the four of a reset: in time, or not. */
const IN_TIME = 2000;
/** HX711 figure 3: 60 µs power it down. */
const RESET_MS = 1;
/** Looks, a conversion apart, before the sample fails. */
const POLLS = 8;
/** Share of the range beyond its ends that is still a reading. */
const BEYOND = 0.1;

interface Hx711 extends Part<Hx711, Hx711Options> {
  _clock: ClockPin;
  _data: DataPin;
  _bus: ClockedBus | undefined;
  _isHx710b: boolean;
  _gain: number;
  _rate: number;
  _supply: number;
  _range: number[];
  _sensitivity: number;
  _zero: number;
  /** What a transfer gave, until the next conversion proves it. */
  _held: Fault | Reading | undefined;
  /** 1 while the transfer to come may be of another gain than asked for. */
  _isOther: number;
}

/** Signed counts of a transfer: six bytes of four pulses each, whose even bits were read while the clock was low. */
export function decodeCounts(data: Uint8Array | number[]): number {
  let counts = 0;
  for (let i = 0; i < 6; i++) {
    const byte = data[i];
    counts = (counts << 4) | ((byte & 64) >> 3) | ((byte & 16) >> 2) | ((byte & 4) >> 1) | (byte & 1);
  }
  return (counts << 8) >> 8;
}

/** mV between the inputs for each V of supply. HX711 "Analog inputs": full scale is half the supply by the gain. */
export function convertCounts(counts: number, gain: number): number {
  return (counts * 500) / gain / 0x800000;
}

function judge(part: Hx711, counts: number): Fault | Reading {
  // HX711 and HX710, "Output data rate and format".
  if (counts === 0x7fffff || counts === -0x800000) return "saturated";
  const ratio = convertCounts(counts, part._gain);
  const reading: Reading = { voltage: (ratio * part._supply) / 1000 };
  if (part._range.length) {
    const position = (ratio - part._zero) / part._sensitivity;
    // Written so that NaN fails.
    if (!(position >= -BEYOND && position <= 1 + BEYOND)) return "out-of-range";
    reading.pressure = part._range[0] + position * (part._range[1] - part._range[0]);
  }
  return reading;
}

function collect(part: Hx711): number | Fault | Reading {
  // HX710: ten a second after a reset, until it is told otherwise.
  const pollMs = Math.ceil(1000 / (part._isHx710b ? 10 : part._rate));
  const held = part._held;
  part._held = undefined;
  if (part._data.read()) return --part._polls ? pollMs : part._ready ? "not-ready" : "absent";
  if (held) return held;
  const tail = part._rate === 40 || part._gain === 64 ? PULSES_27 : part._gain === 32 ? PULSES_26 : PULSES_25;
  const data = (part._bus as ClockedBus).send([FOUR, FOUR, FOUR, FOUR, FOUR, FOUR, tail]);
  // HX711 and HX710, "Serial interface": the 25th pulse pulls DOUT high. Low again it may be that a conversion just ended.
  if (!(data[6] & 1)) return --part._polls ? pollMs : "short";
  part._ready = 1;
  if (part._isOther) {
    part._isOther = 0;
    return Math.ceil(SETTLING / part._rate);
  }
  part._held = judge(part, decodeCounts(data));
  return Math.ceil(IN_TIME / part._rate);
}

function measure(part: Hx711): number | Fault | Reading {
  part._step = collect;
  part._polls = POLLS;
  part._held = undefined;
  // HX711 "Reset and power-down": gain 128 after a loss of supply, which nothing else would tell from ours.
  part._isOther = part._gain !== 128 || part._rate === 40 ? 1 : 0;
  return collect(part);
}

function wake(part: Hx711): number {
  part._clock.write(0);
  part._step = measure;
  return Math.ceil(SETTLING / (part._isHx710b ? 10 : part._rate));
}

function reset(part: Hx711): number {
  part._bus = openClocked(part._clock, part._data);
  part._clock.write(1);
  part._step = wake;
  return RESET_MS;
}

/*@__START__*/
function configure(this: Hx711, options: Partial<Hx711Options>): void {
  settle(this, {
    _gain: oneOf("gain", options.gain, this._isHx710b ? [128] : [128, 64, 32], this._gain),
    _rate: oneOf("rate", options.rate, this._isHx710b ? [10, 40] : [10, 80], this._rate),
    _supply: inRange("supply", options.supply, [2.6, 5.5], this._supply),
    _sensitivity: inRange("sensitivity", options.sensitivity, [0.01, 100], this._sensitivity),
    _zero: inRange("zero", options.zero, [-100, 100], this._zero),
    _range: options.range ? twoOf("range", options.range, [-1e9, 1e9], []) : this._range,
    _ready: 0,
  });
}

/** A driver for one part. Its pins are left alone before the first `sample`. Throws on settings the part does not have. */
export function createHx711(options: Hx711Options): Sensor<Hx711Options> {
  const part: Made<Hx711, "_bus" | "_held" | "_isOther"> = {
    configure,
    sample,
    close,
    _first: reset,
    _next: measure,
    _clock: options.clock,
    _data: options.data,
    _isHx710b: oneOf("part", options.part, ["hx711", "hx710b"], "hx711") === "hx710b",
    _gain: 128,
    _rate: 10,
    _supply: 5,
    _range: [],
    _sensitivity: 2,
    _zero: 0,
  };
  part.configure(options);
  return part;
}
