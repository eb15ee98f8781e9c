/** What MQTT 5.0 asks of sessions, of messages at QoS 0 and 1, of topic names, and of flow control, on the minified client. */
import assert from "node:assert/strict";
import { dial } from "../support/fake-link.ts";
import fc from "fast-check";
import { check } from "../support/arbitraries.ts";
import { answers, connected, connectedQos2, message, reconnect, ristretto } from "./conversation5.ts";
import type { Conversation5 } from "./conversation5.ts";

const { CONTENT_TYPE, publish, publishWith, QOS_1, QOS_2, RETAIN, subscribe, unsubscribe } = ristretto;

const delivery = (messageId: number, payload = "x", dup = false) =>
  message(payload, { qos: 1, messageId, dup });

describe("PUBLISH of 5.0 at QoS 0 from the client", () => {
  it("leaves with QoS 0 and without DUP, at once or from the queue, and once [MQTT5-4.3.1-1] [MQTT5-4.4.0-1]", () => {
    const talk = connected({ clean: false });
    const sent = (): string[] => {
      const packets = talk.packets().flatMap((packet) => (packet.cmd === "publish" ? [packet] : []));
      for (const { qos, dup, messageId } of packets)
        assert.deepEqual([qos, dup, messageId], [0, false, undefined]);
      return packets.map(({ payload }) => String(payload));
    };
    for (const payload of ["1", "2", "3"]) publish(talk.client, "t", payload, 0);
    publishWith(talk.client, "t", "4", RETAIN, [CONTENT_TYPE, "text"]);
    assert.deepEqual(sent(), ["1", "2", "3", "4"]);
    talk.link.end();
    publish(talk.client, "t", "5", 0);
    for (let connection = 0; connection < 2; connection++) {
      reconnect(talk, true);
      assert.deepEqual(sent(), connection ? [] : ["5"]);
    }
  });
});

describe("PUBLISH of 5.0 at QoS 1 from the client", () => {
  it("takes a packet id above 0 that is free, and leaves with it, QoS 1 and no DUP [MQTT5-4.3.2-1] [MQTT5-4.3.2-2]", () => {
    const talk = connected({ receiveMaximum: 20 });
    const underWay: number[] = [];
    check(
      fc.property(fc.nat(18), (index) => {
        if (underWay.length === 20)
          talk.link.receive({ cmd: "puback", messageId: underWay.splice(index, 1)[0]! });
        const packetId = publish(talk.client, "t", "x", QOS_1);
        assert.ok(packetId > 0 && !underWay.includes(packetId), String(packetId));
        assert.deepEqual(talk.said(), [`publish t x 1 ${packetId}`]);
        underWay.push(packetId);
      }),
      70000,
    );
    assert.equal(talk.client.dropped, 0);
  });

  it("waits for its PUBACK, whatever else is acknowledged, and is sent again with its id and DUP [MQTT5-4.3.2-3] [MQTT5-4.4.0-1]", () => {
    const talk = connected({ clean: false });
    for (const payload of ["1", "2", "3"]) publish(talk.client, "t", payload, QOS_1);
    for (const messageId of [2, 7, 65535]) talk.link.receive({ cmd: "puback", messageId });
    assert.deepEqual(talk.log, ["acknowledge 2"]);
    talk.packets();
    for (let connection = 0; connection < 3; connection++) {
      reconnect(talk, true);
      assert.deepEqual(talk.said(), ["publish t 1 1 1 dup", "publish t 3 1 3 dup"]);
    }
  });

  it("is sent again at no other time: not on a connection that stands, however long it waits [MQTT5-4.4.0-1]", () => {
    const talk = connectedQos2({ keepalive: 10, ackTimeout: 1e7 });
    for (const flags of [QOS_1, QOS_2, QOS_2]) publish(talk.client, "t", "x", flags);
    talk.link.receive({ cmd: "pubrec", messageId: 3 });
    talk.packets();
    for (let second = 0; second < 1000; second++) {
      talk.pass(1);
      for (const line of talk.said()) {
        assert.equal(line, "pingreq");
        talk.link.receive({ cmd: "pingresp" });
      }
    }
    assert.deepEqual(talk.log, []);
  });

  it("is sent again in the order of its first sending, behind what was sent before it [MQTT5-4.6.0-1]", () => {
    const order = fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]);
    check(
      fc.property(
        order,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 8 }),
        (acks, times, most) => {
          const talk = connected({ clean: false });
          for (let count = 1; count <= 8; count++) publish(talk.client, "t", String(count), QOS_1);
          for (const messageId of acks) talk.link.receive({ cmd: "puback", messageId });
          for (let connection = 0; connection < times; connection++)
            reconnect(talk, true, { receiveMaximum: most });
          const left = [1, 2, 3, 4, 5, 6, 7, 8].filter((id) => !acks.includes(id));
          const again = talk.said();
          for (const messageId of left) again.push(...answers(talk, { cmd: "puback", messageId }));
          assert.deepEqual(
            again,
            left.map((id) => `publish t ${id} 1 ${id} dup`),
          );
        },
      ),
    );
  });
});

