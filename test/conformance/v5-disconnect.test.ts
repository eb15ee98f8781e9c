/** What MQTT 5.0 asks of PINGREQ, of DISCONNECT, and of the end of a connection, on the minified client. */
import assert from "node:assert/strict";
import type { Packet } from "mqtt-packet";
import { accept, answers, begin, bytes, connected, connectedQos2, message, open } from "./conversation5.ts";
import { ristretto, sized } from "./conversation5.ts";
import type { Conversation5 } from "./conversation5.ts";

const { abort, disconnect, disconnectWith, publish, QOS_1, QOS_2 } = ristretto;

const ALL_CODES = Array.from({ length: 256 }, (_, code) => code);
/** Those that a client's DISCONNECT may have, and a server's (§3.14.2.1). */
const FROM_CLIENT = [
  ...[0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90],
  ...[0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99],
];
const FROM_SERVER = [
  ...[0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90],
  ...[0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2],
];
const hex = (code: number): string => `0x${code.toString(16)}`;

/** The reason codes of the DISCONNECT packets among those written; none where there are none. */
const codesOf = (packets: Packet[]): number[] =>
  packets.flatMap((packet) => (packet.cmd === "disconnect" ? [packet.reasonCode ?? 0] : []));

describe("PINGREQ of 5.0", () => {
  it("must be answered: without a byte in time the connection ends with 0x8D, which no client may say [MQTT5-3.12.4-1] [MQTT5-4.13.2-1]", () => {
    const talk = connected({ keepalive: 30 });
    talk.pass(30);
    assert.deepEqual(talk.said(), ["pingreq"]);
    talk.link.receive({ cmd: "pingresp" });
    talk.pass(39);
    assert.deepEqual(talk.said(), ["pingreq"]);
    assert.equal(talk.link.isOpen, true);
    talk.pass(1);
    assert.deepEqual(talk.log, ["disconnect 0x8d again"]);
    assert.equal(talk.link.isOpen, false);
    assert.deepEqual(talk.said(), []);
  });
});

describe("DISCONNECT of 5.0 from the client", () => {
  /** The ways to say it; each gives what is to be the packet. */
  const WAYS: ReadonlyArray<readonly [what: string, end: (talk: Conversation5) => void, said: string]> = [
    ["asked for", (talk) => disconnect(talk.client), "\xe0\0"],
    ["asked for with a code", (talk) => void disconnectWith(talk.client, 4, []), "\xe0\x02\x04\0"],
    ["that tells of a mistake", (talk) => talk.link.receive("\0\0"), "\xe0\x01\x82"],
    ["of an owner who gives up", (talk) => abort(talk.client, 0x83), "\xe0\x01\x83"],
  ];

  for (const [what, end, said] of WAYS) {
    it(`${what} has flags 0, closes the connection, and is followed by nothing [MQTT5-3.14.1-1] [MQTT5-3.14.4-1] [MQTT5-3.14.4-2]`, () => {
      const talk = connectedQos2({ keepalive: 1 });
      publish(talk.client, "t", "x", QOS_1);
      publish(talk.client, "t", "x", QOS_2);
      talk.link.receive(message("x", { qos: 2, messageId: 7 }));
      talk.link.bytes = "";
      talk.link.stuck = true;
      end(talk);
      assert.equal(talk.link.closing, true);
      assert.equal(talk.link.bytes, said);
      talk.link.bytes = "";
      for (const flags of [0, QOS_1, QOS_2]) publish(talk.client, "t", "x", flags);
      ristretto.subscribe(talk.client, [{ topicFilter: "f" }]);
      ristretto.unsubscribe(talk.client, ["f"]);
      disconnect(talk.client);
      disconnectWith(talk.client, 0, []);
      abort(talk.client, 0x81);
      talk.link.receive(message("x", { qos: 1, messageId: 8 }));
      for (const cmd of ["puback", "pubrec", "pubrel"] as const) talk.link.receive({ cmd, messageId: 2 });
      talk.link.receive("\0\0");
      talk.link.drain();
      talk.pass(100);
      assert.equal(talk.link.bytes, "");
    });
  }

  it("has a code that clients have, whatever its owner asks for [MQTT5-3.14.2-1] [MQTT5-4.13.2-1]", () => {
    for (const code of ALL_CODES) {
      const mayBe = FROM_CLIENT.includes(code);
      const asked = connected();
      assert.equal(disconnectWith(asked.client, code, []), mayBe ? 0 : -0x82, hex(code));
      assert.deepEqual(codesOf(asked.packets()), mayBe ? [code] : []);
      assert.equal(asked.link.isOpen, !mayBe);
      const aborted = connected();
      abort(aborted.client, code);
      assert.deepEqual(codesOf(aborted.packets()), mayBe && code > 0x7f ? [code] : [], hex(code));
      assert.equal(aborted.link.isOpen, false);
    }
  });

  it("has a code that clients have, whatever the server did [MQTT5-3.14.2-1] [MQTT5-4.13.2-1]", () => {
    const said = new Set<number>();
    for (let first = 0; first < 256; first++) {
      for (const body of ["", "\0", "\0\x01", "\0\x01\x81", "\0\x01t\0\x01\0", "\xff\xff\xff\xff"]) {
        const talk = connectedQos2();
        talk.link.receive(bytes(first, body.length) + body);
        const codes = codesOf(talk.packets());
        assert.ok(codes.length < 2);
        assert.ok(codes.length === 0 || !talk.link.isOpen);
        for (const code of codes) said.add(code);
      }
    }
    assert.ok([0x81, 0x82].every((code) => said.has(code)));
    for (const code of said) assert.ok(code > 0x7f && FROM_CLIENT.includes(code), hex(code));
  });

  for (const [property, identifier, value, statement] of [
    ["reason string", ristretto.REASON_STRING, "x".repeat(90), 3],
    ["user property", ristretto.USER_PROPERTY, ["k", "x".repeat(90)], 4],
  ] as const) {
    it(`has no ${property} that makes it larger than the server takes: that is refused with −0x95 [MQTT5-3.14.2-${statement}]`, () => {
      const size = 4 + 3 + 90 + (statement === 4 ? 3 : 0);
      const small = connected({}, { maximumPacketSize: size - 1 });
      assert.equal(disconnectWith(small.client, 0, [identifier, value as string]), -0x95);
      assert.deepEqual(small.packets(), []);
      assert.ok(small.client.connected);
      assert.equal(disconnectWith(small.client, 0, []), 0);
      const large = connected({}, { maximumPacketSize: size });
      large.link.bytes = "";
      assert.equal(disconnectWith(large.client, 0, [identifier, value as string]), 0);
      assert.equal(large.link.bytes.length, size);
    });
  }
});

