import { Boot } from "./boot.ts";
import type { BoardKind, Surroundings } from "./boot.ts";
import { createBus } from "./bus.ts";
import { addGlobals, createEsp8266, createTelnetServer, totalBlocks } from "./globals.ts";
import type { GlobalsOptions } from "./globals.ts";
import { BoardPins } from "./pins.ts";
import type { BoardOptions, SimulatedBoard } from "./simulated-board.ts";

// From a restart to the program's first line (ms).
const RESTART_MS = 300;
const RESET_REASONS: Record<string, string> = {
  reboot: "restart",
  "deep sleep": "deep sleep",
  watchdog: "wdt reset",
};
// ESP_SLEEP_WAKEUP_TIMER of the ESP-IDF.
const WOKEN_BY_TIMER = 4;

/** Thrown through the program by calls that never return on a board. */
class Halt extends Error {}

/** The error's text and where in the program it was thrown. */
function describe(error: unknown): string[] {
  const stack = (error as { stack?: unknown } | null | undefined)?.stack;
  const places =
    typeof stack === "string" ? stack.split("\n").filter((line) => line.startsWith("    at ")) : [];
  // Files of a board have plain names; what has a path or a scheme is the host's.
  const own = places.filter((line) => !/[/\\]|node:/.test(line));
  return [String(error), ...own.slice(0, 4)];
}

/** A simulated board; see SimulatedBoard for what each member does. */
export class Board implements SimulatedBoard {
  readonly board: BoardKind;
  readonly serial: string;
  readonly console: string[] = [];
  readonly uncaught: string[] = [];
  readonly storage: Map<string, string>;
  readonly i2c = createBus();
  readonly pins: BoardPins;
  freeVariables: number;
  hostname: string | undefined;
  telnet: "on" | "off" = "on";
  watchdog: { timeout: number; automatic: boolean } | undefined;

  private readonly around: Surroundings;
  private readonly address: string;
  private readonly utc: boolean;
  private readonly consoleListeners: ((line: string) => void)[] = [];
  private readonly rebootListeners: ((why: string) => void)[] = [];
  private errorFlags: string[] = [];
  private boot: Boot | undefined;
  private restart: number | undefined;
  private asleep = false;
  private lastStart = "power on";

  constructor(options: BoardOptions & { serial: string }, around: Surroundings, address: string) {
    this.board = options.board;
    this.serial = options.serial;
    this.storage = new Map(Object.entries(options.storage ?? {}));
    this.utc = options.utc ?? false;
    this.freeVariables = (totalBlocks(options.board) * 3) / 4;
    this.pins = new BoardPins(options.board, around.clock);
    this.around = around;
    this.address = address;
  }

  get powered(): boolean {
    return this.boot !== undefined || (this.restart !== undefined && !this.asleep);
  }

  get clockSet(): boolean {
    return this.boot?.clockSet ?? false;
  }

  powerOn(): void {
    if (this.powered) return;
    this.cancelRestart();
    this.start("power on");
  }

  powerOff({ link = "silent" }: { link?: "silent" | "reset" } = {}): void {
    this.cancelRestart();
    this.asleep = false;
    this.stop(link);
  }

  onConsole(listener: (line: string) => void): void {
    this.consoleListeners.push(listener);
  }

  onReboot(listener: (why: string) => void): void {
    this.rebootListeners.push(listener);
  }

  raiseErrorFlag(name: string): void {
    this.errorFlags.push(name);
  }

  jumpClock(seconds: number): void {
    this.boot?.loop.moveClock(seconds * 1000);
  }

  evaluate(code: string): unknown {
    if (!this.boot) throw new Error(`Board ${this.serial} is off`);
    return this.run(this.boot, code, "console");
  }

  /** Tells the board that the access point went up or down. */
  accessPointChanged(): void {
    this.boot?.accessPointChanged();
  }

  private start(why: string): void {
    this.asleep = false;
    this.lastStart = why;
    this.hostname = this.watchdog = undefined;
    this.telnet = "on";
    const boot = this.createBoot();
    this.boot = boot;
    if (this.utc) boot.loop.clockOffset = this.around.timeOfDay();
    if (why !== "power on") this.rebootListeners.forEach((listener) => listener(why));
    const program = this.storage.get(".bootcde");
    if (program !== undefined) this.run(boot, program, ".bootcde");
  }

  private createBoot(): Boot {
    const print = (line: string): void => {
      if (this.boot === boot) this.print(line);
    };
    const globals = this.globals(print);
    const boot: Boot = new Boot(
      {
        kind: this.board,
        serial: this.serial,
        address: this.address,
        storage: this.storage,
        pins: this.pins,
        onOverflow: () => this.raiseErrorFlag("FIFO_FULL"),
        print,
        onError: (error) => this.report(error),
        onBlock: globals.onBlock,
        setHostname: (name) => void (this.hostname = name),
        modules: (realm) => ({
          TelnetServer: createTelnetServer(realm, (mode) => (this.telnet = mode)),
          ...(this.board === "ESP8266" && { ESP8266: createEsp8266(realm, globals) }),
        }),
      },
      this.around,
    );
    addGlobals(boot, globals);
    return boot;
  }

  private globals(print: (line: string) => void): GlobalsOptions {
    return {
      kind: this.board,
      serial: this.serial,
      bus: this.i2c,
      print,
      free: () => this.freeVariables,
      takeErrorFlags: () => this.errorFlags.splice(0),
      onBlock: (milliseconds) => this.block(milliseconds),
      onWatchdog: (timeout, automatic) => void (this.watchdog = { timeout, automatic }),
      reboot: () => {
        this.restartIn(RESTART_MS, "reboot");
        throw new Halt();
      },
      sleep: (microseconds) => {
        this.asleep = true;
        this.restartIn(
          microseconds === undefined ? Infinity : microseconds / 1000 + RESTART_MS,
          "deep sleep",
        );
        throw new Halt();
      },
      wakeupCause: this.lastStart === "deep sleep" ? WOKEN_BY_TIMER : 0,
      resetReason: RESET_REASONS[this.lastStart] ?? this.lastStart,
    };
  }

  private run(boot: Boot, code: string, name: string): unknown {
    try {
      return boot.realm.run(code, name);
    } catch (error) {
      if (!boot.loop.stopped) this.report(error);
      return undefined;
    }
  }

  private block(milliseconds: number): void {
    this.boot?.loop.block(milliseconds);
    const limit =
      this.board === "ESP32" && this.watchdog ? Math.floor(this.watchdog.timeout + 0.5) * 1000 : Infinity;
    if (milliseconds > limit) this.restartIn(limit + RESTART_MS, "watchdog");
  }

  private restartIn(milliseconds: number, why: string): void {
    this.stop("silent");
    this.cancelRestart();
    if (milliseconds === Infinity) return;
    this.restart = this.around.clock.setTimeout(() => {
      this.restart = undefined;
      this.start(why);
    }, milliseconds);
  }

  private cancelRestart(): void {
    if (this.restart !== undefined) this.around.clock.clearTimeout(this.restart);
    this.restart = undefined;
  }

  private stop(how: "silent" | "reset"): void {
    this.boot?.stop(how);
    this.boot = undefined;
  }

  private report(error: unknown): void {
    const lines = describe(error);
    this.uncaught.push(lines.join("\n"));
    this.print("Uncaught " + lines[0]);
    lines.slice(1).forEach((line) => this.print(line));
  }

  private print(text: string): void {
    for (const line of text.split("\n")) {
      this.console.push(line);
      this.consoleListeners.forEach((listener) => listener(line));
    }
  }
}
