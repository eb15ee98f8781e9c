/** Every part of examples/ through the whole node: its readings are near the truth, its faults are told and are no numbers. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { readConfiguration } from "../../tools/configuration.ts";
import type { Sensor } from "../../tools/configuration.ts";
import { attachPart, PART_TYPES } from "../../tools/parts.ts";
import type { Part } from "../../tools/parts.ts";
import { BOARD_KINDS, withNodes } from "../support/node-world.ts";
import type { NodeBench, NodeOptions } from "../support/node-world.ts";
import type { BoardKind } from "../../sim/world.ts";

/** By part: what is wrong with the model, after good readings or from the start, and what the node says of it in order. */
const FAULTS: Record<string, Array<[cause: string, fault: string | string[], from?: "start"]>> = {
  bme280: [
    ["absent", "absent"],
    ["blank-calibration", "bad-calibration", "start"],
    ["stuck-measuring", "not-ready"],
    ["no-data", "no-data"],
    ["all-ones", "out-of-range"],
  ],
  bmp180: [
    ["absent", "absent"],
    ["wrong-id", "wrong-id"],
    ["blank-calibration", "bad-calibration"],
    ["stuck-converting", "not-ready"],
    ["no-data", "no-data"],
    ["data-ones", "out-of-range"],
  ],
  bmp388: [
    ["absent", "absent"],
    ["wrong-id", "wrong-id", "start"],
    ["flipped-bit", "crc", "start"],
    ["stuck-converting", "not-ready"],
    ["no-data", "no-data"],
    ["data-ones", "out-of-range"],
  ],
  ms5611: [
    ["absent", "absent"],
    ["blank-prom", "bad-calibration"],
    ["flipped-bit", "crc", "start"],
    ["stuck-converting", "not-ready"],
    ["data-ones", "out-of-range"],
  ],
  dps310: [
    ["absent", "absent"],
    ["blank-calibration", "bad-calibration", "start"],
    ["stuck-converting", "not-ready"],
    ["no-data", "no-data"],
    ["data-ones", "out-of-range"],
  ],
  ds18b20: [
    ["absent", "absent"],
    ["all-zeros", "short"],
    ["bit-flip", "crc"],
  ],
  dht22: [
    ["absent", "absent"],
    ["bit-flip", "crc"],
    ["all-zeros", "no-data"],
    ["truncated", "no-data"],
  ],
  hx711: [
    ["absent", "absent", "start"],
    // It was there; after the reset that follows it is not known to be.
    ["never-ready", ["not-ready", "absent"]],
    ["saturated", "saturated"],
  ],
  ntc: [
    ["open", "open"],
    ["short", "short"],
  ],
  transducer: [
    ["open", "open"],
    ["short", "short"],
  ],
  "current-loop": [
    ["open", "open"],
    ["short", "short"],
  ],
};

/** Seconds; the slowest sample, that of a DHT22 whose answers are lost, takes 12. */
const PERIOD = 20;

const AIR = { temperature: 21.5, pressure: 100500, humidity: 47 };

/** What the first sensor of an example says of that air, and how far it may be off. */
const TRUTH: Record<string, Record<string, [value: number, tolerance: number]>> = {
  bme280: { temperature: [21.5, 0.05], pressure: [1005, 0.1], humidity: [47, 0.2] },
  bmp180: { temperature: [21.5, 0.1], pressure: [100500, 10] },
  bmp388: { temperature: [21.5, 0.05], pressure: [100500, 5] },
  ms5611: { temperature: [21.5, 0.05], pressure: [100500, 5], altitude: [68.8, 0.5] },
  dps310: { temperature: [21.5, 0.05], pressure: [100500, 5] },
  ds18b20: { temperature: [21.5, 0.04] },
  dht22: { temperature: [21.5, 0.001], humidity: [47, 0.001], dew_point: [9.709, 0.01] },
  hx711: { voltage: [0.005, 1e-5], pressure: [20000, 20] },
  ntc: { temperature: [21.5 * 0.987 + 0.4, 0.3] },
  transducer: { pressure: [5, 0.03] },
  "current-loop": { current: [12, 0.05], temperature: [50, 0.5] },
};

/** The sensors of an example, on pins that the board has. */
function sensorsOf(type: string, kind: BoardKind): Sensor[] {
  const board = kind === "ESP32" ? "esp32" : "esp8266";
  const { sensors } = readConfiguration(`examples/${type}.json`, { board, warn: assert.fail });
  return sensors.map((sensor) =>
    kind === "ESP8266" && sensor.pin === "D34" ? { ...sensor, pin: "A0" } : sensor,
  );
}

interface Bench {
  node: NodeBench;
  parts: Part[];
  /** The name of the first sensor. */
  name: string;
  faults(): unknown[];
  /** What it said last, by quantity, and how often it said anything. */
  last(): Record<string, number>;
  count(): number;
}

