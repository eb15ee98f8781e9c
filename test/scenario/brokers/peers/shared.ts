/** Deviations that several brokers have. */
import assert from "node:assert/strict";
import type { Deviation } from "../peer.ts";
import { hidden, returned, share } from "../scenarios.ts";
import type { Table } from "../table.ts";

export const noSharing: Deviation = {
  claim: "gives each message of a shared subscription",
  instead: "takes the filter for that of topics which begin with `$share`, so that nobody gets any",
  async run(table) {
    assert.deepEqual(await share(table), { granted: [1, 1], counts: [0, 0] });
  },
};

export const noEmptySession: Deviation = {
  claim: "keeps a session that has no subscription",
  instead: "has none to report",
  async run(table) {
    assert.equal(await returned(table), "connect false");
  },
};

export const noHiddenTopics: Deviation = {
  claim: "keeps topics that begin with $",
  instead: "gives them to `#` too",
  async run(table) {
    assert.ok((await hidden(table)).includes("$private/x hidden 0"));
  },
};

/** With neither of these is there an exactly once. */
export const noExactlyOnce: Deviation = {
  claim: "has each message at QoS 2 exactly once",
  instead: "has no QoS 2",
  run: assertGrantsOne,
};

export async function assertGrantsOne(table: Table): Promise<void> {
  const party = await table.guest("wants-two");
  assert.equal(await party.subscribe("round/trip", 2), 1);
}
