/** What MQTT 5.0 asks of CONNECT, on the minified client. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Version5Options } from "../../src/index.ts";
import { check, topicBytes, utf8 } from "../support/arbitraries.ts";
import type { Version5Told } from "../support/version5.ts";
import { ristretto } from "./conversation.ts";
import { createVersion5Client } from "./wire5.ts";
import { dial } from "../support/fake-link.ts";

const {
  authentication,
  AUTHENTICATION_METHOD,
  CONTENT_TYPE,
  earlyPublish,
  MAXIMUM_PACKET_SIZE,
  publish,
  QOS_1,
  readProperties,
  RECEIVE_MAXIMUM,
  REQUEST_PROBLEM_INFORMATION,
  RESPONSE_TOPIC,
  SESSION_EXPIRY_INTERVAL,
  subscribe,
  tick,
  topicAliases,
  TOPIC_ALIAS_MAXIMUM,
  unsubscribe,
  USER_PROPERTY,
  WILL_DELAY_INTERVAL,
} = ristretto;

const CLEAN_START = 2;
const WILL = 4;
const WILL_QOS = 0x18;
const WILL_RETAIN = 32;
const PASSWORD = 64;
const USER_NAME = 128;

/** A CONNECT, read by the tables of section 3.1 and nothing else. */
interface Connect {
  first: number;
  protocolName: string;
  protocolVersion: number;
  flags: number;
  keepalive: number;
  properties: string;
  clientId: string;
  will?: { properties: string; topic: string; payload: string };
  username?: string;
  password?: string;
}

/** Reads a CONNECT, whose fields must fill it. */
function read(packet: string): Connect {
  let at = 1;
  const variable = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const digit = packet.charCodeAt(at++);
      value += (digit & 127) << shift;
      if (digit < 128) return value;
    }
  };
  const take = (size: number): string => {
    at += size;
    assert.ok(at <= packet.length, "a field ends behind the packet");
    return packet.slice(at - size, at);
  };
  const byte = (): number => take(1).charCodeAt(0);
  const u16 = (): number => byte() * 256 + byte();
  const text = (): string => take(u16());
  assert.equal(variable(), packet.length - at);
  const protocolName = text();
  const protocolVersion = byte();
  const flags = byte();
  const keepalive = u16();
  const properties = take(variable());
  const clientId = text();
  const found: Connect = {
    first: packet.charCodeAt(0),
    protocolName,
    protocolVersion,
    flags,
    keepalive,
    properties,
    clientId,
  };
  if (flags & WILL) found.will = { properties: take(variable()), topic: text(), payload: text() };
  if (flags & USER_NAME) found.username = text();
  if (flags & PASSWORD) found.password = text();
  assert.equal(at, packet.length, "something stands behind the fields");
  return found;
}

/** The CONNECT that a client sends whose link stands now; empty when there is none. */
function open(told: Version5Told): string {
  dial(told, ristretto);
  told.link.bytes = "";
  told.link.establish();
  return told.link.bytes;
}

const connectOf = (options: Partial<Version5Options>): Connect => read(open(createVersion5Client(options)));

const pair = fc.tuple(utf8(0, 10), utf8(0, 10)).map(([name, value]) => [USER_PROPERTY, [name, value]]);
const will = fc.record(
  {
    topic: topicBytes(),
    payload: utf8(0, 300),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    retain: fc.boolean(),
    properties: fc
      .tuple(
        fc.constantFrom([], [WILL_DELAY_INTERVAL, 70000]),
        fc.constantFrom([], [CONTENT_TYPE, "text/plain"]),
        fc.constantFrom([], [RESPONSE_TOPIC, "answers"]),
        pair,
      )
      .map((lists) => lists.flat(1)),
  },
  { requiredKeys: ["topic", "payload"] },
);
const options: fc.Arbitrary<Partial<Version5Options>> = fc
  .tuple(
    fc.record({ clientId: utf8(0, 30), keepalive: fc.nat(65535), clean: fc.boolean() }),
    fc.option(will, { nil: undefined }),
    fc.record({ username: fc.option(utf8(0, 40)), password: fc.option(utf8(0, 40)) }, { requiredKeys: [] }),
    fc
      .tuple(
        fc.constantFrom([], [SESSION_EXPIRY_INTERVAL, 3600]),
        fc.constantFrom([], [RECEIVE_MAXIMUM, 300]),
        fc.constantFrom([], [REQUEST_PROBLEM_INFORMATION, 0]),
        fc.array(pair, { maxLength: 12 }),
      )
      .map(([expiry, maximum, problems, pairs]) => [...expiry, ...maximum, ...problems, ...pairs.flat(1)]),
  )
  .map(
    ([basic, last, names, properties]) =>
      ({ ...basic, ...names, properties, ...(last ? { will: last } : {}) }) as Partial<Version5Options>,
  );

