/**
 * A node and Home Assistant, as test/support/home-assistant.ts has it from there: what appears, what it shows, and what it
 * shows when something breaks.
 */
import assert from "node:assert/strict";
import type { IPublishPacket } from "mqtt-packet";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import { createHomeAssistant, listen } from "../support/home-assistant.ts";
import type { HomeAssistant } from "../support/home-assistant.ts";
import { onBothBoards } from "../support/node-world.ts";
import type { NodeBench, NodeOptions } from "../support/node-world.ts";
import { message } from "../support/server.ts";

const configs = (node: NodeBench): IPublishPacket[] =>
  node.messages().filter(({ topic }) => topic.endsWith("/config"));

/** Seconds in which a node with a BME280 and a period of ten has appeared, and all its entities have their values. */
const SETTLED = 30_000;

const id = (node: NodeBench): string => node.base.slice("ristretto/".length);

onBothBoards("Home Assistant", (start, kind) => {
  function begin({ config = {}, ...more }: NodeOptions = {}): { node: NodeBench; home: HomeAssistant } {
    const named = { discovery: { name: "Hall" }, ...(config as object) };
    const node = start({ config: named, ...more });
    const { prefix } = named.discovery as { prefix?: string };
    return { node, home: listen(node.server, () => node.world.clock.now(), prefix) };
  }

  it("shows every value of a BME280, what the board tells of itself, and a button to restart it", async () => {
    const { node, home } = begin();
    await node.world.runFor(SETTLED);
    assert.deepEqual(home.mistakes, []);
    const { free, rssi, uptime } = JSON.parse(node.payloads("diag")[0]!) as Record<string, number>;
    assert.deepEqual(home.states(), {
      "sensor.hall_temperature": "20",
      "sensor.hall_pressure": "101324",
      "sensor.hall_humidity": "50",
      "sensor.hall_rssi": String(rssi),
      "sensor.hall_uptime": String(uptime),
      "sensor.hall_free_memory": String(free),
      "button.hall_restart": "unknown",
    });
    assert.deepEqual(
      [...home.entities.values()].map(({ name, config }) => [
        name,
        config.device_class,
        config.unit_of_measurement,
        config.suggested_display_precision,
        config.expire_after,
        config.entity_category,
      ]),
      [
        ["Temperature", "temperature", "°C", 2, 60, undefined],
        ["Atmospheric pressure", "atmospheric_pressure", "Pa", 0, 60, undefined],
        ["Humidity", "humidity", "%", 1, 60, undefined],
        ["Signal strength", "signal_strength", "dBm", 0, undefined, "diagnostic"],
        ["Uptime", "duration", "s", 0, undefined, "diagnostic"],
        ["Free memory", undefined, "variables", 0, undefined, "diagnostic"],
        ["Restart", "restart", undefined, undefined, undefined, "config"],
      ],
    );
    for (const { config } of home.entities.values())
      assert.deepEqual(config.device, {
        identifiers: [`ristretto_${id(node)}`],
        name: "Hall",
        manufacturer: "Espressif",
        model: kind,
        sw_version: (JSON.parse(node.payloads("diag")[0]!) as { version: string }).version,
      });
  });

  it("is told each entity once, retained, at QoS 1, each when the one before has arrived, after `online`", async () => {
    const { node } = begin();
    const { server } = node;
    let under = 0;
    const answer = server.onPacket;
    server.onPacket = (packet, connection) => {
      if (packet.cmd !== "publish" || !packet.topic.endsWith("/config")) return answer(packet, connection);
      assert.equal(++under, 1, "two at once");
      void node.world.runFor(0);
      node.world.clock.setTimeout(() => {
        under--;
        answer(packet, connection);
      }, 2_500);
      return undefined;
    };
    await node.world.runFor(60_000);
    assert.deepEqual(
      configs(node).map(({ topic, qos, retain }) => `${topic} ${qos} ${String(retain)}`),
      ["bme280-temperature", "bme280-pressure", "bme280-humidity", "rssi", "uptime", "free"]
        .map((object) => `sensor/ristretto_${id(node)}/${object}`)
        .concat(`button/ristretto_${id(node)}/restart`)
        .map((middle) => `homeassistant/${middle}/config 1 true`),
    );
    const topics = node.messages().map(({ topic }) => topic);
    assert.equal(topics[0], `${node.base}/status`);
    for (const { payload } of configs(node)) assert.ok(payload.length < 640, `${payload.length} bytes`);
  });

  it("that is not asked for costs no message and no subscription", async () => {
    for (const discovery of [undefined, false]) {
      const node = start({ config: discovery === undefined ? {} : { discovery } });
      await node.world.runFor(SETTLED);
      const said = node.server.packets.map((packet) => JSON.stringify(packet)).join();
      assert.doesNotMatch(said, /homeassistant/);
      assert.deepEqual(node.messages("bme280/status"), []);
    }
  });

  it("calls the node by its base where it has no name, and finds it below another prefix", async () => {
    const base = 'haus/K\u00fcche "alt"\\';
    const bytes = Buffer.from(base, "utf8").toString("latin1");
    const config = { base: bytes, discovery: { prefix: "ha/new" } };
    const { node, home } = begin({ config });
    node.server.onMalformed = (error) => assert.fail(error);
    await node.world.runFor(SETTLED);
    assert.deepEqual(home.mistakes, []);
    assert.equal(home.state("sensor.haus_k__che__alt___temperature"), "20");
    const [entity] = home.entities.values();
    assert.equal(entity!.config.device.name, 'haus K\u00fcche "alt"\\');
    assert.equal(entity!.config.state_topic, `${base}/state`);
    assert.ok(entity!.topic.startsWith("ha/new/sensor/"));
  });

  it("tells several sensors apart, whatever they are called, in the units and with what follows that they have", async () => {
    const sensors = [
      { type: "bme280", units: { temperature: "F", pressure: "hPa" }, derive: { dew_point: true } },
      { type: "bme280", name: "items", address: 0x77, derive: { altitude: 101325, sea_level_pressure: 100 } },
      { type: "bmp180", name: "none-there" },
    ];
    const { node, home } = begin({ config: { sensors }, on: false });
    const second = createBme280Model({ now: () => node.world.clock.now() });
    second.temperature = 5;
    node.board.i2c.attach(0x77, second);
    node.board.powerOn();
    await node.world.runFor(60_000);
    assert.deepEqual(home.mistakes, []);
    const states = home.states();
    assert.deepEqual(
      Object.keys(states)
        .filter((one) => !/rssi|uptime|free|restart/.test(one))
        .sort(),
      [
        "sensor.hall_bme280_temperature",
        "sensor.hall_bme280_pressure",
        "sensor.hall_bme280_humidity",
        "sensor.hall_bme280_dew_point",
        "sensor.hall_items_temperature",
        "sensor.hall_items_pressure",
        "sensor.hall_items_humidity",
        "sensor.hall_items_sea_level_pressure",
        "sensor.hall_items_altitude",
      ].sort(),
    );
    assert.equal(states["sensor.hall_bme280_temperature"], "68");
    assert.equal(states["sensor.hall_bme280_pressure"], "1013.24");
    assert.equal(states["sensor.hall_items_temperature"], "5");
    const of = (object: string) => home.entities.get(`sensor.hall_${object}`)!;
    assert.equal(of("bme280_temperature").name, "Bme280 temperature");
    assert.equal(of("bme280_temperature").config.unit_of_measurement, "°F");
    assert.equal(of("bme280_pressure").config.unit_of_measurement, "hPa");
    assert.equal(of("bme280_pressure").config.suggested_display_precision, 2);
    assert.equal(of("items_altitude").config.device_class, "distance");
    assert.equal(of("items_sea_level_pressure").name, "Items sea level pressure");
    assert.equal(node.payloads("none-there/status").at(-1), "offline");
  });

  it("shows a sensor in fault as unavailable, and its value again when it has healed", async () => {
    const { node, home } = begin();
    await node.world.runFor(SETTLED);
    node.sensor.fault = "absent";
    await node.untilPublished("error");
    await node.world.runFor(2_000);
    assert.equal(home.state("sensor.hall_temperature"), "unavailable");
    assert.equal(home.state("sensor.hall_humidity"), "unavailable");
    assert.notEqual(home.state("sensor.hall_rssi"), "unavailable");
    node.sensor.fault = "none";
    node.sensor.temperature = 25;
    await node.untilPublished("state");
    await node.world.runFor(2_000);
    assert.equal(home.state("sensor.hall_temperature"), "25");
    assert.deepEqual(node.payloads("bme280/status"), ["online", "offline", "online"]);
    assert.deepEqual(home.mistakes, []);
  });

  it("shows one of two sensors as unavailable while the other goes on", async () => {
    const sensors = [{ type: "bme280" }, { type: "bme280", name: "roof", address: 0x77 }];
    const { node, home } = begin({ config: { sensors }, on: false });
    const roof = createBme280Model({ now: () => node.world.clock.now() });
    node.board.i2c.attach(0x77, roof);
    node.board.powerOn();
    await node.world.runFor(45_000);
    assert.equal(home.state("sensor.hall_roof_temperature"), "20");
    roof.fault = "absent";
    node.sensor.temperature = 21;
    await node.world.runFor(200_000);
    assert.equal(home.state("sensor.hall_roof_temperature"), "unavailable");
    assert.equal(home.state("sensor.hall_bme280_temperature"), "21");
    assert.deepEqual(home.mistakes, []);
  });

  it("knows a fault that came while there was no broker, and of one at power-on", async () => {
    const { node, home } = begin({ on: false });
    node.sensor.fault = "absent";
    node.board.powerOn();
    await node.world.runFor(SETTLED);
    assert.deepEqual([...home.entities.keys()].length, 4);
    assert.deepEqual(node.payloads("bme280/status"), ["offline"]);
    node.sensor.fault = "none";
    await node.world.runFor(SETTLED);
    assert.equal(home.state("sensor.hall_temperature"), "20");
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    node.sensor.fault = "absent";
    await node.world.runFor(60_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPublished("status", 1, 300_000);
    await node.world.runFor(5_000);
    assert.equal(home.state("sensor.hall_temperature"), "unavailable");
    assert.deepEqual(home.mistakes, []);
  });

  it("shows a node as unavailable when its will has spoken, or no reading came for three periods", async () => {
    const { node, home } = begin({ config: { period: 100 } });
    await node.world.runFor(SETTLED);
    assert.equal(home.state("sensor.hall_temperature"), "20");
    home.take({ topic: `${node.base}/status`, payload: "offline", retain: true });
    assert.deepEqual(new Set(Object.values(home.states())), new Set(["unavailable"]));
    home.take({ topic: `${node.base}/status`, payload: "online", retain: true });
    assert.equal(home.state("sensor.hall_temperature"), "20");
    node.board.powerOff();
    await node.world.runFor(250_000);
    assert.equal(home.state("sensor.hall_temperature"), "20");
    await node.world.runFor(60_000);
    assert.equal(home.state("sensor.hall_temperature"), "unavailable");
  });

  it("is told anew how long values count when the period changes, and shows them at once", async () => {
    const { node, home } = begin();
    await node.world.runFor(SETTLED);
    node.command("/period", "600");
    await node.world.runFor(20_000);
    const entity = home.entities.get("sensor.hall_temperature")!;
    assert.equal(entity.config.expire_after, 1800);
    assert.equal(home.state("sensor.hall_temperature"), "20");
    assert.equal(configs(node).length, 14);
    node.command("/period", "0");
    await node.world.runFor(20_000);
    assert.equal(configs(node).length, 14);
  });

  it("is told everything again within seconds of its start, and never for a message that was retained", async () => {
    const { node, home } = begin({ config: { period: 3600 } });
    await node.world.runFor(SETTLED);
    assert.equal(configs(node).length, 7);
    const say = (payload: string, retain = false): void => {
      node.server.last.send(message("homeassistant/status", payload, { retain }));
    };
    say("offline");
    say("online", true);
    await node.world.runFor(SETTLED);
    assert.equal(configs(node).length, 7);
    const states = node.states().length;
    say("online");
    await node.world.runFor(11_000 + 20_000);
    assert.equal(configs(node).length, 14);
    assert.deepEqual(
      configs(node)
        .slice(7)
        .map(({ topic, payload }) => topic + payload.toString()),
      configs(node)
        .slice(0, 7)
        .map(({ topic, payload }) => topic + payload.toString()),
    );
    assert.equal(node.states().length, states + 1, "no reading for the entities to show");
    assert.deepEqual(home.mistakes, []);
  });

  it("that starts has the nodes of a house answer at different times", async () => {
    const delays = new Set<number>();
    for (let number = 1; number <= 8; number++) {
      const { node } = begin({ serial: `30aea400-000${number}` });
      await node.world.runFor(SETTLED);
      const from = node.world.clock.now();
      node.server.last.send(message("homeassistant/status", "online"));
      await node.world.runUntil(() => configs(node).length === 8, 15_000);
      delays.add(Math.round((node.world.clock.now() - from) / 1000));
    }
    assert.ok(delays.size >= 3, [...delays].join());
  });

  it("is not told again at a reconnect, but for how the sensors are", async () => {
    const { node, home } = begin();
    await node.world.runFor(SETTLED);
    node.server.last.peer.reset();
    await node.untilPublished("status", 1);
    await node.world.runFor(SETTLED);
    assert.equal(configs(node).length, 7);
    assert.deepEqual(node.payloads("bme280/status"), ["online", "online"]);
    assert.equal(home.state("sensor.hall_temperature"), "20");
  });

  it("is not shown what is late: after an outage a reading is taken at once, and counts", async () => {
    const { node, home } = begin({ config: { period: 60 } });
    await node.world.runFor(SETTLED);
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    node.sensor.temperature = -40;
    await node.world.runFor(100_000);
    node.sensor.temperature = 22;
    node.world.network.refuse("broker", 1883, false);
    const shown = new Set<string>();
    const { take } = home;
    home.take = (told) => {
      take(told);
      shown.add(home.state("sensor.hall_temperature"));
    };
    await node.untilPublished("status", 1, 300_000);
    await node.world.runFor(125_000);
    assert.ok(
      node.payloads("state").some((payload) => payload.includes("-40") && payload.includes('"late"')),
    );
    assert.deepEqual(
      [...shown].filter((one) => one !== "unavailable"),
      ["20", "22"],
    );
    assert.deepEqual(home.mistakes, []);
  });

  it("keeps a value that a chain holds back, and does not take it for stale", async () => {
    const chain = { temperature: [{ delta: 1 }] };
    const { node, home } = begin({ config: { sensors: [{ type: "bme280", chain }] } });
    await node.world.runFor(SETTLED);
    assert.equal(home.entities.get("sensor.hall_temperature")!.config.expire_after, undefined);
    await node.world.runFor(120_000);
    assert.ok(node.payloads("state").at(-1)!.startsWith('{"pressure"'));
    assert.equal(home.state("sensor.hall_temperature"), "20");
    // It changes while there is no broker, and not again.
    node.world.network.refuse("broker", 1883, true);
    node.world.network.cut();
    node.sensor.temperature = 23;
    await node.world.runFor(60_000);
    node.world.network.refuse("broker", 1883, false);
    await node.untilPublished("status", 1, 300_000);
    await node.world.runFor(5_000);
    assert.equal(home.state("sensor.hall_temperature"), "23");
    // Home Assistant starts anew, and has what the broker had retained.
    const again = createHomeAssistant(() => node.world.clock.now());
    for (const told of node.messages().filter(({ retain }) => retain)) again.take(told);
    assert.equal(again.state("sensor.hall_temperature"), "23");
    node.sensor.fault = "absent";
    await node.world.runFor(15_000);
    assert.equal(home.state("sensor.hall_temperature"), "unavailable");
    assert.deepEqual(home.mistakes, []);
  });

  it("announces what a sensor tells for the first time after hours, with it", async () => {
    const chain = { humidity: [{ skip: 20 }] };
    const { node, home } = begin({ config: { sensors: [{ type: "bme280", chain }] } });
    await node.world.runFor(100_000);
    assert.equal(home.entities.has("sensor.hall_humidity"), false);
    assert.equal(home.state("sensor.hall_temperature"), "20");
    await node.world.runFor(200_000);
    assert.equal(home.state("sensor.hall_humidity"), "50");
    assert.deepEqual(home.mistakes, []);
  });

  it("restarts the node by the button", async () => {
    const { node, home } = begin();
    await node.world.runFor(SETTLED);
    const { command_topic: topic } = home.entities.get("button.hall_restart")!.config;
    node.server.last.send(message(topic!, "PRESS"));
    await node.world.runFor(SETTLED);
    assert.deepEqual(node.payloads("status"), ["online", "offline", "online"]);
    assert.deepEqual(node.results(), [{ command: "restart", ok: true }]);
    assert.equal(home.state("sensor.hall_temperature"), "20");
  });

  it("that the queue has no room for is tried again each minute, and the node goes on", async () => {
    const { node } = begin({ config: { queue: { bytes: 300 } } });
    await node.world.runFor(200_000);
    const lost = node.board.console.filter((line) => line.includes("/config: no room"));
    assert.ok(lost.length >= 2 && lost.length <= 4, `${lost.length} attempts`);
    assert.ok(node.states().length > 15);
  });
});
