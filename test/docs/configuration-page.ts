/** docs/configuration.md: configuration.template.md, with the schema's fields and what is said of mistakes put in. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { checkNode } from "../../tools/configuration/node-file.ts";
import { nodeSchema } from "../../tools/schema/node.ts";
import { DEFINITIONS } from "../../tools/schema/refinement.ts";
import { SENSORS, sensorSchema } from "../../tools/schema/sensors.ts";
import type { Schema } from "../../tools/schema/words.ts";
import { code, pageOf, table } from "./markdown.ts";
import { kindOf, saidOf } from "./schema-words.ts";
import { REFUSED, WARNED } from "./mistaken.ts";

export const CONFIGURATION_PAGE = "docs/configuration.md";
const TEMPLATE = "test/docs/configuration.template.md";

/** Options that all of a kind have, and the types that are of it. */
const SHARED = { i2c: ["data", "clock", "hz"], analog: ["pin", "fullScale", "samples"] } as const;
const I2C = "bme280";
const ANALOG = "ntc";
const isShared = (type: string, name: string): boolean => {
  const { options } = SENSORS[type]!;
  if ("address" in options) return (SHARED.i2c as readonly string[]).includes(name);
  return "fullScale" in options && (SHARED.analog as readonly string[]).includes(name);
};

function fields(properties: Record<string, Schema>, required: readonly string[] = []): string {
  const rows = Object.entries(properties).map(([name, schema]) => {
    const { what, standard } = saidOf(schema);
    assert.ok(what, `${name} has no description`);
    const isNeeded = required.includes(name);
    assert.ok(
      isNeeded || standard || schema.type === "object" || name in DEFINED,
      `${name} has no default, and is not needed`,
    );
    return [code(name), kindOf(schema), isNeeded ? "**needed**" : standard, what];
  });
  const hasDefaults = rows.some(([, , standard]) => standard);
  const keep = (row: string[]): string[] => (hasDefaults ? row : row.filter((_, column) => column !== 2));
  return table(keep(["field", "what it may be", "default", "what it does"]), rows.map(keep));
}

/** Members of which each is there or not, without a default. */
const DEFINED = { ...DEFINITIONS.derive!.properties, ...DEFINITIONS.chain!.properties };

const schema = nodeSchema();

/** All objects of the configuration by their paths: members, and members that may be one. */
function objectsOf(path: string, object: Schema): Array<readonly [path: string, object: Schema]> {
  const inner = Object.entries(object.properties ?? {}).flatMap(([name, member]) => {
    const found = [member, ...((member.anyOf as Schema[] | undefined) ?? [])].find(
      ({ properties }) => properties,
    );
    return found ? objectsOf(path ? `${path}.${name}` : name, found) : [];
  });
  return [[path, object], ...inner];
}
const OBJECTS = new Map(objectsOf("", schema));

const common = (sensorSchema().oneOf as Schema[])[0]!.properties ?? {};
const pick = (all: Record<string, Schema>, names: readonly string[]): Record<string, Schema> =>
  Object.fromEntries(names.map((name) => [name, all[name]!]));

/** Where members of a sensor are told of that stand in a chapter of their own. */
const CHAPTERS: Record<string, Schema> = Object.fromEntries(
  ["chain", "derive", "units"].map((name) => [
    name,
    { $ref: name, description: `${DEFINITIONS[name]!.description} [Below](#${name}). Default: none.` },
  ]),
);

/** Tables that are no object's of their own. */
const TABLES: Record<string, () => string> = {
  sensor: () => fields({ ...pick(common, ["name", "period"]), ...CHAPTERS }),
  i2c: () => fields(pick(SENSORS[I2C]!.options, SHARED.i2c)),
  analog: () => fields(pick(SENSORS[ANALOG]!.options, SHARED.analog), ["pin"]),
  derive: () => fields(DEFINITIONS.derive!.properties!),
  units: () => fields(DEFINITIONS.units!.properties!),
};

