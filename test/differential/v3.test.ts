/**
 * The minified client against mqtt-packet, which was written by others for others, at MQTT 3.1.1: each must understand what the
 * other writes, and where there is but one way to write it, both must write the same bytes.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { generate } from "mqtt-packet";
import type { IConnectPacket, Packet } from "mqtt-packet";
import type { ClientOptions } from "../../src/index.ts";
import { byteString, check, topicBytes, utf8 } from "../support/arbitraries.ts";
import { accept, begin, open, packetsOf, ristretto } from "../conformance/conversation.ts";
import type { Conversation } from "../conformance/conversation.ts";

type Qos = 0 | 1 | 2;

const { publish, subscribe, unsubscribe } = ristretto;

const text = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");
const buffer = (bytes: string): Buffer => Buffer.from(bytes, "latin1");
const qos = fc.constantFrom<Qos[]>(0, 1, 2);
const packetId = fc.integer({ min: 1, max: 65535 });
const payload = fc.oneof(
  byteString(),
  fc.constantFrom(100, 126, 127, 128, 129, 16000, 16383, 16384, 20000).map((size) => "x".repeat(size)),
);

function connected(options: Partial<ClientOptions> = {}): Conversation {
  const settings = { clean: false, maximumPacketSize: 60000, queueBytes: 60000, receiveMaximum: 20 };
  const talk = begin({ ...settings, ...options }, [ristretto.qos2]);
  open(talk);
  accept(talk);
  return talk;
}

/** The one packet that was written: read by mqtt-packet, which must write it the same way. */
function read(talk: Conversation): Packet {
  const [bytes, ...more] = talk.written();
  assert.equal(more.length, 0);
  return readBytes(bytes!);
}

function readBytes(bytes: string): Packet {
  const [packet, ...more] = packetsOf(bytes);
  assert.equal(more.length, 0);
  assert.equal(generate(packet!).toString("latin1"), bytes);
  return packet!;
}

/** What a client that wants these filters with a handler tells of what mqtt-packet writes. */
function tellOf(talk: Conversation, ...packets: Packet[]): string[] {
  talk.log.length = 0;
  talk.link.receive(packets.map((packet) => generate(packet).toString("latin1")).join(""));
  return talk.log;
}

describe("mqtt-packet reads as meant, and writes byte for byte, at 3.1.1,", () => {
  it("CONNECT", () => {
    const will = fc.record({ topic: topicBytes(), payload, qos, retain: fc.boolean() });
    const options = fc.record({
      clientId: utf8(1, 40),
      keepalive: fc.nat(65535),
      clean: fc.boolean(),
      username: fc.option(utf8(0, 30), { nil: undefined }),
      password: fc.option(utf8(0, 30), { nil: undefined }),
      will: fc.option(will, { nil: undefined }),
    });
    check(
      fc.property(options, (given) => {
        const packet = readBytes(open(begin(given))) as IConnectPacket;
        assert.equal(packet.clientId, text(given.clientId));
        assert.equal(packet.keepalive, given.keepalive);
        assert.equal(packet.clean, given.clean);
        assert.equal(packet.username, given.username === undefined ? undefined : text(given.username));
        const hasPassword = given.username !== undefined && given.password !== undefined;
        assert.deepEqual(packet.password, hasPassword ? buffer(given.password!) : undefined);
        const { topic, payload: last, qos: level, retain } = packet.will ?? {};
        const wanted = given.will && [
          text(given.will.topic),
          buffer(given.will.payload),
          given.will.qos,
          given.will.retain,
        ];
        assert.deepEqual(packet.will && [topic, last, level, retain], wanted);
      }),
    );
  });

  it("PUBLISH, and again with DUP", () => {
    check(
      fc.property(topicBytes(), payload, qos, fc.boolean(), (topic, body, level, retain) => {
        const talk = connected();
        const id = publish(talk.client, topic, body, (level << 1) | Number(retain));
        const first = read(talk);
        const wanted = {
          cmd: "publish",
          topic: text(topic),
          payload: buffer(body),
          qos: level,
          retain,
          messageId: level ? id : undefined,
        };
        const meaning = (packet: Packet): object => {
          assert.equal(packet.cmd, "publish");
          const {
            cmd,
            topic: to,
            payload: said,
            qos: at,
            retain: kept,
            messageId,
          } = packet as never as typeof wanted;
          return { cmd, topic: to, payload: said, qos: at, retain: kept, messageId };
        };
        assert.deepEqual(meaning(first), wanted);
        assert.equal((first as { dup: boolean }).dup, false);
        if (!level) return;
        talk.link.end();
        open(talk);
        accept(talk, true);
        const second = read(talk);
        assert.deepEqual(meaning(second), wanted);
        assert.equal((second as { dup: boolean }).dup, true);
      }),
    );
  });

  it("SUBSCRIBE and UNSUBSCRIBE", () => {
    const filters = fc.uniqueArray(
      topicBytes().filter((topic) => !topic.startsWith("$share/")),
      { minLength: 1, maxLength: 8 },
    );
    check(
      fc.property(filters, fc.array(qos, { minLength: 8, maxLength: 8 }), (given, levels) => {
        const talk = connected();
        subscribe(
          talk.client,
          given.map((topicFilter, index) => ({ topicFilter, qos: levels[index] })),
        );
        const asked = read(talk);
        assert.ok(asked.cmd === "subscribe");
        assert.deepEqual(
          asked.subscriptions,
          given.map((topicFilter, index) => ({ topic: text(topicFilter), qos: levels[index] })),
        );
        tellOf(talk, { cmd: "suback", messageId: asked.messageId, granted: given.map(() => 0) });
        unsubscribe(talk.client, given);
        const leaving = read(talk);
        assert.ok(leaving.cmd === "unsubscribe");
        assert.deepEqual(leaving.unsubscriptions, given.map(text));
      }),
    );
  });

  it("PUBACK, PUBREC, PUBREL and PUBCOMP", () => {
    check(
      fc.property(packetId, topicBytes(), (messageId, topic) => {
        const talk = connected();
        const common = { topic: text(topic), payload: "x", dup: false, retain: false, messageId } as const;
        const answerTo = (packet: Packet): unknown => {
          tellOf(talk, packet);
          const { cmd, messageId: id } = read(talk);
          return [cmd, id];
        };
        assert.deepEqual(answerTo({ cmd: "publish", qos: 1, ...common }), ["puback", messageId]);
        assert.deepEqual(answerTo({ cmd: "publish", qos: 2, ...common }), ["pubrec", messageId]);
        assert.deepEqual(answerTo({ cmd: "pubrel", messageId }), ["pubcomp", messageId]);
        assert.deepEqual(answerTo({ cmd: "pubrec", messageId }), ["pubrel", messageId]);
      }),
    );
  });

  it("PINGREQ and DISCONNECT", () => {
    const talk = connected({ keepalive: 3 });
    talk.pass(3);
    assert.equal(read(talk).cmd, "pingreq");
    ristretto.disconnect(talk.client);
    assert.equal(read(talk).cmd, "disconnect");
  });
});

