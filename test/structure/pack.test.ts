/** Tables that are lists in the source and texts on the board: see build/pack.mjs. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type * as Pack from "../../build/pack.mjs";
import { digitsOf } from "../../src/codec/tables.ts";

// No types: the build is JavaScript.
const { packed } = (await import(new URL("../../build/pack.mjs", import.meta.url).href)) as typeof Pack;

const MARK = "/*@__PURE__ @__PACKED__*/";

describe("the build packs", () => {
  it("a list of names into the text of their numbers, as a literal that has a byte a character", () => {
    assert.equal(
      packed(
        `const A = 1, B = 0x9f;\nvar of = String.fromCharCode;\nconst T = ${MARK} of(A, 10, 34, B);\nuse(T, of);`,
      ),
      `const A = 1, B = 0x9f;\nvar of = String.fromCharCode;\nconst T = "\\x01\\x0a\\"\\x9f";\nuse(T, of);`,
    );
  });

  it("what functions make of constants, and takes out those that nothing else needs", () => {
    const code = `
function inner(n) { return n + 1; }
function made(n) { return "" + inner(n) + other(n); }
function other(n) { return n; }
const NUMBER = 4;
const T = ${MARK} made(NUMBER);
use(T, other);`;
    assert.equal(
      packed(code).replace(/\n+/g, "\n"),
      `\nfunction other(n) { return n; }\nconst NUMBER = 4;\nconst T = "54";\nuse(T, other);`,
    );
  });

  it("several, also one that uses another, and numbers", () => {
    assert.match(
      packed(`const A = ${MARK} 2 * 3;\nconst B = ${MARK} [A, A].join("");\nuse(A, B);`),
      /^const A = 6;\nconst B = "66";\n/,
    );
  });

  it("nothing that is neither a text nor a number, nor what stands elsewhere", () => {
    assert.throws(() => packed(`const A = ${MARK} [1];`), /A is packed, but neither a text nor a number/);
    assert.throws(() => packed(`use(${MARK} "a");`), /nothing to pack/);
  });

  it("every table of the client", () => {
    for (const name of ["ristretto-full.js", "ristretto-full.min.js", "esp8266.js"]) {
      const code = readFileSync(`dist/${name}`, "latin1");
      assert.ok(!code.includes("__PACKED__"), name);
      assert.ok(!code.includes("digitsOf"), name);
    }
  });
});

describe("digits by number", () => {
  it("begin at the first, and are 0 for what no list has", () => {
    assert.equal(digitsOf(0x80, [[0x82], [], [0x80, 0x84]]), "30103");
    assert.equal(digitsOf(0, []), "");
  });
});
