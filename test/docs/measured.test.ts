/** docs/measured.md: its tables are held to the bench's numbers in test/structure/bench.test.ts. */
import assert from "node:assert/strict";
import { openPage } from "../support/page.ts";
import { deadLinks } from "./links.ts";

const page = openPage("docs/measured.md");

describe("docs/measured.md", () => {
  it("leads somewhere with every link, and has no block that could be run", () => {
    assert.deepEqual(deadLinks(page.path), []);
    assert.deepEqual(page.untried(), []);
  });
});
