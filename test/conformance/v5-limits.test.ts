/** The limits by which client and server of MQTT 5.0 bind each other in CONNECT and CONNACK, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Version5Options } from "../../src/index.ts";
import { check } from "../support/arbitraries.ts";
import { written } from "../support/version5.ts";
import { cut, ristretto } from "./conversation.ts";
import {
  accept,
  asking,
  bytes,
  connack,
  createConnected,
  createVersion5Client,
  endOf,
  ends,
} from "./wire5.ts";
import { dial } from "../support/fake-link.ts";

const {
  authentication,
  MAXIMUM_PACKET_SIZE,
  publish,
  publishPieces,
  publishWith,
  qos2,
  QOS_1,
  QOS_2,
  reauthenticate,
  RETAIN,
  streaming,
  subscribe,
  subscribeWith,
  topicAliases,
  unsubscribe,
  USER_PROPERTY,
} = ristretto;

describe("the maximum packet size that the client told", () => {
  /** A PUBLISH of so many bytes in all, from 130 to 16000. */
  const publishOf = (size: number): string => {
    const length = size - 3;
    return bytes(0x30, (length & 127) | 128, length >> 7) + "\0\x01t\0".padEnd(length, "x");
  };

  it("is kept by the server, or the connection ends with 0x95 [MQTT5-3.1.2-24]", () => {
    for (const [settings, maximum] of [
      [{}, 1024],
      [{ maximumPacketSize: 200 }, 200],
      [{ properties: [MAXIMUM_PACKET_SIZE, 200] }, 200],
    ] as Array<[Partial<Version5Options>, number]>) {
      const asked = asking(settings);
      asked.link.receive(connack(0, 0));
      asked.link.receive(publishOf(maximum));
      assert.equal(asked.log.length, 2);
      assert.deepEqual(endOf(createConnected({}, settings), publishOf(maximum + 1)), ends(0x95));
      // Any other packet, too.
      const size = maximum + 1 - 3;
      const reason = "\x1f\0".padEnd(size - 5, "\0");
      const puback = bytes(0x40, (size & 127) | 128, size >> 7) + `\0\x01\0\0\0${reason}`;
      const told = createConnected({}, settings);
      publish(told.client, "t", "", QOS_1);
      assert.deepEqual(endOf(told, puback), ends(0x95));
    }
  });
});

