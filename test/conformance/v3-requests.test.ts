/** What MQTT 3.1.1 asks of SUBSCRIBE, UNSUBSCRIBE and their answers, on the minified module. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { check, topicBytes } from "../support/arbitraries.ts";
import type { Subscription } from "../../src/index.ts";
import { connected, reconnect, ristretto } from "./conversation.ts";
import type { Conversation } from "./conversation.ts";

const { publish, QOS_1, subscribe, unsubscribe } = ristretto;

const on = (...topicFilters: string[]): Subscription[] =>
  topicFilters.map((topicFilter) => ({ topicFilter }));
const bytes = (...values: number[]): string => String.fromCharCode(...values);

/** The fields of a request: its packet id, and the texts with `behind` further bytes each; they must fill it. */
function read(packet: string, behind: number): { id: number; fields: Array<[string, string]> } {
  let at = packet.charCodeAt(1) < 128 ? 2 : 3;
  const u16 = (): number => packet.charCodeAt(at++) * 256 + packet.charCodeAt(at++);
  const id = u16();
  const fields: Array<[string, string]> = [];
  while (at < packet.length) {
    const size = u16();
    fields.push([packet.substr(at, size), packet.substr(at + size, behind)]);
    at += size + behind;
  }
  assert.equal(at, packet.length);
  return { id, fields };
}

const filters = fc.uniqueArray(
  topicBytes().filter((topic) => !topic.startsWith("$share/")),
  { minLength: 1, maxLength: 6 },
);

describe("SUBSCRIBE of 3.1.1", () => {
  it("has flags 0010, a packet id, and each filter with its QoS and no other bit [MQTT-2.2.2-1] [MQTT-2.3.1-1] [MQTT-3.8.1-1] [MQTT-3.8.3-1] [MQTT-3.8.3-4]", () => {
    check(
      fc.property(filters, fc.array(fc.constantFrom(0, 1, undefined)), (topicFilters, qos) => {
        const talk = connected();
        const given = topicFilters.map((topicFilter, index) => ({ topicFilter, qos: qos[index] }));
        assert.equal(subscribe(talk.client, given as Subscription[]), 0);
        const [packet] = talk.written();
        const { id, fields } = read(packet!, 1);
        assert.equal(packet!.charCodeAt(0), 0x82);
        assert.ok(id > 0);
        assert.deepEqual(
          fields,
          given.map((one) => [one.topicFilter, bytes(one.qos ?? 0)]),
        );
      }),
    );
  });

  it("has at least one filter: none asked for is no packet [MQTT-3.8.3-3]", () => {
    const talk = connected();
    assert.equal(subscribe(talk.client, []), 0);
    assert.deepEqual(talk.written(), []);
  });

  it("is refused with a QoS above what there is, or a filter that is none [MQTT-1.5.3-1] [MQTT-3.8.3-1] [MQTT-3.8.3-4] [MQTT-4.7.1-2] [MQTT-4.7.1-3] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQTT-4.7.3-3]", () => {
    const talk = connected();
    for (const filter of [
      "",
      "a#",
      "#/a",
      "a/#/b",
      "a+",
      "+a/b",
      "a\0",
      "\xff",
      "\xed\xa0\x80",
      "x".repeat(65536),
    ])
      assert.equal(subscribe(talk.client, on("good", filter)), -0x8f, filter);
    assert.equal(subscribe(talk.client, [{ topicFilter: "a", qos: 3 as 1 }]), -0x8f);
    assert.deepEqual(talk.written(), []);
  });

  it("takes wildcards where they may stand [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.1-3]", () => {
    const talk = connected();
    const taken = ["#", "+", "a/#", "+/a", "a/+", "+/+/#", "/+", "/#"];
    assert.equal(subscribe(talk.client, on(...taken)), 0);
    assert.deepEqual(
      read(talk.written()[0]!, 1).fields.map(([filter]) => filter),
      taken,
    );
  });

  it("takes a packet id that no message has, and keeps it until SUBACK [MQTT-2.3.1-2] [MQTT-2.3.1-3]", () => {
    const talk = connected({ receiveMaximum: 10 });
    subscribe(talk.client, on("f"));
    const { id } = read(talk.written()[0]!, 1);
    const given: number[] = [];
    for (let count = 0; count < 65600; count++) {
      const packetId = publish(talk.client, "t", "", QOS_1);
      given.push(packetId);
      talk.link.receive(`\x40\x02${bytes(packetId >> 8, packetId & 255)}`);
    }
    assert.equal(given.includes(id), false);
    talk.link.receive(`\x90\x03${bytes(id >> 8, id & 255)}\0`);
    for (let count = 0; count < 65535; count++) {
      const packetId = publish(talk.client, "t", "", QOS_1);
      given.push(packetId);
      talk.link.receive(`\x40\x02${bytes(packetId >> 8, packetId & 255)}`);
    }
    assert.equal(given.includes(id), true);
    assert.equal(given.includes(0), false);
  });
});

