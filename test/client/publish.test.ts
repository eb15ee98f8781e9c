import assert from "node:assert/strict";
import fc from "fast-check";
import type { IPublishPacket } from "mqtt-packet";
import { disconnect, FIRST, publish, QOS_1, RETAIN } from "../../src/index.ts";
import { check, topicBytes } from "../support/arbitraries.ts";
import {
  BLAMELESS,
  createConnectedClient,
  createLoggedClient,
  dial,
  reconnect,
} from "../support/fake-link.ts";
import type { Client } from "../../src/index.ts";
import type { Told } from "../support/fake-link.ts";

/** The messages written since the last look, as `topic payload`, with `!` for DUP. */
function messages(told: Told): string[] {
  return (told.link.packets() as IPublishPacket[])
    .filter(({ cmd }) => cmd === "publish")
    .map(({ topic, payload, dup }) => `${topic} ${payload.toString("latin1")}${dup ? "!" : ""}`);
}

const puback = (told: Told, messageId: number): void => told.link.receive({ cmd: "puback", messageId });

/** What is written from the CONNACK on, where no connection stands. */
function afterConnect(told: Told, sessionPresent: boolean): string[] {
  dial(told);
  told.link.establish();
  told.link.packets();
  told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent });
  return messages(told);
}

function afterReconnect(told: Told, sessionPresent: boolean, lasted = 0): string[] {
  reconnect(told, sessionPresent, lasted);
  return messages(told);
}

describe("publish", () => {
  it("sends QoS 0 at once, with an id for nobody", () => {
    const told = createConnectedClient();
    assert.equal(publish(told.client, "a/b", "hello", RETAIN), 0);
    const [packet] = told.link.packets() as IPublishPacket[];
    assert.equal(packet?.retain, true);
    assert.equal(packet.qos, 0);
    assert.equal(packet.messageId, undefined);
  });

  it("returns the packet id of QoS 1 and reports its acknowledgement", () => {
    const told = createConnectedClient();
    assert.equal(publish(told.client, "a", "1", QOS_1), 1);
    assert.equal(publish(told.client, "a", "2", QOS_1), 2);
    assert.deepEqual(messages(told), ["a 1", "a 2"]);
    puback(told, 2);
    puback(told, 1);
    assert.deepEqual(told.log, ["acknowledge 2", "acknowledge 1"]);
  });

  it("ignores the acknowledgement of an id that is not in flight", () => {
    const told = createConnectedClient();
    publish(told.client, "a", "1", QOS_1);
    puback(told, 7);
    puback(told, 1);
    puback(told, 1);
    assert.deepEqual(told.log, ["acknowledge 1"]);
  });

  it("writes numbers and booleans as text, bytes as bytes, nothing as nothing", () => {
    const told = createConnectedClient();
    for (const payload of [21.5, true, new Uint8Array([65, 0, 255]), [66, 1], null, undefined, "", 0]) {
      publish(told.client, "t", payload, 0);
    }
    assert.deepEqual(messages(told), ["t 21.5", "t true", "t A\0\xff", "t B\x01", "t ", "t ", "t ", "t 0"]);
  });

  it("counts bytes, not letters: °C arrives whole and the stream goes on", () => {
    const told = createConnectedClient();
    publish(told.client, "\xc2\xb0C", "21 \xc2\xb0C", 0);
    publish(told.client, "next", "1", 0);
    const packets = told.link.packets() as IPublishPacket[];
    assert.deepEqual(
      packets.map(({ topic, payload }) => [topic, payload.toString()]),
      [
        ["°C", "21 °C"],
        ["next", "1"],
      ],
    );
  });

  it("refuses topics that are none, and takes the right one after", () => {
    const told = createConnectedClient();
    for (const topic of ["", "a/+", "#", "a\0"]) assert.equal(publish(told.client, topic, "", 0), -0x90);
    assert.equal(publish(told.client, "a", "", 0), 0);
    assert.deepEqual(messages(told), ["a "]);
  });

  it("refuses QoS 2 unless it was asked for, and QoS 3", () => {
    const told = createConnectedClient();
    assert.equal(publish(told.client, "a", "", 4), -0x9b);
    assert.equal(publish(told.client, "a", "", 6), -0x9b);
    assert.deepEqual(messages(told), []);
  });

  it("sends what is to go first as what it is, again and again", () => {
    const told = createConnectedClient();
    for (const payload of ["1", "2", "3"]) publish(told.client, "a", payload, FIRST);
    for (const payload of ["4", "5"]) publish(told.client, "a", payload, FIRST | QOS_1);
    assert.deepEqual(messages(told), ["a 1", "a 2", "a 3", "a 4", "a 5"]);
  });

  it("never sends DUP of its own accord [MQTT-3.3.1-2]", () => {
    const told = createConnectedClient();
    for (const flags of [8, 8 | RETAIN, 8 | QOS_1]) {
      publish(told.client, "a", "", flags);
      publish(told.client, "a", "", flags);
    }
    assert.deepEqual(messages(told), ["a ", "a ", "a ", "a ", "a ", "a "]);
  });
});

