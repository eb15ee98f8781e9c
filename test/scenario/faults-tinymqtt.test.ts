/** The faults found in tinyMQTT, and those that the history of Espruino's MQTT modules tells of, are not possible here. */
import assert from "node:assert/strict";
import { generate } from "mqtt-packet";
import { connects, count, message, onBothBoards, publishes, withhold } from "../support/module-world.ts";

describe("faults of tinyMQTT", () => {
  onBothBoards("connected is not told before CONNACK", async (start) => {
    const bench = await start();
    withhold(bench, "connect");
    bench.run("m.connect(c)");
    await bench.world.runFor(5000);
    assert.deepEqual(bench.told(), []);
    bench.server.last.send({ cmd: "connack", returnCode: 0, sessionPresent: false });
    await bench.world.runFor(10);
    assert.deepEqual(bench.told(), ["connect false"]);
  });

  onBothBoards("a message with QoS 1 is acknowledged, and its packet id stays out of it", async (start) => {
    const bench = await start();
    await bench.online();
    const ids = Array.from({ length: 50 }, (_, index) => index + 1);
    for (const messageId of ids) bench.server.last.send(message("t", "hi", { qos: 1, messageId }));
    await bench.world.runFor(1000);
    assert.deepEqual(bench.told(), Array<string>(50).fill("message t hi 2"));
    assert.deepEqual(
      bench.server.packets.slice(1).map((packet) => packet.cmd === "puback" && packet.messageId),
      ids,
    );
  });

  for (const chunk of [1, 3, 536]) {
    onBothBoards(`packets in pieces of ${chunk} keep topic and payload`, async (start) => {
      const bench = await start();
      bench.world.network.chunk = chunk;
      await bench.online();
      bench.server.last.send(Buffer.concat([generate(message("a/b", "one")), generate(message("c", "two"))]));
      await bench.world.runFor(100);
      assert.deepEqual(bench.told(), ["message a/b one 0", "message c two 0"]);
    });
  }

  onBothBoards("packets above 127 bytes pass both ways", async (start) => {
    const bench = await start();
    await bench.online();
    for (const length of [123, 124, 125, 126, 127, 128, 129, 300, 1000]) {
      bench.run(`m.publish(c, "t", new Uint8Array(${length}), 0)`);
      bench.server.last.send(message("t", "x".repeat(length)));
      await bench.world.runFor(100);
      assert.equal(publishes(bench.server).at(-1)?.payload.length, length);
      assert.deepEqual(bench.told(), [`message t ${"x".repeat(length)} 0`]);
    }
  });

  onBothBoards("retain is what the program said", async (start) => {
    const bench = await start();
    await bench.online();
    bench.run(
      '[0, m.RETAIN, m.QOS_1, m.RETAIN | m.QOS_1].forEach(function (f) { m.publish(c, "t", "p", f) })',
    );
    await bench.world.runFor(100);
    assert.deepEqual(
      publishes(bench.server).map(({ qos, retain }) => [qos, retain]),
      [
        [0, false],
        [0, true],
        [1, false],
        [1, true],
      ],
    );
  });

  onBothBoards("CONNECT declares the keep alive that is kept, and a clean session", async (start) => {
    const bench = await start();
    await bench.online();
    const [packet] = connects(bench.server);
    assert.deepEqual([packet?.keepalive, packet?.clean, packet?.protocolVersion], [60, true, 4]);
    await bench.world.runFor(61_000);
    assert.equal(count(bench.server, "pingreq"), 1);
  });

  onBothBoards("two clients of one program do not share anything", async (start) => {
    const bench = await start();
    await bench.online();
    bench.run(`var p = { host: "broker", port: 1883, clientId: "second", link: m.createTcpLink() };
      p.onMessage = function (topic) { tell("second " + topic) }; var d = m.createClient(p); m.connect(d)`);
    await bench.world.runFor(100);
    bench.server.connections.forEach(({ send }, index) => send(message(`to ${index}`, "p")));
    await bench.world.runFor(100);
    assert.deepEqual(bench.told(), ["message to 0 p 0", "second to 1"]);
    bench.run("m.disconnect(d)");
    await bench.world.runFor(100);
    assert.equal(bench.run("c.connected"), true);
  });

  onBothBoards("it does not stop after thirty messages", async (start) => {
    const bench = await start();
    await bench.online();
    bench.run(
      'var n = 0; (function next() { m.publish(c, "t", n, 0); if (++n < 500) setTimeout(next, 100) })()',
    );
    await bench.world.runFor(60_000);
    assert.equal(publishes(bench.server).length, 500);
  });

  onBothBoards("what arrives does not put off the ping that the server waits for", async (start) => {
    const bench = await start({ keepalive: 10 });
    await bench.online();
    for (let second = 0; second < 30; second++) {
      bench.server.last.send(message("t", "p"));
      await bench.world.runFor(1000);
    }
    assert.ok(count(bench.server, "pingreq") >= 2);
  });
});
