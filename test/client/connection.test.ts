import assert from "node:assert/strict";
import type { IConnectPacket } from "mqtt-packet";
import { abort, disconnect, publish, QOS_1, subscribe, tick } from "../../src/index.ts";
import { accept, createConnectedClient, createLoggedClient, dial } from "../support/fake-link.ts";
import type { Told } from "../support/fake-link.ts";

/** Passes `seconds`; the answer says how many attempts were made meanwhile. */
function pass(told: Told, seconds: number): number {
  const before = told.link.opened;
  for (let second = 0; second < seconds; second++) tick(told.client);
  return told.link.opened - before;
}

const commands = (told: Told): string[] => told.link.packets().map(({ cmd }) => cmd);

describe("connect", () => {
  it("sends CONNECT first, once the link stands [MQTT-3.1.0-1]", () => {
    const told = createLoggedClient({ keepalive: 5 });
    dial(told);
    assert.deepEqual(commands(told), []);
    told.link.establish();
    const [packet] = told.link.packets() as IConnectPacket[];
    assert.equal(packet?.clientId, "id");
    assert.equal(packet.keepalive, 5);
    assert.equal(told.client.connected, false);
  });

  it("is connected after CONNACK, and says whether the server kept a session", () => {
    for (const sessionPresent of [false, true]) {
      const told = createLoggedClient({ clean: false });
      dial(told);
      told.link.establish();
      told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent });
      assert.deepEqual(told.log, [`connect ${sessionPresent}`]);
      assert.equal(told.client.connected, true);
    }
  });

  for (const [returnCode, reasonCode] of [
    [1, 0x84],
    [2, 0x85],
    [3, 0x88],
    [4, 0x86],
    [5, 0x87],
    [6, 0x80],
    [255, 0x80],
  ] as const) {
    it(`reports return code ${returnCode} as 0x${reasonCode.toString(16)} and is not connected`, () => {
      const told = createLoggedClient();
      dial(told);
      told.link.establish();
      told.link.receive(`\x20\x02\0${String.fromCharCode(returnCode)}`);
      assert.deepEqual(told.log, [`disconnect ${reasonCode} again`]);
      assert.equal(told.client.connected, false);
    });
  }

  for (const [what, bytes, reasonCode] of [
    ["a Session Present flag with a refusal [MQTT-3.2.2-4]", "\x20\x02\x01\x05", 0x82],
    ["reserved acknowledge flags", "\x20\x02\x02\x00", 0x81],
    ["a CONNACK of one byte", "\x20\x01\x00", 0x81],
    ["a CONNACK of three bytes", "\x20\x03\x00\x00\x00", 0x81],
    ["a session after clean session [MQTT-3.2.2-1]", "\x20\x02\x01\x00", 0x82],
    ["anything before CONNACK [MQTT-3.2.0-1]", "\xd0\x00", 0x82],
  ] as const) {
    it(`refuses ${what}`, () => {
      const told = createLoggedClient();
      dial(told);
      told.link.establish();
      told.link.receive(bytes);
      assert.deepEqual(told.log, [`disconnect ${reasonCode} again`]);
    });
  }

  it("refuses a second CONNACK", () => {
    const told = createConnectedClient();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    assert.deepEqual(told.log, ["disconnect 130 again"]);
  });

  it("does nothing while a connection stands or is on its way", () => {
    const told = createLoggedClient();
    dial(told);
    dial(told);
    accept(told);
    dial(told);
    assert.equal(told.link.opened, 1);
  });

  it("makes an attempt that waits for its time at once", () => {
    const told = createConnectedClient();
    told.link.end();
    assert.equal(told.link.opened, 1);
    dial(told);
    assert.equal(told.link.opened, 2);
  });
});

