import assert from "node:assert/strict";
import type { IConnectPacket, Packet } from "mqtt-packet";
import {
  abort,
  disconnect,
  disconnectWith,
  MESSAGE_EXPIRY_INTERVAL,
  publish,
  publishWith,
  qos2,
  QOS_1,
  QOS_2,
  REASON_STRING,
  RECEIVE_MAXIMUM,
  RETAIN,
  SESSION_EXPIRY_INTERVAL,
  subscribe,
  tick,
  USER_PROPERTY,
  WILL_DELAY_INTERVAL,
} from "../../src/index.ts";
import { accept, createConnected, createVersion5Client, message, written } from "../support/version5.ts";
import { dial } from "../support/fake-link.ts";

const connack = (reasonCode: number, properties = {}): Packet => ({
  cmd: "connack",
  reasonCode,
  sessionPresent: false,
  properties,
});

/** The CONNECT that a client with these options sends. */
function connectPacket(options = {}): IConnectPacket {
  const told = createVersion5Client(options);
  dial(told);
  told.link.establish();
  return written(told, "connect")[0] as IConnectPacket;
}

describe("CONNECT of MQTT 5.0", () => {
  it("says what the client takes, and has a session end with its connection", () => {
    const { protocolVersion, clean, properties } = connectPacket();
    assert.equal(protocolVersion, 5);
    assert.equal(clean, true);
    assert.deepEqual({ ...properties }, { receiveMaximum: 32, maximumPacketSize: 1024 });
  });

  it("keeps the session without clean start for ever, unless an expiry is given", () => {
    assert.equal(connectPacket({ clean: false }).properties?.sessionExpiryInterval, 0xffffffff);
    const given = connectPacket({ clean: false, properties: [SESSION_EXPIRY_INTERVAL, 3600] });
    assert.equal(given.properties?.sessionExpiryInterval, 3600);
  });

  it("carries will, credentials and all properties asked for [MQTT5-3.1.3-1]", () => {
    const packet = connectPacket({
      clientId: "MQTT",
      username: "u",
      password: "p",
      properties: [RECEIVE_MAXIMUM, 5, USER_PROPERTY, ["a", "1"], USER_PROPERTY, ["a", "2"]],
      will: {
        topic: "gone",
        payload: "x",
        qos: 1,
        retain: true,
        properties: [WILL_DELAY_INTERVAL, 30, MESSAGE_EXPIRY_INTERVAL, 60],
      },
    });
    assert.equal(packet.clientId, "MQTT");
    assert.equal(packet.username, "u");
    assert.equal(String(packet.password), "p");
    assert.equal(packet.properties?.receiveMaximum, 5);
    assert.deepEqual({ ...packet.properties?.userProperties }, { a: ["1", "2"] });
    assert.deepEqual(
      { ...packet.will, payload: String(packet.will?.payload), properties: { ...packet.will?.properties } },
      {
        topic: "gone",
        payload: "x",
        qos: 1,
        retain: true,
        properties: { willDelayInterval: 30, messageExpiryInterval: 60 },
      },
    );
  });

  it("is not sent with properties that cannot be: the attempt ends with 0x82", () => {
    for (const properties of [
      [RECEIVE_MAXIMUM, 0],
      [REASON_STRING, "x"],
      [SESSION_EXPIRY_INTERVAL, -1],
    ]) {
      const told = createVersion5Client({ properties: properties });
      dial(told);
      told.link.establish();
      assert.deepEqual(told.log, ["disconnect 130 again"]);
      assert.deepEqual(told.link.packets(), []);
    }
  });

  for (const [what, options, code] of [
    ["a client identifier that is no UTF-8", { clientId: "K\xfcche" }, 0x85],
    ["a user name with U+0000 [MQTT5-1.5.4-2]", { username: "a\0b" }, 0x86],
    ["a password above 65535 bytes", { username: "u", password: "x".repeat(65536) }, 0x86],
    ["a will to a wildcard", { will: { topic: "a/#", payload: "" } }, 0x90],
    ["a will above 65535 bytes", { will: { topic: "a", payload: "x".repeat(65536) } }, 0x95],
  ] as const) {
    it(`is not sent with ${what}: the attempt ends with 0x${code.toString(16)}`, () => {
      const told = createVersion5Client(options);
      dial(told);
      told.link.establish();
      assert.deepEqual(told.log, [`disconnect ${code} again`]);
      assert.deepEqual(told.link.packets(), []);
    });
  }

  it("names the client as the server did, on later connections too [MQTT5-3.2.2-16]", () => {
    const told = createVersion5Client({ clientId: "" });
    dial(told);
    accept(told, { assignedClientIdentifier: "given" });
    told.link.end();
    dial(told);
    told.link.establish();
    assert.equal(written(told, "connect")[0]?.clientId, "given");
  });

  it("asks for the session that it has by the identifier the server gave it", () => {
    const told = createVersion5Client({ clientId: "", clean: false });
    dial(told);
    told.link.establish();
    assert.equal(written(told, "connect")[0]?.clean, true);
    told.link.receive(connack(0, { assignedClientIdentifier: "given" }));
    told.link.end();
    dial(told);
    told.link.establish();
    assert.equal(written(told, "connect")[0]?.clean, false);
  });

  it("is that of 3.1.1 with protocolVersion 4, and so is all the rest", () => {
    const told = createVersion5Client({ protocolVersion: 4 });
    dial(told);
    told.link.establish();
    assert.equal(written(told, "connect")[0]?.protocolVersion, 4);
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    publish(told.client, "t", "p", 0);
    assert.equal(publishWith(told.client, "t", "q", 0, [MESSAGE_EXPIRY_INTERVAL, 5]), 0);
    assert.deepEqual(
      written(told, "publish").map(({ payload }) => String(payload)),
      ["p", "q"],
    );
  });
});

