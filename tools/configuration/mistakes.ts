/** What is wrong with a configuration by the schema: one line each, by path, with what was expected and the nearest valid word. */
import { Ajv } from "ajv";
import type { ErrorObject } from "ajv";
import { closest, distance } from "fastest-levenshtein";
import { SENSORS } from "../schema/sensors.ts";
import { nodeSchema } from "../schema/node.ts";
import type { Schema } from "../schema/words.ts";

const ajv = new Ajv({ allErrors: true, verbose: true, discriminator: true, strictRequired: false });
for (const [keyword, holds] of [
  ["minBytes", (limit: number, bytes: number) => bytes >= limit],
  ["maxBytes", (limit: number, bytes: number) => bytes <= limit],
] as const)
  ajv.addKeyword({
    keyword,
    type: "string",
    schemaType: "number",
    validate: (limit: number, value: string) => holds(limit, new TextEncoder().encode(value).length),
  });
const validate = ajv.compile(nodeSchema());

/** `/sensors/0/name` as the board writes it: `sensors[0].name`. */
function pathOf(pointer: string, member = ""): string {
  const names = pointer
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  return [...names, ...(member ? [member] : [])].reduce((path, name) => {
    if (/^\d+$/.test(name)) return `${path}[${name}]`;
    return path ? `${path}.${name}` : name;
  }, "");
}

/** A word that was probably meant. */
function nearest(word: unknown, words: readonly string[]): string {
  if (typeof word !== "string" || !words.length) return "";
  const found = closest(word.toLowerCase(), words);
  const isNear = distance(word.toLowerCase(), found.toLowerCase()) <= Math.max(2, word.length / 3);
  return isNear ? `; did you mean ${found}?` : "";
}

function expected(schema: Schema): string {
  const { minimum, maximum, minBytes, maxBytes, pattern, description } = schema;
  if (schema.enum) return `one of ${schema.enum.map(String).join(", ")}`;
  if ("const" in schema) return JSON.stringify(schema.const);
  switch (schema.type) {
    case "integer":
      return `a whole number from ${minimum} to ${maximum}`;
    case "number":
      return minimum === undefined ? "a number" : `a number from ${minimum} to ${maximum}`;
    case "string":
      if (pattern && description)
        return description
          .replace(/\.( .*)?$/, "")
          .replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
      return minBytes === undefined ? "a string" : `a string of ${minBytes} to ${maxBytes} bytes`;
    case "boolean":
      return "true or false";
    case "array":
      return `a list of ${schema.minItems === schema.maxItems ? "" : "at least "}${schema.minItems ?? 0}`;
    default:
      return "an object";
  }
}

/** The line for one error; several errors of one member may give the same. */
function lineOf({ instancePath, keyword, params, parentSchema, data }: ErrorObject): string {
  const schema = (parentSchema ?? {}) as Schema;
  const at = pathOf(instancePath) || "the configuration";
  switch (keyword) {
    case "additionalProperties": {
      const name = (params as { additionalProperty: string }).additionalProperty;
      const known = Object.keys(schema.properties ?? {});
      return `${pathOf(instancePath, name)}: unknown${nearest(name, known) || `; known are ${known.join(", ")}`}`;
    }
    case "required":
      return `${pathOf(instancePath, (params as { missingProperty: string }).missingProperty)}: is missing`;
    case "dependencies": {
      const { missingProperty, property } = params as { missingProperty: string; property: string };
      return `${pathOf(instancePath, missingProperty)}: is needed with ${property}`;
    }
    case "discriminator": {
      const { tagValue } = params as { tagValue: unknown };
      const types = Object.keys(SENSORS);
      return `${pathOf(instancePath, "type")}: must be one of ${types.join(", ")}${nearest(tagValue, types)}`;
    }
    case "enum":
      return `${at}: must be ${expected(schema)}${nearest(
        data,
        (schema.enum ?? []).filter((one) => typeof one === "string"),
      )}`;
    case "minProperties":
    case "maxProperties":
      return `${at}: must have ${keyword === "minProperties" ? "at least" : "at most"} one member`;
    case "uniqueItems":
      return `${at}: must be two different numbers`;
    default:
      return `${at}: must be ${expected(schema)}`;
  }
}

/** Of alternatives only that counts which the value looks like: an object for an object, else the first. */
function withoutOthers(errors: ErrorObject[]): ErrorObject[] {
  const alternatives = errors.filter(({ keyword }) => keyword === "anyOf");
  return errors.filter((error) => {
    if (error.keyword === "anyOf") return false;
    return alternatives.every(({ schemaPath, schema, data, instancePath }) => {
      if (!error.schemaPath.startsWith(`${schemaPath}/`) || !error.instancePath.startsWith(instancePath))
        return true;
      const branches = schema as Schema[];
      const isObject = typeof data === "object" && data !== null;
      const fits = branches.findIndex(
        ({ type }) => (type === "object" || type === "array") === isObject && type !== undefined,
      );
      return error.schemaPath.startsWith(`${schemaPath}/${fits < 0 ? 0 : fits}/`);
    });
  });
}

/** Names of sensors that another one has. */
function doubles(config: unknown): string[] {
  const { sensors } = (config ?? {}) as { sensors?: unknown };
  if (!Array.isArray(sensors)) return [];
  const names = sensors.map(
    (sensor: { name?: unknown; type?: unknown } | null) => sensor?.name ?? sensor?.type,
  );
  return names.flatMap((name, nth) =>
    typeof name === "string" && names.indexOf(name) < nth
      ? [`sensors[${nth}].name: another sensor has it; give each a name of its own`]
      : [],
  );
}

/** Lines `path: what is wrong`; none for a configuration that can be. Values are left out, they may be secrets. */
export function mistakesIn(config: unknown): string[] {
  validate(config);
  const lines = withoutOthers(validate.errors ?? []).map(lineOf);
  return [...new Set([...lines, ...doubles(config)])];
}
