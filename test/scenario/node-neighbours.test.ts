/** Several sensors on one node: on one bus, on one wire, faster than their parts, beside one that hangs. */
import assert from "node:assert/strict";
import type { BoardKind } from "../../sim/world.ts";
import { attachPart } from "../../tools/parts.ts";
import type { Part, SensorSettings } from "../../tools/parts.ts";
import { BOARD_KINDS, withNodes } from "../support/node-world.ts";
import type { NodeBench, NodeOptions } from "../support/node-world.ts";
import { placeOf } from "../support/part-bench.ts";

interface Neighbours {
  node: NodeBench;
  parts: Part[];
  /** What each sensor said, by its name, with the seconds at which that was measured. */
  readings(name: string): Record<string, number>[];
  /** Faults by the sensors' names, in order. */
  faults(): string[];
}

type Start = (kind: BoardKind, options?: NodeOptions) => NodeBench;

/** Each part is exposed to air of its own: 20, 21, 22 … °C. */
function startWith(start: Start, kind: BoardKind, sensors: SensorSettings[], period: number): Neighbours {
  const node = start(kind, { on: false, config: { period, sensors } });
  node.board.i2c.detach(0x76);
  const parts = sensors.map((sensor) => attachPart(sensor, placeOf(node))!);
  parts.forEach((part, index) =>
    part.expose({ temperature: 20 + index, pressure: 100_000 + 100 * index, humidity: 40 + index }),
  );
  node.board.powerOn();
  return {
    node,
    parts,
    readings: (name) =>
      node.payloads("state").flatMap((payload) => {
        const { ts, ...state } = JSON.parse(payload) as { ts: number } & Record<string, object>;
        return state[name] ? [{ ts, ...state[name] }] : [];
      }),
    faults: () =>
      node.payloads("error").map((payload) => {
        const { sensor, fault } = JSON.parse(payload) as { sensor: string; fault: string | null };
        return `${sensor} ${fault}`;
      }),
  };
}

/** Each sensor has told its own air, without a fault, and no two readings are more than so many seconds apart. */
function assertEachItsOwn({ readings, faults }: Neighbours, sensors: SensorSettings[], within: number): void {
  sensors.forEach(({ name, type }, index) => {
    const own = readings((name as string | undefined) ?? type);
    assert.ok(own.length > 3, `${own.length} readings of ${String(name)}`);
    own.forEach(({ temperature, ts }, nth) => {
      assert.ok(Math.abs(temperature! - 20 - index) <= 0.26, `${String(name)}: ${temperature}`);
      if (nth)
        assert.ok(ts! - own[nth - 1]!.ts! <= within, `${String(name)}: ${own.map((one) => one.ts).join()}`);
    });
  });
  assert.deepEqual(faults(), []);
}

const CONSTELLATIONS: [what: string, sensors: SensorSettings[], period: number, within: number][] = [
  [
    "two parts of one kind at both addresses of a bus",
    [
      { type: "bme280", name: "low", address: 0x76 },
      { type: "bme280", name: "high", address: 0x77 },
    ],
    5,
    6,
  ],
  [
    "parts of different kinds on one bus",
    [
      { type: "bmp388", name: "low" },
      { type: "bmp180", name: "high" },
    ],
    5,
    6,
  ],
  [
    "two DHT22 with a period shorter than their samples",
    [
      { type: "dht22", name: "in", pin: "D4" },
      { type: "dht22", name: "out", pin: "D5" },
    ],
    1,
    8,
  ],
  [
    "a DHT22 and a DHT11",
    [
      { type: "dht22", name: "in", pin: "D4" },
      { type: "dht22", name: "out", pin: "D5", part: "dht11" },
    ],
    10,
    // The first sample of a part takes two seconds less.
    12,
  ],
  [
    "three DS18B20 on one wire with a period shorter than their conversions together",
    [
      { type: "ds18b20", name: "a", pin: "D4", rom: "2800000000000140" },
      { type: "ds18b20", name: "b", pin: "D4", rom: "28000000000002a2" },
      { type: "ds18b20", name: "c", pin: "D4", rom: "10000000000001a5" },
    ],
    1,
    4,
  ],
  [
    "two DS18B20 on wires of their own, each without a name",
    [
      { type: "ds18b20", name: "a", pin: "D4" },
      { type: "ds18b20", name: "b", pin: "D5" },
    ],
    2,
    3,
  ],
  [
    "two HX711",
    [
      { type: "hx711", name: "a", clock: "D4", data: "D5", range: [0, 40000] },
      { type: "hx711", name: "b", clock: "D12", data: "D13", range: [0, 40000] },
    ],
    1,
    3,
  ],
];

for (const kind of BOARD_KINDS) {
  withNodes(`neighbours on a simulated ${kind}`, (start) => {
    for (const [what, sensors, period, within] of CONSTELLATIONS) {
      it(`${what} each tell their own`, async () => {
        const neighbours = startWith(start, kind, sensors, period);
        await neighbours.node.world.runFor(60_000);
        if (sensors[0]!.type !== "hx711") return assertEachItsOwn(neighbours, sensors, within);
        sensors.forEach(({ name }, index) =>
          neighbours.readings(name as string).forEach(({ pressure }) => {
            assert.ok(Math.abs(pressure! - (40000 * (1 + index)) / 5) < 20, String(pressure));
          }),
        );
        assert.deepEqual(neighbours.faults(), []);
      });
    }

    it("that are all asked at once by a command tell nothing but the truth", async () => {
      const sensors = CONSTELLATIONS[4]![1];
      const neighbours = startWith(start, kind, sensors, 30);
      const { node, parts } = neighbours;
      await node.untilOnline();
      await node.world.runFor(10_000);
      for (let ms = 0; ms < 1000; ms += 210) {
        parts.forEach((part, index) =>
          part.expose({ temperature: 30 + index + ms / 1000, pressure: 0, humidity: 0 }),
        );
        await node.world.runFor(ms);
        const before = node.payloads("state").length;
        node.command("/read");
        await node.world.runFor(7_000);
        assert.ok(node.payloads("state").length >= before + 3);
        sensors.forEach(({ name }, index) => {
          const { temperature } = neighbours.readings(name as string).at(-1)!;
          assert.ok(Math.abs(temperature! - 30 - index - ms / 1000) <= 0.04, `${ms} ms: ${temperature}`);
        });
      }
      assert.deepEqual(neighbours.faults(), []);
    });

    it("of a DS18B20 whose conversions hang keep their period and tell the truth, and it tells no number", async () => {
      const sensors = CONSTELLATIONS[4]![1];
      const neighbours = startWith(start, kind, sensors, 5);
      const { node, parts } = neighbours;
      await node.untilOnline();
      await node.world.runFor(10_000);
      (parts[0]!.model as { fault: string }).fault = "stuck-converting";
      parts.forEach((part) => part.expose({ temperature: 35, pressure: 0, humidity: 0 }));
      const told = neighbours.readings("a").length;
      await node.world.runFor(60_000);
      assert.ok(neighbours.readings("a").length <= told + 1);
      assert.ok(
        neighbours.readings("a").every(({ temperature }) => temperature === 20 || temperature === 35),
      );
      for (const name of ["b", "c"]) {
        const own = neighbours.readings(name);
        assert.ok(own.length >= 13, `${own.length} readings in 70 s at 5 s`);
        assert.equal(own.at(-1)!.temperature, 35);
        own.slice(1).forEach(({ ts }, nth) => assert.ok(ts! - own[nth]!.ts! <= 7));
      }
      assert.deepEqual(neighbours.faults(), ["a not-ready"]);
    });
  });
}
