/** What MQTT 3.1.1 asks of exactly once, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { check } from "../support/arbitraries.ts";
import type { ClientOptions } from "../../src/index.ts";
import { accept, begin, connected, open, reconnect, ristretto } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";

const { publish, qos2, QOS_1, QOS_2 } = ristretto;

const bytes = (...values: number[]): string => String.fromCharCode(...values);
const PUBACK = 0x40;
const PUBREC = 0x50;
const PUBREL = 0x62;
const PUBCOMP = 0x70;

/** An acknowledgement. */
const ack = (first: number, packetId: number): string => bytes(first, 2, packetId >> 8, packetId & 255);

/** PUBLISH at QoS 2 to `t`. */
const message = (packetId: number, payload: string, flags = 0): string =>
  bytes(0x34 | flags, 5 + payload.length) + `\0\x01t${bytes(packetId >> 8, packetId & 255)}${payload}`;

function connectedQos2(options: Partial<ClientOptions> = {}): Conversation {
  const talk = begin({ clean: false, ...options }, [qos2]);
  open(talk);
  accept(talk);
  return talk;
}

/** What the client writes when it receives this. */
function answer(talk: Conversation, received: string): string[] {
  talk.link.receive(received);
  return talk.written();
}

describe("PUBLISH of 3.1.1 at QoS 2 from the client", () => {
  it("takes a free packet id, leaves without DUP, is answered PUBREL with its id, and ends with PUBCOMP [MQTT-2.2.2-1] [MQTT-2.3.1-1] [MQTT-2.3.1-6] [MQTT-3.6.1-1] [MQTT-4.3.3-1]", () => {
    const talk = connectedQos2();
    for (const packetId of [1, 2, 3]) {
      assert.equal(publish(talk.client, "t", "x", QOS_2), packetId);
      assert.deepEqual(talk.written(), [message(packetId, "x")]);
    }
    assert.deepEqual(answer(talk, ack(PUBREC, 2)), [ack(PUBREL, 2)]);
    assert.deepEqual(talk.log, []);
    assert.deepEqual(answer(talk, ack(PUBCOMP, 2)), []);
    assert.deepEqual(talk.log, ["acknowledge 2"]);
  });

  it("stays unacknowledged until PUBREC and PUBREL until PUBCOMP, and is not sent again once PUBREL was [MQTT-4.3.3-1] [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-2.3.1-3]", () => {
    const talk = connectedQos2();
    publish(talk.client, "t", "x", QOS_2);
    talk.link.receive(ack(PUBCOMP, 1));
    for (let connection = 0; connection < 2; connection++) {
      reconnect(talk, true);
      assert.deepEqual(talk.written(), [message(1, "x", 8)]);
    }
    assert.deepEqual(answer(talk, ack(PUBREC, 1)), [ack(PUBREL, 1)]);
    for (let connection = 0; connection < 2; connection++) {
      reconnect(talk, true);
      assert.deepEqual(talk.written(), [ack(PUBREL, 1)]);
    }
    assert.deepEqual(talk.log, []);
    talk.link.receive(ack(PUBCOMP, 1));
    assert.deepEqual(talk.log, ["acknowledge 1"]);
    reconnect(talk, true);
    assert.deepEqual(talk.written(), []);
  });

  it("gives its packet id to no other message before PUBCOMP [MQTT-2.3.1-2] [MQTT-2.3.1-3]", () => {
    const talk = connectedQos2();
    publish(talk.client, "t", "x", QOS_2);
    talk.link.receive(ack(PUBREC, 1));
    for (let count = 0; count < 65600; count++) {
      const packetId = publish(talk.client, "t", "", QOS_1);
      assert.notEqual(packetId, 1);
      talk.link.receive(ack(PUBACK, packetId));
    }
    talk.link.receive(ack(PUBCOMP, 1));
    const ids = new Set<number>();
    for (let count = 0; count < 65535; count++) {
      const packetId = publish(talk.client, "t", "", QOS_1);
      ids.add(packetId);
      talk.link.receive(ack(PUBACK, packetId));
    }
    assert.equal(ids.size, 65535);
  });

  it("is sent again in the order of the first sending, with PUBREL in its place [MQTT-4.6.0-1]", () => {
    const mixed = fc.array(fc.constantFrom(QOS_1, QOS_2), { minLength: 1, maxLength: 8 });
    check(
      fc.property(mixed, fc.array(fc.nat(7)), (given, released) => {
        const talk = connectedQos2();
        const ids = given.map((flags) => publish(talk.client, "t", "x", flags));
        const done = new Set(
          released.map((index) => index % ids.length).filter((index) => given[index] === QOS_2),
        );
        for (const index of done) talk.link.receive(ack(PUBREC, ids[index]!));
        reconnect(talk, true);
        const again = ids.map((packetId, index) => {
          if (done.has(index)) return ack(PUBREL, packetId);
          return message(packetId, "x", 8).replace(/^./, bytes(0x38 | given[index]!));
        });
        assert.deepEqual(talk.written(), again);
      }),
    );
  });

  it("is answered PUBREL in the order in which the PUBRECs came [MQTT-4.6.0-4]", () => {
    check(
      fc.property(
        fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]),
        fc.integer({ min: 1, max: 33 }),
        (order, size) => {
          const talk = connectedQos2();
          for (let count = 0; count < 8; count++) publish(talk.client, "t", "x", QOS_2);
          talk.written();
          const stream = order.map((packetId) => ack(PUBREC, packetId)).join("");
          for (let at = 0; at < stream.length; at += size) talk.link.receive(stream.slice(at, at + size));
          assert.deepEqual(
            talk.written(),
            order.map((packetId) => ack(PUBREL, packetId)),
          );
        },
      ),
    );
  });
});

