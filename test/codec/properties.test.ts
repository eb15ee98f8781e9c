import assert from "node:assert/strict";
import fc from "fast-check";
import { generate, parser } from "mqtt-packet";
import type { Packet } from "mqtt-packet";
import * as identifiers from "../../src/codec/identifiers.ts";
import * as codec from "../../src/codec/properties.ts";
import {
  endOfProperties,
  readProperties,
  readProperty,
  writeProperties,
} from "../../src/codec/properties.ts";
import type { Properties } from "../../src/codec/properties.ts";
import * as tables from "../../src/codec/property-tables.ts";
import { byteString, check, topicBytes, utf8 } from "../support/arbitraries.ts";

const all = { ...identifiers, ...codec, ...tables };

/** How mqtt-packet calls what a PUBLISH from a server may have. */
const NAMES: Record<number, string> = {
  [all.PAYLOAD_FORMAT_INDICATOR]: "payloadFormatIndicator",
  [all.MESSAGE_EXPIRY_INTERVAL]: "messageExpiryInterval",
  [all.CONTENT_TYPE]: "contentType",
  [all.RESPONSE_TOPIC]: "responseTopic",
  [all.CORRELATION_DATA]: "correlationData",
};

const text = (bytes: string): string => Buffer.from(bytes, "latin1").toString("utf8");

/** Properties of a message, each at most once but the user's. */
const messageProperties = fc
  .tuple(
    fc.option(fc.constantFrom(0, 1)),
    fc.option(fc.integer({ min: 0, max: 0xffffffff })),
    fc.option(utf8(0, 40)),
    fc.option(topicBytes()),
    fc.option(byteString()),
    fc.array(fc.tuple(utf8(0, 20), utf8(0, 20)), { maxLength: 4 }),
  )
  .map(([indicator, expiry, type, topic, data, user]) => {
    const list: Properties = [];
    const add = (identifier: number, value: Properties[number] | null): void => {
      if (value !== null) list.push(identifier, value);
    };
    add(all.PAYLOAD_FORMAT_INDICATOR, indicator);
    add(all.MESSAGE_EXPIRY_INTERVAL, expiry);
    add(all.CONTENT_TYPE, type);
    add(all.RESPONSE_TOPIC, topic);
    add(all.CORRELATION_DATA, data);
    user.forEach((pair) => add(all.USER_PROPERTY, pair));
    return list;
  });

/** The same in mqtt-packet's form; its user properties have no order across names. */
function asObject(list: Properties): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let index = 0; index < list.length; index += 2) {
    const name = NAMES[list[index] as number];
    const value = list[index + 1] as string;
    if (name)
      object[name] =
        name === "correlationData"
          ? Buffer.from(value, "latin1")
          : typeof value === "string"
            ? text(value)
            : name === "payloadFormatIndicator"
              ? !!value
              : value;
  }
  return object;
}

