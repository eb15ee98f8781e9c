/** What the models of barometers on I²C share: what they are exposed to, their common faults, and their end of the bus. */
import type { BusDevice } from "../bus.ts";
import { NoAcknowledge } from "../bus.ts";

export interface BarometerOptions {
  /** Milliseconds, never going back. */
  now: () => number;
  /** Gives numbers in [0, 1); what `noise` is made of. Default: no noise. */
  random?: () => number;
}

/** Faults that every model has. */
export type CommonFault =
  | "none"
  /** Nothing acknowledges. */
  | "absent"
  /** Every byte reads FF: the line is held high, or another part drives it. */
  | "all-ones"
  /** Every byte reads 00. */
  | "all-zeros";

/** A part that measures temperature and pressure; `fault` is switched at any time, in effect from the next transfer on. */
export interface BarometerModel<Fault> extends BusDevice {
  /** °C. What the part is exposed to; the range is wider than what it can measure. Default 20. */
  temperature: number;
  /** Pa. Default 101325. */
  pressure: number;
  /** Pa: half the width of what is added to the pressure by chance at each conversion. Default 0. */
  noise: number;
  /** Pa a day, since the part was made: what is added to the pressure. Default 0. */
  drift: number;
  /** Default "none". */
  fault: Fault | CommonFault;
  /** Takes the supply away and gives it back: every register returns to its reset state. */
  powerCycle(): void;
}

/** What a part's conversions find. */
export interface Circumstances<Fault> {
  readonly fault: Fault | CommonFault;
  readonly temperature: number;
  /** At a time, with drift and noise: each call is a conversion of its own. */
  pressureAt(time: number): number;
}

/** What is particular to a part. Every member but `reset` is called with the part brought up to the present. */
export interface Behaviour extends BusDevice {
  /** Brings the part up to the present; before every transfer and every change of what it is exposed to. */
  settle(time: number): void;
  /** A power-on reset at `time`. */
  reset(time: number): void;
  /** False while it starts up and does not answer. */
  acknowledges(time: number): boolean;
}

const DAY_MS = 86_400_000;

export function createBarometer<Fault extends string>(
  { now, random = () => 0.5 }: BarometerOptions,
  make: (circumstances: Circumstances<Fault>) => Behaviour,
): BarometerModel<Fault> {
  const madeAt = now();
  const truth = { temperature: 20, pressure: 101325, noise: 0, drift: 0 };
  let fault: Fault | CommonFault = "none";
  const part = make({
    get fault() {
      return fault;
    },
    get temperature() {
      return truth.temperature;
    },
    pressureAt: (time) =>
      truth.pressure + (truth.drift * (time - madeAt)) / DAY_MS + truth.noise * (2 * random() - 1),
  });

  function addressed(): void {
    part.settle(now());
    if (fault === "absent" || !part.acknowledges(now())) throw new NoAcknowledge();
  }

  const model = {
    get fault() {
      return fault;
    },
    set fault(value) {
      part.settle(now());
      fault = value;
    },
    powerCycle() {
      part.reset(now());
    },
    write(data) {
      addressed();
      part.write(data);
    },
    read(quantity) {
      addressed();
      const data = part.read(quantity);
      if (fault === "all-ones") return data.map(() => 0xff);
      return fault === "all-zeros" ? data.map(() => 0) : data;
    },
  } as BarometerModel<Fault>;
  for (const name of Object.keys(truth) as (keyof typeof truth)[]) {
    Object.defineProperty(model, name, {
      enumerable: true,
      get: () => truth[name],
      set(value: number) {
        part.settle(now());
        truth[name] = value;
      },
    });
  }
  return model;
}

/** Transfers of a part made of registers: the first byte written sets the register, which reading counts up. */
export function overRegisters(
  readRegister: (address: number) => number,
  writeRegister: (address: number, value: number) => void,
): BusDevice {
  let pointer = 0;
  return {
    /** Pairs of register and value; a lone last byte sets the register to read from. */
    write(data) {
      for (let i = 0; i < data.length; i += 2) {
        pointer = data[i]!;
        if (i + 1 < data.length) writeRegister(pointer, data[i + 1]!);
      }
    },
    read: (quantity) =>
      Array.from({ length: quantity }, () => {
        const value = readRegister(pointer);
        pointer = (pointer + 1) & 255;
        return value;
      }),
  };
}
