/** The node of an example, with a model of each part in its place: what it says of its first sensor, and what would be true. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { readConfiguration } from "../../tools/configuration.ts";
import type { Sensor } from "../../tools/configuration.ts";
import { attachPart } from "../../tools/parts.ts";
import type { Part } from "../../tools/parts.ts";
import type { Air } from "../../tools/weather.ts";
import type { BoardKind } from "../../sim/world.ts";
import type { NodeBench, NodeOptions } from "./node-world.ts";

export interface Bench {
  node: NodeBench;
  sensors: Sensor[];
  parts: Part[];
  /** The name of the first sensor, which all of the following is about. */
  name: string;
  model: { fault: string; truth: number; temperature: number; ratio: number; powerCycle(): void };
  /** Its faults that were told, in order. */
  faults(): unknown[];
  /** What it said last of each quantity, and how often it said anything. */
  last(): Record<string, number>;
  count(): number;
}

/** Seconds; the slowest sample, that of a DHT22 whose answers are lost, takes 12. */
export const PERIOD = 20;
/** Periods until the slowest chain, that of the thermistor's example, tells the truth again. */
export const SETTLED = 25;

export const AIR = { temperature: 21.5, pressure: 100500, humidity: 47 };
export const AIR_LATER = { temperature: 22.5, pressure: 99800, humidity: 52 };

export type Truth = Record<string, [value: number, tolerance: number]>;

/** Of a range, what the simulator exposes parts to that do not measure air. */
const share = ({ temperature }: Air): number => (temperature - 19) / 5;
const barometer = ({ temperature, pressure }: Air): Truth => ({
  temperature: [temperature, 0.1],
  pressure: [pressure, 10],
});

/** What the first sensor of an example says of air, and how far it may be off. */
export const TRUTH: Record<string, (air: Air) => Truth> = {
  bme280: ({ temperature, pressure, humidity }) => ({
    temperature: [temperature, 0.05],
    pressure: [pressure / 100, 0.1],
    humidity: [humidity, 0.2],
  }),
  bmp280: barometer,
  bmp180: barometer,
  bmp085: barometer,
  bmp388: barometer,
  bmp390: ({ temperature, pressure }) => ({
    temperature: [temperature, 0.05],
    pressure: [pressure / 100, 0.1],
  }),
  ms5611: barometer,
  ms5607: barometer,
  dps310: barometer,
  spl06: barometer,
  ds18b20: ({ temperature }) => ({ temperature: [temperature, 0.04] }),
  ds18s20: ({ temperature }) => ({ temperature: [temperature, 0.04] }),
  dht22: ({ temperature, humidity }) => ({ temperature: [temperature, 0.001], humidity: [humidity, 0.001] }),
  am2302: ({ temperature, humidity }) => ({
    temperature: [temperature - 0.3, 0.001],
    humidity: [humidity, 0.001],
  }),
  dht11: ({ temperature, humidity }) => ({ temperature: [temperature, 0.001], humidity: [humidity, 1] }),
  hx711: (air) => ({ voltage: [0.01 * share(air), 1e-5], pressure: [40000 * share(air), 20] }),
  hx710b: (air) => ({ voltage: [0.0066 * share(air), 1e-5], pressure: [40000 * share(air), 20] }),
  ntc: ({ temperature }) => ({ temperature: [temperature * 0.987 + 0.4, 0.3] }),
  transducer: (air) => ({ pressure: [10 * share(air), 0.03] }),
  "current-loop": (air) => ({
    current: [4 + 16 * share(air), 0.05],
    temperature: [-50 + 200 * share(air), 0.5],
  }),
};

const sensorsIn = (example: string, kind: BoardKind): Sensor[] => {
  const board = kind === "ESP32" ? "esp32" : "esp8266";
  const warn = (line: string): never => {
    throw new Error(line);
  };
  return readConfiguration(`examples/${example}.json`, { board, warn }).sensors;
};

export const EXAMPLES = readdirSync("examples").map((file) => file.replace(".json", ""));
export const typeOf = (example: string): string => sensorsIn(example, "ESP32")[0]!.type;

/** The sensors of an example, on pins that the board has. */
function sensorsOf(example: string, kind: BoardKind): Sensor[] {
  return sensorsIn(example, kind).map((sensor) =>
    kind === "ESP8266" && sensor.pin === "D34" ? { ...sensor, pin: "A0" } : sensor,
  );
}

export const placeOf = (
  node: NodeBench,
): { board: NodeBench["board"]; now: () => number; random: () => number } => ({
  board: node.board,
  now: () => node.world.clock.now(),
  random: () => node.world.random(),
});

export type Start = (kind: BoardKind, options?: NodeOptions) => NodeBench;

/** The node of an example, off. */
export function benchOf(start: Start, kind: BoardKind, example: string, settings: object = {}): Bench {
  const sensors = sensorsOf(example, kind);
  Object.assign(sensors[0]!, settings);
  const node = start(kind, { on: false, config: { period: PERIOD, values: true, sensors } });
  node.board.i2c.detach(0x76);
  const parts = sensors.map((sensor) => attachPart(sensor, placeOf(node))!);
  for (const part of parts) part.expose(AIR);
  const name = sensors[0]!.name ?? sensors[0]!.type;
  const states = (): Record<string, number>[] =>
    node.payloads("state").flatMap((payload) => {
      const state = JSON.parse(payload) as Record<string, Record<string, number>>;
      if (sensors.length === 1) return [state as never];
      return state[name] ? [state[name]] : [];
    });
  return {
    node,
    sensors,
    parts,
    name,
    model: parts[0]!.model as never,
    faults: () =>
      node.payloads("error").flatMap((payload) => {
        const { sensor, fault, ts, ...rest } = JSON.parse(payload) as Record<string, unknown>;
        assert.equal(typeof ts, "number");
        assert.deepEqual(rest, {});
        return sensor === name ? [fault] : [];
      }),
    last: () => Object.assign({}, ...states()) as Record<string, number>,
    count: () => states().length + node.messages().filter(({ topic }) => topic.includes(`/${name}/`)).length,
  };
}

export function assertNear(said: Record<string, number>, truth: Truth): void {
  for (const [quantity, [value, tolerance]] of Object.entries(truth))
    assert.ok(Math.abs(said[quantity]! - value) <= tolerance, `${quantity} ${said[quantity]} for ${value}`);
}
