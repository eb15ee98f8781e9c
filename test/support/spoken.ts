/** What sources can say: every text in them, also where it is put together, as a pattern with holes. */
import { readFileSync } from "node:fs";
import ts from "typescript";
import * as lines from "../../hw/lines.ts";
import { filesBelow } from "./files.ts";

/** Parts of a text; undefined stands for what is only known when it is said. */
type Parts = (string | undefined)[];

export interface Spoken {
  file: string;
  /** With … for what is only known when it is said. */
  text: string;
}

/** Texts that stand under a name, for both sides. */
const named = new Map<string, unknown>(Object.entries(lines));

/** The parts of an expression that makes a text. */
function partsOf(node: ts.Expression): Parts {
  if (ts.isParenthesizedExpression(node)) return partsOf(node.expression);
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isTemplateExpression(node))
    return [node.head.text, ...node.templateSpans.flatMap((span) => [undefined, span.literal.text])];
  if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken)
    return [...partsOf(node.left), ...partsOf(node.right)];
  const text = ts.isIdentifier(node) ? named.get(node.text) : undefined;
  return [typeof text === "string" ? text : undefined];
}

const textOf = (parts: Parts): string => parts.map((part) => part ?? "…").join("");

/** The texts of the files below these folders; with `only`, those that this function is called with. */
export function spoken(folders: readonly string[], only?: string): Spoken[] {
  return folders
    .flatMap((folder) => [...filesBelow(folder, ".ts"), ...filesBelow(folder, ".tsx")])
    .flatMap((file) => {
      const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest, true);
      const found: Spoken[] = [];
      const visit = (node: ts.Node): void => {
        const isAsked =
          only === undefined ||
          (ts.isCallExpression(node.parent) && node.parent.expression.getText() === only);
        if (isAsked && ts.isExpression(node)) {
          const parts = partsOf(node);
          if (parts.some((part) => part)) found.push({ file, text: textOf(parts) });
        }
        ts.forEachChild(node, visit);
      };
      ts.forEachChild(source, visit);
      return found;
    });
}

/** Can `text`, which may have … in it itself, be said by what has the form of `form`? */
export function isForm(form: string, text: string): boolean {
  const pattern = form
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join("[^]*");
  return new RegExp(`^${pattern}$`).test(text);
}