describe("one attempt", () => {
  it("has one deadline over look-up, TCP and CONNACK", () => {
    for (const established of [false, true]) {
      const told = createLoggedClient({ connectTimeout: 10000 });
      dial(told);
      pass(told, 4);
      if (established) told.link.establish();
      pass(told, 5);
      assert.equal(told.link.closing, false);
      pass(told, 1);
      assert.deepEqual(told.log, ["disconnect 194 again"]);
    }
  });

  it("starts from nothing: half a packet of the last connection is forgotten", () => {
    const told = createConnectedClient();
    told.link.receive("\x30\x7f\0\x01a half of a message");
    told.link.end();
    dial(told);
    told.link.establish();
    told.link.receive({ cmd: "connack", returnCode: 0, sessionPresent: false });
    assert.deepEqual(told.log, ["disconnect 195 again", "connect false"]);
  });

  it("ignores the deadline of the attempt before", () => {
    const told = createLoggedClient({ connectTimeout: 10000, reconnectPeriod: 1000 });
    dial(told);
    pass(told, 9);
    told.link.end(0xc1);
    dial(told);
    pass(told, 9);
    assert.equal(told.link.closing, false);
  });
});

describe("reconnecting", () => {
  /** Seconds that each of `count` failing attempts is followed by. */
  function delays(told: Told, count: number): number[] {
    const found: number[] = [];
    for (let attempt = 0; attempt < count; attempt++) {
      told.link.end(0xc1);
      let seconds = 0;
      do seconds++;
      while (!pass(told, 1));
      found.push(seconds);
    }
    return found;
  }

  function withRandom<Result>(value: number, body: () => Result): Result {
    const original = Math.random;
    Math.random = () => value;
    try {
      return body();
    } finally {
      Math.random = original;
    }
  }

  it("backs off exponentially to two minutes", () => {
    const told = createLoggedClient();
    dial(told);
    assert.deepEqual(
      withRandom(0.999999, () => delays(told, 10)),
      [1, 2, 4, 8, 16, 32, 64, 120, 120, 120],
    );
  });

  it("jitters over the whole delay, so that four hundred nodes do not return at once", () => {
    const told = createLoggedClient();
    dial(told);
    withRandom(0.999999, () => delays(told, 8));
    assert.deepEqual(
      [0, 0.1, 0.5].map((random) => withRandom(random, () => delays(told, 1)[0])),
      [1, 12, 60],
    );
  });

  it("starts from the shortest delay again after a stable minute, not before", () => {
    for (const [seconds, expected] of [
      [59, 64],
      [60, 1],
    ] as const) {
      const told = createLoggedClient({ keepalive: 0 });
      dial(told);
      withRandom(0.999999, () => {
        delays(told, 6);
        accept(told);
        pass(told, seconds);
        assert.deepEqual(delays(told, 1), [expected]);
      });
    }
  });

  for (const returnCode of [1, 2, 4, 5]) {
    it(`goes to the longest delay at once after a refusal that cannot heal (${returnCode})`, () => {
      const told = createLoggedClient();
      dial(told);
      told.link.establish();
      told.link.receive(`\x20\x02\0${String.fromCharCode(returnCode)}`);
      assert.equal(pass(told, 119), 0);
      assert.equal(pass(told, 1), 1);
    });
  }

  it("takes a server that is not available for one that will be", () => {
    const told = createLoggedClient();
    dial(told);
    told.link.establish();
    told.link.receive("\x20\x02\0\x03");
    assert.equal(pass(told, 1), 1);
  });

  it("stays away when the period is 0", () => {
    const told = createConnectedClient({ reconnectPeriod: 0 });
    told.link.end();
    assert.deepEqual(told.log, ["disconnect 195 end"]);
    assert.equal(pass(told, 1000), 0);
  });

  it("counts reconnects, the first connection not among them", () => {
    const told = createConnectedClient();
    for (let count = 0; count < 3; count++) {
      told.link.end();
      dial(told);
      accept(told);
    }
    assert.equal(told.client.reconnects, 3);
  });
});

describe("disconnect", () => {
  it("sends DISCONNECT, closes, and stays away [MQTT-3.14.4-1]", () => {
    const told = createConnectedClient();
    disconnect(told.client);
    assert.deepEqual(commands(told), ["disconnect"]);
    assert.deepEqual(told.log, ["disconnect 0 end"]);
    assert.equal(pass(told, 1000), 0);
  });

  it("ends an attempt without a packet", () => {
    const told = createLoggedClient();
    dial(told);
    disconnect(told.client);
    assert.deepEqual(told.log, ["disconnect 0 end"]);
    assert.deepEqual(commands(told), []);
  });

  it("ends the wait for the next attempt", () => {
    const told = createConnectedClient();
    told.link.end();
    disconnect(told.client);
    assert.equal(pass(told, 1000), 0);
  });

  it("lets connect follow before the link has ended", () => {
    const told = createConnectedClient();
    told.link.stuck = true;
    disconnect(told.client);
    dial(told);
    told.link.end();
    assert.equal(pass(told, 2), 1);
  });

  it("sends nothing more while the link ends [MQTT-3.14.4-2]", () => {
    const told = createConnectedClient();
    told.link.stuck = true;
    disconnect(told.client);
    told.link.packets();
    publish(told.client, "t", "p", 0);
    publish(told.client, "t", "p", QOS_1);
    pass(told, 4);
    told.link.receive({
      cmd: "publish",
      topic: "a",
      payload: "x",
      qos: 1,
      messageId: 3,
      dup: false,
      retain: false,
    });
    assert.deepEqual(commands(told), []);
    assert.deepEqual(told.log, []);
  });
});

