/**
 * Has a firmware declare only the functions that its configuration asks for. A function costs the engine 6 to 9 variables
 * as soon as it is declared, and a firmware carries eleven drivers of which a node uses one or two.
 *
 * A table is a top-level function with one of the names below that returns an object literal: its keys are words of the
 * configuration, and its entries functions, which are called only when the configuration has the word. What is reached from the entries of some words and from nowhere else is declared when the text of
 * config.json has one of these words in quotes. Words of `defaults` count, too, while the text names no sensors. So do
 * those of the block that a firmware may have before it.
 */
import { parse } from "acorn";
import { fullAncestor, simple } from "acorn-walk";

export const TABLES = ["drivers", "filters", "derivations", "refinements", "announcers", "guards"];
const ESSENTIAL = TABLES[0];
const DEFAULTS = "defaults";
/** Holds the text of the configuration while functions are declared. */
const ASKED = "$";

const parsed = (code) => parse(code, { ecmaVersion: 5 });

/** What a function declares for itself. */
function ownNames(node) {
  const names = new Set(node.params.map(({ name }) => name));
  if (node.type === "FunctionExpression" && node.id) names.add(node.id.name);
  fullAncestor(node.body, (inner, ancestors) => {
    const isNested = ancestors.slice(0, -1).some(({ type }) => type.startsWith("Function"));
    if (!isNested && (inner.type === "VariableDeclarator" || inner.type === "FunctionDeclaration"))
      names.add(inner.id.name);
  });
  return names;
}

/** Names of the top level that are used below a node. */
function namesIn(node) {
  const names = new Set();
  const own = new Map();
  fullAncestor(node, ({ type, name }, ancestors) => {
    if (type !== "Identifier") return;
    const isOwn = ancestors.some((outer) => {
      if (!outer.type.startsWith("Function")) return false;
      if (!own.has(outer)) own.set(outer, ownNames(outer));
      return own.get(outer).has(name);
    });
    if (!isOwn) names.add(name);
  });
  return names;
}

/** The entries of a table as [word, node]; none when it is no table. */
function entriesOf(declaration) {
  const returned = declaration.body.body.find(({ type }) => type === "ReturnStatement")?.argument;
  return returned?.type === "ObjectExpression"
    ? returned.properties.map(({ key, value }) => [key.name ?? key.value, value])
    : [];
}

/** Variables without a value that a statement declares. */
function emptyVariables(node) {
  return node.type === "VariableDeclaration" ? node.declarations.filter(({ init }) => !init) : [];
}

/** For each top-level function and empty variable of `code` that not every node needs the words that ask for it. */
function demands(code) {
  const { body } = parsed(code);
  const declared = body.flatMap((node) =>
    node.type === "FunctionDeclaration" ? [node] : emptyVariables(node),
  );
  const functions = new Map(declared.map((node) => [node.id.name, node]));
  const tables = TABLES.filter((name) => functions.has(name));

  /** Adds what is reached from these names to `reached`. */
  function follow(names, reached) {
    for (const name of names) {
      if (!functions.has(name) || reached.has(name)) continue;
      reached.add(name);
      if (!tables.includes(name) && functions.get(name).body) follow(namesIn(functions.get(name)), reached);
    }
    return reached;
  }

  const always = new Set();
  for (const node of body) {
    if (node.type === "VariableDeclaration")
      for (const { init } of node.declarations) init && follow(namesIn(init), always);
    else if (node.type !== "FunctionDeclaration") follow(namesIn(node), always);
  }
  const words = new Map();
  /** Those used below a node of a table, which may have names of its own like them. */
  function namesWithin(table, node) {
    const own = ownNames(functions.get(table));
    return [...namesIn(node)].filter((name) => !own.has(name));
  }
  for (const table of tables) {
    const { body: statements } = functions.get(table).body;
    for (const node of statements)
      if (node.type !== "ReturnStatement") follow(namesWithin(table, node), always);
  }
  for (const table of tables) {
    const entries = entriesOf(functions.get(table));
    for (const [word, node] of entries) {
      for (const name of follow(namesWithin(table, node), new Set())) {
        if (!always.has(name)) words.set(name, [...(words.get(name) ?? []), word]);
      }
    }
    // A node has one entry of the drivers at least: what each of them needs is always needed.
    if (table === ESSENTIAL)
      for (const [name, asking] of words) if (asking.length === entries.length) words.delete(name);
  }
  return words;
}

/** Words that a configuration without sensors has. */
function defaultWords(code) {
  const words = new Set();
  const declaration = parsed(code).body.find(({ id }) => id?.name === DEFAULTS);
  if (declaration) simple(declaration, { Literal: ({ value }) => words.add(value) });
  return words;
}

/** When a function is declared that these words ask for; `asked` has the text. */
function conditionOf(words, defaults) {
  const looked = words.some((word) => defaults.has(word)) ? `!(${ASKED}.indexOf('"sensors"')+1)||` : "";
  return looked + words.map((word) => `${ASKED}.indexOf('"${word}"')`).join("+") + `>-${words.length}`;
}

/** Before a function that is called while a firmware starts and never afterwards. */
const START = "@__START__";

/** Statements that let go of the functions of `code` that only its start calls; `names` has their short names. */
function endOfStart(code, minified, names) {
  const ends = [];
  const { body } = parse(code, {
    ecmaVersion: 5,
    onComment: (_block, text, _start, end) => {
      if (text === START) ends.push(end + /^\s*/.exec(code.slice(end))[0].length);
    },
  });
  const marked = body.filter(({ type, start }) => type === "FunctionDeclaration" && ends.includes(start));
  if (marked.length < ends.length)
    throw new Error(`${START} stands before what is no function of the top level`);
  return marked
    .map(({ id }) => names[`$${id.name}`])
    .filter((name) => minified.includes(`function ${name}(`))
    .map((name) => `delete ${name};`)
    .join("");
}

/**
 * `minified`, which was made of `code` with `names` for what stands at its top level, with conditions around what not every
 * node needs. `block` is the variable that has the configuration that stands before it, if one does.
 */
export function onDemand(code, minified, names, block) {
  const words = names ? demands(code) : new Map();
  if (!words.size) return minified;
  for (const [name, asking] of [...words]) words.set(names[`$${name}`], asking);
  const defaults = defaultWords(code);
  const groups = new Map();
  const { body } = parsed(minified);
  const textOf = ({ start, end }) => minified.slice(start, end);
  const last = textOf(body.at(-1));
  let rest = "";
  /** Puts a declaration where its words are asked for; false when it is always needed. */
  function put(name, text) {
    if (!words.has(name)) return false;
    const condition = conditionOf(words.get(name), defaults);
    groups.set(condition, (groups.get(condition) ?? "") + text);
    return true;
  }
  for (const node of body.slice(0, -1)) {
    if (node.type === "VariableDeclaration") {
      const kept = node.declarations.filter((one) => one.init || !put(one.id.name, `var ${one.id.name};`));
      if (kept.length) rest += `var ${kept.map(textOf).join(",")};`;
    } else if (node.type !== "FunctionDeclaration" || !put(node.id.name, textOf(node))) rest += textOf(node);
  }
  // Behind all that stands at the top level, before the last statement, which starts it. In flash the text takes no memory.
  rest += block
    ? `var ${ASKED}=(require("Storage").read("config.json")||"")+JSON.stringify(${block});`
    : `var ${ASKED}=require("Storage").read("config.json")||"";`;
  for (const [condition, text] of groups) rest += `if(${condition}){${text}}`;
  return `${rest}${ASKED}=void 0;${last}${endOfStart(code, minified, names)}\n`;
}
