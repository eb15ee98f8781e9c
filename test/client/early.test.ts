import assert from "node:assert/strict";
import type { Packet } from "mqtt-packet";
import { earlyPublish, publish, QOS_1, version5 } from "../../src/index.ts";
import type { Part, Version5Options } from "../../src/index.ts";
import { createLoggedClient, dial, pass, reconnect } from "../support/fake-link.ts";
import type { Told } from "../support/fake-link.ts";

/** A client with messages waiting whose TCP stands; the server has not answered. */
function opened(
  topics: Array<[string, number]>,
  options: Partial<Version5Options> = {},
  parts: Part[] = [],
): Told {
  const told = createLoggedClient(options, [...parts, earlyPublish]);
  for (const [topic, flags] of topics) publish(told.client, topic, "", flags);
  dial(told);
  told.link.establish();
  return told;
}

const commands = (told: Told): string[] =>
  told.link
    .packets()
    .map((packet) =>
      packet.cmd === "publish" ? `publish ${packet.topic}${packet.dup ? " dup" : ""}` : packet.cmd,
    );

const accepted: Packet = { cmd: "connack", returnCode: 0, sessionPresent: false };

describe("the first message right behind CONNECT", () => {
  it("leaves with it, alone, and the others follow CONNACK", () => {
    const told = opened([
      ["a", QOS_1],
      ["b", QOS_1],
    ]);
    assert.deepEqual(commands(told), ["connect", "publish a"]);
    told.link.receive(accepted);
    assert.deepEqual(commands(told), ["publish b"]);
    told.link.receive({ cmd: "puback", messageId: 1 });
    assert.deepEqual(told.log, ["connect false", "acknowledge 1"]);
  });

  it("is not one of QoS 0, which nobody would miss", () => {
    const told = opened([["a", 0]]);
    assert.deepEqual(commands(told), ["connect"]);
    told.link.receive(accepted);
    assert.deepEqual(commands(told), ["publish a"]);
  });

  it("waits on when the server refuses", () => {
    const told = opened([["a", QOS_1]]);
    commands(told);
    told.link.receive({ cmd: "connack", returnCode: 5, sessionPresent: false });
    assert.deepEqual(told.log, ["disconnect 135 again"]);
    pass(told, 120);
    told.link.establish();
    assert.deepEqual(commands(told), ["connect", "publish a dup"]);
    told.link.receive(accepted);
    assert.deepEqual(commands(told), []);
    told.link.receive({ cmd: "puback", messageId: 1 });
    assert.equal(told.log.at(-1), "acknowledge 1");
  });

  it("is sent again when the connection is cut before it is acknowledged", () => {
    const told = opened([["a", QOS_1]], { clean: false });
    told.link.receive(accepted);
    commands(told);
    reconnect(told, true);
    assert.deepEqual(commands(told), []);
    told.link.receive({ cmd: "puback", messageId: 1 });
    assert.equal(told.log.at(-1), "acknowledge 1");
  });

  it("is reported when the server's limits exclude it, and not sent at the next attempt", () => {
    const told = opened([["a", QOS_1]], { protocolVersion: 5 }, [version5]);
    assert.deepEqual(commands(told), ["connect", "publish a"]);
    told.link.receive({
      cmd: "connack",
      reasonCode: 0,
      sessionPresent: false,
      properties: { maximumQoS: 0 },
    });
    assert.deepEqual(told.log, ["drop 155 1 a", "connect false"]);
    told.link.receive({ cmd: "disconnect", reasonCode: 0x9b });
    dial(told);
    told.link.establish();
    assert.deepEqual(commands(told), ["connect"]);
  });

  it("may not be acknowledged before CONNACK [MQTT-3.2.0-1]", () => {
    const told = opened([["a", QOS_1]]);
    told.link.receive({ cmd: "puback", messageId: 1 });
    assert.deepEqual(told.log, ["disconnect 130 again"]);
  });

  it("costs nothing where nothing waits", () => {
    assert.deepEqual(commands(opened([])), ["connect"]);
  });
});