describe("a link that was told to end and has not", () => {
  it("brings no answer to a request, whole or in pieces", () => {
    for (const pieces of [["\x90\x03\0\x01\0"], ["\x90\x03", "\0\x01\0"]]) {
      const told = createConnectedClient();
      subscribe(told.client, [{ topicFilter: "a" }]);
      told.link.stuck = true;
      disconnect(told.client);
      for (const piece of pieces) told.link.receive(piece);
      assert.deepEqual(told.log, []);
    }
  });
});

describe("abort", () => {
  it("ends without DISCONNECT, so that the will is published, and comes again", () => {
    const told = createConnectedClient();
    abort(told.client, 0xc4);
    assert.deepEqual(commands(told), []);
    assert.deepEqual(told.log, ["disconnect 196 again"]);
    assert.equal(pass(told, 1), 1);
  });

  it("is harmless when there is nothing to end", () => {
    const told = createLoggedClient();
    abort(told.client, 0xc4);
    assert.deepEqual(told.log, []);
  });
});

describe("keep alive", () => {
  it("pings when nothing was sent for the interval [MQTT-3.1.2-23]", () => {
    const told = createConnectedClient({ keepalive: 10 });
    for (let second = 0; second < 9; second++) {
      told.link.receive({ cmd: "publish", topic: "a", payload: "x", qos: 0, dup: false, retain: false });
      pass(told, 1);
    }
    assert.deepEqual(commands(told), []);
    pass(told, 1);
    assert.deepEqual(commands(told), ["pingreq"]);
  });

  it("pings when nothing was received for the interval, however much is sent", () => {
    const told = createConnectedClient({ keepalive: 10 });
    for (let second = 0; second < 10; second++) {
      publish(told.client, "t", "p", 0);
      told.link.handlers.onDrain();
      pass(told, 1);
    }
    assert.equal(commands(told).filter((cmd) => cmd === "pingreq").length, 1);
  });

  it("takes the server for dead when no byte came within the ping deadline", () => {
    const told = createConnectedClient({ keepalive: 10 });
    pass(told, 10 + 9);
    assert.deepEqual(told.log, []);
    pass(told, 1);
    assert.deepEqual(told.log, ["disconnect 141 again"]);
  });

  it("takes any byte for an answer", () => {
    const told = createConnectedClient({ keepalive: 10 });
    pass(told, 15);
    told.link.receive("\x30");
    pass(told, 9);
    told.link.receive("\x04\0\x01ab");
    assert.deepEqual(told.log, ["message a b 0"]);
    pass(told, 9);
    assert.equal(told.client.connected, true);
  });

  it("goes on for ever while the server answers", () => {
    const told = createConnectedClient({ keepalive: 1 });
    let pings = 0;
    for (let second = 0; second < 1000; second++) {
      pass(told, 1);
      for (const cmd of commands(told)) {
        if (cmd === "pingreq") {
          pings++;
          told.link.receive({ cmd: "pingresp" });
        }
      }
    }
    assert.equal(told.client.connected, true);
    assert.equal(pings, 1000);
  });

  it("is off with 0", () => {
    const told = createConnectedClient({ keepalive: 0 });
    pass(told, 100000);
    assert.deepEqual(commands(told), []);
    assert.equal(told.client.connected, true);
  });

  it("is sixty seconds by default", () => {
    const told = createConnectedClient();
    pass(told, 59);
    assert.deepEqual(commands(told), []);
    pass(told, 1);
    assert.deepEqual(commands(told), ["pingreq"]);
  });
});
