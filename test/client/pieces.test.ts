import assert from "node:assert/strict";
import fc from "fast-check";
import { generate } from "mqtt-packet";
import {
  disconnect,
  pieces,
  publish,
  publishPieces,
  qos2,
  QOS_1,
  QOS_2,
  streaming,
  subscribe,
  subscribeWith,
  tick,
  version5,
} from "../../src/index.ts";
import type { Part, PieceHandler, Version5Options } from "../../src/index.ts";
import { check } from "../support/arbitraries.ts";
import { accept, createLoggedClient, reconnect, dial } from "../support/fake-link.ts";
import type { Told } from "../support/fake-link.ts";

function createClientWith(parts: Part[], options: Partial<Version5Options> = {}): Told {
  const told = createLoggedClient(options, parts);
  dial(told);
  if (options.protocolVersion === 5) {
    told.link.establish();
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: false });
    told.link.packets();
    told.log.length = 0;
  } else accept(told);
  return told;
}

/** Puts the pieces of one topic together, and counts the largest. */
function collector(): { onPiece: PieceHandler; wholes: string[]; largest: number } {
  let text = "";
  const collected = {
    wholes: [] as string[],
    largest: 0,
    onPiece: ((_topic, piece, offset, total) => {
      if (!offset) text = "";
      assert.equal(offset, text.length);
      text += piece;
      collected.largest = Math.max(collected.largest, piece.length);
      if (text.length === total) collected.wholes.push(text);
    }) as PieceHandler,
  };
  return collected;
}

const payloadOf = (size: number): string => "0123456789abcdef".repeat(Math.ceil(size / 16)).slice(0, size);
const large = (size: number, qos: 0 | 1 | 2 = 0, protocolVersion: 4 | 5 = 4): string =>
  generate(
    { cmd: "publish", topic: "big", payload: payloadOf(size), qos, messageId: 7, dup: false, retain: false },
    { protocolVersion },
  ).toString("latin1");

function send(told: Told, bytes: string, size: number): void {
  for (let at = 0; at < bytes.length; at += size) {
    told.link.receive(bytes.slice(at, at + size));
    assert.ok(told.client._partial.length < 1024 + size, "holds more than a packet's limit");
  }
}

