/**
 * What Espruino and the chip of a board have, as data: the simulator is such a board, and the command warns of its pins and
 * flashes it. The file of a board says which of Espruino's sources it was read in. A board that is new is a file here, and
 * `npm run boards` takes it up; only one whose Espruino behaves like none of those known needs code.
 */

/** A family behaves alike, and runs the same firmware: `dist/esp32.min.js` or `dist/esp8266.min.js`. */
export type Family = "ESP32" | "ESP8266";

/** A list of pins by Espruino's names, such as "D0-D5 D12 A0". */
export type PinList = string;

/** Pins, and what a person is told about them: a reason in words. */
export type Reason = readonly [pins: PinList, why: string];

export interface PinTable {
  /** Those that Espruino has names for. */
  all: PinList;
  /** Those among them that the chip has not. */
  absent: PinList;
  /** With an ADC, as `analogRead` sees it: others give NaN. */
  analog: PinList;
  /** Those that `setWatch` refuses. */
  unwatched: PinList;
  /** Those that cannot drive. */
  inputOnly: PinList;
  /** Of no use to a sensor. */
  unfit: readonly Reason[];
  /** Better left to their other use. */
  delicate: readonly Reason[];
  /** Trouble when a part drives them at a start. */
  booting: readonly Reason[];
}

export interface Chip {
  /** As esptool writes it. */
  name: string;
  /** Its number in the head of an image; an ESP8266's images have none. */
  id?: number;
  /** Where its boot loader lies in flash. */
  bootloader: number;
  /** MHz at which the flash is read, by Espruino's own instructions. */
  frequency: 40 | 80;
}

export interface BoardTable {
  /** As people write it. */
  name: string;
  family: Family;
  chip: Chip;
  /** What Espruino says of itself in `process.env`. `BOARD` begins with the board's word, in capital letters. */
  env: { BOARD: string; MODULES: string };
  /** Variables that there are at least. */
  variables: number;
  /** Bytes of Storage. */
  storage: number;
  /** Pins of `I2C1` where nobody names any. */
  i2c: { data: string; clock: string };
  pins: PinTable;
  /** Steps of the ADC as a power of two, and the volts that read full. */
  adc: { bits: number; fullScale: number };
  /** `io_buffer_size`: bytes for events of watched pins. */
  queueBytes: number;
  /** Milliseconds that the interpreter takes for one of them with its callback; a guess on the slow side. */
  watchTime: number;
}

/** The names in a list. */
export function pinsIn(list: PinList): string[] {
  return list.split(" ").flatMap((part) => {
    const [, first, last] = /^D(\d+)-D(\d+)$/.exec(part) ?? [];
    if (first === undefined) return part ? [part] : [];
    return Array.from({ length: Number(last) - Number(first) + 1 }, (_, nth) => `D${Number(first) + nth}`);
  });
}

/** A list as people read it: "D0 to D4, D12 and A0". */
export function pinsText(list: PinList): string {
  const parts = list.split(" ").map((part) => part.replace("-", " to "));
  const last = parts.pop()!;
  return parts.length ? `${parts.join(", ")} and ${last}` : last;
}
