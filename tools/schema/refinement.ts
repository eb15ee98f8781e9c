/** What is done to readings before they are told; as hw/readings has it, which a test holds this to. */
import { choice, number, object, whole } from "./words.ts";
import type { Schema } from "./words.ts";

const HUGE = 1e12;
const WEEK = 604800;

/** A number that stands for an object with one member. */
const short = (
  member: Schema,
  properties: Record<string, Schema>,
  required: string[],
  description: string,
): Schema => ({
  anyOf: [member, object(properties, required, description)],
  description,
});

const any: Schema = { type: "number" };
const every = whole(1, 1000, "Tells at each so many samples, counted from the first that is told.", 1);

function window(what: string): Schema {
  const size = whole(1, 16, "Samples in the window.");
  const first = whole(1, 1000, "Tells first at this sample; at most `every`.", 1);
  return short(
    size,
    { window: size, every, first },
    ["window"],
    `The ${what} of the last samples: how many, or an object. A fault takes a place in the window and counts for nothing.`,
  );
}

const alpha = number(0.001, 1, "Share of the way to each new sample.");
const by: Schema = {
  anyOf: [number(0, HUGE, "The least change."), { type: "string", pattern: "^\\d+(\\.\\d+)?%$" }],
  description: 'The least change, or a share of the value such as "5%".',
};
const seconds = number(1, WEEK, "Seconds.");
const decimals = number(0, 6, "Decimals.");
const except = number(-HUGE, HUGE, "The value.");
const count = whole(1, 1000, "Samples.");
const bounds = {
  min: number(-HUGE, HUGE, "The lower bound."),
  max: number(-HUGE, HUGE, "The upper bound, more than the lower one."),
  ignore: {
    type: "boolean",
    default: false,
    description: "Leave out what lies beyond, instead of moving it to the bound.",
  },
};

/** Steps by their words. */
const STEPS: Record<string, Schema> = {
  offset: { ...any, description: "Added to the value, in °C, Pa, %RH, V or mA." },
  linear: {
    type: "array",
    minItems: 2,
    items: { type: "array", items: any, minItems: 2, maxItems: 2 },
    description:
      "Two or more points [measured, true] that a line is laid through: exactly through two, as near as can be to more.",
  },
  polynomial: {
    type: "array",
    items: any,
    minItems: 1,
    maxItems: 8,
    description: "One to eight coefficients, of 1, x, x² …",
  },
  median: window("median"),
  min: window("least"),
  max: window("greatest"),
  average: window("mean"),
  exponential: short(
    alpha,
    { alpha, every },
    ["alpha"],
    "The exponential moving average: its alpha, or an object. A fault leaves it as it is.",
  ),
  clamp: {
    ...object(bounds, [], "Moves what lies beyond bounds to them, or leaves it out; at least one bound."),
    minProperties: 1,
  },
  except: short(
    except,
    { value: except, decimals: number(0, 6, "Decimals that it is compared with.", 1) },
    ["value"],
    "Leaves out what rounds to this value: one that a part gives when it means none.",
  ),
  round: short(
    decimals,
    { decimals, multiple: number(1e-6, 1e6, "Of which the result is a multiple.") },
    [],
    "Rounds to so many decimals, halves away from zero, or to a multiple.",
  ),
  delta: {
    anyOf: [
      by,
      object(
        {
          by,
          floor: number(0, HUGE, "The least change where a share of the value is less, as near 0."),
          heartbeat: number(1, WEEK, "Seconds after which it is told without a change. Default: never."),
        },
        [],
        "When a value is told.",
      ),
    ],
    description:
      "Tells a value only when it changed by so much from what was told last, or became a fault or healed.",
  },
  throttle: short(seconds, { seconds }, ["seconds"], "Passes one value, then none for so many seconds."),
  skip: short(count, { count }, ["count"], "Leaves out the first so many samples."),
};

const step: Schema = {
  type: "object",
  properties: STEPS,
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  description: 'One step, such as {"median": 5}.',
};

/** Another place of the schema: what stands once is checked by one piece of code. */
const at = (name: string): Schema => ({ $ref: `#/definitions/${name}` });

const temperatureUnit = choice(["C", "F"], "Unit that it is told in.", "C");
const pressureUnit = choice(
  ["Pa", "hPa", "kPa", "bar", "psi", "mmHg", "inHg"],
  "Unit that it is told in.",
  "Pa",
);

export const DEFINITIONS: Record<string, Schema> = {
  steps: { type: "array", items: step, description: "Steps, in order." },
  chain: object(
    Object.fromEntries(
      ["temperature", "pressure", "humidity", "voltage", "current"].map((name) => [name, at("steps")]),
    ),
    [],
    "Steps that readings go through, for each quantity.",
  ),
  derive: object(
    {
      sea_level_pressure: number(
        -1000,
        9000,
        "The pressure that there would be at the sea, from the metres above it that the sensor is at.",
      ),
      altitude: number(80000, 120000, "The metres above the sea, from the Pa that there are at it now."),
      dew_point: {
        const: true,
        description: "The temperature at which this air would be saturated, from temperature and humidity.",
      },
    },
    [],
    "Quantities that follow from others.",
  ),
  units: object(
    {
      temperature: temperatureUnit,
      dew_point: temperatureUnit,
      pressure: pressureUnit,
      sea_level_pressure: pressureUnit,
    },
    [],
    "Units that quantities are told in.",
  ),
};

/** Members that all sensors have for it. */
export const REFINEMENT: Record<string, Schema> = {
  chain: at("chain"),
  derive: at("derive"),
  units: at("units"),
};
