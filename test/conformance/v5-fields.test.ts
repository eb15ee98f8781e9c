/** What MQTT 5.0 asks of the fields of packets: texts, pairs of them, integers, flags and properties, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { check, utf8 } from "../support/arbitraries.ts";
import type { Version5Told } from "../support/version5.ts";
import { ristretto } from "./conversation.ts";
import {
  asking,
  bytes,
  createConnected,
  createVersion5Client,
  endOf,
  ends,
  field,
  ILL_FORMED,
  packetOf,
  text,
  variable,
} from "./wire5.ts";
import { dial } from "../support/fake-link.ts";

const {
  authentication,
  AUTHENTICATION_METHOD,
  disconnectWith,
  publish,
  publishWith,
  qos2,
  QOS_1,
  QOS_2,
  reauthenticate,
  REASON_STRING,
  SESSION_EXPIRY_INTERVAL,
  subscribe,
  subscribeWith,
  unsubscribe,
  USER_PROPERTY,
} = ristretto;

const BYTE_ORDER_MARK = "\xef\xbb\xbf";
/** A client that is asks for a filter, and has a message of either QoS under way. */
function busy(): Version5Told {
  const options = { clean: false, ackTimeout: 1e6, authenticationMethod: "X", authenticate: () => "answer" };
  const told = createConnected({ authenticationMethod: "X" }, options, [qos2, authentication]);
  subscribe(told.client, [{ topicFilter: "f" }]);
  for (const flags of [QOS_1, QOS_2]) publish(told.client, "t", "", flags);
  reauthenticate(told.client);
  return told;
}

/** Each packet that has texts from the server, with properties put in; and who waits for it. */
const PACKETS: Array<[string, () => Version5Told, (properties: string) => string]> = [
  ["CONNACK", asking, (properties) => packetOf(0x20, `\0\0${field(properties)}`)],
  ["PUBLISH", busy, (properties) => packetOf(0x30, `\0\x01t${field(properties)}x`)],
  ["PUBACK", busy, (properties) => packetOf(0x40, `\0\x02\0${field(properties)}`)],
  ["PUBREC", busy, (properties) => packetOf(0x50, `\0\x03\0${field(properties)}`)],
  ["PUBREL", busy, (properties) => packetOf(0x62, `\0\x09\0${field(properties)}`)],
  ["PUBCOMP", busy, (properties) => packetOf(0x70, `\0\x03\0${field(properties)}`)],
  ["SUBACK", busy, (properties) => packetOf(0x90, `\0\x01${field(properties)}\0`)],
  ["DISCONNECT", busy, (properties) => packetOf(0xe0, `\x8b${field(properties)}`)],
  ["AUTH", busy, (properties) => packetOf(0xf0, `\x18${field(`\x15\0\x01X${properties}`)}`)],
];

