/** Sessions, wills and the ends of connections, as only MQTT 5.0 has them. */
import assert from "node:assert/strict";
import type { Properties, Version5Options } from "../../../../src/index.ts";
import { ristretto, valuesOf } from "../../../support/party.ts";
import type { Party, Telling } from "../../../support/party.ts";
import type { BrokerScenario, Table } from "../table.ts";

const {
  ASSIGNED_CLIENT_IDENTIFIER,
  AUTHENTICATION_DATA,
  AUTHENTICATION_METHOD,
  CONTENT_TYPE,
  CORRELATION_DATA,
  disconnectWith,
  PAYLOAD_FORMAT_INDICATOR,
  QOS_1,
  REQUEST_RESPONSE_INFORMATION,
  RESPONSE_INFORMATION,
  RESPONSE_TOPIC,
  SESSION_EXPIRY_INTERVAL,
  USER_PROPERTY,
  WILL_DELAY_INTERVAL,
} = ristretto;

/** Seconds that no test lasts, and within which a client is back, even where the machine is busy. */
const LONG = 600;
const SHORT = 2;

/** A session of so many seconds, for a client that comes back to it. */
const session = (seconds: number): Partial<Version5Options> => ({
  clean: false,
  properties: [SESSION_EXPIRY_INTERVAL, seconds],
});

const will = (payload: string, properties: Properties): Partial<Version5Options> => ({
  will: { topic: "will/of", payload, qos: 1, properties },
});

/** One that hears the wills. */
export async function createHeir(table: Table, clientId = "heir"): Promise<Party> {
  const heir = await table.guest(clientId);
  await heir.subscribe("will/of", 1);
  return heir;
}

/** Waits until a will is published. aedes publishes a delayed one so that clients end the connection, which shows it too. */
function published(heir: Party, payload: string): Promise<Telling> {
  return heir.told(new RegExp(`^(message will/of ${payload} 2|disconnect 129)$`));
}

/** Waits until so many seconds have passed for the broker, by a will that it holds back for as long. */
export async function pass(table: Table, seconds: number): Promise<void> {
  const clock = await createHeir(table, "clock");
  const hand = await table.guest("hand", {
    ...session(LONG),
    ...will("over", [WILL_DELAY_INTERVAL, seconds]),
  });
  await hand.cut();
  await published(clock, "over");
}

/** Has a will wait for a second, while a later one passes by. */
export async function delayedWill(table: Table, heir: Party): Promise<Telling> {
  const late = await table.guest("late", {
    ...session(LONG),
    ...will("late", [
      WILL_DELAY_INTERVAL,
      1,
      PAYLOAD_FORMAT_INDICATOR,
      1,
      CONTENT_TYPE,
      "text/plain",
      RESPONSE_TOPIC,
      "re/will",
      CORRELATION_DATA,
      "\0\xff",
      USER_PROPERTY,
      ["a", "1"],
      USER_PROPERTY,
      ["a", "2"],
    ]),
  });
  const soon = await table.guest("soon", will("soon", []));
  await late.cut();
  await soon.cut();
  return published(heir, "late");
}

/** Gives how a client is answered that a broker sends to another one, and follows. */
export async function follow(table: Table): Promise<string[]> {
  const other = await table.another({ serverReference: `127.0.0.1:${table.port}` });
  const party = other.party("follower", {}, [ristretto.serverReference]);
  const answers = [await party.online()];
  if (!party.client.connected) answers.push(await party.online());
  return answers;
}

/** What a client is told that asks where its responses may go. */
export async function responseInformation(table: Table): Promise<unknown> {
  const other = await table.another({ responseInformation: "re/sponses" });
  const party = await other.guest("asking", { properties: [REQUEST_RESPONSE_INFORMATION, 1] });
  return party.allowed(RESPONSE_INFORMATION);
}

