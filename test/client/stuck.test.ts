import assert from "node:assert/strict";
import {
  connect,
  disconnect,
  FIRST,
  publish,
  QOS_1,
  QOS_2,
  qos2,
  RETAIN,
  subscribe,
  tick,
  unsubscribe,
} from "../../src/index.ts";
import {
  BLAMELESS,
  createConnectedClient,
  createLoggedClient,
  dial,
  pass,
  reconnect,
} from "../support/fake-link.ts";
import type { Told } from "../support/fake-link.ts";

/** Topics of the messages that were written since the last look. */
const topics = (told: Told): string[] =>
  told.link.packets().flatMap((packet) => (packet.cmd === "publish" ? [packet.topic] : []));

/** Passes seconds in which the server answers pings, and nothing else. */
function passWithPings(told: Told, seconds: number): void {
  for (; seconds; seconds--) {
    tick(told.client);
    for (const { cmd } of told.link.packets()) if (cmd === "pingreq") told.link.receive({ cmd: "pingresp" });
  }
}

describe("an acknowledgement that never comes", () => {
  it("of a message ends the living connection with 0xC9 after a minute, and the next one has it again", () => {
    const told = createConnectedClient({ clean: false, keepalive: 20 });
    for (let count = 0; count < 8; count++) publish(told.client, "t", `${count}`, QOS_1);
    publish(told.client, "t", "waits", QOS_1);
    passWithPings(told, 60);
    assert.deepEqual(told.log, []);
    passWithPings(told, 1);
    assert.deepEqual(told.log, ["disconnect 201 again"]);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: true });
    assert.equal(topics(told).length, 8);
    assert.equal(told.client.resent, 8);
  });

  it("is counted anew for each message that becomes the oldest", () => {
    const told = createConnectedClient({ ackTimeout: 10000 });
    for (let id = 1; id <= 5; id++) publish(told.client, "t", "", QOS_1);
    for (let id = 1; id <= 5; id++) {
      passWithPings(told, 9);
      told.link.receive({ cmd: "puback", messageId: id });
    }
    assert.deepEqual(
      told.log,
      [1, 2, 3, 4, 5].map((id) => `acknowledge ${id}`),
    );
  });

  for (const step of ["pubrec", "pubcomp"])
    it(`of QoS 2 is missed at its ${step}, too`, () => {
      const told = createLoggedClient({ clean: false, ackTimeout: 5000 }, [qos2]);
      dial(told);
      told.link.establish();
      told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
      publish(told.client, "t", "", QOS_2);
      if (step === "pubcomp") told.link.receive({ cmd: "pubrec", messageId: 1 });
      passWithPings(told, 6);
      assert.equal(told.log.at(-1), "disconnect 201 again");
    });

  for (const [what, ask] of [
    ["SUBSCRIBE", (told: Told): unknown => subscribe(told.client, [{ topicFilter: "f" }])],
    ["UNSUBSCRIBE", (told: Told): unknown => unsubscribe(told.client, ["f"])],
  ] as const)
    it(`of a ${what} ends the connection with 0xC9 as well`, () => {
      const told = createConnectedClient({ keepalive: 20 });
      ask(told);
      passWithPings(told, 59);
      assert.deepEqual(told.log, []);
      passWithPings(told, 2);
      assert.deepEqual(told.log, ["disconnect 201 again"]);
    });
});

describe("a message that the server hangs up on", () => {
  /** The next connection: the server acknowledges what it gets up to the poison, at which it hangs up. */
  function meet(told: Told): void {
    dial(told);
    told.link.establish();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: true });
    serve(told);
  }
  function serve(told: Told): void {
    for (let packets = told.link.packets(); packets.length; packets = told.link.packets())
      for (const packet of packets) {
        if (!told.link.isOpen || packet.cmd !== "publish") continue;
        if (packet.topic === "poison") told.link.end();
        else if (packet.qos) told.link.receive({ cmd: "puback", messageId: packet.messageId! });
      }
  }

  it("is dropped with 0xCA at the third loss, also behind a status that goes first, and nothing else is lost", () => {
    const told: Told = createLoggedClient({
      clean: false,
      onConnect: () => void publish(told.client, "status", "online", QOS_1 | RETAIN | FIRST),
    });
    for (const topic of ["before", "poison", "behind", "last"]) publish(told.client, topic, "", QOS_1);
    for (let connection = 1; connection <= 3; connection++) {
      assert.equal(told.client.dropped, 0);
      meet(told);
    }
    assert.deepEqual(
      told.log.filter((line) => line.startsWith("drop")),
      ["drop 202 2 poison"],
    );
    meet(told);
    assert.equal(told.client.connected, true);
    const acknowledged = told.log.filter((line) => /^acknowledge [134]$/.test(line));
    assert.deepEqual(acknowledged.sort(), ["acknowledge 1", "acknowledge 3", "acknowledge 4"]);
    assert.equal(told.client.dropped, 1);
  });

  it("is another one at each loss where packet ids begin anew: none is blamed for those before", () => {
    const told = createConnectedClient({ clean: false });
    const acknowledge = (messageId: number): void => told.link.receive({ cmd: "puback", messageId });
    told.client._lastId = 65530;
    for (let loss = 0; loss < 12; loss++) {
      acknowledge(publish(told.client, "t", "", QOS_1));
      const left = publish(told.client, "t", "", QOS_1);
      reconnect(told, true);
      acknowledge(left);
    }
    assert.equal(told.client._lastId, 19);
    assert.equal(told.client.resent, 12);
    assert.equal(told.client.dropped, 0);
  });

  it("is not blamed for a connection that lasted, nor for one that we ended ourselves: no network, no memory", () => {
    const told = createConnectedClient({ clean: false });
    publish(told.client, "t", "", QOS_1);
    for (const [lasted, reasonCode] of [
      [BLAMELESS, 0xc3],
      [0, 0xc4],
      [0, 0x97],
    ] as const)
      for (let count = 0; count < 4; count++) {
        pass(told, lasted);
        told.link.end(reasonCode);
        dial(told);
        told.link.establish();
        told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: true });
      }
    assert.equal(told.client.dropped, 0);
  });
});

