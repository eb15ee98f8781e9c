import assert from "node:assert/strict";
import fc from "fast-check";
import { subscribe, unsubscribe } from "../../src/index.ts";
import type { Subscription } from "../../src/index.ts";
import { check, topicBytes } from "../support/arbitraries.ts";
import { createConnectedClient, createLoggedClient, reconnect, dial } from "../support/fake-link.ts";
import type { Told } from "../support/fake-link.ts";

const on = (topicFilter: string, qos: 0 | 1 = 0): Subscription => ({ topicFilter, qos });

/** What was asked of the server since the last look: `+filter qos` and `-filter`, each packet in brackets. */
function asked(told: Told): string[] {
  return told.link.packets().map((packet) => {
    if (packet.cmd === "subscribe")
      return packet.subscriptions.map(({ topic, qos }) => `+${topic} ${qos}`).join(" ");
    return packet.cmd === "unsubscribe"
      ? packet.unsubscriptions.map((topic) => `-${topic}`).join(" ")
      : packet.cmd;
  });
}

function suback(told: Told, messageId: number, ...granted: number[]): void {
  told.link.receive({ cmd: "suback", messageId, granted });
}

function afterReconnect(told: Told, sessionPresent: boolean): string[] {
  reconnect(told, sessionPresent);
  return asked(told);
}

function send(told: Told, topic: string, retain = false): string[] {
  told.log.length = 0;
  told.link.receive({ cmd: "publish", topic, payload: "x", qos: 0, dup: false, retain });
  return told.log;
}

describe("subscribe", () => {
  it("asks for many filters in one packet and reports each", () => {
    const told = createConnectedClient();
    assert.equal(subscribe(told.client, [on("a"), on("b/+", 1), on("c/#")]), 0);
    assert.deepEqual(asked(told), ["+a 0 +b/+ 1 +c/# 0"]);
    suback(told, 1, 0, 1, 0x80);
    assert.deepEqual(told.log, ["subscribe a 0", "subscribe b/+ 1", "subscribe c/# 128"]);
  });

  it("writes what mqtt-packet reads, for any filters [MQTT-3.8.1-1] [MQTT-3.10.1-1]", () => {
    check(
      fc.property(
        fc.uniqueArray(topicBytes(), { minLength: 1, maxLength: 20 }),
        fc.boolean(),
        (bytes, high) => {
          const told = createConnectedClient();
          const filters = bytes.map((topic) => Buffer.from(topic, "latin1").toString());
          subscribe(
            told.client,
            bytes.map((topic) => on(topic, high ? 1 : 0)),
          );
          // Eight to a packet, the next one behind the answer.
          for (let at = 0, id = 1; at < filters.length; at += 8, id++) {
            const some = filters.slice(at, at + 8);
            assert.deepEqual(asked(told), [some.map((filter) => `+${filter} ${high ? 1 : 0}`).join(" ")]);
            suback(told, id, ...some.map(() => 0));
          }
          assert.deepEqual(asked(told), []);
          unsubscribe(told.client, bytes);
          assert.deepEqual(asked(told), [
            filters
              .slice(0, 8)
              .map((filter) => `-${filter}`)
              .join(" "),
          ]);
        },
      ),
    );
  });

  it("takes none when one filter is invalid", () => {
    const told = createConnectedClient();
    assert.equal(subscribe(told.client, [on("a"), on("a/#/b")]), -0x8f);
    assert.deepEqual(asked(told), []);
    assert.deepEqual(afterReconnect(told, false), []);
  });

  it("waits for the connection", () => {
    const told = createLoggedClient();
    subscribe(told.client, [on("a")]);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    assert.deepEqual(asked(told), ["+a 0"]);
  });

  it("asks for the next only when the last was answered, so that each answer finds its filters", () => {
    const told = createConnectedClient();
    subscribe(told.client, [on("a"), on("b")]);
    subscribe(told.client, [on("a", 1)]);
    assert.deepEqual(asked(told), ["+a 0 +b 0"]);
    suback(told, 1, 0, 0x80);
    assert.deepEqual(asked(told), ["+a 1"]);
    suback(told, 2, 1);
    assert.deepEqual(told.log, ["subscribe a 0", "subscribe b 128", "subscribe a 1"]);
  });

  for (const [what, bytes, reasonCode] of [
    ["fewer codes than filters", "\x90\x03\0\x01\0", 0x82],
    ["more codes than filters", "\x90\x05\0\x01\0\0\0", 0x82],
    ["another packet id", "\x90\x04\0\x02\0\0", 0x82],
    ["a code that is none [MQTT-3.9.3-2]", "\x90\x04\0\x01\0\x03", 0x81],
  ] as const) {
    it(`disconnects at a SUBACK with ${what}`, () => {
      const told = createConnectedClient();
      subscribe(told.client, [on("a"), on("b")]);
      told.link.receive(bytes);
      assert.deepEqual(told.log, [`disconnect ${reasonCode} again`]);
    });
  }
});