describe("CONNACK of MQTT 5.0", () => {
  it("is told with its properties", () => {
    const told = createVersion5Client();
    dial(told);
    told.link.establish();
    told.link.receive(connack(0, { reasonString: "hello", userProperties: { a: "b" } }));
    assert.deepEqual(told.log, ['connect false [31,"hello",38,["a","b"]]']);
    assert.equal(told.client.properties, "\0");
  });

  for (const reasonCode of [0x80, 0x84, 0x86, 0x87, 0x88, 0x8a, 0x95, 0x97, 0x9f]) {
    it(`that refuses with 0x${reasonCode.toString(16)} is told with its reason string`, () => {
      const told = createVersion5Client();
      dial(told);
      told.link.establish();
      told.link.packets();
      told.link.receive(connack(reasonCode, { reasonString: "no" }));
      assert.deepEqual(told.log, [`disconnect ${reasonCode} again [31,"no"]`]);
      assert.deepEqual(told.link.packets(), []);
      assert.equal(told.client.connected, false);
    });
  }

  it("with a session that was to be forgotten ends the connection with 0x82 [MQTT5-3.2.2-2] [MQTT5-3.2.2-4]", () => {
    const told = createVersion5Client();
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: true });
    assert.equal(written(told, "disconnect")[0]?.reasonCode, 0x82);
    assert.deepEqual(told.log, ["disconnect 130 again"]);
  });

  for (const [what, bytes, code] of [
    ["flags that do not exist", "\x20\x03\x02\0\0", 0x81],
    ["no properties", "\x20\x02\0\0", 0x81],
    ["a property of another packet", "\x20\x05\0\0\x02\x01\0", 0x81],
    ["a receive maximum of 0", "\x20\x06\0\0\x03\x21\0\0", 0x82],
    ["a maximum QoS of 2", "\x20\x05\0\0\x02\x24\x02", 0x82],
    ["bytes behind its properties", "\x20\x04\0\0\0\0", 0x81],
    ["a reason code that is none", "\x20\x03\0\x01\0", 0x81],
    ["a reason code of ours", "\x20\x03\0\xc3\0", 0x81],
    ["header flags", "\x21\x03\0\0\0", 0x81],
  ] as const) {
    it(`with ${what} ends the connection with 0x${code.toString(16)}`, () => {
      const told = createVersion5Client();
      dial(told);
      told.link.establish();
      told.link.packets();
      told.link.receive(bytes);
      assert.deepEqual(told.log, [`disconnect ${code} again`]);
      assert.equal(written(told, "disconnect")[0]?.reasonCode, code);
    });
  }

  it("sets the keep alive [MQTT5-3.1.2-21] [MQTT5-3.2.2-21]", () => {
    const told = createConnected({ serverKeepAlive: 5 });
    for (let second = 0; second < 5; second++) tick(told.client);
    assert.equal(written(told, "pingreq").length, 1);
  });

  it("bounds what is under way by the server's receive maximum [MQTT5-3.3.4-7]", () => {
    const told = createConnected({ receiveMaximum: 2 });
    for (const topic of ["a", "b", "c"]) publish(told.client, topic, "", QOS_1);
    assert.equal(written(told, "publish").length, 2);
    told.link.receive({ cmd: "puback", messageId: 1, reasonCode: 0 });
    assert.equal(written(told, "publish").length, 1);
  });

  it("has messages refused that the server does not take [MQTT5-3.2.2-11] [MQTT5-3.2.2-14] [MQTT5-3.2.2-15]", () => {
    const told = createConnected({ maximumQoS: 0, retainAvailable: false, maximumPacketSize: 30 });
    assert.equal(publish(told.client, "t", "", QOS_1), -0x9b);
    assert.equal(publish(told.client, "t", "", RETAIN), -0x9a);
    assert.equal(publish(told.client, "t", "x".repeat(25), 0), -0x95);
    assert.equal(publish(told.client, "t", "x".repeat(24), 0), 0);
    const [packet] = told.link.packets();
    assert.equal((packet as { length: number }).length, 28);
  });

  it("has messages dropped and reported that were queued before the server said so", () => {
    const told = createVersion5Client();
    publish(told.client, "qos", "", QOS_1);
    publish(told.client, "retain", "", RETAIN);
    publish(told.client, "large", "x".repeat(100), 0);
    publish(told.client, "fits", "", 0);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive(connack(0, { maximumQoS: 0, retainAvailable: false, maximumPacketSize: 50 }));
    assert.deepEqual(
      told.log.filter((line) => line.startsWith("drop")),
      ["drop 155 1 qos", "drop 154 0 retain", "drop 149 0 large"].map((line) => `${line} [36,0,37,0,39,50]`),
    );
    assert.deepEqual(
      written(told, "publish").map(({ topic }) => topic),
      ["fits"],
    );
  });

  it("bounds the QoS of what is published alone: subscriptions may ask for more, and get it", () => {
    const told = createConnected({ maximumQoS: 0 });
    assert.equal(subscribe(told.client, [{ topicFilter: "a", qos: 1 }]), 0);
    assert.equal(written(told, "subscribe")[0]?.subscriptions[0]?.qos, 1);
    told.link.receive(message("a", "x", {}, { qos: 1, messageId: 7 }));
    assert.equal(written(told, "puback")[0]?.messageId, 7);
  });

  it("that is refused for its session costs no message that waits", () => {
    for (const bytes of ["\x20\x05\x01\0\x02\x25\0", "\x20\x05\x02\0\x02\x25\0"]) {
      const told = createVersion5Client();
      publish(told.client, "kept", "", RETAIN);
      dial(told);
      told.link.establish();
      told.link.receive(bytes);
      assert.match(told.log.join(), /^disconnect (129|130) again$/);
    }
  });

  it("leaves QoS 2 to those who asked for it", () => {
    const told = createConnected({}, {}, [qos2]);
    assert.equal(publish(told.client, "t", "", QOS_2), 1);
    told.link.receive({ cmd: "pubrec", messageId: 1, reasonCode: 0 });
    told.link.receive({ cmd: "pubcomp", messageId: 1, reasonCode: 0 });
    assert.deepEqual(told.log, ["acknowledge 1"]);
    assert.deepEqual(
      told.link.packets().map(({ cmd }) => cmd),
      ["publish", "pubrel"],
    );
  });
});

