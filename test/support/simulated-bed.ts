/** The bed that is simulated: a board in a world under virtual time. */
import assert from "node:assert/strict";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import { createWorld } from "../../sim/world.ts";
import type { Bed, BedOptions, SensorState } from "./bed.ts";
import { createServer } from "./server.ts";

/** Virtual milliseconds after which a world that still waits is believed to wait for ever. */
const PATIENCE = 300_000;

export function createSimulatedBed({
  kind,
  files,
  sensor = {},
  host = "broker",
  down,
  throws,
}: BedOptions): Promise<Bed> {
  const world = createWorld({ seed: Number(process.env.SEED ?? 1) });
  world.accessPoint.password = "secret-wifi";
  const broker = { host, port: 1883 };
  const server = createServer(world, host);
  const board = world.board({ board: kind, storage: files(broker), utc: true });
  const part = createBme280Model({ now: () => world.clock.now() });
  board.i2c.attach(0x76, part);
  const expose = (state: SensorState): void => void Object.assign(part, state);
  expose(sensor);
  if (down) world.network.refuse(broker.host, broker.port, true);
  board.powerOn();
  return Promise.resolve({
    kind,
    broker,
    server,
    console: board.console,
    until: (condition) => world.runUntil(condition, PATIENCE),
    async type(code) {
      board.evaluate(code);
      await world.runFor(0);
    },
    store(name, text) {
      if (text === undefined) board.storage.delete(name);
      else board.storage.set(name, text);
      return Promise.resolve();
    },
    restart() {
      board.powerOff();
      board.powerOn();
      return Promise.resolve();
    },
    refuse(on) {
      world.network.refuse(broker.host, broker.port, on);
      return Promise.resolve();
    },
    async trickle(bytes, size = 1) {
      const { chunk } = world.network;
      world.network.chunk = size;
      server.last.send(bytes);
      const [connection] = world.network.connections.slice(-1);
      const before = connection!.received;
      await world.runUntil(() => connection!.received !== before, PATIENCE);
      await world.runUntil(() => connection!.received.length === 0, PATIENCE);
      world.network.chunk = chunk;
    },
    sense(state) {
      expose(state);
      return Promise.resolve();
    },
    close() {
      const uncaught = board.uncaught.filter((text) => throws === undefined || !throws.test(text));
      world.close();
      assert.deepEqual(uncaught, [], "the program threw");
      return Promise.resolve();
    },
  });
}
