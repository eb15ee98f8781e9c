/** What MQTT 5.0 asks of CONNACK, and of what CONNECT and CONNACK agree on, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { check } from "../support/arbitraries.ts";
import { message, written } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { ristretto } from "./conversation.ts";
import { asking, connack, createConnected, endOf, ends, field, packetOf } from "./wire5.ts";
import { dial } from "../support/fake-link.ts";

const {
  authentication,
  publish,
  qos2,
  QOS_1,
  QOS_2,
  reauthenticate,
  REQUEST_PROBLEM_INFORMATION,
  REQUEST_RESPONSE_INFORMATION,
  subscribe,
  tick,
  unsubscribe,
} = ristretto;

const METHOD = { authenticationMethod: "X", authenticate: () => "answer" };

describe("CONNACK of 5.0", () => {
  it("is the first packet from the server, or the connection ends with 0x82 [MQTT5-3.2.0-1]", () => {
    for (const packet of [
      "\x30\x05\0\x01a\0x",
      "\xd0\0",
      "\x40\x02\0\x01",
      "\x62\x02\0\x01",
      "\x90\x04\0\x01\0\0",
      "\xb0\x04\0\x01\0\0",
      "\xe0\0",
      "\xe0\x02\x8b\0",
    ])
      assert.deepEqual(endOf(asking({}, [qos2]), packet), ends(0x82));
  });

  it("may have AUTH before it where that was asked for [MQTT5-3.2.0-1]", () => {
    const told = asking(METHOD, [authentication]);
    const properties = { authenticationMethod: "X", authenticationData: Buffer.from("prove") };
    told.link.receive({ cmd: "auth", reasonCode: 0x18, properties });
    told.link.receive(connack(0, 0, "\x15\0\x01X"));
    assert.deepEqual(told.log, ['connect false [21,"X"]']);
  });

  it("comes once: a second one ends the connection with 0x82 [MQTT5-3.2.0-2]", () => {
    for (const second of [connack(0, 0), connack(1, 0), connack(0, 0x87)])
      assert.deepEqual(endOf(createConnected({}, { clean: false }), second), ends(0x82));
  });

  it("has no other flag but Session Present, or the connection ends with 0x81 [MQTT5-3.2.2-1]", () => {
    for (let flags = 2; flags < 256; flags++) {
      assert.deepEqual(endOf(asking({ clean: false }), connack(flags, 0)), ends(0x81));
      assert.deepEqual(endOf(asking({ clean: false }), connack(flags, 0x87)), ends(0x81));
    }
  });

  it("has no Session Present with a reason code other than 0, or that is 0x82 [MQTT5-3.2.2-6]", () => {
    for (let code = 1; code < 256; code++)
      assert.deepEqual(endOf(asking({ clean: false }), connack(1, code)), ends(0x82));
  });

  /** Section 3.2.2.2, table 3-1. */
  const CODES = [
    ...[0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99],
    ...[0x9a, 0x9b, 0x9c, 0x9d, 0x9f],
  ];

  it("ends the connection by the client too where it refuses, though the server leaves it open, with nothing said [MQTT5-3.2.2-7]", () => {
    for (const code of CODES) assert.deepEqual(endOf(asking(), connack(0, code)), [code, undefined]);
  });

  it("has one of the reason codes listed, or the connection ends with 0x81 [MQTT5-3.2.2-8]", () => {
    for (let code = 1; code < 256; code++)
      if (!CODES.includes(code)) assert.deepEqual(endOf(asking(), connack(0, code)), ends(0x81), `${code}`);
  });

  it("names a client that has no name, or the connection ends with 0x82 [MQTT5-3.1.3-7] [MQTT5-3.2.2-16]", () => {
    assert.deepEqual(endOf(asking({ clientId: "" }), connack(0, 0)), ends(0x82));
    assert.deepEqual(endOf(asking({ clientId: "" }), connack(0, 0, "\x12\0\0")), ends(0x82));
    const told = asking({ clientId: "" });
    told.link.receive(connack(0, 0, "\x12\0\x05given"));
    assert.deepEqual(told.log, ['connect false [18,"given"]']);
    // It is named from then on.
    told.link.end();
    dial(told, ristretto);
    told.link.establish();
    assert.equal(written(told, "connect")[0]?.clientId, "given");
    told.link.receive(connack(0, 0));
    assert.equal(told.client.connected, true);
  });

  it("has response information for those only who asked for it, or the connection ends with 0x82 [MQTT5-3.1.2-28]", () => {
    const information = connack(0, 0, "\x1a\0\x02a/");
    for (const properties of [[], [REQUEST_RESPONSE_INFORMATION, 0]])
      assert.deepEqual(endOf(asking({ properties }), information), ends(0x82));
    const told = asking({ properties: [REQUEST_RESPONSE_INFORMATION, 1] });
    told.link.receive(information);
    assert.deepEqual(told.log, ['connect false [26,"a/"]']);
  });
});

