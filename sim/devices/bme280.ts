/**
 * Register model of Bosch BME280 and BMP280 on I²C, written from the data sheets ("BME" BST-BME280-DS002, "BMP"
 * BST-BMP280-DS001). Where they leave a choice or give a range, the model takes what is hardest on a driver: the longest
 * times, no acknowledgement during start-up, no write to config in normal mode.
 *
 * Its raw values come from Bosch's integer compensation, turned round by bisection: a driver that compensates in
 * floating point shares no formula with it.
 *
 * Not modelled: SPI, noise, response times of the sensing elements, the self-heating.
 */
import type { BusDevice } from "../bus.ts";
import { NoAcknowledge } from "../bus.ts";
import {
  decodeTrimming,
  fineTemperature,
  HIGH_BYTES,
  invertHumidity,
  invertPressure,
  invertTemperature,
  LOW_BYTES,
} from "./bme280-integer.ts";
import { bytes } from "./search.ts";

/** What is wrong with the part; switched at any time, in effect from the next transfer on. */
export type Bme280Fault =
  | "none"
  /** Nothing acknowledges. */
  | "absent"
  /** The id of a BME680, which uses the same addresses. */
  | "wrong-id"
  /** Calibration registers read FF. */
  | "blank-calibration"
  /** Calibration registers read 00. */
  | "zero-calibration"
  /** Status bit 3 never clears. */
  | "stuck-measuring"
  /** Status bit 0 never clears. */
  | "stuck-copying"
  /** It takes the command to convert and does not. */
  | "deaf"
  /** Conversions end with the data registers as they are after reset. */
  | "no-data"
  /** Data registers read FF. */
  | "all-ones";

export interface Bme280ModelOptions {
  /** Milliseconds, never going back. */
  now: () => number;
  /** Default "bme280". */
  chip?: "bme280" | "bmp280";
  /** Registers 88…A1, then E1…E7: 33 bytes; default a real part's. */
  calibration?: readonly number[];
}

export interface Bme280Model extends BusDevice {
  /** °C. What the part is exposed to; the range is wider than what it can measure. Default 20. */
  temperature: number;
  /** Pa. Default 101325. */
  pressure: number;
  /** %RH. Default 50. */
  humidity: number;
  /** Default "none". */
  fault: Bme280Fault;
  /** Takes the supply away and gives it back: every register returns to its reset state. */
  powerCycle(): void;
}

/** Registers 88…A1 and E1…E7 of two real parts, from the tests of elixir-sensors/bmp280 and periph.io. */
export const CALIBRATION_ELIXIR = bytes(
  "1D6EAD6632001B8F38D6D00B542B0FFFF9FF0C3020D18813004B 520100172C031E",
);
export const CALIBRATION_PERIPH = bytes(
  "106E6C6632005D95B8D5D00B771E9DFFF9FFAC260AD8BD10004B 6E01001305001E",
);

const CALIBRATION_LOW = 0x88;
const CALIBRATION_HIGH = 0xe1;
const ID = 0xd0;
const RESET = 0xe0;
const CTRL_HUM = 0xf2;
const STATUS = 0xf3;
const CTRL_MEAS = 0xf4;
const CONFIG = 0xf5;
const DATA = 0xf7;
const DATA_END = 0xfe;

const START_UP_MS = 2; // BME §1.1, BMP §1: until the first communication, at most
const CLOCK_ERROR_MS = 0.001; // of times in floating point, by which a timer of 2 ms seems early
const NVM_COPY_MS = 1; // after that; no data sheet gives it
/** Standby times by t_sb, ms: BME §5.4.6, BMP §3.6.3. */
const STANDBY_MS = {
  bme280: [0.5, 62.5, 125, 250, 500, 1000, 10, 20],
  bmp280: [0.5, 62.5, 125, 250, 500, 1000, 2000, 4000],
};
/** BME §5.4.4, BMP §3.3.3: the longest filter has forgotten all 20 bits after fewer. */
const CYCLES_TO_SETTLE = 256;

