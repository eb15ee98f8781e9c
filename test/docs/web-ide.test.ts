/** docs/web-ide.md: what it shows, runs; what it points to, is there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Results } from "../../bench/results.ts";
import { createWorld } from "../../sim/world.ts";
import { edited } from "../scenario/beds/block.ts";
import { bundle } from "../support/bundles.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { openPage } from "../support/page.ts";
import { connects, count, createServer, message } from "../support/server.ts";
import { deadLinks, doubleAnchors } from "./links.ts";

const PATH = "docs/web-ide.md";
const page = openPage(PATH);

describe(PATH, () => {
  const program = page.block("js");
  const said = page.block("");

  for (const kind of BOARD_KINDS) {
    it(`shows a program that joins, connects, announces itself and its end, and listens, as it stands (${kind})`, async () => {
      const world = createWorld();
      try {
        Object.assign(world.accessPoint, { ssid: "greenhouse", password: "tomatoes and basil" });
        const server = createServer(world, "192.168.1.10");
        const storage = { ristretto: bundle("ristretto.min.js"), ".bootcde": program };
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
        assert.equal(board.console.slice(1).join("\n"), said.trim());
      } finally {
        world.close();
      }
    });
  }

  it("says what the module takes of a board's memory", () => {
    const { subjects } = JSON.parse(readFileSync("bench/results.json", "utf8")) as Results;
    assert.ok(page.text.includes(`${subjects["the module"]!.flashLoaded} of the ESP8266's 1600 variables`));
  });

  it("has its pictures and leads everywhere it points to", () => {
    assert.deepEqual(deadLinks(PATH), []);
    assert.deepEqual(doubleAnchors(PATH), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
