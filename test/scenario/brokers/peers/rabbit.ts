import assert from "node:assert/strict";
import { startRabbit } from "../../../support/brokers.ts";
import { rabbit as program } from "../../../support/engines.ts";
import { ristretto } from "../../../support/party.ts";
import type { BrokerPeer } from "../peer.ts";
import { retained } from "../scenarios.ts";
import { fallBack } from "../version5/older.ts";
import { assertGrantsOne, noEmptySession, noExactlyOnce, noHiddenTopics, noSharing } from "./shared.ts";

export const rabbit: BrokerPeer = {
  name: "RabbitMQ",
  source: "3.10 with its MQTT plugin, Debian",
  program,
  hasVersion5: false,
  start: startRabbit,
  deviations: {
    4: [
      {
        claim: "takes and gives a message at QoS 2",
        instead:
          "grants QoS 1, takes the message as one of QoS 1, and answers it by PUBACK, which the client takes for its end",
        async run(table) {
          await assertGrantsOne(table);
          const party = await table.guest("gives-two");
          await party.subscribe("round/trip", 1);
          await party.publish("round/trip", "x", ristretto.QOS_2);
          await party.until("message round/trip x 2");
          assert.equal(party.client.connected, true);
          assert.ok(party.link.heard.includes("\x40\x02\0\x02"), "a PUBACK for packet id 2");
        },
      },
      noExactlyOnce,
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
    5: [
      {
        claim: "refuses CONNECT of 5.0",
        instead:
          "ends the connection without an answer: the client can report no more than 0xC3 (connection lost)",
        async run(table) {
          const party = table.party("modern");
          assert.equal(await party.online(), "disconnect 195");
          assert.equal(party.link.heard, "");
        },
      },
      {
        claim: "has the client at 3.1.1 on its second attempt",
        instead: "has it so on its third: a connection that ends without an answer once may be a lost one",
        async run(table) {
          assert.deepEqual(await fallBack(table), ["disconnect 195", "disconnect 197", "connect false"]);
        },
      },
    ],
  },
};