function startExample(
  start: (kind: BoardKind, options?: NodeOptions) => NodeBench,
  kind: BoardKind,
  type: string,
): Bench {
  const sensors = sensorsOf(type, kind);
  const node = start(kind, { on: false, config: { period: PERIOD, sensors } });
  const place = { board: node.board, now: () => node.world.clock.now(), random: () => node.world.random() };
  const parts = sensors.map((sensor) => attachPart(sensor, place)!);
  for (const part of parts) part.expose(AIR);
  const name = sensors[0]!.name ?? type;
  const states = (): Record<string, number>[] =>
    node.payloads("state").flatMap((payload) => {
      const state = JSON.parse(payload) as Record<string, Record<string, number>>;
      if (sensors.length === 1) return [state as never];
      return state[name] ? [state[name]] : [];
    });
  node.board.powerOn();
  return {
    node,
    parts,
    name,
    faults: () =>
      node.payloads("error").flatMap((payload) => {
        const { sensor, fault } = JSON.parse(payload) as { sensor: string; fault: string | null };
        return sensor === name ? [fault] : [];
      }),
    last: () => states().at(-1)!,
    count: () => states().length,
  };
}

describe("examples/", () => {
  it("has one for each part there is a driver for", () => {
    const examples = readdirSync("examples").map((file) => file.replace(".json", ""));
    assert.deepEqual(examples.sort(), [...PART_TYPES].sort());
    assert.deepEqual(Object.keys(FAULTS).sort(), [...PART_TYPES].sort());
    const table = readFileSync("hw/drivers.ts", "utf8");
    for (const type of PART_TYPES) assert.match(table, new RegExp(`^    "?${type}"?: \\(\\) =>`, "m"));
  });
});

for (const kind of BOARD_KINDS) {
  withNodes(`a part on a simulated ${kind}`, (start) => {
    for (const type of PART_TYPES) {
      it(`${type}: the example's configuration is taken, and its readings are near the truth`, async () => {
        const bench = startExample(start, kind, type);
        await bench.node.untilPublished("state", bench.parts.length);
        await bench.node.world.runFor(PERIOD * 1000);
        for (const [quantity, [value, tolerance]] of Object.entries(TRUTH[type]!)) {
          const first = JSON.parse(bench.node.payloads("state")[0]!) as Record<string, never>;
          const state = (bench.parts.length > 1 ? first[bench.name] : first) as Record<string, number>;
          assert.ok(Math.abs(state[quantity]! - value) <= tolerance, `${quantity} ${state[quantity]!}`);
        }
        assert.deepEqual(bench.faults(), []);
      });

      for (const [cause, fault, from] of FAULTS[type]!) {
        const faults = typeof fault === "string" ? [fault] : fault;
        const when = from ? "from the start" : "in service";
        it(`${type}: ${cause} ${when} is told once as ${faults.join(", ")}, gives no number, and heals`, async () => {
          const bench = startExample(start, kind, type);
          const { node } = bench;
          const model = bench.parts[0]!.model as { fault: string };
          if (!from) {
            await node.untilPublished("state", bench.parts.length);
            await node.world.runFor(PERIOD * 500);
          }
          model.fault = cause;
          const before = bench.count();
          await node.world.runFor(PERIOD * 4000);
          assert.deepEqual(bench.faults(), faults);
          assert.equal(bench.count(), before, "no number");
          model.fault = "none";
          await node.world.runFor(PERIOD * 3000);
          assert.deepEqual(bench.faults(), [...faults, null]);
          assert.ok(bench.count() > before);
          for (const value of Object.values(bench.last()))
            assert.ok(Number.isFinite(value), JSON.stringify(bench.last()));
        });
      }
    }

    it("whose chain has it told on a change is silent without one, until its heartbeat", async () => {
      const { node, parts } = startExample(start, kind, "dps310");
      const pressures = (): number[] =>
        node.payloads("state").flatMap((payload) => {
          const { pressure } = JSON.parse(payload) as { pressure?: number };
          return pressure === undefined ? [] : [pressure];
        });
      await node.world.runFor(10 * PERIOD * 1000);
      assert.equal(pressures().length, 1);
      parts[0]!.expose({ ...AIR, pressure: AIR.pressure + 12 });
      await node.world.runFor(10 * PERIOD * 1000);
      assert.equal(pressures().length, 2);
      await node.world.runFor(3_600_000);
      assert.equal(pressures().length, 3);
      assert.ok(Math.abs(pressures()[2]! - pressures()[0]! - 12) <= 2, pressures().join());
    });

    it("that hangs delays none beside it: each is told in its own period", async () => {
      const sensors = [
        { type: "dht22", pin: "D4", name: "hangs" },
        { type: "bmp180", name: "works", period: 5 },
      ];
      const node = start(kind, { on: false, config: { period: 5, sensors } });
      const place = { board: node.board, now: () => node.world.clock.now(), random: Math.random };
      const parts = sensors.map((sensor) => attachPart(sensor, place)!);
      parts[0]!.setBroken(true);
      node.board.powerOn();
      await node.world.runFor(120_000);
      const works = node.payloads("state").filter((payload) => payload.includes('"works"'));
      assert.ok(works.length >= 21, `${works.length} readings in two minutes at 5 s`);
      assert.deepEqual(
        node.payloads("error").map((payload) => (JSON.parse(payload) as { fault: string }).fault),
        ["absent"],
      );
    });
  });
}