describe("DISCONNECT of MQTT 5.0", () => {
  it("from the server is told with its properties, and answered by none", () => {
    const told = createConnected();
    told.link.receive({
      cmd: "disconnect",
      reasonCode: 0x8b,
      properties: { reasonString: "going down", userProperties: { until: "noon" } },
    });
    assert.deepEqual(told.log, ['disconnect 139 again [31,"going down",38,["until","noon"]]']);
    assert.deepEqual(told.link.packets(), []);
    dial(told);
    assert.equal(told.client.properties, "\0");
  });

  it("from the server may be as short as it gets", () => {
    for (const [bytes, line] of [
      ["\xe0\0", "disconnect 0 again"],
      ["\xe0\x01\x8e", "disconnect 142 again"],
    ]) {
      const told = createConnected();
      told.link.receive(bytes as string);
      assert.deepEqual(told.log, [line]);
    }
  });

  it("must not name a session expiry interval from a server [MQTT5-3.14.2-2]", () => {
    const told = createConnected();
    told.link.receive("\xe0\x07\0\x05\x11\0\0\0\x01");
    assert.deepEqual(told.log, ["disconnect 129 again"]);
    assert.equal(written(told, "disconnect")[0]?.reasonCode, 0x81);
  });

  it("to the server is as short as it gets", () => {
    const told = createConnected();
    told.link.bytes = "";
    disconnect(told.client);
    assert.equal(told.link.bytes, "\xe0\0");
    assert.deepEqual(told.log, ["disconnect 0 end"]);
  });

  it("to the server says what it is told to say, once", () => {
    const told = createConnected({}, { properties: [SESSION_EXPIRY_INTERVAL, 10] });
    const result = disconnectWith(told.client, 4, [SESSION_EXPIRY_INTERVAL, 60, REASON_STRING, "sleep"]);
    assert.equal(result, 0);
    const [packet, ...more] = written(told, "disconnect");
    assert.equal(packet?.reasonCode, 4);
    assert.deepEqual({ ...packet?.properties }, { sessionExpiryInterval: 60, reasonString: "sleep" });
    assert.deepEqual(more, []);
    assert.deepEqual(told.log, ["disconnect 0 end"]);
  });

  it("to the server is refused with −0x95 where it is larger than the server takes [MQTT5-3.14.2-3] [MQTT5-3.14.2-4]", () => {
    const told = createConnected({ maximumPacketSize: 20 });
    assert.equal(disconnectWith(told.client, 0, [REASON_STRING, "good night to you all"]), -0x95);
    assert.equal(disconnectWith(told.client, 0, [USER_PROPERTY, ["until", "tomorrow"]]), -0x95);
    assert.ok(told.client.connected);
    assert.equal(disconnectWith(told.client, 0, [REASON_STRING, "good night"]), 0);
    assert.equal(written(told, "disconnect").length, 1);
  });

  it("to the server cannot make a session last that was to end", () => {
    const told = createConnected();
    assert.equal(disconnectWith(told.client, 0, [SESSION_EXPIRY_INTERVAL, 60]), -0x82);
    assert.equal(disconnectWith(told.client, 0, [WILL_DELAY_INTERVAL, 60]), -0x82);
    assert.ok(told.client.connected);
  });

  for (const [what, bytes, code] of [
    ["a reserved packet type", "\0\0", 0x82],
    ["a CONNECT", "\x10\0", 0x82],
    ["a second CONNACK", "\x20\x03\0\0\0", 0x82],
    ["a packet above the size told", `\x90\x90\x4e`, 0x95],
    ["an acknowledgement with flags", "\x42\x02\0\x01", 0x81],
    ["an acknowledgement without an id", "\x40\x01\0", 0x81],
    ["an acknowledgement with bytes behind its properties", "\x40\x05\0\x01\0\0\0", 0x81],
    ["AUTH, which nobody asked for", "\xf0\0", 0x82],
    ["an acknowledgement with a reason code that it cannot have [MQTT5-3.4.2-1]", "\x40\x03\0\x01\x01", 0x81],
    ["a PUBREC with one [MQTT5-3.5.2-1]", "\x50\x03\0\x01\x11", 0x81],
    ["a PUBREL with one [MQTT5-3.6.2-1]", "\x62\x03\0\x01\x10", 0x81],
    ["a PUBCOMP with one [MQTT5-3.7.2-1]", "\x70\x03\0\x01\x80", 0x81],
    ["a QoS of 3 [MQTT5-3.3.1-4]", "\x36\x06\0\x01t\0\x01\0", 0x81],
    ["a QoS that was not granted", "\x34\x06\0\x01t\0\x01\0", 0x82],
  ] as const) {
    it(`tells the server 0x${code.toString(16)} for ${what} [MQTT5-4.13.2-1]`, () => {
      const told = createConnected();
      told.link.receive(bytes);
      assert.deepEqual(
        written(told, "disconnect").map(({ reasonCode }) => reasonCode),
        [code],
      );
      assert.deepEqual(told.log, [`disconnect ${code} again`]);
    });
  }

  it("is not said for a silence, for which clients have no code", () => {
    const told = createConnected({}, { keepalive: 1 });
    for (let second = 0; second < 12; second++) tick(told.client);
    assert.deepEqual(told.log, ["disconnect 141 again"]);
    assert.deepEqual(written(told, "disconnect"), []);
  });

  it("is not said before there was a CONNECT", () => {
    const told = createVersion5Client();
    dial(told);
    abort(told.client, 0x83);
    assert.deepEqual(told.link.packets(), []);
  });
});
