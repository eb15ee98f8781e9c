import assert from "node:assert/strict";
import {
  qos2,
  RECEIVE_MAXIMUM,
  subscribe,
  subscribeWith,
  unsubscribe,
  USER_PROPERTY,
  CONTENT_TYPE,
} from "../../src/index.ts";
import type { Version5Subscription } from "../../src/index.ts";
import { accept, createConnected, createVersion5Client, message, written } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { dial } from "../support/fake-link.ts";

const suback = (told: Version5Told, messageId: number, granted: number[], properties = {}): void =>
  told.link.receive({ cmd: "suback", messageId, granted, properties });
const filters = (told: Version5Told): string[][] =>
  written(told, "subscribe").map(({ subscriptions }) => subscriptions.map(({ topic }) => topic));

describe("subscribing in MQTT 5.0", () => {
  it("works as in 3.1.1, with the reason string told", () => {
    const told = createConnected();
    subscribe(told.client, [{ topicFilter: "a", qos: 1 }, { topicFilter: "b" }]);
    const [packet] = written(told, "subscribe");
    assert.deepEqual(
      packet?.subscriptions.map(({ topic, qos, nl, rap, rh }) => [topic, qos, nl, rap, rh]),
      [
        ["a", 1, false, false, 0],
        ["b", 0, false, false, 0],
      ],
    );
    suback(told, 1, [1, 0x87], { reasonString: "no" });
    assert.deepEqual(told.log, ['subscribe a 1 [31,"no"]', 'subscribe b 135 [31,"no"]']);
  });

  it("asks for QoS 2 where the server takes no messages of it, as it grants what it can", () => {
    const told = createConnected({ maximumQoS: 1 }, {}, [qos2]);
    assert.equal(subscribe(told.client, [{ topicFilter: "a", qos: 2 }]), 0);
    assert.equal(written(told, "subscribe")[0]?.subscriptions[0]?.qos, 2);
    suback(told, 1, [1]);
    assert.deepEqual(told.log, ["subscribe a 1"]);
  });

  it("says No Local, Retain As Published and Retain Handling", () => {
    const told = createConnected();
    const subscriptions: Version5Subscription[] = [
      { topicFilter: "a", noLocal: true, qos: 1 },
      { topicFilter: "b", retainAsPublished: true },
      { topicFilter: "c", retainHandling: 2 },
    ];
    assert.equal(subscribeWith(told.client, subscriptions), 0);
    assert.deepEqual(
      written(told, "subscribe")[0]?.subscriptions.map(({ qos, nl, rap, rh }) => [qos, nl, rap, rh]),
      [
        [1, true, false, 0],
        [0, false, true, 0],
        [0, false, false, 2],
      ],
    );
  });

  it("asks in one packet for those with the same properties, and once the answer is there for the others", () => {
    const told = createConnected();
    subscribeWith(told.client, [
      { topicFilter: "a" },
      { topicFilter: "b", subscriptionIdentifier: 7 },
      { topicFilter: "c" },
      { topicFilter: "d", properties: [USER_PROPERTY, ["k", "v"]] },
    ]);
    const asked: unknown[] = [];
    for (const id of [1, 2, 3]) {
      const [packet] = written(told, "subscribe");
      asked.push([packet?.subscriptions.map(({ topic }) => topic).join(), { ...packet?.properties }]);
      suback(told, id, packet?.subscriptions.map(() => 0) ?? []);
    }
    assert.deepEqual(asked[0], ["a,c", {}]);
    assert.deepEqual(asked[1], ["b", { subscriptionIdentifier: 7 }]);
    assert.deepEqual(JSON.stringify(asked[2]), '["d",{"userProperties":{"k":"v"}}]');
    assert.equal(told.log.length, 4);
    unsubscribe(told.client, ["d"]);
    assert.equal(written(told, "unsubscribe")[0]?.properties, undefined);
  });

  it("restores all of it after a reconnect without a session", () => {
    const told = createConnected();
    subscribeWith(told.client, [{ topicFilter: "a", noLocal: true, subscriptionIdentifier: 7 }]);
    suback(told, 1, [0]);
    told.link.end();
    dial(told);
    accept(told);
    const [packet] = written(told, "subscribe");
    assert.equal(packet?.subscriptions[0]?.nl, true);
    assert.equal(packet.properties?.subscriptionIdentifier, 7);
  });

  it("refuses what cannot be said, and No Local with a shared one, with −0x82 [MQTT5-3.8.3-4]", () => {
    const told = createConnected();
    const subscriptions: Version5Subscription[] = [
      { topicFilter: "a", subscriptionIdentifier: 0 },
      { topicFilter: "a", properties: [CONTENT_TYPE, "x"] },
      { topicFilter: "$share/g/a", noLocal: true },
    ];
    for (const one of subscriptions) assert.equal(subscribeWith(told.client, [one]), -0x82);
    assert.deepEqual(told.link.packets(), []);
  });

  it("does not ask for what the server lacks, and tells its code", () => {
    const told = createConnected({
      wildcardSubscriptionAvailable: false,
      subscriptionIdentifiersAvailable: false,
      sharedSubscriptionAvailable: false,
    });
    subscribeWith(told.client, [
      { topicFilter: "a/+" },
      { topicFilter: "b", subscriptionIdentifier: 1 },
      { topicFilter: "$share/g/c" },
      { topicFilter: "d" },
    ]);
    assert.deepEqual(told.log, ["subscribe a/+ 162", "subscribe b 161", "subscribe $share/g/c 158"]);
    assert.deepEqual(filters(told), [["d"]]);
    suback(told, 1, [0]);
    assert.deepEqual(filters(told), []);
  });

  it("asks for no more at once than the server's packets hold, and tells 0x95 of what none holds [MQTT5-3.2.2-15]", () => {
    const told = createConnected({ maximumPacketSize: 24 });
    const names = ["a/first", "a/second", "a/third", "far/too/long/for/it", "b"];
    subscribeWith(
      told.client,
      names.map((topicFilter) => ({ topicFilter })),
    );
    assert.deepEqual(told.log, ["subscribe far/too/long/for/it 149"]);
    const asked: string[][] = [];
    for (let id = 1; told.client._askedId; id++) {
      const [packet] = written(told, "subscribe");
      asked.push(packet?.subscriptions.map(({ topic }) => topic) ?? []);
      assert.ok(Number(packet?.length) <= 22);
      suback(told, id, packet?.subscriptions.map(() => 0) ?? []);
    }
    assert.deepEqual(asked, [["a/first", "b"], ["a/second"], ["a/third"]]);
    unsubscribe(told.client, ["a/first", "a/second", "b"]);
    assert.deepEqual(written(told, "unsubscribe")[0]?.unsubscriptions, ["a/first", "a/second"]);
  });

  it("tells of each that the server lacks once, also where a handler asks for more meanwhile", () => {
    const told = createConnected(
      { wildcardSubscriptionAvailable: false },
      {
        onSubscribe: (topicFilter, reasonCode) => {
          told.log.push(`subscribe ${topicFilter} ${reasonCode}`);
          if (topicFilter === "a/+") subscribe(told.client, [{ topicFilter: "c" }]);
        },
      },
    );
    subscribeWith(told.client, [{ topicFilter: "a/+" }, { topicFilter: "b/+" }]);
    assert.deepEqual(told.log, ["subscribe a/+ 162", "subscribe b/+ 162"]);
    assert.deepEqual(filters(told), [["c"]]);
  });

  it("asks again for what one server lacked when the next has it", () => {
    const told = createConnected({ wildcardSubscriptionAvailable: false });
    subscribeWith(told.client, [{ topicFilter: "a/+" }]);
    told.link.end();
    dial(told);
    accept(told);
    assert.deepEqual(filters(told), [["a/+"]]);
  });

  it("survives a handler that ends the connection while it is told of a refusal", () => {
    const told = createConnected(
      { wildcardSubscriptionAvailable: false },
      { onSubscribe: () => told.link.end() },
    );
    subscribeWith(told.client, [{ topicFilter: "a/+" }, { topicFilter: "b" }]);
    assert.deepEqual(told.link.packets(), []);
  });

  it("tells UNSUBACK's code of each filter", () => {
    const told = createConnected();
    subscribe(told.client, [{ topicFilter: "a" }, { topicFilter: "b" }]);
    suback(told, 1, [0, 0]);
    told.log.length = 0;
    unsubscribe(told.client, ["a", "b"]);
    told.link.receive({ cmd: "unsuback", messageId: 2, granted: [0, 0x11] });
    assert.deepEqual(told.log, ["unsubscribe a 0", "unsubscribe b 17"]);
  });

  for (const [what, bytes] of [
    ["fewer codes than filters", "\x90\x03\0\x01\0"],
    ["a code that is none [MQTT5-3.9.3-2]", "\x90\x04\0\x01\0\x03"],
    ["a code of other packets [MQTT5-3.9.3-2]", "\x90\x04\0\x01\0\x8a"],
    ["no properties", "\x90\x02\0\x01"],
  ] as const) {
    it(`ends the connection at a SUBACK with ${what}`, () => {
      const told = createConnected();
      subscribe(told.client, [{ topicFilter: "a" }]);
      told.link.receive(bytes);
      assert.match(told.log[0] ?? "", /^disconnect (129|130)/);
    });
  }

  for (const code of [0x01, 0x80 + 0x17]) {
    it(`ends the connection at an UNSUBACK with 0x${code.toString(16)}, a code of other packets [MQTT5-3.11.3-2]`, () => {
      const told = createConnected();
      unsubscribe(told.client, ["a"]);
      told.link.receive({ cmd: "unsuback", messageId: 1, granted: [code] });
      assert.deepEqual(told.log, ["disconnect 129 again"]);
    });
  }

  it("tells each code that SUBACK and UNSUBACK can have [MQTT5-3.9.3-2] [MQTT5-3.11.3-2]", () => {
    const told = createConnected();
    const tell = (codes: number[], ask: (filters: string[]) => void, answer: string): void => {
      told.log.length = 0;
      ask(codes.map(String));
      const id = told.link.packets().find(({ cmd }) => /subscribe$/.test(cmd))!.messageId!;
      const body = codes.map((code) => String.fromCharCode(code)).join("");
      told.link.receive(answer + String.fromCharCode(codes.length + 3, id >> 8, id & 255, 0) + body);
    };
    const filters = (names: string[]): Array<{ topicFilter: string }> =>
      names.map((topicFilter) => ({ topicFilter }));
    // A SUBSCRIBE names eight filters at most.
    for (const granted of [
      [0, 1, 2, 0x80, 0x83, 0x87, 0x8f, 0x91],
      [0x97, 0x9e, 0xa1, 0xa2],
    ]) {
      tell(granted, (names) => subscribe(told.client, filters(names)), "\x90");
      assert.deepEqual(
        told.log,
        granted.map((code) => `subscribe ${code} ${code}`),
      );
    }
    const left = [0, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91];
    tell(left, (names) => unsubscribe(told.client, names), "\xb0");
    assert.deepEqual(
      told.log,
      left.map((code) => `unsubscribe ${code} ${code}`),
    );
  });
});