describe("DISCONNECT of 5.0 from the server", () => {
  it("has flags 0, or is answered by DISCONNECT with 0x81 [MQTT5-3.14.1-1]", () => {
    for (let flags = 0; flags < 16; flags++) {
      const talk = connected();
      assert.deepEqual(answers(talk, bytes(0xe0 | flags, 1, 0x8b)), flags ? ["disconnect 0x81"] : []);
      assert.deepEqual(talk.log, [`disconnect ${flags ? "0x81" : "0x8b"} again`]);
    }
  });

  it("has a code that servers have, which is told; another is answered by 0x81 [MQTT5-3.14.2-1] [MQTT5-4.13.2-1]", () => {
    for (const code of ALL_CODES) {
      const mayBe = FROM_SERVER.includes(code);
      const talk = connected();
      assert.deepEqual(answers(talk, bytes(0xe0, 1, code)), mayBe ? [] : ["disconnect 0x81"], hex(code));
      assert.deepEqual(talk.log, [`disconnect ${mayBe ? hex(code) : "0x81"} again`]);
      assert.equal(talk.link.isOpen, false);
    }
  });

  for (const [property, statement] of [
    ["reasonString", 3],
    ["userProperties", 4],
  ] as const) {
    it(`whose ${property} makes it larger than was allowed ends the connection with 0x95 [MQTT5-3.14.2-${statement}]`, () => {
      const packet: Packet = { cmd: "disconnect", reasonCode: 0x8b };
      const fits = connected({ maximumPacketSize: 128 });
      assert.deepEqual(answers(fits, sized(packet, 128, property)), []);
      assert.deepEqual(fits.log, ["disconnect 0x8b again"]);
      const talk = connected({ maximumPacketSize: 128 });
      assert.deepEqual(answers(talk, sized(packet, 129, property)), ["disconnect 0x95"]);
      assert.deepEqual(talk.log, ["disconnect 0x95 again"]);
    });
  }

  it("before CONNACK ends the attempt with 0x82, and the server is not believed [MQTT5-3.14.0-1]", () => {
    for (const packet of ["\xe0\0", "\xe0\x01\x9d"]) {
      const talk = begin({}, [ristretto.serverReference]);
      open(talk);
      assert.deepEqual(answers(talk, packet), ["disconnect 0x82"]);
      assert.deepEqual(talk.log, ["disconnect 0x82 again"]);
    }
  });

  it("leaves nothing to be sent: neither a packet nor an acknowledgement follows it [MQTT5-3.14.4-1]", () => {
    const talk = connected({ keepalive: 1 });
    talk.link.stuck = true;
    talk.packets();
    talk.link.receive("\xe0\x01\x8b");
    talk.link.receive(message("x", { qos: 1, messageId: 1 }));
    for (const flags of [0, QOS_1]) publish(talk.client, "t", "x", flags);
    disconnect(talk.client);
    talk.pass(100);
    assert.deepEqual(talk.said(), []);
    assert.equal(talk.link.closing, true);
  });
});

describe("a connection of 5.0 that its owner ends within CONNACK", () => {
  for (const [what, prepare, properties, sessionPresent] of [
    [
      "as it is told of a message that this server will not have",
      (talk: Conversation5) => publish(talk.client, "t", "x", QOS_1),
      { maximumQoS: 0 },
      false,
    ],
    [
      "as it is told of a PUBREL that is nobody's any more",
      (talk: Conversation5) => {
        open(talk);
        accept(talk);
        publish(talk.client, "t", "x", QOS_2);
        talk.link.receive({ cmd: "pubrec", messageId: 1 });
        talk.link.end();
      },
      {},
      false,
    ],
  ] as const) {
    it(`${what} stays ended, and nothing is sent on it [MQTT5-3.14.4-1] [MQTT5-3.14.4-2]`, () => {
      for (const stuck of [false, true]) {
        const onDrop = (): void => disconnect(talk.client);
        const talk: Conversation5 = begin({ clean: false, onDrop }, [ristretto.qos2]);
        prepare(talk);
        publish(talk.client, "u", "y", 0);
        open(talk);
        talk.log.length = 0;
        talk.link.stuck = stuck;
        assert.deepEqual(answers(talk, { cmd: "connack", reasonCode: 0, sessionPresent, properties }), []);
        if (stuck) talk.link.end();
        assert.deepEqual(talk.log, ["disconnect 0x0 end"]);
        assert.equal(talk.client.connected, false);
      }
    });
  }
});
