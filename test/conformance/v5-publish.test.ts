/** What MQTT 5.0 asks of PUBLISH, both ways. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Client, Properties } from "../../src/index.ts";
import type { Packet } from "mqtt-packet";
import { byteString, check, topicBytes, utf8 } from "../support/arbitraries.ts";
import { message, written, toolsOf } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { cut, ristretto } from "./conversation.ts";

const {
  connect,
  CONTENT_TYPE,
  CORRELATION_DATA,
  createRequester,
  enableQos2,
  enableTopicAliases,
  PAYLOAD_FORMAT_INDICATOR,
  publish,
  publishWith,
  QOS_1,
  QOS_2,
  RECEIVE_MAXIMUM,
  request,
  RESPONSE_TOPIC,
  RETAIN,
  subscribe,
  SUBSCRIPTION_IDENTIFIER,
  tick,
  unsubscribe,
  USER_PROPERTY,
} = ristretto;
const { createConnected, createVersion5Client } = toolsOf(ristretto);

const bytes = (...values: number[]): string => String.fromCharCode(...values);
const idOf = (packetId: number): string => bytes(packetId >> 8, packetId & 255);
const text = (given: string): string => idOf(given.length) + given;

/** A packet of less than 16 384 bytes. */
function packetOf(first: number, body: string): string {
  const { length } = body;
  return bytes(first) + (length > 127 ? bytes((length & 127) | 128, length >> 7) : bytes(length)) + body;
}

/** PUBLISH as the server sends it, with a field of properties of less than 128 bytes. */
function incoming(flags: number, topic: string, packetId: number, properties: string, payload = ""): string {
  const id = flags & 6 ? idOf(packetId) : "";
  return packetOf(0x30 | flags, text(topic) + id + bytes(properties.length) + properties + payload);
}

/** What was written since the last look, packet by packet. */
function bytesOf(told: Version5Told): string[] {
  const all = told.link.bytes;
  told.link.bytes = "";
  told.link.packets();
  return cut(all);
}

/** A client of QoS 2 that is connected, and of which nothing is written yet. */
function connected(
  properties = {},
  options = {},
  enable: (client: Client) => void = () => undefined,
): Version5Told {
  const told = createConnected(properties, options, (client) => {
    enableQos2(client);
    enable(client);
  });
  told.link.bytes = "";
  return told;
}

/** The connection is lost, and the next one accepted with the session. */
function resume(told: Version5Told, properties = {}): void {
  told.link.end();
  connect(told.client);
  told.link.establish();
  bytesOf(told);
  told.log.length = 0;
  told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true, properties });
}

/** The reason code that the client gives the server, and tells its owner, for these bytes. */
function endOf(told: Version5Told, received: string): number | undefined {
  told.link.packets();
  told.link.receive(received);
  const [packet, ...more] = told.link.packets();
  assert.deepEqual(more, []);
  assert.equal(told.link.isOpen, false, Buffer.from(received, "latin1").toString("hex"));
  const code = packet?.cmd === "disconnect" ? packet.reasonCode : undefined;
  assert.match(told.log.at(-1)!, new RegExp(`^disconnect ${code} again`));
  assert.equal(told.log.length, 1);
  return code;
}

