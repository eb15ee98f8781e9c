/**
 * Faults of Espruino's MQTT.js that only the simulated board can show not to be possible: a network that says nothing, one
 * pass of the idle loop, 65 535 messages, what a record holds. The others are in beds/faults.ts and beds/faults-from-14.ts.
 */
import assert from "node:assert/strict";
import type { ISubscribePacket } from "mqtt-packet";
import { held, onBothBoards } from "../support/module-world.ts";
import { withhold } from "../support/server.ts";

describe("faults of Espruino's MQTT.js, on the simulated board only", () => {
  onBothBoards("12: a server that closes before CONNECT is reported at once", async (start) => {
    const bench = await start({ host: "rude" });
    bench.world.network.listen("rude", 1883, (peer) => peer.end());
    bench.run("m.connect(c)");
    await bench.world.runFor(50);
    assert.match(bench.told().join(), /^disconnect (193|195) again$/);
  });

  onBothBoards("16: a network that says nothing ends the attempt", async (start, kind) => {
    const bench = await start({ connectTimeout: 5000, reconnectPeriod: 0 });
    bench.world.network.silence(true);
    bench.run("m.connect(c)");
    // The connect of ESP32 blocks the whole interpreter until lwIP gives up, and only then anything can be told.
    await bench.world.runFor(kind === "ESP32" ? 19_000 : 5100);
    assert.deepEqual(bench.told(), [kind === "ESP32" ? "disconnect 193 end" : "disconnect 194 end"]);
  });

  onBothBoards("16: an attempt that a silent network holds up can be called off", async (start, kind) => {
    // There the connect blocks.
    if (kind === "ESP32") return;
    const bench = await start();
    bench.world.network.silence(true);
    bench.run("m.connect(c)");
    await bench.world.runFor(500);
    bench.run("m.disconnect(c)");
    await bench.world.runFor(50);
    assert.deepEqual(bench.told(), ["disconnect 0 end"]);
    assert.equal(bench.world.network.connections.length, 0);
    await bench.world.runFor(120_000);
    assert.equal(bench.server.connections.length, 0, "it was made all the same");
  });

  onBothBoards("20: a packet that claims 256 MB leaves nothing in the record", async (start) => {
    const bench = await start();
    await bench.online();
    const before = held(bench.run("c"));
    bench.server.last.send("\x30\xff\xff\xff\x7f\0\x03big");
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

  onBothBoards("23: nothing throws between the end of a connection and the news of it", async (start) => {
    const bench = await start();
    await bench.online();
    bench.server.last.peer.end();
    await bench.world.runUntil(() => bench.world.network.connections[0]?.remote === "ended");
    bench.run(EVERYTHING);
    await bench.untilTold("disconnect 195 again");
    await bench.untilTold("connect false");
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
});