describe("a filter that the server hangs up on", () => {
  it("is reported with 0xCA at the third loss and not asked for again, and all others are granted", () => {
    const told = createConnectedClient();
    const filters = ["a", "b", "poison", "c", "d", "e", "f", "g", "h", "i"];
    const granted = new Set<string>();
    subscribe(
      told.client,
      filters.map((topicFilter) => ({ topicFilter })),
    );
    for (let connection = 0; connection < 6 && granted.size < 9; connection++) {
      for (
        let packets = told.link.packets();
        packets.length && told.link.isOpen;
        packets = told.link.packets()
      )
        for (const packet of packets) {
          if (packet.cmd !== "subscribe") continue;
          assert.ok(packet.subscriptions.length <= 8);
          const asked = packet.subscriptions.map(({ topic }) => topic);
          if (asked.includes("poison")) {
            told.link.end();
            break;
          }
          for (const topic of asked) granted.add(topic);
          told.link.receive({ cmd: "suback", messageId: packet.messageId!, granted: asked.map(() => 0) });
        }
      if (told.link.isOpen) break;
      dial(told);
      told.link.establish();
      told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    }
    assert.deepEqual([...granted].sort(), filters.filter((filter) => filter !== "poison").sort());
    assert.deepEqual(
      told.log.filter((line) => line.includes("poison")),
      ["subscribe poison 202"],
    );
  });
});

describe("connect() in a disconnect handler", () => {
  for (const reconnectPeriod of [1000, 0])
    it(`makes at most one attempt a second, with a reconnect period of ${reconnectPeriod}`, () => {
      const told: Told = createLoggedClient({
        reconnectPeriod,
        onDisconnect: () => {
          connect(told.client);
        },
      });
      connect(told.client);
      for (let second = 0; second < 60; second++) {
        if (told.link.isOpen) told.link.end(0xc1);
        if (told.link.isOpen) told.link.end(0xc1);
        tick(told.client);
      }
      assert.ok(told.link.opened <= 61, `${told.link.opened} attempts`);
      assert.ok(told.link.opened > 55);
    });

  it("leaves a refusal its own delay", () => {
    const told: Told = createLoggedClient({
      onDisconnect: () => {
        connect(told.client);
      },
    });
    connect(told.client);
    told.link.establish();
    told.link.receive({ cmd: "connack", returnCode: 5, sessionPresent: false });
    pass(told, 119);
    assert.equal(told.link.opened, 1);
    pass(told, 1);
    assert.equal(told.link.opened, 2);
  });

  it("is obeyed in the next second after disconnect(), whatever it waited for", () => {
    const told = createLoggedClient();
    connect(told.client);
    told.link.establish();
    told.link.receive({ cmd: "connack", returnCode: 5, sessionPresent: false });
    disconnect(told.client);
    pass(told, 1);
    connect(told.client);
    assert.equal(told.link.opened, 2);
  });
});

describe("the reconnect delay", () => {
  it("begins at its shortest again where something was acknowledged on the connection", () => {
    const { random } = Math;
    Math.random = () => 0.999;
    try {
      const delays: number[] = [];
      const told: Told = createLoggedClient({
        clean: false,
        onDisconnect: (_reasonCode, seconds) => delays.push(seconds),
      });
      connect(told.client);
      for (let count = 0; count < 4; count++) {
        told.link.end(0xc1);
        for (let second = 0; second < 120 && !told.link.isOpen; second++) tick(told.client);
      }
      assert.deepEqual(delays, [1, 2, 4, 8]);
      told.link.establish();
      told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
      const messageId = publish(told.client, "t", "", QOS_1);
      told.link.receive({ cmd: "puback", messageId });
      reconnect(told, true, BLAMELESS);
      assert.equal(delays.at(-1), 1);
    } finally {
      Math.random = random;
    }
  });
});

describe("packet id 0", () => {
  for (const [name, packet] of [
    ["PUBACK", "\x40\x02\0\0"],
    ["PUBREC", "\x50\x02\0\0"],
    ["PUBREL", "\x62\x02\0\0"],
    ["PUBCOMP", "\x70\x02\0\0"],
  ] as const)
    it(`in ${name} belongs to no message, and ends the connection with 0x82`, () => {
      const told = createLoggedClient({}, [qos2]);
      dial(told);
      told.link.establish();
      told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
      told.link.receive(packet);
      assert.equal(told.log.at(-1), "disconnect 130 again");
    });
});
