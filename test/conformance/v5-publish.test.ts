/** What MQTT 5.0 asks of PUBLISH, both ways, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Properties } from "../../src/index.ts";
import { byteString, check, topicBytes, utf8 } from "../support/arbitraries.ts";
import { message } from "../support/version5.ts";
import { ristretto } from "./conversation.ts";
import {
  bytes,
  bytesOf,
  connected,
  createVersion5Client,
  endOf,
  ends,
  idOf,
  ILL_FORMED,
  incoming,
  packetOf,
  resume,
  text,
} from "./wire5.ts";
import { BLAMELESS, dial } from "../support/fake-link.ts";

const {
  CONTENT_TYPE,
  CORRELATION_DATA,
  createRequester,
  PAYLOAD_FORMAT_INDICATOR,
  publish,
  publishWith,
  QOS_1,
  QOS_2,
  request,
  RESPONSE_TOPIC,
  RETAIN,
  subscribe,
  SUBSCRIPTION_IDENTIFIER,
  USER_PROPERTY,
} = ristretto;

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
      dial(dying, ristretto);
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
      for (let second = 0; second < BLAMELESS; second++) ristretto.tick(told.client);
      told.link.end();
      publish(told.client, "new", "", 0);
      publish(told.client, "new", "", QOS_1);
      dial(told, ristretto);
      told.link.establish();
      bytesOf(told);
      told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true });
      const again = first.map((packet) => bytes(packet.charCodeAt(0) | 8) + packet.slice(1));
      const [zero, one, ...more] = bytesOf(told).filter((packet) => packet.includes("new"));
      // Of the new ones each left once, at QoS 1 with DUP from its second connection on.
      const packets = [zero, one, ...more].map((packet) => packet!.charCodeAt(0));
      assert.deepEqual(packets.slice(-2), [0x30, 0x32]);
      assert.deepEqual(packets.slice(0, -2), Array(connection).fill(0x3a));
      resume(told, true);
      assert.deepEqual(bytesOf(told).slice(0, 3), again);
    }
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
      assert.deepEqual(endOf(connected(), incoming(flags, "t", 1, "", "x")), ends(0x81));
  });

  it("ends the connection with 0x82 where DUP comes with QoS 0 [MQTT5-3.3.1-2]", () => {
    for (const flags of [8, 9])
      assert.deepEqual(endOf(connected(), incoming(flags, "t", 1, "", "x")), ends(0x82));
  });

  it("may come again with DUP at QoS 1 and 2: the flag is told [MQTT5-3.3.1-1]", () => {
    const told = connected();
    told.link.receive(incoming(QOS_1 | 8, "t", 1, "", "x") + incoming(QOS_2 | 8, "t", 2, "", "y"));
    assert.deepEqual(told.log, ["message t x 10", "message t y 12"]);
  });

  it("ends the connection with 0x81 where its topic is no topic name [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.3.2-1] [MQTT5-3.3.2-2]", () => {
    for (const topic of ["+", "a/#", "a+", ...ILL_FORMED])
      for (const flags of [0, QOS_1, QOS_2])
        assert.deepEqual(endOf(connected(), incoming(flags, topic, 1, "", "x")), ends(0x81));
  });

  it("ends the connection where a response topic or content type is no UTF-8, or a response topic no topic name [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.3.2-13] [MQTT5-3.3.2-14] [MQTT5-3.3.2-19]", () => {
    for (const identifier of [RESPONSE_TOPIC, CONTENT_TYPE])
      for (const value of ILL_FORMED) {
        const field = bytes(identifier) + text(value);
        assert.deepEqual(endOf(connected(), incoming(0, "t", 0, field, "x")), ends(0x81));
      }
    for (const value of ["a/+", "#", ""])
      assert.deepEqual(endOf(connected(), incoming(0, "t", 0, `\x08${text(value)}`, "x")), ends(0x82));
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
