import assert from "node:assert/strict";
import fc from "fast-check";
import { generate } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import { connect, createClient, disconnect, publish, subscribe, tick } from "../../src/index.ts";
import { byteString, check, topicBytes } from "../support/arbitraries.ts";
import { createConnectedClient, createFakeLink, createLoggedClient, dial } from "../support/fake-link.ts";
import type { Told } from "../support/fake-link.ts";

const commands = (told: Told): string[] => told.link.packets().map(({ cmd }) => cmd);
const text = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

function message(topic: string, payload: string, qos: 0 | 1 = 0, messageId = 1): Packet {
  return {
    cmd: "publish",
    topic: text(topic),
    payload: Buffer.from(payload, "latin1"),
    qos,
    messageId,
    dup: false,
    retain: false,
  };
}

describe("the framer", () => {
  it("takes any cutting and merging of what mqtt-packet writes", () => {
    const packets = fc.array(
      fc.tuple(
        topicBytes(),
        byteString(),
        fc.constantFrom(0 as const, 1 as const),
        fc.integer({ min: 1, max: 65535 }),
      ),
      { minLength: 1, maxLength: 8 },
    );
    check(
      fc.property(packets, fc.array(fc.nat(1500), { maxLength: 12 }), (given, cuts) => {
        const told = createConnectedClient();
        const stream = given.map((one) => generate(message(...one)).toString("latin1")).join("");
        const points = [0, ...cuts.map((cut) => cut % stream.length), stream.length].sort((a, b) => a - b);
        points.slice(1).forEach((point, index) => {
          told.link.handlers.onData(stream.slice(points[index], point));
        });
        assert.deepEqual(
          told.log,
          given.map(([topic, payload, qos]) => `message ${topic} ${payload} ${qos * 2}`),
        );
        const acks = told.link.packets().map((packet) => (packet as { messageId?: number }).messageId);
        assert.deepEqual(
          acks,
          given.filter(([, , qos]) => qos).map(([, , , id]) => id),
        );
      }),
    );
  });

  it("takes packets byte by byte, whatever the size of their length field", () => {
    for (const size of [0, 100, 125, 126, 127, 128, 1000, 16379, 16380, 16381, 20000]) {
      const told = createConnectedClient({ maximumPacketSize: 30000 });
      for (const byte of generate(message("t", "x".repeat(size))).toString("latin1")) told.link.receive(byte);
      assert.deepEqual(told.log, [`message t ${"x".repeat(size)} 0`]);
    }
  });

  for (const [what, bytes, reasonCode] of [
    ["a remaining length of five bytes", "\x30\xff\xff\xff\xff\x01", 0x81],
    ["a remaining length longer than it needs", "\x30\x80\x00", 0x81],
    ["packet type 0", "\x00\x00", 0x82],
    ["packet type 15", "\xf0\x00", 0x82],
    ["PINGREQ, which is for clients to send", "\xc0\x00", 0x82],
    ["CONNECT", "\x10\x00", 0x82],
    ["DISCONNECT, which 3.1.1 servers do not send", "\xe0\x00", 0x82],
    ["PUBACK with flags [MQTT-2.2.2-2]", "\x41\x02\x00\x01", 0x81],
    ["PUBACK of three bytes", "\x40\x03\x00\x01\x00", 0x81],
    ["PINGRESP with a body", "\xd0\x01\x00", 0x81],
    ["QoS 3 [MQTT-3.3.1-4]", "\x36\x06\x00\x01a\x00\x01x", 0x82],
    ["QoS 2, which was never granted", "\x34\x06\x00\x01a\x00\x01x", 0x82],
    ["DUP with QoS 0 [MQTT-3.3.1-2]", "\x38\x04\x00\x01ax", 0x82],
    ["packet id 0 [MQTT-2.3.1-1]", "\x32\x05\x00\x01a\x00\x00", 0x81],
    ["an empty topic [MQTT-4.7.3-1]", "\x30\x02\x00\x00", 0x81],
    ["a topic longer than the packet", "\x30\x03\x00\x05a", 0x81],
    ["a QoS 1 message without its packet id", "\x32\x03\x00\x01a", 0x81],
    ["a PUBLISH without a topic length", "\x30\x01\x00", 0x81],
    ["a PUBLISH without a body", "\x30\x00", 0x81],
    ["a wildcard in a topic name [MQTT-3.3.2-2]", "\x30\x03\x00\x01#", 0x81],
    ["U+0000 in a topic name [MQTT-1.5.3-2]", "\x30\x03\x00\x01\x00", 0x81],
    ["a SUBACK nobody waits for", "\x90\x03\x00\x01\x00", 0x82],
    ["an UNSUBACK nobody waits for", "\xb0\x02\x00\x01", 0x82],
  ] as const) {
    it(`disconnects at ${what}`, () => {
      const told = createConnectedClient();
      told.link.receive(bytes + "\x30\x04\x00\x01ab");
      assert.deepEqual(told.log, [`disconnect ${reasonCode} again`]);
    });
  }

  it("reports a message that is too large at its beginning, and goes on behind it though the handler throws", () => {
    const told: Told = createConnectedClient({
      maximumPacketSize: 128,
      onDrop(reasonCode, _packetId, topic) {
        told.log.push(`drop ${reasonCode} ${topic}`);
        throw new Error("handler");
      },
    });
    const large = generate(message("large", "x".repeat(1000), 1, 7)).toString("latin1");
    assert.throws(() => told.link.receive(large.slice(0, 300)), /handler/);
    assert.deepEqual(told.log, ["drop 149 large"]);
    assert.deepEqual(commands(told), []);
    told.link.receive(large.slice(300) + generate(message("small", "y")).toString("latin1"));
    assert.deepEqual(told.log, ["drop 149 large", "message small y 0"]);
    assert.deepEqual(commands(told), ["puback"]);
    assert.equal(told.client.dropped, 1);
  });

  it("never throws, hangs, or grows, whatever bytes come", () => {
    const bytes = fc.array(
      fc.oneof(byteString(), fc.constantFrom("\x30\xff", "\x32\x7f\0", "\x20\x02\0\0", "\x90\x04")),
      { maxLength: 10 },
    );
    check(
      fc.property(bytes, (pieces) => {
        const link = createFakeLink();
        const client = createClient({ link, host: "h", port: 1, clientId: "c", maximumPacketSize: 300 });
        connect(client);
        link.establish();
        link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
        for (const piece of pieces) {
          if (!link.isOpen) break;
          link.handlers.onData(piece);
          assert.ok(client._partial.length <= 300 + 2000);
        }
      }),
      2000,
    );
  });

  it("stops at a packet that ends the connection, also when more came with it", () => {
    const told = createLoggedClient();
    dial(told);
    told.link.establish();
    told.link.receive("\x20\x02\0\x05" + "\x30\x04\0\x01ab");
    assert.deepEqual(told.log, ["disconnect 135 again"]);
  });
});

