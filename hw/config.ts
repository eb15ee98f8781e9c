/** The node's configuration: one JSON object, in the Storage file `config.json`, over the defaults of the build. */
import type { Link } from "../src/link.ts";

/** One sensor of the node. */
export interface SensorConfig {
  /** Which driver: one of hw/drivers.ts. "bme280" is also for a BMP280. */
  type: string;
  /** Its name in topics: letters, digits, `_` and `-`; default the type. */
  name?: string;
  /** Seconds from sample to sample, 1…86400; default the node's. */
  period?: number;
  /**
   * Pins of its I²C bus by Espruino's names, default the board's. Sensors of one node share the bus. With other parts what
   * their options say.
   */
  data?: string;
  clock?: string;
  /** Speed of the bus in Hz, 10 000…400 000; default 100 000. */
  hz?: number;
  /** What is done to its readings before they are told: hw/readings/refinement.ts. */
  chain?: unknown;
  derive?: unknown;
  units?: unknown;
  /** The options of the driver by their names, with pins by Espruino's names. */
  [option: string]: unknown;
}

export interface NodeConfig {
  wifi: {
    /** Name of the network, 1…32 bytes. */
    ssid: string;
    /** 8…63 bytes; empty (default) for an open network. */
    password?: string;
  };
  broker: {
    /** Name or address, without a scheme. */
    host: string;
    /** 1…65535; default 1883, with TLS 8883. */
    port?: number;
    /**
     * ESP32 only: `true`, or `ca`, `cert` and `key` as DER in base64, made of PEM by tools/certificates.ts. Default false.
     * The board checks it.
     */
    tls?: unknown;
    /** What the board made for that; no part of the file. */
    link?: Link;
    /** Default `ristretto-` and the board's id. */
    clientId?: string;
    username?: string;
    password?: string;
    /** Seconds, 0…65535; default 60. */
    keepalive?: number;
    /** Default true. */
    clean?: boolean;
  };
  /** What all topics begin with; default `ristretto/` and the board's id. */
  base?: string;
  /** Seconds from sample to sample, 1…86400; default 60. */
  period?: number;
  /** Publish each value to a topic of its own, beside `state`? Default false. */
  values?: boolean;
  sensors: SensorConfig[];
  /**
   * Let Home Assistant find the node: below `prefix` (default `homeassistant`), as a device of that name, 1…64 bytes (default
   * the base with spaces for its slashes)? `true` is for both defaults. Default false.
   */
  discovery?: boolean | { prefix?: string; name?: string };
  /**
   * Seconds without an acknowledged message after which the node restarts: 0 = never, or 600…86400, in steps of
   * a minute; default 900. The time doubles after each such restart in a row, up to sixteen times.
   */
  restart_after?: number;
  /** Obey only commands that are signed with this text, 16…64 bytes: hw/node/signature.ts. Default: obey anybody. */
  key?: string;
  /** SNTP server for the time of readings; default none. */
  ntp?: string;
  /**
   * What waits while there is no connection: `readings`, of which a new one takes the place of the oldest, 1…10000, default
   * one for every 16 variables the board has; and messages of any other kind, `limit` and `bytes` of them, defaults 50 and
   * 2048.
   */
  queue?: { readings?: number; limit?: number; bytes?: number; policy?: "drop-oldest" | "drop-newest" };
}
