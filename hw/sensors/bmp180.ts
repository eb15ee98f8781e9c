/**
 * Bosch BMP180, and BMP085, its like, on I²C: the part sleeps between samples. Readings: `temperature` °C, `pressure` Pa.
 *
 * | fault             | what happened                                                        |
 * | ----------------- | -------------------------------------------------------------------- |
 * | `absent`          | a transfer was not acknowledged                                      |
 * | `wrong-id`        | another part answers: the id of both is 55                           |
 * | `bad-calibration` | a calibration word is 0000 or FFFF                                   |
 * | `not-ready`       | a conversion did not end in time; or a sample is under way           |
 * | `power-on-value`  | it lost power during the conversion                                  |
 * | `no-data`         | it made no conversion                                                |
 * | `out-of-range`    | the result lies outside -40…85 °C or 30…110 kPa                      |
 *
 * The part has no setting that outlives a conversion, so a loss of power between two samples leaves no other trace than a
 * calibration that may be another part's: id and calibration are read for every sample.
 *
 * "BMP" cites BST-BMP180-DS000.
 */
import { inRangeOf } from "./barometer.ts";
import { CALIBRATION_WORDS, compensate, decodeCalibration } from "./bmp180-compensation.ts";
import { readFrom, writeTo } from "../io/i2c.ts";
import type { I2CBus, I2CPart } from "../io/i2c.ts";
import { exponent, oneOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

export interface Bmp180Options {
  bus: I2CBus;
  /** 0x77, the only one (BMP §5.2). Bus and address are fixed at creation: `configure` passes over them. */
  address?: 0x77;
  /**
   * Pressure samples averaged into one result: 1 (default, 5 ms, 6 Pa of noise), 2 (8 ms, 5 Pa), 4 (14 ms, 4 Pa) or
   * 8 (26 ms, 3 Pa) (BMP §3.3.1 table 3).
   */
  pressureOversampling?: 1 | 2 | 4 | 8;
}

// Registers (BMP §4).
const CALIBRATION = 0xaa;
const ID = 0xd0;
const RESET = 0xe0;
const CTRL_MEAS = 0xf4;
const DATA = 0xf6;

const PART_ID = 0x55; // BMP §4
const SOFT_RESET = 0xb6; // BMP §4: the same as a power-on reset
const START_UP_MS = 10; // BMP §1 table 1: before the first communication, at least
const MEASURE_TEMPERATURE = 0x2e; // BMP §3.5 figure 4, as are the commands and times below
const MEASURE_PRESSURE = 0x34; // oss in bits 6 and 7
const TEMPERATURE_MS = 5; // at most 4.5
const CONVERTING = 0x20; // BMP §4: sco, 1 as long as the conversion runs
const CONVERSION_POLLS = 3;
/** In `_temperature` until there is a raw temperature. */
const NONE = -1;

interface Bmp180 extends Part<Bmp180, Bmp180Options>, I2CPart {
  _calibration: Int16Array;
  /** The registers that it was decoded from. */
  _registers: string;
  /** oss: 0…3 for 1, 2, 4, 8. */
  _oversampling: number;
  /** oss of the conversion under way, which `configure` leaves alone. */
  _oss: number;
  /** Raw temperature of the sample under way, or NONE. */
  _temperature: number;
}

function collect(part: Bmp180): number | Fault | Reading {
  const isPressure = part._temperature !== NONE;
  const control = readFrom(part, CTRL_MEAS, 1)[0];
  if (control & CONVERTING) {
    // As long again, not a little longer: Espruino's timers can fire early, when SNTP sets the clock.
    return --part._polls ? (isPressure ? 2 + 3 * (1 << part._oss) : TEMPERATURE_MS) : "not-ready";
  }
  const data = readFrom(part, DATA, 3);
  // BMP §4: what the registers hold after a reset, 80 00 00 with F4 at 00. Alone 80 00 is a temperature, too.
  if (!control && data[0] === 0x80 && !(data[1] | data[2])) return "power-on-value";
  if (isPressure) {
    // What the temperature left, or a reset, or that was none either and both are the pressure of before: nothing was
    // converted. Once in a while a reading is lost to this.
    if (((data[0] << 8) | data[1]) === part._temperature) return "no-data";
    // The bits below the resolution are not the result's (figure 4: >> (8 - oss)).
    const up = ((data[0] << 16) | (data[1] << 8) | data[2]) >> (8 - part._oss);
    // BMP §1 table 1.
    const raw = up / (1 << part._oss);
    const reading = /*@__SPLICE__*/ compensate(part._calibration, part._temperature, raw);
    return inRangeOf(reading, 30000, 110000);
  }
  part._temperature = (data[0] << 8) | data[1];
  part._oss = part._oversampling;
  writeTo(part, CTRL_MEAS, MEASURE_PRESSURE | (part._oss << 6));
  part._polls = CONVERSION_POLLS;
  // BMP §3.3.1 table 3: at most 4.5, 7.5, 13.5, 25.5 ms.
  return 2 + 3 * (1 << part._oss);
}

function measure(part: Bmp180): number | Fault {
  const data = readFrom(part, CALIBRATION, 2 * CALIBRATION_WORDS);
  // Read each time, as nothing else tells that another part is in its place; decoded only then.
  const registers = String.fromCharCode.apply(null, data as never);
  if (registers !== part._registers && !decodeCalibration(part._calibration, data)) {
    part._registers = "";
    return "bad-calibration";
  }
  part._registers = registers;
  part._ready = 1;
  writeTo(part, CTRL_MEAS, MEASURE_TEMPERATURE);
  part._temperature = NONE;
  part._step = collect;
  part._polls = CONVERSION_POLLS;
  return TEMPERATURE_MS;
}

function identify(part: Bmp180): number | Fault {
  if (readFrom(part, ID, 1)[0] !== PART_ID) return "wrong-id";
  if (part._ready) return measure(part);
  writeTo(part, RESET, SOFT_RESET);
  part._step = measure;
  return START_UP_MS;
}

/*@__START__*/
function configure(this: Bmp180, options: Partial<Bmp180Options>): void {
  this._oversampling = exponent("pressureOversampling", options.pressureOversampling, 3, this._oversampling);
}

/** A driver for one part. Nothing is sent before the first `sample`. Throws on a setting the part does not have. */
export function createBmp180(options: Bmp180Options): Sensor<Bmp180Options> {
  const part: Made<Bmp180, "_registers" | "_oss" | "_temperature"> = {
    configure,
    sample,
    close,
    _first: identify,
    _bus: options.bus,
    _address: oneOf("address", options.address, [0x77], 0x77),
    _calibration: new Int16Array(CALIBRATION_WORDS),
    _oversampling: 0,
  };
  part.configure(options);
  return part;
}