/** Creates a part that has been powered long enough to have started. */
export function createBme280Model(options: Bme280ModelOptions): Bme280Model {
  const { now, chip = "bme280", calibration = CALIBRATION_ELIXIR } = options;
  if (calibration.length !== LOW_BYTES + HIGH_BYTES) throw new RangeError("A calibration has 33 bytes");
  const trimming = decodeTrimming(calibration);
  const registers = new Uint8Array(256);
  const truth = { temperature: 20, pressure: 101325, humidity: 50 };
  let fault: Bme280Fault = "none";
  let pointer = 0;
  let acknowledgesFrom = -Infinity;
  let copiedAt = -Infinity;
  let convertingFrom = Infinity;
  let convertedAt = Infinity;
  /** osrs_h as last taken over by a write to ctrl_meas. */
  let humidityCode = 0;
  /** A write to ctrl_meas that waits for the end of the conversion. */
  let waitingControl: number | undefined;
  let filterMemory: { temperature?: number; pressure?: number } = {};

  powerOnReset(-Infinity);

  function powerOnReset(at: number): void {
    registers.fill(0);
    registers.set(calibration.slice(0, LOW_BYTES), CALIBRATION_LOW);
    if (chip === "bme280") registers.set(calibration.slice(LOW_BYTES), CALIBRATION_HIGH);
    registers[ID] = chip === "bme280" ? 0x60 : 0x58;
    loadData(0x80000, 0x80000, 0x8000);
    pointer = 0;
    acknowledgesFrom = at + START_UP_MS;
    copiedAt = acknowledgesFrom + NVM_COPY_MS;
    convertingFrom = convertedAt = Infinity;
    humidityCode = 0;
    waitingControl = undefined;
    filterMemory = {};
  }

  function loadData(pressure: number, temperature: number, humidity: number): void {
    const twentyBits = (value: number): number[] => [value >> 12, (value >> 4) & 255, (value & 15) << 4];
    registers.set([...twentyBits(pressure), ...twentyBits(temperature)], DATA);
    if (chip === "bme280") registers.set([humidity >> 8, humidity & 255], DATA + 6);
  }

  /** BME §9.1, BMP §3.8.1, maximum. */
  function conversionMs(): number {
    const factor = (code: number): number => (code ? 2.3 * oversampling(code) : 0);
    const { temperatureCode, pressureCode } = control();
    let time = 1.25 + factor(temperatureCode);
    if (pressureCode) time += factor(pressureCode) + 0.575;
    if (humidityCode) time += factor(humidityCode) + 0.575;
    return time;
  }

  function control(): { temperatureCode: number; pressureCode: number; mode: number } {
    const value = registers[CTRL_MEAS]!;
    return { temperatureCode: value >> 5, pressureCode: (value >> 2) & 7, mode: value & 3 };
  }

  /** Brings the part up to the present; before every transfer and every change of what it is exposed to. */
  function settle(): void {
    const time = now();
    while (convertedAt <= time) {
      convert();
      const { mode } = control();
      if (mode === 1 || mode === 2) registers[CTRL_MEAS] = registers[CTRL_MEAS]! & ~3; // BME §3.3.3: back to sleep
      const endedAt = convertedAt;
      convertingFrom = convertedAt = Infinity;
      if (waitingControl !== undefined) {
        const value = waitingControl;
        waitingControl = undefined;
        execute(value, endedAt);
      } else if (mode === 3) {
        const standby = STANDBY_MS[chip][registers[CONFIG]! >> 5]!;
        const cycle = standby + conversionMs();
        const missed = Math.floor((time - endedAt) / cycle) - CYCLES_TO_SETTLE;
        start(endedAt + standby + (missed > 0 ? missed * cycle : 0));
      }
    }
  }

  function start(at: number): void {
    convertingFrom = at;
    convertedAt = at + conversionMs();
  }

  /** A write to ctrl_meas takes over ctrl_hum with it (BME §5.4.3). */
  function execute(value: number, at: number): void {
    registers[CTRL_MEAS] = value;
    humidityCode = chip === "bme280" ? registers[CTRL_HUM]! & 7 : 0;
    convertingFrom = convertedAt = Infinity;
    if (value & 3 && fault !== "deaf") start(at);
  }

  function convert(): void {
    if (fault === "no-data") return loadData(0x80000, 0x80000, 0x8000);
    const { temperatureCode, pressureCode } = control();
    const filterCode = (registers[CONFIG]! >> 2) & 7;
    const exposed = invertTemperature(trimming, truth.temperature);
    const fine = fineTemperature(trimming, BigInt(exposed));
    const temperature = temperatureCode
      ? filter("temperature", resolve(exposed, temperatureCode), filterCode)
      : 0x80000;
    const pressure = pressureCode
      ? filter("pressure", resolve(invertPressure(trimming, fine, truth.pressure), pressureCode), filterCode)
      : 0x80000;
    loadData(pressure, temperature, humidityCode ? invertHumidity(trimming, fine, truth.humidity) : 0x8000);
  }

  /** BME §3.4.4, BMP §3.3.3. The first value after a write to config passes unchanged. */
  function filter(quantity: "temperature" | "pressure", value: number, code: number): number {
    if (!code) return value;
    const coefficient = code > 3 ? 16 : 1 << code;
    const old = filterMemory[quantity];
    const filtered = old === undefined ? value : (old * (coefficient - 1) + value) / coefficient;
    filterMemory[quantity] = filtered;
    return Math.round(filtered);
  }

  function writeRegister(address: number, value: number): void {
    const converting = convertedAt < Infinity && convertingFrom <= now();
    if (address === RESET && value === 0xb6) powerOnReset(now());
    // BME §3.3.1: while a mode change waits for the end of a conversion, ctrl_hum and further mode changes are ignored.
    else if (waitingControl !== undefined && (address === CTRL_HUM || address === CTRL_MEAS)) return;
    else if (address === CTRL_HUM && chip === "bme280") registers[CTRL_HUM] = value & 7;
    else if (address === CTRL_MEAS && converting) waitingControl = value;
    else if (address === CTRL_MEAS) execute(value, now());
    else if (address === CONFIG && control().mode !== 3) {
      registers[CONFIG] = value & 0xfd;
      filterMemory = {};
    }
  }

  function readRegister(address: number): number {
    const isLow = address >= CALIBRATION_LOW && address < CALIBRATION_LOW + LOW_BYTES;
    const isHigh = address >= CALIBRATION_HIGH && address < CALIBRATION_HIGH + HIGH_BYTES;
    if (isLow || isHigh) {
      if (fault === "blank-calibration") return 0xff;
      if (fault === "zero-calibration") return 0;
    }
    if (address === ID && fault === "wrong-id") return 0x61;
    if (address >= DATA && address <= DATA_END && fault === "all-ones") return 0xff;
    if (address === STATUS) {
      const time = now();
      const measuring = fault === "stuck-measuring" || (convertingFrom <= time && time < convertedAt);
      const copying = fault === "stuck-copying" || time < copiedAt;
      return (measuring ? 8 : 0) | (copying ? 1 : 0);
    }
    return registers[address]!;
  }

  function addressed(): void {
    settle();
    if (fault === "absent" || now() + CLOCK_ERROR_MS < acknowledgesFrom) throw new NoAcknowledge();
  }

  function expose(quantity: keyof typeof truth, value: number): void {
    settle();
    truth[quantity] = value;
  }

  return {
    get temperature() {
      return truth.temperature;
    },
    set temperature(value) {
      expose("temperature", value);
    },
    get pressure() {
      return truth.pressure;
    },
    set pressure(value) {
      expose("pressure", value);
    },
    get humidity() {
      return truth.humidity;
    },
    set humidity(value) {
      expose("humidity", value);
    },
    get fault() {
      return fault;
    },
    set fault(value) {
      settle();
      fault = value;
    },
    powerCycle() {
      powerOnReset(now());
    },
    /** BME §6.2.1: pairs of register and value; a lone last byte sets the register to read from. */
    write(data) {
      addressed();
      for (let i = 0; i < data.length; i += 2) {
        pointer = data[i]!;
        if (i + 1 < data.length) writeRegister(pointer, data[i + 1]!);
      }
    },
    /** BME §6.2.2: the register counts up. Data registers are shadowed for the length of the burst (BME §4.1). */
    read(quantity) {
      addressed();
      return Array.from({ length: quantity }, () => {
        const value = readRegister(pointer);
        pointer = (pointer + 1) & 255;
        return value;
      });
    },
  };
}

/** BME §5.4.5, BMP §4.3.4: codes above 5 mean 16, too. */
function oversampling(code: number): number {
  return code > 4 ? 16 : 1 << (code - 1);
}

/** BME §3.4.2: 16 bits at one conversion, one more with each doubling. What is below them is 0. */
function resolve(value: number, code: number): number {
  const step = 16 / oversampling(code);
  return Math.min(Math.round(value / step) * step, 0x100000 - step);
}
