/** docs/home-assistant.md: its commands, its configuration, what it says appears, and its YAML, tried. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import mqtt from "mqtt";
import { parse } from "yaml";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import { createWorld } from "../../sim/world.ts";
import { startBroker } from "../../tools/broker.ts";
import { checkNode } from "../../tools/configuration/node-file.ts";
import { boardConfig } from "../../tools/configuration/node.ts";
import { bundle } from "../support/bundles.ts";
import { run } from "../support/command.ts";
import { mosquittoSub, withProgram } from "../support/engines.ts";
import { listen, render } from "../support/home-assistant.ts";
import type { HomeAssistant } from "../support/home-assistant.ts";
import { openPage } from "../support/page.ts";
import { createServer, publishes } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";

const page = openPage("docs/home-assistant.md");

/** A node with a BME280 and this configuration, a minute after power-on, as Home Assistant sees it. */
async function played(
  config: object,
  look: (home: HomeAssistant, server: ScriptedServer) => void,
): Promise<void> {
  const world = createWorld();
  try {
    const { node, mistakes } = checkNode(config);
    assert.deepEqual(mistakes, []);
    world.accessPoint.ssid = node!.wifi.ssid;
    world.accessPoint.password = "tomatoes and basil";
    node!.wifi.password = "tomatoes and basil";
    const server = createServer(world, node!.broker.host);
    const home = listen(server, () => world.clock.now());
    const storage = { ".bootcde": bundle("esp8266.min.js"), "config.json": boardConfig(node!) };
    const board = world.board({ board: "ESP8266", storage });
    board.i2c.attach(0x76, createBme280Model({ now: () => world.clock.now() }));
    board.powerOn();
    await world.runFor(60_000);
    assert.deepEqual([home.mistakes, board.uncaught], [[], []]);
    look(home, server);
  } finally {
    world.close();
  }
}

/** A command of the page as words; quotes keep theirs together. */
const wordsOf = (command: string): string[] =>
  [...command.trim().matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => (a ?? b ?? c)!);

