/**
 * Waveform model of Maxim DS18B20 and DS18S20, written from the data sheets ("B" 19-7487 rev. 6, "S" 19-5474 rev. 4/15).
 * Where they give a range, the model takes what is hardest on a driver: the longest conversion, a temperature register
 * that keeps the old value until it ends.
 *
 * Not modelled: what the sensing element takes to follow, self-heating, an accuracy worse than one step.
 */
import { createOneWirePart } from "./onewire-part.ts";
import type { OneWireAnswer, OneWirePart } from "./onewire-part.ts";

/** What is wrong with the part; switched at any time. A line that is held low is the wire's `stuck`. */
export type Ds18b20Fault =
  | "none"
  /** It neither hears nor answers. */
  | "absent"
  /** It takes part in addressing, then lets the line go. */
  | "all-ones"
  /** It takes part in addressing, then holds the line low. */
  | "all-zeros"
  /** Conversions do not end. */
  | "stuck-converting"
  /** It does not convert when told to. */
  | "deaf"
  /** A DS18S20's byte 7, steps a degree, is 0. */
  | "no-steps"
  /** One bit of each scratchpad comes out turned round, another each time. */
  | "bit-flip";

export interface Ds18b20ModelOptions {
  /** Milliseconds, never going back. */
  now: () => number;
  /** Family and serial number, seven bytes; family 10 makes a DS18S20. Default 28 and zeros but for a 1. */
  id?: readonly number[];
  /** TH, TL and, for a DS18B20, configuration in its EEPROM. Default as from the factory of real parts: 4B 46 7F. */
  eeprom?: readonly number[];
  /** Fed by the line alone. Default false. */
  parasite?: boolean;
  /** A copy of the part whose byte 6 stays 0C. Default false. */
  clone?: boolean;
}

export interface Ds18b20Model extends OneWirePart {
  /** °C. What the part is exposed to; the range is wider than what it can measure. Default 20. */
  temperature: number;
  /** Default "none". */
  fault: Ds18b20Fault;
  /** As `OneWire.search` gives it. */
  readonly rom: string;
  /** Takes the supply away and gives it back: 85 °C, settings from the EEPROM. */
  powerCycle(): void;
}

const CONVERT = 0x44;
const WRITE_SCRATCHPAD = 0x4e;
const READ_SCRATCHPAD = 0xbe;
const COPY_SCRATCHPAD = 0x48;
const RECALL = 0xb8;
const READ_POWER_SUPPLY = 0xb4;

const CONVERSION_MS = 750; // 12 bits, at most
/** B and S: a strong pull-up has to come within 10 µs of the command. */
const STRONG_PULL_UP_WITHIN = 0.01;

/** X⁸ + X⁵ + X⁴ + 1, shifted bit by bit as in the data sheets' figure. */
export function shiftCrc(bytes: readonly number[]): number {
  let crc = 0;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const feedback = (crc ^ (byte >> bit)) & 1;
      crc = (crc >> 1) ^ (feedback ? 0x8c : 0);
    }
  }
  return crc;
}

