import type { BoardKind } from "./boot.ts";
import type { Clock } from "./clock.ts";

/**
 * Settings that the program gave to `E.enableWatchdog`: seconds, and whether the idle loop does the
 * kicking.
 */
export interface WatchdogSettings {
  timeout: number;
  automatic: boolean;
}

/**
 * ESP32's task watchdog, and ESP8266's, which is none. One that the idle loop kicks is asked when a call
 * blocks; one that the program kicks bites by itself.
 */
export class Watchdog {
  settings: WatchdogSettings | undefined;
  private readonly kind: BoardKind;
  private readonly clock: Clock;
  private readonly board: { time(): number };
  private readonly bite: () => void;
  private end: number | undefined;

  constructor(kind: BoardKind, clock: Clock, board: { time(): number }, bite: () => void) {
    this.kind = kind;
    this.clock = clock;
    this.board = board;
    this.bite = bite;
  }

  /** Milliseconds that the idle loop has to come round in. */
  get patience(): number {
    return this.settings?.automatic ? this.limit : Infinity;
  }

  enable(settings: WatchdogSettings | undefined): void {
    this.settings = settings;
    this.kick();
  }

  /** Puts the restart off for the whole time again. */
  kick(): void {
    if (this.end !== undefined) this.clock.clearTimeout(this.end);
    this.end = undefined;
    if (!this.settings || this.settings.automatic || this.limit === Infinity) return;
    this.end = this.clock.setTimeout(() => this.bite(), this.board.time() - this.clock.now() + this.limit);
  }

  // Whole seconds, rounded as jshEnableWatchDog of targets/esp32 does it.
  private get limit(): number {
    return this.kind === "ESP32" ? Math.floor(this.settings!.timeout + 0.5) * 1000 : Infinity;
  }
}
