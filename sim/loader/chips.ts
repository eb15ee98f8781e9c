/** What the loaders of different chips answer when they are asked who they are. */

export type ChipName = "ESP32" | "ESP8266" | "ESP32-C3" | "ESP32-S3";

export interface Chip {
  name: ChipName;
  /** Registers with a value of their own, by address; the others hold what was written. */
  registers: Record<number, number>;
  /** Where the SPI controller's registers are, and in it USR2 (the command) and W0 (the answer). */
  spi: { base: number; usr2: number; w0: number };
  /** The id in GET_SECURITY_INFO; older chips do not know the command. */
  chipId?: number;
  /** Bytes of status behind a response's data. */
  statusBytes: number;
  /** Can its loader erase and write compressed data and sum up by itself, without a program in RAM? */
  hasRichRom: boolean;
}

const DETECT = 0x40001000;

/** What chips that know their own id have in common but for it and the place of their fuses. */
function newer(fuses: number, low: number, high: number): Omit<Chip, "name"> {
  return {
    registers: { [fuses + 0x44]: low, [fuses + 0x48]: high },
    spi: { base: 0x60002000, usr2: 0x20, w0: 0x58 },
    statusBytes: 4,
    hasRichRom: true,
  };
}

/** `mac` are six bytes. */
export function createChip(name: ChipName, mac: number[]): Chip {
  const [a, b, c, d, e, f] = mac as [number, number, number, number, number, number];
  const low = ((c << 24) | (d << 16) | (e << 8) | f) >>> 0;
  switch (name) {
    case "ESP32":
      return {
        name,
        // A dual core of revision 1 with a crystal of 40 MHz, as on most boards.
        registers: {
          [DETECT]: 0x00f01d83,
          0x3ff5a004: low,
          0x3ff5a008: (a << 8) | b,
          0x3ff5a00c: 0x8000,
          0x3ff40014: 347,
        },
        spi: { base: 0x3ff42000, usr2: 0x24, w0: 0x80 },
        statusBytes: 4,
        hasRichRom: true,
      };
    case "ESP8266":
      return {
        name,
        registers: {
          [DETECT]: 0xfff0c101,
          0x3ff00050: (f << 24) >>> 0,
          0x3ff00054: (d << 8) | e,
          0x3ff0005c: (a << 16) | (b << 8) | c,
          0x60000014: 451,
        },
        spi: { base: 0x60000200, usr2: 0x24, w0: 0x40 },
        statusBytes: 2,
        hasRichRom: false,
      };
    case "ESP32-C3":
      return { ...newer(0x60008800, low, (a << 8) | b), name, chipId: 5 };
    case "ESP32-S3":
      return { ...newer(0x60007000, low, (a << 8) | b), name, chipId: 9 };
  }
}
