/**
 * A bed: somewhere the built bundles run, with a scripted server and a BME280 beside them. There are two, the simulated
 * board and the real interpreter, and whatever is written against this runs on both.
 */
import type { Bme280Fault } from "../../sim/devices/bme280.ts";
import type { BoardKind } from "../../sim/world.ts";
import type { ScriptedServer } from "./server.ts";

export interface BrokerAddress {
  host: string;
  port: number;
}

export interface BedOptions {
  kind: BoardKind;
  /** Files in flash; ".bootcde" is the program. `broker` is where the server listens. */
  files(broker: BrokerAddress): Record<string, string>;
  /** What the sensor meets at first. */
  sensor?: SensorState;
  /** What the simulated network calls the server's host; default "broker". */
  host?: string;
  /** Are connections refused at first? */
  down?: boolean;
  /** Errors that the program may run into, by the lines of the console; all others fail the bed. */
  throws?: RegExp | undefined;
}

/** What a sensor is exposed to, and what is wrong with it. */
export interface SensorState {
  temperature?: number;
  pressure?: number;
  humidity?: number;
  fault?: Bme280Fault;
}

/** The bed begins with power on, in reach of its Wi-Fi `home` with the password `secret-wifi`. */
export interface Bed {
  readonly kind: BoardKind;
  readonly broker: BrokerAddress;
  readonly server: ScriptedServer;
  /** Lines of the console since power-on. */
  readonly console: readonly string[];
  /** Lets things happen until `condition` holds, which is asked after each; rejects when it takes too long. */
  until(condition: () => boolean): Promise<void>;
  /** Types a program at the console, and resolves when it has run. */
  type(code: string): Promise<void>;
  /** Writes a file to flash; without a text there is none any more. */
  store(name: string, text?: string): Promise<void>;
  /** Starts the program again, as `load()` or the plug does. */
  restart(): Promise<void>;
  /** Has connections to the server refused, or not any more. Those that stand go on. */
  refuse(on: boolean): Promise<void>;
  /** Sends bytes on the newest connection in pieces of `size`, default 1: none before the board has taken the one before. */
  trickle(bytes: Buffer, size?: number): Promise<void>;
  /** Changes these of what the sensor is exposed to. */
  sense(state: SensorState): Promise<void>;
  close(): Promise<void>;
}

/** A story that is told once and comes true on both beds. */
export interface Scenario {
  /** What it proves. */
  claim: string;
  /** A node's configuration over that of the bench, or a client's options. */
  settings?: Record<string, unknown>;
  down?: boolean;
  throws?: RegExp;
  /** Does its program need more than an ESP8266's 1600 variables? */
  isLarge?: boolean;
  run(bed: Bed): Promise<void>;
}
