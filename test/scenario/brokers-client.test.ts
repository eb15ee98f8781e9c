/** The minified client over TCP with brokers that think for themselves: the same scenarios with each. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { createParty } from "../support/net-client.ts";
import type { Party } from "../support/net-client.ts";
import { withProgram } from "../support/engines.ts";
import type { Broker } from "../support/aedes.ts";
import { brokersDocument, DOCUMENT } from "./brokers/document.ts";
import { deviationOf, PEERS } from "./brokers/peers.ts";
import type { BrokerPeer } from "./brokers/peers.ts";
import { SCENARIOS } from "./brokers/scenarios.ts";
import type { Table } from "./brokers/scenarios.ts";

const LOGIN = { username: "node", password: "correct-horse" };

function serve(peer: BrokerPeer, path: string): void {
  let broker: Broker;
  let parties: Party[] = [];
  let scenario = 0;

  const table: Table = {
    party(clientId, options) {
      const id = `s${scenario}${clientId}`;
      const party = createParty(broker.port, { clientId: id, ...LOGIN, ...options });
      parties.push(party);
      return party;
    },
    async guest(clientId, options) {
      const party = table.party(clientId, options);
      const line = await party.online();
      if (!line.startsWith("connect")) throw new Error(`${clientId}: ${line}`);
      return party;
    },
  };

  before(async function () {
    this.timeout(120_000);
    broker = await peer.start(path, LOGIN);
  });
  beforeEach(() => scenario++);
  afterEach(async () => {
    await Promise.all(parties.map((party) => party.leave()));
    parties = [];
  });
  after(() => broker.stop());

  for (const told of SCENARIOS) {
    const deviation = deviationOf(peer, told);
    const title = deviation
      ? `does not: ${told.claim.replace(/ \[.*/, "")}; ${deviation.instead}`
      : told.claim;
    it(title, async function () {
      this.timeout(60_000);
      await (deviation ?? told).run(table);
    });
  }
}

describe("docs/brokers.md", () => {
  it("shows what is tested, and each deviation belongs to a scenario", () => {
    for (const peer of PEERS) {
      const found = SCENARIOS.filter((scenario) => deviationOf(peer, scenario));
      assert.equal(found.length, peer.deviations.length, peer.name);
    }
    const shown = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, "utf8") : "";
    assert.equal(shown, brokersDocument(), `${DOCUMENT} is stale: npm run conformance`);
  });
});

for (const peer of PEERS) {
  const title = `${peer.name} and the client`;
  if (peer.isLibrary) describe(title, () => serve(peer, ""));
  else withProgram(title, peer.program, true, (path) => serve(peer, path));
}