describe("messages of MQTT 5.0", () => {
  it("come with their properties, and leave none to the next", () => {
    const told = createConnected();
    told.link.receive(message("t", "1", { contentType: "a", userProperties: { k: "v" } }));
    told.link.receive(message("t", "2"));
    told.link.receive(message("t", "3"));
    told.link.receive(message("t", "4", { contentType: "b" }));
    assert.deepEqual(told.log, [
      'message t 1 0 [3,"a",38,["k","v"]]',
      "message t 2 0",
      "message t 3 0",
      'message t 4 0 [3,"b"]',
    ]);
  });

  it("find their way by the identifiers that they name, and by their topic where they name none", () => {
    const heard: string[] = [];
    const told = createConnected();
    const taker = (name: string) => (): void => void heard.push(name);
    subscribeWith(told.client, [
      { topicFilter: "a/#", subscriptionIdentifier: 1, onMessage: taker("one") },
      { topicFilter: "a/b", subscriptionIdentifier: 2, onMessage: taker("two") },
      { topicFilter: "a/+", onMessage: taker("none") },
    ]);
    told.link.receive(message("a/b", "", { subscriptionIdentifier: 2 }));
    assert.deepEqual(heard.splice(0), ["two", "none"]);
    told.link.receive(message("a/b", "", { subscriptionIdentifier: [1, 2] }));
    assert.deepEqual(heard.splice(0), ["one", "two", "none"]);
    told.link.receive(message("a/b", ""));
    assert.deepEqual(heard.splice(0), ["one", "two", "none"]);
  });

  it("are acknowledged after their handler, and also when it throws", () => {
    const told = createConnected(
      {},
      {
        onMessage: () => {
          assert.deepEqual(told.link.packets(), []);
          throw new Error("a handler's");
        },
      },
    );
    const sent = message("t", "x", { contentType: "a" }, { qos: 1, messageId: 5 });
    assert.throws(() => told.link.receive(sent), /a handler's/);
    assert.equal(written(told, "puback")[0]?.messageId, 5);
    assert.equal(told.client.properties, "\0");
  });

  it("larger than what was said end the connection with 0x95 [MQTT5-3.1.2-24]", () => {
    const told = createConnected({}, { maximumPacketSize: 128 });
    told.link.receive(message("t", "x".repeat(200)));
    assert.equal(written(told, "disconnect")[0]?.reasonCode, 0x95);
  });

  it("may be as many at once as RECEIVE_MAXIMUM told the server, of any QoS above 0: else 0x93 [MQTT5-3.3.4-9]", () => {
    for (const [properties, maximum] of [
      [[], 32],
      [[RECEIVE_MAXIMUM, 2], 2],
      [[RECEIVE_MAXIMUM, 40], 40],
    ] as const) {
      for (const qos of [1, 2] as const) {
        const told = createConnected({}, { properties: [...properties] }, [qos2]);
        for (let messageId = 1; messageId <= maximum; messageId++)
          told.link.receive(message("t", "", {}, { qos: 2, messageId }));
        assert.ok(told.client.connected);
        // One that is sent again is none more.
        told.link.receive(message("t", "", {}, { qos: 2, messageId: 1, dup: true }));
        assert.ok(told.client.connected);
        told.link.receive(message("t", "", {}, { qos, messageId: maximum + 1 }));
        assert.equal(written(told, "disconnect")[0]?.reasonCode, 0x93);
      }
    }
  });

  it("without a topic and an alias end it with 0x82", () => {
    const told = createConnected();
    told.link.receive("\x30\x03\0\0\0");
    assert.equal(written(told, "disconnect")[0]?.reasonCode, 0x82);
  });

  it("come whole in any pieces of the stream", () => {
    const told = createVersion5Client();
    dial(told);
    accept(told);
    const stream = Array.from(
      { length: 20 },
      (_, index) => `\x30\x0d\0\x01t\x04\x03\0\x01a${index + 10}xyz`,
    ).join("");
    for (let size = 1; size < 30; size++) {
      told.log.length = 0;
      for (let at = 0; at < stream.length; at += size) told.link.receive(stream.slice(at, at + size));
      assert.equal(told.log.length, 20, `pieces of ${size}`);
      assert.equal(told.log[19], 'message t 29xyz 0 [3,"a"]');
    }
  });
});
