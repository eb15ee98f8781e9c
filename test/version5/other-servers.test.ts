import assert from "node:assert/strict";
import type { Packet } from "mqtt-packet";
import {
  fallback,
  publishWith,
  QOS_1,
  serverReference,
  subscribe,
  tick,
  USER_PROPERTY,
} from "../../src/index.ts";
import type { Part } from "../../src/index.ts";
import { accept, createConnected, createVersion5Client } from "../support/version5.ts";
import type { Version5Told } from "../support/version5.ts";
import { dial } from "../support/fake-link.ts";

const connack = (reasonCode: number, properties = {}): Packet => ({
  cmd: "connack",
  reasonCode,
  sessionPresent: false,
  properties,
});

describe("a server that speaks 3.1.1 only", () => {
  const refuse = (parts?: Part[]): Version5Told => {
    const told = createVersion5Client({}, parts);
    publishWith(told.client, "t", "p", QOS_1, [USER_PROPERTY, ["a", "b"]]);
    subscribe(told.client, [{ topicFilter: "in" }]);
    dial(told);
    told.link.establish();
    told.link.packets();
    told.link.receive("\x20\x02\0\x01");
    return told;
  };

  it("is reported with 0x84", () => {
    assert.deepEqual(refuse().log, ["disconnect 132 again"]);
  });

  it("is spoken to in 3.1.1 where the part for that was given, and gets what waited without its properties", () => {
    const told = refuse([fallback]);
    assert.deepEqual(told.log, ["disconnect 197 again"]);
    told.link.bytes = "";
    dial(told);
    told.link.establish();
    assert.equal(told.link.bytes.slice(0, 9), "\x10\x0e\0\x04MQTT\x04");
    told.link.bytes = "";
    told.link.receive("\x20\x02\0\0");
    assert.equal(told.link.bytes, "\x32\x06\0\x01t\0\x01p\x82\x07\0\x02\0\x02in\0");
    told.link.receive("\x40\x02\0\x01");
    told.link.receive("\x90\x03\0\x02\0");
    assert.deepEqual(told.log.slice(1), ["connect false", "acknowledge 1", "subscribe in 0"]);
  });

  describe("that ends the connection at CONNECT without a word, as RabbitMQ 3 does,", () => {
    const silence = (told: Version5Told): void => {
      dial(told);
      told.link.establish();
      told.link.end();
    };

    it("is spoken to in 3.1.1 after the second time", () => {
      const told = createVersion5Client({}, [fallback]);
      silence(told);
      silence(told);
      assert.deepEqual(told.log, ["disconnect 195 again", "disconnect 197 again"]);
      told.link.bytes = "";
      dial(told);
      told.link.establish();
      assert.equal(told.link.bytes.slice(0, 9), "\x10\x0e\0\x04MQTT\x04");
      // There is nothing to fall back to any more.
      told.link.end();
      assert.equal(told.log[2], "disconnect 195 again");
    });

    it("is only lost without that part", () => {
      const told = createVersion5Client();
      silence(told);
      silence(told);
      assert.deepEqual(told.log, ["disconnect 195 again", "disconnect 195 again"]);
    });

    for (const [what, between] of [
      [
        "it has begun an answer",
        (told) => {
          dial(told);
          told.link.establish();
          told.link.receive("\x20");
          told.link.end();
        },
      ],
      [
        "it could not be reached",
        (told) => {
          dial(told);
          told.link.end(0xc1);
        },
      ],
      [
        "the answer was late",
        (told) => {
          dial(told);
          told.link.establish();
          for (let second = 0; second < 30; second++) tick(told.client);
        },
      ],
    ] as ReadonlyArray<[string, (told: Version5Told) => void]>) {
      it(`is believed to know 5.0 when ${what} in between`, () => {
        const told = createVersion5Client({}, [fallback]);
        silence(told);
        between(told);
        silence(told);
        assert.equal(told.log.length, 3);
        assert.equal(told.log[2], "disconnect 195 again");
      });
    }

    it("is believed to know 5.0 when it has accepted it before", () => {
      const told = createConnected({}, {}, [fallback]);
      told.link.end();
      silence(told);
      silence(told);
      assert.deepEqual(told.log.slice(-2), ["disconnect 195 again", "disconnect 195 again"]);
    });
  });

  it("is reported as ever when it refuses for another reason", () => {
    const told = createVersion5Client({}, [fallback]);
    dial(told);
    told.link.establish();
    told.link.receive("\x20\x02\0\x05");
    assert.deepEqual(told.log, ["disconnect 135 again"]);
  });
});

describe("a server reference", () => {
  const moved = (reasonCode: number, reference: string, parts?: Part[]) => {
    const told = createVersion5Client({}, parts);
    dial(told);
    told.link.establish();
    told.link.receive(connack(reasonCode, { serverReference: reference }));
    dial(told);
    return told;
  };
  const where = (told: Version5Told): string => `${told.link.address?.host}:${told.link.address?.port}`;

  it("is told and not followed by itself", () => {
    const told = moved(0x9c, "other:1884");
    assert.deepEqual(told.log, ['disconnect 156 again [28,"other:1884"]']);
    assert.equal(where(told), "broker:1883");
  });

  for (const [reference, address] of [
    ["other", "other:1883"],
    ["other:1884", "other:1884"],
    ["[fe80::1]:1884", "fe80::1:1884"],
    ["[fe80::1]", "fe80::1:1883"],
    ["a.example:1 b.example:2", "a.example:1"],
  ] as const) {
    it(`to ${reference} leads to ${address}`, () => {
      assert.equal(where(moved(0x9c, reference, [serverReference])), address);
    });
  }

  it("to use another server holds for once, one that the server moved from then on", () => {
    for (const [reasonCode, then] of [
      [0x9c, "broker:1883"],
      [0x9d, "other:1884"],
    ] as const) {
      const told = moved(reasonCode, "other:1884", [serverReference]);
      accept(told);
      told.link.end();
      dial(told);
      assert.equal(where(told), then);
    }
  });

  it("is followed once in a row", () => {
    const told = moved(0x9d, "other:1884", [serverReference]);
    told.link.establish();
    told.link.receive(connack(0x9d, { serverReference: "third:1885" }));
    dial(told);
    assert.equal(where(told), "broker:1883");
  });

  it("comes with DISCONNECT too", () => {
    const told = createConnected({}, {}, [serverReference]);
    told.link.receive({ cmd: "disconnect", reasonCode: 0x9d, properties: { serverReference: "other:1884" } });
    dial(told);
    assert.equal(where(told), "other:1884");
  });
});
