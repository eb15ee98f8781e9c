/** A bus of registers that keeps a transcript, and what takes samples on it. */
import assert from "node:assert/strict";
import type { Clock } from "@sinonjs/fake-timers";
import type { Fault, Reading, Sensor } from "../../../hw/sensors/sensor.ts";

export const bytes = (text: string): Uint8Array =>
  Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

export const hex = (list: Iterable<number>): string =>
  [...list].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(" ");

/** What the boards throw when nothing acknowledges, or when a line is held low: three texts, one fault. */
export const BUS_ERRORS: object[] = [
  new Error("jshI2CWrite: slave doesn't ACK the transfer"),
  new Error("jshI2CWrite:, Operation timeout because the bus is busy"),
  { type: "InternalError", message: "I2CWrite: No ACK 0" },
];

export interface FakeBus {
  /** In order, each with as many bytes as it is wide. */
  registers: Uint8Array;
  /** "W F4 25", "R 60", in the order in which they came; addresses other than the part's own in front. */
  log: string[];
  /** Transfers from this one on are not acknowledged. */
  deadFrom: number;
  /** What is thrown then. */
  error: object;
  /** From this transfer on writes go nowhere and reads give zeros: a line that an ESP8266 does not know to be held low. */
  stuckFrom: number;
  /** Called after each write that arrived. */
  onWrite: (data: number[]) => void;
  writeTo: (address: number, data: number[]) => void;
  readFrom: (address: number, quantity: number) => Uint8Array;
}

/** Registers of `width` bytes behind a bus, which write themselves nothing: no status, no reset, no conversion. */
export function createRegisterBus(
  home: number,
  contents: Record<number, ArrayLike<number>>,
  width = 1,
): FakeBus {
  const registers = new Uint8Array(256 * width);
  for (const [register, data] of Object.entries(contents)) registers.set(data, Number(register) * width);
  let pointer = 0;
  const bus: FakeBus = {
    registers,
    log: [],
    deadFrom: Infinity,
    error: BUS_ERRORS[2]!,
    stuckFrom: Infinity,
    onWrite: () => undefined,
    writeTo(address, data) {
      note(address, "W", data);
      if (bus.log.length > bus.stuckFrom) return;
      pointer = data[0]! * width;
      registers.set(data.slice(1, 1 + width), pointer);
      bus.onWrite(data);
    },
    readFrom(address, quantity) {
      const stuck = bus.log.length >= bus.stuckFrom;
      const data = stuck ? new Uint8Array(quantity) : registers.slice(pointer, pointer + quantity);
      note(address, "R", data);
      return data;
    },
  };
  function note(address: number, kind: string, data: Iterable<number>): void {
    bus.log.push(`${address === home ? "" : hex([address]) + " "}${kind} ${hex(data)}`);
    // eslint-disable-next-line @typescript-eslint/only-throw-error -- Espruino's errors are not V8's.
    if (bus.log.length > bus.deadFrom) throw bus.error;
  }
  return bus;
}

/** Has `look` called after each write, too. */
export function watch(bus: FakeBus, look: (data: number[]) => void): void {
  const arrived = bus.onWrite;
  bus.onWrite = (data) => {
    arrived(data);
    look(data);
  };
}

export interface Outcome {
  fault: Fault | null;
  reading: Reading | undefined;
}

/** Samples and runs time until the callback came; it must come once, and not from inside the call. */
export function sampleOnce(clock: Clock, sensor: Sensor<never>): Outcome {
  const outcomes: Outcome[] = [];
  sensor.sample((fault, reading) => outcomes.push({ fault, reading }));
  assert.equal(outcomes.length, 0, "called back from inside sample");
  clock.runAll();
  assert.equal(outcomes.length, 1);
  const outcome = outcomes[0]!;
  assert.equal(outcome.fault === null, outcome.reading !== undefined);
  return outcome;
}

/** What the bus carried during `action`. */
export function transcript(bus: FakeBus, action: () => void): string[] {
  bus.log = [];
  action();
  return bus.log;
}

/** Temperature and pressure, and nothing else, each within its tolerance. */
export function assertBarometer(
  reading: Reading | undefined,
  temperature: number,
  pressure: number,
  [celsius, pascal]: [number, number] = [0.001, 0.1],
): void {
  assert.deepEqual(Object.keys(reading ?? {}), ["temperature", "pressure"]);
  const what = JSON.stringify({ reading, temperature, pressure });
  assert.ok(Math.abs(reading!["temperature"]! - temperature) <= celsius, what);
  assert.ok(Math.abs(reading!["pressure"]! - pressure) <= pascal, what);
}
