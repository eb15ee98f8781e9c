/**
 * What a board offers to the node. Both families, ESP32 and ESP8266, implement every member, and the simulated board runs
 * both; what only one of them needs stays inside its own file.
 */
import type { I2CBus } from "./io/i2c.ts";
import type { Link } from "../src/link.ts";

/** What a configuration's `broker` says of the way to it. */
export interface Transport {
  /** Default that of the transport. */
  port?: number;
  /** `true`, or certificates: hw/net/secure.ts. */
  tls?: unknown;
}

/** Pins of an I²C bus, by Espruino's names; left out those that Espruino has for it on that board. */
export interface BusPins {
  data?: string;
  clock?: string;
}

export interface Board {
  /** What `process.env.BOARD` begins with. */
  name: "ESP32" | "ESP8266";
  /** MAC of the station as twelve hexadecimal digits: unique, so no two nodes take each other's client id. */
  id(): string;
  /** Sets up the board's I²C bus with these pins at `hz`. */
  createI2C(pins: BusPins, hz: number): I2CBus;
  /**
   * A transport for one MQTT client; sets the port that goes with it where none is. Throws what the board cannot do: a text
   * with the name in `transport` and what it must be.
   */
  createLink(transport: Transport): Link;
  /** Why the board started, in its own words. */
  resetReason(): string;
  /**
   * Closes the telnet console, which stands open without a password, and starts the watchdog where there is one: it
   * restarts a board on which nothing calls `kick` for a minute.
   */
  secure(): void;
  /** Tells the watchdog that the program goes on, where there is one. */
  kick: (() => void) | undefined;
  /** Lets the board keep its clock by SNTP from `server`, in UTC. */
  syncClock(server: string): void;
}
