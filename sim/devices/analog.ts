/**
 * Analog parts as the voltage they put on a pin: a thermistor's divider, a ratiometric transducer, a current loop. Their
 * formulas are turned round from those of the drivers; what is wrong with them is a switch.
 *
 * Not modelled: response times, self-heating, what the ADC's input resistance draws.
 */
import type { PinDevice } from "../pins.ts";

/** What is wrong; "open" is a broken wire to the part, "short" one across it. */
export type AnalogFault = "none" | "open" | "short" | "saturated";

export interface AnalogModel extends PinDevice {
  /** What the part is exposed to, in the unit of its kind. */
  truth: number;
  /** Default "none". */
  fault: AnalogFault;
  /** V of noise, evenly spread to both sides of the voltage at the pin. Default 0. */
  noise: number;
  /** Unit of the truth per hour that it moves by itself, from when it is set on. Default 0. */
  drift: number;
}

export interface AnalogModelOptions {
  /** Milliseconds, never going back. */
  now: () => number;
  /** The next number in [0, 1), for noise. Default none: 0.5. */
  random?: () => number;
}

interface Kind {
  truth: number;
  /** Volts at the pin. */
  volts(truth: number): number;
  faults: Record<Exclude<AnalogFault, "none">, number>;
}

const HOUR = 3_600_000;

function createModel({ now, random = () => 0.5 }: AnalogModelOptions, kind: Kind): AnalogModel {
  let { truth } = kind;
  let drift = 0;
  let since = now();
  const current = (): number => truth + (drift * (now() - since)) / HOUR;
  function rebase(): void {
    truth = current();
    since = now();
  }
  return {
    fault: "none",
    noise: 0,
    get truth() {
      return current();
    },
    set truth(value) {
      truth = value;
      since = now();
    },
    get drift() {
      return drift;
    },
    set drift(value) {
      rebase();
      drift = value;
    },
    volts() {
      const volts = this.fault === "none" ? kind.volts(current()) : kind.faults[this.fault];
      return Math.max(0, volts + this.noise * (2 * random() - 1));
    },
  };
}

export interface NtcModelOptions extends AnalogModelOptions {
  /** Default 3950. */
  beta?: number;
  /** Ω at 25 °C, default 10000. */
  resistance?: number;
  /** Ω of the fixed resistor, default 10000. */
  series?: number;
  /** V, default 3.3. */
  supply?: number;
  /** Default true: fixed resistor to the supply. */
  pullUp?: boolean;
}

/** A thermistor by β in its divider. Truth: °C, 25 at first. */
export function createNtcModel(options: NtcModelOptions): AnalogModel {
  const { beta = 3950, resistance = 10000, series = 10000, supply = 3.3, pullUp = true } = options;
  const [whenOpen, whenShort] = pullUp ? [supply, 0] : [0, supply];
  return createModel(options, {
    truth: 25,
    volts(celsius) {
      const ohms = resistance * Math.exp(beta * (1 / (celsius + 273.15) - 1 / 298.15));
      return (supply * (pullUp ? ohms : series)) / (ohms + series);
    },
    faults: { open: whenOpen, short: whenShort, saturated: 5 },
  });
}

export interface TransducerModelOptions extends AnalogModelOptions {
  /** Pa at 0.5 V and at 4.5 V. */
  range: readonly [number, number];
  /** Default 2/3. */
  divider?: number;
  /** V, default 5. */
  supply?: number;
}

/** A transducer behind its divider, which clips at 0.2 V and at its supply. Truth: Pa, the middle of the range at first. */
export function createTransducerModel(options: TransducerModelOptions): AnalogModel {
  const { divider = 2 / 3, supply = 5, range } = options;
  const [low, high] = range;
  return createModel(options, {
    truth: (low + high) / 2,
    volts(pascal) {
      const output = (0.1 + (0.8 * (pascal - low)) / (high - low)) * supply;
      return Math.min(Math.max(output, 0.2), supply) * divider;
    },
    faults: { open: 0, short: supply * divider, saturated: 3.3 },
  });
}

export interface CurrentLoopModelOptions extends AnalogModelOptions {
  /** Ω, default 150. */
  shunt?: number;
}

/** A transmitter with its shunt. Truth: mA, 12 at first; it gives what it is told, failure levels included. */
export function createCurrentLoopModel(options: CurrentLoopModelOptions): AnalogModel {
  const { shunt = 150 } = options;
  return createModel(options, {
    truth: 12,
    volts: (milliamperes) => (milliamperes * shunt) / 1000,
    // A shorted loop carries what its supply's limit is: 30 mA.
    faults: { open: 0, short: 0.03 * shunt, saturated: 3.3 },
  });
}
