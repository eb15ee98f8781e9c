import assert from "node:assert/strict";
import {
  CONTENT_TYPE,
  CORRELATION_DATA,
  FIRST,
  MESSAGE_EXPIRY_INTERVAL,
  publish,
  publishWith,
  qos2,
  QOS_1,
  QOS_2,
  RESPONSE_TOPIC,
  tick,
  TOPIC_ALIAS,
  topicAliases,
  USER_PROPERTY,
} from "../../src/index.ts";
import type { Part, Properties, Version5Options } from "../../src/index.ts";
import { accept, createConnected, createVersion5Client, message, written } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { dial } from "../support/fake-link.ts";

/** The messages written, in short. */
function messages(told: Version5Told): string[] {
  return written(told, "publish").map(({ topic, payload, properties, dup }) =>
    `${topic} ${String(payload)} ${JSON.stringify(properties ?? {})}${dup ? " dup" : ""}`.replace(" {}", ""),
  );
}

const acknowledge = (
  told: Version5Told,
  cmd: "puback" | "pubrec",
  messageId: number,
  reasonCode = 0,
  properties = {},
): void => told.link.receive({ cmd, messageId, reasonCode, properties });

describe("publishing in MQTT 5.0", () => {
  it("has an empty field of properties without any, whatever way a message goes", () => {
    const told = createConnected();
    for (const payload of ["1", "2", "3"]) {
      publish(told.client, "a", payload, 0);
      publish(told.client, "b", payload, QOS_1);
    }
    publish(told.client, "c", "x".repeat(200), FIRST);
    assert.deepEqual(messages(told), [
      ...["1", "2", "3"].flatMap((payload) => [`a ${payload}`, `b ${payload}`]),
      `c ${"x".repeat(200)}`,
    ]);
  });

  it("sends all properties that a message can have, in order", () => {
    const told = createConnected();
    const properties: Properties = [
      ...[CONTENT_TYPE, "json", RESPONSE_TOPIC, "answers", CORRELATION_DATA, "\x01\x02"],
      ...([USER_PROPERTY, ["a", "1"], USER_PROPERTY, ["b", "2"], USER_PROPERTY, ["a", "3"]] as Properties),
    ];
    told.link.bytes = "";
    assert.equal(publishWith(told.client, "t", "p", 0, properties), 0);
    assert.ok(told.link.bytes.includes("\x26\0\x01a\0\x011\x26\0\x01b\0\x012\x26\0\x01a\0\x013p"));
    const [packet] = written(told, "publish");
    assert.equal(packet?.properties?.responseTopic, "answers");
    assert.equal(String(packet?.properties?.correlationData), "\x01\x02");
  });

  it("refuses properties that cannot be sent with −0x82, and sends nothing", () => {
    const told = createConnected();
    assert.equal(publishWith(told.client, "t", "p", 0, [TOPIC_ALIAS, 1]), -0x82);
    assert.equal(publishWith(told.client, "t", "p", 0, [CONTENT_TYPE, "\xff"]), -0x82);
    assert.equal(publishWith(told.client, "t/#", "p", 0, [CONTENT_TYPE, "a"]), -0x90);
    publish(told.client, "t", "q", 0);
    assert.deepEqual(messages(told), ["t q"]);
  });

  it("gives the properties of a message to no other, not even from within onDrop", () => {
    let isFirst = true;
    const onDrop = (): void => {
      if (isFirst) {
        isFirst = false;
        publish(told.client, "inner", "", FIRST);
      }
    };
    const told = createConnected({}, { queueLimit: 1, onDrop });
    told.link.end();
    publishWith(told.client, "first", "", 0, [CONTENT_TYPE, "a"]);
    publishWith(told.client, "second", "", 0, [CONTENT_TYPE, "b"]);
    dial(told);
    accept(told);
    for (const line of messages(told)) assert.ok(!line.startsWith("inner") || line.trim() === "inner", line);
  });

  it("sends properties again with the message after a reconnect", () => {
    const told = createConnected({}, { clean: false });
    publishWith(told.client, "t", "p", QOS_1, [CONTENT_TYPE, "a"]);
    const first = messages(told);
    told.link.end();
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true });
    assert.deepEqual(messages(told), [`${first[0] as string} dup`]);
  });

  it("tells an acknowledgement's reason code and properties, and leaves none to the next", () => {
    const told = createConnected();
    for (const payload of ["1", "2"]) publish(told.client, "t", payload, QOS_1);
    acknowledge(told, "puback", 1, 0x10, { reasonString: "nobody listens" });
    acknowledge(told, "puback", 2);
    assert.deepEqual(told.log, ['acknowledge 1 code 16 [31,"nobody listens"]', "acknowledge 2"]);
  });

  it("leaves no reason code behind where a handler throws", () => {
    const told = createConnected(
      {},
      {
        onAcknowledge: (packetId) => {
          told.log.push(`acknowledge ${packetId} ${told.client.reasonCode}`);
          if (packetId === 1) throw new Error("a handler's");
        },
      },
    );
    for (const payload of ["1", "2"]) publish(told.client, "t", payload, QOS_1);
    assert.throws(() => acknowledge(told, "puback", 1, 0x10));
    told.link.receive("\x40\x02\0\x02");
    assert.deepEqual(told.log, ["acknowledge 1 16", "acknowledge 2 0"]);
  });

  it("reports a message that the server refused, and goes on with the next [MQTT5-4.4.0-2]", () => {
    const told = createConnected({ receiveMaximum: 1 });
    for (const topic of ["no", "yes"]) publish(told.client, topic, "", QOS_1);
    acknowledge(told, "puback", 1, 0x87, { reasonString: "not yours" });
    assert.deepEqual(told.log, ['drop 135 1 no [31,"not yours"]']);
    assert.deepEqual(messages(told), ["no ", "yes "]);
    assert.equal(told.client.dropped, 1);
  });

  it("ends the exchange of QoS 2 at a PUBREC with an error [MQTT5-4.3.3-4]", () => {
    const told = createConnected({}, {}, [qos2]);
    publish(told.client, "t", "", QOS_2);
    written(told, "publish");
    acknowledge(told, "pubrec", 1, 0x97);
    assert.deepEqual(told.link.packets(), []);
    assert.deepEqual(told.log, ["drop 151 1 t"]);
    assert.equal(publish(told.client, "t", "", QOS_2), 2);
  });

  it("takes no PUBREC for the answer to a message of QoS 1", () => {
    const told = createConnected({}, {}, [qos2]);
    publish(told.client, "t", "", QOS_1);
    acknowledge(told, "pubrec", 1, 0x97);
    acknowledge(told, "puback", 1);
    assert.deepEqual(told.log, ["acknowledge 1"]);
  });

  it("takes no PUBREC at all without QoS 2", () => {
    const told = createConnected();
    publish(told.client, "t", "", QOS_1);
    acknowledge(told, "pubrec", 1, 0x97);
    assert.match(told.log.join(), /^disconnect (129|130) again$/);
  });

  it("answers for packet ids that nobody knows with 0x92", () => {
    const told = createConnected({}, {}, [qos2]);
    told.link.receive({ cmd: "pubrec", messageId: 9, reasonCode: 0 });
    told.link.receive({ cmd: "pubrel", messageId: 8, reasonCode: 0 });
    assert.deepEqual(
      told.link
        .packets()
        .map((packet) => [packet.cmd, packet.messageId, "reasonCode" in packet && packet.reasonCode]),
      [
        ["pubrel", 9, 0x92],
        ["pubcomp", 8, 0x92],
      ],
    );
  });
});

