/**
 * Bosch BME280 and BMP280 on I²C, in forced mode: the part sleeps between samples.
 *
 * | part   | id         | readings                                                       |
 * | ------ | ---------- | -------------------------------------------------------------- |
 * | BME280 | 60         | `temperature` °C, `pressure` Pa, `humidity` %RH                |
 * | BMP280 | 58, 56, 57 | `temperature` °C, `pressure` Pa                                |
 *
 * | fault             | what happened                                                       |
 * | ----------------- | ------------------------------------------------------------------- |
 * | `absent`          | a transfer was not acknowledged                                     |
 * | `wrong-id`        | another part answers                                                |
 * | `bad-calibration` | its calibration is blank                                            |
 * | `not-ready`       | start-up or conversion did not end in time; or a sample is under way |
 * | `power-on-value`  | it lost power since it was set up, and with it the settings         |
 * | `no-data`         | it made no conversion                                               |
 * | `out-of-range`    | the result lies outside -40…85 °C or 30…110 kPa                     |
 *
 * "BME" cites BST-BME280-DS002, "BMP" BST-BMP280-DS001.
 */
import { CALIBRATION_WORDS, compensate, decodeCalibration } from "./bme280-compensation.ts";
import { readFrom } from "../io/i2c.ts";
import type { I2CBus, I2CPart } from "../io/i2c.ts";
import { oneOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

/** Conversions averaged into one result: more of them less noise, 2.3 ms each. */
export type Oversampling = 1 | 2 | 4 | 8 | 16;

/** Left out, the settings are Bosch's for weather monitoring (BME §3.5.1, BMP §3.4): least current, least self-heating. */
export interface Bme280Options {
  bus: I2CBus;
  /** 0x76 (SDO low, default) or 0x77. Bus and address are fixed at creation: `configure` passes over them. */
  address?: 0x76 | 0x77;
  /** Default 1; 2 is enough for any `pressureOversampling` (BMP §3.3.1). */
  temperatureOversampling?: Oversampling;
  /** Default 1: 3.3 Pa of noise; 16: 1.3 Pa. */
  pressureOversampling?: Oversampling;
  /** Default 1. BME280 only. */
  humidityOversampling?: Oversampling;
  /** Coefficient of the part's IIR filter over temperature and pressure, one step a sample; default 0, off. */
  filter?: 0 | 2 | 4 | 8 | 16;
}

// Registers (BME §5.3, BMP §4.2).
const CALIBRATION_LOW = 0x88;
const ID = 0xd0;
const RESET = 0xe0;
const CALIBRATION_HIGH = 0xe1;
const CTRL_HUM = 0xf2;
const STATUS = 0xf3; // F4 ctrl_meas and F5 config follow
const CTRL_MEAS = 0xf4;
const CONFIG = 0xf5;
const DATA = 0xf7;

const BME280_ID = 0x60; // BME §5.4.1
const BMP280_FIRST_ID = 0x56; // samples 56 and 57, series 58: BMP §4.3.1
const BMP280_LAST_ID = 0x58;
const SOFT_RESET = 0xb6; // BME §5.4.2, BMP §4.3.2
const MEASURING = 8; // BME §5.4.4, BMP §4.3.3
const COPYING_NVM = 1;
const FORCED = 1; // BME §5.4.5, BMP §4.3.4
const MODE = 3; // back at 0, sleep, when the conversion has ended: BME §3.3.3, BMP §3.6.2
/**
 * t_sb in CONFIG (BME §5.4.6, BMP §4.3.5). Forced mode has no standby time to set, so these bits are free to tell a part
 * that was set up from one that lost power since: calibration and filter would be stale, yet its data look right.
 */
const SET_UP = 5;

const START_UP_MS = 2; // BME §1.1, BMP §1: at most
const START_UP_POLLS = 5;
const CONVERSION_POLLS = 3;

interface Bme280 extends Part<Bme280, Bme280Options>, I2CPart {
  _calibration: Int16Array;
  /** CTRL_MEAS for a conversion, with the exponents of two settings and one more in each: 1…5 for 1, 2, 4, 8, 16. */
  _control: number;
  /** Exponents of the other settings: 0…4 for 1, 2, 4, 8, 16. */
  _humidity: number;
  _filter: number;
  _id: number;
  /** Milliseconds that a conversion may take. */
  _conversionMs: number;
}

function collect(part: Bme280): number | Fault | Reading {
  const registers = readFrom(part, STATUS, 3);
  // Waits as long again, not a little longer: Espruino's timers can fire early, when SNTP sets the clock.
  // A part that took the command and did not convert stays in forced mode: its data would be those of before.
  if (registers[0] & MEASURING || registers[1] & MODE)
    return --part._polls ? part._conversionMs : "not-ready";
  if (registers[2] >> 5 !== SET_UP) return "power-on-value";
  const data = readFrom(part, DATA, part._id === BME280_ID ? 8 : 6);
  // BME §5.4.7, BMP §4.3.6: reset values 80000. Either one alone is a reading: on real parts 23 °C, or a mountain.
  if (data[0] === 0x80 && data[3] === 0x80 && !(data[1] | data[2] | data[4] | data[5])) return "no-data";
  const reading = /*@__SPLICE__*/ compensate(part._calibration, data);
  // BME §1.3 and §1.4, BMP §1. Written so that NaN fails.
  return reading.temperature >= -40 &&
    reading.temperature <= 85 &&
    reading.pressure >= 30000 &&
    reading.pressure <= 110000
    ? reading
    : "out-of-range";
}

function measure(part: Bme280): number {
  part._bus.writeTo(part._address, [CTRL_MEAS, part._control]);
  part._step = collect;
  part._polls = CONVERSION_POLLS;
  return part._conversionMs;
}

/** Identifies the part and resets it. What follows stands inside, so that it takes memory only then, and so does `write`. */
function identify(part: Bme280): number | Fault {
  const id = (part._id = readFrom(part, ID, 1)[0]);
  function write(register: number, value: number): void {
    part._bus.writeTo(part._address, [register, value]);
  }
  if (id !== BME280_ID && (id < BMP280_FIRST_ID || id > BMP280_LAST_ID)) return "wrong-id";
  write(RESET, SOFT_RESET);
  part._polls = START_UP_POLLS;
  part._step = function () {
    if (readFrom(part, STATUS, 1)[0] & COPYING_NVM) return --part._polls ? START_UP_MS : "not-ready";
    const isBme280 = id === BME280_ID;
    const low = readFrom(part, CALIBRATION_LOW, 26);
    const high = isBme280 ? readFrom(part, CALIBRATION_HIGH, 7) : undefined;
    if (!decodeCalibration(part._calibration, low, high)) return "bad-calibration";
    // Once per reset only: a write to CONFIG empties the filter (BME §3.4.4, BMP §3.3.3).
    write(CONFIG, (SET_UP << 5) | (part._filter << 2));
    // BME §5.4.3: takes effect with the write to CTRL_MEAS.
    if (isBme280) write(CTRL_HUM, part._humidity + 1);
    // BME §9.1, BMP §3.8.1: the longest it may take. Rounded up, as timers of some engines drop fractions.
    const conversions = (1 << (part._control >> 5)) + (1 << ((part._control >> 2) & 7));
    const humidityMs = isBme280 ? 0.575 + 2.3 * (1 << part._humidity) : 0;
    part._conversionMs = Math.ceil(1.825 + 1.15 * conversions + humidityMs);
    part._ready = 1;
    return measure(part);
  };
  return START_UP_MS;
}

/*@__START__*/
function configure(this: Bme280, options: Partial<Bme280Options>): void {
  /** 1, 2, 4, 8, 16 → 0…4; `current` when there is no value. Throws on any other value. */
  function exponent(name: string, value: number | undefined, current: number): number {
    const choices = [1, 2, 4, 8, 16];
    return choices.indexOf(oneOf(name, value, choices, choices[current] as number));
  }
  const temperature = exponent(
    "temperatureOversampling",
    options.temperatureOversampling,
    (this._control >> 5) - 1,
  );
  const pressure = exponent(
    "pressureOversampling",
    options.pressureOversampling,
    ((this._control >> 2) & 7) - 1,
  );
  const humidity = exponent("humidityOversampling", options.humidityOversampling, this._humidity);
  // Coefficient 1 is no filter.
  this._filter = exponent("filter", options.filter === 0 ? 1 : options.filter, this._filter);
  this._control = ((temperature + 1) << 5) | ((pressure + 1) << 2) | FORCED;
  this._humidity = humidity;
  this._ready = 0;
}

/** A driver for one part. Nothing is sent before the first `sample`. Throws on a setting the part does not have. */
export function createBme280(options: Bme280Options): Sensor<Bme280Options> {
  const part: Made<Bme280, "_id" | "_conversionMs"> = {
    configure,
    sample,
    close,
    _first: identify,
    _next: measure,
    _bus: options.bus,
    _address: oneOf("address", options.address, [0x76, 0x77], 0x76),
    _calibration: new Int16Array(CALIBRATION_WORDS),
    _control: (1 << 5) | (1 << 2) | FORCED,
    _humidity: 0,
    _filter: 0,
  };
  part.configure(options);
  return part;
}