describe("PUBLISH of 3.1.1 at QoS 2 from the server", () => {
  it("is answered PUBREC and PUBREL is PUBCOMP, with its packet id [MQTT-2.3.1-6] [MQTT-3.3.4-1] [MQTT-4.3.3-2]", () => {
    const talk = connectedQos2();
    for (const packetId of [1, 255, 256, 65535]) {
      assert.deepEqual(answer(talk, message(packetId, "x")), [ack(PUBREC, packetId)]);
      assert.deepEqual(answer(talk, ack(PUBREL, packetId)), [ack(PUBCOMP, packetId)]);
    }
    assert.equal(talk.log.length, 4);
  });

  it("is delivered once until PUBREL, with DUP or without, over connections too, and anew behind it [MQTT-4.3.3-2] [MQTT-4.1.0-1]", () => {
    const talk = connectedQos2();
    for (const flags of [0, 8, 0]) assert.deepEqual(answer(talk, message(7, "1", flags)), [ack(PUBREC, 7)]);
    reconnect(talk, true);
    assert.deepEqual(answer(talk, message(7, "1", 8)), [ack(PUBREC, 7)]);
    assert.deepEqual(answer(talk, ack(PUBREL, 7)), [ack(PUBCOMP, 7)]);
    assert.deepEqual(answer(talk, message(7, "2", 8)), [ack(PUBREC, 7)]);
    assert.deepEqual(talk.log, ["message t 2 12"]);
  });

  it("is a new message in a new session, whatever its packet id was before [MQTT-3.1.2-6]", () => {
    const talk = connectedQos2({ clean: true });
    talk.link.receive(message(7, "1"));
    reconnect(talk, false);
    talk.link.receive(message(7, "2"));
    assert.deepEqual(talk.log, ["message t 2 4"]);
  });

  it("keeps its session over a CONNACK that is malformed [MQTT-4.1.0-1]", () => {
    const talk = connectedQos2();
    talk.link.receive(message(7, "1"));
    talk.link.end();
    open(talk);
    talk.link.receive("\x21\x02\0\0");
    reconnect(talk, true);
    assert.deepEqual(answer(talk, message(7, "1", 8)), [ack(PUBREC, 7)]);
    assert.deepEqual(talk.log, []);
  });

  it("is acknowledged whether or not it is taken [MQTT-4.5.0-2]", () => {
    const nobody = connectedQos2({ onMessage: undefined as never });
    assert.deepEqual(answer(nobody, message(3, "x")), [ack(PUBREC, 3)]);
    const small = connectedQos2({ maximumPacketSize: 128 });
    assert.deepEqual(answer(small, `\x34\xff\x7f\0\x01t\0\x03${"x".repeat(16383 - 5)}`), [ack(PUBREC, 3)]);
  });

  it("is answered PUBREC in the order in which it came [MQTT-4.6.0-3]", () => {
    const ids = fc.uniqueArray(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 32 });
    check(
      fc.property(ids, fc.integer({ min: 1, max: 40 }), (given, size) => {
        const talk = connectedQos2();
        const stream = given.map((packetId) => message(packetId, "x")).join("");
        for (let at = 0; at < stream.length; at += size) talk.link.receive(stream.slice(at, at + size));
        assert.deepEqual(
          talk.written(),
          given.map((packetId) => ack(PUBREC, packetId)),
        );
      }),
    );
  });

  it("is one of any number under way, as no server of 3.1.1 can know a limit", () => {
    const talk = connectedQos2();
    for (let packetId = 1; packetId <= 333; packetId++) talk.link.receive(message(packetId, "x"));
    assert.deepEqual(new Set(talk.log), new Set(["message t x 4"]));
    assert.equal(talk.log.length, 333);
    reconnect(talk, true);
    talk.link.receive(ack(PUBREL, 1) + message(333, "x", 8) + message(1, "x"));
    assert.deepEqual(talk.log, ["message t x 4"]);
  });

  it("ends the connection when it is malformed, though its packet id was taken before [MQTT-4.8.0-1]", () => {
    for (const body of ["\0\x09t\0\x07", "\0\x02\xff\xff\0\x07", "\0\x01+\0\x07"]) {
      const talk = connectedQos2();
      talk.link.receive(message(7, "1"));
      talk.link.receive(bytes(0x3c, body.length) + body + message(7, "\0\x07"));
      assert.equal(talk.log.at(-1), "disconnect 129 again");
    }
  });

  it("ends the connection where QoS 2 was not asked for [MQTT-4.8.0-1]", () => {
    const talk = connected();
    talk.link.receive(message(7, "1"));
    assert.deepEqual(talk.log, ["disconnect 130 again"]);
  });
});

describe("PUBREL of 3.1.1 from the server", () => {
  it("has flags 0010, or the connection ends [MQTT-2.2.2-2] [MQTT-3.6.1-1]", () => {
    for (let flags = 0; flags < 16; flags++) {
      const talk = connectedQos2();
      talk.link.receive(message(7, "x"));
      talk.log.length = 0;
      talk.link.receive(ack(0x60 | flags, 7));
      assert.deepEqual(talk.log, flags === 2 ? [] : ["disconnect 129 again"]);
    }
  });
});

describe("a will of 3.1.1", () => {
  it("may have QoS 2 [MQTT-3.1.2-14]", () => {
    const talk = begin({ will: { topic: "w", payload: "x", qos: 2, retain: true } });
    assert.equal(open(talk).charCodeAt(9), 2 | 4 | (2 << 3) | 32);
  });
});
