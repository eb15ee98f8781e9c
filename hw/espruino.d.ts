/**
 * The part of Espruino's API that ristretto calls, and no more (reference: espruino.com/Reference, firmware 2v29).
 *
 * Board code is type-checked against it, and the simulated board in sim/ implements it: whoever changes a line here
 * changes both. Strings that cross this border are byte strings: one character a byte, 0…255.
 */

import type {
  I2C,
  OneWireConstructor,
  Pin,
  PinConstructor,
  PinWatch,
  SPIConstructor,
  WatchOptions,
} from "./espruino-pins.d.ts";

export type * from "./espruino-pins.d.ts";

/** `(fault text | null)`; older firmware calls back on success only. */
export type WifiCallback = (error: string | null | undefined) => void;

/** Joining options of `Wifi.connect`. */
export interface WifiOptions {
  password?: string;
}

/** Address as Wifi knows it; `ip` is "0.0.0.0" while there is none. */
export interface WifiAddress {
  ip: string;
}

/** State of the station; signal strength in dBm. On a board it holds the password too: never publish it. */
export interface WifiDetails {
  status: string;
  /** On ESP8266 only. */
  rssi?: number;
}

/** State of the radio. */
export interface WifiStatus {
  station: string;
  /** dBm; on ESP32 only, while connected. */
  rssi?: number;
}

/** `require("Wifi")` */
export interface Wifi {
  connect(ssid: string, options: WifiOptions, callback: WifiCallback): void;
  disconnect(): void;
  setHostname(name: string): void;
  /** ESP32 wants the zone as a string, ESP8266 as a number of hours. */
  setSNTP(server: string, zone: string | number): void;
  getIP(): WifiAddress;
  getDetails(): WifiDetails;
  getStatus(): WifiStatus;
  on(event: "connected", listener: (details: WifiAddress) => void): void;
  on(event: "disconnected", listener: (details: { reason?: string | number }) => void): void;
}

/** What an 'error' event of a socket carries; codes as in Espruino's socketerrors.h (-6 name not found, -9 refused). */
export interface SocketError {
  code: number;
  message: string;
}

/**
 * A socket of `require("net")` or `require("tls")`. `write` wants byte strings and always returns false. Listeners are
 * called with the socket as `this`.
 */
export interface Socket {
  write(data: string): boolean;
  end(): void;
  on(event: "data", listener: (this: Socket, data: string) => void): void;
  on(event: "drain", listener: (this: Socket, socket: Socket) => void): void;
  on(event: "end", listener: (this: Socket) => void): void;
  on(event: "error", listener: (this: Socket, error: SocketError) => void): void;
  on(event: "close", listener: (this: Socket, hadError: boolean) => void): void;
  /** What the socket has yet to send; emptied to end a socket that cannot send it. */
  dSnd: string;
  /** What it has received and not yet told; a socket that nobody hears does not end while there is any. */
  dRcv: string;
  /** The engine ends it in its next pass, whatever it has yet to send. */
  clsNow: boolean;
  /** Who hears 'data'; gone when memory ran out, or somebody typed Ctrl-C, while they did. */
  readonly "#ondata"?: unknown;
}

export interface SocketAddress {
  host: string;
  port: number;
}

/** `require("net")`. On ESP32 `connect` blocks and throws; on ESP8266 it returns at once and reports by events. */
export interface Net {
  connect(address: SocketAddress, onConnect: (this: Socket) => void): Socket;
}

/**
 * Where `require("tls")` connects to, and what it shows and is shown there: DER as byte strings of more than 100 bytes, for
 * it takes shorter ones for names of files.
 */
export interface TlsAddress extends SocketAddress {
  /** Read and not used: nobody is verified. */
  ca?: string | undefined;
  /** One certificate, without those that signed it. */
  cert?: string | undefined;
  key?: string | undefined;
}

/**
 * `require("tls")`, on ESP32 only. Once TCP stands `onConnect` is called, and the handshake follows: what is written
 * meanwhile waits. Its failure is thrown into the console, and told as the end of the socket; DER that cannot be read is
 * thrown by `connect`, and costs a socket for good each time.
 */
export interface Tls {
  connect(address: TlsAddress, onConnect: (this: Socket) => void): Socket;
}

/** `require("Storage")`: files in flash, each at most 28 characters long in name. */
export interface Storage {
  /** With `length` a part of the file; it stays where it lies in flash. */
  read(name: string, offset?: number, length?: number): string | undefined;
  /**
   * Writes into a file; at offset 0 it makes one of `size` bytes, default those of the data, unless there is one of that size
   * that is still erased. Throws where bytes were written before, and where there is no room.
   */
  write(name: string, data: string, offset?: number, size?: number): boolean;
  erase(name: string): void;
  /** Bytes that the largest new file may have, its header of 32 bytes included, without compacting. */
  getFree(): number;
}

