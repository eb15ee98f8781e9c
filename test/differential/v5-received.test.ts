/** What mqtt-packet writes at MQTT 5.0, read by the minified client: its handlers must find all of it, in its order. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Packet } from "mqtt-packet";
import type { Properties } from "../../src/index.ts";
import { ristretto } from "../conformance/conversation.ts";
import { check, topicBytes, utf8 } from "../support/arbitraries.ts";
import {
  begin,
  binary,
  buffer,
  connected,
  fieldOf,
  line,
  open,
  positive,
  propertiesOf,
  qos,
  text,
  variable,
  withField,
  write,
} from "./v5.ts";

const { REQUEST_RESPONSE_INFORMATION } = ristretto;

/** A packet of the server with these properties in their order; `at` is where they stand behind its fixed header. */
const serverPacket = (packet: object, at: number, list: Properties): string =>
  withField(write(packet as Packet), at, fieldOf(list));

/** An acknowledgement: mqtt-packet leaves reason code and properties out where there are none. */
function acknowledgement(
  cmd: "puback" | "pubrec" | "pubrel" | "pubcomp",
  messageId: number,
  code: number,
  list: Properties,
): string {
  if (!code && !list.length) return write({ cmd, messageId, reasonCode: 0 });
  return serverPacket({ cmd, messageId, reasonCode: code, properties: {} }, 3, list);
}

