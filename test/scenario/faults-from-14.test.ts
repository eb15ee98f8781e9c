/** Continues faults.test.ts: the faults of Espruino's MQTT.js from the fourteenth on. */
import assert from "node:assert/strict";
import type { ISubscribePacket } from "mqtt-packet";
import { bytes, connects, count, held, message, onBothBoards } from "../support/module-world.ts";
import { publishes, withhold } from "../support/module-world.ts";

describe("faults of Espruino's MQTT.js, continued", () => {
  onBothBoards("14: what is published without a connection is kept and sent in order", async (start) => {
    const bench = await start();
    const ids = ["0", "m.QOS_1", "0", "m.QOS_1"].map((qos, index) =>
      bench.run(`m.publish(c, "t", ${index}, ${qos})`),
    );
    assert.deepEqual(ids, [0, 1, 0, 2]);
    bench.run("m.connect(c)");
    await bench.world.runFor(1000);
    assert.deepEqual(bench.server.published(), ["t 0", "t 1", "t 2", "t 3"]);
    assert.deepEqual(bench.told(), ["connect false", "acknowledge 1", "acknowledge 2"]);
  });

  onBothBoards("14: QoS 1 goes again, with its id, until it is acknowledged", async (start) => {
    const bench = await start({ clean: false });
    bench.server.onPacket = ({ cmd }, { send }) => {
      if (cmd === "connect") {
        send({ cmd: "connack", returnCode: 0, sessionPresent: bench.server.connections.length > 1 });
      }
    };
    await bench.online();
    assert.equal(bench.run('m.publish(c, "t", "p", m.QOS_1)'), 1);
    for (const connections of [2, 3]) {
      await bench.world.runFor(100);
      bench.world.network.cut();
      await bench.world.runUntil(() => bench.server.connections.length === connections);
    }
    await bench.world.runFor(100);
    bench.server.last.send({ cmd: "puback", messageId: 1 });
    await bench.untilTold("acknowledge 1");
    bench.world.network.cut();
    await bench.world.runUntil(() => bench.server.connections.length === 4);
    await bench.world.runFor(1000);
    assert.deepEqual(bench.server.published(), ["t p", "t p!", "t p!"]);
    assert.deepEqual(new Set(publishes(bench.server).map(({ messageId }) => messageId)), new Set([1]));
  });

  onBothBoards("15: a refused CONNACK closes the socket and the next attempt follows", async (start) => {
    const bench = await start({ reconnectPeriodMaximum: 5000 });
    bench.server.onPacket = (_packet, { send }) =>
      send({ cmd: "connack", returnCode: 5, sessionPresent: false });
    bench.run("m.connect(c)");
    await bench.world.runFor(500);
    assert.deepEqual(bench.server.last.closed, { hadError: false });
    assert.equal(bench.world.network.connections.length, 0);
    withhold(bench);
    await bench.untilTold("connect false", 6000);
  });

  onBothBoards("16: a server that says nothing is left at the connect timeout", async (start) => {
    const bench = await start({ connectTimeout: 5000, reconnectPeriod: 0 });
    withhold(bench, "connect");
    bench.run("m.connect(c)");
    await bench.world.runFor(3900);
    assert.deepEqual(bench.told(), []);
    await bench.world.runFor(1200);
    assert.deepEqual(bench.told(), ["disconnect 194 end"]);
    assert.deepEqual(bench.server.last.closed, { hadError: false });
  });

  onBothBoards("16: a network that says nothing ends the attempt", async (start, kind) => {
    const bench = await start({ connectTimeout: 5000, reconnectPeriod: 0 });
    bench.world.network.silence(true);
    bench.run("m.connect(c)");
    // The connect of ESP32 blocks the whole interpreter until lwIP gives up, and only then anything can be told.
    await bench.world.runFor(kind === "ESP32" ? 19_000 : 5100);
    assert.deepEqual(bench.told(), [kind === "ESP32" ? "disconnect 193 end" : "disconnect 194 end"]);
  });

  onBothBoards("16: an attempt under way can be called off", async (start, kind) => {
    for (const silent of kind === "ESP32" ? [false] : [false, true]) {
      const bench = await start();
      bench.world.network.silence(silent);
      withhold(bench, "connect");
      bench.run("m.connect(c)");
      await bench.world.runFor(500);
      bench.run("m.disconnect(c)");
      await bench.world.runFor(50);
      assert.deepEqual(bench.told(), ["disconnect 0 end"]);
      assert.equal(bench.world.network.connections.length, 0);
      await bench.world.runFor(120_000);
      assert.ok(bench.server.connections.length <= 1, "it was made all the same");
    }
  });

  onBothBoards("17: the PUBACK leaves only after the handler returned", async (start) => {
    const bench = await start();
    await bench.online();
    bench.run('o.onMessage = function () { m.publish(c, "from", "handler", 0) }');
    bench.server.last.send(message("t", "p", { qos: 1, messageId: 5 }));
    await bench.world.runFor(100);
    assert.deepEqual(
      bench.server.packets.map(({ cmd }) => cmd),
      ["connect", "publish", "puback"],
    );
  });

  onBothBoards("17: a message whose handler crashed the board is not acknowledged", async (start) => {
    const bench = await start();
    await bench.online();
    bench.run("o.onMessage = function () { E.reboot() }");
    bench.server.last.send(message("t", "p", { qos: 1, messageId: 5 }));
    await bench.untilTold("joined");
    assert.equal(count(bench.server, "puback"), 0);
  });

  onBothBoards("18: the will reaches the server whole", async (start) => {
    for (const [qos, retain] of [
      [0, false],
      [1, true],
    ] as const) {
      const bench = await start({ will: { topic: "w", payload: "\xff\0", qos, retain } });
      await bench.online();
      const { will } = connects(bench.server)[0]!;
      assert.deepEqual(
        { ...will, payload: bytes("\xff\0") },
        { topic: "w", payload: will?.payload, qos, retain },
      );
    }
  });

  onBothBoards("18: session present and granted QoS are told", async (start) => {
    const bench = await start({ clean: false });
    bench.server.onPacket = ({ cmd, messageId }, { send }) => {
      if (cmd === "connect") send({ cmd: "connack", returnCode: 0, sessionPresent: true });
      else send({ cmd: "suback", messageId: messageId!, granted: [0, 1] });
    };
    bench.run('m.connect(c); m.subscribe(c, [{ topicFilter: "a", qos: 1 }, { topicFilter: "b", qos: 1 }])');
    await bench.world.runFor(500);
    assert.deepEqual(bench.told(), ["connect true", "subscribe a 0", "subscribe b 1"]);
  });

  onBothBoards("19: the ways in which a socket fails are told apart, and none is thrown", async (start) => {
    const bench = await start({ reconnectPeriod: 0 });
    bench.world.network.refuse("broker", 1883, true);
    bench.run("m.connect(c)");
    await bench.untilTold("disconnect 193 end");
    bench.run('o.host = "nowhere"; m.connect(c)');
    await bench.untilTold("disconnect 192 end");
    bench.world.network.refuse("broker", 1883, false);
    bench.run('o.host = "broker"');
    for (const how of ["end", "reset"] as const) {
      await bench.online();
      bench.server.last.peer[how]();
      await bench.untilTold("disconnect 195 end");
    }
  });

  onBothBoards("20: a packet that claims 256 MB is drained, not held", async (start) => {
    const bench = await start();
    await bench.online();
    const before = held(bench.run("c"));
    bench.server.last.send(bytes("\x30\xff\xff\xff\x7f\0\x03big"));
    for (let kilobyte = 0; kilobyte < 64; kilobyte++) {
      bench.server.last.send(Buffer.alloc(1024));
      await bench.world.runFor(20);
      assert.ok(held(bench.run("c")) <= before + 2048, "it grows");
    }
    assert.deepEqual(bench.told(), ["drop 149 0 big"]);
    bench.run('m.publish(c, "still", "here", 0)');
    await bench.world.runFor(100);
    assert.deepEqual(bench.server.published(), ["still here"]);
  });

  onBothBoards("20: a packet just above the limit costs itself alone", async (start) => {
    const bench = await start({ maximumPacketSize: 100 });
    await bench.online();
    bench.server.last.send(message("t", "x".repeat(96), { qos: 1, messageId: 9 }));
    bench.server.last.send(message("t", "next"));
    await bench.world.runFor(100);
    assert.deepEqual(bench.told(), ["drop 149 0 t", "message t next 0"]);
    assert.equal(count(bench.server, "puback"), 1);
  });

  for (const [what, packet] of [
    ["a PINGREQ", "\xc0\0"],
    ["a CONNECT", "\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0"],
    ["a SUBSCRIBE", "\x82\x06\0\x01\0\x01t\0"],
    ["packet type 0", "\0\0"],
    ["packet type 15", "\xf0\0"],
    ["QoS 3", "\x36\x06\0\x01t\0\x01p"],
    ["DUP with QoS 0", "\x38\x04\0\x01tp"],
    ["a PINGRESP with flags", "\xd1\0"],
    ["a PUBACK with flags", "\x42\x02\0\x01"],
  ] as const) {
    onBothBoards(`21: ${what} from the server ends the connection unanswered`, async (start) => {
      const bench = await start({ reconnectPeriod: 0 });
      await bench.online();
      bench.server.last.send(bytes(packet));
      await bench.world.runFor(100);
      // Malformed packet or protocol error: which of them is a matter of taste.
      assert.match(bench.told().join(), /^disconnect (129|130) end$/);
      assert.equal(bench.server.packets.length, 1);
    });
  }

  onBothBoards("22: packet ids are each client's own and begin with 1", async (start) => {
    const bench = await start();
    await bench.online();
    bench.run(
      "var d = m.createClient({ link: m.createTcpLink(), host: 'broker', port: 1883, clientId: 'd' })",
    );
    assert.equal(bench.run('m.publish(c, "t", 1, m.QOS_1); m.publish(c, "t", 2, m.QOS_1)'), 2);
    assert.equal(bench.run('m.publish(d, "t", 3, m.QOS_1)'), 1);
  });

  /** Each refused message has taken an id: 65535 attempts lead once round. */
  const ONCE_ROUND = 'for (var i = 0; i < 65533; i++) m.publish(c, "t", "p", m.QOS_1)';

  onBothBoards("22: a packet id of a message in flight is not given again", async (start) => {
    const bench = await start({ queueLimit: 2, queuePolicy: "drop-newest" });
    withhold(bench, "publish");
    await bench.online();
    assert.deepEqual(
      [1, 2].map(() => bench.run('m.publish(c, "t", "p", m.QOS_1)')),
      [1, 2],
    );
    await bench.world.runFor(100);
    bench.run(ONCE_ROUND);
    bench.server.last.send({ cmd: "puback", messageId: 2 });
    await bench.untilTold("acknowledge 2");
    assert.equal(bench.run('m.publish(c, "t", "p", m.QOS_1)'), 2);
    await bench.world.runFor(100);
    assert.equal(bench.server.packets.length, 4);
  });

  onBothBoards("22: a packet id of an unanswered SUBSCRIBE is not given to a message", async (start) => {
    const bench = await start({ queueLimit: 1, queuePolicy: "drop-newest" });
    withhold(bench, "subscribe", "publish");
    await bench.online();
    bench.run('m.subscribe(c, [{ topicFilter: "t" }])');
    assert.equal(bench.run('m.publish(c, "t", "p", m.QOS_1)'), 2);
    await bench.world.runFor(100);
    const { messageId } = bench.server.packets.find(({ cmd }) => cmd === "subscribe") as ISubscribePacket;
    assert.equal(messageId, 1);
    bench.run(ONCE_ROUND);
    bench.server.last.send({ cmd: "puback", messageId: 2 });
    await bench.untilTold("acknowledge 2");
    assert.notEqual(bench.run('m.publish(c, "t", "p", m.QOS_1)'), messageId);
  });

  /** What throws on Espruino when the socket is closed, or was handed to nobody. */
  const EVERYTHING = `m.subscribe(c, [{ topicFilter: "a" }]); m.unsubscribe(c, ["b"]);
    m.publish(c, "t", "p", 0); m.publish(c, "t", "p", m.QOS_1);`;

  onBothBoards("23: nothing throws, whatever state the connection is in", async (start) => {
    const bench = await start();
    bench.run(`o.onDisconnect = function () { ${EVERYTHING} tell("gone") }`);
    bench.run(EVERYTHING);
    bench.run("m.connect(c);" + EVERYTHING);
    await bench.untilTold("connect false");
    bench.server.last.peer.end();
    await bench.world.runUntil(() => bench.world.network.connections[0]?.remote === "ended");
    bench.run(EVERYTHING);
    await bench.untilTold("gone");
    await bench.online();
    bench.run("m.disconnect(c);" + EVERYTHING);
    await bench.untilTold("gone");
    await bench.world.runFor(10_000);
  });

  onBothBoards("23: a socket that drains in the moment it ends does not throw", async (start) => {
    const bench = await start();
    await bench.online();
    bench.server.last.peer.end();
    await bench.world.runUntil(() => bench.world.network.connections[0]?.remote === "ended");
    // As much as goes out in one piece: 'drain' and the end come in one pass, and the next message waits for 'drain'.
    bench.run('m.publish(c, "t", new Uint8Array(530), 0); m.publish(c, "next", "one", m.QOS_1)');
    await bench.untilTold("disconnect 195 again");
    await bench.untilTold("acknowledge 1");
  });

  onBothBoards("24: an empty user name and an empty client id can be sent", async (start) => {
    const bench = await start({ clientId: "", username: "", password: "" });
    await bench.online();
    const { clientId, clean, username, password } = connects(bench.server)[0]!;
    assert.deepEqual([clientId, clean, username, password?.toString()], ["", true, "", ""]);
  });

  onBothBoards(
    "25: disconnect() ends the pings, and each connection has one timer of its own",
    async (start) => {
      const bench = await start({ keepalive: 5 });
      for (let round = 0; round < 4; round++) {
        await bench.online();
        await bench.world.runFor(7000);
        bench.run("m.disconnect(c)");
        await bench.untilTold("disconnect 0 end");
      }
      const before = count(bench.server, "pingreq");
      await bench.world.runFor(120_000);
      assert.equal(count(bench.server, "pingreq"), before);
      await bench.online();
      await bench.world.runFor(60_500);
      assert.equal(count(bench.server.last, "pingreq"), 12);
    },
  );

  onBothBoards("26: a message carries its QoS, retain and DUP flags", async (start) => {
    const bench = await start();
    await bench.online();
    bench.server.last.send(message("a", "p", { retain: true }));
    bench.server.last.send(message("b", "p", { qos: 1, messageId: 1 }));
    bench.server.last.send(message("c", "p", { qos: 1, messageId: 2, retain: true, dup: true }));
    await bench.world.runFor(100);
    const { RETAIN, QOS_1, DUP } = bench.run("m") as Record<string, number>;
    assert.deepEqual([RETAIN, QOS_1, DUP], [1, 2, 8]);
    assert.deepEqual(bench.told(), ["message a p 1", "message b p 2", "message c p 11"]);
  });
});
