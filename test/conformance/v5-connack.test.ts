/** What MQTT 5.0 asks of CONNACK, and of what client and server promise each other by it and by CONNECT. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Client, Version5Options } from "../../src/index.ts";
import { check } from "../support/arbitraries.ts";
import { message, written, toolsOf } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { cut, ristretto } from "./conversation.ts";

const {
  connect,
  enableAuthentication,
  enableQos2,
  enableStreaming,
  enableTopicAliases,
  MAXIMUM_PACKET_SIZE,
  publish,
  publishPieces,
  publishWith,
  QOS_1,
  QOS_2,
  REQUEST_PROBLEM_INFORMATION,
  REQUEST_RESPONSE_INFORMATION,
  RETAIN,
  subscribe,
  subscribeWith,
  tick,
  unsubscribe,
  USER_PROPERTY,
} = ristretto;
const { accept, createConnected, createVersion5Client } = toolsOf(ristretto);

const bytes = (...values: number[]): string => String.fromCharCode(...values);

/** CONNACK with these flags, this reason code, and a field of properties. */
const connack = (flags: number, reasonCode: number, properties = ""): string =>
  bytes(0x20, 3 + properties.length, flags, reasonCode, properties.length) + properties;

/** A client that has sent its CONNECT. */
function asking(options: Partial<Version5Options> = {}, enable?: (client: Client) => void): Version5Told {
  const told = createVersion5Client(options, enable);
  connect(told.client);
  told.link.establish();
  told.link.packets();
  return told;
}