describe("the server's maximum packet size", () => {
  const filter = fc.integer({ min: 1, max: 60 });

  it("is exceeded by no PUBLISH, SUBSCRIBE or UNSUBSCRIBE: what fits is asked for in several, what does not is told 0x95 [MQTT5-3.2.2-15]", () => {
    check(
      fc.property(
        fc.integer({ min: 16, max: 120 }),
        fc.array(filter, { maxLength: 20 }),
        fc.array(fc.tuple(filter, filter, fc.constantFrom(0, QOS_1)), { maxLength: 10 }),
        fc.boolean(),
        (maximumPacketSize, sizes, messages, hasIdentifiers) => {
          const told = createConnected(
            { maximumPacketSize, topicAliasMaximum: 4 },
            { receiveMaximum: 20, topicAliasMaximum: 4 },
            [topicAliases],
          );
          const topicFilters = sizes.map((size, index) => `${index}`.padEnd(size, "x"));
          told.link.bytes = "";
          if (hasIdentifiers)
            subscribeWith(
              told.client,
              topicFilters.map((topicFilter, index) => ({
                topicFilter,
                subscriptionIdentifier: 1 + (index % 2),
              })),
            );
          else
            subscribe(
              told.client,
              topicFilters.map((topicFilter) => ({ topicFilter })),
            );
          const asked: string[] = [];
          const answerAll = (): void => {
            for (let more = told.link.packets(); more.length; more = told.link.packets())
              for (const packet of more) {
                const messageId = packet.messageId!;
                if (packet.cmd === "subscribe") {
                  asked.push(...packet.subscriptions.map(({ topic }) => topic));
                  const granted = packet.subscriptions.map(() => 0);
                  told.link.receive({ cmd: "suback", messageId, granted } as never);
                } else if (packet.cmd === "unsubscribe") {
                  asked.push(...packet.unsubscriptions);
                  const granted = packet.unsubscriptions.map(() => 0);
                  told.link.receive({ cmd: "unsuback", messageId, granted } as never);
                }
              }
          };
          const tell = (codes: string[]): string[] =>
            told.log.splice(0).filter((line) => codes.includes(line.split(" ")[0]!));
          answerAll();
          // Header, packet id, property length and properties, length of the filter, options.
          const fits = (topicFilter: string): boolean =>
            2 + 2 + (hasIdentifiers ? 3 : 1) + 3 + topicFilter.length <= maximumPacketSize;
          assert.deepEqual(asked.splice(0).sort(), topicFilters.filter(fits).sort());
          assert.deepEqual(
            tell(["subscribe"]).sort(),
            topicFilters.map((one) => `subscribe ${one} ${fits(one) ? 0 : 0x95}`).sort(),
          );
          for (const [topic, payload, flags] of messages) {
            const size = 2 + 2 + topic + (flags ? 2 : 0) + 1 + payload;
            const result = publish(told.client, "t".repeat(topic), "x".repeat(payload), flags);
            assert.equal(result < 0, size > maximumPacketSize);
          }
          unsubscribe(told.client, topicFilters);
          answerAll();
          const leave = (one: string): boolean => 2 + 2 + 1 + 2 + one.length <= maximumPacketSize;
          assert.deepEqual(asked.sort(), topicFilters.filter(leave).sort());
          assert.deepEqual(
            tell(["unsubscribe"]).sort(),
            topicFilters.map((one) => `unsubscribe ${one} ${leave(one) ? 0 : 0x95}`).sort(),
          );
          for (const packet of cut(told.link.bytes)) assert.ok(packet.length <= maximumPacketSize, packet);
        },
      ),
    );
  });

  it("holds back no filter that fits behind one to leave that does not [MQTT5-3.2.2-15]", () => {
    const told = createConnected({ maximumPacketSize: 40 });
    subscribe(told.client, [{ topicFilter: "first" }]);
    subscribe(told.client, [{ topicFilter: "second" }]);
    unsubscribe(told.client, ["x".repeat(60)]);
    written(told, "subscribe");
    told.link.receive({ cmd: "suback", messageId: 1, granted: [0] });
    assert.deepEqual(told.log, [`unsubscribe ${"x".repeat(60)} 149`, "subscribe first 0"]);
    assert.equal(written(told, "subscribe")[0]?.subscriptions[0]?.topic, "second");
  });

  it("is exceeded by no AUTH: what would be larger ends the connection with 0x95 [MQTT5-3.2.2-15]", () => {
    for (const size of [1, 20, 21, 300, 70000]) {
      let data = "";
      const told = createConnected(
        { authenticationMethod: "X", maximumPacketSize: 30 },
        { authenticationMethod: "X", authenticate: (_data, code) => (code === 0x19 ? data : "") },
        [authentication],
      );
      data = "x".repeat(size);
      told.link.bytes = "";
      reauthenticate(told.client);
      // Header, reason code, property length, method, and the data's identifier and length.
      const fits = 2 + 1 + 1 + 4 + 3 + size <= 30;
      const written = cut(told.link.bytes);
      assert.equal(written[0]!.charCodeAt(0), fits ? 0xf0 : 0xe0);
      for (const packet of written) assert.ok(packet.length <= 30);
      assert.deepEqual(told.log, fits ? [] : ["disconnect 149 again"]);
    }
  });

  it("counts for what was queued or under way before it was known, and for messages in pieces [MQTT5-3.2.2-15]", () => {
    const told = createVersion5Client({ clean: false }, [streaming]);
    publish(told.client, "fits", "", 0);
    publish(told.client, "waits", "x".repeat(60), QOS_1);
    publishPieces(told.client, "pieces", 1000, QOS_1, (_offset, room) => "x".repeat(room));
    dial(told, ristretto);
    accept(told);
    assert.equal(told.link.bytes.length > 1000, true);
    told.link.end();
    dial(told, ristretto);
    told.link.establish();
    told.link.packets();
    told.log.length = 0;
    told.link.bytes = "";
    told.link.receive({
      cmd: "connack",
      reasonCode: 0,
      sessionPresent: true,
      properties: { maximumPacketSize: 60 },
    });
    assert.deepEqual(
      told.log.map((line) => line.split(" [")[0]),
      ["drop 149 1 waits", "drop 149 2 pieces", "connect true"],
    );
    assert.equal(told.link.bytes, "");
    assert.equal(
      publishPieces(told.client, "t", 60, 0, (_offset, room) => "x".repeat(room)),
      -0x95,
    );
  });
});

