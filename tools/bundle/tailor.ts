/**
 * A firmware with only what one configuration needs, cut out of the readable one in dist/: entries of its tables that the
 * configuration does not name are taken away, and the minifier drops what nothing else reaches. It needs no compiler, so that
 * an installed package can do it.
 */
import { parse } from "acorn";
import type { FunctionDeclaration, ObjectExpression, Property } from "acorn";
import { TABLES } from "../../build/demand.mjs";
import { minified, topLevelNames } from "../../build/minify.mjs";

/** The object that a table's function returns. */
function tableOf(node: FunctionDeclaration): ObjectExpression | undefined {
  const returned = node.body.body.find((statement) => statement.type === "ReturnStatement")?.argument;
  return returned?.type === "ObjectExpression" ? returned : undefined;
}

function wordOf({ key }: Property): string {
  return key.type === "Identifier" ? key.name : String((key as { value?: unknown }).value);
}

/** `code` without the tables' entries for other words. */
function cut(code: string, words: readonly string[]): string {
  let result = "";
  let from = 0;
  for (const node of parse(code, { ecmaVersion: 5 }).body) {
    if (node.type !== "FunctionDeclaration" || !TABLES.includes(node.id.name)) continue;
    const table = tableOf(node);
    if (!table) continue;
    const kept = (table.properties as Property[]).filter((entry) => words.includes(wordOf(entry)));
    result += `${code.slice(from, table.start)}{${kept.map(({ start, end }) => code.slice(start, end)).join(",")}}`;
    from = table.end;
  }
  return result + code.slice(from);
}

/** The minified firmware for these words, of the readable one. */
export function tailor(readable: string, words: readonly string[]): Promise<string> {
  const code = cut(readable, words);
  return minified(code, { vars: { props: topLevelNames(code) }, props: { props: {} } });
}
