/** A client of MQTT 5.0 meets a broker that has 3.1.1 alone. */
import assert from "node:assert/strict";
import { ristretto } from "../../../support/party.ts";
import type { BrokerScenario, Table } from "../table.ts";

const { QOS_1, USER_PROPERTY } = ristretto;

/**
 * A client that may fall back tries until it is accepted, and exchanges messages that had properties; gives how its attempts ended.
 */
export async function fallBack(table: Table): Promise<string[]> {
  const party = table.party("modern", {}, [ristretto.fallback]);
  ristretto.subscribeWith(party.client, [{ topicFilter: "fallen/back", qos: 1, noLocal: true }]);
  const waiting = ristretto.publishWith(party.client, "fallen/back", "x", QOS_1, [USER_PROPERTY, ["a", "b"]]);
  const ends = [];
  do ends.push(await party.online());
  while (!party.client.connected && ends.length < 5);
  await party.until(`acknowledge ${waiting}`);
  await party.until("subscribe fallen/back 1");
  await party.publish("fallen/back", "y", QOS_1, [USER_PROPERTY, ["a", "b"]]);
  const { properties } = await party.told("message fallen/back y 2");
  assert.deepEqual(properties, []);
  return ends;
}

export const OLDER: readonly BrokerScenario[] = [
  {
    claim:
      "refuses CONNECT of 5.0 with return code 1, which the client reports as 0x84 (unsupported protocol version)",
    async run(table) {
      const party = table.party("modern");
      assert.equal(await party.online(), "disconnect 132");
      assert.equal(party.link.heard, "\x20\x02\0\x01");
    },
  },
  {
    claim:
      "has the client at 3.1.1 on its second attempt, with the part `fallback`; what it has to say goes without properties",
    async run(table) {
      assert.deepEqual(await fallBack(table), ["disconnect 197", "connect false"]);
    },
  },
];
