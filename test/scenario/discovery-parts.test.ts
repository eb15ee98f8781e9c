/** Each configuration of examples/ as Home Assistant sees it: an entity for each value, and a value for each entity. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createWorld } from "../../sim/world.ts";
import { attachPart } from "../../tools/parts.ts";
import { bundle } from "../support/bundles.ts";
import { listen, render } from "../support/home-assistant.ts";
import { createServer } from "../support/server.ts";

describe("Home Assistant with each part of examples/", () => {
  for (const file of readdirSync("examples"))
    it(`${file}: an entity for each of its values, which the payload has`, async () => {
      const { sensors } = JSON.parse(readFileSync(`examples/${file}`, "utf8")) as {
        sensors: { type: string; name?: string }[];
      };
      const world = createWorld();
      try {
        const server = createServer(world);
        world.accessPoint.password = "secret-wifi";
        const home = listen(server, () => world.clock.now());
        const config = {
          wifi: { ssid: "home", password: "secret-wifi" },
          broker: { host: "broker" },
          period: 30,
          discovery: { name: "desk" },
          sensors,
        };
        const storage = { ".bootcde": bundle("esp32.min.js"), "config.json": JSON.stringify(config) };
        const board = world.board({ board: "ESP32", storage });
        const parts = sensors.map((settings) =>
          attachPart(settings, { board, now: () => world.clock.now(), random: () => world.random() }),
        );
        assert.ok(parts.every(Boolean));
        board.powerOn();
        await world.runFor(100_000);
        assert.deepEqual(home.mistakes, []);
        const published = server.packets.filter((packet) => packet.cmd === "publish");
        const readings = published
          .filter(({ topic, retain }) => topic.endsWith("/state") && !retain)
          .map(({ payload }) => payload.toString());
        const told = readings.flatMap((reading) =>
          Object.entries(JSON.parse(reading) as object).flatMap(([name, value]) => {
            if (["ts", "uptime", "late"].includes(name)) return [];
            return typeof value === "object"
              ? Object.keys(value as object).map((one) => `${name}-${one}`)
              : [name];
          }),
        );
        const shown = [...home.entities].filter(([, { config: one }]) => one.state_topic?.endsWith("/state"));
        assert.equal(shown.length, new Set(told).size, [...new Set(told)].join());
        for (const [one, { config: entity }] of shown) {
          assert.ok(Number.isFinite(Number(home.state(one))), `${one}: ${home.state(one)}`);
          const values = published
            .filter(({ topic }) => topic === entity.state_topic)
            .map(({ payload }) => render(entity.value_template!, payload.toString()))
            .filter(Boolean);
          // It shows as many digits as are told.
          const digits = values.map((value) => (value.split(".")[1] ?? "").length);
          assert.ok(Math.max(...digits) <= entity.suggested_display_precision!, `${one}: ${values.join()}`);
        }
        assert.deepEqual(board.uncaught, []);
      } finally {
        world.close();
      }
    });
});