describe("PUBLISH of 5.0 at QoS 1 from the server", () => {
  it("is answered by PUBACK with its packet id [MQTT5-4.3.2-4]", () => {
    const talk = connected();
    for (const messageId of [1, 255, 256, 65535])
      assert.deepEqual(answers(talk, message("x"), delivery(messageId)), [`puback ${messageId}`]);
    assert.equal(talk.log.length, 8);
  });

  it("is a new message though its packet id was acknowledged before, with DUP or without [MQTT5-4.3.2-5]", () => {
    const talk = connected();
    const said = answers(talk, delivery(5, "1"), delivery(5, "2", true), delivery(5, "3"));
    assert.deepEqual(talk.log, ["message t 1 2", "message t 2 10", "message t 3 2"]);
    assert.deepEqual(said, ["puback 5", "puback 5", "puback 5"]);
  });

  it("is acknowledged though nobody takes it, its handler throws, or its expiry has passed [MQTT5-4.5.0-2]", () => {
    const nobody = connected({ onMessage: undefined as never });
    assert.deepEqual(answers(nobody, delivery(1)), ["puback 1"]);
    subscribe(nobody.client, [{ topicFilter: "t", qos: 1 }]);
    assert.deepEqual(answers(nobody, delivery(2)), ["puback 2"]);
    const expired = { ...delivery(3), properties: { messageExpiryInterval: 0 } };
    assert.deepEqual(answers(nobody, expired), ["puback 3"]);
    const throwing = connected({
      onMessage() {
        throw new Error("handler");
      },
    });
    assert.throws(() => throwing.link.receive(delivery(4)), /handler/);
    assert.deepEqual(throwing.said(), ["puback 4"]);
  });

  it("is acknowledged in the order in which it came [MQTT5-4.6.0-2]", () => {
    const ids = fc.array(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 30 });
    check(
      fc.property(ids, (given) => {
        const talk = connected();
        assert.deepEqual(
          answers(talk, ...given.map((id) => delivery(id))),
          given.map((id) => `puback ${id}`),
        );
      }),
    );
  });
});

describe("a topic name of 5.0", () => {
  it("is refused where it is empty, has a wildcard, U+0000, ill-formed UTF-8 or 65 536 bytes, and may have 65 535 [MQTT5-4.7.0-1] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.7.3-3]", () => {
    const talk = connected({ queueBytes: 1 << 17 });
    const refused = [
      ...["", "+", "#", "a/+/b", "a#", "$share/+", "a\0", "\0"],
      ...["\xff", "\xc3(", "\xed\xa0\x80", "x".repeat(65536)],
    ];
    for (const topic of refused)
      for (const flags of [0, QOS_1]) {
        assert.equal(publish(talk.client, topic, "", flags), -0x90);
        assert.equal(publishWith(talk.client, topic, "", flags, [CONTENT_TYPE, "text"]), -0x90);
      }
    assert.deepEqual(talk.said(), []);
    publish(talk.client, "x".repeat(65535), "", 0);
    const [packet] = talk.packets();
    assert.equal(packet?.cmd === "publish" && packet.topic.length, 65535);
  });

  it("from the server ends the connection where it is none, also one that an alias is for [MQTT5-4.7.0-1] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.7.3-3]", () => {
    const withAlias = (): Conversation5 => connected({ topicAliasMaximum: 2 }, {}, [ristretto.topicAliases]);
    for (const topic of ["+", "a/#", "a\0b", "\xff", "\xc3(", "\xed\xa0\x80", "\xf4\x90\x80\x80"]) {
      for (const properties of ["\0", "\x03\x23\0\x01"]) {
        const body = `\0${String.fromCharCode(topic.length)}${topic}${properties}x`;
        const talk = withAlias();
        const packet = `\x30${String.fromCharCode(body.length)}${body}`;
        assert.deepEqual(answers(talk, packet), ["disconnect 0x81"], topic);
        assert.deepEqual(talk.log, ["disconnect 0x81 again"]);
      }
    }
    assert.deepEqual(answers(withAlias(), "\x30\x04\0\0\0x"), ["disconnect 0x82"]);
  });
});