const ILL_FORMED = ["\xff", "a\xc3(", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xc0\x80", "\xe2\x82", "a\0"];

const FLAGS = fc.constantFrom(...[0, QOS_1, QOS_2].flatMap((qos) => [qos, qos | RETAIN]));

describe("PUBLISH of 5.0 from the client", () => {
  it("has its topic first, its packet id behind it above QoS 0 alone, its properties or a 0, and no DUP [MQTT5-2.2.1-2] [MQTT5-2.2.2-1] [MQTT5-3.3.1-2] [MQTT5-3.3.1-4] [MQTT5-3.3.2-1]", () => {
    const properties: fc.Arbitrary<[Properties, string]> = fc.constantFrom<
      Array<[Properties, string]>[number][]
    >(
      [[], ""],
      [[PAYLOAD_FORMAT_INDICATOR, 1], "\x01\x01"],
      [[CONTENT_TYPE, "a", USER_PROPERTY, ["b", "c"]], "\x03\0\x01a\x26\0\x01b\0\x01c"],
    );
    check(
      fc.property(topicBytes(), byteString(), FLAGS, properties, (topic, payload, flags, [given, field]) => {
        const told = connected();
        const packetId = publishWith(told.client, topic, payload, flags, given);
        assert.equal(packetId > 0, flags > RETAIN);
        const id = flags > RETAIN ? idOf(packetId) : "";
        const body = text(topic) + id + bytes(field.length) + field + payload;
        assert.deepEqual(bytesOf(told), [packetOf(0x30 | flags, body)]);
      }),
    );
  });

  it("has no QoS 3, whoever asks for it [MQTT5-3.3.1-4]", () => {
    const told = connected();
    assert.equal(publish(told.client, "t", "", QOS_1 | QOS_2), -0x9b);
    assert.deepEqual(bytesOf(told), []);
  });

  it("is refused with a topic name that is empty, has a wildcard, U+0000, ill-formed UTF-8 or 65 536 bytes, and takes 65 535 [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.3.2-1] [MQTT5-3.3.2-2]", () => {
    const told = connected({}, { queueBytes: 1 << 17 });
    const refused = ["", "+", "#", "a/+/b", "a#", "x".repeat(65536), ...ILL_FORMED];
    for (const topic of refused)
      for (const flags of [0, QOS_1, QOS_2])
        assert.equal(publish(told.client, topic, "", flags), -0x90, topic);
    assert.deepEqual(bytesOf(told), []);
    publish(told.client, "x".repeat(65535), "", 0);
    assert.equal(told.link.bytes.length, 4 + 2 + 65535 + 1);
  });

  it("is refused with a response topic or content type that is no UTF-8, and sent with any other [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.3.2-13] [MQTT5-3.3.2-19]", () => {
    const told = connected();
    for (const identifier of [RESPONSE_TOPIC, CONTENT_TYPE])
      for (const value of ILL_FORMED)
        for (const flags of [0, QOS_1, QOS_2])
          assert.equal(publishWith(told.client, "t", "", flags, [identifier, value]), -0x82);
    assert.deepEqual(bytesOf(told), []);
    check(
      fc.property(topicBytes(), utf8(0, 40), (responseTopic, contentType) => {
        const given = [RESPONSE_TOPIC, responseTopic, CONTENT_TYPE, contentType];
        assert.equal(publishWith(told.client, "t", "", 0, given), 0);
        const field = `\x08${text(responseTopic)}\x03${text(contentType)}`;
        const length =
          field.length > 127 ? bytes((field.length & 127) | 128, field.length >> 7) : bytes(field.length);
        assert.deepEqual(bytesOf(told), [packetOf(0x30, `\0\x01t${length}${field}`)]);
      }),
    );
  });

  it("is refused with a response topic that is no topic name, for it has a wildcard or nothing, and so are a will and a request [MQTT5-3.3.2-14]", () => {
    for (const topic of ["a/+", "#", "a/#", "+/a", ""]) {
      const told = connected();
      assert.equal(publishWith(told.client, "t", "", 0, [RESPONSE_TOPIC, topic]), -0x82, topic);
      const requester = createRequester(told.client, topic, 0);
      bytesOf(told);
      const callback = (): void => assert.fail();
      assert.equal(request(requester, "t", "", 1, callback), -0x82);
      assert.deepEqual(bytesOf(told), []);
      const dying = createVersion5Client({
        will: { topic: "t", payload: "", properties: [RESPONSE_TOPIC, topic] },
      });
      connect(dying.client);
      dying.link.establish();
      assert.deepEqual(dying.log, ["disconnect 130 again"]);
      assert.deepEqual(dying.link.packets(), []);
    }
  });

  it("has no subscription identifier, whoever asks for it [MQTT5-3.3.4-6]", () => {
    const told = connected();
    const properties = [CORRELATION_DATA, "x", SUBSCRIPTION_IDENTIFIER, 1];
    for (const flags of [0, QOS_1, QOS_2])
      assert.equal(publishWith(told.client, "t", "", flags, properties), -0x82);
    assert.deepEqual(bytesOf(told), []);
  });

  it("has DUP when it is sent again, at any QoS above 0, and only then [MQTT5-3.3.1-1] [MQTT5-3.3.1-2]", () => {
    const told = connected({}, { clean: false });
    for (const flags of [QOS_1, QOS_2, QOS_1 | RETAIN]) publish(told.client, "t", "", flags);
    const first = bytesOf(told);
    for (let connection = 0; connection < 3; connection++) {
      told.link.end();
      publish(told.client, "new", "", 0);
      publish(told.client, "new", "", QOS_1);
      connect(told.client);
      told.link.establish();
      bytesOf(told);
      told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true });
      const again = first.map((packet) => bytes(packet.charCodeAt(0) | 8) + packet.slice(1));
      const [zero, one, ...more] = bytesOf(told).filter((packet) => packet.includes("new"));
      // Of the new ones each left once, at QoS 1 with DUP from its second connection on.
      const packets = [zero, one, ...more].map((packet) => packet!.charCodeAt(0));
      assert.deepEqual(packets.slice(-2), [0x30, 0x32]);
      assert.deepEqual(packets.slice(0, -2), Array(connection).fill(0x3a));
      resume(told);
      assert.deepEqual(bytesOf(told).slice(0, 3), again);
    }
  });
});

