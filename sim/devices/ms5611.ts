/**
 * Command model of TE MS5611 and MS5607 on I²C, written from the data sheets (MS5611-01BA03, MS5607-02BA03), whose sections
 * have names only. Where they leave a choice or give a range, the model takes what is hardest on a driver: the longest times,
 * no acknowledgement during a reset, and a result that was disturbed is off, not absent.
 *
 * Its raw values come from the data sheets' integer formulas, turned round by bisection.
 *
 * Not modelled: SPI, the resolution of each oversampling, response times of the sensing elements.
 */
import { createBarometer } from "./barometer.ts";
import type { BarometerModel, BarometerOptions } from "./barometer.ts";
import { checksum, invertPressure, invertTemperature } from "./ms5611-integer.ts";
import type { Chip } from "./ms5611-integer.ts";

export type Ms5611Fault =
  /** PROM words read FFFF. */
  | "blank-prom"
  /** PROM words read 0000, whose checksum is right. */
  | "zero-prom"
  /** One bit of C3 is the other. */
  | "flipped-bit"
  /** Conversions never end. */
  | "stuck-converting"
  /** Every result is FFFFFF. */
  | "data-ones";

export interface Ms5611ModelOptions extends BarometerOptions {
  /** Default "ms5611". */
  chip?: Chip;
  /** The factory's word, C1…C6, and the serial code in the upper twelve bits of the last; default the data sheet's C1…C6. */
  prom?: readonly number[];
}

export type Ms5611Model = BarometerModel<Ms5611Fault>;

/** C1…C6 of the examples in the data sheets, between a factory's word and a serial code that are invented. */
export const PROM_MS5611 = [0x0042, 40127, 36924, 23317, 23282, 33464, 28312, 0x1230];
export const PROM_MS5607 = [0x0042, 46372, 43981, 29059, 27842, 31553, 28165, 0x4560];

const RESET_MS = 2.8; // "Reset sequence"
const CONVERSION_MS = [0.6, 1.17, 2.28, 4.54, 9.04]; // "ADC": at most, by oversampling
/** By how much a result is off that was disturbed; no data sheet says. */
const DISTURBED = 50_000;

/** Creates a part that has been powered long enough to have started. */
export function createMs5611Model(options: Ms5611ModelOptions): Ms5611Model {
  const { now, chip = "ms5611", prom = chip === "ms5611" ? PROM_MS5611 : PROM_MS5607 } = options;
  if (prom.length !== 8) throw new RangeError("A PROM has 8 words");
  const words = [...prom.slice(0, 7), (prom[7]! & 0xfff0) | checksum(prom)];
  const coefficients = words.map(BigInt);

  return createBarometer<Ms5611Fault>(options, (world) => {
    let acknowledgesFrom = -Infinity;
    let command = -1;
    let converting = 0;
    let convertedAt = Infinity;
    let isDisturbed = false;
    let result = 0;

    function reset(time: number): void {
      acknowledgesFrom = time + RESET_MS;
      command = -1;
      convertedAt = Infinity;
      isDisturbed = false;
      result = 0;
    }

    function settle(time: number): void {
      if (convertedAt > time || world.fault === "stuck-converting") return;
      const d2 = invertTemperature(coefficients, world.temperature);
      const isTemperature = (converting & 0x10) !== 0;
      result = isTemperature ? d2 : invertPressure(chip, coefficients, d2, world.pressureAt(convertedAt));
      if (isDisturbed) result = Math.max(1, result - DISTURBED);
      if (world.fault === "data-ones") result = 0xffffff;
      convertedAt = Infinity;
      isDisturbed = false;
    }

    function promWord(index: number): number {
      if (world.fault === "blank-prom") return 0xffff;
      if (world.fault === "zero-prom") return 0;
      return world.fault === "flipped-bit" && index === 3 ? words[3]! ^ 0x0100 : words[index]!;
    }

    /** What the last command gives to read; "ADC read": 0 while a conversion runs, and when there is no new one. */
    function answer(): number[] {
      if ((command & 0xf1) === 0xa0) {
        const word = promWord((command >> 1) & 7);
        return [word >> 8, word & 255];
      }
      if (command !== 0) return [];
      if (convertedAt < Infinity) {
        isDisturbed = true;
        return [0, 0, 0];
      }
      const data = [result >> 16, (result >> 8) & 255, result & 255];
      result = 0;
      return data;
    }

    return {
      settle,
      reset,
      acknowledges: (time) => time >= acknowledgesFrom,
      /** One command a transfer; what is none is passed over. */
      write(data) {
        if (data.length === 0) return;
        command = data[0]!;
        if (command === 0x1e) {
          reset(now());
          return;
        }
        const n = (command & 0x0f) / 2;
        if ((command >> 4 !== 4 && command >> 4 !== 5) || CONVERSION_MS[n] === undefined) return;
        // "Conversion sequence sent during the already started conversion": its result will be wrong.
        isDisturbed = convertedAt < Infinity;
        converting = command;
        convertedAt = now() + CONVERSION_MS[n];
        result = 0;
      },
      read(quantity) {
        const data = answer();
        return Array.from({ length: quantity }, (_, i) => data[i] ?? 0);
      },
    };
  });
}
