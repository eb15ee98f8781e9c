/** What MQTT 3.1.1 asks of messages, their acknowledgements and the end of a connection, on the minified module. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { byteString, check, topicBytes } from "../support/arbitraries.ts";
import { HOSTILE } from "../support/mistakes.ts";
import { connected, cut, reconnect, ristretto } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";

const { publish, QOS_1, RETAIN } = ristretto;

const bytes = (...values: number[]): string => String.fromCharCode(...values);

/** PUBLISH as the server sends it. */
function message(topic: string, payload: string, qos = 0, packetId = 1, flags = 0): string {
  const id = qos ? bytes(packetId >> 8, packetId & 255) : "";
  const body = bytes(0, topic.length) + topic + id + payload;
  return bytes(0x30 | (qos << 1) | flags, body.length) + body;
}

const puback = (packetId: number): string => bytes(0x40, 2, packetId >> 8, packetId & 255);

/** What was written, each packet by its first byte and its body. */
function written(talk: Conversation): Array<[number, string]> {
  return talk.written().map((packet) => [packet.charCodeAt(0), packet.slice(2)]);
}

/** How the connection ended that these bytes came on. */
function endsWith(received: string): string {
  const talk = connected();
  talk.link.receive(received);
  assert.equal(talk.link.isOpen, false);
  return talk.log.join();
}

describe("PUBLISH of 3.1.1 from the client", () => {
  it("has its topic first and its packet id behind it at QoS 1 alone [MQTT-2.3.1-5] [MQTT-3.3.2-1] [MQTT-4.3.1-1]", () => {
    const flags = fc.constantFrom(0, RETAIN, QOS_1, QOS_1 | RETAIN);
    const small = topicBytes().filter((topic) => topic.length < 60);
    check(
      fc.property(
        small,
        byteString().filter((text) => text.length < 60),
        flags,
        (topic, payload, given) => {
          const talk = connected();
          const packetId = publish(talk.client, topic, payload, given);
          const id = given & QOS_1 ? bytes(packetId >> 8, packetId & 255) : "";
          assert.deepEqual(written(talk), [[0x30 | given, bytes(0, topic.length) + topic + id + payload]]);
        },
      ),
    );
  });

  it("takes a packet id above 0 that is free, at each message anew, and no DUP [MQTT-2.3.1-1] [MQTT-2.3.1-2] [MQTT-4.3.2-1]", () => {
    const talk = connected({ receiveMaximum: 20 });
    const underWay: number[] = [];
    check(
      fc.property(fc.nat(18), (index) => {
        if (underWay.length === 20) talk.link.receive(puback(underWay.splice(index, 1)[0]!));
        const packetId = publish(talk.client, "t", "x", QOS_1);
        assert.ok(packetId > 0 && !underWay.includes(packetId), String(packetId));
        assert.deepEqual(written(talk), [[0x32, `\0\x01t${bytes(packetId >> 8, packetId & 255)}x`]]);
        underWay.push(packetId);
      }),
      70000,
    );
    assert.equal(talk.client.dropped, 0);
  });

  it("waits for its PUBACK, whatever else is acknowledged, and is sent again with its id and DUP [MQTT-2.3.1-3] [MQTT-3.3.1-1] [MQTT-4.3.2-1] [MQTT-4.4.0-1]", () => {
    const talk = connected({ clean: false });
    const ids = ["1", "2", "3"].map((payload) => publish(talk.client, "t", payload, QOS_1));
    for (const packetId of [ids[1]!, 7, 65535]) talk.link.receive(puback(packetId));
    talk.written();
    for (let connection = 0; connection < 2; connection++) {
      reconnect(talk, true);
      assert.deepEqual(written(talk), [
        [0x3a, `\0\x01t\0${bytes(ids[0]!)}1`],
        [0x3a, `\0\x01t\0${bytes(ids[2]!)}3`],
      ]);
    }
  });

  it("is sent again in the order of its first sending, behind what was sent before it [MQTT-4.6.0-1]", () => {
    check(
      fc.property(
        fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]),
        fc.integer({ min: 1, max: 4 }),
        (acks, times) => {
          const talk = connected({ clean: false });
          for (let count = 1; count <= 8; count++) publish(talk.client, "t", String(count), QOS_1);
          for (const packetId of acks) talk.link.receive(puback(packetId));
          for (let connection = 0; connection < times; connection++) reconnect(talk, true);
          const payloads = written(talk).map(([first, body]) => [first, body.slice(5)]);
          const left = [1, 2, 3, 4, 5, 6, 7, 8].filter((packetId) => !acks.includes(packetId));
          assert.deepEqual(
            payloads.slice(payloads.length - left.length),
            left.map((count) => [0x3a, String(count)]),
          );
        },
      ),
    );
  });

  it("is refused with a topic name that is empty, has a wildcard, U+0000, ill-formed UTF-8 or 65 536 bytes, and takes 65 535 [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-3.3.2-2] [MQTT-4.7.1-1] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3]", () => {
    const talk = connected({ queueBytes: 1 << 17 });
    const refused = ["", "+", "#", "a/+/b", "a#", "a\0", "\xff", "\xc3(", "\xed\xa0\x80", "x".repeat(65536)];
    for (const topic of refused)
      for (const flags of [0, QOS_1]) assert.equal(publish(talk.client, topic, "", flags), -0x90);
    assert.deepEqual(talk.written(), []);
    publish(talk.client, "x".repeat(65535), "", 0);
    assert.deepEqual(
      talk.written().map((packet) => packet.length),
      [65541],
    );
  });
});