describe("the packet id of 5.0", () => {
  it("is above 0, free, and anew for each PUBLISH, SUBSCRIBE and UNSUBSCRIBE [MQTT5-2.2.1-3]", () => {
    const told = connected({}, { receiveMaximum: 20 });
    /** What the server owes for each that is under way, by packet id. */
    const underWay = new Map<number, string[]>();
    const seen = new Set<number>();
    const owed = (packet: Packet): string[] => {
      const id = idOf(packet.messageId!);
      if (packet.cmd === "subscribe")
        return [packetOf(0x90, `${id}\0${"\0".repeat(packet.subscriptions.length)}`)];
      if (packet.cmd === "unsubscribe")
        return [packetOf(0xb0, `${id}\0${"\0".repeat(packet.unsubscriptions.length)}`)];
      return packet.cmd === "publish" && packet.qos === 1
        ? [`\x40\x02${id}`]
        : [`\x50\x02${id}`, `\x70\x02${id}`];
    };
    const step = (choice: number, index: number): void => {
      if (underWay.size > 15) {
        const packetId = [...underWay.keys()][index % underWay.size]!;
        const answers = underWay.get(packetId)!;
        underWay.delete(packetId);
        for (const answer of answers) told.link.receive(answer);
      } else if (choice < 8) publish(told.client, "t", "x", choice % 2 ? QOS_1 : QOS_2);
      else if (choice === 8) subscribe(told.client, [{ topicFilter: `f${index}` }]);
      else unsubscribe(told.client, [`f${index}`]);
      for (const packet of told.link.packets()) {
        if (packet.cmd === "pubrel") continue;
        const packetId = packet.messageId!;
        assert.ok(packetId > 0 && !underWay.has(packetId), `${packet.cmd} ${packetId}`);
        underWay.set(packetId, owed(packet));
        seen.add(packetId);
      }
      told.log.length = 0;
      told.link.bytes = "";
    };
    // All packet ids, and on from the first.
    check(fc.property(fc.nat(9), fc.nat(15), step), 160000);
    assert.equal(seen.size, 65535);
    assert.equal(told.client.dropped, 0);
  }).timeout(120000);

  it("is the same in the PUBLISH that is sent again, its PUBREL, and what the server is answered [MQTT5-2.2.1-5]", () => {
    for (const packetId of [1, 255, 256, 65535]) {
      const id = idOf(packetId);
      const told = connected();
      told.link.receive(incoming(QOS_1, "t", packetId, "", "x"));
      assert.deepEqual(bytesOf(told), [`\x40\x02${id}`]);
      told.link.receive(incoming(QOS_2, "t", packetId, "", "x"));
      assert.deepEqual(bytesOf(told), [`\x50\x02${id}`]);
      told.link.receive(`\x62\x02${id}`);
      assert.deepEqual(bytesOf(told), [`\x70\x02${id}`]);
    }
    const told = connected({}, { clean: false, receiveMaximum: 20 });
    for (let packetId = 1; packetId < 10; packetId++) publish(told.client, "t", "", QOS_2);
    bytesOf(told);
    told.link.receive("\x50\x02\0\x07");
    assert.deepEqual(bytesOf(told), ["\x62\x02\0\x07"]);
    resume(told);
    const again = bytesOf(told);
    assert.deepEqual(
      again.filter((packet) => packet.startsWith("\x62")),
      ["\x62\x02\0\x07"],
    );
    assert.deepEqual(
      again.filter((packet) => packet.startsWith("\x3c")).map((packet) => packet.charCodeAt(6)),
      [1, 2, 3, 4, 5, 6, 8, 9],
    );
  });

  it("of an acknowledgement that the server gives belongs to a message under way, or ends nothing [MQTT5-2.2.1-5]", () => {
    const told = connected();
    publish(told.client, "t", "", QOS_1);
    publish(told.client, "t", "", QOS_2);
    bytesOf(told);
    for (const id of ["\0\x03", "\x01\0", "\xff\xff"])
      for (const first of ["\x40", "\x70"]) told.link.receive(`${first}\x02${id}`);
    assert.deepEqual([told.log, bytesOf(told)], [[], []]);
    // Of PUBREC the server is told so.
    told.link.receive("\x50\x02\0\x09");
    assert.deepEqual(bytesOf(told), ["\x62\x03\0\x09\x92"]);
    told.link.receive("\x40\x02\0\x01");
    assert.deepEqual(told.log, ["acknowledge 1"]);
  });

  it("of a message from the server is not 0, or the connection ends with 0x81 [MQTT5-2.2.1-4]", () => {
    for (const flags of [QOS_1, QOS_2, QOS_1 | 8])
      assert.equal(endOf(connected(), incoming(flags, "t", 0, "", "x")), 0x81);
  });

  it("of a message from the server is free, or at QoS 2 it is the same message [MQTT5-2.2.1-4]", () => {
    const told = connected();
    told.link.receive(incoming(QOS_2, "t", 5, "", "one") + incoming(QOS_2, "t", 5, "", "two"));
    assert.deepEqual(told.log, ["message t one 4"]);
    told.link.receive(`\x62\x02\0\x05${incoming(QOS_2, "t", 5, "", "three")}`);
    assert.deepEqual(told.log, ["message t one 4", "message t three 4"]);
  });

  it("of SUBACK and UNSUBACK is that of the request, or the connection ends with 0x82 [MQTT5-2.2.1-6]", () => {
    for (const id of ["\0\0", "\0\x02", "\x01\0", "\xff\xff"]) {
      const subscribing = connected();
      subscribe(subscribing.client, [{ topicFilter: "f" }]);
      assert.equal(endOf(subscribing, `\x90\x04${id}\0\0`), 0x82);
      const leaving = connected();
      unsubscribe(leaving.client, ["f"]);
      assert.equal(endOf(leaving, `\xb0\x04${id}\0\0`), 0x82);
    }
    const told = connected();
    subscribe(told.client, [{ topicFilter: "f" }]);
    told.link.receive("\x90\x04\0\x01\0\0");
    unsubscribe(told.client, ["f"]);
    told.link.receive("\xb0\x04\0\x02\0\0");
    assert.deepEqual(told.log, ["subscribe f 0", "unsubscribe f 0"]);
  });

  it("is in no message of QoS 0 from the server: what stands there is the property length [MQTT5-2.2.1-2]", () => {
    const told = connected();
    told.link.receive("\x30\x06\0\x01t\0ab");
    assert.deepEqual(told.log, ["message t ab 0"]);
  });
});

