/** A node that Home Assistant shall find: what it announces, when, and how it tells of a sensor that fails. */
import assert from "node:assert/strict";
import type { Bed, Scenario } from "../../support/bed.ts";
import { createHomeAssistant } from "../../support/home-assistant.ts";
import { command, payloads, results, told } from "../../support/node-bed.ts";
import { message, publishes } from "../../support/server.ts";

const announced = (bed: Bed): string[] =>
  publishes(bed.server)
    .filter(({ topic }) => topic.endsWith("/config"))
    .map(({ topic, payload }) => `${topic} ${payload.toString()}`);

/** What Home Assistant shows of all that was published. */
function shown(bed: Bed): Record<string, string> {
  const home = createHomeAssistant(() => 0);
  for (const told of publishes(bed.server)) home.take(told);
  assert.deepEqual(home.mistakes, []);
  return home.states();
}

/** Waits until everything was announced so many times, and a reading came after it. */
async function settled(bed: Bed, times = 1): Promise<void> {
  await bed.until(() => announced(bed).length === 7 * times);
  await told(bed, "state", 1 + times);
}

const SENSORS = ["temperature", "pressure", "humidity"].map((quantity) => `sensor._hall__${quantity}`);

export const DISCOVERY: Scenario[] = [
  {
    claim: "a node is found by Home Assistant, under its name, with all its values; again when that starts",
    settings: { discovery: { name: '"Hall"' } },
    async run(bed) {
      await settled(bed);
      const states = shown(bed);
      assert.deepEqual(
        SENSORS.map((id) => states[id]),
        ["20", "101324", "50"],
      );
      assert.equal(Object.keys(states).length, 7);
      const [temperature = ""] = announced(bed);
      assert.ok(temperature.includes('"name":"\\"Hall\\""'), temperature);
      bed.server.last.send(message("homeassistant/status", "online"));
      await settled(bed, 2);
      assert.deepEqual(announced(bed).slice(7), announced(bed).slice(0, 7));
    },
  },
  {
    claim: "a sensor that is absent is announced as such, and with its values when it is there",
    settings: { discovery: { name: "(hall)" } },
    async run(bed) {
      await bed.sense({ fault: "absent" });
      await bed.until(() => announced(bed).length >= 4 && payloads(bed, "bme280/status").includes("offline"));
      await bed.sense({ fault: "none" });
      bed.server.last.send(command("read"));
      await bed.until(() => payloads(bed, "bme280/status").at(-1) === "online");
      await bed.until(() => announced(bed).at(-1)!.includes("/restart/") && announced(bed).length > 7);
      await told(bed, "state", 2);
      assert.equal(shown(bed)[SENSORS[0]!], "20");
      assert.deepEqual(results(bed), [{ command: "read", ok: true }]);
    },
  },
  {
    claim:
      "a sensor in units, with a chain and what follows from it, is announced so, and what it told last stays",
    settings: {
      discovery: { name: "(hall)" },
      sensors: [
        {
          type: "bme280",
          units: { temperature: "F", pressure: "inHg" },
          derive: { dew_point: true },
          chain: { temperature: [{ delta: 5 }] },
        },
      ],
    },
    async run(bed) {
      await bed.until(() => announced(bed).length === 8);
      await told(bed, "bme280/state", 2);
      const states = shown(bed);
      assert.equal(states["sensor._hall__temperature"], "68");
      assert.equal(states["sensor._hall__pressure"], "29.921");
      assert.equal(states["sensor._hall__dew_point"], "9.26");
      assert.equal(Object.keys(states).length, 8);
      assert.equal(
        (JSON.parse(payloads(bed, "state")[1]!) as { temperature?: number }).temperature,
        undefined,
      );
    },
  },
];
