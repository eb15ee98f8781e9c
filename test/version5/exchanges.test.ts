import assert from "node:assert/strict";
import type { Packet } from "mqtt-packet";
import {
  authentication,
  createRequester,
  disconnectWith,
  earlyPublish,
  publish,
  QOS_1,
  reauthenticate,
  request,
  respond,
  tick,
  version5,
} from "../../src/index.ts";
import type { Version5Options } from "../../src/index.ts";
import { createLoggedClient, dial } from "../support/fake-link.ts";
import { accept, createConnected, createVersion5Client, message, written } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";

const auth = (reasonCode: number, data: string, method = "SCRAM"): Packet => ({
  cmd: "auth",
  reasonCode,
  properties: { authenticationMethod: method, ...(data ? { authenticationData: Buffer.from(data) } : {}) },
});

describe("enhanced authentication", () => {
  let steps: string[] = [];
  const scram: Partial<Version5Options> = {
    authenticationMethod: "SCRAM",
    authenticate(data, reasonCode) {
      steps.push(`${reasonCode} ${data}`);
      return data === "give up" ? undefined : `answer to ${data}`;
    },
  };
  const said = (told: Version5Told): string[] =>
    told.link
      .packets()
      .filter(({ cmd }) => cmd === "auth" || cmd === "connect")
      .map((packet) => {
        const { properties, reasonCode } = packet as {
          properties?: Record<string, unknown>;
          reasonCode?: number;
        };
        return `${packet.cmd} ${reasonCode ?? ""} ${String(properties?.authenticationMethod)} ${String(properties?.authenticationData)}`;
      });

  beforeEach(() => {
    steps = [];
  });

  it("goes step by step until CONNACK [MQTT5-4.12.0-3]", () => {
    const told = createVersion5Client(scram, [authentication]);
    dial(told);
    told.link.establish();
    assert.deepEqual(said(told), ["connect  SCRAM answer to "]);
    told.link.receive(auth(0x18, "one"));
    told.link.receive(auth(0x18, "two"));
    assert.deepEqual(said(told), ["auth 24 SCRAM answer to one", "auth 24 SCRAM answer to two"]);
    told.link.receive({
      cmd: "connack",
      reasonCode: 0,
      sessionPresent: false,
      properties: { authenticationMethod: "SCRAM", authenticationData: Buffer.from("three") },
    });
    assert.deepEqual(told.log, ['connect false [21,"SCRAM",22,"three"]']);
    assert.deepEqual(steps, ["25 ", "24 one", "24 two"]);
  });

  it("is done anew when asked to, by the same method [MQTT5-4.12.1-1]", () => {
    const told = createConnected({ authenticationMethod: "SCRAM" }, scram, [authentication]);
    steps = [];
    reauthenticate(told.client);
    told.link.receive(auth(0x18, "more"));
    told.link.receive(auth(0, ""));
    assert.deepEqual(said(told), ["auth 25 SCRAM answer to ", "auth 24 SCRAM answer to more"]);
    assert.deepEqual(steps, ["25 ", "24 more", "0 "]);
    assert.ok(told.client.connected);
  });

  it("that is given up ends the connection with 0x87", () => {
    const told = createVersion5Client(scram, [authentication]);
    dial(told);
    told.link.establish();
    told.link.receive(auth(0x18, "give up"));
    assert.match(told.log.join(), /^disconnect 135 again/);
  });

  it("by another method, or out of turn, ends it with 0x82 [MQTT5-4.12.0-2] [MQTT5-4.12.0-5]", () => {
    for (const packet of [auth(0x18, "x", "OTHER"), auth(0, "x"), auth(0x19, "x")]) {
      const told = createVersion5Client(scram, [authentication]);
      dial(told);
      told.link.establish();
      told.link.receive(packet);
      assert.deepEqual(told.log, ["disconnect 130 again"]);
    }
  });

  it("is the server's to go on with only while we began anew", () => {
    for (const reasonCode of [0x18, 0]) {
      const told = createConnected({ authenticationMethod: "SCRAM" }, scram, [authentication]);
      told.link.receive(auth(reasonCode, "x"));
      assert.deepEqual(told.log, ["disconnect 130 again"], `unasked ${reasonCode}`);
    }
    const told = createConnected({ authenticationMethod: "SCRAM" }, scram, [authentication]);
    reauthenticate(told.client);
    told.link.receive(auth(0, ""));
    assert.ok(told.client.connected);
    told.link.receive(auth(0x18, "once more"));
    assert.deepEqual(told.log, ["disconnect 130 again"]);
  });

  it("is done by the CONNACK that accepts, which names the method of CONNECT or none [MQTT5-4.12.0-5] [MQTT5-4.12.0-6]", () => {
    for (const [method, parts, isTaken] of [
      ["SCRAM", [authentication], true],
      ["OTHER", [authentication], false],
      [undefined, [authentication], false],
      ["SCRAM", [], false],
      [undefined, [], true],
    ] as const) {
      const told = createVersion5Client(scram, [...parts]);
      dial(told);
      told.link.establish();
      told.link.packets();
      const properties = method ? { authenticationMethod: method } : {};
      told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties });
      assert.equal(told.client.connected, isTaken);
      if (!isTaken) assert.equal(written(told, "disconnect")[0]?.reasonCode, 0x82);
    }
  });

  it("lets nothing but AUTH go before CONNACK, what goes early included [MQTT5-3.1.2-30]", () => {
    const told = createVersion5Client(scram, [authentication, earlyPublish]);
    publish(told.client, "waits", "", QOS_1);
    dial(told);
    told.link.establish();
    told.link.receive(auth(0x18, "one"));
    publish(told.client, "t", "", 0);
    assert.deepEqual(
      told.link.packets().map(({ cmd }) => cmd),
      ["connect", "auth"],
    );
    const properties = { authenticationMethod: "SCRAM" };
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: false, properties });
    assert.equal(written(told, "publish").length, 2);
  });

  it("is not begun by a disconnect", () => {
    const told = createConnected({ authenticationMethod: "SCRAM" }, scram, [authentication]);
    steps = [];
    assert.equal(disconnectWith(told.client, 0, []), 0);
    assert.deepEqual(steps, []);
  });

  it("leaves no AUTH to a client that asked for none [MQTT5-4.12.0-6]", () => {
    const told = createVersion5Client();
    dial(told);
    told.link.establish();
    told.link.receive(auth(0x18, "x"));
    assert.deepEqual(told.log, ["disconnect 130 again"]);
  });
});

