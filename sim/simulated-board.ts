import type { BoardName, BoardWord } from "../boards/named.ts";
import type { Bus } from "./bus.ts";
import type { Pins } from "./pins.ts";
import type { Terminal } from "./terminal.ts";

/** What a board is made from. */
export interface BoardOptions {
  /** As Espruino writes it, or the word of a configuration. */
  board: BoardName | BoardWord;
  /** MAC of the station as "aabbccdd-eeff". Default: counts up from "30aea400-0001". */
  serial?: string;
  /** Files in flash as byte strings; ".bootcde" is the program. */
  storage?: Record<string, string>;
  /** What `process.env` says instead of what such a board says. */
  env?: { BOARD?: string; VERSION?: string; MODULES?: string };
  /** Bytes of flash for files. Default: 896 kB on ESP32s, 192 kB on ESP8266. */
  storageSize?: number;
  /**
   * Whether the clock is right from the start, as after an upload. Default false: getTime() counts from
   * power-on.
   */
  utc?: boolean;
}

/** A board on the bench: what a person could see and do to it. */
export interface SimulatedBoard {
  readonly board: BoardName;
  readonly serial: string;
  /** Boots: runs the file ".bootcde" in a fresh global scope. Does nothing when it is on. */
  powerOn(): void;
  /** Pulls the plug. Servers are told nothing ("silent", the default) or see a reset. Storage survives. */
  powerOff(options?: { link?: "silent" | "reset" }): void;
  /** Whether it runs or restarts; not in deep sleep. */
  readonly powered: boolean;
  /** Every printed line since the board was made. */
  readonly console: string[];
  /**
   * What the program threw and did not catch, and what the simulator objects to, with its place in the
   * program.
   */
  readonly uncaught: string[];
  onConsole(listener: (line: string) => void): void;
  /** The console as a serial line: prompt, echo, editing. */
  readonly terminal: Terminal;
  /** Told just before the program starts again, with "reboot", "deep sleep" or "watchdog". */
  onReboot(listener: (why: string) => void): void;
  /** Files in flash as byte strings. */
  readonly storage: Map<string, string>;
  /**
   * Asked before each change of a file in flash, with its bytes before and after, none where there is no file. The plug is pulled
   * in the middle of the change when it returns a text, which is then there: what was there, what was to be there, or bits of both.
   */
  onFlash: ((before: string, after: string) => string | undefined) | undefined;
  /**
   * The world's time (ms) as the program sees it, for what hangs on the board's pins: while the program runs it stands still, but
   * for what its calls take, however long the host takes. Asking for the time is such a call.
   */
  time(): number;
  readonly i2c: Bus;
  readonly pins: Pins;
  /** Runs code in the program's global scope, as if typed at the console: what it throws is printed. */
  evaluate(code: string): unknown;
  /** Blocks that `process.memory()` reports as free. Default: three quarters of all. */
  freeVariables: number;
  /** Has the next `E.getErrorFlags()` contain the flag. */
  raiseErrorFlag(name: string): void;
  /** Moves the clock by so many seconds as SNTP does; on ESP32 timers see the time pass. */
  jumpClock(seconds: number): void;
  /** Whether SNTP has set the clock since the board started. */
  readonly clockSet: boolean;
  /** What the program gave to Wifi.setHostname in this boot. */
  readonly hostname: string | undefined;
  /** The telnet console; "on" at each boot of a board that has one. */
  readonly telnet: "on" | "off";
  /** What the program gave to E.enableWatchdog in this boot; only ESP32 has one. */
  readonly watchdog: { timeout: number; automatic: boolean } | undefined;
}