describe("PUBLISH of 5.0 from the server", () => {
  it("is answered by what its QoS asks for, after its handler [MQTT5-3.3.4-1]", () => {
    const told = connected(
      {},
      { onMessage: (topic: string) => told.log.push(`${topic} before ${told.link.packets().length}`) },
    );
    for (const [flags, answer] of [
      [0, []],
      [QOS_1, ["\x40\x02\0\x07"]],
      [QOS_2, ["\x50\x02\0\x07"]],
    ] as const) {
      told.link.receive(incoming(flags, `${flags}`, 7, "\x03\0\x01a", "x"));
      assert.deepEqual(bytesOf(told), answer);
    }
    assert.deepEqual(told.log, ["0 before 0", "2 before 0", "4 before 0"]);
  });

  it("ends the connection with 0x81 where its QoS is 3 [MQTT5-3.3.1-4]", () => {
    for (const flags of [6, 7, 14, 15])
      assert.equal(endOf(connected(), incoming(flags, "t", 1, "", "x")), 0x81);
  });

  it("ends the connection with 0x82 where DUP comes with QoS 0 [MQTT5-3.3.1-2]", () => {
    for (const flags of [8, 9]) assert.equal(endOf(connected(), incoming(flags, "t", 1, "", "x")), 0x82);
  });

  it("may come again with DUP at QoS 1 and 2: the flag is told [MQTT5-3.3.1-1]", () => {
    const told = connected();
    told.link.receive(incoming(QOS_1 | 8, "t", 1, "", "x") + incoming(QOS_2 | 8, "t", 2, "", "y"));
    assert.deepEqual(told.log, ["message t x 10", "message t y 12"]);
  });

  it("ends the connection with 0x81 where its topic is no topic name [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.3.2-1] [MQTT5-3.3.2-2]", () => {
    for (const topic of ["+", "a/#", "a+", ...ILL_FORMED])
      for (const flags of [0, QOS_1, QOS_2])
        assert.equal(endOf(connected(), incoming(flags, topic, 1, "", "x")), 0x81, topic);
  });

  it("ends the connection where a response topic or content type is no UTF-8, or a response topic no topic name [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.3.2-13] [MQTT5-3.3.2-14] [MQTT5-3.3.2-19]", () => {
    for (const identifier of [RESPONSE_TOPIC, CONTENT_TYPE])
      for (const value of ILL_FORMED) {
        const field = bytes(identifier) + text(value);
        assert.equal(endOf(connected(), incoming(0, "t", 0, field, "x")), 0x81);
      }
    for (const value of ["a/+", "#", ""])
      assert.equal(endOf(connected(), incoming(0, "t", 0, `\x08${text(value)}`, "x")), 0x82, value);
  });

  it("goes to the handlers of the filters it matches, and to no other [MQTT5-3.3.2-3]", () => {
    const told = connected();
    const taker = (topicFilter: string) => ({
      topicFilter,
      onMessage: (topic: string) => told.log.push(`${topicFilter} took ${topic}`),
    });
    subscribe(told.client, ["a/+", "b/#", "c"].map(taker));
    told.link.receive("\x90\x06\0\x01\0\0\0\0");
    told.log.length = 0;
    for (const topic of ["a/1", "a/1/2", "b", "b/1/2", "c", "d"])
      told.link.receive(message(topic, "", { contentType: "x" }));
    assert.deepEqual(
      told.log.map((line) => line.split(" [")[0]),
      ["a/+ took a/1", "message a/1/2  0", "b/# took b", "b/# took b/1/2", "c took c", "message d  0"],
    );
  });
});

