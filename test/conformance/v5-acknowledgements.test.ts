/** What MQTT 5.0 asks of PUBACK, PUBREC, PUBREL and PUBCOMP, on the minified client. */
import assert from "node:assert/strict";
import { dial } from "../support/fake-link.ts";
import fc from "fast-check";
import type { Packet } from "mqtt-packet";
import { check } from "../support/arbitraries.ts";
import { answers, bytes, connected, connectedQos2, message, ristretto, sized } from "./conversation5.ts";
import type { Conversation5 } from "./conversation5.ts";

const { publish, QOS_1, QOS_2 } = ristretto;

type Acknowledgement = "puback" | "pubrec" | "pubrel" | "pubcomp";

/** What each is: its first byte, the codes that it may have, and what it stands in the table by. */
const ACKNOWLEDGEMENTS: Record<Acknowledgement, { first: number; codes: number[]; section: string }> = {
  puback: { first: 0x40, codes: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99], section: "3.4.2" },
  pubrec: { first: 0x50, codes: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99], section: "3.5.2" },
  pubrel: { first: 0x62, codes: [0, 0x92], section: "3.6.2" },
  pubcomp: { first: 0x70, codes: [0, 0x92], section: "3.7.2" },
};
const NAMES = Object.keys(ACKNOWLEDGEMENTS) as Acknowledgement[];
const ALL_CODES = Array.from({ length: 256 }, (_, code) => code);

/** A client for which the acknowledgement of packet id 1 is due. */
function awaiting(name: Acknowledgement, options = {}): Conversation5 {
  const talk = connectedQos2(options);
  if (name === "puback") publish(talk.client, "t", "x", QOS_1);
  else if (name !== "pubrel") publish(talk.client, "t", "x", QOS_2);
  else talk.link.receive(message("x", { qos: 2, messageId: 1 }));
  if (name === "pubcomp") talk.link.receive({ cmd: "pubrec", messageId: 1 });
  talk.packets();
  talk.log.length = 0;
  return talk;
}

/** What each is answered by where it ends, or goes on with, its exchange, and what is told of it. */
const GOES_ON: Record<Acknowledgement, [said: string[], told: string[]]> = {
  puback: [[], ["acknowledge 1"]],
  pubrec: [["pubrel 1"], []],
  pubrel: [["pubcomp 1"], []],
  pubcomp: [[], ["acknowledge 1"]],
};

describe("the acknowledgements of 5.0 from the client", () => {
  it("have a reason code that their kind has, whatever they answer [MQTT5-3.4.2-1] [MQTT5-3.5.2-1] [MQTT5-3.6.2-1] [MQTT5-3.7.2-1]", () => {
    const packet = fc.record({
      name: fc.constantFrom("publish 1", "publish 2", "pubrec", "pubrel", "pubcomp", "ours"),
      messageId: fc.integer({ min: 1, max: 4 }),
    });
    const seen = new Set<string>();
    check(
      fc.property(fc.array(packet, { maxLength: 30 }), (received) => {
        const talk = connectedQos2();
        for (const { name, messageId } of received) {
          if (name === "ours") publish(talk.client, "t", "", QOS_2);
          else if (name === "publish 1") talk.link.receive(message("x", { qos: 1, messageId }));
          else if (name === "publish 2") talk.link.receive(message("x", { qos: 2, messageId }));
          else talk.link.receive({ cmd: name as Acknowledgement, messageId });
        }
        for (const { cmd, reasonCode } of talk.packets() as Array<{ cmd: string; reasonCode?: number }>) {
          const kind = ACKNOWLEDGEMENTS[cmd as Acknowledgement] as { codes: number[] } | undefined;
          if (!kind) continue;
          assert.ok(kind.codes.includes(reasonCode ?? 0), `${cmd} ${reasonCode}`);
          seen.add(`${cmd} ${reasonCode ?? 0}`);
        }
        assert.ok(talk.client.connected);
      }),
    );
    assert.deepEqual([...seen].sort(), [
      "puback 0",
      "pubcomp 0",
      "pubcomp 146",
      "pubrec 0",
      "pubrel 0",
      "pubrel 146",
    ]);
  });

  it("have no reason string and no user property, so none makes them larger than the server takes [MQTT5-3.4.2-2] [MQTT5-3.4.2-3] [MQTT5-3.5.2-2] [MQTT5-3.5.2-3] [MQTT5-3.6.2-2] [MQTT5-3.6.2-3] [MQTT5-3.7.2-2] [MQTT5-3.7.2-3]", () => {
    const talk = connectedQos2({}, { maximumPacketSize: 100 });
    talk.link.bytes = "";
    const userProperties = { asked: "for" };
    talk.link.receive(message("x", { qos: 1, messageId: 1, properties: { userProperties } }));
    talk.link.receive(message("x", { qos: 2, messageId: 2, properties: { userProperties } }));
    talk.link.receive({ cmd: "pubrel", messageId: 2, properties: { reasonString: "x", userProperties } });
    talk.link.receive({ cmd: "pubrel", messageId: 3 });
    talk.link.receive({ cmd: "pubrec", messageId: 4, properties: { reasonString: "x", userProperties } });
    assert.equal(
      talk.link.bytes,
      "\x40\x02\0\x01\x50\x02\0\x02\x70\x02\0\x02\x70\x03\0\x03\x92\x62\x03\0\x04\x92",
    );
  });
});