describe("a message above the limit", () => {
  for (const step of [1, 7, 536, 100000]) {
    it(`is drained, reported, counted and acknowledged, and the next one arrives (in pieces of ${step})`, () => {
      const told = createConnectedClient({ maximumPacketSize: 200 });
      const stream = [
        message("big", "x".repeat(5000), 1, 77),
        message("big", "y".repeat(300), 0),
        message("small", "z", 0),
      ]
        .map((packet) => generate(packet).toString("latin1"))
        .join("");
      for (let start = 0; start < stream.length; start += step)
        told.link.receive(stream.slice(start, start + step));
      assert.deepEqual(told.log, ["drop 149 0 big", "drop 149 0 big", "message small z 0"]);
      const acknowledged = told.link
        .packets()
        .map((packet) => [packet.cmd, (packet as { messageId?: number }).messageId]);
      assert.deepEqual(acknowledged, [["puback", 77]]);
      assert.deepEqual(told.client.dropped, 2);
    });
  }

  it("is acknowledged only when all of it has come", () => {
    const told = createConnectedClient({ maximumPacketSize: 100 });
    const bytes = generate(message("t", "x".repeat(200), 1)).toString("latin1");
    told.link.receive(bytes.slice(0, -1));
    assert.deepEqual(commands(told), []);
    told.link.receive(bytes.slice(-1));
    assert.deepEqual(commands(told), ["puback"]);
  });

  it("is followed by nothing when its handler ends the connection", () => {
    const told: Told = createConnectedClient({
      maximumPacketSize: 100,
      onDrop: () => disconnect(told.client),
    });
    const bytes = generate(message("t", "x".repeat(300), 1)).toString("latin1");
    told.link.stuck = true;
    for (let start = 0; start < bytes.length; start += 101)
      told.link.receive(bytes.slice(start, start + 101));
    told.link.receive(bytes);
    assert.deepEqual(commands(told), ["disconnect"]);
  });

  it("ends the connection when its topic alone is too long, or it is no message", () => {
    for (const bytes of ["\x30\xff\x7f\x01\x00" + "t".repeat(150), "\x90\xff\x7f\0\x01"]) {
      const told = createConnectedClient({ maximumPacketSize: 100 });
      told.link.receive(bytes);
      assert.deepEqual(told.log, ["disconnect 149 again"]);
    }
  });

  it("never holds more than its limit and one piece", () => {
    const told = createConnectedClient({ maximumPacketSize: 100 });
    const bytes = generate(message("t", "x".repeat(100000))).toString("latin1");
    for (let start = 0; start < bytes.length; start += 50) {
      told.link.receive(bytes.slice(start, start + 50));
      assert.ok(told.client._partial.length <= 150);
    }
  });
});