describe("a text of 5.0", () => {
  for (const [name, waiting, build] of PACKETS) {
    it(`in ${name} is UTF-8 without surrogates and U+0000, both of a pair are, or the connection ends with 0x81 [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.7-1]`, () => {
      for (const value of ILL_FORMED) {
        const given = [`\x26${text("a")}${text(value)}`, `\x26${text(value)}${text("a")}`];
        if (name !== "PUBLISH") given.push(`\x1f${text(value)}`);
        for (const properties of given) assert.deepEqual(endOf(waiting(), build(properties)), ends(0x81));
      }
      const told = waiting();
      told.link.receive(build(`\x26${text("")}${text("\xf4\x8f\xbf\xbf")}`));
      assert.ok(name === "DISCONNECT" || told.link.isOpen);
    });
  }

  it("in what the client sends is so, too, and both of a pair are: another is refused [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-1.5.7-1]", () => {
    const told = createConnected({}, { properties: [SESSION_EXPIRY_INTERVAL, 1] });
    for (const value of ILL_FORMED)
      for (const pair of [
        ["a", value],
        [value, "a"],
      ] as Array<[string, string]>) {
        const properties = [USER_PROPERTY, pair];
        assert.equal(publishWith(told.client, "t", "", 0, properties), -0x82);
        assert.equal(subscribeWith(told.client, [{ topicFilter: "f", properties }]), -0x82);
        assert.equal(disconnectWith(told.client, 0, properties), -0x82);
        assert.equal(disconnectWith(told.client, 0, [REASON_STRING, value]), -0x82);
        for (const options of [
          { properties },
          { will: { topic: "t", payload: "", properties } },
          { properties: [AUTHENTICATION_METHOD, value] },
        ]) {
          const other = createVersion5Client(options);
          dial(other, ristretto);
          other.link.establish();
          assert.deepEqual([other.link.packets(), other.log], [[], ["disconnect 130 again"]]);
        }
      }
    assert.deepEqual(told.link.packets(), []);
    assert.equal(told.client.connected, true);
  });

  it("that names client, user or will is so, too, or no CONNECT is sent [MQTT5-1.5.4-1] [MQTT5-1.5.4-2] [MQTT5-3.1.3-4] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12]", () => {
    for (const value of ILL_FORMED)
      for (const [options, code] of [
        [{ clientId: value }, 0x85],
        [{ username: value }, 0x86],
        [{ will: { topic: value, payload: "" } }, 0x90],
      ] as const) {
        const told = createVersion5Client(options);
        dial(told, ristretto);
        told.link.establish();
        assert.deepEqual([told.link.packets(), told.log], [[], [`disconnect ${code} again`]]);
      }
  });

  it("keeps a U+FEFF wherever it stands, in topics and properties, both ways [MQTT5-1.5.4-3]", () => {
    const told = createConnected();
    const mark = `${BYTE_ORDER_MARK}a/${BYTE_ORDER_MARK}`;
    const pair = `\x26${text(mark)}${text(mark)}`;
    told.link.receive(packetOf(0x30, `${text(mark)}${field(pair)}${BYTE_ORDER_MARK}`));
    assert.deepEqual(told.log, [
      `message ${mark} ${BYTE_ORDER_MARK} 0 ${JSON.stringify([USER_PROPERTY, [mark, mark]])}`,
    ]);
    told.link.bytes = "";
    publishWith(told.client, mark, "", 0, [USER_PROPERTY, [mark, mark]]);
    assert.equal(told.link.bytes, packetOf(0x30, `${text(mark)}${field(pair)}`));
    const named = createVersion5Client({ clientId: mark, username: mark });
    dial(named, ristretto);
    named.link.establish();
    assert.ok(named.link.bytes.endsWith(text(mark) + text(mark)));
  });
});

describe("a variable byte integer of 5.0", () => {
  it("takes no more bytes than it needs: as a length of properties, an identifier or a packet's length, or the connection ends with 0x81 [MQTT5-1.5.5-1]", () => {
    for (const received of [
      // Length of properties: 0 and 3 in two bytes, 0 in four.
      packetOf(0x30, "\0\x01t\x80\0x"),
      packetOf(0x30, "\0\x01t\x83\0\x03\0\0"),
      packetOf(0x30, "\0\x01t\x80\x80\x80\0x"),
      packetOf(0x90, "\0\x01\x80\0\0"),
      // Subscription identifier: 1 in two bytes, 127 in three.
      packetOf(0x30, "\0\x01t\x03\x0b\x81\0"),
      packetOf(0x30, "\0\x01t\x04\x0b\xff\x80\0"),
      // Remaining Length: 4 in two, three and four bytes.
      "\x30\x84\0\0\x01t\0",
      "\x30\x84\x80\0\0\x01t\0",
      "\x30\x84\x80\x80\0\0\x01t\0",
      // And no more than four.
      "\x30\x84\x80\x80\x80\0\0\x01t\0",
      packetOf(0x30, "\0\x01t\x80\x80\x80\x80\x01x"),
    ])
      assert.deepEqual(endOf(busy(), received), ends(0x81));
    const told = asking();
    assert.deepEqual(endOf(told, packetOf(0x20, "\0\0\x80\0")), ends(0x81));
  });

  it("is written by the client in as few bytes as it needs [MQTT5-1.5.5-1]", () => {
    const pairs = fc.array(fc.tuple(utf8(0, 60), utf8(0, 60)), { maxLength: 4 });
    const identifiers = fc.oneof(
      fc.constantFrom(1, 127, 128, 16383, 16384, 2097151, 2097152, 268435455),
      fc.integer({ min: 1, max: 268435455 }),
    );
    check(
      fc.property(pairs, fc.nat(300), identifiers, (given, length, subscriptionIdentifier) => {
        const told = createConnected();
        told.link.bytes = "";
        const properties = given.flatMap((pair) => [USER_PROPERTY, pair]);
        const all = given.map(([name, value]) => `\x26${text(name)}${text(value)}`).join("");
        publishWith(told.client, "t", "x".repeat(length), 0, properties);
        const body = `\0\x01t${variable(all.length)}${all}${"x".repeat(length)}`;
        assert.equal(told.link.bytes, `\x30${variable(body.length)}${body}`);
        told.link.bytes = "";
        subscribeWith(told.client, [{ topicFilter: "f", subscriptionIdentifier, properties }]);
        const list = `\x0b${variable(subscriptionIdentifier)}${all}`;
        const asked = `\0\x01${variable(list.length)}${list}\0\x01f\0`;
        assert.equal(told.link.bytes, `\x82${variable(asked.length)}${asked}`);
      }),
    );
  });
});

