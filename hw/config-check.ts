/**
 * Mistakes in a configuration, as far as its text tells. These functions stand in scopes that the
 * engine frees when the check is over: on an ESP8266 they would hold a twentieth of all memory for good.
 */
import { isTopicName } from "../src/topic.ts";
import type { Drivers } from "./driver.ts";

/** `path: what is expected` for everything that is wrong; values are left out, they may be secrets. */
export type Problems = string[];

type Fields = { [name: string]: unknown };

/**
 * An object of the configuration, what leads to it, with a dot at its end, and where to write what is wrong
 * with it.
 */
interface Check {
  _problems: Problems;
  _path: string;
  _fields: Fields;
}

/** Looks at single fields. */
interface Look {
  _complain(check: Check, name: string, problem: string): void;
  /** The object in a field; an empty one when there is none. */
  _enter(check: Check, name: string): Check;
  /** A string of `from` to `to` bytes; required when `from` is not 0. */
  _text(check: Check, name: string, from: number, to: number): void;
  /** A whole number from `from` to `to`, or nothing. */
  _integer(check: Check, name: string, from: number, to: number): void;
  _flag(check: Check, name: string): void;
  /** Names outside `known` are most often misspelt. */
  _onlyKnown(check: Check, known: string): void;
}

function createLook(): Look {
  function complain(check: Check, name: string, problem: string): void {
    check._problems.push(check._path + name + ": " + problem);
  }
  return {
    _complain: complain,
    _enter(check, name) {
      const inner = check._fields[name];
      const isObject = typeof inner === "object" && inner !== null;
      if (!isObject && inner !== undefined) complain(check, name, "must be an object");
      const path = check._path + name + ".";
      return { _problems: check._problems, _path: path, _fields: isObject ? (inner as Fields) : {} };
    },
    _text(check, name, from, to) {
      const value = check._fields[name];
      if (value === undefined && !from) return;
      if (typeof value !== "string" || value.length < from || value.length > to)
        complain(check, name, "must be a string of " + from + " to " + to + " bytes");
    },
    _integer(check, name, from, to) {
      const value = check._fields[name];
      if (value === undefined) return;
      if (typeof value !== "number" || value !== Math.floor(value) || value < from || value > to)
        complain(check, name, "must be a whole number from " + from + " to " + to);
    },
    _flag(check, name) {
      const value = check._fields[name];
      if (value !== undefined && value !== true && value !== false)
        complain(check, name, "must be true or false");
    },
    _onlyKnown(check, known) {
      const names = known.split(" ");
      Object.keys(check._fields).forEach(function (name) {
        if (names.indexOf(name) < 0) complain(check, name, "unknown; known are " + known);
      });
    },
  };
}

/** Checks of what a node has one of. */
interface Parts {
  _wifi(check: Check): void;
  _broker(check: Check): void;
  _queue(check: Check): void;
}

function createParts(look: Look): Parts {
  return {
    _wifi(check) {
      const password = check._fields.password;
      look._onlyKnown(check, "ssid password");
      look._text(check, "ssid", 1, 32);
      if (password !== "") look._text(check, "password", password === undefined ? 0 : 8, 63);
    },
    _broker(check) {
      const fields = check._fields;
      look._onlyKnown(check, "host port tls clientId username password keepalive clean");
      look._text(check, "host", 1, 255);
      if (typeof fields.host === "string" && fields.host.indexOf("/") >= 0)
        look._complain(check, "host", "must be a name or an address alone, without mqtt:// or a path");
      look._integer(check, "port", 1, 65535);
      look._text(check, "clientId", fields.clientId === undefined ? 0 : 1, 65535);
      look._text(check, "username", 0, 65535);
      look._text(check, "password", 0, 65535);
      if (fields.password !== undefined && fields.username === undefined)
        look._complain(check, "username", "is needed with a password");
      look._integer(check, "keepalive", 0, 65535);
      look._flag(check, "clean");
    },
    _queue(check) {
      const policy = check._fields.policy;
      look._onlyKnown(check, "readings limit bytes policy");
      look._integer(check, "readings", 1, 10000);
      look._integer(check, "limit", 1, 1000);
      look._integer(check, "bytes", 64, 65535);
      if (policy !== undefined && policy !== "drop-oldest" && policy !== "drop-newest")
        look._complain(check, "policy", "must be drop-oldest or drop-newest");
    },
  };
}

