import type { BoardTable } from "../boards/board.ts";
import type {
  Esp32,
  Esp8266,
  EspruinoGlobals,
  EspruinoModules,
  Pin,
  Process,
  TelnetServer,
} from "../hw/espruino.d.ts";
import type { Boot } from "./boot.ts";
import type { Bus } from "./bus.ts";
import { crc32 } from "./crc32.ts";
import { createBtoa, createByteFunctions, createCrypto } from "./crypto.ts";
import { createI2c } from "./i2c.ts";
import { LONGEST_TIMEOUT } from "./idle-loop.ts";
import { createOneWire } from "./onewire.ts";
import { isPinMode } from "./pins.ts";
import type { Realm } from "./realm.ts";
import { createSpi } from "./spi.ts";

/** What the globals of a program ask of its board. */
export interface GlobalsOptions {
  table: BoardTable;
  serial: string;
  /** What `process.env` says instead of what such a board says. */
  env: { MODULES?: string };
  bus: Bus;
  print(line: string): void;
  /** Blocks that are free. */
  free(): number;
  takeErrorFlags(): string[];
  onBlock(milliseconds: number): void;
  onWatchdog(timeout: number, automatic: boolean): void;
  onKick(): void;
  /** Restarts the board; does not return. */
  reboot(): never;
  /** Deep sleep; undefined for ever. */
  sleep(microseconds: number | undefined): void;
  /** Why it started: "power on", "reboot", "deep sleep" or "watchdog". */
  lastStart: string;
}

// ESP_SLEEP_WAKEUP_TIMER of the ESP-IDF.
const WOKEN_BY_TIMER = 4;
/** ESP8266's words for why it started, where they are others. */
const RESET_REASONS: Record<string, string> = { reboot: "restart", watchdog: "wdt reset" };

function createTimers({ realm, loop }: Boot): Pick<EspruinoGlobals, "setTimeout" | "clearTimeout"> {
  return {
    setTimeout(callback, milliseconds, ...values) {
      if (typeof callback !== "function") throw realm.error("Error", "Function or String not supplied!");
      if (milliseconds > LONGEST_TIMEOUT) throw realm.error("Error", "Interval is too long (>100 years)");
      return loop.addTimer(() => callback(...values), Number(milliseconds));
    },
    clearTimeout(...ids: unknown[]) {
      if (ids.length === 0) {
        loop.removeAllTimers();
        return;
      }
      if (ids[0] !== undefined) {
        loop.removeTimer(ids[0]);
        return;
      }
      throw realm.error("Error", "clearTimeout(undefined) not allowed. Use clearTimeout() instead");
    },
  };
}

function createProcess(realm: Realm, options: GlobalsOptions): Process {
  const { env, variables: total } = options.table;
  return realm.record({
    env: realm.record({ BOARD: env.BOARD, VERSION: "2v29", MODULES: env.MODULES, ...options.env }),
    memory: () => realm.record({ free: options.free(), usage: total - options.free(), total }),
  });
}

/** The class `Pin`; the same object for the same name. */
function createPin({ realm, loop, pins }: Boot): unknown {
  const known = new Map<string, Pin>();
  return function Pin(name: string): Pin {
    if (!pins.has(name)) throw realm.error("Error", `Simulator: there is no pin ${name}`);
    const pin =
      known.get(name) ??
      realm.record<Pin>({
        toString: () => name,
        read: () => pins.read(name, loop.time()) === 1,
        write: (value) => pins.write(name, value ? 1 : 0, loop.time()),
        mode(mode) {
          if (mode !== undefined && !isPinMode(mode)) throw realm.error("Error", "Unknown pin mode");
          pins.mode(name, mode, loop.time());
        },
        analog: () => pins.analog(name, loop.time()),
      });
    known.set(name, pin);
    return pin;
  };
}

