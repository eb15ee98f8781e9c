import { createAccessPoint } from "./access-point.ts";
import type { AccessPoint } from "./access-point.ts";
import { Board } from "./board.ts";

import type { Surroundings } from "./boot.ts";
import { createRealClock, createVirtualClock } from "./clock.ts";
import type { Clock, VirtualClock } from "./clock.ts";
import { SimulatedNetwork } from "./network.ts";
import type { Network } from "./network.ts";
import { createRandom } from "./random.ts";
import { createRealTcp } from "./real-tcp.ts";
import { Settler } from "./settler.ts";
import type { BoardOptions, SimulatedBoard } from "./simulated-board.ts";

export { duplexOf } from "./duplex.ts";
export { NoAcknowledge } from "./bus.ts";
export type { AccessPoint } from "./access-point.ts";
export type { BoardOptions, SimulatedBoard } from "./simulated-board.ts";
export type { BoardKind } from "./boot.ts";
export type { Bus, BusDevice } from "./bus.ts";
export type { Clock } from "./clock.ts";
export type { Connection, Direction, Peer } from "./connection.ts";
export type { Network, RuledPacket } from "./network.ts";
export type { Level, PinDevice, Pins, Wire } from "./pins.ts";
export type { Terminal } from "./terminal.ts";
export type { Verdict } from "./packet-filter.ts";
export type { TlsServer } from "./tls-server.ts";

/** How a world is made. */
export interface WorldOptions {
  /** Where all randomness comes from but that of the boards, each of which has a generator of its own. Default 1. */
  seed?: number;
  /** "virtual" (default) stands still but for `runFor` and `runUntil`; "real" goes with the host's. */
  clock?: "virtual" | "real";
}

/** Boards, an access point and a network under one clock. */
export interface World {
  readonly seed: number;
  readonly clock: Clock;
  readonly network: Network;
  readonly accessPoint: AccessPoint;
  /** The world's generator: the next number in [0, 1). */
  random(): number;
  /** Adds a board, switched off. */
  board(options: BoardOptions): SimulatedBoard;
  /** Lets so many milliseconds pass. */
  runFor(milliseconds: number): Promise<void>;
  /**
   * Lets time pass until the predicate holds, asked after each event; rejects after `within` ms (default
   * 600000).
   */
  runUntil(predicate: () => boolean, within?: number): Promise<void>;
  /** Switches all boards off and frees everything; nothing of the world is left alive in Node. */
  close(): void;
}

// Virtual time at which a world begins: 2026-01-01T00:00:00Z, so that transcripts are equal on every day.
const EPOCH = Date.UTC(2026, 0, 1);
// How often a predicate is asked in real time (ms).
const POLL = 2;

const FIRST_SERIAL = 0x30aea4000001;

function serialOf(index: number): string {
  const digits = (FIRST_SERIAL + index).toString(16).padStart(12, "0");
  return digits.slice(0, 8) + "-" + digits.slice(8);
}

/** Makes a world at 0 ms without boards. */
export function createWorld({ seed = 1, clock: kind = "virtual" }: WorldOptions = {}): World {
  const virtual = kind === "virtual" ? createVirtualClock() : undefined;
  const clock = virtual ?? createRealClock();
  const settler = new Settler();
  const random = createRandom(seed);
  const boards: Board[] = [];
  const failures: string[] = [];
  const realTcp = virtual ? undefined : createRealTcp();
  const network = new SimulatedNetwork({ clock, latency: virtual ? 1 : 0, onTouch: () => settler.touch() });
  const accessPoint = createAccessPoint(() => boards.forEach((board) => board.accessPointChanged()));
  const timeOfDay = (): number => (virtual ? EPOCH + clock.now() : Date.now());
  const fail = (text: string): void => void failures.push(text);
  const around: Surroundings = { clock, network, realTcp, accessPoint, timeOfDay, fail };
  const place = (): string => `seed ${seed}, ${kind} time ${Math.round(clock.now())} ms`;
  const check = (): void => {
    if (failures.length) throw new Error(`${failures.splice(0).join("; ")} (${place()})`);
  };
  const run = virtual ? runVirtual(virtual, settler, check) : runReal(clock, check);
  return {
    seed,
    clock,
    network,
    accessPoint,
    random,
    board(options) {
      const serial = options.serial ?? serialOf(boards.length);
      const board = new Board({ ...options, serial }, around, "192.168.1." + (100 + boards.length));
      boards.push(board);
      return board;
    },
    runFor: async (milliseconds) => void (await run(clock.now() + milliseconds, () => false)),
    async runUntil(predicate, within = 600000) {
      if (await run(clock.now() + within, predicate)) return;
      throw new Error(`Not within ${within} ms: ${String(predicate)} (${place()})`);
    },
    close() {
      boards.forEach((board) => board.powerOff());
      clock.close();
      realTcp?.close();
    },
  };
}

/** Lets time pass to `end` or until the predicate holds; gives whether it does. */
type Run = (end: number, predicate: () => boolean) => Promise<boolean>;

// So many events without time passing are a loop: a program whose every pass brings about the next.
const MOST_EVENTS_AT_ONCE = 100000;

function runVirtual(clock: VirtualClock, settler: Settler, check: () => void): Run {
  return async (end, predicate) => {
    let events = 0;
    let time = clock.now();
    check();
    if (settler.busy) await settler.settle();
    while (!predicate()) {
      if (!clock.runNext(end)) {
        clock.advance(end);
        return false;
      }
      events = clock.now() === time ? events + 1 : 0;
      time = clock.now();
      if (events > MOST_EVENTS_AT_ONCE) throw new Error(`Virtual time stands still at ${time} ms`);
      check();
      if (settler.busy) await settler.settle();
    }
    return true;
  };
}

function runReal(clock: Clock, check: () => void): Run {
  return async (end, predicate) => {
    for (;;) {
      check();
      if (predicate()) return true;
      const left = end - clock.now();
      if (left <= 0) return false;
      await new Promise((resolve) => setTimeout(resolve, Math.min(left, POLL)));
    }
  };
}
