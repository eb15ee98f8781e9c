/**
 * TE MS5611 and MS5607 on I²C: the part sleeps between samples. Readings: `temperature` °C, `pressure` Pa.
 *
 * | fault             | what happened                                                       |
 * | ----------------- | ------------------------------------------------------------------- |
 * | `absent`          | a transfer was not acknowledged                                     |
 * | `bad-calibration` | one of the PROM's words C1…C6 is 0000 or FFFF                       |
 * | `crc`             | the PROM's checksum does not match                                  |
 * | `not-ready`       | a conversion did not end in time, or power was lost during it; or a sample is under way |
 * | `out-of-range`    | the result lies outside -40…85 °C or 1…120 kPa                      |
 *
 * The parts have no id: what else answers at the address is told by having no such PROM. A loss of power between two samples
 * leaves no trace, as no setting outlives a conversion; another part in its place is told by two words of the PROM, which
 * are read for every sample, and then begins from its reset.
 *
 * "5611" cites MS5611-01BA03, "5607" MS5607-02BA03; their sections have names only.
 */
import { inRangeOf } from "./barometer.ts";
import { checkProm, compensate, PROM_WORDS } from "./ms5611-compensation.ts";
import { readFrom } from "../io/i2c.ts";
import type { I2CBus, I2CPart } from "../io/i2c.ts";
import { oneOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

/** Conversions averaged into one result: more of them less noise; 0.6, 1.2, 2.3, 4.6, 9.1 ms. */
export type Ms5611Oversampling = 256 | 512 | 1024 | 2048 | 4096;

export interface Ms5611Options {
  bus: I2CBus;
  /** 0x77 (CSB low, default) or 0x76. Bus and address are fixed at creation: `configure` passes over them. */
  address?: 0x76 | 0x77;
  /**
   * "ms5611" (default) or "ms5607". The bus does not tell them apart: one read as the other gives half or twice the
   * pressure. Fixed at creation, too.
   */
  part?: "ms5611" | "ms5607";
  /** Default 4096. */
  temperatureOversampling?: Ms5611Oversampling;
  /** Default 4096: 1.2 Pa of noise; 256: 6.5 Pa. */
  pressureOversampling?: Ms5611Oversampling;
}

// Commands ("Commands" in either data sheet).
const ADC_READ = 0x00;
const RESET = 0x1e;
const CONVERT_D1 = 0x40; // pressure; oversampling in bits 1 to 3
const CONVERT_D2 = 0x50; // temperature
const PROM_READ = 0xa0; // word in bits 1 to 3

const RESET_MS = 3; // "Reset sequence": 2.8
const CONVERSION_MS = 10; // "ADC": the longest
/** No flag tells the end of a conversion, and one of Espruino's timers can fire early, when SNTP sets the clock: not both. */
const WAITS = 2;
/** The words that tell one part from another: C1, and serial code with checksum. */
const FIRST_TOLD = 1;
const LAST_TOLD = 7;

interface Ms5611 extends Part<Ms5611, Ms5611Options>, I2CPart {
  _prom: Uint16Array;
  /** 1 or 2, see compensate(). */
  _scale: number;
  /** Exponents of the settings: 0…4 for 256…4096. */
  _temperature: number;
  _pressure: number;
  /** Raw temperature of the sample under way; 0 as long as there is none. */
  _d2: number;
}

/** Starts a conversion with an oversampling of 256 · 2ⁿ; gives how long it may take. */
function convert(part: Ms5611, command: number, n: number): number {
  part._bus.writeTo(part._address, [command | (n << 1)]);
  part._step = collect;
  part._polls = WAITS;
  // "ADC": at most 0.60, 1.17, 2.28, 4.54, 9.04 ms. Rounded up, as timers of some engines drop fractions.
  return Math.ceil(0.06 + 0.5625 * (1 << n));
}

function collect(part: Ms5611): number | Fault | Reading {
  if (--part._polls) return CONVERSION_MS;
  const data = readFrom(part, ADC_READ, 3);
  const raw = (data[0] << 16) | (data[1] << 8) | data[2];
  // "ADC read": 0 when there is no conversion, or when it is not over, and then its result will be wrong. There is no flag
  // to look at, so the sample fails at once, and the next begins with a reset.
  if (!raw) return "not-ready";
  // 5611 and 5607, "Technical data".
  if (part._d2) {
    const reading = /*@__SPLICE__*/ compensate(part._prom, raw, part._d2, part._scale);
    return inRangeOf(reading, 1000, 120000);
  }
  part._d2 = raw;
  return convert(part, CONVERT_D1, part._pressure);
}

function setUp(part: Ms5611): number | Fault {
  for (let i = 0; i < PROM_WORDS; i++) {
    const data = readFrom(part, PROM_READ | (i << 1), 2);
    part._prom[i] = (data[0] << 8) | data[1];
  }
  const fault = checkProm(part._prom);
  if (fault) return fault;
  part._ready = 1;
  return convert(part, CONVERT_D2, part._temperature);
}

function begin(part: Ms5611): number {
  let told = part._ready;
  for (let i = FIRST_TOLD; told && i <= LAST_TOLD; i += LAST_TOLD - FIRST_TOLD) {
    const data = readFrom(part, PROM_READ | (i << 1), 2);
    if (part._prom[i] !== ((data[0] << 8) | data[1])) told = 0;
  }
  part._d2 = 0;
  if (told) return convert(part, CONVERT_D2, part._temperature);
  part._bus.writeTo(part._address, [RESET]);
  part._step = setUp;
  return RESET_MS;
}

/*@__START__*/
function configure(this: Ms5611, options: Partial<Ms5611Options>): void {
  const choices = [256, 512, 1024, 2048, 4096];
  const pressure = oneOf(
    "pressureOversampling",
    options.pressureOversampling,
    choices,
    choices[this._pressure],
  );
  this._temperature = choices.indexOf(
    oneOf("temperatureOversampling", options.temperatureOversampling, choices, choices[this._temperature]),
  );
  this._pressure = choices.indexOf(pressure);
}

/** A driver for one part. Nothing is sent before the first `sample`. Throws on a setting the part does not have. */
export function createMs5611(options: Ms5611Options): Sensor<Ms5611Options> {
  const part: Made<Ms5611, "_d2"> = {
    configure,
    sample,
    close,
    _first: begin,
    _bus: options.bus,
    _address: oneOf("address", options.address, [0x76, 0x77], 0x77),
    _prom: new Uint16Array(PROM_WORDS),
    _scale: oneOf("part", options.part, ["ms5611", "ms5607"], "ms5611") === "ms5607" ? 2 : 1,
    _temperature: 4,
    _pressure: 4,
  };
  part.configure(options);
  return part;
}