const isThere = (text: string | null | undefined): text is string => text !== undefined && text !== null;

/** Checks what CONNECT says for any options. */
function forAny(claim: (connect: Connect, given: Partial<Version5Options>) => void): void {
  check(fc.property(options, (given) => claim(connectOf(given), given)));
}

describe("CONNECT of 5.0", () => {
  it("is type 1 with its flags 0, names MQTT at version 5, and leaves the reserved connect flag 0, whatever the options [MQTT5-2.1.3-1] [MQTT5-3.1.2-1] [MQTT5-3.1.2-3] [MQTT5-3.1.4-1]", () => {
    forAny(({ first, protocolName, protocolVersion, flags, keepalive, properties }, given) => {
      assert.deepEqual([first, protocolName, protocolVersion, flags & 1], [0x10, "MQTT", 5, 0]);
      assert.equal(keepalive, given.keepalive);
      // Who has no name yet has no session.
      assert.equal((flags & CLEAN_START) !== 0, given.clean || !given.clientId);
      for (const [index, one] of given.properties!.entries())
        if (typeof one !== "number") assert.ok(properties.includes((one as [string, string])[1]), `${index}`);
    });
  });

  it("has with a will its flag, QoS, retain, properties, topic and payload [MQTT5-3.1.2-9] [MQTT5-3.1.2-12]", () => {
    forAny((found, given) => {
      if (!given.will) return;
      assert.equal(found.flags & WILL, WILL);
      assert.equal((found.flags & WILL_QOS) >> 3, given.will.qos ?? 0);
      assert.equal((found.flags & WILL_RETAIN) !== 0, given.will.retain ?? false);
      const { properties, topic, payload } = found.will!;
      assert.deepEqual([topic, payload], [given.will.topic, given.will.payload]);
      const field = String.fromCharCode(properties.length) + properties;
      assert.equal(JSON.stringify(readProperties(field)), JSON.stringify(given.will.properties ?? []));
    });
  });

  it("is not sent with a will of QoS 3, which is none [MQTT5-3.1.2-12]", () => {
    const told = createVersion5Client({ will: { topic: "t", payload: "", qos: 3 as 2 } });
    assert.equal(open(told), "");
    assert.deepEqual(told.log, ["disconnect 130 again"]);
  });

  it("has without a will neither its flag, QoS, retain, properties, topic nor payload [MQTT5-3.1.2-11] [MQTT5-3.1.2-13]", () => {
    forAny(({ flags }, given) => {
      if (!given.will) assert.equal(flags & (WILL | WILL_QOS | WILL_RETAIN), 0);
    });
  });

  it("has a user name where its flag is, and nowhere else, and so a password, also without one [MQTT5-3.1.2-16] [MQTT5-3.1.2-17] [MQTT5-3.1.2-18] [MQTT5-3.1.2-19]", () => {
    forAny(({ flags, username, password }, given) => {
      assert.equal((flags & USER_NAME) !== 0, isThere(given.username));
      assert.equal((flags & PASSWORD) !== 0, isThere(given.password));
      assert.equal(username, flags & USER_NAME ? given.username : undefined);
      assert.equal(password, flags & PASSWORD ? given.password : undefined);
    });
  });

  it("has its fields in order: client id, will properties, will topic, will payload, user name, password [MQTT5-3.1.3-1] [MQTT5-3.1.3-3]", () => {
    const packet = open(
      createVersion5Client({
        clientId: "one",
        will: { topic: "three", payload: "four", properties: [CONTENT_TYPE, "two"] },
        username: "five",
        password: "six",
      }),
    );
    const fields = ["\0\x03one", "\x06\x03\0\x03two", "\0\x05three", "\0\x04four", "\0\x04five", "\0\x03six"];
    assert.ok(packet.endsWith(fields.join("")));
    const bare = open(createVersion5Client({ clientId: "" }));
    assert.equal(read(bare).clientId, "");
    assert.ok(bare.endsWith("\0\0"));
  });

  it("says by a length of 0 that a will has no properties [MQTT5-2.2.2-1]", () => {
    for (const properties of [undefined, []]) {
      const will = { topic: "t", payload: "p", ...(properties ? { properties } : {}) };
      assert.ok(open(createVersion5Client({ will })).endsWith("\0\x02id\0\0\x01t\0\x01p"));
    }
  });

  it("carries client id, will topic and user name as the UTF-8 they are [MQTT5-3.1.3-4] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12]", () => {
    const utf8Of = (text: string): string => Buffer.from(text).toString("latin1");
    const { clientId, will, username } = connectOf({
      clientId: utf8Of("küche"),
      username: utf8Of("Ἀλίκη"),
      will: { topic: utf8Of("☕/𝄞"), payload: "" },
    });
    const decoder = new TextDecoder("utf-8", { fatal: true });
    assert.deepEqual(
      [clientId, will!.topic, username!].map((field) => decoder.decode(Buffer.from(field, "latin1"))),
      ["küche", "☕/𝄞", "Ἀλίκη"],
    );
  });

  it("is sent once in a connection, and first, whatever the program does [MQTT5-3.1.0-1] [MQTT5-3.1.0-2]", () => {
    const told = createVersion5Client({ keepalive: 1 });
    const pass = (seconds: number): void => {
      for (let second = 0; second < seconds; second++) tick(told.client);
    };
    const busy = (): void => {
      dial(told, ristretto);
      publish(told.client, "t", "x", 0);
      publish(told.client, "t", "x", QOS_1);
      subscribe(told.client, [{ topicFilter: "f" }]);
      unsubscribe(told.client, ["f"]);
      dial(told, ristretto);
      pass(3);
    };
    busy();
    for (let connection = 0; connection < 3; connection++) {
      busy();
      told.link.establish();
      busy();
      assert.deepEqual(
        told.link.packets().map(({ cmd }) => cmd),
        ["connect"],
      );
      told.link.receive({ cmd: "connack", reasonCode: 0, sessionPresent: false });
      busy();
      const commands = told.link.packets().map(({ cmd }) => cmd);
      assert.ok(commands.includes("publish"));
      assert.equal(commands.includes("connect"), false);
      told.link.end();
    }
  });

  it("promises no more than is kept: neither topic aliases without the part for them, nor packets larger than are taken [MQTT5-3.3.2-10]", () => {
    for (const properties of [
      [TOPIC_ALIAS_MAXIMUM, 5],
      [MAXIMUM_PACKET_SIZE, 1025],
    ]) {
      const told = createVersion5Client({ properties });
      assert.equal(open(told), "");
      assert.deepEqual(told.log, ["disconnect 130 again"]);
    }
    const unkept = createVersion5Client({ topicAliasMaximum: 5 });
    assert.ok(!read(open(unkept)).properties.includes("\x22\0\x05"));
    const kept = createVersion5Client({ topicAliasMaximum: 5 }, [topicAliases]);
    assert.ok(read(open(kept)).properties.includes("\x22\0\x05"));
    assert.ok(connectOf({ properties: [MAXIMUM_PACKET_SIZE, 1024] }));
  });
});

