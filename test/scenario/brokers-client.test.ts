/** The minified client over TCP with brokers that think for themselves: the same scenarios with each. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import type { Broker } from "../support/aedes.ts";
import { withProgram } from "../support/engines.ts";
import { CHAPTERS, PEERS } from "./brokers/chapters.ts";
import type { Chapter } from "./brokers/chapters.ts";
import { brokersDocument, DOCUMENT } from "./brokers/document.ts";
import { deviationOf, settingOf } from "./brokers/peer.ts";
import type { BrokerPeer } from "./brokers/peer.ts";
import { createRoom } from "./brokers/table.ts";

const LOGIN = { username: "node", password: "correct-horse" };

const chaptersOf = (peer: BrokerPeer): Chapter[] => CHAPTERS.filter(({ isFor }) => isFor(peer));

function serve(peer: BrokerPeer, path: string): void {
  let broker: Broker;
  const room = createRoom(LOGIN, (options) => peer.start(path, LOGIN, options));

  before(async function () {
    this.timeout(120_000);
    broker = await peer.start(path, LOGIN, {});
  });
  afterEach(() => room.clear());
  after(() => broker.stop());

  for (const { title, version, scenarios } of chaptersOf(peer)) {
    describe(title, () => {
      for (const scenario of scenarios) {
        const deviation = deviationOf(peer, version, scenario);
        const name = deviation
          ? `does not: ${scenario.claim.replace(/ \[.*/, "")}; ${deviation.instead}`
          : scenario.claim;
        it(name, async function () {
          this.timeout(60_000);
          await (deviation ?? scenario).run(room.table(broker, version));
        });
      }
    });
  }
}

describe("docs/brokers.md", () => {
  it("shows what is tested, and each deviation and setting belongs to a scenario", () => {
    for (const peer of PEERS) {
      const told = chaptersOf(peer).flatMap(({ version, scenarios }) =>
        scenarios.map((scenario) => ({
          deviation: deviationOf(peer, version, scenario),
          setting: settingOf(peer, scenario),
        })),
      );
      const { deviations, settings = [] } = peer;
      const known = deviations[4].length + deviations[5].length;
      assert.equal(told.filter(({ deviation }) => deviation).length, known, peer.name);
      assert.equal(told.filter(({ setting }) => setting).length, settings.length, peer.name);
      assert.ok(
        told.every(({ deviation, setting }) => !(deviation && setting)),
        peer.name,
      );
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
