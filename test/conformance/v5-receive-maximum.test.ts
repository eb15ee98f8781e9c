/** What MQTT 5.0 asks of the receive maximum, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Properties } from "../../src/index.ts";
import { check } from "../support/arbitraries.ts";
import { ristretto } from "./conversation.ts";
import { bytes, connected, endOf, ends, incoming, resume } from "./wire5.ts";

const { publish, QOS_1, QOS_2, RECEIVE_MAXIMUM, subscribe, tick, unsubscribe } = ristretto;

describe("the receive maximum of 5.0", () => {
  it("bounds the messages of QoS 1 and 2 that are under way, of whatever length their exchanges are [MQTT5-3.3.4-7]", () => {
    const steps = fc.array(
      fc.tuple(fc.constantFrom("publish 1", "publish 2", "answer", "refuse"), fc.nat(20)),
      {
        maxLength: 60,
      },
    );
    check(
      fc.property(steps, fc.integer({ min: 1, max: 6 }), (given, receiveMaximum) => {
        const told = connected({ receiveMaximum }, { receiveMaximum: 20, queueBytes: 65535 });
        /** What the server has not ended, by packet id: the next answer. */
        const underWay = new Map<number, "puback" | "pubrec" | "pubcomp">();
        const look = (): void => {
          for (const packet of told.link.packets()) {
            if (packet.cmd === "publish")
              underWay.set(packet.messageId!, packet.qos === 1 ? "puback" : "pubrec");
            if (packet.cmd === "pubrel") underWay.set(packet.messageId!, "pubcomp");
          }
          assert.ok(underWay.size <= receiveMaximum, `${underWay.size} of ${receiveMaximum}`);
        };
        for (const [what, index] of given) {
          const [packetId, cmd] = [...underWay][index % (underWay.size || 1)] ?? [];
          if (what.startsWith("publish")) publish(told.client, "t", "", what.endsWith("1") ? QOS_1 : QOS_2);
          else if (packetId && cmd) {
            const reasonCode = what === "refuse" && cmd !== "pubcomp" ? 0x97 : 0;
            if (cmd !== "pubrec" || reasonCode) underWay.delete(packetId);
            told.link.receive({ cmd, messageId: packetId, reasonCode });
          }
          look();
        }
        // None is held back for ever.
        while (underWay.size) {
          const [packetId, cmd] = [...underWay][0]!;
          underWay.delete(packetId);
          told.link.receive({ cmd, messageId: packetId, reasonCode: 0 });
          look();
        }
        const published = given.filter(([what]) => what.startsWith("publish")).length;
        assert.equal(told.log.filter((line) => /^(acknowledge|drop 151)/.test(line)).length, published);
      }),
    );
  });

  it("that is reached delays nothing but PUBLISH [MQTT5-3.3.4-8]", () => {
    const told = connected({ receiveMaximum: 1 }, { keepalive: 5 });
    for (let count = 0; count < 3; count++) publish(told.client, "t", "", QOS_2);
    assert.deepEqual(
      told.link.packets().map(({ cmd }) => cmd),
      ["publish"],
    );
    const next = (act: () => void): string[] => {
      act();
      return told.link.packets().map(({ cmd }) => cmd);
    };
    assert.deepEqual(
      next(() => subscribe(told.client, [{ topicFilter: "f" }])),
      ["subscribe"],
    );
    told.link.receive("\x90\x04\0\x04\0\0");
    assert.deepEqual(
      next(() => unsubscribe(told.client, ["f"])),
      ["unsubscribe"],
    );
    assert.deepEqual(
      next(() => told.link.receive(incoming(QOS_1, "f", 1, "", "x"))),
      ["puback"],
    );
    assert.deepEqual(
      next(() => told.link.receive(incoming(QOS_2, "f", 2, "", "x"))),
      ["pubrec"],
    );
    assert.deepEqual(
      next(() => told.link.receive("\x62\x02\0\x02")),
      ["pubcomp"],
    );
    assert.deepEqual(
      next(() => told.link.receive("\x50\x02\0\x01")),
      ["pubrel"],
    );
    assert.deepEqual(
      next(() => {
        for (let second = 0; second < 5; second++) tick(told.client);
      }),
      ["pingreq"],
    );
  });

  it("of the next connection delays no PUBREL that it owes [MQTT5-3.3.4-8]", () => {
    const told = connected({}, { clean: false });
    for (let count = 0; count < 5; count++) publish(told.client, "t", "", QOS_2);
    for (const packetId of [2, 3, 5]) told.link.receive(`\x50\x02\0${bytes(packetId)}`);
    resume(told, true, { receiveMaximum: 1 });
    const found = told.link.packets().map(({ cmd, messageId }) => `${cmd} ${messageId}`);
    assert.deepEqual(found.sort(), ["publish 1", "pubrel 2", "pubrel 3", "pubrel 5"]);
    for (const packetId of [2, 3, 5]) told.link.receive(`\x70\x02\0${bytes(packetId)}`);
    assert.deepEqual(told.link.packets(), []);
    told.link.receive("\x50\x02\0\x01\x70\x02\0\x01");
    assert.deepEqual(
      told.link.packets().map(({ cmd, messageId }) => `${cmd} ${messageId}`),
      ["pubrel 1", "publish 4"],
    );
  });

  it("that the client told is kept by the server, or the connection ends with 0x93 [MQTT5-3.3.4-9]", () => {
    for (const [properties, maximum] of [
      [[], 32],
      [[RECEIVE_MAXIMUM, 3], 3],
      [[RECEIVE_MAXIMUM, 100], 100],
    ] as Array<[Properties, number]>) {
      const told = connected({}, { properties, clean: false });
      const send = (packetId: number): string => incoming(QOS_2, "t", packetId, "", "x");
      for (let packetId = 1; packetId <= maximum; packetId++) told.link.receive(send(packetId));
      // One that has ended does not count; at QoS 1 each is acknowledged at once.
      told.link.receive("\x62\x02\0\x01");
      told.link.receive(incoming(QOS_1, "t", 1000, "", "x") + incoming(QOS_1, "t", 1001, "", "x"));
      told.link.receive(send(2000));
      assert.equal(told.log.length, maximum + 3);
      told.log.length = 0;
      assert.deepEqual(endOf(told, send(2001)), ends(0x93));
      // What the connection before left does not count, but once for all.
      resume(told, true);
      told.link.packets();
      for (let packetId = 3000; packetId < 3000 + maximum; packetId++) told.link.receive(send(packetId));
      assert.equal(told.log.length, maximum + 1);
      told.log.length = 0;
      assert.deepEqual(endOf(told, send(4000)), ends(0x93));
      resume(told, true);
      told.log.length = 0;
      assert.deepEqual(endOf(told, send(4001)), ends(0x93));
    }
  });
});
