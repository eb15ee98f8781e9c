/** Functions in the place of their only call: see build/splice.mjs. */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import type * as Splice from "../../build/splice.mjs";

// No types: the build is JavaScript.
const path = new URL("../../build/splice.mjs", import.meta.url).href;
const { spliced } = (await import(path)) as typeof Splice;

const CALL = "/*@__SPLICE__*/ ";

/** What `main()` gives, in a program of this text. */
const outcome = (code: string): string => JSON.stringify(runInNewContext(`${code};main();`));

describe("the splicing of functions", () => {
  for (const [what, code] of Object.entries({
    "a value that is declared": `
      function twice(n) { var sum = n + n; return sum; }
      function main() { var sum = 4; var n = ${CALL}twice(sum + 1); return [sum, n]; }`,
    "a value that is assigned or returned": `
      var log = [];
      function half(n) { n /= 2; return n; }
      function last(n) { log.push(n); return log; }
      function main() { var n = 8, all = 1; all = ${CALL}half(n); log.push(n, all); return ${CALL}last(n); }`,
    "a statement, behind a condition": `
      var log = [];
      function tell(what) { for (var i = 0; i < what.length; i++) log.push(what[i] + i); }
      function skip() { log.push("no"); }
      function main() { for (var i = 5; i < 7; i++) { if (i < 6) ${CALL}tell([1, 2]); else ${CALL}skip(); log.push(i); } return log; }`,
    "one in another, and an argument that is missing": `
      function inner(a, b) { var c = a + ":" + b; return c; }
      function outer(a) { var c = a * 2; var d = ${CALL}inner(c); return d + c; }
      function main() { var c = 1; var a = ${CALL}outer(c); return a + c; }`,
    "many returns, where its call is returned": `
      var log = [];
      function sign(n) { if (n < 0) return -1; if (n) return 1; log.push("zero"); }
      function main(n) { if (n === undefined) { for (var i = 2; i-- > -1;) log.push(main(i)); return log; } return ${CALL}sign(n); }`,
    "a function in it": `
      function maker(n) { var more = 2; return function (x) { return x + n + more; }; }
      function main() { var n = 3; var add = ${CALL}maker(n + 1); return add(n); }`,
    "members and keys with the same name": `
      function keyed(value) { var key = { value: value, key: 1 }; key.value++; return key.value + key.key; }
      function main() { var given = 6; var key = ${CALL}keyed(given); return key; }`,
  })) {
    it(`changes nothing: ${what}`, () => {
      const result = spliced(code);
      assert.equal(outcome(result), outcome(code));
      const left = [...result.matchAll(/function (\w+)/g)].map(([, name]) => name);
      assert.deepEqual(left, ["main"]);
      assert.ok(!result.includes("SPLICE"), result);
    });
  }

  it("leaves a function where it is called more than once", () => {
    const code = `function f() { return 1; } function main() { var a = ${CALL}f(); return a + f(); }`;
    assert.equal(spliced(code), code.replace(CALL, ""));
  });

  for (const [why, code] of Object.entries({
    "no function of the top level": `function main() { var f = function () {}; ${CALL}f(); }`,
    "before its end": `function f(n) { if (n) return 1; return 2; } function main() { var n = ${CALL}f(3); return n; }`,
    "uses this": `function f() { this.x = 1; } function main() { ${CALL}f(); }`,
    "is another one": `var n = 1; function f() { return n; } function main() { var n = 2; return ${CALL}f(); }`,
    "of its own": `function f(n) { return function (n) { return n; }; } function main() { return ${CALL}f(1); }`,
    "in the loop": `function f() { var n; n = n || 1; } function main() { for (;;) { ${CALL}f(); } }`,
    "is not all": `function f() { return 1; } function main() { return 1 + ${CALL}f(); }`,
    "is no call": `function main() { return ${CALL}5; }`,
  }))
    it(`refuses what cannot be: ${why}`, () => assert.throws(() => spliced(code), new RegExp(why)));
});
