/**
 * Register model of Bosch BMP388 and BMP390 on I²C, written from the data sheets ("388" BST-BMP388-DS001, "390"
 * BST-BMP390-DS002). Where they leave a choice or give a range, the model takes what is hardest on a driver: the longest
 * times, no acknowledgement during start-up, commands that come too early refused.
 *
 * Its raw values come from Bosch's integer compensation, turned round by bisection: a driver that compensates in floating
 * point shares no formula with it.
 *
 * Not modelled: SPI, FIFO, interrupts, sensor time, the watchdog, response times of the sensing elements.
 */
import { createBarometer, overRegisters } from "./barometer.ts";
import type { BarometerModel, BarometerOptions } from "./barometer.ts";
import {
  checksum,
  decodeTrimming,
  fineTemperature,
  invertPressure,
  invertTemperature,
  TRIMMING_BYTES,
} from "./bmp388-integer.ts";
import { bytes } from "./search.ts";

export type Bmp388Fault =
  /** The id of a BMP581. */
  | "wrong-id"
  /** Calibration registers read FF, their checksum too. */
  | "blank-calibration"
  /** Calibration registers read 00. */
  | "zero-calibration"
  /** One bit of the calibration is the other. */
  | "flipped-bit"
  /** cmd_rdy never comes. */
  | "stuck-starting"
  /** Conversions never end. */
  | "stuck-converting"
  /** Conversions end with the data registers as they are after reset. */
  | "no-data"
  /** fatal_err is set. */
  | "fatal"
  /** Data registers read FF. */
  | "data-ones";

export interface Bmp388ModelOptions extends BarometerOptions {
  /** Default "bmp388". */
  chip?: "bmp388" | "bmp390";
  /** Registers 31…45: 21 bytes; default a real part's. */
  calibration?: readonly number[];
}

export type Bmp388Model = BarometerModel<Bmp388Fault>;

/** A real part's, from the tests of elixir-sensors/bmp3xx. */
export const CALIBRATION_ELIXIR = bytes("236B5849F65CFFCEF42300EA636E79F3F6AA4312C4");
/** The one in Betaflight's tests. */
export const CALIBRATION_BETAFLIGHT = bytes("7C6CCE48F66E0319F823009C5F2577F3F6A14015C4");

// Registers (388 §4.2, as all values below; the same in 390).
const CHIP_ID = 0x00;
const ERR_REG = 0x02;
const STATUS = 0x03;
const DATA = 0x04;
const EVENT = 0x10;
const FIFO_WTM = 0x15;
const PWR_CTRL = 0x1b;
const OSR = 0x1c;
const ODR = 0x1d;
const CONFIG = 0x1f;
const CHECKSUM = 0x30;
const CALIBRATION = 0x31;
const CMD = 0x7e;

const CMD_ERR = 2;
const CONF_ERR = 4;
const CMD_RDY = 0x10;
const DRDY_PRESS = 0x20;
const DRDY_TEMP = 0x40;

const START_UP_MS = 2; // 388 §1 table 2: until the first communication, at most
const COMMAND_READY_MS = 1; // after that; no data sheet gives it
const LONGEST = 1.15; // times in 388 §3.9.2 are typical