describe("messages in pieces", () => {
  for (const protocolVersion of [4, 5] as const) {
    const version = protocolVersion === 5 ? [version5] : [];

    it(`of a megabyte pass through, with no more held than one piece, in ${protocolVersion}`, () => {
      const { onPiece, wholes, largest } = collector();
      const told = createClientWith([...version, pieces], { onPiece, protocolVersion });
      send(told, large(1 << 20, 0, protocolVersion), 536);
      assert.deepEqual(wholes, [payloadOf(1 << 20)]);
      assert.ok(largest <= 1024 + 536);
      assert.deepEqual(told.log, []);
      assert.equal(told.client.dropped, 0);
    });

    it(`come whole whatever their size and the network's pieces, in ${protocolVersion}`, () => {
      check(
        fc.property(
          fc.array(fc.nat(3000), { minLength: 1, maxLength: 5 }),
          fc.integer({ min: 1, max: 1500 }),
          fc.constantFrom(0 as const, 1 as const, 2 as const),
          (sizes, cut, qos) => {
            const collected = collector();
            const told = createClientWith([...version, pieces, qos2], {
              onPiece: collected.onPiece,
              onMessage: undefined as never,
              protocolVersion,
            });
            const pubrel = "\x62\x02\0\x07";
            send(
              told,
              sizes.map((size) => large(size, qos, protocolVersion) + (qos === 2 ? pubrel : "")).join(""),
              cut,
            );
            assert.deepEqual(collected.wholes, sizes.map(payloadOf));
            const acknowledgements = told.link
              .packets()
              .filter(({ cmd }) => cmd === "puback" || cmd === "pubrec");
            assert.equal(acknowledgements.length, qos ? sizes.length : 0);
          },
        ),
        100,
      );
    });
  }

  it("go to the subscriptions that ask for them, and small ones to the others as ever", () => {
    const { onPiece, wholes } = collector();
    const told = createClientWith([pieces]);
    subscribe(told.client, [
      { topicFilter: "big/#", onPiece },
      { topicFilter: "#", onMessage: (topic, payload) => told.log.push(`small ${topic} ${payload}`) },
    ]);
    told.link.receive({ cmd: "publish", topic: "t", payload: "x", qos: 0, dup: false, retain: false });
    told.link.receive({ cmd: "publish", topic: "big", payload: "y", qos: 0, dup: false, retain: false });
    told.link.receive({ cmd: "publish", topic: "big", payload: "z", qos: 0, dup: false, retain: false });
    told.link.receive(large(2000));
    assert.deepEqual(wholes, ["y", "z", payloadOf(2000)]);
    assert.deepEqual(told.log, ["small t x", "small big y", "small big z"]);
  });

  it("of a subscription are its own: the client's onMessage does not get them too", () => {
    const { onPiece, wholes } = collector();
    const told = createClientWith([pieces]);
    subscribe(told.client, [{ topicFilter: "big", onPiece }]);
    for (const payload of ["x", "y"])
      told.link.receive({
        cmd: "publish",
        topic: "big",
        payload,
        qos: 1,
        messageId: 1,
        dup: false,
        retain: false,
      });
    told.link.receive({ cmd: "publish", topic: "t", payload: "z", qos: 0, dup: false, retain: false });
    assert.deepEqual(wholes, ["x", "y"]);
    assert.deepEqual(told.log, ["message t z 0"]);
    assert.equal(told.link.packets().filter(({ cmd }) => cmd === "puback").length, 2);
  });

  it("go by the subscription identifiers that they name, as whole ones do", () => {
    const heard: string[] = [];
    const told = createClientWith([version5, pieces], { protocolVersion: 5 });
    const taker = (name: string) => (): void => void heard.push(name);
    subscribeWith(told.client, [
      { topicFilter: "a/#", subscriptionIdentifier: 1, onPiece: taker("one") },
      { topicFilter: "a/b", subscriptionIdentifier: 2, onPiece: taker("two") },
      { topicFilter: "a/+", onPiece: taker("none") },
    ]);
    told.link.receive("\x30\x08\0\x03a/b\x02\x0b\x02");
    assert.deepEqual(heard, ["two", "none"]);
  });

  it("whose properties take as much as a packet may have end the connection with 0x95, wherever they are cut", () => {
    const packet = generate(
      {
        cmd: "publish",
        topic: "big",
        payload: payloadOf(2000),
        qos: 0,
        dup: false,
        retain: false,
        properties: { contentType: "x".repeat(1100) },
      },
      { protocolVersion: 5 },
    ).toString("latin1");
    for (const first of [1, 1000, packet.length - 2000, packet.length - 1999, packet.length]) {
      const { onPiece, wholes } = collector();
      const told = createClientWith([version5, pieces], { onPiece, protocolVersion: 5 });
      told.link.receive(packet.slice(0, first));
      told.link.receive(packet.slice(first));
      assert.deepEqual(wholes, []);
      assert.deepEqual(told.log, ["disconnect 149 again"], `cut at ${first}`);
    }
  });

  it("that nobody asks for are drained and reported", () => {
    const told = createClientWith([pieces]);
    subscribe(told.client, [{ topicFilter: "other", onPiece: () => assert.fail() }]);
    told.link.receive(large(5000, 1));
    assert.deepEqual(told.log, ["drop 149 0 big"]);
    assert.equal(told.link.packets().at(-1)?.cmd, "puback");
  });

  it("begin anew when the connection is cut, and are acknowledged once they are whole", () => {
    const { onPiece, wholes } = collector();
    const told = createClientWith([pieces, qos2], { onPiece, clean: false });
    told.link.receive(large(5000, 2).slice(0, 3000));
    assert.deepEqual(told.link.packets(), []);
    reconnect(told, true);
    send(told, large(5000, 2), 700);
    assert.deepEqual(wholes, [payloadOf(5000)]);
    assert.deepEqual(
      told.link.packets().map(({ cmd }) => cmd),
      ["pubrec"],
    );
  });

  it("reach no handler when their packet is malformed", () => {
    for (const bytes of [large(5000).replace("big", "b#g"), large(5000, 1).replace("\0\x07", "\0\0")]) {
      const told = createClientWith([pieces], { onPiece: () => assert.fail() });
      told.link.receive(bytes);
      assert.match(told.log[0] ?? "", /^disconnect 129/);
    }
  });

  it("do not stop at a handler that throws, or go on when it ends the connection", () => {
    let taken = 0;
    const told = createClientWith([pieces], {
      onPiece: () => {
        taken++;
        throw new Error("a handler's");
      },
    });
    const bytes = large(3000, 1);
    for (let at = 0; at < bytes.length; at += 1100)
      assert.throws(() => told.link.receive(bytes.slice(at, at + 1100)), /a handler's/);
    assert.equal(taken, 3);
    assert.equal(told.link.packets().at(-1)?.cmd, "puback");
    const ended = createClientWith([pieces], { onPiece: () => disconnect(ended.client) });
    send(ended, large(3000, 1).slice(0, 1100), 1100);
    assert.deepEqual(ended.log, ["disconnect 0 end"]);
  });

  it("say nothing of a maximum packet size to a server of 5.0", () => {
    const told = createLoggedClient({ protocolVersion: 5 }, [version5, pieces]);
    dial(told);
    told.link.establish();
    const [packet] = told.link.packets();
    assert.equal(
      (packet as { properties?: { maximumPacketSize?: number } }).properties?.maximumPacketSize,
      undefined,
    );
  });
});

describe("publishing in pieces", () => {
  const source =
    (size: number, told?: { asked: number }) =>
    (offset: number, room: number): string => {
      if (told) told.asked++;
      return payloadOf(size).slice(offset, offset + room);
    };
  const published = (told: Told): string[] =>
    told.link
      .packets()
      .map((packet) => (packet.cmd === "publish" ? `${packet.topic} ${packet.payload.length}` : packet.cmd));

  it("asks for as much as the link takes, and lets nothing in between", () => {
    const told = createClientWith([streaming]);
    told.link.capacity = 1000;
    const counts = { asked: 0 };
    assert.equal(publishPieces(told.client, "big", 1 << 20, 0, source(1 << 20, counts)), 0);
    publish(told.client, "after", "", QOS_1);
    told.link.receive({
      cmd: "publish",
      topic: "t",
      payload: "",
      qos: 1,
      messageId: 9,
      dup: false,
      retain: false,
    });
    assert.ok(counts.asked < 5);
    for (let drains = 0; drains < 3000 && counts.asked < 1957; drains++) told.link.drain();
    told.link.drain();
    told.link.drain();
    assert.deepEqual(published(told), ["big 1048576", "puback", "after 0"]);
  });

  for (const qos of [QOS_1, QOS_2]) {
    it(`sends all of it again with DUP after a cut at QoS ${qos / 2}, until it is acknowledged [MQTT-4.4.0-1]`, () => {
      const told = createClientWith([qos2, streaming], { clean: false });
      told.link.capacity = 1000;
      assert.equal(publishPieces(told.client, "big", 3000, qos, source(3000)), 1);
      assert.equal(publishPieces(told.client, "next", 1, 0, source(1)), -0x97);
      told.link.drain();
      told.link.capacity = Infinity;
      reconnect(told, true);
      const [packet] = told.link.packets();
      assert.deepEqual(packet?.cmd === "publish" && [packet.dup, packet.messageId, String(packet.payload)], [
        true,
        1,
        payloadOf(3000),
      ]);
      told.link.receive({ cmd: qos === QOS_1 ? "puback" : "pubrec", messageId: 1 });
      if (qos === QOS_2) told.link.receive({ cmd: "pubcomp", messageId: 1 });
      assert.ok(told.log.includes("acknowledge 1"));
      assert.equal(publishPieces(told.client, "next", 1, 0, source(1)), 0);
    });
  }

  it("reports what was cut off at QoS 0 with 0xC3, and begins nothing by itself", () => {
    const told = createClientWith([streaming]);
    told.link.capacity = 1000;
    publishPieces(told.client, "big", 3000, 0, source(3000));
    told.link.end();
    assert.deepEqual(told.log, ["disconnect 195 again", "drop 195 0 big"]);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    assert.deepEqual(published(told), []);
  });

  it("waits for a connection as other messages do, with hardly any room taken", () => {
    const told = createLoggedClient({ queueBytes: 100 }, [streaming]);
    assert.equal(publishPieces(told.client, "big", 100000, 0, source(100000)), 0);
    dial(told);
    accept(told);
    assert.deepEqual(published(told), ["big 100000"]);
  });

  it("keeps the connection alive while it takes long", () => {
    const told = createClientWith([streaming], { keepalive: 5 });
    told.link.capacity = 100;
    publishPieces(told.client, "big", 20000, 0, source(20000));
    for (let second = 0; second < 30; second++) {
      tick(told.client);
      told.link.drain();
    }
    assert.ok(told.client.connected);
    assert.deepEqual(told.log, []);
    for (let second = 0; second < 20; second++) tick(told.client);
    assert.deepEqual(told.log[0], "disconnect 141 again");
  });

  for (const [what, wrong] of [
    ["empty", ""],
    ["too long", "x".repeat(2000)],
  ] as const) {
    it(`ends the connection with 0x83 at a piece that is ${what}`, () => {
      const told = createClientWith([streaming]);
      publishPieces(told.client, "big", 1000, 0, () => wrong);
      assert.match(told.log.join(), /disconnect 131 again/);
      assert.ok(told.log.includes("drop 195 0 big"));
    });
  }

  it("is done with the last piece on the link, even where that fills it", () => {
    const told = createClientWith([version5, streaming], { protocolVersion: 5 });
    told.link.capacity = 100;
    publishPieces(told.client, "big", 300, 0, source(300));
    told.link.receive("\x10\0");
    assert.deepEqual(published(told), ["big 300", "disconnect"]);
    assert.deepEqual(told.log, ["disconnect 130 again"]);
  });

  it("says no DISCONNECT in the middle of a payload", () => {
    const told = createClientWith([version5, streaming], { protocolVersion: 5 });
    told.link.bytes = "";
    publishPieces(told.client, "big", 1000, 0, () => "");
    assert.ok(!told.link.bytes.includes("\xe0"));
    assert.match(told.log.join(), /disconnect 131 again/);
  });

  it("has no limit but the protocol's, and refuses what is none", () => {
    const told = createClientWith([streaming]);
    told.link.capacity = 10;
    assert.equal(publishPieces(told.client, "big", 268435456, 0, source(1)), -0x95);
    assert.equal(publishPieces(told.client, "big", -1, 0, source(1)), -0x95);
    assert.equal(publishPieces(told.client, "a/#", 1, 0, source(1)), -0x90);
    assert.equal(publishPieces(told.client, "a", 1, QOS_2, source(1)), -0x9b);
    assert.deepEqual(told.link.packets(), []);
  });

  it("ends the connection when more must wait than there is room for", () => {
    const told = createClientWith([streaming]);
    told.link.capacity = 10;
    publishPieces(told.client, "big", 10000, 0, source(10000));
    for (let id = 1; id <= 200; id++)
      told.link.receive({
        cmd: "publish",
        topic: "t",
        payload: "",
        qos: 1,
        messageId: id,
        dup: false,
        retain: false,
      });
    assert.ok(told.log.includes("disconnect 151 again"));
  });
});