describe("PUBLISH of 3.1.1 from the server", () => {
  it("is answered by what its QoS asks for, with its packet id [MQTT-2.3.1-6] [MQTT-3.3.4-1] [MQTT-4.3.2-2]", () => {
    const talk = connected();
    for (const packetId of [1, 255, 256, 65535]) {
      talk.link.receive(message("t", "x", 0));
      talk.link.receive(message("t", "x", 1, packetId));
      assert.deepEqual(written(talk), [[0x40, bytes(packetId >> 8, packetId & 255)]]);
    }
    assert.equal(talk.log.length, 8);
  });

  it("is a new message at QoS 1 though its packet id was acknowledged before, with DUP or without [MQTT-4.3.2-2]", () => {
    const talk = connected();
    talk.link.receive(message("t", "1", 1, 5) + message("t", "2", 1, 5, 8) + message("t", "3", 1, 5));
    assert.deepEqual(talk.log, ["message t 1 2", "message t 2 10", "message t 3 2"]);
    assert.deepEqual(talk.written(), [puback(5), puback(5), puback(5)]);
  });

  it("is acknowledged though nobody takes it, its handler throws, or it is too large [MQTT-4.5.0-2]", () => {
    const nobody = connected({ onMessage: undefined as never });
    nobody.link.receive(message("t", "x", 1, 1));
    assert.deepEqual(nobody.written(), [puback(1)]);
    const throwing = connected({
      onMessage() {
        throw new Error("handler");
      },
    });
    assert.throws(() => throwing.link.receive(message("t", "x", 1, 2)), /handler/);
    assert.deepEqual(throwing.written(), [puback(2)]);
    const small = connected({ maximumPacketSize: 128 });
    small.link.receive(`\x32\xff\x7f\0\x01t\0\x03${"x".repeat(16383 - 5)}`);
    assert.deepEqual(small.written(), [puback(3)]);
    assert.deepEqual(small.log, ["drop 149 0 t"]);
  });

  it("is acknowledged in the order in which it came [MQTT-4.6.0-2]", () => {
    const ids = fc.array(fc.integer({ min: 1, max: 65535 }), { minLength: 1, maxLength: 30 });
    check(
      fc.property(ids, fc.integer({ min: 1, max: 40 }), (given, size) => {
        const talk = connected();
        const stream = given.map((packetId) => message("t", "x", 1, packetId)).join("");
        for (let at = 0; at < stream.length; at += size) talk.link.receive(stream.slice(at, at + size));
        assert.deepEqual(talk.written(), given.map(puback));
      }),
    );
  });

  it("goes to the handlers of the filters it matches, and to no other [MQTT-3.3.2-3]", () => {
    const talk = connected();
    const taker = (topicFilter: string) => ({
      topicFilter,
      onMessage: (topic: string) => talk.log.push(`${topicFilter} took ${topic}`),
    });
    ristretto.subscribe(talk.client, ["a/+", "b/#", "c"].map(taker));
    talk.link.receive("\x90\x05\0\x01\0\0\0");
    talk.log.length = 0;
    for (const topic of ["a/1", "a/1/2", "b", "b/1/2", "c", "d"]) talk.link.receive(message(topic, ""));
    assert.deepEqual(talk.log, [
      "a/+ took a/1",
      "message a/1/2  0",
      "b/# took b",
      "b/# took b/1/2",
      "c took c",
      "message d  0",
    ]);
  });

  it("keeps a U+FEFF wherever it stands [MQTT-1.5.3-3]", () => {
    const talk = connected();
    talk.link.receive(message("\xef\xbb\xbfa/\xef\xbb\xbf", "\xef\xbb\xbfx"));
    assert.deepEqual(talk.log, ["message \xef\xbb\xbfa/\xef\xbb\xbf \xef\xbb\xbfx 0"]);
    publish(talk.client, "\xef\xbb\xbfa", "", 0);
    assert.deepEqual(written(talk), [[0x30, "\0\x04\xef\xbb\xbfa"]]);
  });

  it("ends the connection where its QoS is 3, DUP comes with QoS 0, or its topic is no topic name [MQTT-1.5.3-1] [MQTT-1.5.3-2] [MQTT-3.3.1-2] [MQTT-3.3.1-4] [MQTT-3.3.2-2] [MQTT-4.7.1-1] [MQTT-4.7.3-1]", () => {
    for (const flags of [0x36, 0x37, 0x3e, 0x3f, 0x38, 0x39])
      assert.equal(endsWith(bytes(flags, 6) + "\0\x01t\0\x01x"), "disconnect 130 again");
    for (const topic of ["", "+", "a/#", "a\0b", "\xff", "\xc3(", "\xed\xa0\x80", "\xf4\x90\x80\x80"])
      assert.equal(endsWith(message(topic, "x")), "disconnect 129 again");
  });
});

