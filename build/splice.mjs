/**
 * Puts the statements of a function in the place of its only call, where that is annotated. The minifier
 * would put the whole function there, as an expression: the engine makes it anew at each run, and reads its
 * text twice. Where a bundle has more calls of it the function stays.
 */
import { parse } from "acorn";
import { ancestor, full, fullAncestor } from "acorn-walk";

/** Before the call, which has to be all that a statement evaluates: it stands alone, or is assigned or returned. */
const MARK = "@__SPLICE__";

const isFunction = ({ type }) => type.startsWith("Function");

/** The innermost function around a node, or the program. */
function functionOf(ancestors) {
  return ancestors.slice(0, -1).findLast((node) => isFunction(node) || node.type === "Program");
}

/** Names that a function declares for itself, without those of functions in it. */
export function declaredIn(outer) {
  const names = new Set((outer.params ?? []).map(({ name }) => name));
  fullAncestor(outer, (node, ancestors) => {
    if (node === outer || functionOf(ancestors) !== outer) return;
    if (node.type === "VariableDeclarator" || node.type === "FunctionDeclaration") names.add(node.id.name);
  });
  return names;
}

/** The first call that is annotated, with the nodes around it; undefined when there is none. */
function findCall(program, marks) {
  let found;
  ancestor(program, {
    CallExpression(node, _state, ancestors) {
      if (marks.has(node.start)) found ??= [...ancestors];
    },
  });
  return found;
}

/** Variables without a value that a statement declares. */
function emptyVariables(node) {
  return node.type === "VariableDeclaration" ? node.declarations.filter(({ init }) => !init) : [];
}

/**
 * The obstacle to splicing `called` into `caller`; empty when nothing is. It may have
 * `most` returns, all of them its own end or, where its call is returned, the caller's.
 */
function obstacle(called, caller, most, isInLoop) {
  if (!called) return "is no function of the top level";
  const own = declaredIn(called);
  const others = declaredIn(caller);
  let returns = 0;
  let why = "";
  fullAncestor(called.body, (node, ancestors) => {
    const isOwn = !ancestors.slice(0, -1).some(isFunction);
    if (node.type === "ReturnStatement" && isOwn) returns++;
    if (node.type === "ThisExpression") why = "uses this";
    if (isInLoop && emptyVariables(node).length)
      why = "has a variable that would keep its value in the loop there";
    if (node.type === "Identifier" && !own.has(node.name) && others.has(node.name))
      why = `uses ${node.name}, which is another one there`;
    if (!isFunction(node)) return;
    const taken = [...declaredIn(node)].find((name) => own.has(name) || others.has(name));
    if (taken) why = `has a function with a ${taken} of its own`;
  });
  return why || (returns <= most ? "" : "returns before its end");
}

/** The text of a node, with other texts in the place of some nodes in it. */
export function replaced(code, { start, end }, edits) {
  let text = "";
  let from = start;
  for (const [node, by] of edits.sort(([a], [b]) => a.start - b.start)) {
    text += code.slice(from, node.start) + by;
    from = node.end;
  }
  return text + code.slice(from, end);
}

/** `code` with the first annotated call replaced, or undefined when there is none. */
function spliceFirst(code, nth) {
  /** Where the annotated calls begin, and where their annotations do. */
  const marks = new Map();
  const program = parse(code, {
    ecmaVersion: 5,
    onComment: (_block, text, start, end) => {
      if (text === MARK) marks.set(end + /^\s*/.exec(code.slice(end))[0].length, start);
    },
  });
  if (!marks.size) return undefined;
  const path = findCall(program, marks);
  if (!path) throw new Error(`${MARK} stands before what is no call`);
  const call = path.at(-1);
  const { name } = call.callee;
  const called = program.body.find((node) => node.type === "FunctionDeclaration" && node.id.name === name);
  let uses = 0;
  full(program, (node) => {
    if (node.type === "Identifier" && node.name === name && node !== called?.id) uses++;
  });
  const place = path.findLast(({ type }) => /Statement$|^VariableDeclaration$/.test(type));
  const value = {
    VariableDeclaration: ({ declarations }) => declarations.length === 1 && declarations[0].init,
    ExpressionStatement: ({ expression }) =>
      expression.type === "AssignmentExpression" ? expression.right : expression,
    ReturnStatement: ({ argument }) => argument,
  }[place.type]?.(place);
  const last = called?.body.body.at(-1);
  const isReturned = place.type === "ReturnStatement";
  const returned = !isReturned && last?.type === "ReturnStatement" ? last.argument : undefined;
  const most = isReturned ? Infinity : returned ? 1 : 0;
  const isInLoop = path
    .slice(path.lastIndexOf(functionOf(path)))
    .some(({ type }) => /^(For|While|DoWhile)/.test(type));
  const why =
    value === call
      ? obstacle(called, functionOf(path), most, isInLoop)
      : "is not all that the statement around its call evaluates";
  if (why) throw new Error(`${MARK}: ${name} ${why}`);
  if (uses > 1) return replaced(code, program, [[{ start: marks.get(call.start), end: call.start }, ""]]);

  const outer = declaredIn(functionOf(path));
  const assigned = new Set();
  full(called.body, ({ type, left, argument }) => {
    if (type === "AssignmentExpression" || type === "ForInStatement") assigned.add(left.name);
    if (type === "UpdateExpression") assigned.add(argument.name);
  });
  /** New name of each name of the function: that of a variable which is given as it is, or one that nothing else has. */
  const names = new Map([...declaredIn(called)].map((own) => [own, `${own}$${nth}`]));
  const before = called.params.flatMap((param, index) => {
    const given = call.arguments[index];
    if (given?.type !== "Identifier" || !outer.has(given.name) || assigned.has(param.name))
      return `var ${names.get(param.name)} = ${given ? code.slice(given.start, given.end) : "void 0"};`;
    names.set(param.name, given.name);
    return [];
  });
  function textOf(node) {
    const edits = [];
    full(node, (inner) => {
      if (inner.type === "Identifier" && names.has(inner.name)) edits.push(inner);
    });
    return replaced(
      code,
      node,
      [...new Set(edits)].map((inner) => [inner, names.get(inner.name)]),
    );
  }
  const statements = called.body.body.filter((node) => node !== last || !returned).map(textOf);
  const rest = returned
    ? code.slice(place.start, marks.get(call.start)) +
      `(${textOf(returned)})` +
      code.slice(call.end, place.end)
    : isReturned && last?.type !== "ReturnStatement"
      ? "return;"
      : "";
  const text = `${[...before, ...statements].join("\n")}\n${rest}`;
  const isInList = /^(BlockStatement|Program|SwitchCase)$/.test(path[path.indexOf(place) - 1].type);
  return replaced(code, program, [
    // With the annotation where that stands before the statement.
    [{ start: Math.min(place.start, marks.get(call.start)), end: place.end }, isInList ? text : `{${text}}`],
    [called, ""],
  ]);
}

/** `code` with all annotated calls replaced. */
export function spliced(code) {
  // What is compared with may be written in any version of the language.
  if (!code.includes(MARK)) return code;
  let result = code;
  for (let nth = 1, next; (next = spliceFirst(result, nth)) !== undefined; nth++) result = next;
  return result;
}