describe("the client understands what mqtt-packet writes at 5.0:", () => {
  it("CONNACK with all of its properties", () => {
    const list = propertiesOf(
      ...(["sessionExpiryInterval", "receiveMaximum", "maximumQoS", "retainAvailable"] as const),
      ...(["maximumPacketSize", "assignedClientIdentifier", "topicAliasMaximum", "reasonString"] as const),
      ...(["wildcardSubscriptionAvailable", "subscriptionIdentifiersAvailable"] as const),
      ...([
        "sharedSubscriptionAvailable",
        "serverKeepAlive",
        "responseInformation",
        "serverReference",
      ] as const),
    );
    const codes = fc.constantFrom(
      0,
      0,
      0,
      0x80,
      0x81,
      0x82,
      0x83,
      0x84,
      0x87,
      0x88,
      0x8a,
      0x8c,
      0x95,
      0x9c,
      0x9d,
      0x9f,
    );
    check(
      fc.property(list, codes, fc.boolean(), (properties, reasonCode, isPresent) => {
        const talk = begin({ properties: [REQUEST_RESPONSE_INFORMATION, 1] });
        open(talk);
        const sessionPresent = isPresent && !reasonCode;
        const what = reasonCode ? `disconnect ${reasonCode}` : `connect ${sessionPresent}`;
        const packet = serverPacket({ cmd: "connack", reasonCode, sessionPresent }, 2, properties);
        assert.deepEqual(talk.tell(packet), [line(what, reasonCode, properties)]);
        if (!reasonCode)
          assert.equal(
            JSON.stringify(ristretto.readProperties(talk.client.connackProperties)),
            JSON.stringify(properties),
          );
      }),
    );
  });

  it("PUBLISH with all of its properties, subscription identifiers more than once", () => {
    const list = fc
      .tuple(
        propertiesOf(
          ...(["payloadFormatIndicator", "messageExpiryInterval", "contentType"] as const),
          ...(["responseTopic", "correlationData"] as const),
        ),
        fc.array(variable, { maxLength: 3 }),
      )
      .map(([properties, identifiers]) => [
        ...properties,
        ...identifiers.flatMap((identifier) => [0x0b, identifier]),
      ]);
    const one = fc.tuple(topicBytes(), binary, qos, fc.boolean(), fc.boolean(), list);
    check(
      fc.property(fc.array(one, { minLength: 1, maxLength: 4 }), (given) => {
        const talk = connected();
        const packets = given.map(([topic, body, level, retain, again, properties], index) => {
          const dup = level > 0 && again;
          const common = {
            cmd: "publish",
            topic: text(topic),
            payload: buffer(body),
            qos: level,
            retain,
            dup,
          };
          const plain = { ...common, ...(level ? { messageId: index + 1 } : {}) };
          return serverPacket(plain, 2 + topic.length + (level && 2), properties);
        });
        assert.deepEqual(
          talk.tell(...packets),
          given.map(([topic, body, level, retain, again, properties]) => {
            const flags = (level << 1) | Number(retain) | (level > 0 && again ? 8 : 0);
            return line(`message ${topic} ${body} ${flags}`, 0, properties);
          }),
        );
      }),
    );
  });

  it("PUBLISH by topic aliases", () => {
    const one = fc.record({ topic: topicBytes(), alias: positive(3), isNamed: fc.boolean() });
    check(
      fc.property(fc.array(one, { minLength: 1, maxLength: 20 }), (given) => {
        const talk = begin({ topicAliasMaximum: 3 }, [ristretto.topicAliases]);
        open(talk);
        talk.tell({ cmd: "connack", reasonCode: 0, sessionPresent: false });
        const names = new Map<number, string>();
        for (const { topic, alias, isNamed } of given) {
          const isSaid = isNamed || !names.has(alias);
          if (isSaid) names.set(alias, topic);
          const name = isSaid ? text(topic) : "";
          const common = {
            cmd: "publish",
            topic: name,
            payload: "x",
            qos: 0,
            retain: false,
            dup: false,
          } as const;
          const [told] = talk.tell({ ...common, properties: { topicAlias: alias } });
          assert.equal(told, line(`message ${names.get(alias)!} x 0`, 0, [0x23, alias]));
        }
      }),
    );
  });

  it("PUBACK, PUBREC, PUBREL and PUBCOMP with reason codes and properties", () => {
    const list = propertiesOf("reasonString");
    const received = fc.constantFrom(0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99);
    const released = fc.constantFrom(0, 0x92);
    check(
      fc.property(received, list, released, list, (code, properties, last, more) => {
        const talk = connected();
        const topic = "t";
        const first = ristretto.publish(talk.client, topic, "", 2);
        const outcome = (id: number): string =>
          code < 0x80 ? `acknowledge ${id}` : `drop ${code} ${id} ${topic}`;
        assert.deepEqual(talk.tell(acknowledgement("puback", first, code, properties)), [
          line(outcome(first), code, properties),
        ]);
        const second = ristretto.publish(talk.client, topic, "", 4);
        const told = talk.tell(acknowledgement("pubrec", second, code, properties));
        assert.deepEqual(told, code < 0x80 ? [] : [line(outcome(second), code, properties)]);
        if (code < 0x80)
          assert.deepEqual(talk.tell(acknowledgement("pubcomp", second, last, more)), [
            // What the PUBREC said is not forgotten until the end.
            line(`acknowledge ${second}`, last || code, more),
          ]);
        talk.written();
        assert.deepEqual(talk.tell(acknowledgement("pubrel", 9, last, more)), []);
        assert.deepEqual(talk.written(), ["\x70\x03\0\x09\x92"]);
      }),
    );
  });

  it("SUBACK and UNSUBACK with a reason code for each filter, and properties", () => {
    const list = propertiesOf("reasonString");
    const subscribed = fc.constantFrom(0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2);
    const unsubscribed = fc.constantFrom(0, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91);
    const codes = fc.array(fc.tuple(subscribed, unsubscribed), { minLength: 1, maxLength: 8 });
    check(
      fc.property(codes, list, (given, properties) => {
        const talk = connected();
        const filters = given.map((_, index) => `f/${index}`);
        ristretto.subscribe(
          talk.client,
          filters.map((topicFilter) => ({ topicFilter })),
        );
        const suback = { cmd: "suback", messageId: 1, granted: given.map(([code]) => code) };
        assert.deepEqual(
          talk.tell(serverPacket(suback, 2, properties)),
          filters.map((filter, index) => line(`subscribe ${filter} ${given[index]![0]}`, 0, properties)),
        );
        ristretto.unsubscribe(talk.client, filters);
        const unsuback = { cmd: "unsuback", messageId: 2, granted: given.map(([, code]) => code) };
        assert.deepEqual(
          talk.tell(serverPacket(unsuback, 2, properties)),
          filters.map((filter, index) => line(`unsubscribe ${filter} ${given[index]![1]}`, 0, properties)),
        );
      }),
    );
  });

  it("PINGRESP", () => {
    const talk = connected({ keepalive: 3 });
    for (let second = 0; second < 30; second++) {
      ristretto.tick(talk.client);
      if (talk.written().length) assert.deepEqual(talk.tell({ cmd: "pingresp" }), []);
    }
    assert.equal(talk.client.connected, true);
  });

  it("DISCONNECT with reason code and properties", () => {
    const codes = fc.constantFrom(
      ...[
        0, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97,
        0x98,
      ],
      ...[0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2],
    );
    check(
      fc.property(codes, propertiesOf("reasonString", "serverReference"), (reasonCode, properties) => {
        const talk = connected();
        assert.deepEqual(talk.tell(serverPacket({ cmd: "disconnect", reasonCode }, 1, properties)), [
          line(`disconnect ${reasonCode}`, reasonCode, properties),
        ]);
        assert.deepEqual(talk.written(), []);
      }),
    );
  });

  it("AUTH with its data", () => {
    check(
      fc.property(
        utf8(1, 20),
        fc.array(binary, { maxLength: 4 }),
        propertiesOf("reasonString"),
        (method, steps, more) => {
          const heard: string[] = [];
          const authenticate = (data: string, code: number): string => {
            heard.push(`${code} ${data} ${JSON.stringify(ristretto.readProperties(talk.client.properties))}`);
            return "x";
          };
          const options = { authenticationMethod: method, authenticate };
          const talk = begin(options, [ristretto.authentication]);
          open(talk);
          heard.length = 0;
          const listOf = (data: string): Properties => [0x15, method, ...more, 0x16, data];
          for (const data of steps)
            talk.tell(serverPacket({ cmd: "auth", reasonCode: 0x18 }, 1, listOf(data)));
          assert.deepEqual(
            heard,
            steps.map((data) => `24 ${data} ${JSON.stringify(listOf(data))}`),
          );
        },
      ),
    );
  });
});
