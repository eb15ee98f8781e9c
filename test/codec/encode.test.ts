import assert from "node:assert/strict";
import fc from "fast-check";
import { parser } from "mqtt-packet";
import type { IConnectPacket, Packet } from "mqtt-packet";
import { encodeConnect } from "../../src/codec/encode.ts";
import type { ConnectOptions } from "../../src/codec/encode.ts";
import { byteString, check, topicBytes, utf8 } from "../support/arbitraries.ts";

/** One packet as mqtt-packet reads it; anything else than exactly one packet fails. */
function decode<Expected extends Packet>(bytes: string): Expected {
  const decoder = parser({ protocolVersion: 4 });
  const packets: Packet[] = [];
  decoder.on("packet", (packet) => packets.push(packet));
  decoder.on("error", (error) => {
    throw error;
  });
  const left = decoder.parse(Buffer.from(bytes, "latin1"));
  assert.equal(packets.length, 1);
  assert.equal(left, 0);
  return packets[0] as Expected;
}

const bytes = (value: Buffer | string | undefined | null): string | undefined =>
  value === undefined || value === null ? undefined : Buffer.from(value).toString("latin1");

/** CONNECT of 3.1.1. */
const encode = (options: ConnectOptions, keepalive: number): string =>
  encodeConnect(options, options.clientId, keepalive, "", "");

describe("encodeConnect", () => {
  it("writes what mqtt-packet reads, for any options [MQTT-3.1.2-1]", () => {
    const will = fc.record(
      {
        topic: topicBytes(),
        payload: byteString(),
        qos: fc.constantFrom(0 as const, 1 as const),
        retain: fc.boolean(),
      },
      { requiredKeys: ["topic", "payload"] },
    );
    const options = fc.record(
      { clientId: utf8(1, 30), clean: fc.boolean(), will, username: utf8(0, 20), password: byteString() },
      { requiredKeys: ["clientId"] },
    );
    check(
      fc.property(options, fc.nat(65535), (given, keepalive) => {
        const packet = decode<IConnectPacket>(encode(given, keepalive));
        assert.equal(packet.protocolId, "MQTT");
        assert.equal(packet.protocolVersion, 4);
        assert.equal(bytes(packet.clientId), given.clientId);
        assert.equal(packet.clean, given.clean !== false);
        assert.equal(packet.keepalive, keepalive);
        assert.equal(bytes(packet.username), given.username);
        assert.equal(bytes(packet.password), given.username === undefined ? undefined : given.password);
        assert.equal(bytes(packet.will?.topic), given.will?.topic);
        assert.equal(bytes(packet.will?.payload as Buffer | undefined), given.will?.payload);
        assert.equal(packet.will?.qos, given.will && (given.will.qos ?? 0));
        assert.equal(packet.will?.retain, given.will && (given.will.retain ?? false));
      }),
    );
  });

  it("takes null for a name or password that is not there, as JSON has it", () => {
    const given = { clientId: "c", will: { topic: "w", payload: "p" } };
    assert.equal(encode({ ...given, username: null, password: "p" }, 60), encode(given, 60));
    assert.equal(
      encode({ ...given, username: "u", password: null }, 60),
      encode({ ...given, username: "u" }, 60),
    );
  });

  it("is the packet of the standard, byte for byte", () => {
    const packet = encode(
      {
        clientId: "c",
        clean: false,
        will: { topic: "w", payload: "p", qos: 1, retain: true },
        username: "u",
      },
      258,
    );
    assert.equal(
      Buffer.from(packet, "latin1").toString("hex"),
      "10" + // CONNECT
        "16" + // Remaining Length
        "00044d51545404" + // MQTT, level 4
        "ac" + // user name, no password, will retain, will QoS 1, will, no clean session
        "0102" + // keep alive
        "000163" + // client identifier
        "000177" + // will topic
        "000170" + // will message
        "000175", // user name
    );
  });
});
