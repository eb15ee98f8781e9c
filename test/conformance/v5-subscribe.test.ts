/** What MQTT 5.0 asks of SUBSCRIBE, UNSUBSCRIBE and their answers, and of topic filters, on the minified client. */
import assert from "node:assert/strict";
import { dial } from "../support/fake-link.ts";
import fc from "fast-check";
import type { Packet } from "mqtt-packet";
import type { Subscription, Version5Subscription } from "../../src/index.ts";
import { check, topicBytes } from "../support/arbitraries.ts";
import { answers, bytes, connected, ristretto, sized } from "./conversation5.ts";
import type { Conversation5 } from "./conversation5.ts";

const { subscribe, subscribeWith, unsubscribe } = ristretto;

const on = (...topicFilters: string[]): Subscription[] =>
  topicFilters.map((topicFilter) => ({ topicFilter }));

/** What stands in the one request that was written, which its properties, and its fields with `behind` bytes each, must fill. */
function request(talk: Conversation5, behind: number) {
  const packet = talk.link.bytes;
  let at = 1;
  const variable = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const digit = packet.charCodeAt(at++);
      value += (digit & 127) * scale;
      if (digit < 128) return value;
    }
  };
  const u16 = (): number => packet.charCodeAt(at++) * 256 + packet.charCodeAt(at++);
  const length = variable();
  assert.equal(at + length, packet.length, "another packet follows, or one is cut off");
  const id = u16();
  const properties = packet.substr(at, variable());
  at += properties.length;
  const fields: Array<[filter: string, options: string]> = [];
  while (at < packet.length) {
    const size = u16();
    fields.push([packet.substr(at, size), packet.substr(at + size, behind)]);
    at += size + behind;
  }
  assert.equal(at, packet.length);
  return { first: packet.charCodeAt(0), id, fields };
}

/** A client that is connected and has written nothing yet. */
function silent(properties = {}): Conversation5 {
  const talk = connected({}, properties);
  talk.packets();
  talk.link.bytes = "";
  return talk;
}

const plainFilters = fc.uniqueArray(
  topicBytes().filter((topic) => !topic.startsWith("$share/")),
  { minLength: 1, maxLength: 6 },
);

/** What no topic filter is. */
const NO_FILTERS = [
  ...["", "a#", "#/a", "a/#/b", "#b", "##", "a+", "+a", "a/+b/c", "++", "a\0", "\0"],
  ...["\xff", "\xc3(", "\xed\xa0\x80", "\xf4\x90\x80\x80", "x".repeat(65536)],
];

