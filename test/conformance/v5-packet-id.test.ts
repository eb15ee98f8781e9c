/** What MQTT 5.0 asks of packet ids, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Packet } from "mqtt-packet";
import { check } from "../support/arbitraries.ts";
import { ristretto } from "./conversation.ts";
import { bytesOf, connected, endOf, ends, idOf, incoming, packetOf, resume } from "./wire5.ts";

const { publish, QOS_1, QOS_2, subscribe, unsubscribe } = ristretto;

describe("the packet id of 5.0", () => {
  it("is above 0, free, and anew for each PUBLISH, SUBSCRIBE and UNSUBSCRIBE [MQTT5-2.2.1-3]", () => {
    const told = connected({}, { receiveMaximum: 20 });
    /** What the server owes for each that is under way, by packet id. */
    const underWay = new Map<number, string[]>();
    const seen = new Set<number>();
    const owed = (packet: Packet): string[] => {
      const id = idOf(packet.messageId!);
      if (packet.cmd === "subscribe")
        return [packetOf(0x90, `${id}\0${"\0".repeat(packet.subscriptions.length)}`)];
      if (packet.cmd === "unsubscribe")
        return [packetOf(0xb0, `${id}\0${"\0".repeat(packet.unsubscriptions.length)}`)];
      return packet.cmd === "publish" && packet.qos === 1
        ? [`\x40\x02${id}`]
        : [`\x50\x02${id}`, `\x70\x02${id}`];
    };
    const step = (choice: number, index: number): void => {
      if (underWay.size > 15) {
        const packetId = [...underWay.keys()][index % underWay.size]!;
        const answers = underWay.get(packetId)!;
        underWay.delete(packetId);
        for (const answer of answers) told.link.receive(answer);
      } else if (choice < 8) publish(told.client, "t", "x", choice % 2 ? QOS_1 : QOS_2);
      else if (choice === 8) subscribe(told.client, [{ topicFilter: `f${index}` }]);
      else unsubscribe(told.client, [`f${index}`]);
      for (const packet of told.link.packets()) {
        if (packet.cmd === "pubrel") continue;
        const packetId = packet.messageId!;
        assert.ok(packetId > 0 && !underWay.has(packetId), `${packet.cmd} ${packetId}`);
        underWay.set(packetId, owed(packet));
        seen.add(packetId);
      }
      told.log.length = 0;
      told.link.bytes = "";
    };
    // All packet ids, and on from the first.
    check(fc.property(fc.nat(9), fc.nat(15), step), 160000);
    assert.equal(seen.size, 65535);
    assert.equal(told.client.dropped, 0);
  }).timeout(120000);

  it("is the same in the PUBLISH that is sent again, its PUBREL, and what the server is answered [MQTT5-2.2.1-5]", () => {
    for (const packetId of [1, 255, 256, 65535]) {
      const id = idOf(packetId);
      const told = connected();
      told.link.receive(incoming(QOS_1, "t", packetId, "", "x"));
      assert.deepEqual(bytesOf(told), [`\x40\x02${id}`]);
      told.link.receive(incoming(QOS_2, "t", packetId, "", "x"));
      assert.deepEqual(bytesOf(told), [`\x50\x02${id}`]);
      told.link.receive(`\x62\x02${id}`);
      assert.deepEqual(bytesOf(told), [`\x70\x02${id}`]);
    }
    const told = connected({}, { clean: false, receiveMaximum: 20 });
    for (let packetId = 1; packetId < 10; packetId++) publish(told.client, "t", "", QOS_2);
    bytesOf(told);
    told.link.receive("\x50\x02\0\x07");
    assert.deepEqual(bytesOf(told), ["\x62\x02\0\x07"]);
    resume(told, true);
    const again = bytesOf(told);
    assert.deepEqual(
      again.filter((packet) => packet.startsWith("\x62")),
      ["\x62\x02\0\x07"],
    );
    assert.deepEqual(
      again.filter((packet) => packet.startsWith("\x3c")).map((packet) => packet.charCodeAt(6)),
      [1, 2, 3, 4, 5, 6, 8, 9],
    );
  });

  it("of an acknowledgement that the server gives belongs to a message under way, or ends nothing [MQTT5-2.2.1-5]", () => {
    const told = connected();
    publish(told.client, "t", "", QOS_1);
    publish(told.client, "t", "", QOS_2);
    bytesOf(told);
    for (const id of ["\0\x03", "\x01\0", "\xff\xff"])
      for (const first of ["\x40", "\x70"]) told.link.receive(`${first}\x02${id}`);
    assert.deepEqual([told.log, bytesOf(told)], [[], []]);
    // Of PUBREC the server is told so.
    told.link.receive("\x50\x02\0\x09");
    assert.deepEqual(bytesOf(told), ["\x62\x03\0\x09\x92"]);
    told.link.receive("\x40\x02\0\x01");
    assert.deepEqual(told.log, ["acknowledge 1"]);
  });

  it("of a message from the server is not 0, or the connection ends with 0x81 [MQTT5-2.2.1-4]", () => {
    for (const flags of [QOS_1, QOS_2, QOS_1 | 8])
      assert.deepEqual(endOf(connected(), incoming(flags, "t", 0, "", "x")), ends(0x81));
  });

  it("of a message from the server is free, or at QoS 2 it is the same message [MQTT5-2.2.1-4]", () => {
    const told = connected();
    told.link.receive(incoming(QOS_2, "t", 5, "", "one") + incoming(QOS_2, "t", 5, "", "two"));
    assert.deepEqual(told.log, ["message t one 4"]);
    told.link.receive(`\x62\x02\0\x05${incoming(QOS_2, "t", 5, "", "three")}`);
    assert.deepEqual(told.log, ["message t one 4", "message t three 4"]);
  });

  it("of SUBACK and UNSUBACK is that of the request, or the connection ends with 0x82 [MQTT5-2.2.1-6]", () => {
    for (const id of ["\0\0", "\0\x02", "\x01\0", "\xff\xff"]) {
      const subscribing = connected();
      subscribe(subscribing.client, [{ topicFilter: "f" }]);
      assert.deepEqual(endOf(subscribing, `\x90\x04${id}\0\0`), ends(0x82));
      const leaving = connected();
      unsubscribe(leaving.client, ["f"]);
      assert.deepEqual(endOf(leaving, `\xb0\x04${id}\0\0`), ends(0x82));
    }
    const told = connected();
    subscribe(told.client, [{ topicFilter: "f" }]);
    told.link.receive("\x90\x04\0\x01\0\0");
    unsubscribe(told.client, ["f"]);
    told.link.receive("\xb0\x04\0\x02\0\0");
    assert.deepEqual(told.log, ["subscribe f 0", "unsubscribe f 0"]);
  });

  it("is in no message of QoS 0 from the server: what stands there is the property length [MQTT5-2.2.1-2]", () => {
    const told = connected();
    told.link.receive("\x30\x06\0\x01t\0ab");
    assert.deepEqual(told.log, ["message t ab 0"]);
  });
});