/** Creates a part that has been powered long enough to have started. */
export function createBmp388Model(options: Bmp388ModelOptions): Bmp388Model {
  const { now, chip = "bmp388", calibration = CALIBRATION_ELIXIR } = options;
  if (calibration.length !== TRIMMING_BYTES) throw new RangeError("A calibration has 21 bytes");
  const trimming = decodeTrimming(calibration);

  return createBarometer<Bmp388Fault>(options, (world) => {
    const registers = new Uint8Array(256);
    let acknowledgesFrom = -Infinity;
    let convertedAt = Infinity;
    let filterMemory: { temperature?: number; pressure?: number } = {};
    reset(-Infinity);

    function reset(time: number): void {
      registers.fill(0);
      registers.set(calibration, CALIBRATION);
      registers[CHECKSUM] = checksum(calibration);
      registers[CHIP_ID] = chip === "bmp390" ? 0x60 : 0x50;
      registers.set([0, 0, 0x80, 0, 0, 0x80], DATA);
      registers[EVENT] = 1; // por_detected
      registers[FIFO_WTM] = 1;
      registers[OSR] = 2;
      acknowledgesFrom = time + START_UP_MS;
      convertedAt = Infinity;
      filterMemory = {};
    }

    /** 388 §3.9.2. */
    function conversionMs(): number {
      const enabled = registers[PWR_CTRL]!;
      const osr = registers[OSR]!;
      let us = 234;
      if (enabled & 1) us += 392 + 2020 * oversampling(osr & 7);
      if (enabled & 2) us += 313 + 2020 * oversampling((osr >> 3) & 7);
      return (us / 1000) * LONGEST;
    }

    function settle(time: number): void {
      while (convertedAt <= time && world.fault !== "stuck-converting") {
        convert();
        const isNormal = (registers[PWR_CTRL]! & 0x30) === 0x30;
        if (!isNormal) registers[PWR_CTRL] = registers[PWR_CTRL]! & 0x0f; // 388 §3.3.2: back to sleep
        const period = 5 * 2 ** registers[ODR]!;
        convertedAt = isNormal ? Math.max(convertedAt + period, time - 256 * period) : Infinity;
      }
    }

    function convert(): void {
      const enabled = registers[PWR_CTRL]!;
      const exposed = invertTemperature(trimming, world.temperature);
      const fine = fineTemperature(trimming, BigInt(exposed));
      const store = (at: number, quantity: "temperature" | "pressure", value: number, code: number): void => {
        const raw = world.fault === "no-data" ? 0x800000 : filter(quantity, resolve(value, code));
        registers.set([raw & 255, (raw >> 8) & 255, raw >> 16], at);
      };
      if (enabled & 1) {
        const raw = invertPressure(trimming, fine, world.pressureAt(convertedAt));
        store(DATA, "pressure", raw, registers[OSR]! & 7);
        registers[STATUS] = registers[STATUS]! | DRDY_PRESS;
      }
      if (enabled & 2) {
        store(DATA + 3, "temperature", exposed, (registers[OSR]! >> 3) & 7);
        registers[STATUS] = registers[STATUS]! | DRDY_TEMP;
      }
    }

    /** 388 §3.4.3. The first value after a write to CONFIG passes unchanged. */
    function filter(quantity: "temperature" | "pressure", value: number): number {
      const coefficient = 2 ** (registers[CONFIG]! >> 1) - 1;
      const old = filterMemory[quantity] ?? value;
      const filtered = (filterMemory[quantity] = (old * coefficient + value) / (coefficient + 1));
      return Math.round(filtered);
    }

    function writeRegister(time: number, address: number, value: number): void {
      if (address === CMD) {
        if (!(readRegister(time, STATUS) & CMD_RDY)) registers[ERR_REG] = registers[ERR_REG]! | CMD_ERR;
        else if (value === 0xb6) reset(time);
      } else if (address === PWR_CTRL) {
        registers[PWR_CTRL] = value & 0x33;
        // In normal mode, the rate must leave time for the conversion (388 §3.9.1), or the part stays asleep.
        const tooSlow = (value & 0x30) === 0x30 && conversionMs() > 5 * 2 ** registers[ODR]!;
        if (tooSlow) {
          registers[ERR_REG] = registers[ERR_REG]! | CONF_ERR;
          registers[PWR_CTRL] = value & 3;
        }
        convertedAt = registers[PWR_CTRL] & 0x30 && value & 3 ? time + conversionMs() : Infinity;
      } else if (address === OSR) registers[OSR] = value & 0x3f;
      else if (address === ODR) registers[ODR] = value & 0x1f;
      else if (address === CONFIG) {
        registers[CONFIG] = value & 0x0e;
        filterMemory = {};
      } else if (address >= FIFO_WTM && address <= 0x1a) registers[address] = value;
    }

    function readRegister(time: number, address: number): number {
      const { fault } = world;
      const value = registers[address]!;
      if (address >= CHECKSUM && address < CALIBRATION + TRIMMING_BYTES) {
        if (fault === "blank-calibration") return 0xff;
        if (fault === "zero-calibration") return 0;
        if (fault === "flipped-bit" && address === 0x3c) return value ^ 8;
      }
      if (address === CHIP_ID && fault === "wrong-id") return 0x51;
      if (address === ERR_REG) {
        registers[ERR_REG] = 0; // cleared by reading
        return fault === "fatal" ? value | 1 : value;
      }
      if (address === STATUS) {
        const starting = fault === "stuck-starting" || time < acknowledgesFrom + COMMAND_READY_MS;
        return starting ? value : value | CMD_RDY;
      }
      if (address === EVENT) registers[EVENT] = 0;
      if (address >= DATA && address < DATA + 6) {
        // drdy is cleared by reading one of the quantity's registers.
        registers[STATUS] = registers[STATUS]! & ~(address < DATA + 3 ? DRDY_PRESS : DRDY_TEMP);
        if (fault === "data-ones") return 0xff;
      }
      return value;
    }

    return {
      settle,
      reset,
      acknowledges: (time) => time >= acknowledgesFrom,
      ...overRegisters(
        (address) => readRegister(now(), address),
        (address, value) => writeRegister(now(), address, value),
      ),
    };
  });
}

/** 388 §4.3, OSR: codes above 5 mean 32, too. */
function oversampling(code: number): number {
  return 1 << Math.min(code, 5);
}

/** 388 §3.4.1: 16 bits at one conversion, one more with each doubling. What is below them is 0. */
function resolve(value: number, code: number): number {
  const step = 256 / oversampling(code);
  return Math.min(Math.round(value / step) * step, 0x1000000 - step);
}