describe("SUBSCRIBE of 5.0", () => {
  it("has flags 0010, a packet id, its filters as UTF-8, and options without reserved bits [MQTT5-3.8.1-1] [MQTT5-3.8.3-1] [MQTT5-3.8.3-5]", () => {
    const options = fc.record(
      {
        qos: fc.constantFrom(0, 1, undefined),
        noLocal: fc.boolean(),
        retainAsPublished: fc.boolean(),
        retainHandling: fc.constantFrom(0, 1, 2),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<Omit<Version5Subscription, "topicFilter">>;
    check(
      fc.property(plainFilters, fc.array(options), fc.boolean(), (topicFilters, given, isWith) => {
        const talk = silent();
        const subscriptions = topicFilters.map((topicFilter, index) => ({ ...given[index], topicFilter }));
        const ask = isWith ? subscribeWith : subscribe;
        assert.equal(ask(talk.client, subscriptions), 0);
        const { first, id, fields } = request(talk, 1);
        assert.equal(first, 0x82);
        assert.ok(id > 0);
        assert.deepEqual(
          fields,
          subscriptions.map(({ topicFilter, qos, noLocal, retainAsPublished, retainHandling }) => {
            const more =
              (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | ((retainHandling as number) << 4 || 0);
            return [topicFilter, bytes((qos ?? 0) | (isWith ? more : 0))];
          }),
        );
      }),
    );
  });

  it("is refused with −0x82 where its options would need reserved bits, or the retain handling 3 [MQTT5-3.8.3-5]", () => {
    const talk = silent();
    for (const retainHandling of [3, 4, 8, 16, -1, 1e9]) {
      const one = { topicFilter: "a", retainHandling } as unknown as Version5Subscription;
      assert.equal(subscribeWith(talk.client, [{ topicFilter: "good" }, one]), -0x82, String(retainHandling));
    }
    assert.equal(talk.link.bytes, "");
  });

  it("has at least one filter: none that is asked for, or that the server has not, is no packet [MQTT5-3.8.3-2]", () => {
    const talk = silent({ wildcardSubscriptionAvailable: false, sharedSubscriptionAvailable: false });
    assert.equal(subscribe(talk.client, []), 0);
    assert.equal(subscribeWith(talk.client, []), 0);
    assert.equal(subscribeWith(talk.client, on("a/+", "#", "$share/g/a")), 0);
    assert.equal(talk.link.bytes, "");
  });

  it("is refused with a filter that is none [MQTT5-3.8.3-1] [MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.7.3-3]", () => {
    const talk = silent();
    for (const ask of [subscribe, subscribeWith])
      for (const filter of NO_FILTERS) assert.equal(ask(talk.client, on("good", filter)), -0x8f, filter);
    assert.equal(talk.link.bytes, "");
  });

  it("takes wildcards where they may stand, and a filter of 65 535 bytes [MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [MQTT5-4.7.3-3]", () => {
    const taken = ["#", "+", "a/#", "a/+/b", "+/+/#", "/+", "//", "x".repeat(65535)];
    for (const ask of [subscribe, subscribeWith]) {
      const talk = silent();
      assert.equal(ask(talk.client, on(...taken)), 0);
      assert.deepEqual(
        request(talk, 1).fields.map(([filter]) => filter),
        taken,
      );
    }
  });

  it("asks for a shared subscription by $share/, a name of at least one character without wildcards, / and a filter [MQTT5-4.8.2-1] [MQTT5-4.8.2-2]", () => {
    const refused = [
      ...[
        "$share/",
        "$share//",
        "$share//a",
        "$share/g",
        "$share/g/",
        "$share/+/a",
        "$share/#/a",
        "$share/#",
      ],
      ...["$share/g+/a", "$share/+g/a", "$share/g#/a", "$share/\0/a", "$share/\xff/a", "$share/g/a#"],
    ];
    const taken = ["$share/g/a", "$share/g//", "$share/g/#", "$share/$/+/b", "$share/\xc3\xa9/a", "$share"];
    for (const ask of [subscribe, subscribeWith]) {
      const talk = silent();
      for (const filter of refused) assert.equal(ask(talk.client, on(filter)), -0x8f, filter);
      assert.equal(talk.link.bytes, "");
      assert.equal(ask(talk.client, on(...taken)), 0);
      assert.deepEqual(
        request(talk, 1).fields.map(([filter]) => filter),
        taken,
      );
    }
  });
});

describe("UNSUBSCRIBE of 5.0", () => {
  it("has flags 0010, a packet id, and its filters one behind the other [MQTT5-3.10.1-1] [MQTT5-3.10.3-1]", () => {
    check(
      fc.property(plainFilters, (topicFilters) => {
        const talk = silent();
        unsubscribe(talk.client, topicFilters);
        const { first, id, fields } = request(talk, 0);
        assert.equal(first, 0xa2);
        assert.ok(id > 0);
        assert.deepEqual(
          fields.map(([filter]) => filter),
          topicFilters,
        );
      }),
    );
  });

  it("has at least one filter, and none that no server can have [MQTT5-3.10.3-1] [MQTT5-3.10.3-2] [MQTT5-4.7.3-1] [MQTT5-4.7.3-2] [MQTT5-4.7.3-3]", () => {
    const talk = silent();
    unsubscribe(talk.client, []);
    unsubscribe(talk.client, NO_FILTERS);
    assert.equal(talk.link.bytes, "");
    unsubscribe(talk.client, ["", "a", "\xff"]);
    assert.deepEqual(request(talk, 0).fields, [["a", ""]]);
  });
});

describe("the answer to a request of 5.0", () => {
  /** A client that has asked with packet id 1 for three filters, or to be rid of them. */
  const asked = (isLeaving = false, maximumPacketSize = 1024): Conversation5 => {
    const talk = connected({ maximumPacketSize });
    if (isLeaving) unsubscribe(talk.client, ["a", "b", "c"]);
    else subscribeWith(talk.client, on("a", "b", "c"));
    assert.deepEqual(talk.said(), [`${isLeaving ? "unsubscribe" : "subscribe"} 1 a,b,c`]);
    return talk;
  };

  /** SUBACK or UNSUBACK without properties. */
  const answer = (first: number, id: string, ...codes: number[]): string =>
    bytes(first, 3 + codes.length) + id + "\0" + bytes(...codes);

  const ends = (talk: Conversation5, received: string, reasonCode: string): void => {
    assert.deepEqual(answers(talk, received), [`disconnect ${reasonCode}`]);
    assert.deepEqual(talk.log, [`disconnect ${reasonCode} again`]);
  };

  it("has the packet id of the request, or the connection ends with 0x82 [MQTT5-3.8.4-2] [MQTT5-3.10.4-5]", () => {
    for (const id of ["\0\0", "\0\x02", "\x01\0", "\xff\xff"]) {
      ends(asked(), answer(0x90, id, 0, 0, 0), "0x82");
      ends(asked(true), answer(0xb0, id, 0, 0, 0), "0x82");
    }
  });

  it("is of the request's kind, or the connection ends with 0x82 [MQTT5-3.8.4-2] [MQTT5-3.10.4-5]", () => {
    ends(asked(), answer(0xb0, "\0\x01", 0, 0, 0), "0x82");
    ends(asked(true), answer(0x90, "\0\x01", 0, 0, 0), "0x82");
  });

  it("comes once, or the connection ends with 0x82 [MQTT5-3.8.4-2] [MQTT5-3.10.4-5]", () => {
    for (const isLeaving of [false, true]) {
      const talk = asked(isLeaving);
      const received = answer(isLeaving ? 0xb0 : 0x90, "\0\x01", 0, 0, 0);
      assert.deepEqual(answers(talk, received), []);
      assert.equal(talk.log.length, 3);
      talk.log.length = 0;
      ends(talk, received, "0x82");
    }
  });

  it("has a reason code for each filter, in their order [MQTT5-3.8.4-6] [MQTT5-3.9.3-1] [MQTT5-3.11.3-1]", () => {
    const granted = asked();
    assert.deepEqual(answers(granted, answer(0x90, "\0\x01", 1, 0x87, 0)), []);
    assert.deepEqual(granted.log, ["subscribe a 1", "subscribe b 135", "subscribe c 0"]);
    const left = asked(true);
    assert.deepEqual(answers(left, answer(0xb0, "\0\x01", 0x11, 0, 0x87)), []);
    assert.deepEqual(left.log, ["unsubscribe a 17", "unsubscribe b 0", "unsubscribe c 135"]);
  });

  it("with more or fewer codes than filters ends the connection with 0x82 [MQTT5-3.8.4-6] [MQTT5-3.9.3-1] [MQTT5-3.11.3-1]", () => {
    for (const codes of [[], [0], [0, 0], [0, 0, 0, 0]]) {
      ends(asked(), answer(0x90, "\0\x01", ...codes), "0x82");
      ends(asked(true), answer(0xb0, "\0\x01", ...codes), "0x82");
    }
  });

  it("of SUBACK tells by each code the QoS that was granted, or that there is none; another ends the connection with 0x81 [MQTT5-3.8.4-7]", () => {
    for (const code of [0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2]) {
      const talk = asked();
      assert.deepEqual(answers(talk, answer(0x90, "\0\x01", 0, 0, code)), []);
      assert.equal(talk.log.at(-1), `subscribe c ${code}`);
      talk.link.end();
      dial(talk, ristretto);
      talk.link.establish();
      talk.packets();
      // A session without subscriptions brings all of them back.
      talk.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: false });
      assert.deepEqual(talk.said(), ["subscribe 2 a,b,c"]);
    }
    for (let code = 3; code < 0x80; code++) ends(asked(), answer(0x90, "\0\x01", 0, 0, code), "0x81");
  });

  for (const [isLeaving, section] of [
    [false, "3.9.2"],
    [true, "3.11.2"],
  ] as const) {
    for (const [property, statement] of [
      ["reasonString", 1],
      ["userProperties", 2],
    ] as const) {
      it(`${isLeaving ? "UNSUBACK" : "SUBACK"} whose ${property} makes it larger than was allowed ends the connection with 0x95 [MQTT5-${section}-${statement}]`, () => {
        const packet: Packet = {
          cmd: isLeaving ? "unsuback" : "suback",
          messageId: 1,
          granted: [0, 0, 0],
        };
        const fits = asked(isLeaving, 128);
        assert.deepEqual(answers(fits, sized(packet, 128, property)), []);
        assert.equal(fits.log.length, 3);
        ends(asked(isLeaving, 128), sized(packet, 129, property), "0x95");
      });
    }
  }
});
