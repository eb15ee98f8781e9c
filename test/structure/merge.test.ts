/** One function in the place of several that are seldom called: see build/merge.mjs. */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import type * as Merge from "../../build/merge.mjs";
import type * as Minify from "../../build/minify.mjs";

// No types: the build is JavaScript.
const load = async <Module>(name: string): Promise<Module> =>
  (await import(new URL(`../../build/${name}`, import.meta.url).href)) as Module;
const { annotatedCalls, groupsOf, merged, shortened } = await load<typeof Merge>("merge.mjs");
const { minified } = await load<typeof Minify>("minify.mjs");

const TOGETHER = "/*@__TOGETHER__ seldom*/ ";

/** The outcome of `main()`, in a program of this text. */
const outcome = (code: string): string => JSON.stringify(runInNewContext(`${code};main();`));

/** `code` with its groups merged. */
const together = (code: string): string =>
  [...groupsOf(code)].reduce((text, [name, names]) => merged(text, name, names), code);

const PROGRAMS = {
  "parameters of different number, and values": `
    ${TOGETHER}function none() { return 7; }
    ${TOGETHER}function two(a, b) { var sum = a + b; return sum; }
    function main() { return [none(), two(1, 2), two(none(), none())]; }`,
  "returns in the middle, and none": `
    var log = [];
    ${TOGETHER}function sign(n) { if (n < 0) return -1; if (n) return 1; log.push("zero"); }
    ${TOGETHER}function note(text) { var long = text + "!"; log.push(long); }
    function main() { for (var n = -1; n < 2; n++) { var is = sign(n); note(n + " " + !!is); } return log; }`,
  "calls of each other, themselves and others, and functions in them": `
    var text = "x";
    function other(n) { return text + n; }
    ${TOGETHER}function fold(list) { var all = ""; list.forEach(function (n) { all += other(n) + text; }); return all; }
    ${TOGETHER}function count(n) { var rest = n - 1; return n ? count(rest) + fold([n]) : ""; }
    ${TOGETHER}function last(text) { var all = count(text.length); return all + text; }
    function main() { return last("abc"); }`,
};

describe("the merging of functions", () => {
  for (const [what, code] of Object.entries(PROGRAMS)) {
    it(`changes nothing: ${what}`, () => {
      const result = together(code);
      assert.equal(outcome(result), outcome(code));
      const left = [...result.matchAll(/function (\S+)\(/g)].map(([, name]) => name);
      assert.deepEqual(
        left.filter((name) => name !== "other"),
        ["together$seldom", "main"],
      );
    });

    it(`changes nothing by short names: ${what}`, async () => {
      const short = await minified(`${code}\nresult = main();`, {});
      const world = { result: undefined };
      runInNewContext(short, world);
      assert.equal(JSON.stringify(world.result), outcome(code));
      assert.equal((short.match(/function/g) ?? []).length <= (code.match(/function/g) ?? []).length, true);
    });
  }

  it("shares short names between branches, and none with what any of them uses", () => {
    const code = `function h(t,u){if(0===t){var aa=u+1;return aa*h(1,aa)}var bb=u+2,cc=bb;return bb+cc}function main(){return h(0,3)}`;
    const short = shortened(code, "h");
    assert.equal(outcome(short), outcome(code));
    assert.match(short, /var a=u\+1;.*var b=u\+2,c=b/);
  });

  it("leaves a function that is more than called, one that uses this, and one alone", () => {
    const code = `
      ${TOGETHER}function value() { return 1; }
      ${TOGETHER}function bound() { return this; }
      ${TOGETHER}function alone() { return 2; }
      function main() { var used = value; bound(); return used() + alone(); }`;
    assert.equal(together(code), code);
  });

  it("keeps calls of what is marked from being put in their place", () => {
    const code = `${TOGETHER}function f(n) { return n; } function main() { return f(1) + f(2); }`;
    assert.equal(annotatedCalls(code, ["f"], "/*!*/").split("/*!*/ f(").length, 3);
  });

  it("refuses a mark that stands before something else", () => {
    assert.throws(() => groupsOf(`${TOGETHER}var n = 1;`), /no function of the top level/);
  });
});
