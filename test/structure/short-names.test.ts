/**
 * In a firmware the client's own words get short names, as nobody outside it reads them: see
 * build/minify.mjs.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type * as Minify from "../../build/minify.mjs";

// No types: the build is JavaScript.
const { INNER } = (await import(new URL("../../build/minify.mjs", import.meta.url).href)) as typeof Minify;

/** Every key of an object and of those in it. */
const keysOf = (value: unknown): string[] =>
  typeof value === "object" && value
    ? Object.entries(value).flatMap(([key, inner]) => [key, ...keysOf(inner)])
    : [];

/** Every member that a file of declarations names. */
const membersOf = (file: string): string[] =>
  [...readFileSync(file, "utf8").matchAll(/^ +(\w+)\??[(:<]/gm)].map(([, name]) => name!);

/** Every word of a file. */
const wordsOf = (file: string): string[] => readFileSync(file, "utf8").match(/\w+/g)!;

describe("a word that a firmware shortens", () => {
  for (const [what, words] of [
    ["the configuration", keysOf(JSON.parse(readFileSync("node.schema.json", "utf8")))],
    ["what Espruino offers", ["", "-pins"].flatMap((part) => membersOf(`hw/espruino${part}.d.ts`))],
  ] as const)
    it(`is none of ${what}`, () => {
      assert.ok(words.length > 30);
      assert.deepEqual(
        words.filter((word) => INNER.test(word)),
        [],
      );
    });

  it("is one that the client's record or its options have", () => {
    const client = [
      ...wordsOf("src/client/client.ts"),
      ...wordsOf("src/client/options.ts"),
      ...wordsOf("src/link.ts"),
    ];
    const named = [
      "onConnect",
      "onMessage",
      "onData",
      "onClose",
      "connected",
      "dropped",
      "topicFilter",
      "isIntact",
    ];
    for (const name of named) assert.ok(client.includes(name) && INNER.test(name), name);
  });
});