describe("UNSUBSCRIBE of 3.1.1", () => {
  it("has flags 0010, a packet id, and its filters one behind the other [MQTT-2.2.2-1] [MQTT-2.3.1-1] [MQTT-3.10.1-1] [MQTT-3.10.3-1]", () => {
    check(
      fc.property(filters, (topicFilters) => {
        const talk = connected();
        unsubscribe(talk.client, topicFilters);
        const [packet] = talk.written();
        const { id, fields } = read(packet!, 0);
        assert.equal(packet!.charCodeAt(0), 0xa2);
        assert.ok(id > 0);
        assert.deepEqual(
          fields.map(([filter]) => filter),
          topicFilters,
        );
      }),
    );
  });

  it("has at least one filter, and none that no server can have [MQTT-3.10.3-1] [MQTT-3.10.3-2] [MQTT-4.7.3-1] [MQTT-4.7.3-2]", () => {
    const talk = connected();
    unsubscribe(talk.client, []);
    unsubscribe(talk.client, ["", "a\0", "\xff", "a/#/b"]);
    assert.deepEqual(talk.written(), []);
    unsubscribe(talk.client, ["", "a", "\xff"]);
    assert.deepEqual(read(talk.written()[0]!, 0).fields, [["a", ""]]);
  });
});

describe("the answer to a request of 3.1.1", () => {
  /** A client that has asked with packet id 1: for three filters, or to be rid of one. */
  const asked = (leaving = false): Conversation => {
    const talk = connected();
    if (leaving) unsubscribe(talk.client, ["a"]);
    else subscribe(talk.client, on("a", "b", "c"));
    talk.written();
    return talk;
  };

  const told = (talk: Conversation, answer: string): string[] => {
    talk.link.receive(answer);
    return talk.log;
  };

  it("has the packet id of the request, or the connection ends [MQTT-2.3.1-7] [MQTT-3.8.4-2] [MQTT-3.10.4-4]", () => {
    for (const id of ["\0\0", "\0\x02", "\x01\0", "\xff\xff"]) {
      assert.deepEqual(told(asked(), `\x90\x05${id}\0\0\0`), ["disconnect 130 again"]);
      assert.deepEqual(told(asked(true), `\xb0\x02${id}`), ["disconnect 130 again"]);
    }
    assert.deepEqual(told(asked(true), "\xb0\x02\0\x01"), ["unsubscribe a"]);
  });

  it("is of the request's kind, or the connection ends [MQTT-3.8.4-2] [MQTT-3.10.4-4]", () => {
    assert.deepEqual(told(asked(), "\xb0\x02\0\x01"), ["disconnect 130 again"]);
    assert.deepEqual(told(asked(true), "\x90\x03\0\x01\0"), ["disconnect 130 again"]);
  });

  it("has a return code for each filter, in their order [MQTT-3.8.4-5] [MQTT-3.9.3-1]", () => {
    assert.deepEqual(told(asked(), "\x90\x05\0\x01\0\x01\x80"), [
      "subscribe a 0",
      "subscribe b 1",
      "subscribe c 128",
    ]);
    for (const codes of ["", "\0", "\0\0", "\0\0\0\0"])
      assert.deepEqual(told(asked(), `\x90${bytes(2 + codes.length)}\0\x01${codes}`), [
        "disconnect 130 again",
      ]);
  });

  it("grants nothing where it is malformed further on: all is asked for again", () => {
    const talk = connected({ clean: false });
    subscribe(talk.client, on("a", "b"));
    talk.link.receive("\x90\x04\0\x01\0\x03");
    reconnect(talk, true);
    assert.deepEqual(
      read(talk.written()[0]!, 1).fields.map(([filter]) => filter),
      ["a", "b"],
    );
  });

  it("has no return code but 0, 1, 2 and 0x80 [MQTT-3.8.4-5] [MQTT-3.9.3-2]", () => {
    for (let code = 0; code < 256; code++) {
      const [line] = told(asked(), `\x90\x05\0\x01\0\0${bytes(code)}`).slice(-1);
      assert.equal(line, code < 3 || code === 128 ? `subscribe c ${code}` : "disconnect 129 again");
    }
  });
});
