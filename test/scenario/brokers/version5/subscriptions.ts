/** Subscriptions with the options and identifiers of MQTT 5.0, and shared ones. */
import assert from "node:assert/strict";
import { ristretto, valuesOf } from "../../../support/party.ts";
import type { Party } from "../../../support/party.ts";
import type { BrokerScenario, Table } from "../table.ts";

const { QOS_0, QOS_1, RETAIN, SUBSCRIPTION_IDENTIFIER } = ristretto;

/** Waits until the client has all that it was sent before, by a message that it sends itself. */
async function settle(party: Party): Promise<void> {
  await party.subscribe("mark", 1);
  await party.publish("mark", "", QOS_1);
  await party.until("message mark  2");
}

/** A message comes by two subscriptions of one client: gives the identifiers it came with, and who was handed it. */
export async function overlap(table: Table): Promise<{ identifiers: unknown[][]; handed: string[] }> {
  const identifiers: unknown[][] = [];
  const handed: string[] = [];
  const party = await table.guest("both");
  const take = (name: string) => (topic: string) => {
    handed.push(`${name} ${topic}`);
    const { properties } = party.client;
    identifiers.push(valuesOf({ properties: ristretto.readProperties(properties) }, SUBSCRIPTION_IDENTIFIER));
  };
  await party.subscribe("over/+", 1, { subscriptionIdentifier: 1, onMessage: take("plus") });
  await party.subscribe("over/#", 1, { subscriptionIdentifier: 268_435_455, onMessage: take("hash") });
  await party.publish("over/lap", "x", QOS_1);
  await settle(party);
  return { identifiers: identifiers.map((list) => [...list]), handed };
}

/** Three share a subscription, of which one leaves after ten messages of twenty; gives how many each had. */
export async function shareAndLeave(table: Table): Promise<{ granted: number[]; counts: number[] }> {
  const sharers = await Promise.all(["one", "two", "three"].map((name) => table.guest(name)));
  const granted: number[] = [];
  for (const sharer of sharers) granted.push(await sharer.subscribe("$share/group/jobs/#", 1));
  for (const sharer of sharers) await sharer.subscribe("mark", 1);
  const giver = await table.guest("giver");
  for (let job = 1; job <= 10; job++) await giver.publish(`jobs/${job}`, "", QOS_1);
  await giver.publish("mark", "", QOS_1);
  await Promise.all(sharers.map((sharer) => sharer.until("message mark  2")));
  await sharers[0]!.leave();
  for (let job = 11; job <= 20; job++) await giver.publish(`jobs/${job}`, "", QOS_1);
  await giver.publish("mark", "again", QOS_1);
  await Promise.all(sharers.slice(1).map((sharer) => sharer.until("message mark again 2")));
  const counts = sharers.map((sharer) => sharer.messages().filter((one) => one.startsWith("jobs/")).length);
  return { granted, counts };
}

/** What a client gets of a message that the broker keeps, when it subscribes twice. */
async function subscribeTwice(table: Table, retainHandling: 0 | 1 | 2): Promise<number> {
  const [giver, taker] = [await table.guest("giver"), await table.guest("taker")];
  await giver.publish("kept/here", "x", RETAIN | QOS_1);
  for (let times = 0; times < 2; times++) {
    await taker.subscribe("kept/here", 1, { retainHandling });
    if (!retainHandling) await taker.until("message kept/here x 3", taker.log.length - 1);
  }
  await settle(taker);
  await giver.publish("kept/here", "", RETAIN | QOS_1);
  return taker.messages().filter((message) => message === "kept/here x 3").length;
}

export const SUBSCRIPTIONS: readonly BrokerScenario[] = [
  {
    claim: "spares a client its own messages where it asks for that (No Local)",
    async run(table) {
      const [party, other] = [await table.guest("party"), await table.guest("other")];
      await party.subscribe("local", 1, { noLocal: true });
      await party.publish("local", "mine", QOS_1);
      await other.publish("local", "another's", QOS_1);
      await party.until("message local another's 2");
      assert.deepEqual(party.messages(), ["local another's 2"]);
    },
  },
  {
    claim: "leaves RETAIN as it was published where a client asks for that (Retain As Published)",
    async run(table) {
      const [plain, asked] = [await table.guest("plain"), await table.guest("asked")];
      await plain.subscribe("as/published", 0);
      await asked.subscribe("as/published", 0, { retainAsPublished: true });
      await plain.publish("as/published", "x", RETAIN);
      await plain.until("message as/published x 0");
      await asked.until("message as/published x 1");
      await plain.publish("as/published", "y", QOS_0);
      await asked.until("message as/published y 0");
      await plain.publish("as/published", "", RETAIN | QOS_1);
    },
  },
  {
    claim: "sends what it keeps at each subscribing (Retain Handling 0)",
    async run(table) {
      assert.equal(await subscribeTwice(table, 0), 2);
    },
  },
  {
    claim: "sends what it keeps at the first subscribing only (Retain Handling 1)",
    async run(table) {
      assert.equal(await subscribeTwice(table, 1), 1);
    },
  },
  {
    claim: "sends nothing of what it keeps (Retain Handling 2)",
    async run(table) {
      assert.equal(await subscribeTwice(table, 2), 0);
    },
  },
  {
    claim: "marks a message with the identifier of its subscription",
    async run(table) {
      const party = await table.guest("party");
      await party.subscribe("marked/+", 1, { subscriptionIdentifier: 300 });
      await party.subscribe("plain/+", 1);
      await party.publish("plain/x", "", QOS_1);
      await party.publish("marked/x", "", QOS_1);
      const identifiers = async (line: string): Promise<unknown[]> =>
        valuesOf(await party.told(line), SUBSCRIPTION_IDENTIFIER);
      assert.deepEqual(await identifiers("message marked/x  2"), [300]);
      assert.deepEqual(await identifiers("message plain/x  2"), []);
    },
  },
  {
    claim:
      "marks a message that comes by several subscriptions with all their identifiers, so that each has its handler called",
    async run(table) {
      const { identifiers, handed } = await overlap(table);
      assert.deepEqual([...new Set(identifiers.flat())].sort(), [1, 268_435_455]);
      assert.deepEqual(handed.sort(), ["hash over/lap", "plus over/lap"]);
    },
  },
  {
    claim: "goes on with the other clients of a shared subscription when one of them leaves",
    async run(table) {
      const { granted, counts } = await shareAndLeave(table);
      assert.deepEqual(granted, [1, 1, 1]);
      assert.equal(
        counts.reduce((sum, count) => sum + count),
        20,
      );
      assert.ok(
        counts.every((count) => count > 0 && count < 20),
        String(counts),
      );
    },
  },
];
