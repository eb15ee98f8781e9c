/** What messages carry in MQTT 5.0, and what is said of them. */
import assert from "node:assert/strict";
import type { Properties } from "../../../../src/index.ts";
import { ristretto, valuesOf } from "../../../support/party.ts";
import type { Party, Telling } from "../../../support/party.ts";
import type { BrokerScenario, Table } from "../table.ts";
import { packetsOf } from "./limits.ts";
import { pass } from "./sessions.ts";

const {
  CONTENT_TYPE,
  CORRELATION_DATA,
  MESSAGE_EXPIRY_INTERVAL,
  PAYLOAD_FORMAT_INDICATOR,
  QOS_1,
  QOS_2,
  RESPONSE_TOPIC,
  RETAIN,
  SESSION_EXPIRY_INTERVAL,
  TOPIC_ALIAS,
  TOPIC_ALIAS_MAXIMUM,
  USER_PROPERTY,
} = ristretto;

/** The topics that the brokers' access list forbids this client. */
export const FORBIDDEN = "forbidden/#";

/** A PUBLISH as the client would never send it. */
const PUBLISH_BY_ALIAS_65535 = "\x30\x07\0\0\x03\x23\xff\xffx";

/** User properties, some of them repeated and none in alphabetical order. */
export const PAIRS: ReadonlyArray<[string, string]> = [
  ["b", "1"],
  ["a", "2"],
  ["b", "1"],
  ["b", ""],
  ["\xc3\xa9", "\xe2\x82\xac"],
];

/** Passes a message from one client to another, and gives what came with it. */
export async function passOn(table: Table, properties: Properties): Promise<Telling> {
  const [giver, taker] = [await table.guest("giver"), await table.guest("taker")];
  await taker.subscribe("passed/on", 1);
  await giver.publish("passed/on", "x", QOS_1, properties);
  return taker.told("message passed/on x 2");
}

/** What the server says of a message at QoS 1 that nobody has subscribed to. */
export async function unheard(table: Table): Promise<number> {
  const giver = await table.guest("giver");
  const packetId = ristretto.publish(giver.client, "nobody/listens", "x", QOS_1);
  return (await giver.told(`acknowledge ${packetId}`)).reasonCode;
}

/** Publishes to two topics by turns, with aliases; gives who did, and what another client made of it. */
async function abbreviate(table: Table): Promise<{ giver: Party; taker: Party }> {
  const guest = (clientId: string): Promise<Party> =>
    table.guest(clientId, { topicAliasMaximum: 2 }, [ristretto.topicAliases]);
  const [giver, taker] = [await guest("giver"), await guest("taker")];
  await taker.subscribe("alias/#", 1);
  const topics = ["alias/a", "alias/b", "alias/a", "alias/b", "alias/c", "alias/b", "alias/a"];
  for (const topic of topics) await giver.publish(topic, "x", QOS_1);
  await giver.publish("alias/end", "x", QOS_1);
  await taker.until("message alias/end x 2");
  assert.deepEqual(
    taker.messages(),
    [...topics, "alias/end"].map((topic) => `${topic} x 2`),
  );
  return { giver, taker };
}

