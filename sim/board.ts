import type { BoardTable } from "../boards/board.ts";
import { nameOf, tableOf } from "../boards/named.ts";
import type { BoardName } from "../boards/named.ts";
import { Boot } from "./boot.ts";
import type { Surroundings } from "./boot.ts";
import { createBus } from "./bus.ts";
import { createChance } from "./chance.ts";
import { addGlobals, createModules } from "./globals.ts";
import type { GlobalsOptions } from "./globals.ts";
import { BoardPins } from "./pins.ts";
import { addConsoleGlobals } from "./console-globals.ts";
import { describeError } from "./error-text.ts";
import type { BoardOptions, SimulatedBoard } from "./simulated-board.ts";
import type { Flash } from "./storage.ts";
import { BoardTerminal } from "./terminal.ts";
import { Watchdog } from "./watchdog.ts";

// From a restart to the program's first line (ms).
const RESTART_MS = 300;
// A program that takes longer at its start (ms of the host's time) is taken for one that never ends.
const ENDLESS = 3000;

/** Thrown through the program by calls that never return on a board. */
class Halt extends Error {}

/** A simulated board; see SimulatedBoard for what each member does. */
export class Board implements SimulatedBoard {
  readonly board: BoardName;
  readonly serial: string;
  readonly console: string[] = [];
  readonly uncaught: string[] = [];
  readonly storage: Map<string, string>;
  readonly terminal: BoardTerminal;
  readonly i2c = createBus();
  readonly pins: BoardPins;
  freeVariables: number;
  hostname: string | undefined;
  telnet: "on" | "off" = "off";
  onFlash: SimulatedBoard["onFlash"];

  private readonly table: BoardTable;
  private readonly flash: Flash;
  private readonly around: Surroundings;
  private readonly address: string;
  private readonly options: BoardOptions;
  private readonly consoleListeners: ((line: string) => void)[] = [];
  private readonly rebootListeners: ((why: string) => void)[] = [];
  private errorFlags: string[] = [];
  private chance = createChance();
  private boot: Boot | undefined;
  private restart: number | undefined;
  private readonly guard: Watchdog;
  private asleep = false;
  private lastStart = "power on";
  /** The program runs for ever, and nothing but Ctrl-C gets through. */
  private endless = false;
  /** Ctrl-C came while the board was about to start its program. */
  private interrupted = false;
  /** A restart of the interpreter that waits for the line that asked for it to end. */
  private pending: "load" | "reset" | undefined;

  constructor(options: BoardOptions & { serial: string }, around: Surroundings, address: string) {
    this.board = nameOf(options.board);
    this.table = tableOf(options.board);
    this.serial = options.serial;
    this.storage = new Map(Object.entries(options.storage ?? {}));
    const interrupt: Flash["interrupt"] = (before, after) => this.onFlash?.(before, after);
    const size = options.storageSize ?? this.table.storage;
    this.flash = { files: this.storage, size, trash: 0, interrupt, losePower: () => this.powerOff() };
    this.options = options;
    this.freeVariables = Math.floor((this.table.variables * 3) / 4);
    this.pins = new BoardPins(this.table, around.clock);
    this.around = around;
    this.address = address;
    this.guard = new Watchdog(this.table.family, around.clock, this, () =>
      this.restartIn(RESTART_MS, "watchdog"),
    );
    this.terminal = this.createTerminal();
  }

  get powered(): boolean {
    return this.boot !== undefined || (this.restart !== undefined && !this.asleep);
  }

  get watchdog(): SimulatedBoard["watchdog"] {
    return this.guard.settings;
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
    this.guard.enable(undefined);
    this.stop(link);
    this.terminal.end();
  }

  onConsole(listener: (line: string) => void): void {
    this.consoleListeners.push(listener);
  }

  onReboot(listener: (why: string) => void): void {
    this.rebootListeners.push(listener);
  }

  raiseErrorFlag(name: string): void {
    if (!this.errorFlags.includes(name)) this.boot?.tellErrorFlag(name);
    this.errorFlags.push(name);
  }

  time(): number {
    return this.boot && !this.endless ? this.boot.loop.time() : this.around.clock.now();
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
    this.hostname = undefined;
    this.errorFlags = [];
    this.telnet = this.table.env.MODULES.includes("TelnetServer") ? "on" : "off";
    this.chance = createChance();
    const boot = this.createBoot();
    this.boot = boot;
    if (this.options.utc) boot.loop.clockOffset = this.around.timeOfDay();
    if (why !== "power on") this.rebootListeners.forEach((listener) => listener(why));
    this.startProgram(boot, true);
  }

