import { startNats } from "../../../support/brokers.ts";
import { nats as program } from "../../../support/engines.ts";
import { ristretto } from "../../../support/party.ts";
import type { BrokerPeer } from "../peer.ts";
import { assertGrantsOne, noExactlyOnce, noHiddenTopics, noSharing } from "./shared.ts";

export const nats: BrokerPeer = {
  name: "NATS server",
  source: "2.9, Debian",
  program,
  hasVersion5: false,
  start: startNats,
  deviations: {
    4: [
      {
        claim: "takes and gives a message at QoS 2",
        instead: "grants QoS 1, and ends the connection at a message of QoS 2",
        async run(table) {
          await assertGrantsOne(table);
          const party = await table.guest("gives-two");
          ristretto.publish(party.client, "round/trip", "x", ristretto.QOS_2);
          await party.until("disconnect 195");
        },
      },
      noExactlyOnce,
      noHiddenTopics,
      noSharing,
    ],
    5: [],
  },
};
