import assert from "node:assert/strict";
import fc from "fast-check";
import type { IPublishPacket, Packet } from "mqtt-packet";
import { disconnect, publish, qos2, QOS_1, QOS_2, subscribe } from "../../src/index.ts";
import type { ClientOptions } from "../../src/index.ts";
import { check } from "../support/arbitraries.ts";
import { accept, BLAMELESS, createLoggedClient, dial, reconnect } from "../support/fake-link.ts";
import type { Told } from "../support/fake-link.ts";

/** A connected client with QoS 2 and a session that outlives its connections. */
function createQos2Client(options: Partial<ClientOptions> = {}): Told {
  const told = createLoggedClient({ clean: false, ...options }, [qos2]);
  dial(told);
  accept(told);
  return told;
}

/** What was written, a word each. */
function written(told: Told): string[] {
  return told.link.packets().map((packet) => {
    const { cmd, messageId } = packet;
    if (cmd !== "publish") return `${cmd} ${messageId ?? ""}`.trim();
    const { topic, qos, dup } = packet;
    return `publish ${topic} qos ${qos}${messageId ? ` id ${messageId}` : ""}${dup ? " dup" : ""}`;
  });
}

type Acknowledgement = "puback" | "pubrec" | "pubrel" | "pubcomp";
const receive = (told: Told, cmd: Acknowledgement, messageId: number): void => {
  told.link.receive({ cmd, messageId });
};

function deliver(told: Told, payload: string, messageId: number, more: Partial<IPublishPacket> = {}): void {
  told.link.receive({
    cmd: "publish",
    topic: "in",
    payload,
    qos: 2,
    messageId,
    dup: false,
    retain: false,
    ...more,
  });
}

