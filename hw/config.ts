/** The node's configuration: one JSON object, in the Storage file `config.json`, over the defaults of the build. */
import type { Link } from "../src/link.ts";
import { isTopicName } from "../src/topic.ts";
import type { Drivers } from "./driver.ts";

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
  /** SNTP server for the time of readings; default none. */
  ntp?: string;
  /**
   * What waits while there is no connection: `readings`, of which a new one takes the place of the oldest, 1…10000, default
   * one for every 16 variables the board has; and messages of any other kind, `limit` and `bytes` of them, defaults 50 and
   * 2048.
   */
  queue?: { readings?: number; limit?: number; bytes?: number; policy?: "drop-oldest" | "drop-newest" };
}

/** `path: what is expected` for everything that is wrong; values are left out, they may be secrets. */
export type Problems = string[];

type Fields = { [name: string]: unknown };

/** Collects in `problems`, below `path`, what one object gets wrong. */
interface Check {
  problems: Problems;
  path: string;
  fields: Fields;
}

/**
 * Makes the check. Everything stands in this one scope, because the engine frees with it what only a start needs: on
 * an ESP8266 these functions would hold a twentieth of all memory for good.
 */
// eslint-disable-next-line max-lines-per-function
function createCheck(): (config: unknown, drivers: Drivers) => Problems {
  function at(check: Check, name: string): string {
    return (check.path ? check.path + "." : "") + name;
  }

  function complain(check: Check, name: string, problem: string): void {
    check.problems.push(at(check, name) + ": " + problem);
  }

  function enter(check: Check, name: string): Check {
    const inner = check.fields[name];
    const isObject = typeof inner === "object" && inner !== null;
    if (!isObject && inner !== undefined) complain(check, name, "must be an object");
    return { problems: check.problems, path: at(check, name), fields: isObject ? (inner as Fields) : {} };
  }

  /** A string of `from` to `to` bytes; required when `from` is not 0. */
  function text(check: Check, name: string, from: number, to: number): void {
    const value = check.fields[name];
    if (value === undefined && !from) return;
    if (typeof value !== "string" || value.length < from || value.length > to) {
      complain(check, name, "must be a string of " + from + " to " + to + " bytes");
    }
  }

  /** A whole number from `from` to `to`, or nothing. */
  function integer(check: Check, name: string, from: number, to: number): void {
    const value = check.fields[name];
    if (value === undefined) return;
    if (typeof value !== "number" || value !== Math.floor(value) || value < from || value > to) {
      complain(check, name, "must be a whole number from " + from + " to " + to);
    }
  }

  function flag(check: Check, name: string): void {
    const value = check.fields[name];
    if (value !== undefined && value !== true && value !== false) {
      complain(check, name, "must be true or false");
    }
  }

  /** Names outside `known` are most often misspelt. */
  function onlyKnown(check: Check, known: string): void {
    const names = known.split(" ");
    Object.keys(check.fields).forEach(function (name) {
      if (names.indexOf(name) < 0) {
        complain(check, name, "unknown; known are " + known);
      }
    });
  }

  function checkWifi(check: Check): void {
    onlyKnown(check, "ssid password");
    text(check, "ssid", 1, 32);
    if (check.fields.password !== "")
      text(check, "password", check.fields.password === undefined ? 0 : 8, 63);
  }

  function checkBroker(check: Check): void {
    onlyKnown(check, "host port tls clientId username password keepalive clean");
    text(check, "host", 1, 255);
    const host = check.fields.host;
    if (typeof host === "string" && host.indexOf("/") >= 0) {
      complain(check, "host", "must be a name or an address alone, without mqtt:// or a path");
    }
    integer(check, "port", 1, 65535);
    text(check, "clientId", check.fields.clientId === undefined ? 0 : 1, 65535);
    text(check, "username", 0, 65535);
    text(check, "password", 0, 65535);
    if (check.fields.password !== undefined && check.fields.username === undefined) {
      complain(check, "username", "is needed with a password");
    }
    integer(check, "keepalive", 0, 65535);
    flag(check, "clean");
  }

  /** Is `name` fit for one level of a topic and a key of JSON? */
  function isName(name: string): boolean {
    for (let position = 0; position < name.length; position++) {
      const letter = name.charAt(position);
      if ("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".indexOf(letter) < 0)
        return false;
    }
    return name !== "";
  }

  /** Can it stand in JSON but for quotes and backslashes? */
  function isPlain(value: string): boolean {
    // UTF-8 without control characters is what a topic is, too, that may have no wildcards.
    return isTopicName("-" + value.split("+").join("").split("#").join(""), false);
  }

  function checkDiscovery(check: Check): void {
    onlyKnown(check, "prefix name");
    const prefix = check.fields.prefix;
    const name = check.fields.name;
    if (prefix !== undefined && (typeof prefix !== "string" || !isTopicName(prefix, false)))
      complain(check, "prefix", "must be a topic without +, # and control characters");
    if (name !== undefined && (typeof name !== "string" || !name || name.length > 64 || !isPlain(name)))
      complain(check, "name", "must be a text of 1 to 64 bytes in one line");
  }

  function checkSensor(check: Check, drivers: Drivers, names: string[]): void {
    const type = check.fields.type;
    const types = Object.keys(drivers);
    const isKnown = typeof type === "string" && types.indexOf(type) >= 0;
    if (isKnown)
      onlyKnown(check, "type name period chain derive units " + (drivers[type] as Drivers[string])().fields);
    else complain(check, "type", "must be one of " + types.join(", "));
    const name = check.fields.name === undefined ? (isKnown ? type : "unknown") : check.fields.name;
    if (typeof name !== "string" || !isName(name)) {
      complain(check, "name", "must be letters, digits, _ and -");
    } else if (isKnown && names.indexOf(name) >= 0) {
      complain(check, "name", "another sensor has it; give each a name of its own");
    } else names.push(name);
    ["pin", "data", "clock"].forEach(function (pin) {
      text(check, pin, check.fields[pin] === undefined ? 0 : 2, 4);
    });
    integer(check, "hz", 10000, 400000);
    integer(check, "period", 1, 86400);
  }

  return function (config: unknown, drivers: Drivers): Problems {
    const problems: Problems = [];
    const check = enter({ problems: problems, path: "", fields: { config: config } }, "config");
    check.path = "";
    onlyKnown(check, "wifi broker base period values sensors discovery ntp queue");
    checkWifi(enter(check, "wifi"));
    checkBroker(enter(check, "broker"));
    const base = check.fields.base;
    if (base !== undefined && (typeof base !== "string" || !isTopicName(base, false))) {
      problems.push("base: must be a topic without +, # and control characters");
    }
    integer(check, "period", 1, 86400);
    flag(check, "values");
    const discovery = check.fields.discovery;
    if (discovery === true || (typeof discovery === "object" && discovery))
      checkDiscovery(discovery === true ? { problems, path: "", fields: {} } : enter(check, "discovery"));
    else if (discovery !== undefined && discovery !== false)
      problems.push("discovery: must be true, false, or an object");
    text(check, "ntp", 0, 63);
    const queue = enter(check, "queue");
    onlyKnown(queue, "readings limit bytes policy");
    integer(queue, "readings", 1, 10000);
    integer(queue, "limit", 1, 1000);
    integer(queue, "bytes", 64, 65535);
    const policy = queue.fields.policy;
    if (policy !== undefined && policy !== "drop-oldest" && policy !== "drop-newest") {
      problems.push("queue.policy: must be drop-oldest or drop-newest");
    }
    const sensors = check.fields.sensors;
    if (!Array.isArray(sensors) || !sensors.length)
      problems.push("sensors: must be a list of at least one sensor");
    else {
      const names: string[] = [];
      const list: Fields = {};
      for (let index = 0; index < sensors.length; index++) {
        list["sensors[" + index + "]"] = sensors[index];
        checkSensor(
          enter({ problems: problems, path: "", fields: list }, "sensors[" + index + "]"),
          drivers,
          names,
        );
      }
    }
    return problems;
  };
}

/**
 * What is wrong with a configuration as far as the file tells; nothing when drivers can be asked for the rest. `drivers` are
 * those there are.
 */
export function checkConfig(config: unknown, drivers: Drivers): Problems {
  return createCheck()(config, drivers);
}
