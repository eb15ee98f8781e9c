import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createWorld } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { createServer } from "../support/server.ts";

/** The first code block of a language in README. */
function block(language: string): string {
  const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readFileSync("README.md", "utf8"));
  assert.ok(found, language);
  return found[1]!;
}

describe("README", () => {
  it("shows a program that connects, announces itself and listens, as it stands", async () => {
    const world = createWorld();
    try {
      const server = createServer(world, "192.168.1.10");
      const join = `require("Wifi").connect("${world.accessPoint.ssid}", { password: "${world.accessPoint.password}" }, function () {`;
      const storage = { ristretto: bundle("ristretto.min.js"), ".bootcde": `${join}${block("js")}});` };
      const board = world.board({ board: "ESP8266", storage });
      board.powerOn();
      await world.runUntil(() => server.published().includes("hall/status online"));
      server.last.send({
        cmd: "publish",
        topic: "hall/say",
        payload: "hello",
        qos: 0,
        dup: false,
        retain: false,
      });
      await world.runUntil(() => board.console.includes("hello"));
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
