/**
 * Register model of Bosch BMP180 and BMP085 on I²C, written from the data sheet ("BMP" is BST-BMP180-DS000). Where it leaves
 * a choice or gives a range, the model takes what is hardest on a driver: the longest times, no acknowledgement during
 * start-up, a conversion that is commanded during another begins anew.
 *
 * Its raw values come from the data sheet's integer formulas, turned round by bisection.
 *
 * Not modelled: the 16 bits of a temperature are exact, response times of the sensing elements, the EOC and XCLR pins.
 */
import { createBarometer, overRegisters } from "./barometer.ts";
import type { BarometerModel, BarometerOptions } from "./barometer.ts";
import {
  b5,
  CALIBRATION_BYTES,
  decodeCoefficients,
  invertPressure,
  invertTemperature,
} from "./bmp180-integer.ts";
import { bytes } from "./search.ts";

export type Bmp180Fault =
  /** The id of a BME280. */
  | "wrong-id"
  /** Calibration registers read FF. */
  | "blank-calibration"
  /** Calibration registers read 00. */
  | "zero-calibration"
  /** The last calibration word alone reads FFFF, as when the transfer broke off. */
  | "cut-calibration"
  /** The bit of the running conversion never clears. */
  | "stuck-converting"
  /** It acknowledges the command to convert, and no more. */
  | "deaf"
  /** Conversions end with the data registers as they are after reset. */
  | "no-data"
  /** Data registers read FF. */
  | "data-ones"
  /** Data registers read 00. */
  | "data-zeros";

export interface Bmp180ModelOptions extends BarometerOptions {
  /** Registers AA…BF: 22 bytes; default the data sheet's. */
  calibration?: readonly number[];
}

export type Bmp180Model = BarometerModel<Bmp180Fault>;

/** The data sheet's example (BMP §3.5 figure 4), its MB included. */
export const CALIBRATION_DATA_SHEET = bytes("0198 FFB8 C7D1 7FE5 7FF5 5A71 182E 0004 8000 DDF9 0B34");
/** A real part's, from the tests of periph.io. */
export const CALIBRATION_PERIPH = bytes("2388 FB67 C7A9 875B 6289 5016 1973 002E 8000 D1F6 0A7B");

// Registers (BMP §4).
const CALIBRATION = 0xaa;
const ID = 0xd0;
const RESET = 0xe0;
const CTRL_MEAS = 0xf4;
const DATA = 0xf6;
const SCO = 0x20;

const START_UP_MS = 10; // BMP §1 table 1
const TEMPERATURE_MS = 4.5; // BMP §3.3.1: at most
const PRESSURE_MS = [4.5, 7.5, 13.5, 25.5]; // BMP §3.3.1 table 3: at most, by oss

/** Creates a part that has been powered long enough to have started. */
export function createBmp180Model(options: Bmp180ModelOptions): Bmp180Model {
  const { calibration = CALIBRATION_DATA_SHEET } = options;
  if (calibration.length !== CALIBRATION_BYTES) throw new RangeError("A calibration has 22 bytes");
  const coefficients = decodeCoefficients(calibration);

  return createBarometer<Bmp180Fault>(options, (world) => {
    const registers = new Uint8Array(256);
    let acknowledgesFrom = -Infinity;
    let convertedAt = Infinity;
    reset(-Infinity);

    function reset(time: number): void {
      registers.fill(0);
      registers.set(calibration, CALIBRATION);
      registers[ID] = 0x55;
      registers[DATA] = 0x80; // BMP §4
      acknowledgesFrom = time + START_UP_MS;
      convertedAt = Infinity;
    }

    function settle(time: number): void {
      if (convertedAt > time || world.fault === "stuck-converting") return;
      const control = registers[CTRL_MEAS]!;
      registers.set(world.fault === "no-data" ? [0x80, 0, 0] : convert(control), DATA);
      registers[CTRL_MEAS] = control & ~SCO;
      convertedAt = Infinity;
    }

    function convert(control: number): number[] {
      const ut = invertTemperature(coefficients, world.temperature);
      if ((control & 0x1f) === 0x0e) return [ut >> 8, ut & 255, 0];
      const oss = control >> 6;
      const fine = b5(coefficients, BigInt(ut)) ?? 0n;
      const raw = invertPressure(coefficients, fine, world.pressureAt(convertedAt), oss) << (8 - oss);
      return [raw >> 16, (raw >> 8) & 255, raw & 255];
    }

    function writeRegister(time: number, address: number, value: number): void {
      if (address === RESET && value === 0xb6) return reset(time);
      if (address !== CTRL_MEAS || world.fault === "deaf") return;
      registers[CTRL_MEAS] = value;
      const measurement = value & 0x1f;
      if (!(value & SCO)) convertedAt = Infinity;
      else if (measurement === 0x0e) convertedAt = time + TEMPERATURE_MS;
      else if (measurement === 0x14) convertedAt = time + PRESSURE_MS[value >> 6]!;
    }

    function readRegister(address: number): number {
      const { fault } = world;
      const place = address - CALIBRATION;
      if (place >= 0 && place < CALIBRATION_BYTES) {
        if (fault === "blank-calibration") return 0xff;
        if (fault === "zero-calibration") return 0;
        if (fault === "cut-calibration" && place >= CALIBRATION_BYTES - 2) return 0xff;
      }
      if (address === ID && fault === "wrong-id") return 0x60;
      if (address >= DATA && address <= DATA + 2) {
        if (fault === "data-ones") return 0xff;
        if (fault === "data-zeros") return 0;
      }
      return registers[address]!;
    }

    return {
      settle,
      reset,
      acknowledges: (time) => time >= acknowledgesFrom,
      ...overRegisters(readRegister, (address, value) => writeRegister(options.now(), address, value)),
    };
  });
}