describe("a violation of 3.1.1", () => {
  for (const [what, hex] of HOSTILE) {
    it(`closes the connection it came on: ${what} [MQTT-4.8.0-1]`, () => {
      const talk = connected();
      talk.link.receive(`${Buffer.from(hex, "hex").toString("latin1")}${message("t", "behind")}`);
      assert.equal(talk.link.isOpen, false);
      assert.equal(talk.log.length, 1);
      assert.match(talk.log[0]!, /^disconnect 1(29|30) again$/);
    });
  }

  it("is any flag in CONNACK, PUBACK, SUBACK, UNSUBACK and PINGRESP: they close the connection [MQTT-2.2.2-2]", () => {
    for (const packet of ["\x40\x02\0\x01", "\x90\x03\0\x01\0", "\xb0\x02\0\x01", "\xd0\0"]) {
      for (let flags = 1; flags < 16; flags++)
        assert.equal(endsWith(bytes(packet.charCodeAt(0) | flags) + packet.slice(1)), "disconnect 129 again");
    }
  });
});

describe("DISCONNECT of 3.1.1", () => {
  it("has no flags and no body, closes the connection, and is followed by nothing [MQTT-3.14.1-1] [MQTT-3.14.4-1] [MQTT-3.14.4-2]", () => {
    const talk = connected({ keepalive: 1 });
    publish(talk.client, "t", "x", QOS_1);
    talk.written();
    talk.link.stuck = true;
    ristretto.disconnect(talk.client);
    assert.equal(talk.link.closing, true);
    assert.deepEqual(talk.written(), ["\xe0\0"]);
    for (const flags of [0, QOS_1]) publish(talk.client, "t", "x", flags);
    ristretto.subscribe(talk.client, [{ topicFilter: "f" }]);
    ristretto.unsubscribe(talk.client, ["f"]);
    ristretto.disconnect(talk.client);
    talk.link.receive(message("t", "x", 1) + puback(1));
    talk.link.drain();
    talk.pass(100);
    assert.deepEqual(talk.written(), []);
  });
});

describe("PINGREQ of 3.1.1", () => {
  it("leaves when nothing was sent for the keep alive, so that no longer time passes between packets [MQTT-3.1.2-23]", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 12 });
    check(
      fc.property(pauses, fc.integer({ min: 1, max: 20 }), (given, keepalive) => {
        const talk = connected({ keepalive });
        let silent = 0;
        for (const pause of given) {
          for (let second = 0; second < pause; second++) {
            talk.pass(1);
            const packets = talk.written();
            silent = packets.length ? 0 : silent + 1;
            assert.ok(silent < keepalive, `${silent} seconds of ${keepalive} without a packet`);
            if (packets.includes("\xc0\0")) talk.link.receive("\xd0\0");
          }
          publish(talk.client, "t", "x", 0);
          assert.equal(talk.written().length, 1);
          silent = 0;
        }
      }),
    );
  });

  it("has no flags and no body, and must be answered: without a byte in time the connection ends [MQTT-2.2.2-1] [MQTT-3.12.4-1]", () => {
    const talk = connected({ keepalive: 30 });
    talk.pass(30);
    assert.deepEqual(talk.written(), ["\xc0\0"]);
    talk.pass(9);
    assert.equal(talk.link.isOpen, true);
    talk.pass(1);
    assert.deepEqual(talk.log, ["disconnect 141 again"]);
    assert.deepEqual(cut(talk.written().join("")), []);
  });
});
