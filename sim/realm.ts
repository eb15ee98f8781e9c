import vm from "node:vm";
import { stringifyAsEspruino } from "./json-text.ts";
import { numberOf, parseFloatOf, parseIntOf, TOO_BIG } from "./number-reading.ts";
import { formatFixed, formatNumber } from "./number-text.ts";
import { searchText } from "./search-text.ts";
import { GLOBALS, MEMBERS } from "./surface.ts";

/** The global scope of a board: what the language has there, before Espruino's own globals are added. */
export interface Realm {
  /** The global object, to add globals to. */
  readonly globals: Record<string, unknown>;
  /**
   * Runs a program in the global scope; `name` appears in stack traces. One that does not come to its end within `limit` ms of
   * the host's time, when that is given, throws an error with the code ERR_SCRIPT_EXECUTION_TIMEOUT.
   */
  run(code: string, name: string, limit?: number): unknown;
  /** What every object of it inherits from. */
  readonly prototype: object;
  /** Runs the text of a module and gives what it exports. */
  module(code: string, name: string): unknown;
  /** An error of the board's own kind: "Error", "TypeError", "InternalError" … */
  error(type: string, message: string): object;
  /** Copies the members into an object of this realm. */
  record<Members extends object>(members: Members): Members;
  /** Copies the items into an array of this realm. */
  list<Item>(items: readonly Item[]): Item[];
  /** Copies the bytes into a Uint8Array of this realm. */
  bytes(bytes: readonly number[]): Uint8Array;
}

/** What of the world shows through the language itself. */
export interface RealmOptions {
  /** Replaces `Math.random`. */
  random(): number;
  /** Milliseconds since 1970 for `Date`. */
  date(): number;
  /** Told of what only a simulator would notice. */
  complain(text: string): void;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- no type fits another realm's objects
type Foreign = any;

const define = (target: object, name: string, value: unknown): void =>
  void Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });

function keepOnly(target: object, names: ReadonlySet<string>): void {
  for (const name of Object.getOwnPropertyNames(target)) {
    // Number.EPSILON and its like cannot be taken out.
    if (!names.has(name)) Reflect.deleteProperty(target, name);
  }
}

function trim(globals: Foreign): void {
  const typedArray = Object.getPrototypeOf(globals.Uint8Array);
  for (const [path, names] of Object.entries(MEMBERS)) {
    const [head, ...rest] = path.split(".");
    const start = head === "TypedArray" ? typedArray : globals[head!];
    keepOnly(rest.length ? start.prototype : start, names);
  }
  keepOnly(globals, GLOBALS);
}

/** Errors as Espruino has them: `type` and no `name`, and only an Error is an instance of Error. */
function reshapeErrors(globals: Foreign): Foreign {
  const toText = function (this: { type: string; message: string }) {
    return this.type + ": " + this.message;
  };
  const internal = Object.create(globals.Object.prototype);
  const prototypes: [string, object][] = ["TypeError", "SyntaxError", "ReferenceError"].map((type) => [
    type,
    globals[type].prototype,
  ]);
  for (const [type, prototype] of [...prototypes, ["InternalError", internal] as [string, object]]) {
    delete (prototype as { name?: string }).name;
    Object.setPrototypeOf(prototype, globals.Object.prototype);
    define(prototype, "type", type);
    define(prototype, "toString", toText);
  }
  define(globals.Error.prototype, "type", "Error");
  define(globals.Error.prototype, "toString", toText);
  return internal;
}

function replaceDate(globals: Foreign, date: () => number): void {
  const original = globals.Date;
  const replacement = function (...parts: unknown[]): object {
    return parts.length ? new original(...parts) : new original(date());
  };
  replacement.prototype = original.prototype;
  define(replacement, "now", date);
  define(replacement, "parse", original.parse);
  define(original.prototype, "constructor", replacement);
  define(globals, "Date", replacement);
}

function replaceNumbers(globals: Foreign): void {
  const plainText = globals.Number.prototype.toString;
  define(globals.Number.prototype, "toFixed", function (this: number, digits: number) {
    return formatFixed(Number(this), digits | 0);
  });
  define(globals.Number.prototype, "toString", function (this: number, radix?: number) {
    return radix === undefined || radix === 10 ? formatNumber(Number(this)) : plainText.call(this, radix);
  });
  // Halves go away from zero: Math.round(-2.5) is -3.
  define(globals.Math, "round", (number: number) =>
    number < 0 ? -Math.floor(-number + 0.5) : Math.floor(number + 0.5),
  );
}

