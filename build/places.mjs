/**
 * Takes the places of optional parts out of a bundle that lacks these parts. The client asks at each place
 * whether a part fills it (`if (client._read) …`); where nothing in the bundle ever sets a `_field`, its
 * reads are `undefined` for good, and the minifier drops what hangs on them.
 */
import { parse } from "acorn";
import { simple } from "acorn-walk";

/** Name of the private field that a node reads or sets; undefined for any other node. */
function fieldOf(node) {
  return node.type === "MemberExpression" && !node.computed && /^_[a-z]/.test(node.property.name)
    ? node.property.name
    : undefined;
}

/** `code` with `void 0` in place of private fields that nothing in it sets. */
export function withoutEmptyPlaces(code) {
  const set = new Set();
  const reads = [];
  const ast = parse(code, { ecmaVersion: 2022, sourceType: "module", allowReturnOutsideFunction: true });
  simple(ast, {
    AssignmentExpression: ({ left }) => set.add(fieldOf(left)),
    UpdateExpression: ({ argument }) => set.add(fieldOf(argument)),
    Property: ({ key, computed }) => computed || set.add(key.name),
    MemberExpression: (node) => fieldOf(node) && reads.push(node),
  });
  let result = code;
  for (const node of reads.filter((one) => !set.has(fieldOf(one))).sort((a, b) => b.start - a.start))
    result = `${result.slice(0, node.start)}(void 0)${result.slice(node.end)}`;
  return result;
}
