/** What a node's sensors make it say. */
import assert from "node:assert/strict";
import type { Bme280Fault } from "../../../sim/devices/bme280.ts";
import type { Bed, Scenario } from "../../support/bed.ts";
import {
  command,
  messages,
  payloads,
  printed,
  results,
  settled,
  taken,
  told,
} from "../../support/node-bed.ts";

/** No two that are told alike stand side by side. */
const FAULTS: ReadonlyArray<readonly [Exclude<Bme280Fault, "none">, string]> = [
  ["absent", "absent"],
  ["blank-calibration", "bad-calibration"],
  ["stuck-measuring", "not-ready"],
  ["zero-calibration", "bad-calibration"],
  ["stuck-copying", "not-ready"],
  ["wrong-id", "wrong-id"],
  ["no-data", "no-data"],
  ["all-ones", "out-of-range"],
];

/** The faults in `error`, in order. */
function faults(bed: Bed): unknown[] {
  return payloads(bed, "error").map((payload) => {
    const { sensor, fault, ts, ...rest } = JSON.parse(payload) as Record<string, unknown>;
    assert.deepEqual([sensor, typeof ts, rest], ["bme280", "number", {}]);
    return fault;
  });
}

/** Has a sample taken that ends with this message; `read` is answered before. */
async function sample(bed: Bed, topic: string): Promise<void> {
  const [{ length: before }, { length: answers }] = [messages(bed, topic), results(bed)];
  bed.server.last.send(command("read"));
  await told(bed, topic, before + 1);
  await told(bed, "cmd/result", answers + 1);
}

export const SENSORS: Scenario[] = [
  {
    claim: "a sensor that fails at power-on is told once with its fault, gives no number, and heals",
    settings: { values: true },
    async run(bed) {
      await settled(bed);
      for (const [index, [switched, fault]] of FAULTS.entries()) {
        await bed.sense({ fault: switched });
        const from = bed.console.length;
        await bed.restart();
        await printed(bed, `bme280: ${fault}`, from);
        await settled(bed, index + 2);
        await told(bed, "error", 2 * index + 1);
        assert.equal(messages(bed, "state").length, index + 1);
        assert.equal(messages(bed, "bme280/temperature").length, index + 1);
        await bed.sense({ fault: "none" });
        await sample(bed, "state");
        assert.ok(bed.console.slice(from).includes("bme280: healed"));
        await taken(bed);
      }
      assert.deepEqual(
        faults(bed),
        FAULTS.flatMap(([, fault]) => [fault, null]),
      );
      assert.ok(messages(bed, "error").every(({ qos, retain }) => qos === 1 && !retain));
    },
  },
  {
    claim: "a sensor's fault in service is told once each time it changes, gives no number, and heals",
    async run(bed) {
      await settled(bed);
      for (const [switched] of FAULTS) {
        await bed.sense({ fault: switched });
        await sample(bed, "error");
      }
      assert.equal(messages(bed, "state").length, 1);
      await bed.sense({ fault: "none" });
      await sample(bed, "state");
      await printed(bed, "bme280: healed");
      assert.deepEqual(faults(bed), [...FAULTS.map(([, fault]) => fault), null]);
    },
  },
  {
    claim: "a sensor that comes and goes is told of each change, and costs nothing else",
    async run(bed) {
      await settled(bed);
      for (let round = 0; round < 10; round++) {
        await bed.sense({ fault: "absent" });
        await sample(bed, "error");
        await bed.sense({ fault: "none" });
        await sample(bed, "state");
      }
      assert.deepEqual(
        faults(bed),
        Array.from({ length: 20 }, (_, index) => (index % 2 ? null : "absent")),
      );
      assert.equal(bed.server.connections.length, 1);
    },
  },
  {
    claim: "what is beyond the part's range is out-of-range, and a reading again within",
    async run(bed) {
      await settled(bed);
      for (const [temperature, topic] of [
        [84, "state"],
        [90, "error"],
        [-39, "state"],
      ] as const) {
        await bed.sense({ temperature });
        await sample(bed, topic);
      }
      assert.deepEqual(faults(bed), ["out-of-range", null]);
      const temperatures = payloads(bed, "state").map(
        (payload) => (JSON.parse(payload) as { temperature: number }).temperature,
      );
      assert.deepEqual(temperatures, [20, 84, -39]);
    },
  },
  {
    claim: "of two sensors one fails: the other's readings go on in the same object",
    settings: {
      values: true,
      sensors: [
        { type: "bme280", name: "in" },
        { type: "bme280", name: "out", address: 119 },
      ],
    },
    async run(bed) {
      await settled(bed);
      await told(bed, "error", 1);
      await sample(bed, "state");
      await sample(bed, "state");
      const failed = payloads(bed, "error").map(
        (payload) => (JSON.parse(payload) as { sensor: string }).sensor,
      );
      assert.deepEqual(failed, ["out"]);
      assert.deepEqual(Object.keys(JSON.parse(payloads(bed, "state").at(-1)!) as object), ["in", "ts"]);
      assert.equal(messages(bed, "out/temperature").length, 0);
    },
  },
];
