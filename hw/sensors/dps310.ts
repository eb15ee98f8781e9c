/**
 * Infineon DPS310 and Goertek SPL06-001 on I²C, by single commands: the part stands by between samples. Readings:
 * `temperature` °C, `pressure` Pa.
 *
 * | fault             | what happened                                                       |
 * | ----------------- | ------------------------------------------------------------------- |
 * | `absent`          | a transfer was not acknowledged                                     |
 * | `wrong-id`        | another part answers: the id of both is 10                          |
 * | `bad-calibration` | its coefficients are blank                                          |
 * | `not-ready`       | start-up or a conversion did not end in time; or a sample is under way |
 * | `power-on-value`  | it lost power since it was set up, and with it the settings         |
 * | `no-data`         | it made no conversion                                               |
 * | `out-of-range`    | the result lies outside -40…85 °C or 30…120 kPa                     |
 *
 * "DPS" cites Infineon's DPS310 data sheet v1.2; the registers of an SPL06-001 are the same.
 */
import { inRangeOf } from "./barometer.ts";
import { COEFFICIENTS, compensate, decodeCoefficients } from "./dps310-compensation.ts";
import { readFrom, writeTo } from "../io/i2c.ts";
import type { I2CBus, I2CPart } from "../io/i2c.ts";
import { exponent, oneOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

/** Conversions averaged into one result: more of them less noise; 3.6 ms and 1.6 ms for each further. */
export type Dps310Oversampling = 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128;

/** Left out, the settings are Infineon's for a weather station of low power (DPS §6). */
export interface Dps310Options {
  bus: I2CBus;
  /** 0x77 (SDO high or open, default) or 0x76. Bus and address are fixed at creation: `configure` passes over them. */
  address?: 0x76 | 0x77;
  /**
   * "dps310" (default) or "spl06", which the bus does not tell apart: a DPS310 says which of its two thermometers its
   * coefficients are for, and some need a correction; an SPL06 has no registers for that. Fixed at creation, too.
   */
  part?: "dps310" | "spl06";
  /** Default 1. */
  temperatureOversampling?: Dps310Oversampling;
  /** Default 2: 1 Pa of noise; 1: 2.5 Pa; 16: 0.5 Pa; 64: 0.2 Pa. */
  pressureOversampling?: Dps310Oversampling;
}

// Registers (DPS §7 and §8, as all values below).
const DATA = 0x00;
const PRS_CFG = 0x06; // 07 TMP_CFG and 08 MEAS_CFG follow
const TMP_CFG = 0x07;
const MEAS_CFG = 0x08;
const CFG_REG = 0x09;
const RESET = 0x0c;
const PRODUCT_ID = 0x0d;
const COEF = 0x10;
const COEF_SRCE = 0x28;

const PART_ID = 0x10;
const SOFT_RESET = 0x09;
const COEF_AND_SENSOR_RDY = 0xc0;
const TMP_RDY = 0x20;
const PRS_RDY = 0x10;
const MEASURE_PRESSURE = 1;
const MEASURE_TEMPERATURE = 2;
const P_SHIFT = 4;
const T_SHIFT = 8;
const EXTERNAL = 0x80; // TMP_EXT of TMP_CFG, and its place in COEF_SRCE: the thermometer beside the pressure sensor
/**
 * PM_RATE and TMP_RATE of two a second. Single commands have no rate, so these bits are free to tell a part that was set up
 * from one that lost power since, where they are 0: settings and coefficients would be stale, yet its data look right.
 */
const SET_UP = 0x10;

const START_UP_MS = 40; // DPS §3, T_Coef_rdy: until the coefficients are there, at most
const START_UP_POLLS = 5;
const CONVERSION_POLLS = 3;

interface Dps310 extends Part<Dps310, Dps310Options>, I2CPart {
  _coefficients: Int32Array;
  _isSpl06: boolean;
  /** Exponents of the settings: 0…7 for 1…128. */
  _temperature: number;
  _pressure: number;
  /** PRS_CFG and TMP_CFG, as the part has them. */
  _prs: number;
  _tmp: number;
  /** TMP_RDY or PRS_RDY. */
  _awaited: number;
}

/** Starts a conversion; gives how long it takes: DPS §8.3 and §8.4, a tenth more, as these are typical. */
function convert(part: Dps310, command: number, setting: number): number {
  part._awaited = command === MEASURE_PRESSURE ? PRS_RDY : TMP_RDY;
  part._polls = CONVERSION_POLLS;
  writeTo(part, MEAS_CFG, command);
  return Math.ceil(2.2 + 1.76 * (1 << (setting & 7)));
}

function collect(part: Dps310): number | Fault | Reading {
  const registers = readFrom(part, PRS_CFG, 3);
  if (registers[0] !== part._prs || registers[1] !== part._tmp) return "power-on-value";
  const setting = part._awaited === TMP_RDY ? part._tmp : part._prs;
  // Waits as long again, not a little longer: Espruino's timers can fire early, when SNTP sets the clock.
  if (!(registers[2] & part._awaited)) {
    return --part._polls ? Math.ceil(2.2 + 1.76 * (1 << (setting & 7))) : "not-ready";
  }
  if (part._awaited === TMP_RDY) return convert(part, MEASURE_PRESSURE, part._prs);
  const data = readFrom(part, DATA, 6);
  // DPS §8.1 and §8.2: reset values 000000.
  if (!(data[0] | data[1] | data[2] | data[3] | data[4] | data[5])) return "no-data";
  // DPS §3.1.
  const reading = /*@__SPLICE__*/ compensate(part._coefficients, data, part._prs & 7, part._tmp & 7);
  return inRangeOf(reading, 30000, 120000);
}

function measure(part: Dps310): number {
  part._step = collect;
  return convert(part, MEASURE_TEMPERATURE, part._tmp);
}

function setUp(part: Dps310): number | Fault {
  if ((readFrom(part, MEAS_CFG, 1)[0] & COEF_AND_SENSOR_RDY) !== COEF_AND_SENSOR_RDY) {
    return --part._polls ? START_UP_MS : "not-ready";
  }
  if (!decodeCoefficients(part._coefficients, readFrom(part, COEF, 18))) return "bad-calibration";
  let source = EXTERNAL;
  if (!part._isSpl06) {
    source = readFrom(part, COEF_SRCE, 1)[0] & EXTERNAL;
    // Infineon's library, correctTemp(): a fuse bit of some parts makes the temperature wrong. No data sheet tells it.
    writeTo(part, 0x0e, 0xa5);
    writeTo(part, 0x0f, 0x96);
    writeTo(part, 0x62, 0x02);
    writeTo(part, 0x0e, 0x00);
    writeTo(part, 0x0f, 0x00);
  }
  part._prs = SET_UP | part._pressure;
  part._tmp = source | SET_UP | part._temperature;
  writeTo(part, PRS_CFG, part._prs);
  writeTo(part, TMP_CFG, part._tmp);
  // DPS §8.6: needed above 8 conversions.
  writeTo(part, CFG_REG, (part._pressure > 3 ? P_SHIFT : 0) | (part._temperature > 3 ? T_SHIFT : 0));
  part._ready = 1;
  return measure(part);
}

function identify(part: Dps310): number | Fault {
  if (readFrom(part, PRODUCT_ID, 1)[0] !== PART_ID) return "wrong-id";
  writeTo(part, RESET, SOFT_RESET);
  part._step = setUp;
  part._polls = START_UP_POLLS;
  return START_UP_MS;
}

/*@__START__*/
function configure(this: Dps310, options: Partial<Dps310Options>): void {
  const temperature = exponent(
    "temperatureOversampling",
    options.temperatureOversampling,
    7,
    this._temperature,
  );
  this._pressure = exponent("pressureOversampling", options.pressureOversampling, 7, this._pressure);
  this._temperature = temperature;
  this._ready = 0;
}

/** A driver for one part. Nothing is sent before the first `sample`. Throws on a setting the part does not have. */
export function createDps310(options: Dps310Options): Sensor<Dps310Options> {
  const part: Made<Dps310, "_prs" | "_tmp" | "_awaited"> = {
    configure,
    sample,
    close,
    _first: identify,
    _next: measure,
    _bus: options.bus,
    _address: oneOf("address", options.address, [0x76, 0x77], 0x77),
    _coefficients: new Int32Array(COEFFICIENTS),
    _isSpl06: oneOf("part", options.part, ["dps310", "spl06"], "dps310") === "spl06",
    _temperature: 0,
    _pressure: 1,
  };
  part.configure(options);
  return part;
}
