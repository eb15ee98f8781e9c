/**
 * What the minified client writes at MQTT 5.0, read by mqtt-packet, which was written by others for others: it must find what was
 * meant, and where there is but one way to write it, both must write the same bytes.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { IConnectPacket, ISubscribePacket, Packet } from "mqtt-packet";
import type { Properties } from "../../src/index.ts";
import { ristretto } from "../conformance/conversation.ts";
import { byteString, check, topicBytes, utf8 } from "../support/arbitraries.ts";
import {
  PROPERTIES,
  assertRead,
  begin,
  binary,
  buffer,
  connected,
  fieldOf,
  open,
  packetId,
  pairsOf,
  positive,
  propertiesOf,
  qos,
  read,
  text,
  u16,
  variable,
  withField,
  write,
} from "./v5.ts";
import type { Name, Qos } from "./v5.ts";

describe("mqtt-packet reads as meant at 5.0", () => {
  it("CONNECT, with all of its properties and those of the will", () => {
    const will = fc.record({
      topic: topicBytes(),
      payload: binary,
      qos,
      retain: fc.boolean(),
      properties: propertiesOf(
        ...(["payloadFormatIndicator", "messageExpiryInterval", "contentType"] as const),
        ...(["responseTopic", "correlationData", "willDelayInterval"] as const),
      ),
    });
    const options = fc.record({
      clientId: utf8(1, 40),
      keepalive: u16,
      clean: fc.boolean(),
      maximumPacketSize: fc.integer({ min: 128, max: 16384 }),
      username: fc.option(utf8(0, 30), { nil: undefined }),
      password: fc.option(byteString(), { nil: undefined }),
      will: fc.option(will, { nil: undefined }),
      properties: propertiesOf(
        ...(["sessionExpiryInterval", "receiveMaximum"] as const),
        ...(["requestResponseInformation", "requestProblemInformation"] as const),
      ),
    });
    check(
      fc.property(options, (given) => {
        const bytes = open(begin(given));
        const packet: IConnectPacket = read("connect", bytes);
        assert.deepEqual(
          [packet.protocolVersion, packet.clientId, packet.keepalive, packet.clean],
          [5, text(given.clientId), given.keepalive, given.clean],
        );
        assert.equal(packet.username, given.username === undefined ? undefined : text(given.username));
        // Only in 5.0 without a user name, too.
        assert.deepEqual(packet.password, given.password === undefined ? undefined : buffer(given.password));
        const has = (name: Name): boolean =>
          pairsOf(given.properties).some(([id]) => id === PROPERTIES[name][0]);
        assertRead(packet.properties, [
          ...given.properties,
          ...(given.clean || has("sessionExpiryInterval") ? [] : [0x11, 0xffffffff]),
          ...(has("receiveMaximum") ? [] : [0x21, 32]),
          0x27,
          given.maximumPacketSize,
        ]);
        const own = fieldOf(given.properties);
        assert.ok(bytes.includes(own.slice(own.charCodeAt(0) > 127 ? 2 : 1)));
        const { topic, payload, qos: level, retain } = packet.will ?? {};
        assert.deepEqual(
          packet.will && [topic, payload, level, retain],
          given.will && [
            text(given.will.topic),
            buffer(given.will.payload),
            given.will.qos,
            given.will.retain,
          ],
        );
        if (!given.will) return;
        assertRead(packet.will?.properties, given.will.properties);
        assert.ok(bytes.includes(fieldOf(given.will.properties)));
      }),
    );
  });

  it("PUBLISH with its properties, and again with DUP", () => {
    const list = propertiesOf("payloadFormatIndicator", "contentType", "responseTopic", "correlationData");
    check(
      fc.property(
        topicBytes(),
        binary,
        qos,
        fc.boolean(),
        list,
        (topic, payload, level, retain, properties) => {
          const talk = connected();
          const id = ristretto.publishWith(
            talk.client,
            topic,
            payload,
            (level << 1) | Number(retain),
            properties,
          );
          const common = {
            cmd: "publish",
            topic: text(topic),
            payload: buffer(payload),
            qos: level,
            retain,
          } as const;
          const plain = (dup: boolean): string =>
            write({ ...common, dup, ...(level ? { messageId: id } : {}) });
          const at = 2 + topic.length + (level && 2);
          const field = fieldOf(properties);
          const [first] = talk.written();
          assert.equal(first, withField(plain(false), at, field));
          assertRead(read("publish", first).properties, properties);
          if (!level) return;
          talk.link.end();
          open(talk);
          talk.tell({ cmd: "connack", reasonCode: 0, sessionPresent: true });
          assert.deepEqual(talk.written(), [withField(plain(true), at, field)]);
        },
      ),
    );
  });

  it("PUBLISH with the seconds that it has left", () => {
    check(
      fc.property(fc.integer({ min: 10, max: 0xfffffff0 }), fc.nat(9), (interval, seconds) => {
        const talk = begin();
        ristretto.publishWith(talk.client, "t", "x", 0, [ristretto.MESSAGE_EXPIRY_INTERVAL, interval]);
        for (let passed = 0; passed < seconds; passed++) ristretto.tick(talk.client);
        open(talk);
        talk.tell({ cmd: "connack", reasonCode: 0, sessionPresent: false });
        const { properties } = read("publish", talk.written()[0]);
        assert.equal(properties?.messageExpiryInterval, interval - seconds);
      }),
    );
  });

  it("PUBLISH by topic aliases, each of which stands for what was said", () => {
    const topics = fc.array(fc.nat(5), { minLength: 1, maxLength: 30 });
    check(
      fc.property(topics, positive(4), positive(4), (choices, ours, theirMaximum) => {
        const talk = begin({ topicAliasMaximum: ours }, [ristretto.topicAliases]);
        open(talk);
        talk.tell({
          cmd: "connack",
          reasonCode: 0,
          sessionPresent: false,
          properties: { topicAliasMaximum: theirMaximum },
        });
        const names = new Map<number, string>();
        for (const choice of choices) {
          ristretto.publish(talk.client, `topic/${choice}`, "x", 0);
          const { topic, properties } = read("publish", talk.written()[0]);
          const alias = properties?.topicAlias ?? 0;
          assert.ok(alias >= 1 && alias <= Math.min(ours, theirMaximum));
          if (topic) names.set(alias, topic);
          assert.equal(names.get(alias), `topic/${choice}`);
        }
      }),
    );
  });

  it("PUBACK, PUBREC, PUBREL and PUBCOMP, with the reason code that there is no such exchange", () => {
    check(
      fc.property(packetId, fc.boolean(), (messageId, isKnown) => {
        const talk = connected();
        const common = { topic: "t", payload: "x", dup: false, retain: false, messageId } as const;
        const answerTo = (packet: Packet): unknown[] => {
          talk.tell(packet);
          const { cmd, messageId: id, reasonCode } = talk.link.packets().at(-1) as never;
          return [cmd, id, reasonCode];
        };
        assert.deepEqual(answerTo({ cmd: "publish", qos: 1, ...common }), ["puback", messageId, 0]);
        if (isKnown)
          assert.deepEqual(answerTo({ cmd: "publish", qos: 2, ...common }), ["pubrec", messageId, 0]);
        const code = isKnown ? 0 : 0x92;
        assert.deepEqual(answerTo({ cmd: "pubrel", messageId, reasonCode: 0 }), ["pubcomp", messageId, code]);
        assert.deepEqual(answerTo({ cmd: "pubrec", messageId, reasonCode: 0 }), ["pubrel", messageId, 0x92]);
      }),
    );
  });

  it("SUBSCRIBE with its options, identifier and user properties, and UNSUBSCRIBE", () => {
    const filters = fc.uniqueArray(
      topicBytes().filter((topic) => !topic.startsWith("$share/")),
      { minLength: 1, maxLength: 6 },
    );
    const option = fc.record({
      qos,
      noLocal: fc.boolean(),
      retainAsPublished: fc.boolean(),
      retainHandling: fc.constantFrom<Qos[]>(0, 1, 2),
    });
    check(
      fc.property(
        filters,
        fc.array(option, { minLength: 6, maxLength: 6 }),
        fc.option(variable, { nil: undefined }),
        propertiesOf(),
        (given, choices, subscriptionIdentifier, properties) => {
          const talk = connected();
          const identified = subscriptionIdentifier === undefined ? {} : { subscriptionIdentifier };
          const subscriptions = given.map((topicFilter, index) => ({
            topicFilter,
            ...choices[index]!,
            ...identified,
            properties,
          }));
          assert.equal(ristretto.subscribeWith(talk.client, subscriptions), 0);
          const [bytes] = talk.written();
          const plain: ISubscribePacket = {
            cmd: "subscribe",
            messageId: 1,
            subscriptions: given.map((topicFilter, index) => {
              const { qos: level, noLocal, retainAsPublished, retainHandling } = choices[index]!;
              return {
                topic: text(topicFilter),
                qos: level,
                nl: noLocal,
                rap: retainAsPublished,
                rh: retainHandling,
              };
            }),
          };
          const list: Properties =
            subscriptionIdentifier === undefined ? properties : [0x0b, subscriptionIdentifier, ...properties];
          assert.equal(bytes, withField(write(plain), 2, fieldOf(list)));
          const asked = read("subscribe", bytes);
          assert.deepEqual(asked.subscriptions, plain.subscriptions);
          assertRead(asked.properties, list);
          talk.tell({ cmd: "suback", messageId: 1, granted: given.map(() => 0) });
          ristretto.unsubscribe(talk.client, given);
          assert.deepEqual(talk.written(), [
            write({ cmd: "unsubscribe", messageId: 2, unsubscriptions: given.map(text) }),
          ]);
        },
      ),
    );
  });

  it("PINGREQ", () => {
    const talk = connected({ keepalive: 3 });
    for (let second = 0; second < 3; second++) ristretto.tick(talk.client);
    assert.equal(read("pingreq", talk.written()[0]).cmd, "pingreq");
  });

  it("DISCONNECT with reason code and properties", () => {
    const list = propertiesOf("sessionExpiryInterval", "reasonString");
    check(
      fc.property(fc.constantFrom(0, 4), list, (reasonCode, properties) => {
        const talk = connected();
        assert.equal(ristretto.disconnectWith(talk.client, reasonCode, properties), 0);
        const [bytes] = talk.written();
        assert.equal(bytes, withField(write({ cmd: "disconnect", reasonCode }), 1, fieldOf(properties)));
        const packet = read("disconnect", bytes);
        assert.equal(packet.reasonCode, reasonCode);
        assertRead(packet.properties, properties);
      }),
    );
    const talk = connected();
    ristretto.disconnect(talk.client);
    assert.equal(read("disconnect", talk.written()[0]).reasonCode, 0);
  });

  it("AUTH, and the beginning of it in CONNECT", () => {
    check(
      fc.property(utf8(1, 20), binary, binary, (method, ours, step) => {
        const talk = begin(
          { authenticationMethod: method, authenticate: (_data, code) => (code === 0x19 ? ours : step) },
          [ristretto.authentication],
        );
        const common: Properties = [0x15, method];
        assertRead(read("connect", open(talk)).properties, [
          ...[0x11, 0xffffffff, 0x21, 32, 0x27, 60000],
          ...common,
          ...(ours ? [0x16, ours] : []),
        ]);
        const properties = { authenticationMethod: text(method) };
        talk.tell({ cmd: "auth", reasonCode: 0x18, properties });
        const wanted = (reasonCode: number, data: string): string =>
          withField(
            write({ cmd: "auth", reasonCode }),
            1,
            fieldOf([...common, ...(data ? [0x16, data] : [])]),
          );
        assert.deepEqual(talk.written(), [wanted(0x18, step)]);
        talk.tell({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties });
        ristretto.reauthenticate(talk.client);
        const [bytes] = talk.written();
        assert.equal(bytes, wanted(0x19, ours));
        assert.equal(read("auth", bytes).reasonCode, 0x19);
      }),
    );
  });
});