describe("a message that expires", () => {
  const seconds = (told: Version5Told, count: number): void => {
    for (let second = 0; second < count; second++) tick(told.client);
  };

  it("is sent with the seconds it has left", () => {
    const told = createVersion5Client();
    publishWith(told.client, "t", "p", 0, [CONTENT_TYPE, "a", MESSAGE_EXPIRY_INTERVAL, 60]);
    seconds(told, 20);
    dial(told);
    accept(told);
    assert.deepEqual(messages(told), ['t p {"messageExpiryInterval":40,"contentType":"a"}']);
    publishWith(told.client, "t", "q", 0, [MESSAGE_EXPIRY_INTERVAL, 60]);
    assert.deepEqual(messages(told), ['t q {"messageExpiryInterval":60}']);
  });

  it("is dropped and reported when it waited too long, and not before", () => {
    const told = createVersion5Client();
    seconds(told, 100);
    publishWith(told.client, "soon", "", QOS_1, [MESSAGE_EXPIRY_INTERVAL, 5]);
    publishWith(told.client, "later", "", 0, [MESSAGE_EXPIRY_INTERVAL, 10]);
    publish(told.client, "never", "", 0);
    seconds(told, 4);
    assert.deepEqual(told.log, []);
    seconds(told, 1);
    assert.deepEqual(told.log, ["drop 198 1 soon"]);
    seconds(told, 5);
    assert.deepEqual(told.log, ["drop 198 1 soon", "drop 198 0 later"]);
    dial(told);
    accept(told);
    assert.deepEqual(messages(told), ["never "]);
  });

  it("expires where it was sent, and waits as new because the server lost the session", () => {
    const told = createConnected({}, { clean: false });
    publish(told.client, "first", "", QOS_1);
    publishWith(told.client, "t", "", QOS_1, [MESSAGE_EXPIRY_INTERVAL, 2]);
    seconds(told, 5);
    told.link.end();
    dial(told);
    accept(told, { receiveMaximum: 1 });
    tick(told.client);
    assert.deepEqual(told.log, ["drop 198 2 t"]);
  });

  it("is sent again when it was sent and not acknowledged [MQTT5-4.4.0-1]", () => {
    const told = createConnected({}, { clean: false });
    publishWith(told.client, "t", "", QOS_1, [MESSAGE_EXPIRY_INTERVAL, 5]);
    messages(told);
    told.link.end();
    told.log.length = 0;
    seconds(told, 20);
    assert.deepEqual(
      told.log.filter((line) => line.startsWith("drop")),
      [],
    );
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true });
    assert.deepEqual(messages(told), ['t  {"messageExpiryInterval":1} dup']);
  });

  it("may expire in 136 years", () => {
    const told = createVersion5Client();
    seconds(told, 3);
    assert.equal(publishWith(told.client, "t", "", 0, [MESSAGE_EXPIRY_INTERVAL, 0xffffffff]), 0);
    seconds(told, 3);
    dial(told);
    accept(told);
    const [packet] = written(told, "publish");
    assert.ok((packet?.properties?.messageExpiryInterval ?? 0) > 0xfffffff0);
  });

  it("leaves the room that it took", () => {
    const told = createVersion5Client({ queueBytes: 200 });
    for (let round = 0; round < 50; round++) {
      publishWith(told.client, "t", "x".repeat(150), 0, [MESSAGE_EXPIRY_INTERVAL, 1]);
      seconds(told, 1);
    }
    assert.equal(told.log.filter((line) => line === "drop 198 0 t").length, 50);
    assert.equal(told.log.length, 50);
  });
});

