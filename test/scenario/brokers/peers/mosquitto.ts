import assert from "node:assert/strict";
import { startMosquitto } from "../../../support/brokers.ts";
import { mosquitto as program } from "../../../support/engines.ts";
import type { BrokerPeer } from "../peer.ts";
import type { BrokerOptions } from "../table.ts";
import { FORBIDDEN } from "../version5/messages.ts";
import { follow, responseInformation } from "../version5/sessions.ts";

/** A line of its configuration for each limit. */
const configurationOf = (options: BrokerOptions): string =>
  [
    ["max_keepalive", options.keepalive],
    ["max_packet_size", options.maximumPacketSize],
    ["max_inflight_messages", options.receiveMaximum],
    ["max_qos", options.maximumQos],
    ["retain_available", options.retainAvailable],
  ]
    .filter(([, value]) => value !== undefined)
    .map((line) => line.join(" "))
    .join("\n");

export const mosquitto: BrokerPeer = {
  name: "mosquitto",
  source: "2.0, Debian",
  program,
  hasVersion5: true,
  start: (path, login, options) =>
    startMosquitto(
      path,
      `allow_anonymous false\n${configurationOf(options)}`,
      login,
      `user ${login.username}\ntopic readwrite #\ntopic readwrite $private/#\ntopic deny ${FORBIDDEN}\n`,
    ),
  settings: [
    { claim: "can set the keep alive", by: "`max_keepalive`" },
    { claim: "can limit the messages on their way to it", by: "`max_inflight_messages`, 20" },
    { claim: "can limit the size of packets to it", by: "`max_packet_size`" },
    { claim: "can limit the QoS", by: "`max_qos`" },
    { claim: "can refuse to keep messages", by: "`retain_available`" },
    { claim: "takes topic aliases", by: "`max_topic_alias`, 10" },
  ],
  deviations: {
    4: [],
    5: [
      {
        claim: "tells a client whose identifier another one takes",
        instead: "ends the connection without a word: the client tells 0xC3 (connection lost)",
        async run(table) {
          const first = await table.guest("same");
          await table.guest("same");
          await first.until("disconnect 195");
        },
      },
      {
        claim: "tells its clients that it shuts down",
        instead: "ends the connection without a word: the client tells 0xC3 (connection lost)",
        async run(table) {
          const other = await table.another({});
          const guest = await other.guest("guest");
          await other.stop();
          await guest.until("disconnect 195");
        },
      },
      {
        claim: "sends a client to another server",
        instead: "has no such setting",
        async run(table) {
          assert.deepEqual(await follow(table), ["connect false"]);
        },
      },
      {
        claim: "tells a client where its responses may go",
        instead: "does not say",
        async run(table) {
          assert.equal(await responseInformation(table), undefined);
        },
      },
      {
        claim: "says that a client may not subscribe there",
        instead: "grants it: its access list is asked for each message, not for subscriptions",
        async run(table) {
          const taker = await table.guest("taker");
          assert.equal(await taker.subscribe(FORBIDDEN, 1), 1);
        },
      },
    ],
  },
};