describe("within onConnect", () => {
  /** What a client with these handlers of its connections writes, connection by connection; each request is answered. */
  const conversation = (...handlers: Array<(told: Told) => void>): string[][] => {
    let connection = -1;
    const told = createLoggedClient({ clean: false, onConnect: () => handlers[connection]!(told) });
    return handlers.map(() => {
      connection++;
      if (told.link.isOpen) told.link.end();
      dial(told);
      told.link.establish();
      told.link.packets();
      told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: connection > 0 });
      const written: string[] = [];
      for (let packets = told.link.packets(); packets.length; packets = told.link.packets())
        for (const packet of packets) {
          const messageId = packet.messageId!;
          if (packet.cmd === "subscribe") {
            written.push(`+${packet.subscriptions.map(({ topic }) => topic).join()}`);
            suback(told, messageId, ...packet.subscriptions.map(() => 0));
          } else if (packet.cmd === "unsubscribe") {
            written.push(`-${packet.unsubscriptions.join()}`);
            told.link.receive({ cmd: "unsuback", messageId, granted: [] });
          }
        }
      assert.equal(told.link.isOpen, true);
      return written;
    });
  };

  it("a filter is asked for once, on each connection", () => {
    const act = (told: Told): void => void subscribe(told.client, [on("a")]);
    assert.deepEqual(conversation(act, act, act), [["+a"], ["+a"], ["+a"]]);
  });

  it("filters leave and come, each once", () => {
    const both = conversation(
      (told) => void subscribe(told.client, [on("a"), on("b")]),
      (told) => {
        unsubscribe(told.client, ["a"]);
        subscribe(told.client, [on("c")]);
      },
    );
    assert.deepEqual(both, [["+a,b"], ["-a", "+c"]]);
    const one = conversation(function (told) {
      subscribe(told.client, [on("a")]);
      unsubscribe(told.client, ["a"]);
    });
    assert.deepEqual(one, [["+a", "-a"]]);
  });

  it("a request goes again that the connection before left unanswered", () => {
    const told = createLoggedClient({ onConnect: () => undefined });
    for (let connection = 0; connection < 3; connection++) {
      if (connection) told.link.end();
      dial(told);
      told.link.establish();
      told.link.packets();
      told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
      if (!connection) subscribe(told.client, [on("a")]);
      assert.deepEqual(asked(told), ["+a 0"]);
    }
  });
});

describe("after a reconnect", () => {
  it("restores all subscriptions when the server has no session", () => {
    const told = createConnectedClient({ clean: false });
    subscribe(told.client, [on("a"), on("b", 1)]);
    suback(told, 1, 0, 1);
    told.link.packets();
    assert.deepEqual(afterReconnect(told, false), ["+a 0 +b 1"]);
  });

  it("leaves them alone when the server has them, and asks for what it never answered", () => {
    const told = createConnectedClient({ clean: false });
    subscribe(told.client, [on("a"), on("refused")]);
    suback(told, 1, 0, 0x80);
    subscribe(told.client, [on("b")]);
    told.link.packets();
    assert.deepEqual(afterReconnect(told, true), ["+refused 0 +b 0"]);
  });

  it("does not ask again for what was refused on the same connection", () => {
    const told = createConnectedClient();
    subscribe(told.client, [on("refused")]);
    suback(told, 1, 0x80);
    told.link.packets();
    subscribe(told.client, [on("a")]);
    assert.deepEqual(asked(told), ["+a 0"]);
  });
});