describe("publishing at QoS 2", () => {
  it("goes through PUBREC, PUBREL and PUBCOMP, and tells once [MQTT-4.3.3-1]", () => {
    const told = createQos2Client();
    assert.equal(publish(told.client, "a", "x", QOS_2), 1);
    assert.deepEqual(written(told), ["publish a qos 2 id 1"]);
    receive(told, "pubrec", 1);
    assert.deepEqual(written(told), ["pubrel 1"]);
    assert.deepEqual(told.log, []);
    receive(told, "pubcomp", 1);
    receive(told, "pubcomp", 1);
    assert.deepEqual(written(told), []);
    assert.deepEqual(told.log, ["acknowledge 1"]);
  });

  it("sends the PUBLISH again with DUP until PUBREC has come, and from then on only the PUBREL [MQTT-4.4.0-1]", () => {
    const told = createQos2Client();
    publish(told.client, "a", "x", QOS_2);
    publish(told.client, "b", "y", QOS_2);
    publish(told.client, "c", "z", QOS_1);
    receive(told, "pubrec", 2);
    reconnect(told, true);
    assert.deepEqual(written(told), ["publish a qos 2 id 1 dup", "pubrel 2", "publish c qos 1 id 3 dup"]);
    receive(told, "pubrec", 1);
    reconnect(told, true, BLAMELESS);
    assert.deepEqual(written(told), ["pubrel 1", "pubrel 2", "publish c qos 1 id 3 dup"]);
    for (const id of [1, 2]) receive(told, "pubcomp", id);
    receive(told, "puback", 3);
    reconnect(told, true);
    assert.deepEqual(written(told), []);
  });

  it("takes PUBACK, by which RabbitMQ answers, as the message's end, as long as there was no PUBREC", () => {
    const told = createQos2Client({ receiveMaximum: 1 });
    publish(told.client, "a", "x", QOS_2);
    publish(told.client, "b", "y", QOS_2);
    receive(told, "puback", 1);
    assert.deepEqual(told.log, ["acknowledge 1"]);
    receive(told, "pubrec", 2);
    receive(told, "puback", 2);
    assert.deepEqual(told.log, ["acknowledge 1"]);
    receive(told, "pubcomp", 2);
    assert.deepEqual(told.log, ["acknowledge 1", "acknowledge 2"]);
  });

  it("takes neither PUBREC nor PUBCOMP as the end of a message at QoS 1", () => {
    const told = createQos2Client();
    publish(told.client, "a", "x", QOS_1);
    receive(told, "pubrec", 1);
    receive(told, "pubcomp", 1);
    assert.deepEqual(told.log, []);
    reconnect(told, true);
    assert.deepEqual(written(told).slice(-1), ["publish a qos 1 id 1 dup"]);
  });

  it("sends nothing again on a connection that stands [MQTT-4.4.0-1]", () => {
    const told = createQos2Client();
    publish(told.client, "a", "x", QOS_2);
    receive(told, "pubrec", 1);
    written(told);
    for (let second = 0; second < 50; second++) publish(told.client, "b", "", 0);
    assert.ok(written(told).every((packet) => packet === "publish b qos 0"));
  });

  it("starts anew with a server that lost the session, and reports what only a PUBREL would have ended", () => {
    const told = createQos2Client();
    publish(told.client, "a", "x", QOS_2);
    publish(told.client, "b", "y", QOS_2);
    receive(told, "pubrec", 2);
    told.log.length = 0;
    reconnect(told, false);
    assert.deepEqual(written(told), ["publish a qos 2 id 1"]);
    assert.ok(told.log.includes("drop 146 2 "), told.log.join());
    assert.equal(told.client.dropped, 1);
  });

  it("keeps the order of messages through repeated cuts", () => {
    const told = createQos2Client({ receiveMaximum: 2 });
    for (const topic of ["a", "b", "c", "d"]) publish(told.client, topic, "", QOS_2);
    assert.deepEqual(written(told), ["publish a qos 2 id 1", "publish b qos 2 id 2"]);
    reconnect(told, true, BLAMELESS);
    reconnect(told, true, BLAMELESS);
    assert.deepEqual(written(told), ["publish a qos 2 id 1 dup", "publish b qos 2 id 2 dup"]);
    receive(told, "pubrec", 1);
    assert.deepEqual(written(told), ["pubrel 1"]);
    receive(told, "pubcomp", 1);
    assert.deepEqual(written(told), ["publish c qos 2 id 3"]);
  });

  it("leaves the room that it took", () => {
    const told = createQos2Client({ queueBytes: 200, queueLimit: 4 });
    for (let round = 0; round < 100; round++) {
      const id = publish(told.client, "topic", "x".repeat(100), QOS_2);
      assert.ok(id > 0, `round ${round}`);
      receive(told, "pubrec", id);
      receive(told, "pubrec", id);
      receive(told, "pubcomp", id);
    }
    assert.equal(told.client.dropped, 0);
  });

  it("answers a PUBREC that belongs to nothing", () => {
    const told = createQos2Client();
    receive(told, "pubrec", 9);
    assert.deepEqual(told.log, []);
    assert.deepEqual(written(told), ["pubrel 9"]);
    assert.ok(told.client.connected);
  });

  it("does not give an id away that a PUBREL still holds [MQTT-2.3.1-2] [MQTT-2.3.1-3]", () => {
    const told = createQos2Client();
    publish(told.client, "a", "x", QOS_2);
    receive(told, "pubrec", 1);
    for (let index = 0; index < 65534; index++) receive(told, "puback", publish(told.client, "b", "", QOS_1));
    assert.equal(publish(told.client, "b", "", QOS_1), 2);
  });

  for (const [what, bytes] of [
    ["PUBREC of three bytes", "\x50\x03\0\x01\0"],
    ["PUBREC without an id", "\x50\0"],
    ["PUBREL with wrong flags", "\x60\x02\0\x01"],
    ["PUBCOMP with flags", "\x72\x02\0\x01"],
    ["PUBCOMP of one byte", "\x70\x01\0"],
  ]) {
    it(`ends the connection at a ${what} [MQTT-2.2.2-2]`, () => {
      const told = createQos2Client();
      told.link.receive(bytes as string);
      assert.match(told.log[0] ?? "", /^disconnect 12[89]/);
    });
  }
});