/** Creates a part that has been powered for long and has not converted yet. */
export function createDs18b20Model(options: Ds18b20ModelOptions): Ds18b20Model {
  const { now, id = [0x28, 0, 0, 0, 0, 0, 1], parasite = false, clone = false } = options;
  if (id.length !== 7) throw new RangeError("An id has seven bytes and its CRC");
  const isS = id[0] === 0x10;
  const rom = [...id, shiftCrc(id)];
  const eeprom = [...(options.eeprom ?? [0x4b, 0x46, 0x7f])];
  let scratchpad: number[] = [];
  let truth = 20;
  let fault: Ds18b20Fault = "none";
  let convertedAt = Infinity;
  /** Until when a strong pull-up may still come; undefined while none is needed. */
  let starvesAt: number | undefined;
  let flips = 0;

  /** B figure 9, S figure 6. */
  function powerUp(): void {
    scratchpad = isS ? [0xaa, 0, 0, 0, 0xff, 0xff, 0x0c, 0x10] : [0x50, 0x05, 0, 0, 0, 0xff, 0x0c, 0x10];
    recall();
    convertedAt = Infinity;
    starvesAt = undefined;
  }

  function recall(): void {
    scratchpad[2] = eeprom[0]!;
    scratchpad[3] = eeprom[1]!;
    if (!isS) scratchpad[4] = (eeprom[2]! & 0x60) | 0x1f;
  }

  const conversionMs = (): number => (isS ? CONVERSION_MS : CONVERSION_MS / 2 ** (3 - (scratchpad[4]! >> 5)));

  function settle(at = now()): void {
    if (starvesAt !== undefined && at > starvesAt) part.powerCycle();
    if (at < convertedAt || fault === "stuck-converting") return;
    convertedAt = Infinity;
    starvesAt = undefined;
    if (isS) loadS();
    else loadB();
  }

  function loadB(): void {
    const unused = 3 - (scratchpad[4]! >> 5);
    const raw = Math.round(truth * 16);
    // Bits below the resolution are undefined; here they are ones.
    const shown = raw | ((1 << unused) - 1);
    scratchpad[0] = shown & 255;
    scratchpad[1] = (shown >> 8) & 255;
    scratchpad[6] = clone ? 0x0c : 16 - (raw & 15);
  }

  /** S, "Operation - measuring temperature", turned round. */
  function loadS(): void {
    const sixteenths = Math.round(truth * 16) + 4;
    const raw = Math.floor(truth * 2 + 0.5);
    scratchpad[0] = raw & 255;
    scratchpad[1] = (raw >> 8) & 255;
    scratchpad[6] = 16 - (sixteenths & 15);
    scratchpad[7] = 16;
  }

  function convert(at: number): OneWireAnswer {
    if (fault === "deaf") return undefined;
    convertedAt = at + conversionMs();
    if (parasite) starvesAt = at + STRONG_PULL_UP_WITHIN;
    return {
      next(slot) {
        settle(slot);
        return parasite || convertedAt === Infinity ? 1 : 0;
      },
    };
  }

  function sendScratchpad(at: number): OneWireAnswer {
    settle(at);
    const sent = scratchpad.map((byte, place) => (fault === "no-steps" && place === 7 ? 0 : byte));
    const bytes = [...sent, shiftCrc(sent)];
    if (fault === "all-zeros") bytes.fill(0);
    if (fault === "bit-flip") bytes[(flips >> 3) % 9]! ^= 1 << (flips++ & 7);
    let place = 0;
    return {
      next() {
        const byte = bytes[place >> 3] ?? (fault === "all-zeros" ? 0 : 0xff);
        return (byte >> (place++ & 7)) & 1;
      },
    };
  }

  function execute(command: number, at: number): OneWireAnswer {
    settle(at);
    if (fault === "all-ones") return undefined;
    switch (command) {
      case CONVERT:
        return convert(at);
      case READ_SCRATCHPAD:
        return sendScratchpad(at);
      case WRITE_SCRATCHPAD:
        return {
          take: isS ? 2 : 3,
          done(bytes) {
            scratchpad[2] = bytes[0]!;
            scratchpad[3] = bytes[1]!;
            if (!isS) scratchpad[4] = (bytes[2]! & 0x60) | 0x1f;
          },
        };
      case COPY_SCRATCHPAD:
        eeprom.splice(0, 3, ...scratchpad.slice(2, 5));
        return undefined;
      case RECALL:
        recall();
        return { next: () => 1 };
      case READ_POWER_SUPPLY:
        return { next: () => (parasite ? 0 : 1) };
      default:
        return undefined;
    }
  }

  function isAlarmed(): boolean {
    settle();
    const signed = (byte: number): number => (byte << 24) >> 24;
    const whole = (signed(scratchpad[1]!) << 8) | scratchpad[0]!;
    const degrees = isS ? whole >> 1 : whole >> 4;
    return degrees >= signed(scratchpad[2]!) || degrees <= signed(scratchpad[3]!);
  }

  const wire = createOneWirePart({
    rom,
    isPresent: () => fault !== "absent",
    isAlarmed,
    execute,
    onDriven(level, at) {
      if (starvesAt === undefined) return;
      settle(at);
      if (level === 1 && at <= starvesAt) starvesAt = Infinity;
      else if (level !== 1 && starvesAt === Infinity) {
        starvesAt = at;
        settle(at);
      }
    },
  });
  powerUp();

  const part: Ds18b20Model = Object.defineProperties(wire as Ds18b20Model, {
    temperature: {
      get: () => truth,
      set(value: number) {
        settle();
        truth = value;
      },
    },
    fault: {
      get: () => fault,
      set(value: Ds18b20Fault) {
        settle();
        fault = value;
      },
    },
    rom: { value: rom.map((byte) => byte.toString(16).padStart(2, "0")).join("") },
    powerCycle: {
      value: () => {
        powerUp();
        wire.forget();
      },
    },
  });
  return part;
}
