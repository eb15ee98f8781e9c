/**
 * Register model of Infineon DPS310 and Goertek SPL06-001 on I²C, written from Infineon's data sheet ("DPS", v1.2) and
 * library. Where they leave a choice or give a range, the model takes what is hardest on a driver: the longest times, no
 * acknowledgement during start-up, a DPS310 that needs the correction of its temperature.
 *
 * Its raw values come from the data sheet's polynomial in whole numbers, turned round by bisection.
 *
 * Not modelled: SPI, FIFO, interrupts, the resolution of each oversampling, response times of the sensing elements.
 */
import { createBarometer, overRegisters } from "./barometer.ts";
import type { BarometerModel, BarometerOptions } from "./barometer.ts";
import {
  COEFFICIENT_BYTES,
  decodeCoefficients,
  encodeCoefficients,
  invertPressure,
  invertTemperature,
  SCALES,
} from "./dps310-polynomial.ts";
import { bytes } from "./search.ts";

export type Dps310Fault =
  /** The id of an SPL07-003. */
  | "wrong-id"
  /** Coefficient registers read FF. */
  | "blank-calibration"
  /** Coefficient registers read 00. */
  | "zero-calibration"
  /** COEF_RDY never comes. */
  | "stuck-starting"
  /** Conversions never end. */
  | "stuck-converting"
  /** Conversions end with the data registers as they are after reset. */
  | "no-data"
  /** Data registers read FF. */
  | "data-ones";

export interface Dps310ModelOptions extends BarometerOptions {
  /** Default "dps310". */
  chip?: "dps310" | "spl06";
  /** Registers 10…21: 18 bytes; default invented ones, which look like a real part's. */
  coefficients?: readonly number[];
  /** A DPS310's coefficients are for the thermometer beside its pressure sensor, not for the one in its ASIC. Default true. */
  isExternal?: boolean;
}

export type Dps310Model = BarometerModel<Dps310Fault>;

/** Synthetic ones of facts with two independent implementations behind them. */
export const COEFFICIENTS_SYNTHETIC = bytes("0CCEFB1424BF2CD2F4AB0546DAE400AAFB50");
/** A real part's, from issue 30 of Infineon/DPS310-Pressure-Sensor. */
export const COEFFICIENTS_ISSUE_30 = encodeCoefficients({
  ...{ c0: 222, c1: -297, c00: 79832, c10: -56308, c01: -2295, c11: 1444, c20: -9701, c21: 111, c30: -1289 },
});

// Registers (DPS §7, as all values below).
const TMP = 0x03;
const PRS_CFG = 0x06;
const TMP_CFG = 0x07;
const MEAS_CFG = 0x08;
const CFG_REG = 0x09;
const RESET = 0x0c;
const PRODUCT_ID = 0x0d;
const KEY = 0x0e;
const COEF = 0x10;
const COEF_SRCE = 0x28;
const CORRECTION = 0x62;

const COEF_RDY = 0x80;
const SENSOR_RDY = 0x40;
const TMP_RDY = 0x20;
const PRS_RDY = 0x10;

const ANSWERS_MS = 2.5; // DPS §3: until the bus is ready
const SENSOR_MS = 12; // T_Sensor_rdy: until the sensor is, at most
const COEF_MS = 40; // T_Coef_rdy: until the coefficients are, at most
/** DPS §8.3 and §8.4, by exponent of the oversampling; typical. */
const CONVERSION_MS = [3.6, 5.2, 8.4, 14.8, 27.6, 53.2, 104.4, 206.8];
const LONGEST = 1.08;
/** How far off the wrong thermometer, and the one not corrected, are: °C. No data sheet says. */
const WRONG_SOURCE = 15;
const NOT_CORRECTED = 35;