describe("the send quota of 5.0", () => {
  it("begins at the server's receive maximum or ours, whichever is less, and above 0 [MQTT5-4.9.0-1] [MQTT5-4.9.0-2]", () => {
    for (const server of [1, 2, 7, 8, 9, 65535, undefined]) {
      for (const ours of [1, 3, 8, 20, undefined]) {
        const properties = server === undefined ? {} : { receiveMaximum: server };
        const talk = connected(ours === undefined ? {} : { receiveMaximum: ours }, properties);
        for (let count = 0; count < 30; count++) publish(talk.client, "t", "x", QOS_1);
        assert.equal(talk.packets().length, Math.min(server ?? 65535, ours ?? 8));
        talk.link.end();
        // Anew with each connection.
        reconnect(talk, false);
        assert.equal(talk.packets().length, ours ?? 8);
      }
    }
    const talk = connected();
    talk.link.end();
    dial(talk, ristretto);
    talk.link.establish();
    // A receive maximum of 0 is none.
    assert.deepEqual(answers(talk, "\x20\x06\0\0\x03\x21\0\0"), ["disconnect 0x82"]);
  });

  it("is never exceeded, and given back by PUBACK, PUBCOMP, and PUBREC with 0x80 or more [MQTT5-4.9.0-2]", () => {
    const steps = fc.array(fc.tuple(fc.constantFrom("qos 1", "qos 2", "answer", "refuse"), fc.nat(50)), {
      maxLength: 60,
    });
    check(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (given, receiveMaximum) => {
        const talk = connectedQos2({}, { receiveMaximum });
        /** What the server waits to end: packet id and what ends it next. */
        const underWay = new Map<number, "puback" | "pubrec" | "pubcomp">();
        let [published, seen] = [0, 0];
        const look = (): void => {
          for (const packet of talk.packets()) {
            if (packet.cmd !== "publish") continue;
            seen++;
            underWay.set(packet.messageId!, packet.qos === 1 ? "puback" : "pubrec");
          }
          assert.ok(underWay.size <= receiveMaximum, `${underWay.size} under way`);
          assert.equal(underWay.size, Math.min(receiveMaximum, underWay.size + published - seen));
        };
        const answer = (messageId: number, reasonCode: number): void => {
          const cmd = underWay.get(messageId)!;
          underWay.delete(messageId);
          if (cmd === "pubrec" && !reasonCode) underWay.set(messageId, "pubcomp");
          talk.link.receive({ cmd, messageId, reasonCode: cmd === "pubcomp" ? 0 : reasonCode });
        };
        for (const [step, choice] of given) {
          const ids = [...underWay.keys()];
          if (step.startsWith("qos")) {
            published++;
            assert.ok(publish(talk.client, "t", "x", step === "qos 1" ? QOS_1 : QOS_2) > 0);
          } else if (ids.length) answer(ids[choice % ids.length]!, step === "refuse" ? 0x87 : 0);
          look();
        }
        while (underWay.size) {
          answer([...underWay.keys()][0]!, 0);
          look();
        }
        assert.equal(seen, published);
      }),
    );
  });

  it("holds nothing else back when there is none left [MQTT5-4.9.0-3]", () => {
    const talk = connectedQos2({ keepalive: 10 }, { receiveMaximum: 1 });
    talk.link.receive(message("x", { qos: 2, messageId: 7 }));
    for (const payload of ["1", "2"]) publish(talk.client, "t", payload, QOS_2);
    assert.deepEqual(talk.said(), ["pubrec 7", "publish t 1 2 1"]);
    assert.deepEqual(answers(talk, message("x", { qos: 1, messageId: 8 })), ["puback 8"]);
    assert.deepEqual(answers(talk, message("x", { qos: 2, messageId: 9 })), ["pubrec 9"]);
    assert.deepEqual(answers(talk, { cmd: "pubrel", messageId: 7 }), ["pubcomp 7"]);
    subscribe(talk.client, [{ topicFilter: "f" }]);
    assert.deepEqual(talk.said(), ["subscribe 3 f"]);
    talk.link.receive({ cmd: "suback", messageId: 3, granted: [0] });
    unsubscribe(talk.client, ["f"]);
    assert.deepEqual(talk.said(), ["unsubscribe 4 f"]);
    talk.link.receive({ cmd: "unsuback", messageId: 4, granted: [0] });
    talk.pass(10);
    assert.deepEqual(talk.said(), ["pingreq"]);
    assert.deepEqual(answers(talk, { cmd: "pingresp" }, { cmd: "pubrec", messageId: 1 }), ["pubrel 1"]);
    assert.deepEqual(answers(talk, { cmd: "pubcomp", messageId: 1 }), ["publish t 2 2 2"]);
    assert.deepEqual(talk.log, [
      "message t x 4",
      "message t x 2",
      "message t x 4",
      "subscribe f 0",
      "unsubscribe f 0",
      "acknowledge 1",
    ]);
    ristretto.disconnect(talk.client);
    assert.deepEqual(talk.said(), ["disconnect"]);
  });
});
