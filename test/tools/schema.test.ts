/**
 * The schema of node.json is held to what the firmware itself checks: hw/config-check.ts, and the drivers
 * and steps.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkConfig } from "../../hw/config-check.ts";
import type { SensorConfig } from "../../hw/config.ts";
import type { BusPins } from "../../hw/board.ts";
import { drivers } from "../../hw/drivers.ts";
import { filters } from "../../hw/readings/filters.ts";
import { createRefinement } from "../../hw/readings/refinement.ts";
import { checkNode } from "../../tools/configuration/node-file.ts";
import { mistakesIn } from "../../tools/configuration/mistakes.ts";
import { nodeSchema } from "../../tools/schema/node.ts";
import { SENSORS } from "../../tools/schema/sensors.ts";
import type { Schema } from "../../tools/schema/words.ts";
import { FIELDS, show, told, withField } from "../hw/config-fields.ts";
import type { Fields } from "../hw/config-fields.ts";
import { filesBelow } from "../support/files.ts";
import { MISTAKES } from "../support/mistakes.ts";

const node = (config: object): object => ({ board: "esp32", ...config });
const withSensor = (sensor: object): object =>
  node({ wifi: { ssid: "home" }, broker: { host: "broker" }, sensors: [sensor] });

/** A board whose pins can do anything, so that drivers object to nothing but their options. */
const board = { createI2C: () => ({}) } as never;
class AnyPin {
  read = (): boolean => false;
  write = (): void => undefined;
  mode = (): void => undefined;
  analog = (): number => 0.5;
  toString = (): string => "D4";
}
const GLOBALS = {
  Pin: AnyPin,
  OneWire: Object,
  SPI: Object,
  setWatch: () => 1,
  clearWatch: () => undefined,
};

/** What the firmware has against a sensor; empty when it takes it. */
function objection(sensor: Fields): string {
  const copy = structuredClone(sensor) as SensorConfig;
  try {
    drivers()[copy.type]!().create(board, copy);
    if (copy.chain ?? copy.derive ?? copy.units) createRefinement(structuredClone(sensor) as SensorConfig);
    return "";
  } catch (problem) {
    assert.equal(typeof problem, "string", String(problem));
    return problem as string;
  }
}

/** What a sensor of each type cannot do without. */
const NEEDED: Record<string, unknown> = { pin: "D4", data: "D4", clock: "D5", range: [0, 1000000] };
const least = (type: string, option = ""): Fields => ({
  type,
  ...Object.fromEntries(
    [...SENSORS[type]!.required, ...(SENSORS[type]!.dependencies?.[option] ?? [])].map((name) => [
      name,
      NEEDED[name],
    ]),
  ),
});

/** Values at the edges of what a schema allows, and just beyond. */
function edges({ enum: choices, type, minimum, maximum, pattern, anyOf }: Schema): {
  good: unknown[];
  bad: unknown[];
} {
  if (pattern || anyOf) return { good: [], bad: [] };
  if (choices) return { good: [...choices], bad: [typeof choices[0] === "number" ? 5.5 : "none of them"] };
  if (type === "boolean") return { good: [true, false], bad: [] };
  if (type === "array") return { good: [[0, 1]], bad: [[1], [2, 2], ["0", 1]] };
  const step = type === "integer" ? 1 : 0.001;
  return {
    good: [minimum, maximum],
    bad: [
      minimum! - Math.max(step, Math.abs(minimum!) / 1e6),
      maximum! + Math.max(step, Math.abs(maximum!) / 1e6),
      "1",
    ],
  };
}