  /** The interpreter starts, with the program in flash or without. */
  private startProgram(boot: Boot, runs: boolean): void {
    const program = runs ? this.storage.get(".bootcde") : undefined;
    this.terminal.begin(program === undefined);
    if (program === undefined) return;
    if (!this.interrupted) this.run(boot, program, ".bootcde", this.terminal.attached ? ENDLESS : undefined);
    else this.print("Execution Interrupted");
    this.interrupted = false;
  }

  private createTerminal(): BoardTerminal {
    const { clock } = this.around;
    const untilIdle = (): number => (this.endless || !this.boot ? 0 : this.boot.loop.time() - clock.now());
    return new BoardTerminal({
      later: (callback) => void clock.setTimeout(callback, untilIdle()),
      running: () => this.boot !== undefined && !this.endless && !this.pending,
      run: (code) => this.type(code),
      interrupt: () => {
        if (this.endless) {
          this.endless = false;
          this.boot?.loop.unblock();
          this.print("Execution Interrupted");
        } else this.interrupted = this.restart !== undefined;
      },
      name: this.board,
    });
  }

  private type(code: string): { value: unknown } | undefined {
    const { boot } = this;
    let result: { value: unknown } | undefined;
    try {
      result = boot && { value: boot.realm.run(code, "REPL") };
    } catch (error) {
      if (!boot!.loop.stopped) this.report(error);
    }
    return result;
  }

  /** What `load()` and `reset()` do once the interpreter gets back to its idle loop. */
  private restartProgram(how: "load" | "reset"): void {
    if (this.pending) return;
    this.pending = how;
    this.around.clock.setTimeout(() => {
      this.pending = undefined;
      if (!this.boot) return;
      this.boot.kill();
      this.stop("reset");
      this.boot = this.createBoot();
      this.startProgram(this.boot, how === "load");
    }, 0);
  }

  private createBoot(): Boot {
    const print = (line: string): void => {
      if (this.boot === boot) this.print(line);
    };
    const globals = this.globals(print);
    const { table, serial, address } = this;
    const boot: Boot = new Boot(
      {
        table,
        serial,
        address,
        flash: this.flash,
        pins: this.pins,
        chance: this.chance,
        onOverflow: () => this.raiseErrorFlag("FIFO_FULL"),
        print,
        onError: (error) => this.report(error),
        onBlock: globals.onBlock,
        setHostname: (name) => void (this.hostname = name),
        modules: (realm) => createModules(realm, globals, (mode) => (this.telnet = mode)),
      },
      this.around,
    );
    addGlobals(boot, globals);
    addConsoleGlobals(boot, {
      restart: (how) => this.restartProgram(how),
      echo: (on) => this.terminal.setEcho(on),
      files: this.storage,
      print,
    });
    return boot;
  }

  private globals(print: (line: string) => void): GlobalsOptions {
    return {
      table: this.table,
      serial: this.serial,
      env: this.options.env ?? {},
      bus: this.i2c,
      print,
      free: () => this.freeVariables,
      takeErrorFlags: () => this.errorFlags.splice(0),
      onBlock: (milliseconds) => this.block(milliseconds),
      onWatchdog: (timeout, automatic) => this.guard.enable({ timeout, automatic }),
      onKick: () => this.guard.kick(),
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
      lastStart: this.lastStart,
    };
  }

  private run(boot: Boot, code: string, name: string, limit?: number): unknown {
    try {
      return boot.realm.run(code, name, limit);
    } catch (error) {
      if ((error as { code?: unknown } | null)?.code === "ERR_SCRIPT_EXECUTION_TIMEOUT") {
        this.endless = true;
        boot.loop.block(Infinity);
      } else if (!boot.loop.stopped) this.report(error);
      return undefined;
    }
  }

  private block(milliseconds: number): void {
    this.boot?.loop.block(milliseconds);
    if (milliseconds > this.guard.patience) this.restartIn(this.guard.patience + RESTART_MS, "watchdog");
  }

  private restartIn(milliseconds: number, why: string): void {
    this.guard.enable(undefined);
    this.stop("silent");
    this.cancelRestart();
    this.terminal.end();
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
    this.endless = false;
  }

  private report(error: unknown): void {
    const lines = describeError(error);
    this.uncaught.push(lines.join("\n"));
    this.print("Uncaught " + lines[0]);
    lines.slice(1).forEach((line) => this.print(line));
  }

  private print(text: string): void {
    for (const line of text.split("\n")) {
      this.console.push(line);
      this.terminal.print(line);
      this.consoleListeners.forEach((listener) => listener(line));
    }
  }
}