describe("docs/home-assistant.md", () => {
  const [init, upload, clear] = [0, 1, 2].map((nth) => page.block("sh", nth));
  const node = JSON.parse(page.block("json")) as { broker: object };
  const yaml = page.block("yaml");

  it("has `init` write the configuration that it shows, with what is proposed", async function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    try {
      const out = join(folder, "node.json");
      const [npx, ristretto, ...words] = wordsOf(init!);
      assert.deepEqual([npx, ristretto], ["npx", "ristretto"]);
      const { code, stderr } = await run(...words, "--yes", "--out", out);
      assert.equal(code, 0, stderr);
      const { $schema, ...written } = JSON.parse(readFileSync(out, "utf8")) as Record<string, unknown>;
      assert.equal(typeof $schema, "string");
      assert.deepEqual(written, node);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("names a command that there is", async function () {
    this.timeout(60_000);
    assert.equal(upload, "npx ristretto upload\n");
    const { code, stdout } = await run("upload", "--help");
    assert.equal(code, 0);
    assert.match(stdout, /acknowledged/);
  });

  it("says what appears, under which name, and in which unit", async () => {
    const rows = [...page.text.matchAll(/^\| `((?:sensor|button)\.\w+)` +\| ([^|]*?) +\| ([^|]*?) *\|$/gm)];
    const told = rows.map(([, id, name, unit]) => [id, name, unit ?? ""]);
    assert.equal(told.length, 7);
    await played({ ...node, discovery: { name: "Hall" } }, (home) => {
      assert.deepEqual(
        told,
        [...home.entities].map(([id, { name, config }]) => [id, name, config.unit_of_measurement ?? ""]),
      );
      for (const [id] of told)
        if (id!.startsWith("sensor")) assert.ok(Number.isFinite(Number(home.state(id!))));
    });
  });

  it("is right about `true` and about a prefix: all appears as it does with a name", async () => {
    await played(node, (home) => {
      assert.equal(home.entities.size, 7);
    });
    await played({ ...node, discovery: { name: "Hall", prefix: "ha" } }, (home, server) => {
      assert.equal(home.entities.size, 0);
      assert.equal(publishes(server).filter(({ topic }) => topic.startsWith("ha/")).length, 7);
    });
  });

  it("has YAML for a node without discovery whose topics it publishes, and whose templates give its values", async () => {
    const { mqtt: entities } = parse(yaml) as {
      mqtt: Record<"sensor" | "button", Record<string, string>[]>;
    };
    const { discovery, ...without } = node as { discovery?: unknown };
    assert.equal(discovery, true);
    await played(without, (home, server) => {
      assert.equal(home.entities.size, 0);
      const payloadOf = (topic: string): string =>
        publishes(server)
          .find((packet) => packet.topic === topic)!
          .payload.toString();
      const values = entities.sensor.map((sensor) => {
        assert.equal(payloadOf(sensor.availability_topic!), "online");
        return render(sensor.value_template!, payloadOf(sensor.state_topic!));
      });
      assert.deepEqual(values, ["20", "101324", "50"]);
      const late = '{"temperature":1,"pressure":2,"humidity":3,"uptime":1,"late":true}';
      for (const { value_template: template } of entities.sensor) assert.equal(render(template!, late), "");
      for (const { command_topic: topic } of entities.button)
        assert.equal(topic, "ristretto/30aea4000001/cmd/restart");
    });
  });

  it("says the classes and units for YAML that discovery has", async () => {
    const { mqtt: entities } = parse(yaml) as { mqtt: { sensor: Record<string, unknown>[] } };
    const keys = ["device_class", "state_class", "unit_of_measurement", "expire_after"] as const;
    await played({ ...node, discovery: { name: "Hall" } }, (home) => {
      const announced = [...home.entities.values()]
        .slice(0, 3)
        .map(({ config }) => keys.map((key) => config[key]));
      assert.deepEqual(
        entities.sensor.map((sensor) => keys.map((key) => sensor[key])),
        announced,
      );
    });
  });

  withProgram("its way to take a node away", mosquittoSub, true, (program) => {
    it("clears what the node had retained, and nothing else", async function () {
      this.timeout(60_000);
      const retained = new Map<string, string>();
      await played(node, (_home, server) => {
        for (const { topic, payload, retain } of publishes(server))
          if (retain) retained.set(topic, payload.toString());
      });
      assert.equal(retained.size, 10);
      const broker = await startBroker(0);
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
      try {
        const others = [
          "homeassistant/sensor/ristretto_ffffffffffff/bme280-humidity/config",
          "ristretto/f/status",
        ];
        for (const topic of [...retained.keys(), ...others])
          await client.publishAsync(topic, "x", { qos: 1, retain: true });
        const [command, ...words] = wordsOf(clear!);
        assert.equal(command, "mosquitto_sub");
        const given = words.map((word) => (word === "192.168.1.10" ? "127.0.0.1" : word));
        // It ends with 27 when its time is up, which is how it is to end.
        await promisify(execFile)(program, ["-p", String(broker.port), ...given]).catch((error: unknown) => {
          assert.equal((error as { code?: unknown }).code, 27);
        });
        const left = new Set<string>();
        await new Promise<void>((resolve) => {
          client.on("message", (topic, _payload, { retain }) => {
            if (topic === "last") resolve();
            if (retain) left.add(topic);
            // What is retained comes in no certain order, and this behind all of it.
            if (retain && others.every((one) => left.has(one))) client.publish("last", "x", { qos: 1 });
          });
          client.subscribe("#");
        });
        assert.deepEqual([...left].sort(), others);
      } finally {
        await client.endAsync(true);
        await broker.close();
      }
    });
  });

  it("points to what is there", () => {
    for (const [, target] of page.text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g))
      if (!target!.includes("://")) assert.ok(existsSync(join(dirname(page.path), target!)), target);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
