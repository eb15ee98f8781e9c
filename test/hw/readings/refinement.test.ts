import assert from "node:assert/strict";
import { altitude, dewPoint, seaLevelPressure } from "../../../hw/readings/derived.ts";
import { formatReading } from "../../../hw/reading.ts";
import { createRefinement } from "../../../hw/readings/refinement.ts";
import type { Refinement } from "../../../hw/readings/refinement.ts";
import { unitOf } from "../../../hw/readings/units.ts";
import type { Reading } from "../../../hw/sensors/sensor.ts";

const make = (config: object) => createRefinement({ type: "bme280", ...config });
/** What is told of a reading, as text. */
function refine(refinement: Refinement, reading: Reading | undefined, now: number): string {
  const refined = refinement._refine(reading, now);
  return refined ? formatReading(refined, refinement._parts) : "";
}
const told = (config: object, reading: Reading): unknown =>
  JSON.parse(`{${refine(make(config), reading, 0)}}`);

const near = (actual: number, expected: number, tolerance: number): void =>
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} for ${expected}`);

describe("derived quantities", () => {
  it("altitude and sea-level pressure are each other's inverse: 100736.516 Pa is 49.1096 m at 101325", () => {
    near(altitude({ pressure: 100736.516 }, 101325), 49.1096, 0.0001);
    near(seaLevelPressure({ pressure: 100736.516 }, 49.1096), 101324.999, 0.002);
  });

  it("dew point of 22 °C and 64 % is 14.874 °C", () => {
    near(dewPoint({ temperature: 22, humidity: 64 }), 14.874, 0.001);
  });

  it("dew point of saturated air is its temperature", () => {
    for (const temperature of [-20, 0, 35]) near(dewPoint({ temperature, humidity: 100 }), temperature, 1e-9);
  });
});

describe("units", () => {
  for (const [name, isTemperature, value, expected, tolerance] of [
    ["C", true, 21.5, 21.5, 0],
    ["F", true, -40, -40, 1e-9],
    ["F", true, 100, 212, 1e-9],
    ["Pa", false, 101325, 101325, 0],
    ["hPa", false, 101325, 1013.25, 1e-9],
    ["kPa", false, 101325, 101.325, 1e-9],
    ["bar", false, 101325, 1.01325, 1e-9],
    ["psi", false, 101325, 14.69595, 0.00001],
    ["mmHg", false, 101325, 760, 0.001],
    ["inHg", false, 101325, 29.9213, 0.0001],
  ] as const) {
    it(`${value} ${isTemperature ? "°C" : "Pa"} are ${expected} ${name}`, () => {
      const unit = unitOf(name, isTemperature)!;
      near(value * unit._factor + unit._offset, expected, tolerance);
    });
  }

  it("of temperature are none of pressure", () => {
    assert.equal(unitOf("hPa", true), undefined);
    assert.equal(unitOf("F", false), undefined);
  });
});

describe("a refinement", () => {
  const air = { temperature: 22, pressure: 100736.516, humidity: 64 };

  it("has steps, then derived quantities, then units, each rounded for what it is told in", () => {
    const config = {
      chain: { temperature: [{ offset: -0.5 }, { offset: 0.5 }] },
      derive: { sea_level_pressure: 49.1096, altitude: 101325, dew_point: true },
      units: { temperature: "F", pressure: "hPa", sea_level_pressure: "inHg" },
    };
    assert.deepEqual(told(config, { ...air }), {
      temperature: 71.6,
      pressure: 1007.37,
      humidity: 64,
      sea_level_pressure: 29.921,
      altitude: 49.1,
      dew_point: 14.87,
    });
  });

  it("leaves out a quantity that its steps have nothing to say of, and what would follow from it", () => {
    const refinement = make({
      chain: { pressure: [{ delta: 100 }] },
      derive: { altitude: 101325, dew_point: true },
    });
    const keys = (): string[] => Object.keys(JSON.parse(`{${refine(refinement, { ...air }, 0)}}`) as object);
    assert.deepEqual(keys(), ["temperature", "pressure", "humidity", "altitude", "dew_point"]);
    assert.deepEqual(keys(), ["temperature", "humidity", "dew_point"]);
  });

  it("says nothing when nothing is left, and nothing at a fault", () => {
    const refinement = make({ chain: { temperature: [{ throttle: 60 }] } });
    assert.equal(refine(refinement, { temperature: 20 }, 0), '"temperature":20');
    assert.equal(refine(refinement, { temperature: 21 }, 59), "");
    assert.equal(refine(refinement, undefined, 60), "");
  });

  it("tells a window of a fault, which takes a place in it and no part in its value", () => {
    const refinement = make({ chain: { temperature: [{ average: 2 }] } });
    assert.equal(refine(refinement, { temperature: 20 }, 0), '"temperature":20');
    assert.equal(refine(refinement, undefined, 1), "");
    assert.equal(refine(refinement, { temperature: 30 }, 2), '"temperature":30');
    assert.equal(refine(refinement, { temperature: 20 }, 3), '"temperature":25');
  });

  it("makes no quantity up that the part does not measure", () => {
    const config = { chain: { humidity: [{ offset: 1 }] }, derive: { dew_point: true } };
    assert.deepEqual(told(config, { temperature: 20, pressure: 101325 }), {
      temperature: 20,
      pressure: 101325,
    });
  });

  it("tells no infinite number: dry air has no dew point", () => {
    assert.deepEqual(told({ derive: { dew_point: true } }, { temperature: 20, humidity: 0 }), {
      temperature: 20,
      humidity: 0,
    });
  });

  for (const [config, says] of [
    [{ chain: 5 }, "chain: must be an object"],
    [{ chain: [] }, "chain: must be an object"],
    [
      { chain: { warmth: [] } },
      "chain.warmth: unknown; known are temperature pressure humidity voltage current",
    ],
    [{ chain: { temperature: { median: 5 } } }, "chain.temperature: must be a list of steps"],
    [{ chain: { temperature: [5] } }, "chain.temperature[0]: must be an object"],
    [
      { chain: { temperature: [{}] } },
      'chain.temperature[0]: must be an object of one member, such as {"median":5}',
    ],
    [
      { chain: { temperature: [{ median: 5, round: 1 }] } },
      'chain.temperature[0]: must be an object of one member, such as {"median":5}',
    ],
    [
      { chain: { temperature: [{ round: 1 }, { mean: 5 }] } },
      "chain.temperature[1].mean: unknown; known are offset linear polynomial median min max average exponential clamp except round delta throttle skip",
    ],
    [{ chain: { temperature: [{ toString: 1 }] } }, /^chain\.temperature\[0\]\.toString: unknown/],
    [
      { chain: { pressure: [{ median: 20 }] } },
      "chain.pressure[0].median.window: must be a number from 1 to 16",
    ],
    [{ chain: { pressure: [{ offset: "1" }] } }, "chain.pressure[0].offset: must be a number"],
    [{ derive: { dew_point: 1 } }, "derive.dew_point: must be true"],
    [{ derive: { altitude: 1013 } }, "derive.altitude: must be a number from 80000 to 120000"],
    [
      { derive: { sea_level_pressure: "120" } },
      "derive.sea_level_pressure: must be a number from -1000 to 9000",
    ],
    [{ derive: { qnh: 1 } }, "derive.qnh: unknown; known are sea_level_pressure altitude dew_point"],
    [{ units: { temperature: "K" } }, "units.temperature: must be one of C, F"],
    [{ units: { pressure: "mbar" } }, "units.pressure: must be one of Pa, hPa, kPa, bar, psi, mmHg, inHg"],
    [
      { units: { humidity: "hPa" } },
      "units.humidity: unknown; known are temperature dew_point pressure sea_level_pressure",
    ],
  ] as const)
    it(`that cannot be is named by field and reason: ${JSON.stringify(config)}`, () => {
      assert.throws(
        () => make(config),
        (thrown: unknown) => (typeof says === "string" ? thrown === says : says.test(String(thrown))),
      );
    });
});