describe("topic aliases", () => {
  const withAliases = (
    maximum: number,
    options: Partial<Version5Options> = {},
  ): [Partial<Version5Options>, Part[]] => [{ ...options, topicAliasMaximum: maximum }, [topicAliases]];
  const sent = (told: Version5Told): string[] =>
    written(told, "publish").map(({ topic, properties }) => `${topic}=${properties?.topicAlias ?? "-"}`);

  it("stand for the topics used last, within the server's maximum and ours [MQTT5-3.2.2-17] [MQTT5-3.3.2-9]", () => {
    for (const [server, ours] of [
      [2, 8],
      [8, 2],
    ] as const) {
      const told = createConnected({ topicAliasMaximum: server }, ...withAliases(ours));
      for (const topic of ["a", "b", "a", "c", "b", "a"]) publish(told.client, topic, "", 0);
      assert.deepEqual(sent(told), ["a=1", "b=2", "=1", "c=2", "b=1", "a=2"]);
    }
  });

  it("are not used with a server that takes none [MQTT5-3.2.2-18]", () => {
    const told = createConnected({}, ...withAliases(8));
    for (const topic of ["a", "a"]) publish(told.client, topic, "", 0);
    assert.deepEqual(sent(told), ["a=-", "a=-"]);
  });

  it("end with their connection [MQTT5-3.3.2-7], while the queue keeps whole topics", () => {
    const told = createConnected({ topicAliasMaximum: 8 }, ...withAliases(8, { clean: false }));
    for (const payload of ["1", "2"]) publish(told.client, "a", payload, QOS_1);
    assert.deepEqual(sent(told), ["a=1", "=1"]);
    told.link.end();
    dial(told);
    told.link.establish();
    told.link.packets();
    const properties = { topicAliasMaximum: 8 };
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true, properties });
    assert.deepEqual(sent(told), ["a=1", "=1"]);
  });

  it("are a PUBLISH's alone: a PUBREL that is sent again before it stays as it is", () => {
    const server = { topicAliasMaximum: 8 };
    const told = createConnected(server, { clean: false, topicAliasMaximum: 8 }, [topicAliases, qos2]);
    publish(told.client, "a", "", QOS_2);
    told.link.receive({ cmd: "pubrec", messageId: 1 });
    told.link.end();
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true, properties: server });
    assert.deepEqual(
      told.link.packets().map((packet) => [packet.cmd, packet.messageId]),
      [["pubrel", 1]],
    );
  });

  it("are left out where a packet would be too large for the server by them", () => {
    const told = createConnected({ topicAliasMaximum: 8, maximumPacketSize: 30 }, ...withAliases(8));
    publish(told.client, "topic", "x".repeat(20), 0);
    publish(told.client, "topic", "x".repeat(20), 0);
    assert.deepEqual(sent(told), ["topic=-", "topic=-"]);
  });

  it("go with properties, ids and long payloads", () => {
    const told = createConnected({ topicAliasMaximum: 8 }, ...withAliases(8));
    for (let round = 0; round < 2; round++)
      publishWith(told.client, "topic", "x".repeat(300), QOS_1, [CONTENT_TYPE, "y".repeat(120)]);
    const packets = written(told, "publish");
    assert.deepEqual(
      packets.map(({ topic, messageId, properties }) => [topic, messageId, properties?.contentType?.length]),
      [
        ["topic", 1, 120],
        ["", 2, 120],
      ],
    );
    assert.ok(packets.every(({ payload }) => payload.length === 300));
  });

  it("of the server are told of in CONNECT, and stand for what it said", () => {
    const told = createConnected({}, ...withAliases(2));
    const take = (topic: string, topicAlias: number): void =>
      told.link.receive(message(topic, "x", { topicAlias }));
    take("a", 1);
    take("", 1);
    take("b", 2);
    take("c", 1);
    take("", 1);
    assert.deepEqual(
      told.log.map((line) => line.split(" ")[1]),
      ["a", "a", "b", "c", "c"],
    );
  });

  for (const [what, alias, topic, code, ids] of [
    ["0", 0, "a", 0x94, " [MQTT5-3.3.2-8]"],
    ["above our maximum", 3, "a", 0x94, " [MQTT5-3.1.2-26] [MQTT5-3.3.2-11]"],
    ["that it never said for what", 2, "", 0x82, ""],
  ] as const) {
    it(`of the server may not be one ${what}: 0x${code.toString(16)}${ids}`, () => {
      const told = createConnected({}, ...withAliases(2));
      const bytes = `\x30${String.fromCharCode(6 + topic.length)}\0${String.fromCharCode(topic.length)}${topic}\x03\x23\0${String.fromCharCode(alias)}`;
      told.link.receive(bytes);
      assert.deepEqual(
        written(told, "disconnect").map(({ reasonCode }) => reasonCode),
        [code],
      );
    });
  }

  it("of the server are refused with 0x94 by who asked for none [MQTT5-3.1.2-27]", () => {
    const told = createConnected();
    told.link.receive(message("a", "x", { topicAlias: 1 }));
    assert.equal(written(told, "disconnect")[0]?.reasonCode, 0x94);
  });
});