describe("properties", () => {
  it("are to mqtt-packet what they are to us, and come back as they were, in order", () => {
    check(
      fc.property(messageProperties, (list) => {
        const field = writeProperties(list, all.FROM_PUBLISH);
        const body = `\0\x01t${field}payload`;
        let parsed: Packet | undefined;
        const decoder = parser({ protocolVersion: 5 });
        decoder.on("packet", (packet) => (parsed = packet));
        decoder.parse(
          Buffer.concat([Buffer.from([0x30]), Buffer.from(all.writeVariable(body.length), "latin1")]),
        );
        decoder.parse(Buffer.from(body, "latin1"));
        const { userProperties, ...rest } =
          (parsed as { properties?: Record<string, unknown> }).properties ?? {};
        assert.deepEqual({ ...rest }, asObject(list));
        assert.equal(!!userProperties, list.includes(all.USER_PROPERTY) && list.some(Array.isArray));
        assert.deepEqual(readProperties(field), list);
        assert.equal(endOfProperties(field, 0, all.FROM_PUBLISH), field.length);
      }),
    );
  });

  it("are read as mqtt-packet writes them", () => {
    check(
      fc.property(
        fc.integer({ min: 0, max: 0xffffffff }),
        utf8(0, 60),
        fc.integer({ min: 1, max: 268435455 }),
        (expiry, type, identifier) => {
          const bytes = generate(
            {
              cmd: "publish",
              topic: "t",
              payload: "",
              qos: 0,
              dup: false,
              retain: false,
              properties: {
                messageExpiryInterval: expiry,
                contentType: text(type),
                subscriptionIdentifier: identifier,
                userProperties: { a: ["1", "2"], b: "3" },
              },
            },
            { protocolVersion: 5 },
          ).toString("latin1");
          const start = bytes.indexOf("\0\x01t") + 3;
          const field = bytes.slice(start);
          assert.equal(endOfProperties(bytes, start, all.FROM_PUBLISH), bytes.length);
          assert.equal(readProperty(field, all.MESSAGE_EXPIRY_INTERVAL), expiry);
          assert.equal(readProperty(field, all.CONTENT_TYPE), type);
          assert.equal(readProperty(field, all.SUBSCRIPTION_IDENTIFIER), identifier);
          assert.deepEqual(readProperties(field).filter(Array.isArray), [
            ["a", "1"],
            ["a", "2"],
            ["b", "3"],
          ]);
        },
      ),
    );
  });

  it("never throw, hang or lie past their end, whatever the bytes", () => {
    check(
      fc.property(byteString(), fc.nat(20), (bytes, position) => {
        const end = endOfProperties(bytes, position, all.FROM_CONNACK);
        if (end < 0) assert.ok([-0x81, -0x82].includes(end), `${end}`);
        else {
          assert.ok(end > position && end <= bytes.length);
          assert.ok(Array.isArray(readProperties(bytes.slice(position, end))));
        }
      }),
      3000,
    );
  });

  it("know all identifiers of the standard, and no others", () => {
    const known = [
      1,
      2,
      3,
      8,
      9,
      11,
      17,
      18,
      19,
      21,
      22,
      23,
      24,
      25,
      26,
      28,
      31,
      ...[33, 34, 35, 36, 37, 38],
    ];
    known.push(39, 40, 41, 42);
    const anything = Array.from({ length: 128 }, (_, index) => String.fromCharCode(index)).join("");
    const values = ["\x01", "\0\x01", "\0\0\0\x01", "\0\x01a", "\0\x01a\0\x01b"];
    const isKnown = (identifier: number): boolean =>
      values.some((value) => {
        const bytes = String.fromCharCode(value.length + 1, identifier) + value;
        return endOfProperties(bytes, 0, anything) === bytes.length;
      });
    assert.deepEqual(Array.from({ length: 128 }, (_, index) => index).filter(isKnown), known);
  });

  for (const [what, bytes, code] of [
    ["an identifier that does not exist", "\x02\x04\0", 0x81],
    ["one that belongs to another packet", "\x03\x13\0\x01", 0x81],
    ["a number that is cut off", "\x03\x02\0\0", 0x81],
    ["a text that reaches past the end of its field", "\x03\x03\0\x05abcdef", 0x81],
    ["a text that is no UTF-8", "\x04\x03\0\x01\xff", 0x81],
    ["a text with U+0000", "\x04\x03\0\x01\0", 0x81],
    ["a length that is cut off", "\x80", 0x81],
    ["a length of five bytes", "\x80\x80\x80\x80\x01", 0x81],
    ["a length that is longer than need be", "\x80\0", 0x81],
    ["a field longer than its packet", "\x05\x01\0", 0x81],
    ["the same one twice", "\x04\x01\0\x01\0", 0x82],
    ["a flag that is neither 0 nor 1", "\x02\x01\x02", 0x82],
    ["a subscription identifier of 0", "\x02\x0b\0", 0x82],
  ] as const) {
    it(`are refused with ${code.toString(16)} for ${what}`, () => {
      assert.equal(endOfProperties(bytes, 0, all.FROM_PUBLISH), -code);
    });
  }

  it("take user properties and, from a server, subscription identifiers more than once", () => {
    const bytes = "\x12\x26\0\x01a\0\x01b\x26\0\x01a\0\x01c\x0b\x01\x0b\x02";
    const field = String.fromCharCode(bytes.length - 1) + bytes.slice(1);
    assert.equal(endOfProperties(field, 0, all.FROM_PUBLISH), field.length);
  });

  for (const [what, list] of [
    ["a number below 0", [all.MESSAGE_EXPIRY_INTERVAL, -1]],
    ["a number above its type", [all.MESSAGE_EXPIRY_INTERVAL, 0x100000000]],
    ["a fraction", [all.MESSAGE_EXPIRY_INTERVAL, 1.5]],
    ["no number", [all.MESSAGE_EXPIRY_INTERVAL, NaN]],
    ["a text that is no UTF-8", [all.CONTENT_TYPE, "\xff"]],
    ["one that belongs to another packet", [all.SESSION_EXPIRY_INTERVAL, 1]],
    ["the same one twice", [all.CONTENT_TYPE, "a", all.CONTENT_TYPE, "b"]],
    ["one that does not exist", [4, 1]],
  ] as Array<[string, Properties]>) {
    it(`are not written with ${what}`, () => {
      assert.equal(writeProperties(list, all.IN_PUBLISH), "");
    });
  }
});