/** Creates a part that has been powered long enough to have started. */
export function createDps310Model(options: Dps310ModelOptions): Dps310Model {
  const { now, chip = "dps310", coefficients = COEFFICIENTS_SYNTHETIC, isExternal = true } = options;
  if (coefficients.length !== COEFFICIENT_BYTES) throw new RangeError("Coefficients have 18 bytes");
  const decoded = decodeCoefficients(coefficients);
  const source = isExternal || chip === "spl06" ? 0x80 : 0;

  return createBarometer<Dps310Fault>(options, (world) => {
    const registers = new Uint8Array(256);
    let poweredAt = -Infinity;
    let convertedAt = Infinity;
    /** Conversions that are still to come, of MEAS_CTRL's bits: 1 pressure, 2 temperature. */
    let converting = 0;
    let isCorrected = false;
    reset(-Infinity);

    function reset(time: number): void {
      registers.fill(0);
      registers.set(coefficients, COEF);
      registers[PRODUCT_ID] = 0x10;
      if (chip === "dps310") registers[COEF_SRCE] = source;
      poweredAt = time;
      convertedAt = Infinity;
      isCorrected = false;
    }

    function settle(time: number): void {
      while (convertedAt <= time && world.fault !== "stuck-converting") {
        convert();
        const control = registers[MEAS_CFG]! & 7;
        const endedAt = convertedAt;
        if (control < 4) {
          registers[MEAS_CFG] = registers[MEAS_CFG]! & ~7;
          convertedAt = Infinity;
          continue;
        }
        // In the background, one after the other.
        if (control === 7) converting ^= 3;
        convertedAt = Math.max(endedAt, time - 2000) + conversionMs();
      }
    }

    function conversionMs(): number {
      return CONVERSION_MS[registers[converting === 1 ? PRS_CFG : TMP_CFG]! & 7]! * LONGEST;
    }

    /** Scale of a quantity, and without the shift above 8 conversions too much for 24 bits. */
    function scaleOf(register: number, shift: number): number {
      const n = registers[register]! & 7;
      const isShifted = (registers[CFG_REG]! & shift) !== 0;
      return SCALES[n]! * (n > 3 && !isShifted ? 64 : 1) * (n <= 3 && isShifted ? 1 / 64 : 1);
    }

    function convert(): void {
      let celsius = world.temperature;
      const kt = scaleOf(TMP_CFG, 8);
      const t = invertTemperature(decoded, celsius, 524288);
      if (converting === 2) {
        if ((registers[TMP_CFG]! & 0x80) !== source) celsius += WRONG_SOURCE;
        if (chip === "dps310" && !isCorrected) celsius += NOT_CORRECTED;
        store(TMP, invertTemperature(decoded, celsius, kt));
        registers[MEAS_CFG] = registers[MEAS_CFG]! | TMP_RDY;
      } else {
        const pascal = world.pressureAt(convertedAt);
        store(0, invertPressure(decoded, pascal, scaleOf(PRS_CFG, 4), t, 524288));
        registers[MEAS_CFG] = registers[MEAS_CFG]! | PRS_RDY;
      }
    }

    function store(at: number, value: number): void {
      const raw = world.fault === "no-data" ? 0 : value;
      registers.set([(raw >> 16) & 255, (raw >> 8) & 255, raw & 255], at);
    }

    function writeRegister(time: number, address: number, value: number): void {
      if (address === RESET) {
        if ((value & 15) === 9) reset(time);
      } else if (address === MEAS_CFG) {
        const control = value & 7;
        registers[MEAS_CFG] = (registers[MEAS_CFG]! & ~7) | control;
        converting = control & 2 ? 2 : 1;
        convertedAt = control & 3 && control !== 3 ? time + conversionMs() : Infinity;
      } else if (address === PRS_CFG || address === CFG_REG) registers[address] = value & 0x7f;
      else if (address === TMP_CFG || address === KEY || address === KEY + 1) registers[address] = value;
      else if (address === CORRECTION && registers[KEY] === 0xa5 && registers[KEY + 1] === 0x96) {
        isCorrected = value === 2;
      }
    }

    function readRegister(time: number, address: number): number {
      const { fault } = world;
      const value = registers[address]!;
      if (address >= COEF && address < COEF + COEFFICIENT_BYTES) {
        if (fault === "blank-calibration") return 0xff;
        if (fault === "zero-calibration" || time < poweredAt + COEF_MS) return 0;
      }
      if (address === PRODUCT_ID && fault === "wrong-id") return 0x11;
      if (address === KEY || address === KEY + 1) return 0;
      if (address === MEAS_CFG) {
        const coefficientsReady = fault !== "stuck-starting" && time >= poweredAt + COEF_MS;
        const sensorReady = time >= poweredAt + SENSOR_MS;
        return value | (coefficientsReady ? COEF_RDY : 0) | (sensorReady ? SENSOR_RDY : 0);
      }
      if (address < PRS_CFG) {
        // Cleared by reading the quantity.
        registers[MEAS_CFG] = registers[MEAS_CFG]! & ~(address < TMP ? PRS_RDY : TMP_RDY);
        if (fault === "data-ones") return 0xff;
      }
      return value;
    }

    return {
      settle,
      reset,
      acknowledges: (time) => time >= poweredAt + ANSWERS_MS,
      ...overRegisters(
        (address) => readRegister(now(), address),
        (address, value) => writeRegister(now(), address, value),
      ),
    };
  });
}