describe("requests", () => {
  /** A request that the server has got, with what its callback tells. */
  const ask = (told: Version5Told, requester: ReturnType<typeof createRequester>, seconds = 5) => {
    const answers: string[] = [];
    const result = request(requester, "lamp/get", "?", seconds, (reasonCode, payload) =>
      answers.push(`${reasonCode} ${payload}`),
    );
    const [packet] = written(told, "publish");
    return { answers, result, properties: packet?.properties };
  };
  const answer = (told: Version5Told, data: Buffer | undefined, payload: string): void =>
    told.link.receive(message("answers/1", payload, data ? { correlationData: data } : {}));

  it("get the response with their correlation data, whatever the order", () => {
    const told = createConnected();
    const requester = createRequester(told.client, "answers/1", 0);
    const first = ask(told, requester);
    const second = ask(told, requester);
    assert.equal(first.properties?.responseTopic, "answers/1");
    answer(told, second.properties?.correlationData, "two");
    answer(told, first.properties?.correlationData, "one");
    answer(told, first.properties?.correlationData, "again");
    answer(told, undefined, "nobody's");
    assert.deepEqual([first.answers, second.answers], [["0 one"], ["0 two"]]);
  });

  it("end with 0xC7 when no response comes in time, once", () => {
    const told = createConnected();
    const requester = createRequester(told.client, "answers/1", 2);
    const { answers, result, properties } = ask(told, requester, 3);
    assert.equal(result, 2);
    for (let second = 0; second < 2; second++) tick(told.client);
    assert.deepEqual(answers, []);
    tick(told.client);
    answer(told, properties?.correlationData, "late");
    tick(told.client);
    assert.deepEqual(answers, ["199 "]);
  });

  it("may be many, but not more than 16", () => {
    const told = createConnected();
    const requester = createRequester(told.client, "answers/1", 0);
    const asked = Array.from({ length: 16 }, () => ask(told, requester));
    assert.equal(ask(told, requester).result, -0x97);
    for (const { properties } of asked) answer(told, properties?.correlationData, "yes");
    assert.ok(asked.every(({ answers }) => answers.join() === "0 yes"));
    assert.equal(ask(told, requester).result, 0);
  });

  it("are refused where 3.1.1 is spoken", () => {
    const told = createLoggedClient({ protocolVersion: 4 }, [version5]);
    const requester = createRequester(told.client, "answers/1", 0);
    assert.equal(
      request(requester, "t", "", 1, () => undefined),
      -0x82,
    );
  });

  it("are answered with their correlation data, on their response topic", () => {
    const results: number[] = [];
    const told = createConnected(
      {},
      { onMessage: (_topic, payload) => results.push(respond(told.client, `${payload}!`, 0)) },
    );
    told.link.receive(message("do", "it", { responseTopic: "to/you", correlationData: Buffer.from("\x07") }));
    told.link.receive(message("do", "it"));
    const [packet, ...more] = written(told, "publish");
    assert.deepEqual([packet?.topic, String(packet?.payload)], ["to/you", "it!"]);
    assert.equal(String(packet?.properties?.correlationData), "\x07");
    assert.deepEqual(more, []);
    assert.deepEqual(results, [0, -0x82]);
  });
});

describe("a client of MQTT 5.0 that is cut off", () => {
  it("reads a CONNACK of its next connection as if there had been none before", () => {
    const told = createConnected({ maximumQoS: 0, maximumPacketSize: 10 });
    told.link.end();
    dial(told);
    accept(told);
    assert.equal(publish(told.client, "t", "x".repeat(20), QOS_1), 1);
    assert.equal(written(told, "publish").length, 1);
  });
});
