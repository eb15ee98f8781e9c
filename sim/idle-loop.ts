import type { Clock } from "./clock.ts";
import type { Callback } from "./emitter.ts";

/** What the idle loop of a board asks of the board. */
export interface IdleLoopOptions {
  clock: Clock;
  /** Whether setting the clock moves the timers too, as on ESP32. */
  timersFollowClock: boolean;
  /** Handles the oldest edge of a watched pin; gives the milliseconds it took, or undefined when there was none. */
  interrupts(): number | undefined;
  /** Looks after the sockets; gives whether there was anything to do. */
  poll(): boolean;
  /** Told of what the program threw. */
  onError(error: unknown): void;
}

interface Timer {
  id: number;
  deadline: number;
  callback: Callback;
}

interface Queued {
  callback: Callback;
  self: unknown;
  parts: readonly unknown[];
}

// TIMER_MIN_INTERVAL in Espruino's src/jsinteractive.h, in ms.
const SHORTEST_TIMEOUT = 0.1;
// TIMER_MAX_INTERVAL: a hundred years, in ms.
export const LONGEST_TIMEOUT = 31536000001000;

// What it takes a program to ask for the time (ms): a guess on the short side.
const LOOK = 0.01;

const microseconds = (milliseconds: number): number => Math.round(milliseconds * 1000) / 1000;

/**
 * `jsiIdle` of Espruino's src/jsinteractive.c for one boot of a board: each pass handles the edges of watched pins, runs
 * the timers that are due, looks after the sockets and then runs the queued events. It sleeps until a timer is due or `wake` is
 * called.
 */
export class IdleLoop {
  private readonly options: IdleLoopOptions;
  private readonly bootTime: number;
  private readonly timers: Timer[] = [];
  private events: Queued[] = [];
  private timersChanged = false;
  private next: { id: number; time: number } | undefined;
  private busyUntil: number;
  private inPass = false;
  private passBegan = 0;
  private woken = false;
  /** Once stopped no code of the program runs again. */
  stopped = false;
  /** Milliseconds by which the board's clock is ahead of the time since it started. */
  clockOffset = 0;

  constructor(options: IdleLoopOptions) {
    this.options = options;
    this.bootTime = this.busyUntil = options.clock.now();
  }

  /**
   * The world's time (ms) as the program sees it: time that a call took has passed, and no other while the program runs. Of the
   * host's own time any moment could last for milliseconds, which a pulse on a pin must not.
   */
  time(): number {
    return Math.max(this.inPass ? this.passBegan : this.options.clock.now(), this.busyUntil);
  }

  /** Milliseconds since the board started, as the program sees it. */
  uptime(): number {
    return microseconds(this.time() - this.bootTime);
  }

  /**
   * Milliseconds since the board started, for a program that asks for them. That takes its time, so that a loop comes to its end
   * which waits for a moment.
   */
  look(): number {
    const uptime = this.uptime();
    this.block(LOOK);
    return uptime;
  }

  /** The call in progress keeps the interpreter from its idle loop for so many milliseconds. */
  block(milliseconds: number): void {
    this.busyUntil = this.time() + milliseconds;
  }

  /** Ends the call that `block` keeps the interpreter with. */
  unblock(): void {
    this.busyUntil = this.options.clock.now();
    this.wake();
  }

  /** Moves the board's clock. Where timers follow it, what is due by the new time fires at once. */
  moveClock(milliseconds: number): void {
    this.clockOffset += milliseconds;
    this.wake();
  }

  addTimer(callback: Callback, milliseconds: number): number {
    const last = this.timers[this.timers.length - 1];
    // An id is used again once it was the last: clearing a stale id can clear somebody else's timer.
    const id = last ? last.id + 1 : 1;
    const wait = milliseconds >= SHORTEST_TIMEOUT ? milliseconds : SHORTEST_TIMEOUT;
    this.timers.push({ id, deadline: microseconds(this.timerTime() + wait), callback });
    this.timersChanged = true;
    this.wake();
    return id;
  }

  removeTimer(id: unknown): void {
    const index = this.timers.findIndex((timer) => timer.id === id);
    if (index >= 0) this.timers.splice(index, 1);
    this.timersChanged = true;
  }

  removeAllTimers(): void {
    this.timers.length = 0;
    this.timersChanged = true;
  }

  /** Runs the callback in the event phase of this pass or the next. */
  queue(callback: Callback, self: unknown, parts: readonly unknown[]): void {
    this.events.push({ callback, self, parts });
    this.wake();
  }

  /** Calls into the program; whatever it throws is reported and goes no further. */
  call(callback: Callback, self: unknown, parts: readonly unknown[]): void {
    if (this.stopped) return;
    try {
      callback.apply(self, parts as never[]);
    } catch (error) {
      if (!this.stopped) this.options.onError(error);
    }
  }

  /** Makes the loop go round once more, soon. */
  wake(): void {
    if (this.inPass) this.woken = true;
    else this.schedule(0);
  }

  stop(): void {
    this.stopped = true;
    if (this.next) this.options.clock.clearTimeout(this.next.id);
    this.next = undefined;
  }

  private timerTime(): number {
    return this.uptime() + (this.options.timersFollowClock ? this.clockOffset : 0);
  }

  private schedule(milliseconds: number): void {
    if (this.stopped) return;
    const { clock } = this.options;
    const time = Math.max(clock.now() + milliseconds, this.busyUntil);
    if (this.next) {
      if (this.next.time <= time) return;
      clock.clearTimeout(this.next.id);
    }
    this.next = { id: clock.setTimeout(() => this.pass(), time - clock.now()), time };
  }

  private pass(): void {
    this.next = undefined;
    if (this.options.clock.now() < this.busyUntil) return this.schedule(0);
    this.inPass = true;
    this.passBegan = this.options.clock.now();
    this.woken = false;
    const interrupted = this.options.interrupts();
    if (interrupted !== undefined && !this.stopped) {
      this.inPass = false;
      this.block(interrupted);
      return this.schedule(0);
    }
    const ranTimer = this.runTimers();
    const polled = !this.stopped && this.options.poll();
    const ranEvent = this.runEvents();
    this.inPass = false;
    if (ranTimer || polled || ranEvent || this.woken) return this.schedule(0);
    const deadline = this.timers.reduce((least, timer) => Math.min(least, timer.deadline), Infinity);
    if (deadline < Infinity) this.schedule(Math.max(0, deadline - this.timerTime()));
  }

  /** Due timers run in the order in which they were set, not in that of their deadlines. */
  private runTimers(): boolean {
    const now = this.timerTime();
    let ran = false;
    for (let index = 0; index < this.timers.length && !this.stopped;) {
      const timer = this.timers[index]!;
      if (timer.deadline > now) {
        index++;
        continue;
      }
      ran = true;
      this.timersChanged = false;
      this.call(timer.callback, undefined, []);
      // Taken out after the call, when it may be gone already.
      const place = this.timers.indexOf(timer);
      if (place >= 0) this.timers.splice(place, 1);
      if (this.timersChanged) index = 0;
    }
    return ran;
  }

  private runEvents(): boolean {
    const ran = this.events.length > 0;
    for (let event = this.events.shift(); event && !this.stopped; event = this.events.shift()) {
      this.call(event.callback, event.self, event.parts);
    }
    return ran;
  }
}
