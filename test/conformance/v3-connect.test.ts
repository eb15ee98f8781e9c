/** What MQTT 3.1.1 asks of CONNECT and of the answer to it, on the minified module. */
import assert from "node:assert/strict";
import { dial } from "../support/fake-link.ts";
import fc from "fast-check";
import { check, topicBytes, utf8 } from "../support/arbitraries.ts";
import type { ClientOptions } from "../../src/index.ts";
import { accept, begin, connected, open, reconnect, ristretto } from "./conversation.ts";

const CLEAN_SESSION = 2;
const WILL = 4;
const WILL_QOS = 0x18;
const WILL_RETAIN = 32;
const PASSWORD = 64;
const USER_NAME = 128;

/** A CONNECT, read by the tables of section 3.1 and nothing else. */
interface Connect {
  first: number;
  protocolName: string;
  protocolLevel: number;
  flags: number;
  keepalive: number;
  /** The strings of the payload, in order; they must fill it. */
  fields: string[];
}

function read(packet: string): Connect {
  const header = packet.charCodeAt(1) < 128 ? 2 : packet.charCodeAt(2) < 128 ? 3 : 4;
  let at = header;
  const u16 = (): number => packet.charCodeAt(at++) * 256 + packet.charCodeAt(at++);
  const text = (): string => {
    const size = u16();
    at += size;
    assert.ok(at <= packet.length, "a field ends behind the packet");
    return packet.slice(at - size, at);
  };
  const protocolName = text();
  const protocolLevel = packet.charCodeAt(at++);
  const flags = packet.charCodeAt(at++);
  const keepalive = u16();
  const fields: string[] = [];
  while (at < packet.length) fields.push(text());
  return { first: packet.charCodeAt(0), protocolName, protocolLevel, flags, keepalive, fields };
}

const will = fc.record(
  {
    topic: topicBytes(),
    payload: utf8(0, 300),
    qos: fc.constantFrom(0 as const, 1 as const, 2 as const),
    retain: fc.boolean(),
  },
  { requiredKeys: ["topic", "payload"] },
);
const credentials = fc.record(
  { username: fc.option(utf8(0, 40)), password: fc.option(utf8(0, 40)) },
  { requiredKeys: [] },
);
const options: fc.Arbitrary<Partial<ClientOptions>> = fc
  .tuple(
    fc.record({ clientId: utf8(1, 30), keepalive: fc.nat(65535), clean: fc.boolean() }),
    fc.option(will, { nil: undefined }),
    credentials,
  )
  .map(([basic, last, names]) => ({ ...basic, ...names, ...(last ? { will: last } : {}) }));

const isThere = (text: string | null | undefined): text is string => text !== undefined && text !== null;

/** Checks what CONNECT says for any options. */
function forAny(claim: (connect: Connect, given: Partial<ClientOptions>) => void): void {
  check(fc.property(options, (given) => claim(read(open(begin(given))), given)));
}