/** The tables of faults that stand in the head of a driver. */
function faultsOf(type: string): string {
  const [head] = readFileSync(`hw/sensors/${type}.ts`, "utf8").split("*/");
  const lines = head!.split("\n").map((line) => line.replace(/^ \* ?/, ""));
  const tables = lines.join("\n").match(/(?:^\|.*\n)+/gm) ?? [];
  const found = tables.filter((one) => /^\| (fault|current) /.test(one));
  assert.ok(found.length, `the head of hw/sensors/${type}.ts has no faults`);
  return found.join("\n").trim();
}

const sections = (): string =>
  Object.entries(SENSORS)
    .map(([type, { parts, options, required }]) => {
      const own = Object.keys(options).filter((name) => !isShared(type, name));
      const shared =
        own.length < Object.keys(options).length
          ? "address" in options
            ? "Those of I²C, and:"
            : "Those of analog pins, and:"
          : "";
      return [`### ${type}`, `${parts}.`, shared, fields(pick(options, own), required), faultsOf(type)]
        .filter(Boolean)
        .join("\n\n");
    })
    .join("\n\n");

/** What a step may be said with: short, or as an object. */
function steps(): string {
  const all = (DEFINITIONS.steps!.items as Schema).properties ?? {};
  return table(
    ["step", "what it may be", "as an object", "what it does"],
    Object.entries(all).map(([name, step]) => {
      const forms = (step.anyOf as Schema[] | undefined) ?? [step];
      const object = forms.find(({ properties }) => properties);
      const members = Object.entries(object?.properties ?? {}).map(([member, one]) => {
        const { what, standard } = saidOf(one);
        const needed = (object!.required as string[]).includes(member)
          ? ", needed"
          : standard
            ? ` (${standard})`
            : "";
        return `${code(member)} ${kindOf(one)}${needed}: ${what}`;
      });
      const short = forms.filter((form) => form !== object).map(kindOf);
      return [code(name), short.join(" or "), members.join("<br>"), step.description!];
    }),
  );
}

/** What each configuration is told, as `ristretto check` has it. */
function told(list: typeof REFUSED, which: "mistakes" | "warnings"): string {
  return table(
    ["with this in it", "it says"],
    list.map(([shown, config]) => {
      const lines = checkNode(config)[which];
      assert.ok(lines.length, `nothing is said of ${shown}`);
      return [code(shown), lines.map(code).join("<br>")];
    }),
  );
}

export function configurationPage(): Promise<string> {
  const template = readFileSync(TEMPLATE, "utf8");
  const left = new Map(OBJECTS);
  const fieldsOf = (name: string): string => {
    const object = left.get(name);
    assert.ok(object ?? TABLES[name], `${TEMPLATE} asks for the fields of ${name}, which is nothing`);
    left.delete(name);
    return object ? fields(object.properties!, object.required as string[]) : TABLES[name]!();
  };
  const makers: Record<string, (name: string) => string> = {
    fields: fieldsOf,
    sensors: sections,
    steps,
    refused: () => told(REFUSED, "mistakes"),
    warned: () => told(WARNED, "warnings"),
    // Last, what the template does not name.
    objects: () => [...left.keys()].map((name) => `### ${name}\n\n${fieldsOf(name)}`).join("\n\n"),
  };
  const put = (text: string, wanted: RegExp): string =>
    text.replace(wanted, (_line, what: string, name = "") => {
      assert.ok(Object.hasOwn(makers, what), `${TEMPLATE} asks for ${what}, which is nothing`);
      return makers[what]!(name as string);
    });
  const text = put(put(template, /^<!-- (?!objects)(\w+)(?: (\S+))? -->$/gm), /^<!-- (objects) -->$/gm);
  const note = "<!-- Made by `npm run docs` of test/docs/configuration.template.md and tools/schema/. -->";
  return pageOf(CONFIGURATION_PAGE, text.replace("\n", `\n\n${note}\n`));
}
