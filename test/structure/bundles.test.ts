import assert from "node:assert/strict";
import { parse } from "acorn";
import type { Node, Program } from "acorn";
import { ancestor, simple } from "acorn-walk";
import { BUNDLES, bundle } from "../support/bundles.ts";

/** Methods of ES5 that Espruino does not have. */
const MISSING =
  /^(lastIndexOf|reduceRight|toPrecision|UTC|freeze|isFrozen|seal|isSealed|callee|localeCompare)$/;

/** What Espruino runs wrongly or not at all (measured on 2v29), as a test of one node of the syntax tree. */
function objection(node: Node, ancestors: Node[]): string | undefined {
  const any = node as unknown as Record<string, Record<string, unknown> | undefined> & {
    [key: string]: unknown;
  };
  const property = any.property as { name?: string } | undefined;
  const object = any.object as { name?: string } | undefined;
  switch (node.type) {
    case "LabeledStatement":
      return "labels";
    case "TryStatement":
      return any.finalizer ? "finally, which loses the error where it passes a catch" : undefined;
    case "SwitchStatement": {
      const cases = any.cases as unknown as Array<{ test: unknown }>;
      return cases.findIndex(({ test }) => !test) % cases.length < cases.length - 1 &&
        cases.some(({ test }) => !test)
        ? "a case after default"
        : undefined;
    }
    case "AssignmentExpression": {
      const left = any.left as unknown as { type: string; property?: { name?: string } };
      return left.type === "MemberExpression" && left.property?.name === "length"
        ? "assignment to length"
        : undefined;
    }
    case "MemberExpression":
      if (!any.computed && MISSING.test(property?.name ?? "")) return `method ${String(property?.name)}`;
      return property?.name === "prototype" &&
        /^(Array|String|Function|Promise|Number|Date)$/.test(object?.name ?? "")
        ? "prototype of a built-in"
        : undefined;
    case "Identifier": {
      const name = any.name as unknown as string;
      if (/^(arguments|of|static|let|__extends|__spreadArray)$/.test(name)) return name;
      return /^(Map|Set|Symbol|Proxy|Reflect|WeakMap)$/.test(name) ? `global ${name}` : undefined;
    }
    case "Literal":
      return any.regex ? "a regular expression" : undefined;
    case "Property":
      return (any.key as { name?: string; value?: unknown }).name === "__proto__"
        ? "the key __proto__"
        : undefined;
    case "FunctionDeclaration": {
      const parent = ancestors.at(-2)?.type;
      return parent === "Program" || parent === "BlockStatement"
        ? undefined
        : `a declaration inside ${String(parent)}`;
    }
    default:
      return undefined;
  }
}

const VISITED = [
  "LabeledStatement",
  "TryStatement",
  "SwitchStatement",
  "AssignmentExpression",
  "MemberExpression",
  "Identifier",
  "VariablePattern",
  "Literal",
  "Property",
  "FunctionDeclaration",
];

/** Function declarations that are used in their own scope before they stand: nothing hoists in Espruino. */
function usedBeforeDefined(program: Program): string[] {
  const wrong: string[] = [];
  const check = (body: Node[]): void => {
    const declared = new Set<string>();
    const later = new Map<string, number>();
    for (const statement of body) {
      if (statement.type === "FunctionDeclaration")
        later.set((statement as unknown as { id: { name: string } }).id.name, statement.start);
      if (statement.type === "VariableDeclaration") {
        for (const { id } of (statement as unknown as { declarations: Array<{ id: { name: string } }> })
          .declarations) {
          later.set(id.name, statement.start);
        }
      }
    }
    for (const statement of body) {
      if (statement.type !== "FunctionDeclaration") {
        // What runs at once in this statement: everything but the bodies of functions that are not called here.
        ancestor(statement, {
          Identifier(node, _state, ancestors) {
            const name = (node as unknown as { name: string }).name;
            const start = later.get(name);
            const isInFunction = ancestors.some((one) => /Function/.test(one.type));
            if (start !== undefined && !isInFunction && start > node.start && !declared.has(name))
              wrong.push(name);
          },
        });
      }
      if (statement.type === "FunctionDeclaration")
        declared.add((statement as unknown as { id: { name: string } }).id.name);
    }
  };
  check(program.body);
  simple(program, {
    BlockStatement(node) {
      check(node.body);
    },
  });
  return wrong;
}

/** Everything in `text` that Espruino would stumble over. */
function objections(text: string): string[] {
  const wrong: string[] = [];
  const visit = (node: Node, _state: unknown, ancestors: Node[]): void => {
    const why = objection(node, ancestors);
    if (why) wrong.push(`${why} at ${node.start}: ${text.slice(node.start, node.start + 60)}`);
  };
  ancestor(parse(text, { ecmaVersion: 5 }), Object.fromEntries(VISITED.map((type) => [type, visit])));
  return wrong;
}

describe("the walk over the syntax tree", () => {
  for (const bad of [
    "a: for (;;) break a;",
    "switch (x) { default: y(); case 1: z(); }",
    "x.length = 0;",
    "Array.prototype.slice.call(x);",
    "function f() { return arguments; }",
    "new Map();",
    "/x/.test(y);",
    "x = { __proto__: y };",
    "if (x) function f() {}",
    "of = 1;",
    "x.lastIndexOf(y);",
    "Object.freeze(x);",
    "__extends(x, y);",
  ]) {
    it(`objects to ${bad}`, () => {
      assert.equal(objections(bad).length, 1);
    });
  }

  it("objects to what is used before it is defined", () => {
    assert.deepEqual(usedBeforeDefined(parse("var a = f(); function f() {}", { ecmaVersion: 5 })), ["f"]);
    assert.deepEqual(
      usedBeforeDefined(parse("function f() { return g(); function g() {} }", { ecmaVersion: 5 })),
      ["g"],
    );
    assert.deepEqual(
      usedBeforeDefined(parse("function f() { return g; } function g() {} f();", { ecmaVersion: 5 })),
      [],
    );
  });
});

for (const name of BUNDLES) {
  describe(`dist/${name}`, () => {
    it("parses as ES5", () => {
      parse(bundle(name), { ecmaVersion: 5 });
    });

    it("is plain ASCII, so that no upload can damage it", () => {
      const text = bundle(name).replace(/\/\*[^]*?\*\//g, "");
      if (name.endsWith(".min.js")) assert.match(text, /^[\n\x20-\x7e]*$/);
    });

    it("has nothing that Espruino runs wrongly or not at all", () => {
      assert.deepEqual(objections(bundle(name)), []);
    });

    it("defines before it uses, because Espruino hoists nothing", () => {
      assert.deepEqual(usedBeforeDefined(parse(bundle(name), { ecmaVersion: 5 })), []);
    });

    it("keeps no _name when minified", () => {
      if (name.endsWith(".min.js")) assert.doesNotMatch(bundle(name), /[.{,]_[a-z]{2,}/i);
    });
  });
}
