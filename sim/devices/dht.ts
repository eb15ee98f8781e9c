/**
 * Waveform model of Aosong DHT22 (AM2302) and DHT11, written from their product manuals. Where they give a range, the model
 * takes what is hardest on a driver: it wants the longest start, answers nothing within two seconds, and gives what it
 * measured the time before.
 *
 * Not modelled: response times of the sensing elements, hysteresis, accuracy.
 */
import type { Level, PinDevice } from "../pins.ts";

/** What is wrong; a line that is held is the wire's `stuck`. */
export type DhtFault =
  | "none"
  /** No answer. */
  | "absent"
  /** One bit of each answer comes out turned round, another each time. */
  | "bit-flip"
  | "all-zeros"
  | "all-ones"
  /** The answer breaks off after half its bits. */
  | "truncated"
  /** A spike of 5 µs in the middle of the answer. */
  | "glitch";

export interface DhtModelOptions {
  /** Milliseconds, never going back. */
  now: () => number;
  /** Default "dht22". */
  part?: "dht22" | "dht11";
  /** How much longer its pulses are than they should be, 0.9…1.1. Default 1. */
  stretch?: number;
  /** Negative temperatures as two's complement, as copies have them. Default false. */
  clone?: boolean;
}

export interface DhtModel extends PinDevice {
  /** °C. Default 20. */
  temperature: number;
  /** %RH. Default 50. */
  humidity: number;
  /** Default "none". */
  fault: DhtFault;
  /** Answers so far. */
  readonly answers: number;
  /** Takes the supply away and gives it back: no answer for a second, then what it measured at its start. */
  powerCycle(): void;
}

// Milliseconds.
const START_UP = 1000; // AM2302 and DHT11: to pass an unstable state
const BETWEEN = 2000;
const WAIT = 0.04; // AM2302 Tgo: 20…200 µs, typically 30
const RESPONSE = 0.08;
const LOW = 0.05;
const HIGH = [0.026, 0.07];
const SPIKE = 0.005;

export function createDhtModel(options: DhtModelOptions): DhtModel {
  const { now, part = "dht22", stretch = 1, clone = false } = options;
  const shortestStart = part === "dht22" ? 1 : 18;
  let changesAt: (at: number) => void = () => undefined;
  let measured: number[] = [];
  let readyAt = -Infinity;
  let startedAt: number | undefined;
  /** Times at which the line changes, beginning with its fall. */
  let edges: number[] = [];
  let flips = 0;
  let answers = 0;

  /** Sign and magnitude, tenths. */
  function temperatureWord(tenths: number): number {
    if (clone) return tenths & 0xffff;
    return tenths < 0 ? 0x8000 | -tenths : tenths;
  }

  function measure(): void {
    const [t, h] = [Math.round(model.temperature * 10), Math.round(model.humidity * 10)];
    const word = temperatureWord(t);
    const size = Math.abs(t);
    measured =
      part === "dht22"
        ? [h >> 8, h & 255, word >> 8, word & 255]
        : [Math.floor(h / 10), 0, Math.floor(size / 10), (size % 10) | (t < 0 ? 128 : 0)];
  }

  function frame(): number[] {
    const bytes = [...measured, measured.reduce((sum, byte) => sum + byte, 0) & 255];
    if (model.fault === "all-zeros") bytes.fill(0);
    if (model.fault === "all-ones") bytes.splice(0, 5, 255, 255, 255, 255, 252);
    if (model.fault === "bit-flip") {
      bytes[(flips >> 3) % 5]! ^= 1 << (flips & 7);
      flips += 7;
    }
    return bytes;
  }

  function answer(at: number): void {
    const bits = frame().flatMap((byte) =>
      Array.from({ length: 8 }, (_, place) => (byte >> (7 - place)) & 1),
    );
    if (model.fault === "truncated") bits.length = 20;
    let time = at + WAIT;
    const lengths = [RESPONSE, RESPONSE, ...bits.flatMap((bit) => [LOW, HIGH[bit]!]), LOW];
    edges = [time, ...lengths.map((length) => (time += length * stretch))];
    if (model.fault === "glitch") {
      // In the high time of the tenth bit.
      const from = edges[2 + 2 * 10 - 1]! + 0.01;
      edges.splice(2 + 2 * 10, 0, from, from + SPIKE);
    }
    edges.forEach((edge) => changesAt(edge));
    answers++;
    measure();
  }

  const model: DhtModel = {
    temperature: 20,
    humidity: 50,
    fault: "none",
    get answers() {
      return answers;
    },
    powerCycle() {
      readyAt = now() + START_UP;
      edges = [];
      measure();
    },
    attached: (look) => void (changesAt = look),
    driven(level, at) {
      if (level === 0) {
        startedAt = at;
        return;
      }
      const lowFor = startedAt === undefined ? 0 : at - startedAt;
      startedAt = undefined;
      if (lowFor < shortestStart - 1e-6) return;
      const isReady = at >= readyAt;
      readyAt = at + BETWEEN;
      if (isReady && model.fault !== "absent") answer(at);
    },
    drives(at): Level | undefined {
      const passed = edges.filter((edge) => edge <= at + 1e-9).length;
      return passed % 2 ? 0 : undefined;
    },
  };
  measure();
  return model;
}