describe("CONNECT of 3.1.1", () => {
  it("is type 1 with its flags 0, names MQTT at level 4, and leaves the reserved connect flag 0, whatever the options [MQTT-2.2.2-1] [MQTT-3.1.2-1] [MQTT-3.1.2-3] [MQTT-3.1.4-1]", () => {
    forAny(({ first, protocolName, protocolLevel, flags, keepalive }, given) => {
      assert.deepEqual([first, protocolName, protocolLevel, flags & 1], [0x10, "MQTT", 4, 0]);
      assert.equal(keepalive, given.keepalive);
      assert.equal((flags & CLEAN_SESSION) !== 0, given.clean);
    });
  });

  it("has with a will its flag, QoS, retain, topic and message [MQTT-3.1.2-9] [MQTT-3.1.2-14]", () => {
    forAny(({ flags, fields }, given) => {
      if (!given.will) return;
      assert.equal(flags & WILL, WILL);
      assert.equal((flags & WILL_QOS) >> 3, given.will.qos ?? 0);
      assert.equal((flags & WILL_RETAIN) !== 0, given.will.retain ?? false);
      assert.deepEqual(fields.slice(1, 3), [given.will.topic, given.will.payload]);
    });
  });

  it("has without a will neither its flag, QoS, retain, topic nor message [MQTT-3.1.2-11] [MQTT-3.1.2-13] [MQTT-3.1.2-15]", () => {
    forAny(({ flags, fields }, given) => {
      if (given.will) return;
      assert.equal(flags & (WILL | WILL_QOS | WILL_RETAIN), 0);
      const names = (flags & USER_NAME) / USER_NAME + (flags & PASSWORD) / PASSWORD;
      assert.equal(fields.length, 1 + names);
    });
  });

  it("has a user name where its flag is, a password where that is, and no password alone [MQTT-3.1.2-18] [MQTT-3.1.2-19] [MQTT-3.1.2-20] [MQTT-3.1.2-21] [MQTT-3.1.2-22]", () => {
    forAny(({ flags, fields }, given) => {
      const rest = fields.slice(given.will ? 3 : 1);
      assert.equal((flags & USER_NAME) !== 0, isThere(given.username));
      assert.equal((flags & PASSWORD) !== 0, isThere(given.username) && isThere(given.password));
      assert.equal(rest.length, (flags & USER_NAME) / USER_NAME + (flags & PASSWORD) / PASSWORD);
      if (flags & USER_NAME) assert.equal(rest[0], given.username);
      if (flags & PASSWORD) assert.equal(rest[1], given.password);
    });
  });

  it("has its fields in order: client id, will topic, will message, user name, password [MQTT-3.1.3-1] [MQTT-3.1.3-3]", () => {
    forAny(({ fields }, { clientId, will: last, username, password }) => {
      const names = isThere(username) ? [username, password].filter(isThere) : [];
      assert.deepEqual(fields, [clientId, ...(last ? [last.topic, last.payload] : []), ...names]);
    });
  });

  it("carries client id, will topic and user name as the UTF-8 they are [MQTT-3.1.3-4] [MQTT-3.1.3-10] [MQTT-3.1.3-11]", () => {
    const utf8Of = (text: string): string => Buffer.from(text).toString("latin1");
    const { fields } = read(
      open(
        begin({
          clientId: utf8Of("küche"),
          username: utf8Of("Ἀλίκη"),
          will: { topic: utf8Of("☕/𝄞"), payload: "" },
        }),
      ),
    );
    const decoder = new TextDecoder("utf-8", { fatal: true });
    assert.deepEqual(
      fields.map((field) => decoder.decode(Buffer.from(field, "latin1"))),
      ["küche", "☕/𝄞", "", "Ἀλίκη"],
    );
  });

  it("asks for a clean session where the client id is empty [MQTT-3.1.3-7]", () => {
    for (const clean of [true, false, undefined]) {
      const { flags, fields } = read(open(begin({ clientId: "", clean: clean as boolean })));
      assert.deepEqual([fields, flags], [[""], CLEAN_SESSION]);
    }
  });

  it("is sent once in a connection, and first, whatever the program does [MQTT-3.1.0-1] [MQTT-3.1.0-2]", () => {
    const talk = begin({ keepalive: 1 });
    const busy = (): void => {
      dial(talk, ristretto);
      ristretto.publish(talk.client, "t", "x", 0);
      ristretto.publish(talk.client, "t", "x", ristretto.QOS_1);
      ristretto.subscribe(talk.client, [{ topicFilter: "f" }]);
      ristretto.unsubscribe(talk.client, ["f"]);
      dial(talk, ristretto);
      talk.pass(3);
    };
    busy();
    for (let connection = 0; connection < 3; connection++) {
      busy();
      talk.link.establish();
      busy();
      assert.deepEqual(
        talk.packets().map(({ cmd }) => cmd),
        ["connect"],
      );
      talk.link.receive("\x20\x02\0\0");
      busy();
      const commands = talk.packets().map(({ cmd }) => cmd);
      assert.ok(commands.includes("publish"));
      assert.equal(commands.includes("connect"), false);
      talk.link.end();
    }
  });
});

