import { pinsIn } from "../boards/board.ts";
import type { BoardTable } from "../boards/board.ts";
import type { Clock } from "./clock.ts";

/** What a wire carries. */
export type Level = 0 | 1;

/** The device's end of a wire. Times are the world's in ms; a microsecond is 0.001. */
export interface PinDevice {
  /** Called when it is attached: `changesAt` has the wire looked at again at a time, for what it does by itself. */
  attached?(changesAt: (at: number) => void): void;
  /** The board's end changed: it drives 0 or 1, or lets go (undefined). `at` never goes back. */
  driven?(level: Level | undefined, at: number): void;
  /** What the device drives the wire to at `at`; undefined when it lets go. */
  drives?(at: number): Level | undefined;
  /** Volts for the board's ADC. */
  volts?(at: number): number;
}

/** A wire at a pin with what hangs on it; it outlives a boot of the board. */
export interface Wire {
  attach(device: PinDevice): void;
  /** Takes the device away; from then on it neither hears nor drives. */
  detach(device: PinDevice): void;
  /** Shorted to ground (0) or to the supply (1), whatever drives it. Default undefined. */
  stuck: Level | undefined;
  /** A resistor to the supply. Default true; with nothing else to drive it a wire without one reads 0. */
  pullUp: boolean;
}

/** The pins of a board, as a person with a soldering iron has them. */
export interface Pins {
  /** The wire at a pin, such as "D4"; throws when the board has no such pin. */
  wire(name: string): Wire;
  /** Volts at which the ADC reads 1. Default 3.3 (ESP32s with their attenuator), 1 (the chip ESP8266). */
  adcFullScale: number;
  /** Edges the board keeps until the program can look at them. Default as in 2v29: 682 (ESP32), 84 (ESP8266). */
  watchQueue: number;
  /** Milliseconds that the interpreter takes for one edge with its callback. Default 0.3 (ESP32), 1 (ESP8266). */
  watchTime: number;
}

/** IOBUFFERMASK of scripts/build_platform_config.py in events of six bytes, four bytes being left free (jsdevices.c). */
const eventsIn = (bytes: number): number => Math.floor((bytes - 4) / 6);

const MODES = {
  input: [false, false],
  analog: [false, false],
  input_pullup: [false, true],
  output: [true, false],
  opendrain: [true, false],
  opendrain_pullup: [true, true],
} as const;
export type PinMode = keyof typeof MODES;
export const isPinMode = (mode: unknown): mode is PinMode => typeof mode === "string" && mode in MODES;

/** One pin with the wire at it. */
class Line implements Wire {
  pullUp = true;
  mode: PinMode = "input";
  /** `pinMode` was called: what the pin does no longer changes by itself. */
  manual = false;
  onEdge: ((level: Level, at: number) => void) | undefined;
  private output: Level = 0;
  private shorted: Level | undefined;
  private level: Level = 1;
  private driving: Level | undefined;
  private readonly devices = new Set<PinDevice>();
  private readonly clock: Clock;
  private readonly inputOnly: boolean;

  constructor(clock: Clock, inputOnly: boolean) {
    this.clock = clock;
    this.inputOnly = inputOnly;
  }

  get stuck(): Level | undefined {
    return this.shorted;
  }

  set stuck(level: Level | undefined) {
    this.shorted = level;
    this.look(this.clock.now());
  }

  attach(device: PinDevice): void {
    this.devices.add(device);
    device.attached?.((at) => {
      this.clock.setTimeout(() => {
        // At the time that was asked for: the host's timers come early and late by more than an edge lasts.
        if (this.devices.has(device)) this.look(at);
      }, at - this.clock.now());
    });
    device.driven?.(this.driving, this.clock.now());
    this.look(this.clock.now());
  }

  detach(device: PinDevice): void {
    this.devices.delete(device);
    this.look(this.clock.now());
  }

  /** Sets mode and output together, as one change. */
  set(mode: PinMode, output: Level | undefined, at: number): void {
    this.mode = mode;
    if (output !== undefined) this.output = output;
    const [drives] = MODES[mode];
    const isOpen = mode.startsWith("opendrain") && this.output === 1;
    const driving = drives && !isOpen && !this.inputOnly ? this.output : undefined;
    if (driving !== this.driving) {
      this.driving = driving;
      this.devices.forEach((device) => device.driven?.(driving, at));
    }
    this.look(at);
  }

