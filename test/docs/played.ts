/** The node of a configuration in a world that has all it names: network, broker and sensors. For what the pages show. */
import assert from "node:assert/strict";
import type { IPublishPacket } from "mqtt-packet";
import { createWorld } from "../../sim/world.ts";
import type { SimulatedBoard, World } from "../../sim/world.ts";
import { checkNode } from "../../tools/configuration/node-file.ts";
import { boardText } from "../../tools/configuration/node.ts";
import type { NodeFile } from "../../tools/configuration/node.ts";
import { attachPart } from "../../tools/parts.ts";
import type { Part } from "../../tools/parts.ts";
import { bundle } from "../support/bundles.ts";
import { createServer, message, publishes } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";

export interface Played {
  world: World;
  server: ScriptedServer;
  board: SimulatedBoard;
  /** The models of its sensors, in order. */
  parts: Part[];
  messages(): IPublishPacket[];
  /** Them as the pages show them: `← topic payload`. */
  lines(): string[];
  /** Lets time pass until there are so many of a kind. */
  until(part: string, times?: number): Promise<void>;
  /** Publishes to the node. */
  send(topic: string, payload: string, retain?: boolean): void;
}

const AIR = { temperature: 21.5, pressure: 101325, humidity: 47 };

/** The configuration, which must be without mistakes and warnings. */
export function nodeOf(config: unknown): NodeFile {
  const { node, mistakes, warnings } = checkNode(config);
  assert.deepEqual([...mistakes, ...warnings], []);
  return node!;
}

export async function play(node: NodeFile, then: (played: Played) => Promise<unknown>): Promise<void> {
  const world = createWorld();
  try {
    Object.assign(world.accessPoint, { ssid: node.wifi.ssid, password: node.wifi.password ?? "" });
    const server = createServer(world, node.broker.host, node.broker.port);
    const storage = {
      ".bootcde": bundle(node.board === "esp8266" ? "esp8266.min.js" : "esp32.min.js"),
      "config.json": boardText(node),
    };
    const board = world.board({ board: node.board, storage });
    const parts = node.sensors.map((sensor) => {
      const part = attachPart(sensor, { board, now: () => board.time(), random: () => world.random() });
      assert.ok(part, sensor.type);
      part.expose(AIR);
      return part;
    });
    board.powerOn();
    const lines = (): string[] =>
      publishes(server).map(({ topic, payload }) => `← ${topic} ${payload.toString()}`);
    await then({
      ...{ world, server, board, parts, lines },
      messages: () => publishes(server),
      until: (part, times = 1) =>
        world.runUntil(() => lines().filter((line) => line.includes(part)).length >= times, 600_000),
      send(topic, payload, retain = false) {
        server.last.send(message(topic, payload, { retain }));
      },
    });
    assert.deepEqual(board.uncaught, []);
  } finally {
    world.close();
  }
}
