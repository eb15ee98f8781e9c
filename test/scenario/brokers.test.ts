import assert from "node:assert/strict";
import { connectAsync } from "mqtt";
import type { MqttClient } from "mqtt";
import { startAedes } from "../support/aedes.ts";
import type { Broker } from "../support/aedes.ts";
import { startMosquitto } from "../support/brokers.ts";
import { mosquitto, withProgram } from "../support/engines.ts";
import type { BoardKind } from "../../sim/world.ts";
import { onBothBoards, withNodes } from "../support/node-world.ts";
import type { NodeBench, NodeOptions, NodeSettings } from "../support/node-world.ts";

const WITHIN = 15_000;

/** What an independent client sees, as `topic payload`, with `*` for what was retained. */
interface Watcher {
  seen: string[];
  command(name: string): Promise<unknown>;
  stop(): Promise<void>;
}

async function watch({ port }: Broker, base: string): Promise<Watcher> {
  const client: MqttClient = await connectAsync({ host: "127.0.0.1", port, reconnectPeriod: 0 });
  const seen: string[] = [];
  client.on("message", (topic, payload, { retain }) => {
    seen.push(`${topic.slice(base.length + 1)} ${payload.toString()}${retain ? " *" : ""}`);
  });
  await client.subscribeAsync(base + "/#", { qos: 1 });
  return {
    seen,
    command: (name) => client.publishAsync(base + "/cmd/" + name, "now", { qos: 1 }),
    stop: () => client.endAsync(true),
  };
}

type Start = (kind: BoardKind, options: NodeOptions) => NodeBench;

/** A node whose clock is the host's, so that all boards of a test live at the same time; off. */
function createNode(
  start: Start,
  kind: BoardKind,
  serial: string,
  broker: NonNullable<NodeSettings["broker"]>,
): NodeBench {
  return start(kind, {
    clock: "real",
    serial,
    server: false,
    on: false,
    config: { broker: { host: "127.0.0.1", ...broker }, period: 1, values: true },
  });
}

/** From power-on to the pulled plug. */
async function live({ world, board, sensor }: NodeBench, { seen }: Watcher): Promise<void> {
  const count = (pattern: RegExp): number => seen.filter((line) => pattern.test(line)).length;
  board.powerOn();
  await world.runUntil(() => seen.includes("status online"), WITHIN);
  assert.equal(seen[0], "status online");
  for (const pattern of [
    /^bme280\/temperature 20$/,
    /^bme280\/pressure 10132\d$/,
    /^bme280\/humidity 50$/,
    /^state \{"temperature":20,"pressure":10132\d,"humidity":50,"ts":\d+\}$/,
  ]) {
    await world.runUntil(() => count(pattern) >= 2, WITHIN);
  }
  // Eight are all that may wait for their acknowledgement.
  await world.runUntil(() => count(/^(state|bme280\/\w+) /) > 12, WITHIN);
  sensor.temperature = 31.5;
  await world.runUntil(() => seen.includes("bme280/temperature 31.5"), WITHIN);
  const from = seen.length;
  board.powerOff();
  await world.runUntil(() => seen.slice(from).includes("status offline"), WITHIN);
  assert.equal(count(/^status offline$/), 1);
}

async function assertRetained(broker: Broker, { world, base }: NodeBench): Promise<void> {
  const late = await watch(broker, base);
  try {
    await world.runUntil(() => late.seen.length >= 2, WITHIN);
    const topics = late.seen.map((line) => line.split(" ")[0]);
    assert.deepEqual(topics.sort(), ["diag", "status"]);
    assert.ok(late.seen.includes("status offline *"));
  } finally {
    await late.stop();
  }
}

async function restart({ world, board }: NodeBench, { seen, command }: Watcher): Promise<void> {
  board.powerOn();
  await world.runUntil(() => seen.some((line) => line.startsWith("diag ")), WITHIN);
  await command("restart");
  const statuses = (): string[] => seen.filter((line) => line.startsWith("status "));
  await world.runUntil(() => statuses().length === 3, WITHIN);
  assert.deepEqual(statuses(), ["status online", "status offline", "status online"]);
  assert.ok(seen.includes('cmd/result {"command":"restart","ok":true}'));
}

function itServes(startBroker: () => Promise<Broker>): void {
  withNodes("shows an ESP32 and an ESP8266 to mqtt.js", (start) => {
    let broker: Broker;
    const watchers: Watcher[] = [];
    beforeEach(async () => {
      broker = await startBroker();
    });
    afterEach(async () => {
      for (const watcher of watchers.splice(0)) await watcher.stop();
      await broker.stop();
    });

    const follow = async (node: NodeBench): Promise<Watcher> => {
      const watcher = await watch(broker, node.base);
      watchers.push(watcher);
      return watcher;
    };

    /** Two seconds, so that a host which halts for one does not look like a pulled plug. */
    const untilPulled = async (kind: BoardKind, serial: string): Promise<void> => {
      const node = createNode(start, kind, serial, { port: broker.port, keepalive: 2 });
      await live(node, await follow(node));
      await assertRetained(broker, node);
    };

    const overRestart = async (kind: BoardKind, serial: string): Promise<void> => {
      const node = createNode(start, kind, serial, { port: broker.port, keepalive: 60 });
      await restart(node, await follow(node));
    };

    it("`online`, acknowledged readings, `offline` after the plug was pulled; `offline` once by a node that restarts", async () => {
      await Promise.all([
        untilPulled("ESP32", "30aea400-0001"),
        untilPulled("ESP8266", "5ccf7f00-0001"),
        overRestart("ESP32", "30aea400-0002"),
        overRestart("ESP8266", "5ccf7f00-0002"),
      ]);
    });
  });
}

describe("aedes over loopback", () => {
  itServes(startAedes);
});

withProgram("mosquitto", mosquitto, true, (path) => {
  itServes(() => startMosquitto(path, "allow_anonymous true"));

  onBothBoards("refuses a node it does not know", (start, kind) => {
    let broker: Broker;
    beforeEach(async () => {
      broker = await startMosquitto(path, "allow_anonymous false");
    });
    afterEach(() => broker.stop());

    it("with return code 5: the console says so, without the credentials", async () => {
      const settings = { port: broker.port, username: "alice", password: "hunter2hunter2" };
      const node = createNode((_kind, options) => start(options), kind, "30aea400-0001", settings);
      node.board.powerOn();
      const line = await node.untilPrinted("MQTT: ", WITHIN);
      assert.match(line, /^MQTT: not authorized; .*; next attempt in 120 s$/);
      const shown = node.board.console.join("\n");
      for (const secret of ["alice", "hunter2hunter2", "secret-wifi"])
        assert.equal(shown.includes(secret), false);
    });
  });
});