describe("PUBLISH", () => {
  it("is what mqtt-packet reads, for any topic, payload and flags", () => {
    const sizes = fc.oneof(fc.nat(200), fc.constantFrom(0, 100, 127, 128, 16200, 16383, 16384));
    check(
      fc.property(topicBytes(), sizes, fc.constantFrom(0, 1, 2, 3), (topic, size, flags) => {
        const told = createConnectedClient({ queueBytes: 65535 });
        const id = publish(told.client, topic, "\xff".repeat(size), flags);
        const [packet] = told.link.packets() as IPublishPacket[];
        assert.equal(Buffer.from(packet!.topic).toString("latin1"), topic);
        assert.equal(packet!.payload.length, size);
        assert.equal(packet!.qos, flags >> 1);
        assert.equal(packet!.retain, (flags & 1) === 1);
        assert.equal(packet!.dup, false);
        assert.equal(packet!.messageId, flags & QOS_1 ? id : undefined);
      }),
    );
  });
});

describe("packet ids", () => {
  it("are never 0 and skip those in use [MQTT-2.3.1-1] [MQTT-2.3.1-2]", () => {
    const told = createConnectedClient({ receiveMaximum: 10 });
    publish(told.client, "keeps", "", QOS_1);
    for (let count = 2; count <= 65535; count++) {
      assert.equal(publish(told.client, "a", "", QOS_1), count);
      puback(told, count);
    }
    assert.equal(publish(told.client, "a", "", QOS_1), 2);
  });

  it("can be used again once acknowledged [MQTT-2.3.1-3]", () => {
    const told = createConnectedClient();
    for (let count = 1; count <= 65536; count++) {
      const id = publish(told.client, "a", "", QOS_1);
      assert.equal(id, ((count - 1) % 65535) + 1);
      puback(told, id);
    }
  });
});