describe("topic aliases of 5.0", () => {
  const alias = (number: number, topic: string): string => incoming(0, topic, 0, `\x23${idOf(number)}`, "x");
  const withAliases =
    (maximum: number) =>
    (client: Client): void =>
      enableTopicAliases(client, maximum);

  it("from 1 to the maximum of CONNECT are all taken, each for its topic [MQTT5-3.3.2-10]", () => {
    const told = connected({}, {}, withAliases(300));
    for (let number = 1; number <= 300; number++) told.link.receive(alias(number, `t${number}`));
    told.log.length = 0;
    for (let number = 300; number; number--) told.link.receive(alias(number, ""));
    assert.deepEqual(
      told.log,
      Array.from({ length: 300 }, (_, index) => `message t${300 - index} x 0 [35,${300 - index}]`),
    );
    const largest = connected({}, {}, withAliases(65535));
    largest.link.receive(alias(65535, "last") + alias(65535, ""));
    assert.equal(largest.log.length, 2);
  });

  it("above that maximum end the connection with 0x94, and so does 0 [MQTT5-3.3.2-8] [MQTT5-3.3.2-11]", () => {
    for (const number of [0, 4, 259, 65535])
      for (const topic of ["t", ""])
        assert.equal(endOf(connected({}, {}, withAliases(3)), alias(number, topic)), 0x94);
  });

  it("of the client are never 0, nor above the maximum of CONNACK [MQTT5-3.3.2-8] [MQTT5-3.3.2-9]", () => {
    const topics = fc.array(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 30 });
    check(
      fc.property(topics, fc.integer({ min: 1, max: 6 }), FLAGS, (given, topicAliasMaximum, flags) => {
        const told = connected({ topicAliasMaximum }, { receiveMaximum: 30 }, withAliases(6));
        for (const topic of given) publish(told.client, topic, "", flags);
        const found = written(told, "publish").map(({ properties }) => properties!.topicAlias!);
        assert.equal(found.length, given.length);
        for (const number of found) assert.ok(number >= 1 && number <= topicAliasMaximum, String(number));
      }),
    );
    const told = connected({ topicAliasMaximum: 6 });
    // 35 is TOPIC_ALIAS.
    for (const number of [0, 1, 7]) assert.equal(publishWith(told.client, "t", "", 0, [35, number]), -0x82);
  });

  it("of either side end with their connection [MQTT5-3.3.2-7]", () => {
    const told = connected({ topicAliasMaximum: 3 }, { clean: false }, withAliases(3));
    told.link.receive(alias(1, "t"));
    for (const payload of ["1", "2"]) publish(told.client, "a", payload, QOS_1);
    assert.deepEqual(
      written(told, "publish").map(({ topic }) => topic),
      ["a", ""],
    );
    resume(told, { topicAliasMaximum: 3 });
    assert.deepEqual(
      written(told, "publish").map(({ topic }) => topic),
      ["a", ""],
    );
    told.log.length = 0;
    assert.equal(endOf(told, alias(1, "")), 0x82);
  });
});

