/**
 * Maxim DS18B20 and DS18S20 on 1-Wire, any number on one wire, each with a supply of its own (not parasite power).
 *
 * | part    | family | readings                       |
 * | ------- | ------ | ------------------------------ |
 * | DS18B20 | 28     | `temperature` °C, 0.0625…0.5   |
 * | DS18S20 | 10     | `temperature` °C, 0.0625       |
 *
 * | fault            | what happened                                                                                |
 * | ---------------- | -------------------------------------------------------------------------------------------- |
 * | `absent`         | nothing answers, or not the part that was named                                               |
 * | `short`          | the line is held low                                                                          |
 * | `wrong-id`       | no part was named, and there is none of these families, or more than one                      |
 * | `crc`            | the id or three readings in a row came garbled                                                |
 * | `not-ready`      | it began no conversion (as parts without a supply do), or did not end it; others kept the wire busy; or a sample is under way |
 * | `power-on-value` | it lost power since it was set up: its 85 °C are no reading                                    |
 * | `no-data`        | a DS18S20 counts 0 steps a degree                                                             |
 * | `out-of-range`   | the result lies outside -55…125 °C                                                            |
 *
 * "B" cites DS18B20 19-7487 rev. 6, "S" DS18S20 19-5474 rev. 4/15.
 */
import { crc8 } from "../io/onewire.ts";
import type { OneWireBus } from "../io/onewire.ts";
import { oneOf } from "./options.ts";
import { close, sample } from "./sensor.ts";
import type { Fault, Made, Part, Reading, Sensor } from "./sensor.ts";

export interface Ds18b20Options {
  /** Bus and id are fixed at creation: `configure` passes over them. */
  wire: OneWireBus;
  /** Id of the part, sixteen hexadecimal digits as `search` gives them. Default: the only part of its families on the wire. */
  rom?: string;
  /** Bits, 9…12; default 12: 0.0625 °C in 750 ms, each bit less half the time. DS18B20 only. */
  resolution?: 9 | 10 | 11 | 12;
}

// Commands (B and S, "DS18B20 function commands").
const CONVERT = 0x44;
const WRITE_SCRATCHPAD = 0x4e;
const READ_SCRATCHPAD = 0xbe;

/** Family codes (B and S, "64-bit lasered ROM code"), of both parts and of one. */
const FAMILIES = "28 10 ";
const DS18S20 = "10";

// Places of the scratchpad (B figure 9, S figure 6); 8 is the CRC.
const TH = 2;
const TL = 3;
const CONFIG = 4;
const COUNT_REMAIN = 6;
const COUNT_PER_C = 7;

/**
 * Alarm limits at the ends of the range, where they never ring. Without power they return to what the EEPROM holds, which
 * tells a part that was set up from one that was not: its 85 °C of power-on are then known from real ones.
 */
const HIGH_ALARM = 125;
const LOW_ALARM = -55 & 255;

const CONVERSION_MS = 750; // B and S, AC electrical characteristics: 12 bits, at most
const AGAIN_MS = 5;
/** Looks and tries that a sample has, and those left when it has to give way. */
const POLLS = 4;
const OVERDUE = 2;
/** Looks at a wire that another part uses; `_polls` counts them from 0 down. */
const TAKEN_MS = 100;
const LOOKS = 100;

interface Ds18b20 extends Part<Ds18b20, Ds18b20Options> {
  _wire: OneWireBus;
  /** "" until it is found. */
  _rom: string;
  _isNamed: boolean;
  _resolution: number;
  /** Of the conversion under way; 0 when it did not begin. */
  _waitMs: number;
}

/**
 * Who used a wire last. Only that part can be asked whether it converts: any other command ends the asking, and what the
 * scratchpad holds then may be the temperature of before. So others wait until its conversion ends, or has taken twice as
 * long as it may, and is given up by whoever comes then.
 */
let last: Ds18b20 | undefined;

/** Temperature (°C) from a scratchpad of a part of that family, or why there is none. */
export function decodeScratchpad(data: Uint8Array, family: string): number | Fault {
  let everywhere = 255;
  let anywhere = 0;
  for (let i = 0; i < 9; i++) {
    everywhere &= data[i];
    anywhere |= data[i];
  }
  if (everywhere === 255) return "absent";
  // Nine zeros have a right CRC.
  if (!anywhere) return "short";
  if (crc8(data)) return "crc";
  let temperature = ((data[0] | (data[1] << 8)) << 16) >> 16;
  if (family === DS18S20) {
    if (!data[COUNT_PER_C]) return "no-data";
    // S, "Operation - measuring temperature": more than 9 bits.
    temperature =
      (temperature & ~1) / 2 - 0.25 + (data[COUNT_PER_C] - data[COUNT_REMAIN]) / data[COUNT_PER_C];
  } else {
    // B figure 9: 0550 at power-on; byte 6, reserved, is 10 after conversions that gave it and 0C before the first.
    if (temperature === 0x550 && data[COUNT_REMAIN] === 0x0c) return "power-on-value";
    // B table 2 and figure 4: bits below the resolution are undefined.
    temperature = (temperature & (-8 >> ((data[CONFIG] >> 5) & 3))) / 16;
  }
  // B and S, "Features".
  return temperature >= -55 && temperature <= 125 ? temperature : "out-of-range";
}

