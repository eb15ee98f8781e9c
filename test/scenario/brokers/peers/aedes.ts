import assert from "node:assert/strict";
import { startAedes } from "../../../support/aedes.ts";
import { ristretto, valuesOf } from "../../../support/party.ts";
import type { Deviation } from "../peer.ts";
import type { BrokerPeer } from "../peer.ts";
import { inOneGo, share } from "../scenarios.ts";
import type { BrokerOptions } from "../table.ts";
import { sentAtOnce, tooLarge } from "../version5/limits.ts";
import { FORBIDDEN, passOn, PAIRS, unheard } from "../version5/messages.ts";
import { createHeir, delayedWill } from "../version5/sessions.ts";
import { overlap, shareAndLeave } from "../version5/subscriptions.ts";
import { noEmptySession, noSharing } from "./shared.ts";

const { MAXIMUM_QOS, RETAIN_AVAILABLE, SHARED_SUBSCRIPTION_AVAILABLE, USER_PROPERTY } = ristretto;

const isForbidden = (topic: string): boolean => topic.startsWith(FORBIDDEN.slice(0, -1));

/** A broker that has no such setting says nothing of it in CONNACK. */
const noLimit = (claim: string, options: BrokerOptions, identifier: number): Deviation => ({
  claim,
  instead: "has no such setting",
  async run(table) {
    const guest = await (await table.another(options)).guest("guest");
    assert.equal(guest.allowed(identifier), undefined);
  },
});

const losesRetained: Deviation = {
  claim: "gives a message with RETAIN before the one that follows",
  instead: "loses it at QoS 0: the other one overtakes it, and it is taken for a repetition",
  async run(table) {
    assert.deepEqual(await inOneGo(table), ["one/go not kept 0"]);
  },
};

export const aedes: BrokerPeer = {
  name: "aedes",
  source: "2 beta, npm",
  program: undefined,
  isLibrary: true,
  hasVersion5: true,
  start: (_path, login, options) =>
    startAedes(login, {
      topicAliasMaximum: 10,
      keepaliveLimit: options.keepalive ?? 0,
      maximumPacketSize: options.maximumPacketSize ?? 0,
      receiveMaximum: options.receiveMaximum ?? 0,
      responseInformation: options.responseInformation ?? null,
      preConnect: (_client, _packet, done) => {
        const { serverReference } = options;
        if (serverReference) done(Object.assign(new Error("elsewhere"), { serverReference }), false);
        else done(null, true);
      },
      authorizePublish: (_client, { topic }, done) =>
        done(isForbidden(topic) ? new Error("forbidden") : null),
      authorizeSubscribe: (_client, subscription, done) =>
        done(null, isForbidden(subscription.topic) ? null : subscription),
    }),
  settings: [
    { claim: "sends a client to another server", by: "`preConnect`" },
    { claim: "tells a client where its responses may go", by: "`responseInformation`" },
    { claim: "can set the keep alive", by: "`keepaliveLimit`" },
    { claim: "can limit the messages on their way to it", by: "`receiveMaximum`" },
    { claim: "can limit the size of packets to it", by: "`maximumPacketSize`" },
    { claim: "takes topic aliases", by: "`topicAliasMaximum`, 0" },
    { claim: "says that a client may not publish", by: "`authorizePublish`" },
    { claim: "says that a client may not subscribe", by: "`authorizeSubscribe`" },
  ],
  deviations: {
    4: [noSharing, noEmptySession, losesRetained],
    5: [
      losesRetained,
      noEmptySession,
      {
        claim: "gives each message of a shared subscription",
        instead:
          "has none, and says so: the client refuses them with 0x9E (shared subscriptions not supported)",
        async run(table) {
          assert.deepEqual(await share(table), { granted: [0x9e, 0x9e], counts: [0, 0] });
          const guest = await table.guest("guest");
          assert.equal(guest.allowed(SHARED_SUBSCRIPTION_AVAILABLE), 0);
        },
      },
      {
        claim: "goes on with the other clients of a shared subscription",
        instead: "has no shared subscriptions",
        async run(table) {
          assert.deepEqual((await shareAndLeave(table)).counts, [0, 0, 0]);
        },
      },
      {
        claim: "holds a will back for its Will Delay Interval",
        instead:
          "publishes it in time, but with that interval, which no message may have: who is sent it ends the connection with 0x81 (malformed packet)",
        async run(table) {
          const heir = await createHeir(table);
          await delayedWill(table, heir);
          assert.deepEqual(heir.log.slice(-2), ["message will/of soon 2", "disconnect 129"]);
        },
      },
      {
        claim: "has no more messages on their way to a client",
        instead: "sends all at once",
        async run(table) {
          assert.equal(await sentAtOnce(table), 5);
        },
      },
      {
        claim: "spares a client messages that are too large",
        instead: "sends them: the client ends the connection with 0x95 (packet too large)",
        async run(table) {
          const taker = await tooLarge(table);
          assert.equal(await taker.until(/^(message large|disconnect)/), "disconnect 149");
        },
      },
      noLimit("can limit the QoS", { maximumQos: 1 }, MAXIMUM_QOS),
      noLimit("can refuse to keep messages", { retainAvailable: false }, RETAIN_AVAILABLE),
      {
        claim: "passes user properties on",
        instead: "passes all on, but gathers those of the same name at the place of the first",
        async run(table) {
          const properties = PAIRS.flatMap((pair) => [USER_PROPERTY, pair]);
          const [one, two, three, four, five] = PAIRS;
          assert.deepEqual(valuesOf(await passOn(table, properties), USER_PROPERTY), [
            one,
            three,
            four,
            two,
            five,
          ]);
        },
      },
      {
        claim: "says that nobody has subscribed",
        instead: "says 0 (success)",
        async run(table) {
          assert.equal(await unheard(table), 0);
        },
      },
      {
        claim: "marks a message that comes by several subscriptions",
        instead: "sends it once, with one of them: the handler of the other is not called",
        async run(table) {
          const { identifiers, handed } = await overlap(table);
          assert.deepEqual(identifiers, [[268_435_455]]);
          assert.deepEqual(handed, ["hash over/lap"]);
        },
      },
    ],
  },
};
