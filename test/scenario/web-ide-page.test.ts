/** docs/web-ide.md: what it shows, runs; what it points to, is there. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Results } from "../../bench/results.ts";
import { createWorld } from "../../sim/world.ts";
import { edited } from "./beds/block.ts";
import { bundle } from "../support/bundles.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { connects, count, createServer, message } from "../support/server.ts";

const page = readFileSync("docs/web-ide.md", "utf8");
/** The code blocks of a language; without one, what the console says. */
const blocks = (language: string): string[] =>
  [...page.matchAll(/^ *```(\w*)\n([^]*?)^ *```/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text]) => text!);

describe("docs/web-ide.md", () => {
  for (const kind of BOARD_KINDS) {
    it(`shows a program that joins, connects, announces itself and its end, and listens, as it stands (${kind})`, async () => {
      const world = createWorld();
      try {
        Object.assign(world.accessPoint, { ssid: "greenhouse", password: "tomatoes and basil" });
        const server = createServer(world, "192.168.1.10");
        const storage = { ristretto: bundle("ristretto.min.js"), ".bootcde": blocks("js")[0]! };
        const board = world.board({ board: kind, storage });
        board.powerOn();
        await world.runUntil(() => server.published().includes("hall/status online"));
        assert.equal(connects(server)[0]!.will!.payload.toString(), "offline");
        await world.runUntil(() => count(server, "subscribe") === 1);
        server.last.send(message("hall/say", "hello"));
        await world.runUntil(() => board.console.includes("hall/say: hello"));
        assert.ok(board.console.includes("connected"));
        assert.deepEqual(board.uncaught, []);
      } finally {
        world.close();
      }
    });

    it(`shows what the firmware for ${kind} says of a block that lacks a name`, async () => {
      const world = createWorld();
      try {
        const storage = { ".bootcde": edited(kind, { 'host: ""': 'host: "192.168.1.10"' }) };
        const board = world.board({ board: kind, storage });
        board.powerOn();
        await world.runFor(1000);
        assert.equal(board.console.slice(1).join("\n"), blocks("")[0]!.trim());
      } finally {
        world.close();
      }
    });
  }

  it("says what the module takes of a board's memory", () => {
    const { subjects } = JSON.parse(readFileSync("bench/results.json", "utf8")) as Results;
    assert.ok(page.includes(`${subjects["the module"]!.flashLoaded} of the ESP8266's 1600 variables`));
  });

  it("has its pictures and what it points to", () => {
    const targets = [...page.matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, target]) => join("docs", target!));
    assert.ok(targets.length > 8);
    assert.deepEqual(
      targets.filter((target) => !existsSync(target)),
      [],
    );
  });
});