/** A hash function: takes a byte string in RAM, because an ESP8266 reads its flash by words only. */
export type Hash = (message: string) => ArrayBuffer;

/** `require("crypto")`: ESP8266_4MB has SHA-1 only, the builds ESP8266_BOARD and ESP32_IDF4 have no such module. */
export interface Crypto {
  SHA1: Hash;
  SHA256?: Hash;
}

/** `require("TelnetServer")`: the console on port 23, open to everybody unless switched off. */
export interface TelnetServer {
  setOptions(options: { mode: "on" | "off" }): void;
}

/** `require("ESP8266")`; no global, though its documentation writes it like one. */
export interface Esp8266 {
  getResetInfo(): { reason: string };
  /** Wants a whole number. */
  deepSleep(microseconds: number): void;
}

/** The global `ESP32`. */
export interface Esp32 {
  /** Cause of the last wake-up as a number; 0 is a plain reset. */
  getWakeupCause(): number;
  /** At most 2³¹ − 1 µs. */
  deepSleep(microseconds: number): void;
}

export interface ProcessMemory {
  free: number;
  usage: number;
  total: number;
  /** ESP32 only: bytes of the native heap, where TLS fails first. */
  tx?: { free_heap: number };
}

export interface Process {
  env: { BOARD: string; VERSION: string; MODULES: string };
  /** In blocks ("variables"); `false` skips the garbage collection. */
  memory(collect?: boolean): ProcessMemory;
}

/** The global `E`. */
export interface E {
  /** Flags raised since the last call, such as "LOW_MEMORY" and "MEMORY". */
  getErrorFlags(): string[];
  /** Seconds; restarts the board when the interpreter does not get back to idle for that long. A stub on ESP8266. */
  enableWatchdog(timeout: number, automatic: boolean): void;
  /** Puts the restart off for the whole time again, where that is not done automatically; not on ESP8266. */
  kickWatchdog(): void;
  reboot(): void;
  /** Has `Math.random` go on from a seed. Nobody else seeds it: unseeded it is the same on every board and at every start. */
  srand(seed: number): void;
  /** Of a byte string: 0…2³² − 1. */
  CRC32(data: string): number;
  /** Bytes of all parts, one behind the other, and the other way round; both may share their memory. */
  toUint8Array(...parts: (string | { data: number; count: number })[]): Uint8Array;
  toString(data: ArrayBuffer | Uint8Array): string;
  /** Replaces each element of `to` by what `map` makes of that of `from`; they may be the same. */
  mapInPlace(from: Uint8Array, to: Uint8Array, map: (element: number) => number): void;
  /**
   * `errorFlag`: a flag was raised that was not raised before, told at the end of the idle loop's pass; not for "LOW_MEMORY" alone.
   * `kill`: the program ends, by `load()` or `reset()`.
   */
  on(event: "errorFlag" | "kill", listener: () => void): void;
}

/** Names `require` knows, and what each returns. */
export interface EspruinoModules {
  net: Net;
  tls: Tls;
  Wifi: Wifi;
  Storage: Storage;
  TelnetServer: TelnetServer;
  ESP8266: Esp8266;
  crypto: Crypto;
}

/** Everything a bundle finds in the global scope besides ES5. `ESP32` exists on that board only. */
export interface EspruinoGlobals {
  require<Name extends keyof EspruinoModules>(name: Name): EspruinoModules[Name];
  /** `values` are handed to the callback: cheaper than a closure that holds them. */
  setTimeout<Values extends unknown[]>(
    callback: (...values: Values) => void,
    milliseconds: number,
    ...values: Values
  ): number;
  clearTimeout(id: number): void;
  print(text: string): void;
  /** Bytes from base64. */
  atob(base64: string): string;
  /** Base64 of bytes; throws what is neither a text nor a list of bytes. */
  btoa(data: string | ArrayBuffer): string;
  /** Seconds since 1970 once the clock was set; before that since power-on. Jumps. */
  getTime(): number;
  /** MAC of the station, as "aabbccdd-eeff". */
  getSerial(): string;
  process: Process;
  E: E;
  I2C1: I2C;
  Pin: PinConstructor;
  OneWire: OneWireConstructor;
  SPI: SPIConstructor;
  /** Gives an id, or nothing where the pin cannot be watched. ESP32 makes an input with pull-up of the pin. */
  setWatch(callback: (event: PinWatch) => void, pin: Pin, options: WatchOptions): number | undefined;
  clearWatch(id: number): void;
  ESP32: Esp32;
}