describe("the session of 3.1.1", () => {
  it("is one of the client id, the same in each CONNECT [MQTT-3.1.3-2]", () => {
    const talk = begin({ clientId: "hall", clean: false });
    const ids = [read(open(talk)).fields[0]];
    for (let connection = 0; connection < 3; connection++) {
      accept(talk, connection > 0);
      talk.link.end();
      ids.push(read(open(talk)).fields[0]);
    }
    assert.deepEqual(ids, ["hall", "hall", "hall", "hall"]);
  });

  it("is kept over connections with clean session 0, and over all that happens in one [MQTT-3.1.2-4] [MQTT-4.1.0-1] [MQTT-4.1.0-2]", () => {
    const talk = connected({ clean: false, keepalive: 2 });
    ristretto.subscribe(talk.client, [{ topicFilter: "f", onMessage: () => talk.log.push("handler of f") }]);
    talk.link.receive("\x90\x03\0\x01\0");
    const packetId = ristretto.publish(talk.client, "t", "x", ristretto.QOS_1);
    for (let second = 0; second < 300; second++) {
      talk.pass(1);
      talk.link.receive("\xd0\0");
    }
    talk.written();
    const repeated: unknown[] = [];
    for (let connection = 0; connection < 3; connection++) {
      reconnect(talk, true);
      repeated.push(...talk.packets().map((packet) => [packet.cmd, packet.messageId]));
      talk.link.receive("\x30\x04\0\x01f1");
    }
    assert.deepEqual(repeated, [
      ["publish", packetId],
      ["publish", packetId],
      ["publish", packetId],
    ]);
    assert.deepEqual(talk.log, ["handler of f"]);
    talk.link.receive(`\x40\x02\0${String.fromCharCode(packetId)}`);
    reconnect(talk, true);
    assert.deepEqual(talk.packets(), []);
  });

  it("is forgotten with clean session 1: messages leave as new ones, and the server is asked again for all filters [MQTT-3.1.2-6]", () => {
    const talk = connected({ clean: true });
    ristretto.subscribe(talk.client, [{ topicFilter: "f" }]);
    talk.link.receive("\x90\x03\0\x01\0");
    ristretto.publish(talk.client, "t", "x", ristretto.QOS_1);
    talk.written();
    reconnect(talk, false);
    assert.deepEqual(
      talk.packets().map((packet) => [packet.cmd, packet.cmd === "publish" && packet.dup]),
      [
        ["publish", false],
        ["subscribe", false],
      ],
    );
    assert.equal(talk.client.resent, 0);
  });
});

describe("CONNACK of 3.1.1", () => {
  const refused = (bytes: string, given: Partial<ClientOptions> = {}): string[] => {
    const talk = begin(given);
    open(talk);
    talk.link.receive(bytes);
    assert.equal(talk.link.isOpen, false);
    assert.equal(talk.client.connected, false);
    assert.deepEqual(talk.written(), []);
    return talk.log;
  };

  it("is the first packet from the server, or the connection ends [MQTT-3.2.0-1] [MQTT-4.8.0-1]", () => {
    for (const bytes of [
      "\x30\x04\0\x01ab",
      "\xd0\0",
      "\x40\x02\0\x01",
      "\x90\x03\0\x01\0",
      "\xb0\x02\0\x01",
    ])
      assert.deepEqual(refused(bytes), ["disconnect 130 again"]);
  });

  it("has no Session Present with clean session 1 [MQTT-3.2.2-1]", () => {
    assert.deepEqual(refused("\x20\x02\x01\0", { clean: true }), ["disconnect 130 again"]);
  });

  it("has no Session Present with a refusal [MQTT-3.2.2-4]", () => {
    for (let code = 1; code < 256; code++)
      assert.deepEqual(refused(`\x20\x02\x01${String.fromCharCode(code)}`, { clean: false }), [
        "disconnect 130 again",
      ]);
  });

  it("ends the connection by the client too where it refuses, though the server leaves it open [MQTT-3.2.2-5]", () => {
    const told = [1, 2, 3, 4, 5, 6, 255].map((code) => refused(`\x20\x02\0${String.fromCharCode(code)}`)[0]);
    assert.deepEqual(
      told,
      [0x84, 0x85, 0x88, 0x86, 0x87, 0x80, 0x80].map((reason) => `disconnect ${reason} again`),
    );
  });
});