describe("unsubscribe", () => {
  it("asks in one packet, reports, and hears no more", () => {
    const told = createConnectedClient();
    const heard: string[] = [];
    subscribe(told.client, [{ topicFilter: "a", onMessage: (topic) => heard.push(topic) }]);
    suback(told, 1, 0);
    told.link.packets();
    unsubscribe(told.client, ["a", "b"]);
    assert.deepEqual(asked(told), ["-a -b"]);
    send(told, "a");
    assert.deepEqual(heard, []);
    told.log.length = 0;
    told.link.receive({ cmd: "unsuback", messageId: 2, granted: [] });
    assert.deepEqual(told.log, ["unsubscribe a", "unsubscribe b"]);
  });

  it("reaches a session that the server kept while we were away", () => {
    const told = createConnectedClient({ clean: false });
    subscribe(told.client, [on("a"), on("b")]);
    suback(told, 1, 0, 0);
    told.link.end();
    unsubscribe(told.client, ["a"]);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: true });
    assert.deepEqual(asked(told), ["-a"]);
  });

  it("has nothing to do when the server forgot the session", () => {
    const told = createConnectedClient({ clean: false });
    subscribe(told.client, [on("a"), on("b")]);
    suback(told, 1, 0, 0);
    unsubscribe(told.client, ["a"]);
    told.link.packets();
    assert.deepEqual(afterReconnect(told, false), ["+b 0"]);
  });

  it("is undone by subscribing again", () => {
    const told = createConnectedClient({ clean: false });
    told.link.end();
    unsubscribe(told.client, ["a"]);
    subscribe(told.client, [on("a")]);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: true });
    assert.deepEqual(asked(told), ["+a 0"]);
  });
});

describe("routing", () => {
  function routed(): { told: Told; heard: string[] } {
    const told = createConnectedClient();
    const heard: string[] = [];
    subscribe(
      told.client,
      ["a/b", "a/+", "a/#", "$share/group/s/+", "$SYS/#", "#"].map((topicFilter) => ({
        topicFilter,
        onMessage: (topic: string, _payload: string, flags: number) =>
          heard.push(`${topicFilter} ${topic} ${flags}`),
      })),
    );
    suback(told, 1, 0, 0, 0, 0, 0, 0);
    return { told, heard };
  }

  for (const [topic, filters] of [
    ["a/b", ["a/b", "a/+", "a/#", "#"]],
    ["a", ["a/#", "#"]],
    ["a/b/c", ["a/#", "#"]],
    ["s/1", ["$share/group/s/+", "#"]],
    ["$SYS/load", ["$SYS/#"]],
    ["other", ["#"]],
  ] as const) {
    it(`hands ${topic} to ${filters.join(", ")}`, () => {
      const { told, heard } = routed();
      assert.deepEqual(send(told, topic), []);
      assert.deepEqual(
        heard,
        filters.map((filter) => `${filter} ${topic} 0`),
      );
    });
  }

  it("tells retained messages from fresh ones", () => {
    const { told, heard } = routed();
    send(told, "other", true);
    assert.deepEqual(heard, ["# other 1"]);
  });

  it("hands a topic that comes again to all that want it by then", () => {
    const told = createConnectedClient();
    const heard: string[] = [];
    const by = (name: string, topicFilter: string): Subscription => ({
      topicFilter,
      onMessage: (topic, payload, flags) => heard.push(`${name}: ${topic} ${payload} ${flags}`),
    });
    subscribe(told.client, [by("one", "a/b")]);
    send(told, "a/b");
    send(told, "a/b");
    send(told, "a/b", true);
    assert.deepEqual(heard.splice(0), ["one: a/b x 0", "one: a/b x 0", "one: a/b x 1"]);
    subscribe(told.client, [by("two", "a/+")]);
    send(told, "a/b");
    assert.deepEqual(heard.splice(0), ["one: a/b x 0", "two: a/b x 0"]);
    unsubscribe(told.client, ["a/b"]);
    send(told, "a/b");
    send(told, "a/bc");
    assert.deepEqual(heard, ["two: a/b x 0", "two: a/bc x 0"]);
  });

  it("gives what nobody takes to onMessage", () => {
    const told = createConnectedClient();
    subscribe(told.client, [on("a/+")]);
    assert.deepEqual(send(told, "a/b"), ["message a/b x 0"]);
    assert.deepEqual(send(told, "c"), ["message c x 0"]);
  });

  it("survives handlers that subscribe and unsubscribe", () => {
    const told = createConnectedClient();
    const heard: string[] = [];
    subscribe(told.client, [
      { topicFilter: "+", onMessage: () => unsubscribe(told.client, ["+", "#"]) },
      { topicFilter: "#", onMessage: (topic) => heard.push(topic) },
    ]);
    send(told, "a");
    send(told, "b");
    assert.deepEqual(heard, ["a"]);
  });

  it("answers ids that are not in use by a message", () => {
    const told = createConnectedClient();
    assert.equal(told.client._lastId, 0);
    subscribe(told.client, [on("a")]);
    assert.equal(told.client._askedId, 1);
  });
});
