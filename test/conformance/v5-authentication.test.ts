/** What MQTT 5.0 asks of AUTH and of enhanced authentication, on the minified client. */
import assert from "node:assert/strict";
import type { Packet } from "mqtt-packet";
import { answers, begin, bytes, connected, open, ristretto, sized } from "./conversation5.ts";
import type { Conversation5 } from "./conversation5.ts";

const { authentication, AUTHENTICATION_DATA, AUTHENTICATION_METHOD, disconnect, reauthenticate } = ristretto;

type Auth = Extract<Packet, { cmd: "auth" }>;

const METHOD = "SCRAM";
const auth = (reasonCode: number, method: string | undefined = METHOD, data = "data"): Packet => ({
  cmd: "auth",
  reasonCode,
  properties: { authenticationMethod: method, authenticationData: Buffer.from(data) },
});
const connack = (method?: string, reasonCode = 0): Packet => ({
  cmd: "connack",
  reasonCode,
  sessionPresent: false,
  properties: method === undefined ? {} : { authenticationMethod: method },
});

/** A client whose answers come from here; undefined gives up. */
function authenticating(answer: (data: string) => string | undefined = (data) => `${data}!`): Conversation5 {
  const options = { maximumPacketSize: 128, authenticationMethod: METHOD, authenticate: answer };
  const talk = begin(options, [authentication]);
  open(talk);
  return talk;
}

/** One that was let in. */
function authenticated(answer?: (data: string) => string | undefined): Conversation5 {
  const talk = authenticating(answer);
  talk.link.receive(connack(METHOD));
  talk.log.length = 0;
  return talk;
}

/** One that began anew. */
function reauthenticating(): Conversation5 {
  const talk = authenticated();
  reauthenticate(talk.client);
  talk.packets();
  return talk;
}

/** The AUTH packets written: reason code, method and data. */
const steps = (talk: Conversation5): unknown[][] =>
  talk
    .packets()
    .filter((packet): packet is Auth => packet.cmd === "auth")
    .map(({ reasonCode, properties }) => [
      reasonCode,
      properties?.authenticationMethod,
      String(properties?.authenticationData),
    ]);

describe("AUTH of 5.0 from the client", () => {
  it("has flags 0, a code that AUTH has, and the method of CONNECT: 0x18 to answer, 0x19 to begin anew [MQTT5-3.15.1-1] [MQTT5-3.15.2-1] [MQTT5-4.12.0-3] [MQTT5-4.12.0-5] [MQTT5-4.12.1-1]", () => {
    const talk = authenticating();
    talk.link.bytes = "";
    talk.link.receive(auth(0x18, METHOD, "one"));
    talk.link.receive(auth(0x18, METHOD, "two"));
    talk.link.receive(connack(METHOD));
    reauthenticate(talk.client);
    talk.link.receive(auth(0x18, METHOD, "three"));
    talk.link.receive(auth(0));
    assert.equal(talk.link.bytes.charCodeAt(0), 0xf0);
    assert.deepEqual(steps(talk), [
      [0x18, METHOD, "one!"],
      [0x18, METHOD, "two!"],
      [0x19, METHOD, "!"],
      [0x18, METHOD, "three!"],
    ]);
    assert.deepEqual(talk.log, ["connect false"]);
  });

  it("begins anew only on a connection that stands [MQTT5-4.12.1-1]", () => {
    const talk = authenticating();
    reauthenticate(talk.client);
    assert.deepEqual(steps(talk), []);
    talk.link.receive(connack(METHOD));
    disconnect(talk.client);
    talk.packets();
    reauthenticate(talk.client);
    assert.deepEqual(steps(talk), []);
  });

  it("has no reason string and no user property, so none makes it larger than the server takes [MQTT5-3.15.2-2] [MQTT5-3.15.2-3]", () => {
    const talk = reauthenticating();
    const properties = { ...(auth(0x18) as Auth).properties, reasonString: "x", userProperties: { k: "v" } };
    talk.link.receive({ cmd: "auth", reasonCode: 0x18, properties });
    const [packet] = talk.packets() as Auth[];
    assert.deepEqual(Object.keys(packet?.properties ?? {}).sort(), [
      "authenticationData",
      "authenticationMethod",
    ]);
  });

  it("is sent by nobody whose CONNECT has no method, though asked for [MQTT5-4.12.0-7]", () => {
    const talk = connected();
    reauthenticate(talk.client);
    assert.deepEqual(talk.said(), []);
    assert.deepEqual(answers(talk, auth(0x18)), ["disconnect 0x82"]);
  });
});