describe("after a reconnect", () => {
  it("resends an unacknowledged publish with DUP and its id [MQTT-4.4.0-1] [MQTT-3.3.1-1]", () => {
    const told = createConnectedClient({ clean: false });
    for (const payload of ["1", "2", "3"]) publish(told.client, "a", payload, QOS_1);
    puback(told, 2);
    told.link.packets();
    told.link.end();
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: true });
    const packets = told.link.packets() as IPublishPacket[];
    assert.deepEqual(
      packets.map(({ payload, dup, messageId }) => [payload.toString(), dup, messageId]),
      [
        ["1", true, 1],
        ["3", true, 3],
      ],
    );
    assert.equal(told.client.resent, 2);
  });

  it("resends in the original order, and what was never sent after it [MQTT-4.6.0-1]", () => {
    const told = createConnectedClient({ clean: false, receiveMaximum: 2 });
    for (const payload of ["1", "2", "3", "4"]) publish(told.client, "a", payload, QOS_1);
    assert.deepEqual(messages(told), ["a 1", "a 2"]);
    assert.deepEqual(afterReconnect(told, true), ["a 1!", "a 2!"]);
    puback(told, 1);
    puback(told, 2);
    assert.deepEqual(messages(told), ["a 3", "a 4"]);
  });

  it("sends as new what the server knows nothing of", () => {
    const told = createConnectedClient({ clean: false });
    publish(told.client, "a", "1", QOS_1);
    messages(told);
    assert.deepEqual(afterReconnect(told, false), ["a 1"]);
    assert.equal(told.client.resent, 0);
  });

  it("resends as often as it takes, and at no other time [MQTT-4.4.0-1]", () => {
    const told = createConnectedClient({ clean: false });
    publish(told.client, "a", "1", QOS_1);
    messages(told);
    for (let count = 0; count < 3; count++) assert.deepEqual(afterReconnect(told, true, BLAMELESS), ["a 1!"]);
    puback(told, 1);
    assert.deepEqual(afterReconnect(told, true), []);
  });

  it("keeps what is queued over a wanted disconnect", () => {
    const told = createConnectedClient({ clean: false });
    publish(told.client, "a", "1", QOS_1);
    disconnect(told.client);
    publish(told.client, "a", "2", QOS_1);
    told.link.packets();
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: true });
    assert.deepEqual(messages(told), ["a 1!", "a 2"]);
  });
});