/** The buses that are made of pins, and `setWatch`. */
function createPinGlobals(boot: Boot): Partial<Record<keyof EspruinoGlobals, unknown>> {
  const { realm, loop, pins, watches } = boot;
  const delay = (microseconds: number): void => loop.block(microseconds / 1000);
  const bitBang = { realm, pins, delay, time: () => loop.time() };
  return {
    Pin: createPin(boot),
    OneWire: createOneWire(bitBang),
    SPI: createSpi(bitBang),
    setWatch: watches.set.bind(watches),
    clearWatch: (...ids: unknown[]) => watches.clear(ids),
  };
}

/** The global `ESP32`. */
function createEsp32(realm: Realm, options: GlobalsOptions): Esp32 {
  return realm.record({
    getWakeupCause: () => (options.lastStart === "deep sleep" ? WOKEN_BY_TIMER : 0),
    // An int32 that became negative is taken for an unsigned 64-bit number: longer than anybody waits.
    deepSleep: (microseconds: number) => options.sleep((microseconds | 0) < 0 ? undefined : microseconds | 0),
  });
}

/** `require("ESP8266")`. */
function createEsp8266(realm: Realm, options: GlobalsOptions): Esp8266 {
  return realm.record({
    getResetInfo: () => realm.record({ reason: RESET_REASONS[options.lastStart] ?? options.lastStart }),
    deepSleep(microseconds: number): void {
      // Only what the engine keeps as an integer passes; 0 sleeps for ever.
      if ((microseconds | 0) !== microseconds) throw realm.error("Error", "Invalid microseconds");
      options.sleep(microseconds > 0 ? microseconds : undefined);
    },
  });
}

/** Adds Espruino's globals to the global scope of a boot. */
export function addGlobals(boot: Boot, options: GlobalsOptions): void {
  const { realm } = boot;
  const globals: Partial<Record<keyof EspruinoGlobals, unknown>> = {
    ...createTimers(boot),
    require: boot.load,
    print: (...parts: unknown[]) => options.print(parts.map(String).join(" ")),
    atob: (base64: unknown) => Buffer.from(String(base64), "base64").toString("latin1"),
    btoa: createBtoa(realm),
    getTime: () => boot.look() / 1000,
    getSerial: () => options.serial,
    process: createProcess(realm, options),
    E: realm.record({
      getErrorFlags: () => realm.list(options.takeErrorFlags()),
      enableWatchdog: (timeout: number, automatic: boolean) =>
        options.onWatchdog(timeout, automatic !== false),
      kickWatchdog: () => options.onKick(),
      reboot: () => options.reboot(),
      srand: (seed: unknown) => boot.chance.seed(seed),
      CRC32: crc32,
      ...createByteFunctions(realm),
    }),
    I2C1: createI2c({ table: options.table, realm, bus: options.bus, block: options.onBlock }),
    ...createPinGlobals(boot),
  };
  if (options.table.family === "ESP32") globals.ESP32 = createEsp32(realm, options);
  for (const [name, value] of Object.entries(globals)) {
    Object.defineProperty(realm.globals, name, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  }
}

/** `require("TelnetServer")` */
function createTelnetServer(realm: Realm, onMode: (mode: "on" | "off") => void): TelnetServer {
  return realm.record({
    setOptions({ mode }: { mode?: unknown }): void {
      if (mode === "on" || mode === "off") onMode(mode);
      else if (typeof mode === "string") throw realm.error("Error", "Unknown mode value");
    },
  });
}

/** Modules that hang on the kind of the board and on how its Espruino was built. */
export function createModules(
  realm: Realm,
  options: GlobalsOptions,
  onTelnet: (mode: "on" | "off") => void,
): Partial<EspruinoModules> {
  const { table, env } = options;
  return {
    TelnetServer: createTelnetServer(realm, onTelnet),
    ...(table.family === "ESP8266" && { ESP8266: createEsp8266(realm, options) }),
    ...((env.MODULES ?? table.env.MODULES).split(",").includes("crypto") && {
      crypto: createCrypto(realm, table.family),
    }),
  };
}
