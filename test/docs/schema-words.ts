/** What a schema says, in words for people. */
import type { Schema } from "../../tools/schema/words.ts";
import { code } from "./markdown.ts";

/** A number as text; 10000000 as 10⁷: what is that long is easier to read so. */
function bound(value: number): string {
  const power = Math.log10(Math.abs(value));
  const sign = value < 0 ? "−" : "";
  if (!Number.isInteger(power) || Math.abs(power) < 6) return sign + String(Math.abs(value));
  const digits = String(Math.abs(power)).replace(/\d/g, (one) => "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(Number(one)));
  return `${sign}10${power < 0 ? "⁻" : ""}${digits}`;
}

/** What a value must be, in words. */
export function kindOf(schema: Schema): string {
  const { type, minimum, maximum, minBytes, maxBytes, anyOf, items, minItems, maxItems } = schema;
  const range = minimum === undefined ? "" : ` ${bound(minimum)}…${bound(maximum!)}`;
  if (schema.$ref) return "below";
  if (anyOf) return (anyOf as Schema[]).map(kindOf).join(" or ");
  if (schema.enum) return schema.enum.map((one) => code(String(one))).join(", ");
  if ("const" in schema) return code(JSON.stringify(schema.const));
  switch (type) {
    case "string":
      if (typeof schema.pattern === "string" && schema.pattern.includes("%")) return 'share, such as `"5%"`';
      return maxBytes === undefined
        ? "text"
        : maxBytes === minBytes
          ? `text of ${maxBytes} bytes`
          : `text, ${minBytes}…${maxBytes} bytes`;
    case "integer":
      return `whole number${range}`;
    case "number":
      return `number${range}`;
    case "boolean":
      return "`true`, `false`";
    case "null":
      return "`null`";
    case "array": {
      const one = kindOf(items as Schema);
      if ((items as Schema).type === "object") return "list of objects";
      const many =
        minItems === maxItems
          ? `${minItems}`
          : maxItems === undefined
            ? `${minItems} or more`
            : `${minItems} to ${maxItems}`;
      return `list of ${many}: ${one}`;
    }
    default:
      return "object";
  }
}

/** A description, and the default that it ends with where that is no value. */
export function saidOf({ description = "", default: standard }: Schema): { what: string; standard: string } {
  const [what = "", words = ""] = description.split(/ ?Default: |; default /);
  const value = code(JSON.stringify(standard ?? "").replaceAll('"', ""));
  return {
    what: what.replace(/(?<![.?])$/, "."),
    standard: standard === undefined ? words.replace(/\.$/, "") : value,
  };
}