  read(at: number): Level {
    if (this.shorted !== undefined) return this.shorted;
    const drives = [this.driving, ...[...this.devices].map((device) => device.drives?.(at))];
    if (drives.includes(0)) return 0;
    const internal = MODES[this.mode][1] && !this.inputOnly;
    return drives.includes(1) || this.pullUp || internal ? 1 : 0;
  }

  /** Volts at the ADC, the last device's that has any; without one 0. */
  volts(at: number): number {
    if (this.shorted !== undefined) return this.shorted * 3.3;
    let volts = 0;
    for (const device of this.devices) volts = device.volts?.(at) ?? volts;
    return volts;
  }

  /** Tells of an edge since the last look. */
  look(at: number): void {
    const level = this.read(at);
    if (level === this.level) return;
    this.level = level;
    this.onEdge?.(level, at);
  }
}

/** The board's side of its pins. */
export class BoardPins implements Pins {
  adcFullScale: number;
  watchQueue: number;
  watchTime: number;
  private readonly table: BoardTable;
  private readonly clock: Clock;
  private readonly lines = new Map<string, Line>();
  private readonly names: Record<"all" | "analog" | "unwatched" | "inputOnly", Set<string>>;

  constructor(table: BoardTable, clock: Clock) {
    this.table = table;
    this.clock = clock;
    this.adcFullScale = table.adc.fullScale;
    this.watchQueue = eventsIn(table.queueBytes);
    this.watchTime = table.watchTime;
    const { all, analog, unwatched, inputOnly } = table.pins;
    this.names = {
      all: new Set(pinsIn(all)),
      analog: new Set(pinsIn(analog)),
      unwatched: new Set(pinsIn(unwatched)),
      inputOnly: new Set(pinsIn(inputOnly)),
    };
  }

  has(name: string): boolean {
    return this.names.all.has(name);
  }

  wire(name: string): Wire {
    return this.line(name);
  }

  canWatch(name: string): boolean {
    return !this.names.unwatched.has(name);
  }

  /** A start of the board: all pins are inputs that nobody watches. */
  reset(): void {
    for (const line of this.lines.values()) {
      line.onEdge = undefined;
      line.manual = false;
      line.set("input", undefined, this.clock.now());
    }
  }

  /** `pinMode`; undefined lets the pin follow its use again. */
  mode(name: string, mode: PinMode | undefined, at: number): void {
    const line = this.line(name);
    line.manual = mode !== undefined;
    if (mode !== undefined) line.set(mode, undefined, at);
  }

  /** `digitalWrite` */
  write(name: string, level: Level, at: number): void {
    const line = this.line(name);
    line.set(line.manual ? line.mode : "output", level, at);
  }

  /** `digitalRead` */
  read(name: string, at: number): Level {
    const line = this.line(name);
    if (!line.manual) line.set("input", undefined, at);
    return line.read(at);
  }

  /** What a bus does to a pin: sets its state and leaves alone whether the program has. */
  drive(name: string, mode: PinMode, level: Level | undefined, at: number): void {
    this.line(name).set(mode, level, at);
  }

  sense(name: string, at: number): Level {
    return this.line(name).read(at);
  }

  /** `analogRead` */
  analog(name: string, at: number): number {
    if (!this.names.analog.has(name)) return NaN;
    const steps = 2 ** this.table.adc.bits;
    const code = Math.floor((this.line(name).volts(at) / this.adcFullScale) * steps);
    return Math.min(Math.max(code, 0), steps - 1) / steps;
  }

  /** Tells `onEdge` of each change of the wire, or nobody any more. ESP32 makes an input of the pin (jshPinWatch). */
  watch(name: string, onEdge: ((level: Level, at: number) => void) | undefined, at: number): void {
    const line = this.line(name);
    line.onEdge = undefined;
    if (!onEdge) return;
    if (this.table.family === "ESP32") line.set("input_pullup", undefined, at);
    else if (!line.manual) line.set("input", undefined, at);
    line.look(at);
    line.onEdge = onEdge;
  }

  private line(name: string): Line {
    if (!this.has(name)) throw new Error(`${this.table.name} has no pin ${name}`);
    const line = this.lines.get(name) ?? new Line(this.clock, this.names.inputOnly.has(name));
    this.lines.set(name, line);
    return line;
  }
}