describe("the receive maximum of 5.0", () => {
  it("bounds the messages of QoS 1 and 2 that are under way, of whatever length their exchanges are [MQTT5-3.3.4-7]", () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom("publish 1", "publish 2", "answer", "refuse"), fc.nat(20)),
      {
        maxLength: 60,
      },
    );
    check(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (given, receiveMaximum) => {
        const told = connected({ receiveMaximum }, { receiveMaximum: 20, queueBytes: 65535 });
        /** What the server has not ended, by packet id: the next answer. */
        const underWay = new Map<number, "puback" | "pubrec" | "pubcomp">();
        const look = (): void => {
          for (const packet of told.link.packets()) {
            if (packet.cmd === "publish")
              underWay.set(packet.messageId!, packet.qos === 1 ? "puback" : "pubrec");
            if (packet.cmd === "pubrel") underWay.set(packet.messageId!, "pubcomp");
          }
          assert.ok(underWay.size <= receiveMaximum, `${underWay.size} of ${receiveMaximum}`);
        };
        for (const [what, index] of given) {
          const [packetId, cmd] = [...underWay][index % (underWay.size || 1)] ?? [];
          if (what.startsWith("publish")) publish(told.client, "t", "", what.endsWith("1") ? QOS_1 : QOS_2);
          else if (packetId && cmd) {
            const reasonCode = what === "refuse" && cmd !== "pubcomp" ? 0x97 : 0;
            if (cmd !== "pubrec" || reasonCode) underWay.delete(packetId);
            told.link.receive({ cmd, messageId: packetId, reasonCode });
          }
          look();
        }
        // None is held back for ever.
        while (underWay.size) {
          const [packetId, cmd] = [...underWay][0]!;
          underWay.delete(packetId);
          told.link.receive({ cmd, messageId: packetId, reasonCode: 0 });
          look();
        }
        const published = given.filter(([what]) => what.startsWith("publish")).length;
        assert.equal(told.log.filter((line) => /^(acknowledge|drop 151)/.test(line)).length, published);
      }),
    );
  });

  it("that is reached delays nothing but PUBLISH [MQTT5-3.3.4-8]", () => {
    const told = connected({ receiveMaximum: 1 }, { keepalive: 5 });
    for (let count = 0; count < 3; count++) publish(told.client, "t", "", QOS_2);
    assert.deepEqual(
      told.link.packets().map(({ cmd }) => cmd),
      ["publish"],
    );
    const next = (act: () => void): string[] => {
      act();
      return told.link.packets().map(({ cmd }) => cmd);
    };
    assert.deepEqual(
      next(() => subscribe(told.client, [{ topicFilter: "f" }])),
      ["subscribe"],
    );
    told.link.receive("\x90\x04\0\x04\0\0");
    assert.deepEqual(
      next(() => unsubscribe(told.client, ["f"])),
      ["unsubscribe"],
    );
    assert.deepEqual(
      next(() => told.link.receive(incoming(QOS_1, "f", 1, "", "x"))),
      ["puback"],
    );
    assert.deepEqual(
      next(() => told.link.receive(incoming(QOS_2, "f", 2, "", "x"))),
      ["pubrec"],
    );
    assert.deepEqual(
      next(() => told.link.receive("\x62\x02\0\x02")),
      ["pubcomp"],
    );
    assert.deepEqual(
      next(() => told.link.receive("\x50\x02\0\x01")),
      ["pubrel"],
    );
    assert.deepEqual(
      next(() => {
        for (let second = 0; second < 5; second++) tick(told.client);
      }),
      ["pingreq"],
    );
  });

  it("of the next connection delays no PUBREL that it owes [MQTT5-3.3.4-8]", () => {
    const told = connected({}, { clean: false });
    for (let count = 0; count < 5; count++) publish(told.client, "t", "", QOS_2);
    for (const packetId of [2, 3, 5]) told.link.receive(`\x50\x02\0${bytes(packetId)}`);
    resume(told, { receiveMaximum: 1 });
    const found = told.link.packets().map(({ cmd, messageId }) => `${cmd} ${messageId}`);
    assert.deepEqual(found, ["pubrel 2", "pubrel 3", "pubrel 5"]);
    for (const packetId of [2, 3, 5]) told.link.receive(`\x70\x02\0${bytes(packetId)}`);
    assert.deepEqual(
      told.link.packets().map(({ cmd, messageId }) => `${cmd} ${messageId}`),
      ["publish 1"],
    );
    told.link.receive("\x50\x02\0\x01\x70\x02\0\x01");
    assert.deepEqual(
      told.link.packets().map(({ cmd, messageId }) => `${cmd} ${messageId}`),
      ["pubrel 1", "publish 4"],
    );
  });

  it("that the client told is kept by the server, or the connection ends with 0x93 [MQTT5-3.3.4-9]", () => {
    for (const [properties, maximum] of [
      [[], 32],
      [[RECEIVE_MAXIMUM, 3], 3],
      [[RECEIVE_MAXIMUM, 100], 100],
    ] as Array<[Properties, number]>) {
      const told = connected({}, { properties, clean: false });
      const send = (packetId: number): string => incoming(QOS_2, "t", packetId, "", "x");
      for (let packetId = 1; packetId <= maximum; packetId++) told.link.receive(send(packetId));
      // At QoS 1 each is acknowledged at once; and one that has ended does not count.
      told.link.receive(incoming(QOS_1, "t", 1000, "", "x") + incoming(QOS_1, "t", 1001, "", "x"));
      told.link.receive(`\x62\x02\0\x01${send(2000)}`);
      assert.equal(told.log.length, maximum + 3);
      told.log.length = 0;
      assert.equal(endOf(told, send(2001)), 0x93);
      // What the connection before left does not count, but once for all.
      resume(told);
      told.link.packets();
      for (let packetId = 3000; packetId < 3000 + maximum; packetId++) told.link.receive(send(packetId));
      assert.equal(told.log.length, maximum + 1);
      told.log.length = 0;
      assert.equal(endOf(told, send(4000)), 0x93);
      resume(told);
      told.log.length = 0;
      assert.equal(endOf(told, send(4001)), 0x93);
    }
  });
});