describe("the flags of a packet of 5.0", () => {
  it("are those listed in what the client sends [MQTT5-2.1.3-1]", () => {
    const told = busy();
    told.link.receive(
      `\x50\x02\0\x03${packetOf(0x32, "\0\x01t\0\x05\0")}${packetOf(0x34, "\0\x01t\0\x06\0")}`,
    );
    told.link.receive(`\x62\x02\0\x06\xf0\x06\x18\x04\x15\0\x01X`);
    told.link.receive("\x90\x04\0\x01\0\0");
    unsubscribe(told.client, ["f"]);
    for (let second = 0; second < 60; second++) ristretto.tick(told.client);
    ristretto.disconnect(told.client);
    const flags: Record<string, number> = {};
    for (let at = 0, all = told.link.bytes; at < all.length; at += 2 + all.charCodeAt(at + 1)) {
      const first = all.charCodeAt(at);
      if (first >> 4 !== 3) flags[first >> 4] = first & 15;
    }
    // CONNECT, PUBACK, PUBREC, PUBREL, PUBCOMP, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT, AUTH.
    assert.deepEqual(flags, { 1: 0, 4: 0, 5: 0, 6: 2, 7: 0, 8: 2, 10: 2, 12: 0, 14: 0, 15: 0 });
  });

  it("are those listed in what the server sends, or the connection ends with 0x81 [MQTT5-2.1.3-1]", () => {
    const packets: Array<[() => Version5Told, string]> = [
      ...PACKETS.filter(([name]) => name !== "PUBLISH").map(
        ([, waiting, build]) => [waiting, build("")] as [() => Version5Told, string],
      ),
      [busy, "\xd0\0"],
      [busy, packetOf(0xb0, "\0\x01\0\0")],
    ];
    for (const [waiting, packet] of packets) {
      const right = packet.charCodeAt(0);
      for (let flags = 0; flags < 16; flags++)
        if (flags !== (right & 15))
          assert.deepEqual(endOf(waiting(), bytes((right & 0xf0) | flags) + packet.slice(1)), ends(0x81));
    }
  });
});

describe("no properties in a packet of 5.0", () => {
  it("are a length of 0 in what the client sends [MQTT5-2.2.2-1]", () => {
    const told = createConnected();
    const sent = (act: () => void): string => {
      told.link.bytes = "";
      act();
      return told.link.bytes;
    };
    assert.equal(
      sent(() => publish(told.client, "t", "x", 0)),
      "\x30\x05\0\x01t\0x",
    );
    assert.equal(
      sent(() => publish(told.client, "t", "x", QOS_1)),
      "\x32\x07\0\x01t\0\x01\0x",
    );
    assert.equal(
      sent(() => publishWith(told.client, "t", "x", 0, [])),
      "\x30\x05\0\x01t\0x",
    );
    assert.equal(
      sent(() => subscribe(told.client, [{ topicFilter: "f" }])),
      "\x82\x07\0\x02\0\0\x01f\0",
    );
    told.link.receive("\x90\x04\0\x02\0\0");
    assert.equal(
      sent(() => unsubscribe(told.client, ["f"])),
      "\xa2\x06\0\x03\0\0\x01f",
    );
    assert.equal(
      sent(() => disconnectWith(told.client, 4, [])),
      "\xe0\x02\x04\0",
    );
  });

  it("are a length of 0 in what the server sends, or the connection ends with 0x81 [MQTT5-2.2.2-1]", () => {
    assert.deepEqual(endOf(asking(), "\x20\x02\0\0"), ends(0x81));
    for (const packet of ["\x30\x03\0\x01t", "\x32\x05\0\x01t\0\x07", "\x90\x02\0\x01"])
      assert.deepEqual(endOf(busy(), packet), ends(0x81));
    // Where it may be left out it is 0.
    for (const packet of ["\x40\x02\0\x02", "\x40\x03\0\x02\0", "\x40\x04\0\x02\0\0"]) {
      const told = busy();
      told.link.receive(packet);
      assert.deepEqual(told.log, ["acknowledge 2"]);
    }
  });
});