describe("Request Problem Information 0 in CONNECT of 5.0", () => {
  const REASON = "\x1f\0\x02no";
  const PAIR = "\x26\0\x01a\0\x01b";
  const properties = [REQUEST_PROBLEM_INFORMATION, 0];

  /** A client with a packet under way that each answer is for. */
  const busy = (given: typeof properties): Version5Told => {
    const options = { ...METHOD, properties: given };
    const told = createConnected({ authenticationMethod: "X" }, options, [qos2, authentication]);
    subscribe(told.client, [{ topicFilter: "f" }]);
    publish(told.client, "t", "", QOS_1);
    publish(told.client, "t", "", QOS_2);
    reauthenticate(told.client);
    return told;
  };

  for (const [what, build] of [
    ["PUBACK", (text) => packetOf(0x40, `\0\x02\0${field(text)}`)],
    ["PUBREC", (text) => packetOf(0x50, `\0\x03\0${field(text)}`)],
    ["PUBREL", (text) => packetOf(0x62, `\0\x09\0${field(text)}`)],
    ["PUBCOMP", (text) => packetOf(0x70, `\0\x03\0${field(text)}`)],
    ["SUBACK", (text) => packetOf(0x90, `\0\x01${field(text)}\0`)],
    ["AUTH", (text) => packetOf(0xf0, `\x18${field(`\x15\0\x01X${text}`)}`)],
  ] as Array<[string, (text: string) => string]>) {
    it(`has a reason or user properties in ${what} end the connection with 0x82 [MQTT5-3.1.2-29]`, () => {
      for (const text of [REASON, PAIR, `${PAIR}${REASON}`, "\x1f\0\0"]) {
        assert.deepEqual(endOf(busy(properties), build(text)), ends(0x82));
        for (const other of [[], [REQUEST_PROBLEM_INFORMATION, 1]]) {
          const told = busy(other);
          told.link.receive(build(text));
          assert.equal(told.link.isOpen, true);
        }
      }
      const told = busy(properties);
      told.link.receive(build(""));
      assert.equal(told.link.isOpen, true);
    });
  }

  it("has them in UNSUBACK end it, too [MQTT5-3.1.2-29]", () => {
    const told = createConnected({}, { properties });
    unsubscribe(told.client, ["f"]);
    assert.deepEqual(endOf(told, packetOf(0xb0, `\0\x01${field(REASON)}\0`)), ends(0x82));
  });

  it("leaves them to CONNACK, PUBLISH and DISCONNECT [MQTT5-3.1.2-29]", () => {
    const told = asking({ properties });
    told.link.receive(connack(0, 0, REASON + PAIR));
    told.link.receive(message("t", "x", { userProperties: { a: "b" } }));
    told.link.receive(packetOf(0xe0, `\x8b${field(REASON + PAIR)}`));
    assert.deepEqual(told.log, [
      'connect false [31,"no",38,["a","b"]]',
      'message t x 0 [38,["a","b"]]',
      'disconnect 139 again [31,"no",38,["a","b"]]',
    ]);
  });
});

describe("the keep alive of 5.0", () => {
  it("is that of CONNACK where there is one, or that of CONNECT: so long at most nothing is sent before PINGREQ [MQTT5-3.1.2-20] [MQTT5-3.1.2-21] [MQTT5-3.2.2-21]", () => {
    const pauses = fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 12 });
    const seconds = fc.integer({ min: 1, max: 20 });
    check(
      fc.property(pauses, seconds, fc.option(seconds), (given, keepalive, server) => {
        const told = createConnected(server ? { serverKeepAlive: server } : {}, { keepalive });
        const bound = server ?? keepalive;
        let silent = 0;
        for (const pause of given) {
          for (let second = 0; second < pause; second++) {
            tick(told.client);
            const packets = told.link.packets();
            silent = packets.length ? 0 : silent + 1;
            assert.ok(silent < bound, `${silent} seconds of ${bound} without a packet`);
            // Nor sooner: a ping costs power.
            if (packets.length) told.link.receive("\xd0\0");
          }
          publish(told.client, "t", "x", 0);
          assert.equal(told.link.packets().length, 1);
          silent = 0;
        }
      }),
    );
  });

  it("of CONNACK counts when it is longer, and when it is none [MQTT5-3.1.2-21] [MQTT5-3.2.2-21]", () => {
    for (const [serverKeepAlive, pings] of [
      [100, [100]],
      [0, []],
    ] as const) {
      const told = createConnected({ serverKeepAlive }, { keepalive: 10 });
      const found: number[] = [];
      for (let second = 1; second <= 105; second++) {
        tick(told.client);
        if (written(told, "pingreq").length) found.push(second);
      }
      assert.deepEqual(found, pings);
    }
  });

  it("of CONNACK holds for its connection alone [MQTT5-3.1.2-21]", () => {
    const told = createConnected({ serverKeepAlive: 100 }, { keepalive: 10 });
    told.link.end();
    dial(told, ristretto);
    told.link.establish();
    assert.equal(written(told, "connect")[0]?.keepalive, 10);
    told.link.receive(connack(0, 0));
    for (let second = 0; second < 10; second++) tick(told.client);
    assert.equal(written(told, "pingreq").length, 1);
  });
});