/** Checks of what is named: a sensor whose name is none of `names`, and the node for Home Assistant. */
interface Named {
  _sensor(check: Check, drivers: Drivers, names: string[]): void;
  _discovery(check: Check): void;
}

/** Is `name` fit for one level of a topic and a key of JSON? */
function isName(name: string): boolean {
  const fit = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
  let length = 0;
  while (length < name.length && fit.indexOf(name.charAt(length)) >= 0) length++;
  return name !== "" && length === name.length;
}

function createNamed(look: Look): Named {
  return {
    _sensor(check, drivers, names) {
      const fields = check._fields;
      const type = fields.type;
      const types = Object.keys(drivers);
      const isKnown = typeof type === "string" && types.indexOf(type) >= 0;
      const name = fields.name === undefined ? (isKnown ? type : "unknown") : fields.name;
      if (isKnown)
        look._onlyKnown(
          check,
          "type name period chain derive units " + (drivers[type] as Drivers[string])().fields,
        );
      else look._complain(check, "type", "must be one of " + types.join(", "));
      if (typeof name !== "string" || !isName(name))
        look._complain(check, "name", "must be letters, digits, _ and -");
      else if (isKnown && names.indexOf(name) >= 0)
        look._complain(check, "name", "another sensor has it; give each a name of its own");
      else names.push(name);
      ["pin", "data", "clock"].forEach(function (pin) {
        look._text(check, pin, fields[pin] === undefined ? 0 : 2, 4);
      });
      look._integer(check, "hz", 10000, 400000);
      look._integer(check, "period", 1, 86400);
    },
    _discovery(check) {
      const name = check._fields.name;
      const prefix = check._fields.prefix;
      // UTF-8 without control characters is what a topic is, too, that may have no wildcards.
      const isPlain =
        typeof name === "string" && isTopicName("-" + name.split("+").join("").split("#").join(""), false);
      look._onlyKnown(check, "prefix name");
      if (prefix !== undefined && (typeof prefix !== "string" || !isTopicName(prefix, false)))
        look._complain(check, "prefix", "must be a topic without +, # and control characters");
      if (name !== undefined && (!name || !isPlain || (name as string).length > 64))
        look._complain(check, "name", "must be a text of 1 to 64 bytes in one line");
    },
  };
}

/** Checks the list of sensors, and what each has of its own. */
function checkSensors(look: Look, named: Named, check: Check, drivers: Drivers): void {
  const sensors = check._fields.sensors;
  const names: string[] = [];
  const list: Fields = {};
  if (!Array.isArray(sensors) || !sensors.length)
    look._complain(check, "sensors", "must be a list of at least one sensor");
  else
    sensors.forEach(function (sensor, index) {
      const place = "sensors[" + index + "]";
      list[place] = sensor;
      named._sensor(
        look._enter({ _problems: check._problems, _path: "", _fields: list }, place),
        drivers,
        names,
      );
    });
}

/**
 * Lists what is wrong with a configuration as far as the file tells; nothing when drivers can be asked for
 * the rest. `drivers` are those there are.
 */
export function checkConfig(config: unknown, drivers: Drivers): Problems {
  const look = createLook();
  const parts = createParts(look);
  const named = createNamed(look);
  const check = look._enter({ _problems: [], _path: "", _fields: { config } }, "config");
  check._path = "";
  const base = check._fields.base;
  const discovery = check._fields.discovery;
  look._onlyKnown(check, "wifi broker base period values sensors discovery key ntp queue restart_after");
  parts._wifi(look._enter(check, "wifi"));
  parts._broker(look._enter(check, "broker"));
  if (base !== undefined && (typeof base !== "string" || !isTopicName(base, false)))
    look._complain(check, "base", "must be a topic without +, # and control characters");
  look._integer(check, "period", 1, 86400);
  look._flag(check, "values");
  if (check._fields.restart_after !== 0) look._integer(check, "restart_after", 600, 86400);
  if (typeof discovery === "object" && discovery) named._discovery(look._enter(check, "discovery"));
  else if (discovery !== undefined && discovery !== true && discovery !== false)
    look._complain(check, "discovery", "must be true, false, or an object");
  look._text(check, "key", check._fields.key === undefined ? 0 : 16, 64);
  look._text(check, "ntp", 0, 63);
  parts._queue(look._enter(check, "queue"));
  checkSensors(look, named, check, drivers);
  return check._problems;
}
