import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createWorld } from "../../sim/world.ts";
import type { SimulatedBoard, World } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { connects, count, createServer, message, publishes } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";

/** The first code block of a language in README, or another. */
function block(language: string, nth = 0): string {
  const found = [...readFileSync("README.md", "utf8").matchAll(/^```(\w+)\n([^]*?)^```/gm)];
  const text = found.filter(([, name]) => name === language)[nth]?.[2];
  assert.ok(text, language);
  return text;
}

/** Runs a program of README on a board that has joined its Wi-Fi, up to the status that it announces. */
async function announces(
  program: string,
  storage: Record<string, string>,
  then: (run: { world: World; server: ScriptedServer; board: SimulatedBoard }) => Promise<void>,
): Promise<void> {
  const world = createWorld();
  try {
    const server = createServer(world, "192.168.1.10");
    const join = `require("Wifi").connect("${world.accessPoint.ssid}", { password: "${world.accessPoint.password}" }, function () {`;
    const board = world.board({
      board: "ESP8266",
      storage: { ...storage, ".bootcde": `${join}${program}});` },
    });
    board.powerOn();
    await world.runUntil(() => server.published().includes("hall/status online"));
    await then({ world, server, board });
    assert.deepEqual(board.uncaught, []);
  } finally {
    world.close();
  }
}

describe("README", () => {
  it("shows a program of nine lines that connects, announces itself and its end, and listens, as it stands", () => {
    assert.equal(block("js").trim().split("\n").length, 9);
    return announces(
      block("js"),
      { ristretto: bundle("ristretto.min.js") },
      async ({ world, server, board }) => {
        const { topic, payload, qos, retain } = connects(server)[0]!.will!;
        assert.deepEqual([topic, payload.toString(), qos, retain], ["hall/status", "offline", 1, true]);
        await world.runUntil(() => count(server, "subscribe") === 1);
        server.last.send(message("hall/say", "hello"));
        await world.runUntil(() => board.console.includes("hello"));
      },
    );
  });

  it("shows a program over the functions that connects and announces itself, as it stands", () =>
    announces(
      block("js", 1),
      { "ristretto-functions": bundle("ristretto-functions.min.js") },
      ({ server }) => {
        assert.equal(connects(server)[0]!.clientId, "hall");
        return Promise.resolve();
      },
    ));

  it("shows a program with parts that speaks MQTT 5.0, as it stands", async () => {
    const world = createWorld();
    try {
      const server = createServer(world, "192.168.1.10");
      const program = `${block("js", 2)}
        require("Wifi").connect("home", { password: "secret" }, function () { mqtt.connect(client); });`;
      const storage = { "ristretto-full": bundle("ristretto-full.min.js"), ".bootcde": program };
      const board = world.board({ board: "ESP32", storage });
      board.powerOn();
      await world.runUntil(() => publishes(server).length > 0 && count(server, "subscribe") > 0);
      assert.equal(connects(server)[0]!.protocolVersion, 5);
      assert.equal(publishes(server)[0]!.properties?.messageExpiryInterval, 600);
      assert.deepEqual(board.uncaught, []);
    } finally {
      world.close();
    }
  });

  it("shows a configuration that a node runs with", async () => {
    const world = createWorld();
    try {
      const config = JSON.parse(block("json")) as { wifi: { ssid: string; password: string } };
      Object.assign(world.accessPoint, config.wifi);
      const server = createServer(world, "192.168.1.10");
      const storage = { "config.json": block("json"), ".bootcde": bundle("esp32.min.js") };
      const board = world.board({ board: "ESP32", storage });
      board.powerOn();
      await world.runUntil(() => server.published().some((message) => message.endsWith("/status online")));
      assert.deepEqual(board.uncaught, []);
    } finally {
      world.close();
    }
  });
});