describe("an acknowledgement", () => {
  it("leaves after the handler has returned", () => {
    const order: string[] = [];
    const told: Told = createConnectedClient({
      onMessage: () => order.push(...commands(told), "handler returns"),
    });
    told.link.receive(message("t", "x", 1));
    assert.deepEqual([...order, ...commands(told)], ["handler returns", "puback"]);
  });

  it("leaves when the handler throws, and what came behind is taken by the next tick", () => {
    const told = createConnectedClient({
      onMessage(topic) {
        if (topic === "bad") throw new Error("handler");
        told.log.push(topic);
      },
    });
    const bytes = [message("bad", "", 1, 5), message("good", "", 1, 6)]
      .map((one) => generate(one).toString("latin1"))
      .join("");
    assert.throws(() => told.link.receive(bytes), /handler/);
    assert.deepEqual(commands(told), ["puback"]);
    tick(told.client);
    assert.deepEqual(told.log, ["good"]);
    assert.deepEqual(commands(told), ["puback"]);
  });

  it("is not overtaken by one like the message whose handler threw", () => {
    let throws = true;
    const told = createConnectedClient({
      onMessage(topic, payload) {
        if (topic === "bad" && throws) throw new Error("handler");
        told.log.push(`${topic} ${payload}`);
      },
    });
    const bad = (payload: string): string => generate(message("bad", payload)).toString("latin1");
    const good = generate(message("good", "2")).toString("latin1");
    assert.throws(() => told.link.receive(bad("1") + good), /handler/);
    throws = false;
    told.link.receive(bad("3"));
    assert.deepEqual(told.log, ["good 2", "bad 3"]);
  });

  it("is followed by nothing when what came behind ends the connection at the tick", () => {
    const told = createConnectedClient({
      keepalive: 1,
      onMessage() {
        throw new Error("handler");
      },
    });
    const bytes = generate(message("bad", "")).toString("latin1");
    assert.throws(() => told.link.receive(`${bytes}\xf0\0`), /handler/);
    tick(told.client);
    tick(told.client);
    assert.equal(told.log[0], "disconnect 130 again");
  });

  it("does not leave when the handler disconnected", () => {
    const told: Told = createConnectedClient({ onMessage: () => told.link.end() });
    told.link.receive(message("t", "x", 1));
    assert.deepEqual(commands(told), []);
  });
});

describe("an error thrown in onConnect", () => {
  it("keeps neither the queue nor the subscriptions from the server", () => {
    const told = createLoggedClient({
      onConnect() {
        throw new Error("mine");
      },
    });
    subscribe(told.client, [{ topicFilter: "a" }]);
    publish(told.client, "t", "x", 0);
    dial(told);
    told.link.establish();
    told.link.packets();
    assert.throws(() => told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false }), /mine/);
    assert.deepEqual(commands(told), ["publish", "subscribe"]);
  });
});
