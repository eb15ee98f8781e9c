/**
 * Bosch BMP388 and BMP390 on I²C, in forced mode: the part sleeps between samples. Readings: `temperature` °C, `pressure` Pa.
 *
 * | part   | id |
 * | ------ | -- |
 * | BMP388 | 50 |
 * | BMP390 | 60 |
 *
 * | fault             | what happened                                                       |
 * | ----------------- | ------------------------------------------------------------------- |
 * | `absent`          | a transfer was not acknowledged                                     |
 * | `wrong-id`        | another part answers                                                |
 * | `bad-calibration` | its calibration is blank                                            |
 * | `crc`             | the calibration's checksum does not match                           |
 * | `not-ready`       | start-up or conversion did not end in time; or a sample is under way |
 * | `power-on-value`  | it lost power since it was set up, and with it the settings         |
 * | `no-data`         | it made no conversion, or says that it cannot                       |
 * | `out-of-range`    | the result lies outside -40…85 °C or 30…125 kPa                     |
 *
 * "388" cites BST-BMP388-DS001, "390" BST-BMP390-DS002.
 */
import { inRangeOf } from "./barometer.ts";
import {
  CALIBRATION_BYTES,
  CALIBRATION_WORDS,
  compensate,
  decodeCalibration,
} from "./bmp388-compensation.ts";
import { readFrom, writeTo } from "../io/i2c.ts";
import type { I2CBus, I2CPart } from "../io/i2c.ts";
import { exponent, oneOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

/** Conversions averaged into one result: more of them less noise, 2 ms each. */
export type Bmp388Oversampling = 1 | 2 | 4 | 8 | 16 | 32;

/** Left out, the settings are Bosch's for weather monitoring (388 §3.5, 390 §3.5): least current, least self-heating. */
export interface Bmp388Options {
  bus: I2CBus;
  /** 0x76 (SDO low, default) or 0x77. Bus and address are fixed at creation: `configure` passes over them. */
  address?: 0x76 | 0x77;
  /** Default 1; Bosch recommends 2 with a `pressureOversampling` of 16 or 32 (388 §3.4.1). */
  temperatureOversampling?: Bmp388Oversampling;
  /** Default 1: 2.6 Pa of resolution; 32: 0.085 Pa. */
  pressureOversampling?: Bmp388Oversampling;
  /** Coefficient of the part's IIR filter over temperature and pressure, one step a sample; default 0, off. */
  filter?: 0 | 1 | 3 | 7 | 15 | 31 | 63 | 127;
}

// Registers (388 §4.2 and §4.3, as all values below; the same in 390).
const CHIP_ID = 0x00;
const ERR_REG = 0x02; // 03 STATUS follows
const DATA = 0x04;
const PWR_CTRL = 0x1b;
const OSR = 0x1c; // 1D ODR follows
const ODR = 0x1d;
const CONFIG = 0x1f;
const CALIBRATION = 0x30;
const CMD = 0x7e;

const BMP388_ID = 0x50;
const BMP390_ID = 0x60;
const SOFT_RESET = 0xb6;
const FATAL_OR_CONF_ERR = 5;
const CMD_RDY = 0x10;
const DATA_READY = 0x60; // drdy_press and drdy_temp
const FORCED = 0x13; // mode 01, temp_en, press_en
/**
 * The slowest rate of normal mode. Forced mode has none, so this register is free to tell a part that was set up from one
 * that lost power since, where it is 00: calibration and filter would be stale, yet its data look right.
 */
const SET_UP = 0x11;

const START_UP_MS = 2; // 388 §1 table 2: at most
const START_UP_POLLS = 5;
const CONVERSION_POLLS = 3;

interface Bmp388 extends Part<Bmp388, Bmp388Options>, I2CPart {
  _calibration: Int16Array;
  /** Exponents of the settings: 0…5 for 1…32, and for a filter of 2ⁿ - 1. */
  _temperature: number;
  _pressure: number;
  _filter: number;
  /** Settings in OSR, as the part has them. */
  _osr: number;
}

/** 388 §3.9.2: 234 µs, and for each quantity up to 392 µs and 2020 µs a conversion; a fifth more, as these are typical. */
function conversionMs(part: Bmp388): number {
  return Math.ceil(1.3 + 2.43 * ((1 << (part._osr >> 3)) + (1 << (part._osr & 7))));
}

function collect(part: Bmp388): number | Fault | Reading {
  const settings = readFrom(part, OSR, 2);
  if (settings[0] !== part._osr || settings[1] !== SET_UP) return "power-on-value";
  const status = readFrom(part, ERR_REG, 2);
  if (status[0] & FATAL_OR_CONF_ERR) return "no-data";
  // Waits as long again, not a little longer: Espruino's timers can fire early, when SNTP sets the clock.
  if ((status[1] & DATA_READY) !== DATA_READY) return --part._polls ? conversionMs(part) : "not-ready";
  const data = readFrom(part, DATA, 6);
  // 388 §4.2: reset values 800000.
  if (data[2] === 0x80 && data[5] === 0x80 && !(data[0] | data[1] | data[3] | data[4])) return "no-data";
  // 388 §1 table 2, 390 §1 table 2.
  const reading = /*@__SPLICE__*/ compensate(part._calibration, data);
  return inRangeOf(reading, 30000, 125000);
}

function measure(part: Bmp388): number {
  writeTo(part, PWR_CTRL, FORCED);
  part._step = collect;
  part._polls = CONVERSION_POLLS;
  return conversionMs(part);
}

function setUp(part: Bmp388): number | Fault {
  if (!(readFrom(part, ERR_REG, 2)[1] & CMD_RDY)) return --part._polls ? START_UP_MS : "not-ready";
  const fault = decodeCalibration(part._calibration, readFrom(part, CALIBRATION, CALIBRATION_BYTES));
  if (fault) return fault;
  part._osr = (part._temperature << 3) | part._pressure;
  writeTo(part, OSR, part._osr);
  writeTo(part, ODR, SET_UP);
  writeTo(part, CONFIG, part._filter << 1);
  part._ready = 1;
  return measure(part);
}

function identify(part: Bmp388): number | Fault {
  const id = readFrom(part, CHIP_ID, 1)[0];
  if (id !== BMP388_ID && id !== BMP390_ID) return "wrong-id";
  writeTo(part, CMD, SOFT_RESET);
  part._step = setUp;
  part._polls = START_UP_POLLS;
  return START_UP_MS;
}

/*@__START__*/
function configure(this: Bmp388, options: Partial<Bmp388Options>): void {
  const temperature = exponent(
    "temperatureOversampling",
    options.temperatureOversampling,
    5,
    this._temperature,
  );
  const pressure = exponent("pressureOversampling", options.pressureOversampling, 5, this._pressure);
  const filters = [0, 1, 3, 7, 15, 31, 63, 127];
  this._filter = filters.indexOf(oneOf("filter", options.filter, filters, filters[this._filter]));
  this._temperature = temperature;
  this._pressure = pressure;
  this._ready = 0;
}

/** A driver for one part. Nothing is sent before the first `sample`. Throws on a setting the part does not have. */
export function createBmp388(options: Bmp388Options): Sensor<Bmp388Options> {
  const part: Made<Bmp388, "_osr"> = {
    configure,
    sample,
    close,
    _first: identify,
    _next: measure,
    _bus: options.bus,
    _address: oneOf("address", options.address, [0x76, 0x77], 0x76),
    _calibration: new Int16Array(CALIBRATION_WORDS),
    _temperature: 0,
    _pressure: 0,
    _filter: 0,
  };
  part.configure(options);
  return part;
}
