/**
 * Waveform model of Avia HX711 and HX710B, written from their data sheets. Where they leave a choice, the model takes what
 * is hardest on a driver: a conversion in the wrong gain looks like any other, the oscillator runs without regard to
 * transfers, and a reset in the middle of a transfer shows in nothing but the bits that follow.
 *
 * Not modelled: the short pulse of DOUT when an unread conversion is replaced, a crystal, HX711's regulator.
 */
import type { Level, PinDevice } from "../pins.ts";

/** What is wrong; lines that are held are the wires' `stuck`. */
export type Hx711Fault =
  | "none"
  /** Neither line is connected. */
  | "absent"
  /** No conversion ends. */
  | "never-ready"
  /** Data is 7FFFFF, whatever the inputs carry. */
  | "saturated"
  /** Each transfer's twelfth pulse is held up for more than 60 µs. */
  | "interrupted";

export interface Hx711ModelOptions {
  /** Milliseconds, never going back. */
  now: () => number;
  /** Default "hx711". */
  part?: "hx711" | "hx710b";
  /** Conversions a second of a HX711: its pin RATE. Default 10. */
  rate?: 10 | 80;
  /** The next number in [0, 1), for noise. Default none: 0.5. */
  random?: () => number;
}

export interface Hx711Model {
  readonly clock: PinDevice;
  readonly data: PinDevice;
  /** mV per V of supply between the inputs of channel A, or the only one. Default 0. */
  ratio: number;
  /** The same of channel B. Default 0. */
  ratioB: number;
  /** Counts of noise to either side. Default 0. */
  noise: number;
  /** Default "none". */
  fault: Hx711Fault;
  /** Takes the supply away and gives it back. */
  powerCycle(): void;
  /** Pulses that were high for more than 50 µs (T3) without being a reset. */
  violations: number;
}

const POWER_DOWN_MS = 0.06;
const LONGEST_HIGH_MS = 0.05; // T3
const SETTLING_PERIODS = 4;
const INTERRUPTED_AT = 12;

interface Mode {
  rate: number;
  counts(): number;
}

export function createHx711Model(options: Hx711ModelOptions): Hx711Model {
  const { now, part = "hx711", rate = 10, random = () => 0.5 } = options;
  const truth = { a: 0, b: 0 };
  const fullScale = (ratio: number, gain: number): number => (ratio / 1000) * gain * 2 * 0x800000;
  const modes: Record<number, Mode> =
    part === "hx711"
      ? {
          25: { rate, counts: () => fullScale(truth.a, 128) },
          26: { rate, counts: () => fullScale(truth.b, 32) },
          27: { rate, counts: () => fullScale(truth.a, 64) },
        }
      : {
          25: { rate: 10, counts: () => fullScale(truth.a, 128) },
          26: { rate: 10, counts: () => 0x100000 },
          27: { rate: 40, counts: () => fullScale(truth.a, 128) },
        };
  let fault: Hx711Fault = "none";
  let mode = modes[25]!;
  /** When the first conversion ends that settled; from then on one each period. */
  let settledAt = 0;
  /** Conversions that ended, and how many of them had ended at the last transfer. */
  let ended = 0;
  let fetched = 0;
  let word = 0;
  let pulses = 0;
  let shifting = 0;
  let high = false;
  let roseAt = 0;
  let pulsedAt = 0;

  const period = (): number => 1000 / mode.rate;

  function restart(at: number): void {
    settledAt = at + SETTLING_PERIODS * period();
    ended = fetched = pulses = 0;
  }

  function powerUp(at: number): void {
    mode = modes[25]!;
    restart(at);
  }

  /** Ends conversions that are due; the last one counts. A transfer chooses the mode once no pulse follows it. */
  function convert(at: number): void {
    const chosen = at - pulsedAt > LONGEST_HIGH_MS ? modes[pulses] : undefined;
    if (chosen && chosen !== mode) {
      mode = chosen;
      restart(pulsedAt);
    }
    const count = Math.floor((at - settledAt) / period() + 1 + 1e-9);
    if (count <= ended || fault === "never-ready") return;
    ended = count;
    const noisy = Math.round(mode.counts() + model.noise * (2 * random() - 1));
    word = Math.min(Math.max(noisy, -0x800000), 0x7fffff);
    if (fault === "saturated") word = 0x7fffff;
  }

  const isDown = (at: number): boolean => high && at - roseAt > POWER_DOWN_MS;

  /** A pulse's rising edge. */
  function pulse(at: number): void {
    if (pulses >= 25 && ended > fetched) pulses = 0;
    if (pulses === 0) {
      if (ended === fetched) return;
      fetched = ended;
      shifting = word & 0xffffff;
    }
    pulses++;
    if (fault === "interrupted" && pulses === INTERRUPTED_AT) powerUp(at);
    pulsedAt = at;
  }

  const clock: PinDevice = {
    driven(level, at) {
      const isHigh = level === 1;
      if (isHigh === high || fault === "absent") return;
      if (isHigh) {
        convert(at);
        roseAt = at;
        high = true;
        pulse(at);
        return;
      }
      const down = isDown(at);
      high = false;
      if (down) powerUp(at);
      else if (at - roseAt > LONGEST_HIGH_MS) model.violations++;
    },
  };

  const data: PinDevice = {
    drives(at): Level | undefined {
      if (fault === "absent") return undefined;
      if (isDown(at)) return 1;
      convert(at);
      if (pulses > 0 && pulses <= 24) return ((shifting >> (24 - pulses)) & 1) as Level;
      return ended > fetched ? 0 : 1;
    },
  };

  const model: Hx711Model = {
    clock,
    data,
    noise: 0,
    violations: 0,
    get ratio() {
      return truth.a;
    },
    set ratio(value) {
      convert(now());
      truth.a = value;
    },
    get ratioB() {
      return truth.b;
    },
    set ratioB(value) {
      convert(now());
      truth.b = value;
    },
    get fault() {
      return fault;
    },
    set fault(value) {
      convert(now());
      // A part that comes back has had no supply.
      if (fault === "absent" && value !== "absent") powerUp(now());
      fault = value;
    },
    powerCycle: () => powerUp(now()),
  };
  powerUp(now());
  return model;
}
