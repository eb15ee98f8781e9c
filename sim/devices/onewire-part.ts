/**
 * A part on 1-Wire as a waveform: reset and presence, time slots, ROM commands, from DS18B20 19-7487 rev. 6 ("1-Wire
 * signaling", "ROM commands", AC electrical characteristics). Where it gives a range, the part takes what is hardest on a
 * master: it waits longest and answers shortest.
 */
import type { Level, PinDevice } from "../pins.ts";

// Milliseconds.
const RESET_LOW = 0.48; // tRSTL, at least
const PRESENCE_WAIT = 0.06; // tPDHIGH, at most
const PRESENCE_LOW = 0.06; // tPDLOW, at least
const VALID = 0.015; // tRDV: what a read slot says holds so long
const ONE_LOW = 0.015; // tLOW1, at most
const ZERO_LOW = 0.06; // tLOW0, at least
const ZERO_LOW_MOST = 0.12;
const SLOT = 0.06; // tSLOT, at least
const RECOVERY = 0.001; // tREC, at least
/** Fractions of a nanosecond are no violation. */
const EPSILON = 1e-6;

const SEARCH_ROM = 0xf0;
const ALARM_SEARCH = 0xec;
const READ_ROM = 0x33;
const MATCH_ROM = 0x55;
const SKIP_ROM = 0xcc;

/** What a part does beyond its id. */
export interface OneWireFunctions {
  /** Family, serial number and CRC: eight bytes. */
  rom: readonly number[];
  /** Does it hear and answer? */
  isPresent(): boolean;
  /** Does it take part in an alarm search? */
  isAlarmed(): boolean;
  /** A function command. Gives what it answers bit by bit, or how many bytes it takes and to whom they go, or nothing. */
  execute(command: number, at: number): OneWireAnswer;
  /** What the master does with the line between the slots: strong pull-up. */
  onDriven?(level: Level | undefined, at: number): void;
}

export type OneWireAnswer =
  | { /** The next bit. */ next(at: number): number }
  | { take: number; done(bytes: number[]): void }
  | undefined;

export interface OneWirePart extends PinDevice {
  /** Slots and resets of the master outside the data sheet's times. */
  violations: number;
  /** Waits for the next reset, as after power-on. */
  forget(): void;
}

/** What the next slot is for. */
type State =
  | { kind: "idle" }
  | { kind: "receive"; byte: number; bits: number; done(byte: number): void }
  | { kind: "send"; next(at: number): number }
  | { kind: "search"; place: number; slot: number };

export function createOneWirePart(functions: OneWireFunctions): OneWirePart {
  const { rom } = functions;
  let state: State = { kind: "idle" };
  let low = false;
  let fellAt = -Infinity;
  let roseAt = -Infinity;
  let presenceFrom = Infinity;
  let pullsUntil = -Infinity;

  const idle = (): void => void (state = { kind: "idle" });
  const romBit = (place: number): number => (rom[place >> 3]! >> (place & 7)) & 1;

  function receive(done: (byte: number) => void): void {
    state = { kind: "receive", byte: 0, bits: 0, done };
  }

  function receiveMany(count: number, done: (bytes: number[]) => void): void {
    const bytes: number[] = [];
    const more = (): void =>
      receive((byte) => {
        bytes.push(byte);
        if (bytes.length < count) more();
        else done(bytes);
      });
    more();
  }

  function awaitFunction(): void {
    receive((command) => {
      const answer = functions.execute(command, roseAt);
      if (!answer) idle();
      else if ("next" in answer) state = { kind: "send", next: answer.next };
      else {
        receiveMany(answer.take, (bytes) => {
          idle();
          answer.done(bytes);
        });
      }
    });
  }

  function awaitRomCommand(): void {
    receive((command) => {
      idle();
      if (command === SKIP_ROM) awaitFunction();
      else if (command === SEARCH_ROM || (command === ALARM_SEARCH && functions.isAlarmed())) {
        state = { kind: "search", place: 0, slot: 0 };
      } else if (command === MATCH_ROM) {
        receiveMany(8, (id) => {
          if (id.every((byte, index) => byte === rom[index])) awaitFunction();
          else idle();
        });
      } else if (command === READ_ROM) {
        let place = 0;
        state = { kind: "send", next: () => (place < 64 ? romBit(place++) : 1) };
      }
    });
  }

  /** The bit that this slot carries to the master; undefined in a slot that the master writes. */
  function outgoing(at: number): number | undefined {
    if (state.kind === "send") return state.next(at);
    if (state.kind !== "search" || state.slot === 2) return undefined;
    return state.slot === 0 ? romBit(state.place) : 1 - romBit(state.place);
  }

  function incoming(bit: number): void {
    if (state.kind === "receive") {
      state.byte |= bit << state.bits++;
      if (state.bits === 8) state.done(state.byte);
    } else if (state.kind === "search" && state.slot < 2) state.slot++;
    else if (state.kind === "search") {
      if (bit !== romBit(state.place)) idle();
      else if (++state.place === 64) awaitFunction();
      else state.slot = 0;
    }
  }

  function fall(at: number): void {
    if (state.kind !== "idle" && (at - roseAt < RECOVERY - EPSILON || at - fellAt < SLOT - EPSILON)) {
      part.violations++;
    }
    fellAt = at;
    pullsUntil = outgoing(at) === 0 ? at + VALID : -Infinity;
  }

  function rise(at: number): void {
    roseAt = at;
    const lowFor = at - fellAt;
    if (lowFor >= RESET_LOW - EPSILON) {
      presenceFrom = at + PRESENCE_WAIT;
      pullsUntil = -Infinity;
      awaitRomCommand();
      return;
    }
    if (state.kind === "idle") return;
    const isOne = lowFor < ONE_LOW;
    if (!isOne && (lowFor < ZERO_LOW - EPSILON || lowFor > ZERO_LOW_MOST)) part.violations++;
    incoming(isOne ? 1 : 0);
  }

  const part: OneWirePart = {
    violations: 0,
    forget() {
      idle();
      presenceFrom = Infinity;
      pullsUntil = -Infinity;
    },
    driven(level, at) {
      const isLow = level === 0;
      if (isLow !== low) {
        low = isLow;
        if (!functions.isPresent()) part.forget();
        else if (low) fall(at);
        else rise(at);
      }
      functions.onDriven?.(level, at);
    },
    drives(at) {
      if (!functions.isPresent()) return undefined;
      const isPresence = at >= presenceFrom && at < presenceFrom + PRESENCE_LOW;
      return isPresence || at < pullsUntil ? 0 : undefined;
    },
  };
  return part;
}
