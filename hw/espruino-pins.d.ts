/** The part of Espruino's API that ristretto calls at the pins: what espruino.d.ts says of it counts here. */

/** A pin; the same object for the same name. */
export interface Pin {
  toString(): string;
  /** Makes an input of the pin unless `mode` was called. */
  read(): boolean;
  /** Makes an output of the pin unless `mode` was called. */
  write(value: number): void;
  /** From now on `read`, `write` and on ESP8266 `setWatch` leave the mode as it is. */
  mode(mode: "input" | "input_pullup" | "output"): void;
  /** 0…1 of the ADC's range, or NaN: only A0 (ESP8266, 10 bits), D32…D39 (ESP32, 12 bits) and D0…D4 (ESP32-C3) have one. */
  analog(): number;
}

export type PinConstructor = new (name: string) => Pin;

/** What `setWatch` tells of one edge. */
export interface PinWatch {
  /** After the edge. */
  state: boolean;
  /** Seconds by `getTime()`, when the edge came. */
  time: number;
  /** Of the edge before, of either direction. */
  lastTime?: number;
  pin: Pin;
}

export interface WatchOptions {
  edge: "rising" | "falling" | "both";
  repeat: boolean;
}

/** A 1-Wire bus, driven bit by bit: about 70 µs a bit, the interpreter waiting. */
export interface OneWire {
  /** Whether anything answered; a line held low looks like an answer. */
  reset(): boolean;
  /** Resets and addresses one device by its id: sixteen hexadecimal digits, family first. */
  select(rom: string): void;
  /** Addresses whatever is there. */
  skip(): void;
  /** `power` has the pin drive the line afterwards. */
  write(data: number | number[], power?: boolean): void;
  read(): number;
  read(quantity: number): Uint8Array;
  /** Ids of all devices, in lower case; `command` instead of F0. None when the line is held low. */
  search(command?: number): string[];
}

export type OneWireConstructor = new (pin: Pin) => OneWire;

/**
 * A software SPI bus without a clock: `mosi` changes and `miso` is read right after, some microseconds a
 * bit.
 */
export interface SPI {
  setup(options: { mosi: Pin; miso: Pin }): void;
  /** Most significant bit first; gives as many bytes as it was given. */
  send(data: number[]): Uint8Array;
}

export type SPIConstructor = new () => SPI;

/** An I²C bus. Both transfers throw when no device acknowledges; the text differs by board. */
export interface I2C {
  /** Pins that are undefined are those that Espruino has for the bus on that board. */
  setup(options: { scl: string | undefined; sda: string | undefined; bitrate: number }): void;
  writeTo(address: number, data: number[]): void;
  readFrom(address: number, quantity: number): Uint8Array;
}
