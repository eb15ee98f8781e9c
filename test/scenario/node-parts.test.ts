/**
 * Every part of examples/ through the whole node: its readings are near the truth, and each fault it can have is told once,
 * is no number, and heals, whether it is there from the start or comes in service.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { attachPart, PART_TYPES } from "../../tools/parts.ts";
import type { Part } from "../../tools/parts.ts";
import type { Air } from "../../tools/weather.ts";
import { BOARD_KINDS, withNodes } from "../support/node-world.ts";
import {
  AIR,
  AIR_LATER,
  assertNear,
  benchOf,
  EXAMPLES,
  PERIOD,
  placeOf,
  SETTLED,
  TRUTH,
  typeOf,
} from "../support/part-bench.ts";
import type { Bench, Truth } from "../support/part-bench.ts";
import { OTHERS, TROUBLES } from "../support/troubles.ts";
import type { Trouble } from "../support/troubles.ts";

/** Brings the trouble about, when there were readings or before, and sees what the node says until some time after it. */
async function proveTrouble(bench: Bench, trouble: Trouble, truth: (air: Air) => Truth): Promise<void> {
  const { node, parts, model } = bench;
  const isStart = !node.board.powered;
  const faults = (isStart ? trouble.start : trouble.service)!;
  const { cause = () => (model.fault = trouble.what), heal = () => (model.fault = "none") } = trouble;
  // What is told from here on cannot be what was measured before.
  for (const part of parts) part.expose(AIR_LATER);
  cause(bench);
  if (isStart) node.board.powerOn();
  const before = bench.count();
  if (!trouble.passes) {
    await node.world.runFor(PERIOD * 4500);
    assert.deepEqual(bench.faults(), faults);
    assert.equal(bench.count(), before, "no number");
    heal(bench);
    for (const part of parts) part.expose(AIR_LATER);
  }
  await node.world.runFor(PERIOD * 1000 * SETTLED);
  assert.deepEqual(bench.faults(), [...faults, null]);
  assert.ok(bench.count() > before);
  assertNear(bench.last(), truth(AIR_LATER));
}

describe("examples/", () => {
  it("has one for each type there is a driver for, and for each part that README names", () => {
    for (const type of PART_TYPES) assert.ok(EXAMPLES.includes(type), type);
    assert.deepEqual(Object.keys(TRUTH).sort(), EXAMPLES.slice().sort());
    assert.deepEqual(Object.keys(TROUBLES).sort(), PART_TYPES.slice().sort());
    const rows = readFileSync("README.md", "utf8").matchAll(/^\| `([\w-]+)` +\| ([^|]+) \| [^|]+ \| [`–]/gm);
    const named = new Map([...rows].map(([, type, parts]) => [type!, parts!.trim().split(", ")]));
    for (const type of PART_TYPES)
      for (const part of named.get(type)!.filter((words) => /^[A-Z]+\d+[A-Z]*\d*$/.test(words)))
        assert.equal(typeOf(part.toLowerCase()), type, part);
  });

  it("drivers' troubles are all the faults that the heads of their files list", () => {
    for (const type of PART_TYPES) {
      const head = readFileSync(`hw/sensors/${type}.ts`, "utf8").split("*/")[0]!;
      const listed = new Set(
        [...head.matchAll(/`([a-z-]+)`/g)].map(([, fault]) => fault!).filter((word) => FAULTS.has(word)),
      );
      const told = new Set(
        [
          ...TROUBLES[type]!,
          ...EXAMPLES.filter((one) => typeOf(one) === type).flatMap((one) => OTHERS[one] ?? []),
        ].flatMap(({ start = [], service = [] }) => [...start, ...service]),
      );
      for (const fault of ONLY_ELSEWHERE[type] ?? []) told.add(fault);
      assert.deepEqual([...told].sort(), [...listed].sort(), type);
    }
  });
});

const FAULTS = new Set(
  [...readFileSync("hw/sensors/sensor.ts", "utf8").matchAll(/^ {2}\| "([a-z-]+)"/gm)].map(
    ([, fault]) => fault!,
  ),
);

/** Faults that come to nothing here: a sample while one is under way, and what other scenarios are about. */
const ONLY_ELSEWHERE: Record<string, string[]> = {
  ds18b20: ["wrong-id"], // below
  dht22: ["not-ready"],
  ntc: ["not-ready"],
  transducer: ["not-ready"],
  "current-loop": ["not-ready"],
};

for (const kind of BOARD_KINDS) {
  withNodes(`a part on a simulated ${kind}`, (start) => {
    for (const example of EXAMPLES) {
      const type = typeOf(example);
      const truth = TRUTH[example]!;

      it(`${example}: the example's configuration is taken, and its readings are near the truth`, async () => {
        const bench = benchOf(start, kind, example);
        bench.node.board.powerOn();
        await bench.node.untilPublished("state", bench.parts.length);
        assertNear(bench.last(), truth(AIR));
        assert.deepEqual(bench.faults(), []);
      });

      // Parts of one type differ in what they are, not in how a board is told: one kind of board does for the others.
      if (example !== type && kind === "ESP32") continue;
      for (const trouble of [...TROUBLES[type]!, ...(OTHERS[example] ?? [])]) {
        if ((trouble.kind ?? kind) !== kind) continue;
        for (const [when, faults] of [
          ["from the start", trouble.start],
          ["in service", trouble.service],
        ] as const) {
          if (!faults) continue;
          const told = faults.join(", ");
          it(`${example}: ${trouble.what} ${when} is told once as ${told}, gives no number, and heals`, async () => {
            const bench = benchOf(start, kind, example, trouble.settings);
            if (when === "in service") {
              bench.node.board.powerOn();
              await bench.node.untilPublished("state", bench.parts.length);
              assert.ok(bench.count() > 0);
              await bench.node.world.runFor(PERIOD * 500);
            }
            await proveTrouble(bench, trouble, truth);
          });
        }
      }
    }

    it("that is not named where there are two is told as wrong-id, and read once it is alone", async () => {
      const sensors = [{ type: "ds18b20", pin: "D4" }];
      const node = start(kind, { on: false, config: { period: PERIOD, sensors } });
      const [part, other] = ["2800000000000140", "28000000000002a2"].map((rom) =>
        attachPart({ ...sensors[0]!, rom }, placeOf(node))!,
      ) as [Part, Part];
      part.expose(AIR);
      node.board.powerOn();
      await node.world.runFor(PERIOD * 4500);
      assert.deepEqual(node.states(), []);
      other.setBroken(true);
      await node.untilPublished("state");
      assertNear(node.states()[0]! as never, TRUTH["ds18b20"]!(AIR));
      const faults = node
        .payloads("error")
        .map((payload) => (JSON.parse(payload) as { fault: string }).fault);
      assert.deepEqual(faults, ["wrong-id", null]);
    });

    it("whose chain has it told on a change is silent without one, until its heartbeat", async () => {
      const { node, parts } = benchOf(start, kind, "dps310");
      node.board.powerOn();
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
      const parts = sensors.map((sensor) => attachPart(sensor, placeOf(node))!);
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