/** CRC over an id as text: 0 when it is whole. */
export function checkRom(rom: string): number {
  const bytes: number[] = [];
  for (let i = 0; i < 16; i += 2) bytes.push(parseInt(rom.substr(i, 2), 16));
  return crc8(bytes);
}

function collect(part: Ds18b20): number | Fault | Reading {
  if (last !== part) return "not-ready";
  // Ones only when it is done. Waits as long again, not a little longer: Espruino's timers can fire early, when SNTP sets
  // the clock.
  const isBusy = !part._waitMs || part._wire.read() < 255;
  part._polls--;
  if (isBusy && part._waitMs && part._polls) return part._waitMs;
  part._wire.select(part._rom);
  part._wire.write(READ_SCRATCHPAD);
  const data = part._wire.read(9);
  const outcome = decodeScratchpad(data, part._rom.substr(0, 2));
  if (outcome === "crc" && part._polls) return AGAIN_MS;
  if (outcome === "absent" || outcome === "short" || outcome === "crc") return outcome;
  if (isBusy) return "not-ready";
  if (data[TH] !== HIGH_ALARM || data[TL] !== LOW_ALARM) return "power-on-value";
  return typeof outcome === "string" ? outcome : { temperature: outcome };
}

/** Finds the part and sets it up; what kept it from that, or nothing. */
function setUp(part: Ds18b20): Fault | undefined {
  if (!part._isNamed) {
    const found = part._wire.search();
    part._rom = "";
    for (let i = 0; i < found.length; i++) {
      if (FAMILIES.indexOf(found[i].substr(0, 2)) >= 0) {
        if (part._rom) return "wrong-id";
        part._rom = found[i];
      }
    }
    if (!part._rom) return found.length ? "wrong-id" : "crc";
    if (checkRom(part._rom)) return "crc";
  }
  const settings = [WRITE_SCRATCHPAD, HIGH_ALARM, LOW_ALARM];
  // B figure 10. On a DS18S20 this byte is none that could be written.
  if (part._rom.substr(0, 2) !== DS18S20) settings.push(((part._resolution - 9) << 5) | 0x1f);
  part._wire.select(part._rom);
  part._wire.write(settings);
  part._ready = 1;
  return undefined;
}

function begin(part: Ds18b20): number | Fault {
  const isTaken = last && last !== part && last._callback && last._step === collect && last._polls > OVERDUE;
  if (isTaken && part._polls-- > -LOOKS) return TAKEN_MS;
  part._polls = POLLS;
  if (isTaken) return "not-ready";
  last = part;
  if (!part._wire.reset()) return "absent";
  // Nobody is addressed, so that only a line held low reads zeros.
  if (!part._wire.read()) return "short";
  const fault = part._ready ? undefined : setUp(part);
  if (fault) return fault;
  part._wire.select(part._rom);
  part._wire.write(CONVERT);
  part._step = collect;
  // B and S, "Convert T": zeros while it converts, if it has a supply. B, AC electrical characteristics: half the time a
  // bit less. Rounded up, as timers of some engines drop fractions.
  const isDs18s20 = part._rom.substr(0, 2) === DS18S20;
  part._waitMs =
    part._wire.read() < 128
      ? Math.ceil(CONVERSION_MS / (1 << (12 - (isDs18s20 ? 12 : part._resolution))))
      : 0;
  return part._waitMs;
}

/*@__START__*/
function configure(this: Ds18b20, options: Partial<Ds18b20Options>): void {
  this._resolution = oneOf("resolution", options.resolution, [9, 10, 11, 12], this._resolution);
  this._ready = 0;
}

/**
 * A driver for one part. Nothing is sent before the first `sample`. Throws on a setting the part does not have and on an
 * id that is none of these families' or garbled.
 */
export function createDs18b20(options: Ds18b20Options): Sensor<Ds18b20Options> {
  const rom: unknown = options.rom || "";
  if (
    typeof rom !== "string" ||
    (rom && (rom.length !== 16 || checkRom(rom) || FAMILIES.indexOf(rom.substr(0, 2)) < 0))
  )
    throw "rom: must be the id of a DS18B20 or DS18S20, sixteen hexadecimal digits";
  const part: Made<Ds18b20, "_waitMs"> = {
    configure,
    sample,
    close,
    _first: begin,
    _wire: options.wire,
    _rom: rom,
    _isNamed: !!rom,
    _resolution: 12,
    _polls: 0,
  };
  part.configure(options);
  return part;
}
