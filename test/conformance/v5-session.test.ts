/** What MQTT 5.0 asks of a session, over connections and within one, on the minified client. */
import assert from "node:assert/strict";
import type { Version5Options } from "../../src/index.ts";
import { message, written } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { ristretto } from "./conversation.ts";
import { accept, createConnected, createVersion5Client, linesOf, resume } from "./wire5.ts";
import { dial } from "../support/fake-link.ts";

const { disconnectWith, publish, qos2, QOS_1, QOS_2, SESSION_EXPIRY_INTERVAL, subscribe } = ristretto;

/** The client identifier in the CONNECT that a client sends whose link stands now, without clean start once it has a name. */
function open(told: Version5Told): string | undefined {
  dial(told, ristretto);
  told.link.establish();
  const [packet] = written(told, "connect");
  // Who has no name yet has no session.
  assert.equal(packet?.clean, !packet?.clientId);
  return packet?.clientId;
}

const answer = (told: Version5Told, cmd: "puback" | "pubrec" | "pubrel", messageId: number): void =>
  told.link.receive({ cmd, messageId, reasonCode: 0 });

/** A client with all that a session has: each packet of QoS 1 and 2 under way in a state of its own, and a subscription. */
function busy(settings: Partial<Version5Options>): Version5Told {
  const told = createConnected({}, settings, [qos2]);
  subscribe(told.client, [{ topicFilter: "f" }]);
  told.link.receive({ cmd: "suback", messageId: 1, granted: [0] });
  for (const flags of [QOS_1, QOS_2, QOS_2]) publish(told.client, "t", "x", flags);
  answer(told, "pubrec", 4);
  told.link.receive(message("f", "once", {}, { qos: 2, messageId: 9 }));
  told.link.packets();
  return told;
}

describe("the session of 5.0", () => {
  it("is one of the client id, the same in each CONNECT, the server's own too [MQTT5-3.1.3-2]", () => {
    for (const [clientId, assigned] of [
      ["hall", ""],
      ["", "given"],
    ] as const) {
      const told = createVersion5Client({ clientId, clean: false });
      const ids = [open(told)];
      for (let connection = 0; connection < 3; connection++) {
        const isNew = connection === 0 && assigned;
        accept(told, isNew ? { assignedClientIdentifier: assigned } : {}, connection > 0);
        told.link.end();
        ids.push(open(told));
      }
      const then = clientId || assigned;
      assert.deepEqual(ids, [clientId, then, then, then]);
    }
  });

  for (const [what, settings] of [
    ["for ever", { clean: false }],
    ["a second", { clean: false, properties: [SESSION_EXPIRY_INTERVAL, 1] }],
  ] as const) {
    it(`is kept over connections with a session expiry interval of ${what} [MQTT5-3.1.2-23]`, () => {
      const told = busy(settings as Partial<Version5Options>);
      for (let connection = 0; connection < 3; connection++) {
        resume(told, true);
        const found = linesOf(told);
        assert.deepEqual(found.sort(), ["publish dup 2", "publish dup 3", "pubrel 4"]);
        // The message that was told before its PUBREL is not told again.
        told.link.receive(message("f", "once", {}, { qos: 2, messageId: 9, dup: true }));
        assert.deepEqual(linesOf(told), ["pubrec 9"]);
        assert.deepEqual(told.log, ["connect true"]);
      }
      answer(told, "pubrel", 9);
      assert.deepEqual(linesOf(told), ["pubcomp 9"]);
    });
  }

  it("is new with clean start: messages leave as new ones, and the server is asked again for all filters [MQTT5-3.1.2-4]", () => {
    for (const properties of [[], [SESSION_EXPIRY_INTERVAL, 3600]]) {
      const told = busy({ clean: true, properties });
      resume(told, false);
      assert.deepEqual(linesOf(told).slice(0, 2), ["publish 2", "publish 3"]);
      assert.equal(told.client.resent, 0);
    }
  });

  it("is discarded where the server has none: nothing of it is sent again, and a packet id that was taken is a new message's [MQTT5-3.2.2-5]", () => {
    const told = busy({ clean: false });
    resume(told, false);
    // What became of the one whose PUBREL was left nobody can tell.
    assert.deepEqual(told.log, ["drop 146 4 ", "connect false"]);
    const [first, second, third, ...more] = linesOf(told);
    assert.deepEqual([first, second, more], ["publish 2", "publish 3", []]);
    assert.match(third!, /^subscribe /);
    told.link.receive(message("f", "another", {}, { qos: 2, messageId: 9 }));
    assert.equal(told.log.at(-1), "message f another 4");
  });

  const broken = (told: Version5Told): void => {
    const { isOpen } = told.link;
    assert.deepEqual([isOpen, told.log], [false, ["disconnect 130 again"]]);
    assert.deepEqual(
      told.link.packets().map((packet) => "reasonCode" in packet && packet.reasonCode),
      [0x82],
    );
  };

  it("is not there with clean start: a server that says so is left with 0x82 [MQTT5-3.2.2-2] [MQTT5-3.2.2-4]", () => {
    const told = createVersion5Client({ clean: true, properties: [SESSION_EXPIRY_INTERVAL, 3600] });
    for (let connection = 0; connection < 2; connection++) {
      resume(told, true);
      broken(told);
      resume(told, false);
      assert.deepEqual(told.log, ["connect false"]);
    }
  });

  it("is not there once it has ended with its connection, by CONNECT, CONNACK or DISCONNECT: a server that says so is left with 0x82 [MQTT5-3.2.2-4]", () => {
    const ended: Array<() => Version5Told> = [
      () => createConnected({}, { clean: false, properties: [SESSION_EXPIRY_INTERVAL, 0] }),
      () => createConnected({ sessionExpiryInterval: 0 }, { clean: false }),
      () => {
        const told = createConnected({}, { clean: false });
        assert.equal(disconnectWith(told.client, 0, [SESSION_EXPIRY_INTERVAL, 0]), 0);
        return told;
      },
    ];
    for (const make of ended) {
      const told = make();
      resume(told, true);
      broken(told);
    }
    const lasting = createConnected(
      { sessionExpiryInterval: 10 },
      { clean: false, properties: [SESSION_EXPIRY_INTERVAL, 0] },
    );
    resume(lasting, true);
    assert.deepEqual(lasting.log, ["connect true"]);
  });

  it("is not there for a client without a name: a server that says so is left with 0x82 [MQTT5-3.2.2-4]", () => {
    const told = createVersion5Client({ clientId: "", clean: false });
    resume(told, true, { assignedClientIdentifier: "given" });
    broken(told);
  });

  it("is there from the second connection on for who begins with clean start, and then goes on [MQTT5-3.2.2-4]", () => {
    const told = createVersion5Client({
      clean: true,
      properties: [SESSION_EXPIRY_INTERVAL, 3600],
      onConnect(this: Version5Options) {
        this.clean = false;
      },
    });
    resume(told, true);
    broken(told);
    resume(told, false);
    resume(told, true);
    assert.equal(told.link.isOpen, true);
  });

  it("is the owner's word at the first connection of a program with `clean: false`, and goes on", () => {
    const told = createVersion5Client({ clean: false });
    resume(told, true);
    assert.deepEqual(told.log, ["connect true"]);
  });
});