export const MESSAGES: readonly BrokerScenario[] = [
  {
    claim: "passes user properties on, repeated ones too, in their order",
    async run(table) {
      const properties = PAIRS.flatMap((pair) => [USER_PROPERTY, pair]);
      assert.deepEqual(valuesOf(await passOn(table, properties), USER_PROPERTY), PAIRS);
    },
  },
  {
    claim: "passes payload format, content type, response topic and correlation data on",
    async run(table) {
      const properties: Properties = [
        PAYLOAD_FORMAT_INDICATOR,
        1,
        CONTENT_TYPE,
        "application/json",
        RESPONSE_TOPIC,
        "re/passed/on",
        CORRELATION_DATA,
        "\0\x01\xff",
      ];
      const told = await passOn(table, properties);
      for (let index = 0; index < properties.length; index += 2)
        assert.deepEqual(valuesOf(told, properties[index] as number), [properties[index + 1]]);
    },
  },
  {
    claim: "says that nobody has subscribed to a message: PUBACK 0x10 (no matching subscribers)",
    async run(table) {
      assert.equal(await unheard(table), 0x10);
    },
  },
  {
    claim: "says that a client may not publish there: PUBACK and PUBREC 0x87 (not authorized)",
    async run(table) {
      const giver = await table.guest("giver");
      for (const flags of [QOS_1, QOS_2]) {
        const packetId = ristretto.publish(giver.client, "forbidden/x", "x", flags);
        await giver.until(`drop 135 ${packetId} forbidden/x`);
      }
      assert.equal(giver.client.connected, true);
    },
  },
  {
    claim: "says that a client may not subscribe there: SUBACK 0x87 (not authorized)",
    async run(table) {
      const taker = await table.guest("taker");
      assert.equal(await taker.subscribe(FORBIDDEN, 1), 0x87);
      assert.equal(taker.client.connected, true);
    },
  },
  {
    claim: "says that there was no such subscription: UNSUBACK 0x11 (no subscription existed)",
    async run(table) {
      const party = await table.guest("party");
      await party.subscribe("there/was", 0);
      ristretto.unsubscribe(party.client, ["there/was"]);
      await party.until("unsubscribe there/was");
      ristretto.unsubscribe(party.client, ["never/was"]);
      await party.until("unsubscribe never/was 17");
    },
  },
  {
    claim:
      "says why it ends a connection: DISCONNECT 0x94 (topic alias invalid) for an alias beyond its maximum",
    async run(table) {
      const party = await table.guest("party");
      party.link.write(PUBLISH_BY_ALIAS_65535);
      await party.until("disconnect 148");
    },
  },
  {
    claim: "counts a message's expiry down while it keeps it, and forgets the message then",
    async run(table) {
      const keeper = await table.guest("keeper", {
        clean: false,
        properties: [SESSION_EXPIRY_INTERVAL, 600],
      });
      await keeper.subscribe("expiring", 1);
      await keeper.leave();
      const giver = await table.guest("giver");
      for (const seconds of [1, 600]) {
        const properties = [MESSAGE_EXPIRY_INTERVAL, seconds];
        await giver.publish("expiring", String(seconds), QOS_1, properties);
        await giver.publish(`kept/for/${seconds}`, "x", QOS_1 | RETAIN, properties);
      }
      await pass(table, 2);
      await keeper.online();
      const waited = await keeper.told(/^message expiring/);
      await keeper.subscribe("kept/for/#", 1);
      const kept = await keeper.told(/^message kept/);
      assert.deepEqual(keeper.messages(), ["expiring 600 2", "kept/for/600 x 3"]);
      for (const told of [waited, kept]) {
        const [left] = valuesOf(told, MESSAGE_EXPIRY_INTERVAL);
        assert.ok((left as number) < 600 && (left as number) > 0, String(left));
      }
      await giver.publish("kept/for/600", "", RETAIN);
    },
  },
  {
    claim: "takes topic aliases from a client, each connection's own",
    async run(table) {
      const { giver } = await abbreviate(table);
      assert.ok((giver.allowed(TOPIC_ALIAS_MAXIMUM) as number) >= 2);
      const topics = packetsOf(giver).flatMap((packet) => (packet.cmd === "publish" ? [packet.topic] : []));
      assert.deepEqual(topics, ["alias/a", "alias/b", "", "", "alias/c", "", "alias/a", "alias/end"]);
      await giver.cut();
      await giver.online();
      await giver.publish("alias/a", "again", QOS_1);
    },
  },
  {
    claim: "sends topics in full, though the client would take aliases of the broker",
    async run(table) {
      const { taker } = await abbreviate(table);
      const told = taker.tellings.filter(({ line }) => line.startsWith("message alias"));
      assert.deepEqual(told.map((telling) => valuesOf(telling, TOPIC_ALIAS)).flat(), []);
    },
  },
  {
    claim: "carries requests and responses between two clients, many at once, answered in another order",
    async run(table) {
      const server = await table.guest("server");
      const kept: Array<[topic: string, square: string, data: string]> = [];
      const square = (payload: string): void => {
        const { properties } = server.client;
        const [topic, data] = [RESPONSE_TOPIC, CORRELATION_DATA].map((identifier) =>
          String(ristretto.readProperty(properties, identifier)),
        );
        kept.unshift([topic!, String(Number(payload) ** 2), data!]);
        if (kept.length < 3) return;
        for (const [to, answer, correlation] of kept)
          ristretto.publishWith(server.client, to, answer, QOS_1, [CORRELATION_DATA, correlation]);
      };
      ristretto.subscribe(server.client, [
        { topicFilter: "square", qos: 1, onMessage: (_topic, payload) => square(payload) },
        {
          topicFilter: "echo",
          qos: 1,
          onMessage: (_topic, payload) => void ristretto.respond(server.client, payload, QOS_1),
        },
      ]);
      await server.until("subscribe echo 1");
      const { client, until } = await table.guest("client");
      const requester = ristretto.createRequester(client, "re/sponse", QOS_1);
      await until("subscribe re/sponse 1");
      const answers: string[] = [];
      const ask = (topic: string, payload: string): Promise<void> =>
        new Promise((resolve) => {
          ristretto.request(requester, topic, payload, 10, (code, answer) => {
            answers.push(`${topic} ${payload}: ${code} ${answer}`);
            resolve();
          });
        });
      await Promise.all([ask("square", "3"), ask("square", "4"), ask("echo", "now"), ask("square", "5")]);
      assert.deepEqual(answers, ["echo now: 0 now", "square 5: 0 25", "square 4: 0 16", "square 3: 0 9"]);
    },
  },
];
