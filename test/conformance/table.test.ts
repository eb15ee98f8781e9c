import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { collectProofs, isOurs, REASONS, STANDARDS, STATEMENTS, TABLE, tableOf } from "./table.ts";
import type { Proof } from "./table.ts";

/** How many statements each standard has, by how their ids begin. */
const COUNTS = { "MQTT-": 141, "MQTT5-": 251 };

describe("the conformance table", () => {
  let proofs: Proof[];
  const isProved = (id: string): boolean => proofs.some(({ ids }) => ids.includes(id));
  before(function () {
    // It reads all tests.
    this.timeout(120_000);
    proofs = collectProofs();
  });

  it("knows every statement of both standards, once", () => {
    for (const [prefix, count] of Object.entries(COUNTS))
      assert.equal(STATEMENTS.filter(({ id }) => id.startsWith(prefix)).length, count);
    assert.equal(new Set(STATEMENTS.map(({ id }) => id)).size, STATEMENTS.length);
    for (const { id, summary } of STATEMENTS.filter(isOurs)) assert.ok(summary, `${id} has no summary`);
  });

  it("has a test or a reason for each that concerns a client", () => {
    const empty = STATEMENTS.filter(
      (one) => isOurs(one) && STANDARDS.some(([prefix]) => one.id.startsWith(prefix)),
    )
      .map(({ id }) => id)
      .filter((id) => REASONS[id] === undefined && !isProved(id));
    assert.deepEqual(empty, [], "write a test with the id in its name, or a reason in reasons.json");
  });

  it("has no reason for what is proved, nor for what is no client's", () => {
    const ours = STATEMENTS.filter(isOurs).map(({ id }) => id);
    for (const id of Object.keys(REASONS)) {
      assert.ok(ours.includes(id), `${id} is no statement that concerns a client`);
      assert.equal(isProved(id), false, `${id} has a reason why it cannot apply, and a test that proves it`);
    }
  });

  it("is told of no statement that does not exist", () => {
    const known = new Map(STATEMENTS.map((one) => [one.id, one]));
    for (const { title, file, ids } of proofs) {
      for (const id of ids) {
        assert.ok(known.has(id), `${file}: "${title}" names ${id}, which is no statement`);
        assert.ok(known.get(id)!.summary, `${file}: "${title}" shows ${id}, which has no summary yet`);
      }
    }
  });

  it("is what docs/conformance.md shows", () => {
    const shown = existsSync(TABLE) ? readFileSync(TABLE, "utf8") : "";
    assert.equal(shown, tableOf(proofs), `${TABLE} is stale: npm run conformance`);
  });
});