describe("the schema of node.json", () => {
  const own = Object.fromEntries(Object.keys(GLOBALS).map((name) => [name, (globalThis as Fields)[name]]));
  before(() => Object.assign(globalThis, GLOBALS));
  after(() => Object.assign(globalThis, own));

  it("is what the package ships", () => {
    const shipped = readFileSync("node.schema.json", "utf8");
    assert.deepEqual(JSON.parse(shipped), JSON.parse(JSON.stringify(nodeSchema())), "run npm run schema");
  });

  it("knows the sensor types of the firmware, and the options of each, no more and no less", () => {
    assert.deepEqual(Object.keys(SENSORS), Object.keys(drivers()));
    for (const [type, { options }] of Object.entries(SENSORS))
      assert.deepEqual(Object.keys(options).sort(), drivers()[type]!().fields.split(" ").sort(), type);
  });

  it("knows the steps of the firmware", () => {
    const { steps: list } = nodeSchema().definitions as Record<string, Schema>;
    const steps = (list!.items as Schema).properties!;
    assert.deepEqual(Object.keys(steps), Object.keys(filters()));
  });

  for (const { path, good, bad } of FIELDS) {
    it(`takes and refuses what the firmware does for ${path}`, () => {
      for (const value of good) {
        // The firmware's tests write bytes, where people write letters.
        if (typeof value === "string" && /[\x80-\xff]/.test(value)) continue;
        // That one needs a pin.
        if (value === "ds18b20") continue;
        const config = node(withField(path, path.startsWith("sensors") ? withPins(value) : value));
        assert.deepEqual(mistakesIn(config), [], show(value));
      }
      for (const value of bad) {
        if (typeof value === "number" && !Number.isFinite(value)) continue;
        // Only the firmware counts it as a name in bytes.
        if (path === "base" && typeof value === "string" && (value.length > 65535 || value === "\xff"))
          continue;
        const lines = mistakesIn(node(withField(path, value)));
        assert.ok(
          lines.some((line) => line.startsWith(told(path)) || line.startsWith("sensors")),
          `${show(value)} gives ${lines.join()}`,
        );
      }
    });
  }

  for (const [what, config] of MISTAKES) {
    it(`finds ${what}, as the firmware does`, () => {
      const { mistakes, warnings } = checkNode(node(config));
      assert.ok(mistakes.length + warnings.length, JSON.stringify(config));
    });
  }

  for (const [type, { options }] of Object.entries(SENSORS)) {
    it(`takes and refuses what the driver does for a sensor of type ${type}`, () => {
      assert.equal(objection(least(type)), "");
      assert.deepEqual(mistakesIn(withSensor(least(type))), []);
      for (const [name, schema] of Object.entries(options)) {
        const { good, bad } = edges(schema);
        for (const value of good) {
          const sensor = { ...least(type, name), [name]: value };
          assert.deepEqual(mistakesIn(withSensor(sensor)), [], `${name} ${show(value)}`);
          // Some choices depend on another one, which the schema leaves to the driver.
          const isPlain = !["gain", "rate", "minimum", "maximum"].includes(name);
          if (isPlain) assert.equal(objection(sensor), "", `${name} ${show(value)}`);
        }
        for (const value of bad) {
          const sensor = { ...least(type, name), [name]: value };
          assert.ok(mistakesIn(withSensor(sensor)).length, `${name} ${show(value)} passes the schema`);
          const isChecked =
            !["quantity", "hz"].includes(name) && !(type === "current-loop" && name === "range");
          if (isChecked) assert.notEqual(objection(sensor), "", `${name} ${show(value)} passes the driver`);
        }
      }
    });
  }

  for (const [type, { options }] of Object.entries(SENSORS)) {
    it(`has the defaults of the driver of type ${type}`, () => {
      const speaking = {
        ...(board as object),
        createI2C: ({ data, clock }: BusPins, hz: number) => ({ data, clock, hz }),
      } as never;
      const made = (sensor: Fields): string =>
        JSON.stringify(drivers()[type]!().create(speaking, structuredClone(sensor) as SensorConfig));
      for (const [name, { default: standard }] of Object.entries(options)) {
        if (standard === undefined) continue;
        assert.equal(made({ ...least(type), [name]: standard }), made(least(type)), name);
      }
    });
  }

  const CHAINS: readonly (readonly [step: object, isGood: boolean])[] = [
    [{ offset: -0.4 }, true],
    [{ offset: "1" }, false],
    [
      {
        linear: [
          [0, 1],
          [2, 3],
        ],
      },
      true,
    ],
    [{ linear: [[0, 1]] }, false],
    [{ polynomial: [1] }, true],
    [{ polynomial: [1, 2, 3, 4, 5, 6, 7, 8, 9] }, false],
    [{ median: 16 }, true],
    [{ median: 17 }, false],
    [{ median: 1.5 }, false],
    [{ average: { window: 4, every: 4, first: 2 } }, true],
    [{ average: { every: 4 } }, false],
    [{ exponential: 0.001 }, true],
    [{ exponential: { alpha: 2 } }, false],
    [{ exponential: {} }, false],
    [{ clamp: { min: 1 } }, true],
    [{ except: 85 }, true],
    [{ except: { decimals: 1 } }, false],
    [{ round: 6 }, true],
    [{ round: 7 }, false],
    [{ round: { multiple: 0.5 } }, true],
    [{ delta: "5%" }, true],
    [{ delta: "five" }, false],
    [{ delta: { by: 0.1, heartbeat: 3600 } }, true],
    [{ delta: { heartbeat: 0 } }, false],
    [{ throttle: 604800 }, true],
    [{ throttle: 0.5 }, false],
    [{ skip: { count: 3 } }, true],
    [{ skip: 0 }, false],
    [{}, false],
    [{ median: 3, offset: 1 }, false],
    [{ medain: 3 }, false],
  ];
  for (const [step, isGood] of CHAINS) {
    it(`${isGood ? "takes" : "refuses"} the step ${JSON.stringify(step)}, as the firmware does`, () => {
      const sensor = { type: "bme280", chain: { temperature: [step] } };
      assert.equal(objection(sensor) === "", isGood);
      assert.equal(mistakesIn(withSensor(sensor)).length === 0, isGood);
    });
  }

  it("takes every example, and the firmware does, too", () => {
    for (const file of filesBelow("examples", ".json")) {
      const config = {
        wifi: { ssid: "home" },
        broker: { host: "broker" },
        ...(JSON.parse(readFileSync(file, "utf8")) as object),
      };
      assert.deepEqual(mistakesIn(node(config)), [], file);
      assert.deepEqual(checkConfig(config, drivers()), [], file);
    }
  });

  it("names the nearest valid word", () => {
    const lines = mistakesIn({
      board: "esp3",
      wfi: {},
      wifi: { ssid: "home", pasword: "x" },
      broker: { host: "h", prot: 1 },
      sensors: [
        { type: "bme28", fitler: 4 },
        { type: "bme280", fitler: 4, units: { pressure: "hpa" } },
      ],
    });
    for (const word of ["esp32", "wifi", "password", "port", "bme280", "filter", "hPa"])
      assert.ok(
        lines.some((line) => line.endsWith(`did you mean ${word}?`)),
        `${word}: ${lines.join("\n")}`,
      );
  });

  it("tells no value, for it may be a secret", () => {
    const secret = "s3cret!";
    const config = {
      board: secret,
      wifi: { ssid: "x", password: secret },
      broker: { host: `${secret}/`, password: secret },
    };
    assert.doesNotMatch(mistakesIn(config).join(), /s3cret/);
  });
});

/** A list of sensors for the tests of their list: those that need a pin get it. */
function withPins(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((sensor: Fields) => (sensor.type === "ds18b20" ? { pin: "D4", ...sensor } : sensor));
}
