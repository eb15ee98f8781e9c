/** What MQTT 5.0 asks of exactly once, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { check } from "../support/arbitraries.ts";
import { answers, connectedQos2, message, open, reconnect, ristretto } from "./conversation5.ts";

const { MESSAGE_EXPIRY_INTERVAL, publish, publishWith, QOS_1, QOS_2 } = ristretto;

const delivery = (messageId: number, payload = "x", dup = false) =>
  message(payload, { qos: 2, messageId, dup });

describe("PUBLISH of 5.0 at QoS 2 from the client", () => {
  it("takes a free packet id, leaves with QoS 2 and without DUP, is answered PUBREL with its id, and ends with PUBCOMP [MQTT5-4.3.3-1] [MQTT5-4.3.3-2] [MQTT5-4.3.3-4]", () => {
    const talk = connectedQos2();
    for (const packetId of [1, 2, 3]) {
      assert.equal(publish(talk.client, "t", "x", QOS_2), packetId);
      assert.deepEqual(talk.said(), [`publish t x 2 ${packetId}`]);
    }
    assert.deepEqual(answers(talk, { cmd: "pubrec", messageId: 2 }), ["pubrel 2"]);
    assert.deepEqual(answers(talk, { cmd: "pubrec", messageId: 3, reasonCode: 0x10 }), ["pubrel 3"]);
    assert.deepEqual(talk.log, []);
    assert.deepEqual(answers(talk, { cmd: "pubcomp", messageId: 2 }), []);
    assert.deepEqual(talk.log, ["acknowledge 2"]);
  });

  it("gives its packet id to no other message before PUBCOMP [MQTT5-4.3.3-1]", () => {
    const talk = connectedQos2();
    publish(talk.client, "t", "x", QOS_2);
    talk.link.receive({ cmd: "pubrec", messageId: 1 });
    const ids = (): Set<number> => {
      const given = new Set<number>();
      for (let count = 0; count < 65600; count++) {
        const messageId = publish(talk.client, "t", "", QOS_1);
        given.add(messageId);
        talk.link.receive({ cmd: "puback", messageId });
      }
      talk.packets();
      return given;
    };
    assert.equal(ids().has(1), false);
    talk.link.receive({ cmd: "pubcomp", messageId: 1 });
    assert.equal(ids().has(1), true);
  });

  it("stays unacknowledged until PUBREC, and PUBREL until PUBCOMP; once PUBREL was sent PUBLISH is not sent again [MQTT5-4.3.3-3] [MQTT5-4.3.3-5] [MQTT5-4.3.3-6] [MQTT5-4.4.0-1]", () => {
    const talk = connectedQos2();
    publish(talk.client, "t", "x", QOS_2);
    for (const messageId of [1, 2]) talk.link.receive({ cmd: "pubcomp", messageId });
    for (let connection = 0; connection < 2; connection++) {
      reconnect(talk, true);
      assert.deepEqual(talk.said(), ["publish t x 2 1 dup"]);
    }
    assert.deepEqual(answers(talk, { cmd: "pubrec", messageId: 1 }), ["pubrel 1"]);
    for (let connection = 0; connection < 2; connection++) {
      reconnect(talk, true);
      assert.deepEqual(talk.said(), ["pubrel 1"]);
      assert.deepEqual(answers(talk, { cmd: "pubrec", messageId: 1 }), ["pubrel 1"]);
    }
    assert.deepEqual(talk.log, []);
    talk.link.receive({ cmd: "pubcomp", messageId: 1 });
    assert.deepEqual(talk.log, ["acknowledge 1"]);
    reconnect(talk, true);
    assert.deepEqual(talk.said(), []);
  });

  it("does not expire once it was sent, however long it then waits for a connection [MQTT5-4.3.3-7]", () => {
    const talk = connectedQos2({ reconnectPeriod: 0 });
    for (const topic of ["a", "b"]) publishWith(talk.client, topic, "x", QOS_2, [MESSAGE_EXPIRY_INTERVAL, 5]);
    talk.link.receive({ cmd: "pubrec", messageId: 2 });
    talk.pass(20);
    talk.link.end();
    // One that was never sent does.
    publishWith(talk.client, "c", "x", QOS_2, [MESSAGE_EXPIRY_INTERVAL, 5]);
    talk.pass(20);
    assert.deepEqual(
      talk.log.filter((line) => line.startsWith("drop")),
      ["drop 0xc6 3 c"],
    );
    reconnect(talk, true);
    assert.deepEqual(talk.said(), ["publish a x 2 1 dup", "pubrel 2"]);
  });

  it("is sent again in the order of the first sending, with PUBREL in its place [MQTT5-4.6.0-1] [MQTT5-4.4.0-1]", () => {
    const mixed = fc.array(fc.constantFrom(QOS_1, QOS_2), { minLength: 1, maxLength: 8 });
    check(
      fc.property(mixed, fc.array(fc.nat(7)), (given, released) => {
        const talk = connectedQos2();
        const ids = given.map((flags) => publish(talk.client, "t", "x", flags));
        const done = new Set(
          released.map((index) => index % ids.length).filter((index) => given[index] === QOS_2),
        );
        for (const index of done) talk.link.receive({ cmd: "pubrec", messageId: ids[index]! });
        reconnect(talk, true);
        assert.deepEqual(
          talk.said(),
          ids.map((id, index) =>
            done.has(index) ? `pubrel ${id}` : `publish t x ${given[index]! / 2} ${id} dup`,
          ),
        );
      }),
    );
  });

  it("is answered PUBREL in the order in which the PUBRECs came [MQTT5-4.6.0-4]", () => {
    check(
      fc.property(
        fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]),
        fc.integer({ min: 1, max: 33 }),
        (order, size) => {
          const talk = connectedQos2();
          for (let count = 0; count < 8; count++) publish(talk.client, "t", "x", QOS_2);
          const stream = order.map((id) => `\x50\x03\0${String.fromCharCode(id)}\0`).join("");
          const pieces = stream.match(new RegExp(`[^]{1,${size}}`, "g")) ?? [];
          assert.deepEqual(
            answers(talk, ...pieces),
            order.map((id) => `pubrel ${id}`),
          );
        },
      ),
    );
  });
});

describe("PUBLISH of 5.0 at QoS 2 from the server", () => {
  it("is answered PUBREC, and PUBREL is PUBCOMP, with its packet id [MQTT5-4.3.3-8] [MQTT5-4.3.3-11]", () => {
    const talk = connectedQos2();
    for (const messageId of [1, 255, 256, 65535]) {
      assert.deepEqual(answers(talk, delivery(messageId)), [`pubrec ${messageId}`]);
      assert.deepEqual(answers(talk, { cmd: "pubrel", messageId }), [`pubcomp ${messageId}`]);
    }
    assert.equal(talk.log.length, 4);
    assert.deepEqual(answers(talk, { cmd: "pubrel", messageId: 9 }), ["pubcomp 9 0x92"]);
  });

  it("is delivered once until PUBREL, with DUP or without, over connections too, and anew behind PUBCOMP [MQTT5-4.1.0-1] [MQTT5-4.3.3-10] [MQTT5-4.3.3-12]", () => {
    const talk = connectedQos2();
    for (const dup of [false, true, false])
      assert.deepEqual(answers(talk, delivery(7, "1", dup)), ["pubrec 7"]);
    assert.deepEqual(talk.log, ["message t 1 4"]);
    reconnect(talk, true);
    assert.deepEqual(answers(talk, delivery(7, "1", true)), ["pubrec 7"]);
    assert.deepEqual(answers(talk, { cmd: "pubrel", messageId: 7 }), ["pubcomp 7"]);
    assert.deepEqual(talk.log, []);
    assert.deepEqual(answers(talk, delivery(7, "2", true)), ["pubrec 7"]);
    assert.deepEqual(talk.log, ["message t 2 12"]);
  });

  it("goes on with its exchange though its expiry has passed, and is not delivered again [MQTT5-4.3.3-13]", () => {
    const talk = connectedQos2({ keepalive: 0 });
    const expiring = { ...delivery(7), properties: { messageExpiryInterval: 1 } };
    assert.deepEqual(answers(talk, expiring), ["pubrec 7"]);
    assert.deepEqual(talk.log, ["message t x 4"]);
    talk.pass(100);
    assert.deepEqual(answers(talk, { ...expiring, dup: true }), ["pubrec 7"]);
    reconnect(talk, true);
    talk.pass(100);
    assert.deepEqual(answers(talk, { ...expiring, dup: true }), ["pubrec 7"]);
    assert.deepEqual(answers(talk, { cmd: "pubrel", messageId: 7 }), ["pubcomp 7"]);
    assert.deepEqual(talk.log, []);
  });

  it("is acknowledged though nobody takes it or its handler throws [MQTT5-4.5.0-2] [MQTT5-4.3.3-8]", () => {
    const nobody = connectedQos2({ onMessage: undefined as never });
    assert.deepEqual(answers(nobody, delivery(3)), ["pubrec 3"]);
    const throwing = connectedQos2({
      onMessage() {
        throw new Error("handler");
      },
    });
    assert.throws(() => throwing.link.receive(delivery(3)), /handler/);
    assert.deepEqual(throwing.said(), ["pubrec 3"]);
    assert.deepEqual(answers(throwing, delivery(3, "x", true)), ["pubrec 3"]);
  });

  it("is answered PUBREC in the order in which it came [MQTT5-4.6.0-3]", () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 32 });
    check(
      fc.property(ids, (given) => {
        const talk = connectedQos2();
        assert.deepEqual(
          answers(talk, ...given.map((id) => delivery(id))),
          given.map((id) => `pubrec ${id}`),
        );
      }),
    );
  });

  it("is remembered over a CONNACK that is malformed [MQTT5-4.1.0-1]", () => {
    const talk = connectedQos2();
    talk.link.receive(delivery(7, "1"));
    talk.link.end();
    open(talk);
    talk.link.receive("\x20\x03\x02\0\0");
    reconnect(talk, true);
    assert.deepEqual(answers(talk, delivery(7, "1", true)), ["pubrec 7"]);
    assert.deepEqual(talk.log, []);
  });
});

describe("PUBREL of 5.0 that a client has to send again", () => {
  it("is not held back by the server's receive maximum [MQTT5-4.9.0-3] [MQTT5-4.4.0-1]", () => {
    const talk = connectedQos2();
    for (const payload of ["1", "2", "3", "4", "5"]) publish(talk.client, "t", payload, QOS_2);
    for (const messageId of [3, 5]) talk.link.receive({ cmd: "pubrec", messageId });
    for (let connection = 0; connection < 2; connection++) {
      reconnect(talk, true, { receiveMaximum: 1 });
      assert.deepEqual(talk.said(), ["publish t 1 2 1 dup", "pubrel 3", "pubrel 5"]);
    }
    assert.deepEqual(answers(talk, { cmd: "pubcomp", messageId: 5 }), []);
    assert.deepEqual(answers(talk, { cmd: "pubrec", messageId: 1 }), ["pubrel 1"]);
    assert.deepEqual(answers(talk, { cmd: "pubcomp", messageId: 1 }), []);
    assert.deepEqual(answers(talk, { cmd: "pubcomp", messageId: 3 }), ["publish t 2 2 2 dup"]);
    assert.deepEqual(talk.log, ["acknowledge 5", "acknowledge 1", "acknowledge 3"]);
  });
});
