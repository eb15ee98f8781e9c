/**
 * Makes one function of those that are marked with the same word. Each function costs an engine four
 * variables for good, and one more a parameter. But it reads all of a function that it calls, behind a
 * `return` as well: together belongs what is seldom called.
 */
import { parse } from "acorn";
import { full, fullAncestor } from "acorn-walk";
import { declaredIn, replaced } from "./splice.mjs";

/** Before the declaration, with a word. */
const MARK = /^@__TOGETHER__ (\w+)$/;

const isDeclaration = ({ type }) => type === "FunctionDeclaration";

/** Name of the one function for those that are marked with `word`. */
const nameOf = (word) => `together$${word}`;

/** Names of the functions of `code` that are marked, by the name of the one that they shall be. */
export function groupsOf(code) {
  const groups = new Map();
  if (!code.includes("@__TOGETHER__")) return groups;
  const marks = new Map();
  const { body } = parse(code, {
    ecmaVersion: 5,
    onComment: (_block, text, _start, end) => {
      const word = MARK.exec(text)?.[1];
      if (word) marks.set(end + /^\s*/.exec(code.slice(end))[0].length, nameOf(word));
    },
  });
  const marked = body.filter((node) => isDeclaration(node) && marks.has(node.start));
  if (marked.length < marks.size)
    throw new Error("@__TOGETHER__ stands before what is no function of the top level");
  for (const { start, id } of marked)
    groups.set(marks.get(start), [...(groups.get(marks.get(start)) ?? []), id.name]);
  return groups;
}

/** Calls of `names` in `program`, and which of these are used for something else, too. */
function usesOf(program, names) {
  const calls = [];
  const others = new Set();
  fullAncestor(program, (node, ancestors) => {
    const around = ancestors.at(-2);
    if (
      node.type !== "Identifier" ||
      !names.includes(node.name) ||
      (isDeclaration(around) && around.id === node)
    )
      return;
    if (around.type === "CallExpression" && around.callee === node) calls.push(around);
    else others.add(node.name);
  });
  return { calls: new Set(calls), others };
}

/** `code` with `annotation` before each call of `names`. */
export function annotatedCalls(code, names, annotation) {
  if (!names.length) return code;
  const program = parse(code, { ecmaVersion: 5 });
  const { calls } = usesOf(program, names);
  return replaced(
    code,
    program,
    [...calls].map(({ start }) => [{ start, end: start }, `${annotation} `]),
  );
}

/** Does it use what only a function of its own has? */
function isBound(called) {
  let result = false;
  fullAncestor(called.body, (node, ancestors) => {
    const isOwn = !ancestors.slice(0, -1).some(({ type }) => type.startsWith("Function"));
    if (isOwn && (node.type === "ThisExpression" || node.name === "arguments")) result = true;
  });
  return result;
}

/** The texts that stand in the place of nodes when `call` calls the `nth` instead. */
function editsOf({ callee, arguments: given, end }, name, nth) {
  const place = given[0]?.start ?? end - 1;
  return [
    [callee, name],
    [{ start: place, end: place }, given[0] ? `${nth}, ` : `${nth}`],
  ];
}

/**
 * New names for all that a function declares: its parameters share theirs with those of the others, and its
 * variables have some of their own, as the minifier takes the second declaration of one for an assignment,
 * and in Espruino nothing hoists.
 */
function namesOf(called, name, nth) {
  const parameters = called.params.map(({ name }) => name);
  const locals = [...declaredIn(called)].filter((local) => !parameters.includes(local));
  return new Map([
    ...parameters.map((parameter, index) => [parameter, `${name}$${index}`]),
    ...locals.map((local, index) => [local, `${name}$own${nth}_${index}`]),
  ]);
}

/**
 * `code` with one function `name` in the place of those of `names` that it declares at its top level and
 * only calls.
 */
