/** How everything that runs on a board is minified, and what it is compared with too. */
import { parse } from "acorn";
import { minify } from "terser";
import { onDemand } from "./demand.mjs";
import { annotatedCalls, groupsOf, merged, shortened } from "./merge.mjs";
import { spliced } from "./splice.mjs";

// More inlining would declare variables behind their use, and in Espruino nothing hoists.
const compress = { ecma: 5, passes: 3, pure_getters: true, hoist_funs: true, inline: 1 };

/** Stands for `this` where it is given a name: terser would put it back in the name's place, however often that stands. */
const SELF = "$self$";

/**
 * Short names for what a firmware declares at its top level. It stands there without a function around it, because that
 * would cost a variable for each of its functions; `$` keeps its names from those that a person types at the console.
 */
export function topLevelNames(code) {
  const declared = parse(code, { ecmaVersion: 5 }).body.flatMap((node) => [
    ...(node.type === "FunctionDeclaration" ? [node.id.name] : []),
    ...(node.type === "VariableDeclaration" ? node.declarations.map(({ id }) => id.name) : []),
  ]);
  return Object.fromEntries(
    [...declared, ...groupsOf(code).keys()].map((name, index) => [`$${name}`, `$${index.toString(36)}`]),
  );
}

/** Properties that get short names: private ones, and in a firmware those of the client that no configuration names. */
const PRIVATE = /^_/;
export const INNER =
  /^_|^(?:on(?:Connect|Disconnect|Message|Subscribe|Acknowledge|Drop|Data|Drain|Open|Close|Changed)|connected|reconnects|dropped|topicFilter|isIntact)$/;

/** Before the call of a function that is to stay one. */
const KEPT = "/*@__NOINLINE__*/";

/**
 * Minified `code`; `names` is terser's cache of short names given before, which are kept. `block` is the variable of a
 * firmware that has its configuration before it.
 */
export async function minified(code, names, block) {
  // Before terser fills it.
  const topLevel = names.vars?.props;
  // At first the names stay long: next to them every number is short enough to stand in the place of its constant, which
  // would hold a variable for good.
  const groups = [...groupsOf(code)];
  const together = groups.flatMap(([, members]) => members);
  const inlined = await minify(
    annotatedCalls(spliced(code), together, KEPT).replace(/ = this;/g, ` = ${SELF};`),
    {
      ecma: 5,
      toplevel: true,
      compress,
      mangle: false,
      format: { ecma: 5, preserve_annotations: true },
    },
  );
  // It writes the annotation of a call that is returned before the `return`, where it would overlook it next time.
  const annotated = inlined.code.replaceAll(`${KEPT}\nreturn `, `return ${KEPT}`);
  const united = groups.reduce((text, [name, members]) => merged(text, name, members), annotated);
  const result = await minify(united, {
    ecma: 5,
    toplevel: true,
    nameCache: names,
    compress,
    // Espruino takes `of`, `static` and `let` for keywords.
    mangle: {
      toplevel: true,
      reserved: ["of", "static", "let"],
      properties: { regex: topLevel ? INNER : PRIVATE },
    },
    format: { ecma: 5, ascii_only: true, comments: false, semicolons: true },
  });
  const short = groups.reduce(
    (text, [name]) => shortened(text, names.vars?.props[`$${name}`]),
    result.code.replaceAll(SELF, "this"),
  );
  return onDemand(code, short, topLevel, block);
}
