/** The firmware with its configuration at its top, edited by hand and sent as one file. */
import assert from "node:assert/strict";
import type { BoardKind } from "../../../sim/world.ts";
import type { Bed, BedOptions, Scenario } from "../../support/bed.ts";
import { bundle } from "../../support/bundles.ts";
import { BASE, configOf, payloads, settled } from "../../support/node-bed.ts";
import { publishes } from "../../support/server.ts";

export interface EditedScenario extends Scenario {
  /** What a person writes in the place of which text. */
  edits?: Record<string, string>;
  /** config.json, if there is one. */
  file?: Record<string, unknown>;
}

/** What has to be filled in. */
const FILLED = { 'ssid: ""': 'ssid: "home"', 'password: ""': 'password: "secret-wifi"' };

/** The firmware with these texts in the place of others; each must be there. */
export function edited(kind: BoardKind, edits: Record<string, string>): string {
  let text = bundle(`web-ide-${kind.toLowerCase()}.js`);
  for (const [from, to] of Object.entries(edits)) {
    assert.equal(text.split(from).length, 2, `"${from}" stands there once`);
    text = text.replace(from, () => to);
  }
  return text;
}

export function editedOptions(kind: BoardKind, { edits = {}, file }: EditedScenario): BedOptions {
  return {
    kind,
    files: (broker) => ({
      ".bootcde": edited(kind, {
        'host: ""': `host: "${broker.host}"`,
        "port: 1883": `port: ${broker.port}`,
        ...edits,
      }),
      ...(file && { "config.json": configOf(file, broker) }),
    }),
  };
}

const printed = (bed: Bed, line: string): Promise<void> => bed.until(() => bed.console.includes(line));

export const BLOCK: EditedScenario[] = [
  {
    claim: "reads and publishes with what was filled in, and with the default where a line was taken out",
    edits: { ...FILLED, "  period: 60,": "" },
    async run(bed) {
      await settled(bed);
      assert.deepEqual(
        payloads(bed, "state").map((state) => Object.keys(JSON.parse(state) as object).slice(0, 3)),
        [["temperature", "pressure", "humidity"]],
      );
      assert.deepEqual(payloads(bed, "status"), ["online"]);
      await bed.type('tell = typeof configuration; print("block: " + tell)');
      await printed(bed, "block: undefined");
    },
  },
  {
    claim: "is found by Home Assistant once the slashes before `discovery` are taken away",
    edits: { ...FILLED, "// discovery: true": "discovery: true" },
    async run(bed) {
      const announced = (): number =>
        publishes(bed.server).filter(({ topic }) => topic.endsWith("/config")).length;
      await bed.until(() => announced() === 7 && payloads(bed, "state").length === 2);
    },
  },
  {
    claim: "says what was not filled in, and where to correct it",
    edits: { 'password: "" }': 'password: "short" }' },
    async run(bed) {
      await printed(bed, "Not started. Correct the block at the top of the program, then send it again.");
      assert.deepEqual(
        bed.console.filter((line) => line.startsWith("configuration: ")),
        [
          "configuration: wifi.ssid: must be a string of 1 to 32 bytes",
          "configuration: wifi.password: must be a string of 8 to 63 bytes",
        ],
      );
    },
  },
  {
    claim: "goes by config.json where there is one, field by field, and says so",
    edits: { "sensors: [": 'base: "block", values: true, sensors: [' },
    file: { base: "file", sensors: [{ type: "bme280", name: "inside" }] },
    async run(bed) {
      await printed(bed, "What config.json in Storage says counts before the block.");
      await bed.until(() =>
        bed.server.published().some((line) => line.startsWith("file/inside/temperature ")),
      );
      // The last that follows from a connect.
      await bed.until(() => bed.server.published().some((line) => line.startsWith("file/diag ")));
      assert.ok(bed.server.published().includes("file/status online"));
      assert.ok(!bed.server.published().some((line) => line.startsWith("block/") || line.startsWith(BASE)));
    },
  },
];
