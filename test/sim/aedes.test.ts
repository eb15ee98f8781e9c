import assert from "node:assert/strict";
import { Aedes } from "aedes";
import { generate } from "mqtt-packet";
import { duplexOf } from "../../sim/world.ts";
import type { World } from "../../sim/world.ts";
import { KINDS, closeWorlds, joined, makeWorld } from "./support.ts";

const CONNECT = generate({
  cmd: "connect",
  clientId: "bench",
  keepalive: 0,
  clean: true,
  protocolId: "MQTT",
  protocolVersion: 4,
  will: { topic: "status", payload: Buffer.from("offline"), qos: 0, retain: false },
}).toString("latin1");
const SUBSCRIBE = generate({
  cmd: "subscribe",
  messageId: 1,
  subscriptions: [{ topic: "t/#", qos: 0 }],
}).toString("latin1");
const PUBLISH = generate({
  cmd: "publish",
  topic: "t/a",
  payload: "hello",
  qos: 0,
  dup: false,
  retain: false,
}).toString("latin1");

async function createBroker(world: World): Promise<Aedes> {
  const broker = await Aedes.createBroker();
  world.network.listen("broker", 1883, (peer) => void broker.handle(duplexOf(peer)));
  return broker;
}

describe("sim: aedes under virtual time", () => {
  const brokers: Aedes[] = [];
  afterEach(() => {
    closeWorlds();
    brokers.splice(0).forEach((broker) => broker.close());
  });

  for (const kind of KINDS) {
    const start = async () => {
      const world = makeWorld();
      const broker = await createBroker(world);
      brokers.push(broker);
      const board = await joined(world, kind);
      const packets: string[] = [];
      broker.on("publish", (packet) => packets.push(`${packet.topic} ${String(packet.payload)}`));
      const told = () => packets.filter((line) => !line.startsWith("$SYS"));
      board.evaluate(`var s = open("broker", 1883, ${JSON.stringify(CONNECT)})`);
      await world.runFor(100);
      return { world, broker, board, told };
    };

    it(`answers CONNECT, SUBSCRIBE and PUBLISH within a few virtual milliseconds (${kind})`, async () => {
      const { world, board, told } = await start();
      assert.ok(board.console.includes("data \x20\x02\0\0"));
      board.console.length = 0;
      board.evaluate(`s.write(${JSON.stringify(SUBSCRIBE + PUBLISH)})`);
      await world.runFor(20);
      // The remaining length of the PUBLISH is a line feed, which the console takes for the end of a line.
      const received = board.console
        .filter((line) => line !== "drain")
        .join("\n")
        .replaceAll("data ", "");
      assert.equal(received, "\x90\x03\0\x01\0" + PUBLISH);
      assert.deepEqual(told(), ["t/a hello"]);
    });

    it(`publishes the will when the connection is cut (${kind})`, async () => {
      const { world, broker, told } = await start();
      assert.equal(broker.connectedClients, 1);
      world.network.cut();
      await world.runFor(100);
      assert.deepEqual(told(), ["status offline"]);
      assert.equal(broker.connectedClients, 0);
    });

    it(`keeps the client when the plug is pulled (${kind})`, async () => {
      const { world, broker, board, told } = await start();
      board.powerOff();
      await world.runFor(60000);
      assert.equal(broker.connectedClients, 1);
      assert.deepEqual(told(), []);
    });

    it(`lets the broker close the connection (${kind})`, async () => {
      const { world, broker, board } = await start();
      const clients = (broker as unknown as { clients: Record<string, { close(): void }> }).clients;
      clients.bench!.close();
      await world.runFor(100);
      assert.deepEqual(board.console.slice(-2), ["end", "close false"]);
    });

    it(`survives many reconnects (${kind})`, async () => {
      const { world, broker, board } = await start();
      for (let round = 0; round < 50; round++) {
        board.evaluate("s.end()");
        await world.runFor(50);
        board.console.length = 0;
        board.evaluate(`s = open("broker", 1883, ${JSON.stringify(CONNECT)})`);
        await world.runFor(50);
        assert.ok(board.console.includes("data \x20\x02\0\0"), `round ${round}`);
      }
      assert.equal(broker.connectedClients, 1);
      assert.equal(world.network.connections.length, 1);
    });
  }
});