export function merged(code, name, names) {
  const program = parse(code, { ecmaVersion: 5 });
  const { calls, others } = usesOf(program, names);
  const rare = names
    .map((one) => program.body.find((node) => isDeclaration(node) && node.id.name === one))
    .filter((called) => called && !others.has(called.id.name) && !isBound(called));
  const nthOf = new Map(rare.map(({ id }, nth) => [id.name, nth]));
  if (rare.length < 2) return code;

  const callEdits = [...calls]
    .filter(({ callee }) => nthOf.has(callee.name))
    .flatMap((call) => editsOf(call, name, nthOf.get(call.callee.name)));
  const isIn = (outer, { start, end }) => start >= outer.start && end <= outer.end;
  const branches = rare.map((called, nth) => {
    const renamed = namesOf(called, name, nth);
    const own = new Set();
    full(called.body, (node) => node.type === "Identifier" && renamed.has(node.name) && own.add(node));
    const text = replaced(code, called.body, [
      ...callEdits.filter(([node]) => isIn(called.body, node)),
      ...[...own].map((node) => [node, renamed.get(node.name)]),
    ]).slice(1, -1);
    // Without a value the minifier would put all that follows in an else.
    return nth === rare.length - 1 ? text : `if (${name}$nth === ${nth}) {${text}\nreturn 0;}`;
  });
  const most = Math.max(...rare.map(({ params }) => params.length));
  const parameters = [`${name}$nth`, ...Array.from({ length: most }, (_, index) => `${name}$${index}`)];
  const one = `function ${name}(${parameters.join(", ")}) {\n${branches.join("\n")}\n}\n`;
  // In the place of the last: what they use is declared before it.
  return replaced(code, program, [
    ...rare.map((called) => [called, called === rare.at(-1) ? one : ""]),
    ...callEdits.filter(([node]) => !rare.some((called) => isIn(called, node))),
  ]);
}

/** Names of one letter; the engine's own words have more. */
const LETTERS = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"];

/**
 * Where each branch's own variables are used, by their names, and all other names that are used in
 * `branch`.
 */
function namesIn(branch) {
  const own = new Map(
    [...declaredIn({ type: "FunctionExpression", params: [], body: branch })].map((name) => [
      name,
      new Set(),
    ]),
  );
  const others = new Set();
  full(branch, (node) => {
    if (node.type.startsWith("Function")) for (const inner of declaredIn(node)) others.add(inner);
    if (node.type === "Identifier") (own.get(node.name) ?? others).add(own.has(node.name) ? node : node.name);
  });
  return { own, others };
}

/** Minified `code`, in which the branches of the function `name` share the short names of their variables. */
export function shortened(code, name) {
  const program = parse(code, { ecmaVersion: 5, allowReturnOutsideFunction: true });
  const one = program.body.find((node) => isDeclaration(node) && node.id.name === name);
  if (!one) return code;
  const [nth, ...parameters] = one.params.map((param) => param.name);
  const isBranch = ({ type, test }) => type === "IfStatement" && test.right?.name === nth;
  const { body } = one.body;
  const end = body.findLastIndex(isBranch) + 1;
  const branches = [...body.slice(0, end).map((node) => [node]), body.slice(end)].map((nodes) =>
    namesIn({ type: "BlockStatement", body: nodes }),
  );
  // What one declares, others have as well: all but Espruino hoist.
  const taken = new Set([nth, ...parameters, ...branches.flatMap(({ others }) => [...others])]);
  const free = LETTERS.filter((letter) => !taken.has(letter));
  // Those of the last, which is no block, are its own, so that a reader sees each defined before it is used.
  const most = Math.max(0, ...branches.slice(0, -1).map(({ own }) => own.size));
  return replaced(
    code,
    program,
    branches.flatMap(({ own }, branch) => {
      const first = branch === branches.length - 1 ? most : 0;
      return [...own].flatMap(([long, uses], index) =>
        [...uses].map((node) => [node, free[first + index] ?? long]),
      );
    }),
  );
}
