import type { OneWire, OneWireConstructor } from "../hw/espruino.d.ts";
import type { BoardPins, Level } from "./pins.ts";
import type { Realm } from "./realm.ts";

/** What the buses that a program drives bit by bit need from its boot. */
export interface BitBangOptions {
  realm: Realm;
  pins: BoardPins;
  /** The world's time as the program sees it (ms). */
  time(): number;
  /** Keeps the interpreter busy. */
  delay(microseconds: number): void;
}

const SEARCH_ROM = 0xf0;
const MATCH_ROM = 0x55;
const SKIP_ROM = 0xcc;

/** `OneWire` as in src/jswrap_onewire.c, with its times to the microsecond. */
export function createOneWire({ realm, pins, time, delay }: BitBangOptions): OneWireConstructor {
  const pull = (name: string, level: Level): void => pins.drive(name, "opendrain_pullup", level, time());

  function reset(name: string): boolean {
    pull(name, 0);
    delay(500);
    pull(name, 1);
    delay(80);
    const isPresent = pins.sense(name, time()) === 0;
    delay(420);
    return isPresent;
  }

  function readBits(name: string, count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit++) {
      pull(name, 0);
      delay(3);
      pull(name, 1);
      delay(10);
      value += pins.sense(name, time()) * 2 ** bit;
      delay(53);
    }
    return value;
  }

  function writeBits(name: string, bits: readonly number[]): void {
    for (const bit of bits) {
      pull(name, 0);
      delay(bit ? 10 : 65);
      pull(name, 1);
      delay(bit ? 55 : 5);
    }
  }

  const bitsOf = (byte: number): number[] => Array.from({ length: 8 }, (_, bit) => (byte >> bit) & 1);
  const writeByte = (name: string, byte: number): void => writeBits(name, bitsOf(byte));

  /** One pass of the search (Maxim application note 187); undefined when it broke off. */
  function searchOne(
    name: string,
    last: readonly number[],
    lastZero: number,
  ): [number[], number] | undefined {
    const rom: number[] = [];
    let zero = 0;
    while (rom.length < 64) {
      const [bit, complement] = [readBits(name, 1), readBits(name, 1)];
      if (bit && complement) return undefined;
      const place = rom.length + 1;
      let choice = bit;
      if (bit === complement) {
        choice = place < lastZero ? last[place - 1]! : Number(place === lastZero);
        if (!choice) zero = place;
      }
      writeBits(name, [choice]);
      rom.push(choice);
    }
    return [rom, zero];
  }

  function search(name: string, command: number): string[] {
    const found: string[] = [];
    let last: number[] = [];
    let lastZero = 0;
    do {
      if (!reset(name)) break;
      writeByte(name, command);
      const result = searchOne(name, last, lastZero);
      // A family of 0 ends the search, which makes a line that is held low a bus without devices.
      if (!result?.[0].slice(0, 8).includes(1)) break;
      [last, lastZero] = result;
      found.push(romText(last));
    } while (lastZero);
    return found;
  }

  return function OneWire(pin: unknown): OneWire {
    const name = String(pin);
    return realm.record<OneWire>({
      reset: () => reset(name),
      select(rom) {
        if (typeof rom !== "string" || rom.length !== 16) {
          throw realm.error("TypeError", `Invalid OneWire device address ${JSON.stringify(rom)}`);
        }
        reset(name);
        writeByte(name, MATCH_ROM);
        for (let i = 0; i < 16; i += 2) writeByte(name, parseInt(rom.slice(i, i + 2), 16));
      },
      skip: () => writeByte(name, SKIP_ROM),
      write(data, power) {
        for (const byte of typeof data === "number" ? [data] : Array.from(data)) writeByte(name, byte & 255);
        if (power) pins.drive(name, "output", 1, time());
        else pins.drive(name, "input", 1, time());
      },
      read: ((count?: number) =>
        count === undefined
          ? readBits(name, 8)
          : realm.bytes(Array.from({ length: count }, () => readBits(name, 8)))) as OneWire["read"],
      search: (command) => realm.list(search(name, command ?? SEARCH_ROM)),
    });
  } as unknown as OneWireConstructor;
}

function romText(bits: readonly number[]): string {
  let text = "";
  for (let start = 0; start < 64; start += 8) {
    const byte = bits.slice(start, start + 8).reduce((sum, bit, place) => sum + bit * 2 ** place, 0);
    text += byte.toString(16).padStart(2, "0");
  }
  return text;
}