describe("what CONNACK of 5.0 allows", () => {
  it("is no QoS above the server's maximum, at once or queued before [MQTT5-3.2.2-11]", () => {
    for (const maximumQoS of [0, 1] as const) {
      const told = createConnected({}, { clean: false }, [qos2]);
      for (const flags of [0, QOS_1, QOS_2]) publish(told.client, "sent", "", flags);
      told.link.end();
      for (const flags of [0, QOS_1, QOS_2]) publish(told.client, "queued", "", flags);
      dial(told, ristretto);
      told.link.establish();
      told.link.packets();
      told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true, properties: { maximumQoS } });
      for (const flags of [0, QOS_1, QOS_2]) {
        const result = publish(told.client, "new", "", flags);
        assert.equal(result === -0x9b, flags / 2 > maximumQoS);
      }
      const found = written(told, "publish").map(({ topic, qos }) => `${topic} ${qos}`);
      const expected = maximumQoS
        ? ["sent 1", "queued 0", "queued 1", "new 0", "new 1"]
        : ["queued 0", "new 0"];
      assert.deepEqual(found, expected);
    }
  });

  it("is no RETAIN where that is not available, at once or queued before, at any QoS [MQTT5-3.2.2-14]", () => {
    const told = createConnected({}, { clean: false }, [qos2]);
    for (const flags of [QOS_1, QOS_2]) publish(told.client, "sent", "", flags | RETAIN);
    told.link.end();
    for (const flags of [0, QOS_1, QOS_2]) publish(told.client, "queued", "", flags | RETAIN);
    dial(told, ristretto);
    told.link.establish();
    told.link.packets();
    const properties = { retainAvailable: false };
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true, properties });
    for (const flags of [0, QOS_1, QOS_2])
      assert.equal(publish(told.client, "new", "", flags | RETAIN), -0x9a);
    assert.deepEqual(told.link.packets(), []);
    assert.equal(told.client.dropped, 5);
  });

  it("is no topic alias above the server's maximum, and none where there is none [MQTT5-3.2.2-17] [MQTT5-3.2.2-18]", () => {
    const topics = fc.array(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 40 });
    check(
      fc.property(topics, fc.option(fc.nat(5)), fc.integer({ min: 1, max: 8 }), (given, maximum, ours) => {
        const properties = maximum === null ? {} : { topicAliasMaximum: maximum };
        const told = createConnected(properties, { topicAliasMaximum: ours }, [topicAliases]);
        const names: Record<number, string> = {};
        for (const topic of given) {
          assert.equal(publishWith(told.client, topic, "", 0, [USER_PROPERTY, ["k", "v"]]), 0);
          const [packet] = written(told, "publish");
          const alias = packet!.properties!.topicAlias;
          assert.equal(alias === undefined, !maximum);
          if (alias === undefined) assert.equal(packet!.topic, topic);
          else {
            assert.ok(alias > 0 && alias <= maximum!);
            if (packet!.topic) names[alias] = packet!.topic;
            assert.equal(names[alias], topic);
          }
        }
      }),
    );
  });

  it("is no topic alias of an earlier server's maximum [MQTT5-3.2.2-18]", () => {
    const told = createConnected({ topicAliasMaximum: 8 }, { topicAliasMaximum: 8 }, [topicAliases]);
    publish(told.client, "a", "", QOS_1);
    told.link.end();
    dial(told, ristretto);
    accept(told);
    publish(told.client, "a", "", 0);
    const { bytes: all } = told.link;
    assert.ok(all.endsWith("\x30\x04\0\x01a\0"));
  });
});