describe("an authentication method in CONNECT of 5.0", () => {
  for (const [what, parts] of [
    ["as it is", [authentication]],
    ["with the part for a first message behind CONNECT", [authentication, earlyPublish]],
    ["with that part in front", [earlyPublish, authentication]],
  ] as const) {
    it(`is followed by nothing but AUTH until CONNACK, ${what} [MQTT5-3.1.2-30]`, () => {
      const told = createVersion5Client(
        { keepalive: 1, authenticationMethod: "X", authenticate: () => "answer" },
        [...parts],
      );
      publish(told.client, "t", "x", QOS_1);
      for (let connection = 0; connection < 2; connection++) {
        dial(told, ristretto);
        told.link.establish();
        for (let step = 0; step < 3; step++) {
          publish(told.client, "t", "x", 0);
          subscribe(told.client, [{ topicFilter: "f" }]);
          unsubscribe(told.client, ["f"]);
          for (let second = 0; second < 3; second++) tick(told.client);
          told.link.receive({
            cmd: "auth",
            reasonCode: 0x18,
            properties: { authenticationMethod: "X", authenticationData: Buffer.from("prove") },
          });
          told.link.handlers.onDrain();
        }
        assert.deepEqual(
          told.link.packets().map(({ cmd }) => cmd),
          ["connect", "auth", "auth", "auth"],
        );
        told.link.receive({
          cmd: "connack",
          reasonCode: 0,
          sessionPresent: false,
          properties: { authenticationMethod: "X" },
        });
        assert.equal(told.link.packets()[0]?.cmd, "publish");
        told.link.end();
      }
    });
  }

  it("is the owner's too, and the first message waits for its CONNACK [MQTT5-3.1.2-30]", () => {
    const told = createVersion5Client({ properties: [AUTHENTICATION_METHOD, "token"] }, [earlyPublish]);
    publish(told.client, "t", "x", QOS_1);
    dial(told, ristretto);
    told.link.establish();
    assert.deepEqual(
      told.link.packets().map(({ cmd }) => cmd),
      ["connect"],
    );
  });
});
