/**
 * The faults found in Espruino's own MQTT.js, numbered in the order in which they were found (14 to 26 are in
 * faults-from-14.test.ts), shown not to be possible here. What runs is the built module on both simulated boards.
 */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import {
  bytes,
  connects,
  count,
  message,
  onBothBoards,
  publishes,
  withhold,
} from "../support/module-world.ts";

describe("faults of Espruino's MQTT.js", () => {
  for (const [returnCode, reasonCode] of [
    [1, 0x84],
    [2, 0x85],
    [3, 0x88],
    [4, 0x86],
    [5, 0x87],
  ] as const) {
    onBothBoards(
      `1: a CONNACK that refuses with ${returnCode} is not reported as connected`,
      async (start) => {
        const bench = await start();
        bench.server.onPacket = (_packet, { send }) =>
          send({ cmd: "connack", returnCode, sessionPresent: false });
        bench.run("m.connect(c)");
        await bench.world.runFor(500);
        assert.deepEqual(bench.told(), [`disconnect ${reasonCode} again`]);
        assert.equal(bench.run("c.connected"), false);
      },
    );
  }

  for (const [what, length] of [
    ["after its first byte", 1],
    ["in its length", 2],
    ["in its payload", 500],
  ] as const) {
    onBothBoards(`2: a link cut in a packet ${what} does not brick the next connection`, async (start) => {
      const bench = await start();
      await bench.online();
      bench.server.last.send(generate(message("t", Buffer.alloc(900))).subarray(0, length));
      await bench.world.runFor(100);
      bench.world.network.cut();
      await bench.untilTold("connect false");
      bench.server.last.send(message("t", "hello"));
      await bench.world.runFor(100);
      assert.deepEqual(bench.told(), ["disconnect 195 again", "connect false", "message t hello 0"]);
      assert.equal(bench.server.connections.length, 2);
    });
  }

  onBothBoards("3: a refused subscription is not reported as granted", async (start) => {
    const bench = await start();
    await bench.online();
    bench.server.onPacket = ({ messageId }, { send }) =>
      send({ cmd: "suback", messageId: messageId!, granted: [0x80, 0] });
    bench.run('m.subscribe(c, [{ topicFilter: "no" }, { topicFilter: "yes" }])');
    await bench.world.runFor(100);
    assert.deepEqual(bench.told(), ["subscribe no 128", "subscribe yes 0"]);
  });

  onBothBoards("4: clean: false reaches the server, and the session it keeps is used", async (start) => {
    const bench = await start({ clean: false });
    bench.run('m.subscribe(c, [{ topicFilter: "t" }])');
    await bench.online();
    await bench.untilTold("subscribe t 0");
    bench.world.network.cut();
    bench.server.onPacket = (_packet, { send }) =>
      send({ cmd: "connack", returnCode: 0, sessionPresent: true });
    await bench.untilTold("connect true");
    await bench.world.runFor(1000);
    assert.deepEqual(
      connects(bench.server).map(({ clean }) => clean),
      [false, false],
    );
    assert.equal(count(bench.server, "subscribe"), 1);
  });

  for (const keepalive of [1, 2, 4, 5, 20]) {
    onBothBoards(`5: a keep alive of ${keepalive} s pings at that interval`, async (start) => {
      const bench = await start({ keepalive });
      await bench.online();
      await bench.world.runFor(60_000);
      const pings = count(bench.server, "pingreq");
      assert.ok(pings <= 60 / keepalive && pings >= 60 / keepalive - 1, `${pings} pings`);
      assert.deepEqual(bench.told(), []);
    });
  }

  onBothBoards("5: a keep alive of 0 is told to the server and never pings", async (start) => {
    const bench = await start({ keepalive: 0 });
    await bench.online();
    await bench.world.runFor(600_000);
    assert.equal(connects(bench.server)[0]?.keepalive, 0);
    assert.equal(count(bench.server, "pingreq"), 0);
  });

  onBothBoards("6: a server that answers no ping is left within the ping deadline", async (start) => {
    const bench = await start({ keepalive: 15 });
    await bench.online();
    const { connections } = bench.server;
    withhold(bench, "pingreq");
    await bench.world.runFor(14_000);
    assert.deepEqual(bench.told(), []);
    await bench.world.runFor(12_000);
    assert.equal(bench.told()[0], "disconnect 141 again");
    assert.deepEqual(connections[0]?.closed, { hadError: false });
  });

  onBothBoards("7: text that is not Latin arrives whole, and the stream goes on", async (start) => {
    const bench = await start();
    await bench.online();
    bench.run(
      String.raw`m.publish(c, "\xc2\xb0C", "\xe2\x82\xac 5", 0); m.publish(c, "after", "it", m.QOS_1)`,
    );
    bench.server.last.send(message("°C", "€ 5"));
    await bench.world.runFor(1000);
    assert.deepEqual(bench.server.published(), ["°C € 5", "after it"]);
    assert.deepEqual(bench.told().sort(), ["acknowledge 1", "message \xc2\xb0C \xe2\x82\xac 5 0"]);
  });

  for (const qos of [0, 1]) {
    onBothBoards(`8: typed arrays and arrays travel as bytes with QoS ${qos}`, async (start) => {
      const bench = await start();
      await bench.online();
      bench.run(`[new Uint8Array([1, 255, 0]), [10, 13], new Uint8Array(0)].forEach(function (payload) {
        m.publish(c, "t", payload, ${2 * qos}); })`);
      await bench.world.runFor(1000);
      assert.deepEqual(
        publishes(bench.server).map(({ payload }) => payload),
        [bytes("\x01\xff\0"), bytes("\n\r"), bytes("")],
      );
    });
  }

  onBothBoards(
    "9: publishing undefined sends an empty message and leaves the connection alone",
    async (start) => {
      const bench = await start();
      await bench.online();
      bench.run('m.publish(c, "a", undefined, 0); m.publish(c, "b"); m.publish(c, "c", null, m.QOS_1)');
      await bench.world.runFor(1000);
      assert.deepEqual(bench.server.published(), ["a ", "b ", "c "]);
      assert.deepEqual(bench.told(), ["acknowledge 1"]);
      assert.equal(bench.world.network.connections.length, 1);
    },
  );

  onBothBoards("10: connect() twice makes one connection", async (start) => {
    const bench = await start();
    bench.run("m.connect(c); m.connect(c)");
    await bench.untilTold("connect false");
    bench.run("m.connect(c)");
    await bench.world.runFor(5000);
    assert.equal(bench.server.connections.length, 1);
    bench.world.network.cut();
    await bench.world.runFor(1);
    bench.run("m.connect(c); m.connect(c)");
    await bench.world.runFor(5000);
    assert.equal(bench.server.connections.length, 2);
    assert.equal(bench.world.network.connections.length, 1);
    assert.deepEqual(bench.told(), ["connect false", "disconnect 195 again", "connect false"]);
  });

  onBothBoards("11: the timers of an abandoned attempt do not touch the next connection", async (start) => {
    const bench = await start({ connectTimeout: 5000 });
    withhold(bench, "connect");
    bench.run("m.connect(c)");
    await bench.world.runFor(4500);
    withhold(bench);
    bench.run("m.disconnect(c); m.connect(c)");
    await bench.untilTold("connect false");
    await bench.world.runFor(60_000);
    assert.deepEqual(bench.told(), ["disconnect 0 again", "connect false"]);
    assert.equal(bench.server.connections.length, 2);
  });

  for (const how of ["end", "reset"] as const) {
    onBothBoards(`12: a server that closes before CONNACK (${how}) is reported at once`, async (start) => {
      const bench = await start();
      bench.server.onPacket = (_packet, { peer }) => peer[how]();
      bench.run("m.connect(c)");
      await bench.world.runFor(50);
      assert.deepEqual(bench.told(), ["disconnect 195 again"]);
    });
  }

  onBothBoards("12: a server that closes before CONNECT is reported at once", async (start) => {
    const bench = await start({ host: "rude" });
    bench.world.network.listen("rude", 1883, (peer) => peer.end());
    bench.run("m.connect(c)");
    await bench.world.runFor(50);
    assert.match(bench.told().join(), /^disconnect (193|195) again$/);
  });

  onBothBoards("13: a message with QoS 2 is delivered never, however often it is sent", async (start) => {
    const bench = await start();
    await bench.online();
    for (const dup of [false, true]) {
      bench.server.last.send(message("t", "twice", { qos: 2, messageId: 7, dup }));
      await bench.untilTold("connect false");
      assert.deepEqual(bench.told(), ["disconnect 130 again", "connect false"]);
    }
    assert.equal(bench.run('m.publish(c, "t", "p", 4)'), -0x82);
  });

  onBothBoards("13: QoS 2 is not asked for, also when a program wants it", async (start) => {
    const bench = await start();
    await bench.online();
    bench.run('m.subscribe(c, [{ topicFilter: "t", qos: 2 }])');
    await bench.world.runFor(100);
    const asked = bench.server.packets.flatMap((packet) =>
      packet.cmd === "subscribe" ? packet.subscriptions.map(({ qos }) => qos) : [],
    );
    assert.ok(!asked.includes(2), "the server would grant what then ends the connection");
  });
});