describe("the client understands what mqtt-packet writes at 3.1.1:", () => {
  it("CONNACK", () => {
    const reasons = ["connect", 0x84, 0x85, 0x88, 0x86, 0x87];
    for (const sessionPresent of [false, true]) {
      for (const [returnCode, reason] of reasons.entries()) {
        if (returnCode && sessionPresent) continue;
        const talk = begin({ clean: false });
        open(talk);
        const line = returnCode ? `disconnect ${reason} again` : `connect ${sessionPresent}`;
        assert.deepEqual(tellOf(talk, { cmd: "connack", returnCode, sessionPresent }), [line]);
      }
    }
  });

  it("PUBLISH", () => {
    check(
      fc.property(
        fc.array(fc.tuple(topicBytes(), payload, qos, fc.boolean(), fc.boolean()), {
          minLength: 1,
          maxLength: 5,
        }),
        (given) => {
          const talk = connected();
          const packets = given.map(([topic, body, level, retain, again], index): Packet => ({
            cmd: "publish",
            topic: text(topic),
            payload: buffer(body),
            qos: level,
            retain,
            dup: level > 0 && again,
            ...(level ? { messageId: index + 1 } : {}),
          }));
          assert.deepEqual(
            tellOf(talk, ...packets),
            given.map(([topic, body, level, retain, again]) => {
              const flags = (level << 1) | Number(retain) | (level > 0 && again ? 8 : 0);
              return `message ${topic} ${body} ${flags}`;
            }),
          );
          assert.deepEqual(
            talk.packets().map(({ cmd, messageId }) => [cmd, messageId]),
            given.flatMap(([, , level], index) =>
              level ? [[level === 1 ? "puback" : "pubrec", index + 1]] : [],
            ),
          );
        },
      ),
    );
  });

  it("PUBACK, PUBREC and PUBCOMP", () => {
    check(
      fc.property(
        fc.array(fc.constantFrom<Qos[]>(1, 2), { minLength: 1, maxLength: 15 }),
        fc.nat(),
        (levels, shift) => {
          const talk = connected();
          const ids = levels.map((level) => publish(talk.client, "t", "x", level << 1));
          const order = ids.map((_, index) => (index + shift) % ids.length);
          const packets = order.flatMap((index): Packet[] => {
            const messageId = ids[index]!;
            if (levels[index] === 1) return [{ cmd: "puback", messageId }];
            return [
              { cmd: "pubrec", messageId },
              { cmd: "pubcomp", messageId },
            ];
          });
          assert.deepEqual(
            tellOf(talk, ...packets),
            order.map((index) => `acknowledge ${ids[index]!}`),
          );
        },
      ),
    );
  });

  it("SUBACK and UNSUBACK", () => {
    const granted = fc.array(fc.constantFrom(0, 1, 2, 0x80), { minLength: 1, maxLength: 8 });
    check(
      fc.property(granted, (codes) => {
        const talk = connected();
        const filters = codes.map((_, index) => `f/${index}`);
        subscribe(
          talk.client,
          filters.map((topicFilter) => ({ topicFilter })),
        );
        const { messageId } = talk.packets()[0]!;
        assert.deepEqual(
          tellOf(talk, { cmd: "suback", messageId, granted: codes }),
          filters.map((filter, index) => `subscribe ${filter} ${codes[index]!}`),
        );
        unsubscribe(talk.client, filters);
        const { messageId: leaving } = talk.packets()[0]!;
        assert.deepEqual(
          tellOf(talk, { cmd: "unsuback", messageId: leaving } as Packet),
          filters.map((filter) => `unsubscribe ${filter}`),
        );
      }),
    );
  });

  it("PINGRESP", () => {
    const talk = connected({ keepalive: 3 });
    for (let count = 0; count < 10; count++) {
      talk.pass(3);
      assert.deepEqual(tellOf(talk, { cmd: "pingresp" }), []);
    }
    assert.equal(talk.client.connected, true);
  });
});