/** Has functions read numbers from texts as the engine does, but for the language's own ways: `+text` and its like read as V8 does. */
function replaceNumberReading(globals: Foreign): void {
  const { Number: original } = globals;
  const toText = (value: unknown): string =>
    typeof value === "number" ? formatNumber(value) : String(value);
  const checked = (value: number | undefined): number => {
    if (value === undefined) throw new globals.Error(TOO_BIG);
    return value;
  };
  const replacement = function (...parts: unknown[]): number {
    const value = parts[0];
    return typeof value === "string" ? checked(numberOf(value)) : original(...parts);
  };
  for (const name of Object.getOwnPropertyNames(original)) {
    if (!["length", "name", "prototype"].includes(name)) define(replacement, name, original[name]);
  }
  replacement.prototype = original.prototype;
  define(original.prototype, "constructor", replacement);
  define(globals, "Number", replacement);
  define(globals, "parseFloat", (value: unknown) => checked(parseFloatOf(toText(value))));
  define(globals, "parseInt", (value: unknown, radix: unknown) =>
    checked(parseIntOf(toText(value), typeof radix === "number" ? radix | 0 : 0)),
  );
}

function replaceSearch(globals: Foreign): void {
  define(globals.String.prototype, "indexOf", function (this: string, sought: unknown, from?: number) {
    return searchText(String(this), String(sought), from ?? 0);
  });
  define(globals.String.prototype, "includes", function (this: string, sought: unknown, from?: number) {
    return searchText(String(this), String(sought), from ?? 0) >= 0;
  });
}

function replaceJson(globals: Foreign, complain: (text: string) => void): void {
  const parse = globals.JSON.parse;
  define(globals.JSON, "stringify", (value: unknown) => stringifyAsEspruino(value));
  define(globals.JSON, "parse", (text: unknown) => {
    if (String(text).includes('"__proto__"')) {
      complain("JSON.parse of a text with the key __proto__ crashes the interpreter");
    }
    return parse(text);
  });
}

/** Nothing has no members, where V8 throws. */
function replaceKeys(globals: Foreign): void {
  const { keys } = globals.Object;
  define(globals.Object, "keys", (value: unknown) => keys(value ?? ""));
}

/** Makes a fresh global scope that has of the language what Espruino has, and nothing of Node. */
export function createRealm(options: RealmOptions): Realm {
  const context = vm.createContext(Object.create(null) as object);
  const globals: Foreign = vm.runInContext("this", context);
  const { Object: RealmObject, Array: RealmArray, Uint8Array: RealmBytes, Error: RealmError } = globals;
  const assign: typeof Object.assign = RealmObject.assign;
  trim(globals);
  const internal = reshapeErrors(globals);
  replaceDate(globals, options.date);
  replaceNumbers(globals);
  replaceNumberReading(globals);
  replaceSearch(globals);
  replaceKeys(globals);
  replaceJson(globals, options.complain);
  define(globals.Math, "random", options.random);
  const run = (code: string, filename: string, timeout?: number): unknown =>
    vm.runInContext(code, context, { filename, ...(timeout === undefined ? {} : { timeout }) });
  return {
    globals,
    prototype: RealmObject.prototype,
    run,
    module(code, name) {
      const module = assign(new RealmObject(), { exports: new RealmObject() });
      const body = run("(function (exports, module) {" + code + "\n})", name) as Foreign;
      body.call(module.exports, module.exports, module);
      return module.exports;
    },
    error(type, message) {
      if (type !== "InternalError") return new globals[type](message);
      return Object.setPrototypeOf(new RealmError(message), internal);
    },
    record: (members) => assign(new RealmObject(), members),
    list(items) {
      const list = new RealmArray();
      for (const item of items) list.push(item);
      return list;
    },
    bytes(bytes) {
      const copy = new RealmBytes(bytes.length);
      bytes.forEach((byte, index) => (copy[index] = byte));
      return copy;
    },
  };
}
