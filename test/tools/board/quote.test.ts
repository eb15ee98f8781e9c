/** What is typed at a board's console for a text: the board must read that text from it. */
import assert from "node:assert/strict";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { quote } from "../../../tools/board/console.ts";
import { check } from "../../support/arbitraries.ts";

const PIECES = ["\\", '"', "u00b0", "u00", "x41", "\n", "\0", "\x7f", "\xb0", "\xff", "n", "a", " "];

describe("a text typed at a board's console", () => {
  it("may hold what looks like an escape: it stays what it is", () => {
    for (const text of ["\\u00b0", "\\\\u00b0", "\\\\\\u0041", "\\u00", '\\"', "\\x41", "\xb0\\u00b0"])
      assert.equal(runInNewContext(quote(text)), text, JSON.stringify(text));
  });

  it("is read by the board as it was, whatever it is made of, and is printable ASCII on its way", () => {
    check(
      fc.property(fc.array(fc.constantFrom(...PIECES)), (pieces) => {
        const text = pieces.join("");
        assert.equal(runInNewContext(quote(text)), text);
        assert.match(quote(text), /^[\x20-\x7e]*$/);
      }),
    );
  });
});
