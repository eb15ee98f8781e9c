/**
 * Works out constants at the build: a table that is written as lists of names, for whoever reads it, is a
 * text on the board. Annotated is the whole value of a constant at the top level; it may use other
 * constants, and functions that need nothing else.
 */
import { parse } from "acorn";
import { full } from "acorn-walk";
import { runInNewContext } from "node:vm";

/** Before the value; what has no `@__PURE__` before it rollup may keep where nothing uses it. */
const MARK = /^(@__PURE__ )?@__PACKED__$/;

const parsed = (code, onComment) =>
  parse(code, { ecmaVersion: 2022, sourceType: "module", allowReturnOutsideFunction: true, onComment });

/** Names of a node and all in it. */
function namesIn(node) {
  const names = new Set();
  full(node, ({ type, name }) => type === "Identifier" && names.add(name));
  return names;
}

/** Declarations of the top level, by name. */
function declarations(program) {
  const all = new Map();
  for (const node of program.body) {
    if (node.type === "FunctionDeclaration") all.set(node.id.name, node);
    if (node.type === "VariableDeclaration")
      for (const one of node.declarations) if (one.init) all.set(one.id.name, one);
  }
  return all;
}

/** The text of what `node` needs, but what it may do without as it is a function's own. */
function needs(node, declared, code, done = new Set()) {
  let text = "";
  for (const name of namesIn(node)) {
    const needed = declared.get(name);
    if (!needed || done.has(name)) continue;
    done.add(name);
    const own = code.slice(needed.start, needed.end);
    text +=
      needs(needed, declared, code, done) + (needed.type === "VariableDeclarator" ? `var ${own};` : own);
  }
  return text;
}

/** A text or a number as a literal. */
function literal(value, name) {
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") throw new Error(`${name} is packed, but neither a text nor a number`);
  const escaped = (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, "0")}`;
  return JSON.stringify(value)
    .replace(/\\u00(..)|\\[bfnrt]/g, (escape) => escaped(JSON.parse(`"${escape}"`)))
    .replace(/[\x7f-\xff]/g, escaped);
}

/** Without functions at the top level that were only needed for that, and what is said of them. */
function withoutRest(code, needed) {
  const program = parsed(code);
  const node = program.body.find(
    (one) =>
      one.type === "FunctionDeclaration" &&
      needed.has(one.id.name) &&
      !program.body.some((other) => other !== one && namesIn(other).has(one.id.name)),
  );
  if (!node) return code;
  const before = code.slice(0, node.start).replace(/\/\*\*(?:(?!\*\/)[^])*\*\/\s*$/, "");
  return withoutRest(before + code.slice(node.end), needed);
}

/** `code` with the values of annotated constants worked out. */
export function packed(code) {
  const marks = [];
  const program = parsed(code, (_block, text, start, end) => MARK.test(text) && marks.push([start, end]));
  const declared = declarations(program);
  const used = new Set();
  let result = code;
  for (const [start, mark] of marks.reverse()) {
    const found = [...declared].find(
      ([, { init }]) => init && !code.slice(mark, init.start).trim() && init.start >= mark,
    );
    if (!found) throw new Error(`nothing to pack: ${code.slice(mark, mark + 60)}`);
    const [name, { init }] = found;
    const done = new Set();
    const value = runInNewContext(
      `${needs(init, declared, code, done)}(${code.slice(init.start, init.end)})`,
    );
    for (const one of done) used.add(one);
    result = result.slice(0, start) + literal(value, name) + result.slice(init.end);
  }
  return withoutRest(result, used);
}