describe("the acknowledgements of 5.0 from the server", () => {
  for (const name of NAMES) {
    const { first, codes, section } = ACKNOWLEDGEMENTS[name];
    const acknowledge = (code: number): string => bytes(first, 3, 0, 1, code);
    const canRefuse = name === "puback" || name === "pubrec";
    const isRefusal = (code: number): boolean => canRefuse && code > 0x7f;

    it(`${name} goes on with its exchange by each code that it may have below 0x80 [MQTT5-${section}-1]`, () => {
      const [said, told] = GOES_ON[name];
      for (const code of codes.filter((one) => !isRefusal(one))) {
        const talk = awaiting(name);
        assert.deepEqual(answers(talk, acknowledge(code)), said, String(code));
        assert.deepEqual(talk.log, told);
      }
    });

    it(`${name} with another code ends the connection with 0x81, but a refusal refuses, whatever its code [MQTT5-${section}-1]`, () => {
      for (const code of ALL_CODES.filter((one) => !codes.includes(one))) {
        const talk = awaiting(name);
        const said = answers(talk, acknowledge(code));
        // Such as mosquitto's 0x95. The message must not be sent again (4.4.0-2), as it would be after another connection.
        if (isRefusal(code)) {
          assert.deepEqual([said, talk.log], [[], [`drop 0x${code.toString(16)} 1 t`]]);
        } else {
          assert.deepEqual(said, ["disconnect 0x81"], String(code));
          assert.deepEqual(talk.log, ["disconnect 0x81 again"]);
        }
      }
    });

    for (const [property, statement] of [
      ["reasonString", 2],
      ["userProperties", 3],
    ] as const) {
      it(`${name} whose ${property} makes it larger than was allowed ends the connection with 0x95 [MQTT5-${section}-${statement}]`, () => {
        const packet = { cmd: name, messageId: 1, reasonCode: 0 } as Packet;
        const fits = awaiting(name, { maximumPacketSize: 128 });
        assert.deepEqual(answers(fits, sized(packet, 128, property)), GOES_ON[name][0]);
        const talk = awaiting(name, { maximumPacketSize: 128 });
        assert.deepEqual(answers(talk, sized(packet, 129, property)), ["disconnect 0x95"]);
        assert.deepEqual(talk.log, ["disconnect 0x95 again"]);
      });
    }
  }

  it("PUBREL has flags 0010, or the connection ends with 0x81 [MQTT5-3.6.1-1]", () => {
    for (let flags = 0; flags < 16; flags++) {
      const talk = awaiting("pubrel");
      const said = answers(talk, bytes(0x60 | flags, 2, 0, 1));
      assert.deepEqual(said, [flags === 2 ? "pubcomp 1" : "disconnect 0x81"]);
      assert.deepEqual(talk.log, flags === 2 ? [] : ["disconnect 0x81 again"]);
    }
  });
});

describe("PUBREL of 5.0 from the client", () => {
  it("has flags 0010, at first and sent again [MQTT5-3.6.1-1]", () => {
    const talk = awaiting("pubrec");
    talk.link.bytes = "";
    talk.link.receive({ cmd: "pubrec", messageId: 1 });
    assert.equal(talk.link.bytes, "\x62\x02\0\x01");
    talk.link.end();
    dial(talk, ristretto);
    talk.link.establish();
    talk.link.bytes = "";
    talk.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true });
    assert.equal(talk.link.bytes, "\x62\x02\0\x01");
  });
});

describe("a refusal of 5.0 by PUBACK or PUBREC", () => {
  for (const [name, flags] of [
    ["puback", QOS_1],
    ["pubrec", QOS_2],
  ] as const) {
    it(`ends the exchange: after ${name} with 0x80 or more nothing is sent again [MQTT5-4.4.0-2]`, () => {
      for (const reasonCode of ALL_CODES.slice(0x80)) {
        const talk = awaiting(name);
        publish(talk.client, "t", "other", flags);
        talk.packets();
        assert.deepEqual(answers(talk, bytes(name === "puback" ? 0x40 : 0x50, 3, 0, 1, reasonCode)), []);
        assert.deepEqual(talk.log, [`drop 0x${reasonCode.toString(16)} 1 t`]);
        talk.link.end();
        dial(talk, ristretto);
        talk.link.establish();
        talk.packets();
        assert.deepEqual(answers(talk, { cmd: "connack", reasonCode: 0, sessionPresent: true }), [
          `publish t other ${flags / 2} 2 dup`,
        ]);
      }
    });
  }

  it("is none below 0x80: the message counts as taken [MQTT5-4.4.0-2] [MQTT5-4.3.2-3]", () => {
    const talk = connected();
    for (const payload of ["1", "2"]) publish(talk.client, "t", payload, QOS_1);
    talk.link.receive("\x40\x03\0\x01\x10\x40\x04\0\x02\0\0");
    assert.deepEqual(talk.log, ["acknowledge 1", "acknowledge 2"]);
  });
});