export const SESSIONS: readonly BrokerScenario[] = [
  {
    claim: "keeps a session for its Session Expiry Interval, and no longer",
    async run(table) {
      const heir = await createHeir(table);
      // At the end of a session its will is published, however long that was to wait: so the end is heard.
      const keeper = await table.guest("keeper", {
        ...session(SHORT),
        ...will("over", [WILL_DELAY_INTERVAL, LONG]),
      });
      await keeper.subscribe("own", 1);
      await keeper.cut();
      assert.equal(await keeper.online(), "connect true");
      await keeper.cut();
      await published(heir, "over");
      assert.equal(await keeper.online(), "connect false");
    },
  },
  {
    claim: "takes another Session Expiry Interval at DISCONNECT",
    async run(table) {
      const keeper = await table.guest("keeper", session(LONG));
      await keeper.subscribe("own", 1);
      assert.equal(disconnectWith(keeper.client, 0, [SESSION_EXPIRY_INTERVAL, 0]), 0);
      await keeper.until("disconnect 0");
      assert.equal(await keeper.online(), "connect false");
    },
  },
  {
    claim: "gives a client without an identifier one, by which it comes back to its session",
    async run(table) {
      const nameless = await table.guest("", session(LONG));
      const given = nameless.allowed(ASSIGNED_CLIENT_IDENTIFIER);
      assert.match(String(given), /./);
      await nameless.subscribe("own", 1);
      await nameless.leave();
      assert.equal(await nameless.online(), "connect true");
      assert.equal(nameless.allowed(ASSIGNED_CLIENT_IDENTIFIER), undefined);
    },
  },
  {
    claim: "publishes the will of a client that leaves with 0x04 (disconnect with will message)",
    async run(table) {
      const heir = await createHeir(table);
      const testator = await table.guest("testator", will("gone", []));
      assert.equal(disconnectWith(testator.client, 4, []), 0);
      await heir.until("message will/of gone 2");
    },
  },
  {
    claim:
      "publishes no will of a client that leaves with an error such as 0x82 (protocol error), though the standard would have it",
    async run(table) {
      const heir = await createHeir(table);
      // The client says so when it finds that the server broke the protocol.
      const testator = await table.guest("testator", will("gone", []));
      ristretto.abort(testator.client, 0x82);
      await testator.until("disconnect 130");
      assert.ok(testator.link.said.endsWith("\xe0\x01\x82"));
      await heir.publish("will/of", "mark", QOS_1);
      await heir.until("message will/of mark 2");
      assert.deepEqual(heir.messages(), ["will/of mark 2"]);
    },
  },
  {
    claim: "holds a will back for its Will Delay Interval, and publishes it with its properties",
    async run(table) {
      const heir = await createHeir(table);
      const telling = await delayedWill(table, heir);
      assert.deepEqual(heir.messages(), ["will/of soon 2", "will/of late 2"]);
      assert.deepEqual(
        [PAYLOAD_FORMAT_INDICATOR, CONTENT_TYPE, RESPONSE_TOPIC, CORRELATION_DATA, USER_PROPERTY].map(
          (identifier) => valuesOf(telling, identifier),
        ),
        [
          [1],
          ["text/plain"],
          ["re/will"],
          ["\0\xff"],
          [
            ["a", "1"],
            ["a", "2"],
          ],
        ],
      );
    },
  },
  {
    claim: "publishes no will of a client that is back within the Will Delay Interval",
    async run(table) {
      const heir = await createHeir(table);
      const back = await table.guest("back", {
        ...session(LONG),
        ...will("back", [WILL_DELAY_INTERVAL, SHORT]),
      });
      await back.subscribe("own", 1);
      await back.cut();
      assert.equal(await back.online(), "connect true");
      // Another one's comes, who was cut off later.
      await pass(table, SHORT);
      await published(heir, "over");
      assert.equal(heir.link.heard.includes("back"), false);
    },
  },
  {
    claim: "tells a client whose identifier another one takes: DISCONNECT 0x8E (session taken over)",
    async run(table) {
      const first = await table.guest("same");
      await table.guest("same");
      await first.until("disconnect 142");
    },
  },
  {
    claim: "tells its clients that it shuts down: DISCONNECT 0x8B (server shutting down)",
    async run(table) {
      const other = await table.another({});
      const guest = await other.guest("guest");
      await guest.subscribe("own", 0);
      await other.stop();
      await guest.until("disconnect 139");
    },
  },
  {
    claim: "sends a client to another server: CONNACK 0x9C (use another server) with a Server Reference",
    async run(table) {
      assert.deepEqual(await follow(table), ["disconnect 156", "connect false"]);
    },
  },
  {
    claim: "tells a client where its responses may go (Response Information)",
    async run(table) {
      assert.equal(await responseInformation(table), "re/sponses");
    },
  },
  {
    claim:
      "has no enhanced authentication by itself, and says so to who asks for it: CONNACK 0x8C (bad authentication method)",
    async run(table) {
      const options = { authenticationMethod: "SCRAM-SHA-256", authenticate: () => "n,,n=node,r=nonce" };
      const party = table.party("scram", options, [ristretto.authentication]);
      const line = await party.online();
      assert.equal(line, "disconnect 140");
      assert.ok(party.link.said.includes("SCRAM-SHA-256"));
      assert.equal(party.allowed(AUTHENTICATION_METHOD) ?? party.allowed(AUTHENTICATION_DATA), undefined);
    },
  },
];
