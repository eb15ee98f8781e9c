/** What a form needs to know of a JSON schema: which kind of field a value has, and what its branches are. */

/** A JSON schema, as far as forms go. */
export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  title?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema | boolean;
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  examples?: unknown[];
  minimum?: number;
  maximum?: number;
  oneOf?: Schema[];
  anyOf?: Schema[];
  maxProperties?: number;
}

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
export type JsonObject = Record<string, Json>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A schema with what its reference refers to in its place. */
export function resolve(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...rest } = schema;
  let target: unknown = root;
  for (const name of $ref.replace(/^#\/?/, "").split("/").filter(Boolean)) {
    target = (target as Record<string, unknown>)[name.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  return { ...resolve(target as Schema, root), ...rest };
}

/**
 * The kinds of fields; `step` is an object of one property that is chosen among several, and `json` the text for whatever no
 * other kind can show.
 */
export type Kind = "object" | "objects" | "step" | "choice" | "boolean" | "number" | "string" | "json";

/**
 * What of a schema with alternatives decides on its field: texts with one exception are texts, and what may be true or false
 * is that.
 */
function scalarOf(schema: Schema): Schema {
  const types = (schema.anyOf ?? []).map(({ type, const: constant }) => type ?? typeof constant);
  if (types.includes("boolean")) return { ...schema, type: "boolean" };
  return types.length && types.every((type) => type === types[0]) ? { ...schema, type: types[0]! } : schema;
}

export function kindOf(given: Schema, root: Schema): Kind {
  const schema = scalarOf(given);
  const { type, items } = schema;
  if (schema.enum || schema.const !== undefined) return "choice";
  if (schema.properties && schema.maxProperties === 1) return "step";
  if (branchesOf(schema, root).length || schema.properties) return "object";
  if (type === "array" && typeof items === "object") {
    return ["object", "step"].includes(kindOf(resolve(items, root), root)) ? "objects" : "json";
  }
  if (type === "boolean") return "boolean";
  if (type === "number" || type === "integer") return "number";
  return type === "string" ? "string" : "json";
}

/** A branch of a schema that is chosen by the value of one property. */
export interface Branch {
  value: string;
  /** What it is, for people. */
  title: string | undefined;
  schema: Schema;
}

/** The name of the property that chooses among branches. */
export const CHOOSER = "type";

/** The branches of a schema: alternatives that each hold for one value of `type`. */
export function branchesOf(schema: Schema, root: Schema): Branch[] {
  const branches: Branch[] = [];
  for (const part of [...(schema.oneOf ?? []), ...(schema.anyOf ?? [])]) {
    const branch = resolve(part, root);
    const value = branch.properties?.[CHOOSER]?.const;
    if (typeof value === "string") branches.push({ value, title: branch.title, schema: branch });
  }
  return branches;
}

/** The properties that an object of this value may have, in order. */
export function propertiesOf(schema: Schema, root: Schema, value: JsonObject): Record<string, Schema> {
  const chosen = branchesOf(schema, root).find((branch) => branch.value === value[CHOOSER]);
  const parts = [schema, ...(chosen ? [chosen.schema] : [])];
  return Object.assign({}, ...parts.map((part) => part.properties ?? {})) as Record<string, Schema>;
}

export function isRequired(schema: Schema, root: Schema, value: JsonObject, name: string): boolean {
  const chosen = branchesOf(schema, root).find((branch) => branch.value === value[CHOOSER]);
  return [schema, chosen?.schema].some((part) => part?.required?.includes(name) ?? false);
}

/** Words that are not written as they are spelled in a name. */
const WORDS: Readonly<Record<string, string>> = {
  wifi: "Wi-Fi",
  ssid: "SSID",
  ntp: "NTP server",
  tls: "TLS",
  id: "id",
  rom: "ROM",
  hz: "Hz",
};

/** A property's name as a label: "clientId" → "Client id". */
export function labelOf(name: string, schema: Schema): string {
  if (schema.title !== undefined) return schema.title;
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/[_-]/g, " ")
    .toLowerCase()
    .split(" ");
  const text = words.map((word) => WORDS[word] ?? word).join(" ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** An object with a property changed; undefined takes it away. */
export function withProperty(object: JsonObject, name: string, value: Json | undefined): JsonObject {
  if (value !== undefined) return { ...object, [name]: value };
  return Object.fromEntries(Object.entries(object).filter(([other]) => other !== name));
}