describe("the queue", () => {
  it("holds all of any QoS while there is no connection, and sends them in order", () => {
    const told = createLoggedClient();
    publish(told.client, "a", "1", 0);
    publish(told.client, "a", "2", QOS_1);
    publish(told.client, "a", "3", 0);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    assert.deepEqual(messages(told), ["a 1", "a 2", "a 3"]);
  });

  it("sends nothing before CONNACK", () => {
    const told = createLoggedClient();
    dial(told);
    told.link.establish();
    publish(told.client, "a", "1", 0);
    assert.deepEqual(
      told.link.packets().map(({ cmd }) => cmd),
      ["connect"],
    );
  });

  it("puts FIRST before all that waits, but after what is in flight", () => {
    const told = createLoggedClient({
      onConnect: () => publish(told.client, "status", "online", QOS_1 | FIRST),
    });
    publish(told.client, "a", "1", 0);
    publish(told.client, "a", "2", QOS_1);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    assert.deepEqual(messages(told), ["status online", "a 1", "a 2"]);
  });

  it("drops the oldest when full, and reports each with its reason", () => {
    const told = createLoggedClient({ queueLimit: 3 });
    for (const payload of ["1", "2", "3", "4", "5"]) publish(told.client, `t${payload}`, payload, QOS_1);
    assert.deepEqual(told.log, ["drop 151 1 t1", "drop 151 2 t2"]);
    assert.deepEqual(told.client.dropped, 2);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    assert.deepEqual(messages(told), ["t3 3", "t4 4", "t5 5"]);
  });

  it("drops the newest when told to", () => {
    const told = createLoggedClient({ queueLimit: 2, queuePolicy: "drop-newest" });
    assert.deepEqual(
      ["1", "2", "3"].map((payload) => publish(told.client, "t", payload, 0)),
      [0, 0, -0x97],
    );
    assert.deepEqual(told.log, ["drop 151 0 t"]);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    assert.deepEqual(messages(told), ["t 1", "t 2"]);
  });

  it("counts bytes too, and refuses what could never fit", () => {
    const told = createLoggedClient({ queueBytes: 100 });
    assert.equal(publish(told.client, "t", "x".repeat(200), 0), -0x97);
    for (let count = 0; count < 4; count++) publish(told.client, "t", "x".repeat(30), QOS_1);
    assert.deepEqual(
      told.log,
      ["drop 151 0 t", "drop 151 2 t"].slice(0, 1).concat(["drop 151 1 t", "drop 151 2 t"]),
    );
    assert.ok(told.client._room >= 0);
  });

  it("takes a message that equals the oldest one, which goes", () => {
    const told = createLoggedClient({ queueLimit: 2, queueBytes: 64 });
    for (let count = 0; count < 20; count++) assert.equal(publish(told.client, "t", "same", 0), 0);
    assert.equal(told.client.dropped, 18);
    assert.deepEqual(afterConnect(told, false), ["t same", "t same"]);
  });

  it("writes nothing more when the handler of what it dropped ends the connection", () => {
    const told: Told = createLoggedClient({
      queueBytes: 64,
      onConnect: () => publish(told.client, "first", "x".repeat(20), QOS_1 | FIRST),
      onDrop: () => disconnect(told.client),
    });
    publish(told.client, "a", "x".repeat(40), QOS_1);
    assert.deepEqual(afterConnect(told, false), []);
    assert.equal(told.client.dropped, 1);
  });

  it("goes on with what it holds when that handler loses the connection", () => {
    const told: Told = createConnectedClient({
      clean: false,
      queueLimit: 3,
      receiveMaximum: 1,
      onDrop: () => told.link.isOpen && told.link.end(),
    });
    for (const payload of ["1", "2", "3", "4"]) publish(told.client, "a", payload, QOS_1);
    assert.deepEqual(afterConnect(told, true), ["a 1!"]);
    for (const id of [1, 3, 4]) puback(told, id);
    assert.deepEqual(messages(told), ["a 3", "a 4"]);
    assert.equal(told.client._room, 2048);
  });

  it("never drops what is in flight", () => {
    const told = createConnectedClient({ queueLimit: 2 });
    publish(told.client, "t", "1", QOS_1);
    publish(told.client, "t", "2", QOS_1);
    assert.equal(publish(told.client, "t", "3", QOS_1), -0x97);
    puback(told, 1);
    puback(told, 2);
    assert.deepEqual(told.log, ["drop 151 3 t", "acknowledge 1", "acknowledge 2"]);
  });

  it("respects the receive maximum", () => {
    const told = createConnectedClient({ receiveMaximum: 2 });
    for (const payload of ["1", "2", "3"]) publish(told.client, "t", payload, QOS_1);
    assert.deepEqual(messages(told), ["t 1", "t 2"]);
    puback(told, 1);
    assert.deepEqual(messages(told), ["t 3"]);
  });

  it("waits while the socket has not drained, and loses nothing meanwhile", () => {
    const told = createConnectedClient();
    told.link.capacity = 536;
    for (let count = 0; count < 20; count++) publish(told.client, "t", "x".repeat(90) + count, 0);
    const before = messages(told).length;
    assert.ok(before >= 5 && before < 10, `${before} written before the first drain`);
    let total = before;
    for (let drains = 0; drains < 10; drains++) {
      told.link.drain();
      total += messages(told).length;
    }
    assert.equal(total, 20);
  });

  it("sends FIRST at QoS 0 as QoS 0, however often", () => {
    const told = createConnectedClient();
    for (const payload of ["1", "2", "3"]) assert.equal(publish(told.client, "t", payload, FIRST), 0);
    for (const payload of ["4", "5"]) assert.equal(publish(told.client, "t", payload, FIRST | RETAIN), 0);
    assert.deepEqual(messages(told), ["t 1", "t 2", "t 3", "t 4", "t 5"]);
  });

  it("takes flags that were left out for none, however often", () => {
    const told = createConnectedClient();
    const bare = publish as (client: Client, topic: string, payload: string) => number;
    for (const payload of ["1", "2", "3"]) assert.equal(bare(told.client, "t", payload), 0);
    assert.deepEqual(messages(told), ["t 1", "t 2", "t 3"]);
  });

  it("lets a message pass that is larger than the socket's share", () => {
    const told = createConnectedClient();
    publish(told.client, "t", "x".repeat(5000), 0);
    assert.equal(messages(told).length, 1);
  });
});
