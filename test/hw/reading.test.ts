/** Readings as text, their own source on a simulated board, whose Math rounds as Espruino's does. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type * as Readings from "../../hw/reading.ts";
import { createWorld } from "../../sim/world.ts";
import { check } from "../support/arbitraries.ts";
import { deviceModule } from "../support/module-world.ts";

const world = createWorld();
const board = world.board({ board: "ESP8266", storage: deviceModule("reading", "hw/reading.ts") });
board.powerOn();
const { formatReading } = board.evaluate('require("reading")') as typeof Readings;
after(() => world.close());

/** What stands behind `"quantity":`. */
const formatValue = (quantity: string, value: number): string =>
  formatReading({ [quantity]: value }).slice(quantity.length + 3);

/** Quantity, what its range is, and the step it is told with. */
const QUANTITIES: Array<[quantity: string, from: number, to: number, step: number]> = [
  ["temperature", -273.15, 1000, 0.01],
  ["pressure", 0, 2e6, 1],
  ["humidity", 0, 100, 0.1],
  ["voltage", -100, 100, 0.000001],
  ["current", -10000, 10000, 0.001],
  ["anything", -100, 100, 0.001],
];

describe("a value as text", () => {
  for (const [quantity, value, text] of [
    ["temperature", 21.456, "21.46"],
    ["temperature", 21.454, "21.45"],
    ["temperature", 21.5, "21.5"],
    ["temperature", 20, "20"],
    ["temperature", -12.345678, "-12.35"],
    ["temperature", 1e-9, "0"],
    ["pressure", 101325.4, "101325"],
    ["pressure", 101325.5, "101326"],
    ["humidity", 45.67, "45.7"],
    ["humidity", 99.96, "100"],
    ["voltage", 3.3004904, "3.30049"],
    ["current", 12.3456, "12.346"],
    ["anything", 0.0005, "0.001"],
  ] as const) {
    it(`${value} of ${quantity} is ${text}`, () => assert.equal(formatValue(quantity, value), text));
  }

  it("is rounded to the step of its quantity, and is never further off than half of it", () => {
    check(
      fc.property(
        fc.constantFrom(...QUANTITIES),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ([quantity, from, to, step], place) => {
          const value = from + place * (to - from);
          const text = formatValue(quantity, value);
          const decimals = text.split(".")[1]?.length ?? 0;
          assert.ok(decimals <= Math.round(-Math.log10(step)), `${value} became ${text}`);
          assert.ok(Math.abs(Number(text) - value) <= step / 2 + 1e-9, `${value} became ${text}`);
        },
      ),
      2000,
    );
  });

  it("is never -0", () => {
    for (const [quantity, , , step] of QUANTITIES) {
      for (const value of [-0, 0, -step / 4, -step / 1000, -Number.MIN_VALUE]) {
        assert.equal(formatValue(quantity, value), "0", `${value} of ${quantity}`);
      }
    }
  });
});

describe("a reading as text", () => {
  it("has its quantities in order, without braces", () => {
    assert.equal(
      formatReading({ temperature: 21.456, pressure: 101325.4, humidity: 45.67 }),
      '"temperature":21.46,"pressure":101325,"humidity":45.7',
    );
    assert.equal(formatReading({ voltage: -0 }), '"voltage":0');
  });

  it("is empty when there is nothing in it", () => assert.equal(formatReading({}), ""));

  it("is JSON whatever the values, and has them all", () => {
    check(
      fc.property(
        fc.dictionary(
          fc.constantFrom(...QUANTITIES.map(([quantity]) => quantity)),
          fc.double({ min: -1e7, max: 1e7, noNaN: true }),
        ),
        (reading) => {
          const text = `{${formatReading(reading)}}`;
          const parsed = JSON.parse(text) as Record<string, number>;
          assert.deepEqual(Object.keys(parsed), Object.keys(reading));
          assert.ok(Object.values(parsed).every(Number.isFinite), text);
          assert.ok(!/-0[,}]/.test(text), text);
        },
      ),
      1000,
    );
  });
});
