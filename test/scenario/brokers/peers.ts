/** The brokers that clients are tried with, and where each does other than was expected of it. */
import assert from "node:assert/strict";
import { startAedes } from "../../support/aedes.ts";
import type { Broker, Login } from "../../support/aedes.ts";
import { startMosquitto, startNats, startRabbit } from "../../support/brokers.ts";
import { mosquitto, nats, rabbit } from "../../support/engines.ts";
import { ristretto } from "../../support/net-client.ts";
import { hidden, retained, returned, share } from "./scenarios.ts";
import type { BrokerScenario, Table } from "./scenarios.ts";

/** What a broker does instead, which is tested like everything else: a broker that gets better is noticed. */
export interface Deviation {
  /** How the claim of the scenario begins. */
  claim: string;
  instead: string;
  run(table: Table): Promise<void>;
}

export interface BrokerPeer {
  name: string;
  /** Where it comes from. */
  source: string;
  /** Undefined: it needs no program. */
  program: string | undefined;
  isLibrary?: boolean;
  start(path: string, login: Login): Promise<Broker>;
  deviations: readonly Deviation[];
}

const noSharing: Deviation = {
  claim: "gives each message of a shared subscription",
  instead: "takes the filter for that of topics which begin with `$share`, so that nobody gets any",
  async run(table) {
    assert.deepEqual(await share(table), { granted: [1, 1], counts: [0, 0] });
  },
};

const noEmptySession: Deviation = {
  claim: "keeps a session that has no subscription",
  instead: "has none to report",
  async run(table) {
    assert.equal(await returned(table), "connect false");
  },
};

const noHiddenTopics: Deviation = {
  claim: "keeps topics that begin with $",
  instead: "gives them to `#` too",
  async run(table) {
    assert.ok((await hidden(table)).includes("$private/x hidden 0"));
  },
};

/** With neither of these is there an exactly once. */
const noExactlyOnce = (run: Deviation["run"]): Deviation => ({
  claim: "has each message at QoS 2 exactly once",
  instead: "has no QoS 2",
  run,
});

async function assertGrantsOne(table: Table): Promise<void> {
  const party = await table.guest("wants-two");
  assert.equal(await party.subscribe("round/trip", 2), 1);
}

const { QOS_1, QOS_2 } = ristretto;

export const PEERS: readonly BrokerPeer[] = [
  {
    name: "mosquitto",
    source: "2.0, Debian",
    program: mosquitto,
    start: (path, login) => startMosquitto(path, "allow_anonymous false", login),
    deviations: [],
  },
  {
    name: "aedes",
    source: "2 beta, npm",
    program: undefined,
    isLibrary: true,
    start: (_path, login) => startAedes(login),
    deviations: [noSharing, noEmptySession],
  },
  {
    name: "RabbitMQ",
    source: "3.10 with its MQTT plugin, Debian",
    program: rabbit,
    start: startRabbit,
    deviations: [
      {
        claim: "takes and gives a message at QoS 2",
        instead: "grants QoS 1, takes the message as one of QoS 1, and answers it by PUBACK",
        async run(table) {
          await assertGrantsOne(table);
          const party = await table.guest("gives-two");
          await party.subscribe("round/trip", 1);
          ristretto.publish(party.client, "round/trip", "x", QOS_2);
          await party.until("message round/trip x 2");
          await party.publish("round/trip", "y", QOS_1);
          assert.equal(party.client.connected, true);
          assert.ok(party.link.heard.includes("\x40\x02\0\x02"), "a PUBACK for packet id 2");
        },
      },
      noExactlyOnce(assertGrantsOne),
      {
        claim: "keeps a retained message for filters with wildcards",
        instead: "sends retained messages to filters without wildcards alone",
        async run(table) {
          assert.deepEqual(await retained(table, "kept/+"), []);
        },
      },
      noEmptySession,
      noHiddenTopics,
      noSharing,
    ],
  },
  {
    name: "NATS server",
    source: "2.9, Debian",
    program: nats,
    start: startNats,
    deviations: [
      {
        claim: "takes and gives a message at QoS 2",
        instead: "grants QoS 1, and ends the connection at a message of QoS 2",
        async run(table) {
          await assertGrantsOne(table);
          const party = await table.guest("gives-two");
          ristretto.publish(party.client, "round/trip", "x", QOS_2);
          await party.until("disconnect 195");
        },
      },
      noExactlyOnce(assertGrantsOne),
      noHiddenTopics,
      noSharing,
    ],
  },
];

/** The deviation of a broker from a scenario. */
export function deviationOf({ deviations }: BrokerPeer, { claim }: BrokerScenario): Deviation | undefined {
  return deviations.find((deviation) => claim.startsWith(deviation.claim));
}