describe("messages of QoS 2", () => {
  it("reach the handler once, however often they come, until PUBREL [MQTT-4.3.3-2]", () => {
    const told = createQos2Client();
    deliver(told, "x", 7);
    deliver(told, "x", 7, { dup: true });
    reconnect(told, true);
    deliver(told, "x", 7, { dup: true });
    assert.deepEqual(written(told), ["pubrec 7"]);
    receive(told, "pubrel", 7);
    receive(told, "pubrel", 7);
    assert.deepEqual(written(told), ["pubcomp 7", "pubcomp 7"]);
    deliver(told, "y", 7);
    assert.deepEqual(
      told.log.filter((line) => line.startsWith("message")),
      ["message in x 4", "message in y 4"],
    );
  });

  it("are new again when the server lost the session", () => {
    const told = createQos2Client();
    deliver(told, "x", 7);
    reconnect(told, false);
    deliver(told, "y", 7);
    assert.equal(told.log.filter((line) => line.startsWith("message")).length, 2);
  });

  it("count as had when their handler ended the connection", () => {
    const told = createQos2Client({
      onMessage: (_topic, payload) => {
        told.log.push(`message ${payload}`);
        disconnect(told.client);
      },
    });
    deliver(told, "x", 7);
    assert.deepEqual(written(told), ["disconnect"]);
    dial(told);
    accept(told, true);
    deliver(told, "x", 7, { dup: true });
    assert.deepEqual(told.log, []);
    assert.deepEqual(written(told), ["pubrec 7"]);
  });

  it("are acknowledged when their handler throws", () => {
    const told = createQos2Client({
      onMessage: () => {
        throw new Error("a handler's");
      },
    });
    assert.throws(() => deliver(told, "x", 7), /a handler's/);
    assert.deepEqual(written(told), ["pubrec 7"]);
  });

  it("are drained and answered when they are too large, once and again, in any pieces", () => {
    const told = createQos2Client({ maximumPacketSize: 128 });
    for (const dup of [false, true]) {
      const bytes = `${dup ? "\x3c" : "\x34"}\xae\x02\0\x02in\0\x07${"x".repeat(296)}`;
      for (let at = 0; at < bytes.length; at += 50) told.link.receive(bytes.slice(at, at + 50));
      assert.deepEqual(written(told), ["pubrec 7"]);
    }
    assert.deepEqual(told.log, ["drop 149 0 in"]);
    deliver(told, "next", 8);
    assert.deepEqual(told.log.slice(1), ["message in next 4"]);
  });

  it("are not taken for had when they were cut off in the middle", () => {
    const told = createQos2Client();
    told.link.receive("\x34\x20\0\x02in\0\x07half");
    reconnect(told, true);
    deliver(told, "whole", 7, { dup: true });
    assert.deepEqual(told.log.slice(-1), ["message in whole 12"]);
  });

  it("may be any number at 3.1.1, whose servers know no limit: a backlog of 300 is taken whole", () => {
    const told = createQos2Client();
    for (let id = 1; id <= 300; id++) deliver(told, "x", id);
    for (let id = 1; id <= 300; id++) deliver(told, "x", id, { dup: true });
    assert.equal(told.log.length, 300);
    written(told);
    for (let id = 300; id > 0; id--) receive(told, "pubrel", id);
    assert.deepEqual(written(told).slice(-2), ["pubcomp 2", "pubcomp 1"]);
    deliver(told, "x", 256);
    assert.equal(told.log.length, 301);
    assert.equal(told.client.connected, true);
  });

  it("can be subscribed to", () => {
    const told = createQos2Client();
    assert.equal(subscribe(told.client, [{ topicFilter: "in", qos: 2 }]), 0);
    assert.equal(written(told)[0], "subscribe 1");
    told.link.receive({ cmd: "suback", messageId: 1, granted: [2] });
    assert.deepEqual(told.log, ["subscribe in 2"]);
  });
});

/** A server with a session that keeps QoS 2 as the standard has it, on both sides of a link that is cut at any byte. */
class Peer {
  /** What it handed to its subscribers, and which ids it holds for PUBREL. */
  readonly taken: string[] = [];
  private readonly held = new Set<number>();
  /** What it sends: payload by id, in order, until PUBREC, then until PUBCOMP. */
  readonly sending = new Map<number, string | undefined>();

  answer(packet: Packet): Packet[] {
    const messageId = packet.messageId as number;
    switch (packet.cmd) {
      case "publish":
        if (!this.held.has(messageId)) this.taken.push(String(packet.payload));
        this.held.add(messageId);
        return [{ cmd: "pubrec", messageId }];
      case "pubrel":
        this.held.delete(messageId);
        return [{ cmd: "pubcomp", messageId }];
      case "pubrec":
        if (this.sending.has(messageId)) this.sending.set(messageId, undefined);
        return [{ cmd: "pubrel", messageId }];
      case "pubcomp":
        this.sending.delete(messageId);
        return [];
      default:
        return [];
    }
  }

  resume(): Packet[] {
    return [...this.sending].map(([messageId, payload]) =>
      payload === undefined
        ? { cmd: "pubrel", messageId }
        : { cmd: "publish", topic: "in", payload, qos: 2, messageId, dup: true, retain: false },
    );
  }
}

describe("QoS 2 through cut links", () => {
  it("delivers each message exactly once and in order, both ways, wherever the link is cut [MQTT-4.3.3-1] [MQTT-4.3.3-2]", () => {
    const steps = fc.array(fc.constantFrom("publish", "send", "pass", "pass", "lose", "cut"), {
      maxLength: 60,
    });
    check(
      fc.property(steps, (given) => {
        const heard: string[] = [];
        const told = createQos2Client({
          queueLimit: 100,
          queueBytes: 60000,
          onMessage: (_topic, payload) => void heard.push(payload),
        });
        const peer = new Peer();
        // What is under way in both directions; a cut loses it.
        let toServer: Packet[] = [];
        let toClient: Packet[] = [];
        let published = 0;
        let sent = 0;
        const collect = (): void => void toServer.push(...told.link.packets());
        const pass = (): void => {
          collect();
          const packet = toServer.shift();
          if (packet) toClient.push(...peer.answer(packet));
          const answered = toClient.shift();
          if (answered) told.link.receive(answered);
        };
        const cut = (): void => {
          toServer = [];
          toClient = peer.resume();
          reconnect(told, true, BLAMELESS);
        };
        for (const step of given) {
          if (step === "publish") publish(told.client, "out", `${++published}`, QOS_2);
          else if (step === "send" && peer.sending.size < 20) {
            const payload = `${++sent}`;
            peer.sending.set(sent, payload);
            toClient.push({
              cmd: "publish",
              topic: "in",
              payload,
              qos: 2,
              messageId: sent,
              dup: false,
              retain: false,
            });
          } else if (step === "pass") pass();
          else if (step === "cut") cut();
          else if (step === "lose") {
            // What the client has written is lost; the server hears of nothing more until the next connection.
            collect();
            toServer = [];
            cut();
          }
        }
        for (let left = 0; left < 400; left++) pass();
        const numbers = (count: number): string[] =>
          Array.from({ length: count }, (_, index) => `${index + 1}`);
        assert.deepEqual(peer.taken, numbers(published));
        assert.deepEqual(heard, numbers(sent));
        assert.equal(peer.sending.size, 0);
      }),
    );
  });
});