/** What the client tells, and the reason code that it gives the server, when these bytes end the connection. */
function endOf(told: Version5Told, received: string): [string, number | undefined] {
  told.log.length = 0;
  told.link.packets();
  told.link.receive(received);
  assert.equal(told.link.isOpen, false, Buffer.from(received, "latin1").toString("hex"));
  const [packet, ...more] = told.link.packets();
  assert.deepEqual(more, []);
  assert.equal(told.log.length, 1);
  return [told.log[0]!.replace(/ \[.*/, ""), packet?.cmd === "disconnect" ? packet.reasonCode : undefined];
}

const ends = (reasonCode: number): [string, number] => [`disconnect ${reasonCode} again`, reasonCode];

describe("CONNACK of 5.0", () => {
  it("is the first packet from the server, or the connection ends with 0x82 [MQTT5-3.2.0-1]", () => {
    for (const packet of [
      "\x30\x05\0\x01a\0x",
      "\xd0\0",
      "\x40\x02\0\x01",
      "\x62\x02\0\x01",
      "\x90\x04\0\x01\0\0",
      "\xb0\x04\0\x01\0\0",
      "\xe0\0",
      "\xe0\x02\x8b\0",
    ])
      assert.deepEqual(endOf(asking({}, enableQos2), packet), ends(0x82));
  });

  it("may have AUTH before it where that was asked for [MQTT5-3.2.0-1]", () => {
    const told = asking({}, (client) => enableAuthentication(client, "X", () => "answer"));
    const properties = { authenticationMethod: "X", authenticationData: Buffer.from("prove") };
    told.link.receive({ cmd: "auth", reasonCode: 0x18, properties });
    told.link.receive(connack(0, 0));
    assert.deepEqual(told.log, ["connect false"]);
  });

  it("comes once: a second one ends the connection with 0x82 [MQTT5-3.2.0-2]", () => {
    for (const second of [connack(0, 0), connack(1, 0), connack(0, 0x87)])
      assert.deepEqual(endOf(createConnected({}, { clean: false }), second), ends(0x82));
  });

  it("has no other flag but Session Present, or the connection ends with 0x81 [MQTT5-3.2.2-1]", () => {
    for (let flags = 2; flags < 256; flags++) {
      assert.deepEqual(endOf(asking({ clean: false }), connack(flags, 0)), ends(0x81));
      assert.deepEqual(endOf(asking({ clean: false }), connack(flags, 0x87)), ends(0x81));
    }
  });

  it("has no Session Present with a reason code other than 0, or that is 0x82 [MQTT5-3.2.2-6]", () => {
    for (let code = 1; code < 256; code++)
      assert.deepEqual(endOf(asking({ clean: false }), connack(1, code)), ends(0x82));
  });

  /** Section 3.2.2.2, table 3-1. */
  const CODES = [
    ...[0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99],
    ...[0x9a, 0x9b, 0x9c, 0x9d, 0x9f],
  ];

  it("ends the connection by the client too where it refuses, though the server leaves it open, with nothing said [MQTT5-3.2.2-7]", () => {
    for (const code of CODES)
      assert.deepEqual(endOf(asking(), connack(0, code)), [`disconnect ${code} again`, undefined]);
  });

  it("has one of the reason codes listed, or the connection ends with 0x81 [MQTT5-3.2.2-8]", () => {
    for (let code = 1; code < 256; code++)
      if (!CODES.includes(code))
        assert.deepEqual(endOf(asking(), connack(0, code)), ["disconnect 129 again", undefined], `${code}`);
  });

  it("names a client that has no name, or the connection ends with 0x82 [MQTT5-3.1.3-7] [MQTT5-3.2.2-16]", () => {
    assert.deepEqual(endOf(asking({ clientId: "" }), connack(0, 0)), ends(0x82));
    assert.deepEqual(endOf(asking({ clientId: "" }), connack(0, 0, "\x12\0\0")), ends(0x82));
    const told = asking({ clientId: "" });
    told.link.receive(connack(0, 0, "\x12\0\x05given"));
    assert.deepEqual(told.log, ['connect false [18,"given"]']);
    // It is named from then on.
    told.link.end();
    connect(told.client);
    told.link.establish();
    assert.equal(written(told, "connect")[0]?.clientId, "given");
    told.link.receive(connack(0, 0));
    assert.equal(told.client.connected, true);
  });

  it("has response information for those only who asked for it, or the connection ends with 0x82 [MQTT5-3.1.2-28]", () => {
    const information = connack(0, 0, "\x1a\0\x02a/");
    for (const properties of [[], [REQUEST_RESPONSE_INFORMATION, 0]])
      assert.deepEqual(endOf(asking({ properties }), information), ends(0x82));
    const told = asking({ properties: [REQUEST_RESPONSE_INFORMATION, 1] });
    told.link.receive(information);
    assert.deepEqual(told.log, ['connect false [26,"a/"]']);
  });
});

describe("Request Problem Information 0 in CONNECT of 5.0", () => {
  const REASON = "\x1f\0\x02no";
  const PAIR = "\x26\0\x01a\0\x01b";
  const properties = [REQUEST_PROBLEM_INFORMATION, 0];
  const withMethod = (client: Client): void => {
    enableQos2(client);
    enableAuthentication(client, "X", () => "answer");
  };

  /** A client with a packet under way that each answer is for. */
  const busy = (given: typeof properties): Version5Told => {
    const told = createConnected({}, { properties: given }, withMethod);
    subscribe(told.client, [{ topicFilter: "f" }]);
    publish(told.client, "t", "", QOS_1);
    publish(told.client, "t", "", QOS_2);
    return told;
  };

  const field = (text: string): string => bytes(text.length) + text;
  const packet = (first: number, body: string): string => bytes(first, body.length) + body;

  for (const [what, build] of [
    ["PUBACK", (text) => packet(0x40, `\0\x02\0${field(text)}`)],
    ["PUBREC", (text) => packet(0x50, `\0\x03\0${field(text)}`)],
    ["PUBREL", (text) => packet(0x62, `\0\x09\0${field(text)}`)],
    ["PUBCOMP", (text) => packet(0x70, `\0\x03\0${field(text)}`)],
    ["SUBACK", (text) => packet(0x90, `\0\x01${field(text)}\0`)],
    ["AUTH", (text) => packet(0xf0, `\x18${field(`\x15\0\x01X${text}`)}`)],
  ] as Array<[string, (text: string) => string]>) {
    it(`has a reason or user properties in ${what} end the connection with 0x82 [MQTT5-3.1.2-29]`, () => {
      for (const text of [REASON, PAIR, `${PAIR}${REASON}`, "\x1f\0\0"]) {
        assert.deepEqual(endOf(busy(properties), build(text)), ends(0x82));
        for (const other of [[], [REQUEST_PROBLEM_INFORMATION, 1]]) {
          const told = busy(other);
          told.link.receive(build(text));
          assert.equal(told.link.isOpen, true);
        }
      }
      const told = busy(properties);
      told.link.receive(build(""));
      assert.equal(told.link.isOpen, true);
    });
  }

  it("has them in UNSUBACK end it, too [MQTT5-3.1.2-29]", () => {
    const told = createConnected({}, { properties });
    unsubscribe(told.client, ["f"]);
    assert.deepEqual(endOf(told, packet(0xb0, `\0\x01${field(REASON)}\0`)), ends(0x82));
  });

  it("leaves them to CONNACK, PUBLISH and DISCONNECT [MQTT5-3.1.2-29]", () => {
    const told = asking({ properties });
    told.link.receive(connack(0, 0, REASON + PAIR));
    told.link.receive(message("t", "x", { userProperties: { a: "b" } }));
    told.link.receive(packet(0xe0, `\x8b${field(REASON + PAIR)}`));
    assert.deepEqual(told.log, [
      'connect false [31,"no",38,["a","b"]]',
      'message t x 0 [38,["a","b"]]',
      'disconnect 139 again [31,"no",38,["a","b"]]',
    ]);
  });
});

describe("the keep alive of 5.0", () => {
  it("is that of CONNACK where there is one, or that of CONNECT: so long at most nothing is sent before PINGREQ [MQTT5-3.1.2-20] [MQTT5-3.1.2-21] [MQTT5-3.2.2-21]", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 12 });
    const seconds = fc.integer({ min: 1, max: 20 });
    check(
      fc.property(pauses, seconds, fc.option(seconds), (given, keepalive, server) => {
        const told = createConnected(server ? { serverKeepAlive: server } : {}, { keepalive });
        const bound = server ?? keepalive;
        let silent = 0;
        for (const pause of given) {
          for (let second = 0; second < pause; second++) {
            tick(told.client);
            const packets = told.link.packets();
            silent = packets.length ? 0 : silent + 1;
            assert.ok(silent < bound, `${silent} seconds of ${bound} without a packet`);
            // Nor sooner: a ping costs power.
            if (packets.length) told.link.receive("\xd0\0");
          }
          publish(told.client, "t", "x", 0);
          assert.equal(told.link.packets().length, 1);
          silent = 0;
        }
      }),
    );
  });

  it("of CONNACK counts when it is longer, and when it is none [MQTT5-3.1.2-21] [MQTT5-3.2.2-21]", () => {
    for (const [serverKeepAlive, pings] of [
      [100, [100]],
      [0, []],
    ] as const) {
      const told = createConnected({ serverKeepAlive }, { keepalive: 10 });
      const found: number[] = [];
      for (let second = 1; second <= 105; second++) {
        tick(told.client);
        if (written(told, "pingreq").length) found.push(second);
      }
      assert.deepEqual(found, pings);
    }
  });

  it("of CONNACK holds for its connection alone [MQTT5-3.1.2-21]", () => {
    const told = createConnected({ serverKeepAlive: 100 }, { keepalive: 10 });
    told.link.end();
    connect(told.client);
    told.link.establish();
    assert.equal(written(told, "connect")[0]?.keepalive, 10);
    told.link.receive(connack(0, 0));
    for (let second = 0; second < 10; second++) tick(told.client);
    assert.equal(written(told, "pingreq").length, 1);
  });
});

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
            { receiveMaximum: 20 },
            (client) => enableTopicAliases(client, 4),
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

  it("counts for what was queued or under way before it was known, and for messages in pieces [MQTT5-3.2.2-15]", () => {
    const told = createVersion5Client({ clean: false }, enableStreaming);
    publish(told.client, "fits", "", 0);
    publish(told.client, "waits", "x".repeat(60), QOS_1);
    publishPieces(told.client, "pieces", 1000, QOS_1, (_offset, room) => "x".repeat(room));
    connect(told.client);
    accept(told);
    assert.equal(told.link.bytes.length > 1000, true);
    told.link.end();
    connect(told.client);
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
      const told = createConnected({}, { clean: false }, enableQos2);
      for (const flags of [0, QOS_1, QOS_2]) publish(told.client, "sent", "", flags);
      told.link.end();
      for (const flags of [0, QOS_1, QOS_2]) publish(told.client, "queued", "", flags);
      connect(told.client);
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
    const told = createConnected({}, { clean: false }, enableQos2);
    for (const flags of [QOS_1, QOS_2]) publish(told.client, "sent", "", flags | RETAIN);
    told.link.end();
    for (const flags of [0, QOS_1, QOS_2]) publish(told.client, "queued", "", flags | RETAIN);
    connect(told.client);
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
        const told = createConnected(properties, {}, (client) => enableTopicAliases(client, ours));
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
    const told = createConnected({ topicAliasMaximum: 8 }, {}, (client) => enableTopicAliases(client, 8));
    publish(told.client, "a", "", QOS_1);
    told.link.end();
    connect(told.client);
    accept(told);
    publish(told.client, "a", "", 0);
    const { bytes: all } = told.link;
    assert.ok(all.endsWith("\x30\x04\0\x01a\0"));
  });
});

describe("the topic alias maximum that the client told", () => {
  const alias = (number: number, topic = "a"): string =>
    bytes(0x30, 6 + topic.length, 0, topic.length) + topic + bytes(3, 0x23, number >> 8, number & 255);

  it("is kept by the server, or the connection ends with 0x94 [MQTT5-3.1.2-26]", () => {
    for (const maximum of [1, 5, 300]) {
      const make = (): Version5Told =>
        createConnected({}, {}, (client) => enableTopicAliases(client, maximum));
      for (const number of [maximum + 1, maximum + 256, 65535])
        assert.deepEqual(endOf(make(), alias(number)), ends(0x94));
      const told = make();
      told.link.receive(alias(maximum));
      assert.deepEqual(told.log, [`message a  0 [35,${maximum}]`]);
    }
  });

  it("is 0 where none was told, and then any alias ends the connection with 0x94 [MQTT5-3.1.2-27]", () => {
    for (const number of [1, 2, 65535]) assert.deepEqual(endOf(createConnected(), alias(number)), ends(0x94));
  });
});