describe("AUTH of 5.0 from the server", () => {
  it("has flags 0, or the connection ends with 0x81 [MQTT5-3.15.1-1]", () => {
    for (let flags = 1; flags < 16; flags++) {
      for (const talk of [authenticating(), authenticated(), connected()]) {
        assert.deepEqual(answers(talk, bytes(0xf0 | flags, 0)), ["disconnect 0x81"]);
        assert.deepEqual(talk.log, ["disconnect 0x81 again"]);
      }
    }
  });

  it("has code 0x18 during a connect, and 0 as well when it is done anew; another ends the connection with 0x82 [MQTT5-3.15.2-1] [MQTT5-4.12.0-2]", () => {
    const properties = `\x08${bytes(AUTHENTICATION_METHOD)}\0\x05${METHOD}`;
    for (let code = 0; code < 256; code++) {
      const packet = bytes(0xf0, 10, code) + properties;
      const early = answers(authenticating(), packet);
      assert.deepEqual(early, [code === 0x18 ? "auth 0x18" : "disconnect 0x82"], String(code));
      const late = answers(reauthenticating(), packet);
      assert.deepEqual(late, code === 0 ? [] : [code === 0x18 ? "auth 0x18" : "disconnect 0x82"]);
    }
  });

  it("and a CONNACK that accepts name the method of CONNECT, or the connection ends with 0x82 [MQTT5-4.12.0-5]", () => {
    for (const method of ["OTHER", "SCRA", "", undefined]) {
      const packets = [method === undefined ? "\xf0\x02\x18\0" : auth(0x18, method), connack(method)];
      for (const packet of packets) {
        const talk = authenticating();
        assert.deepEqual(answers(talk, packet), ["disconnect 0x82"]);
        assert.deepEqual(talk.log, ["disconnect 0x82 again"]);
      }
    }
    const talk = authenticating();
    talk.link.receive(connack(METHOD));
    assert.deepEqual(talk.log, ["connect false"]);
    const refused = authenticating();
    refused.link.receive(connack(undefined, 0x8c));
    assert.deepEqual(refused.log, ["disconnect 0x8c again"]);
  });

  it("and a CONNACK that accepts name the method of a CONNECT that was given its properties [MQTT5-4.12.0-5]", () => {
    for (const [method, line] of [
      ["TOKEN", "connect false"],
      ["OTHER", "disconnect 0x82 again"],
      [undefined, "disconnect 0x82 again"],
    ] as const) {
      const talk = begin({ properties: [AUTHENTICATION_METHOD, "TOKEN", AUTHENTICATION_DATA, "secret"] });
      open(talk);
      talk.link.receive(connack(method));
      assert.deepEqual(talk.log, [line]);
    }
  });

  it("is not sent, nor a method in CONNACK, where CONNECT has none: the connection ends with 0x82 [MQTT5-4.12.0-6]", () => {
    for (const packet of [auth(0x18), auth(0), connack(METHOD), "\xf0\0"]) {
      const talk = begin();
      open(talk);
      assert.deepEqual(answers(talk, packet), ["disconnect 0x82"]);
      assert.deepEqual(talk.log, ["disconnect 0x82 again"]);
    }
    for (const packet of [auth(0x18), auth(0), "\xf0\0"])
      assert.deepEqual(answers(connected(), packet), ["disconnect 0x82"]);
  });

  for (const [property, statement] of [
    ["reasonString", 2],
    ["userProperties", 3],
  ] as const) {
    it(`whose ${property} makes it larger than was allowed ends the connection with 0x95 [MQTT5-3.15.2-${statement}]`, () => {
      assert.deepEqual(answers(reauthenticating(), sized(auth(0x18), 128, property)), ["auth 0x18"]);
      const talk = authenticated();
      assert.deepEqual(answers(talk, sized(auth(0x18), 129, property)), ["disconnect 0x95"]);
      assert.deepEqual(talk.log, ["disconnect 0x95 again"]);
    });
  }
});

describe("a re-authentication of 5.0 that fails", () => {
  it("ends the connection, whether the server says so or we give up [MQTT5-4.12.1-2]", () => {
    const refused = authenticated();
    reauthenticate(refused.client);
    assert.deepEqual(answers(refused, { cmd: "disconnect", reasonCode: 0x87 }), []);
    assert.deepEqual(refused.log, ["disconnect 0x87 again"]);
    assert.equal(refused.link.isOpen, false);
    for (const when of ["at once", "later"]) {
      let givesUp = false;
      const talk = authenticated(() => (givesUp ? undefined : "x"));
      givesUp = when === "at once";
      reauthenticate(talk.client);
      givesUp = true;
      if (when === "later") talk.link.receive(auth(0x18));
      assert.deepEqual(talk.log, ["disconnect 0x87 again"]);
      assert.equal(talk.link.isOpen, false);
    }
  });
});
