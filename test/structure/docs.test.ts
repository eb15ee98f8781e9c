/** The documents: each page is made of the sources or tried by a test, and the index has it. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { GENERATED } from "../docs/generated.ts";
import { deadLinks } from "../docs/links.ts";

const INDEX = "README.md";
const pages = readdirSync("docs").filter((name) => name.endsWith(".md") && name !== INDEX);

/** Pages that are made of tests, with what fails when they are stale. */
const MADE_OF_TESTS: Record<string, string> = {
  "brokers.md": "test/scenario/brokers-client.test.ts",
  "conformance.md": "test/conformance/table.test.ts",
};

describe("docs/", () => {
  for (const name of pages) {
    it(`${name} has a test that fails when it is stale, or runs all its blocks`, () => {
      const test = MADE_OF_TESTS[name] ?? `test/docs/${name.replace(/\.md$/, ".test.ts")}`;
      assert.ok(existsSync(test), `there is no ${test}`);
      const text = readFileSync(test, "utf8");
      const isMade = name in MADE_OF_TESTS || GENERATED.has(`docs/${name}`);
      if (isMade) assert.match(text, /is stale: npm run/, test);
      if (!(name in MADE_OF_TESTS)) assert.match(text, /\.untried\(\)/, test);
    });
  }

  it(`${INDEX} has a line for each page, once, and leads everywhere it points to`, () => {
    const text = readFileSync(`docs/${INDEX}`, "utf8");
    const listed = [...text.matchAll(/^\| \[([\w-]+\.md)\]\(([^)]+)\)/gm)].map(([, name, target]) => {
      assert.equal(name, target);
      return name!;
    });
    assert.equal(new Set(listed).size, listed.length);
    assert.deepEqual(
      pages.filter((name) => !listed.includes(name)),
      [],
      "not in the index",
    );
    assert.deepEqual(deadLinks(`docs/${INDEX}`), []);
    assert.doesNotMatch(text, /^ *```/m, "what it would show, no test tries");
  });

  it("is told of by CONTRIBUTING", () => {
    assert.match(readFileSync("CONTRIBUTING.md", "utf8"), /npm run docs/);
  });
});
