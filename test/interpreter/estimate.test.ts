/**
 * The estimate of `ristretto build` beside what nodes hold on the interpreter with an ESP8266's memory layout: the bundle for
 * their configuration from flash, connected, after the first reading. On a build with more variables there is nothing to
 * compare, for they are larger.
 */
import assert from "node:assert/strict";
import type { BoardKind } from "../../sim/world.ts";
import { createInterpreter } from "../../bench/interpreter.ts";
import { startBroker } from "../../tools/broker.ts";
import type { EmbeddedBroker } from "../../tools/broker.ts";
import { estimate } from "../../tools/bundle/estimate.ts";
import { tailor } from "../../tools/bundle/tailor.ts";
import { wordsOf } from "../../tools/bundle/words.ts";
import type { NodeSensor } from "../../tools/configuration/node.ts";
import { readFileSync } from "node:fs";
import { espruino, withProgram } from "../support/engines.ts";
import { standIns } from "../support/stand-ins.ts";

/** What an ESP8266 has. */
const TIGHT = 1600;
/** How far an estimate may be off. */
const TOLERANCE = 0.06;

/** What encrypts where boards have mbedTLS, which takes nothing of their variables: here nothing does. */
const TLS_STAND_IN = `Modules.addCached("tls", function () {
  exports.connect = function (to, done) { return require("net").connect({ host: to.host, port: to.port }, done); };
});`;

/** Tells what is in use; the pins are such as any driver takes, which costs the same with a program and without. */
const PROBE = `Pin = function () {};
Pin.prototype = { read: function () { return 0; }, write: function () {}, mode: function () {}, analog: function () { return 0.5; } };
function tell() { setTimeout(tell, 5000); print("# " + process.memory().usage); }
${TLS_STAND_IN}
tell();`;

/** A configuration, as far as it counts. */
interface Told {
  board?: "esp32";
  broker?: { tls?: true | Record<string, string>; [name: string]: unknown };
  sensors: NodeSensor[];
  [name: string]: unknown;
}

/** DER of so many bytes, in base64. */
const der = (bytes: number): string => `M${"A".repeat(Math.ceil(bytes / 3) * 4 - 1)}`;
const bme280 = [{ type: "bme280" }];
const refined: NodeSensor = {
  type: "bme280",
  chain: { temperature: [{ offset: -0.4 }, { median: 5 }, { delta: { by: 0.1, heartbeat: 3600 } }] },
  derive: { sea_level_pressure: 120, altitude: 101325, dew_point: true },
  units: { pressure: "hPa" },
};

const NODES: readonly (readonly [string, Told])[] = [
  ["a BME280", { sensors: bme280 }],
  [
    "three BME280",
    {
      sensors: [
        { type: "bme280" },
        { type: "bme280", name: "b", address: 0x77 },
        { type: "bme280", name: "c", address: 0x77 },
      ],
    },
  ],
  ["two kinds of barometer", { sensors: [{ type: "bme280" }, { type: "bmp180" }] }],
  ["a BMP388", { sensors: [{ type: "bmp388" }] }],
  ["an MS5611", { sensors: [{ type: "ms5611" }] }],
  ["a DPS310", { sensors: [{ type: "dps310" }] }],
  ["a DS18B20", { sensors: [{ type: "ds18b20", pin: "D4" }] }],
  ["a BME280 with signed commands", { sensors: bme280, key: "a key of thirty-two bytes, as it" }],
  ["a BME280 that Home Assistant finds", { sensors: bme280, discovery: true }],
  [
    "three that Home Assistant finds",
    {
      sensors: [
        { type: "bme280" },
        { type: "bme280", name: "b", address: 0x77 },
        { type: "bme280", name: "c", address: 0x77 },
      ],
      discovery: true,
    },
  ],
  [
    "a barometer and two wires",
    {
      sensors: [
        { type: "bme280" },
        { type: "ds18b20", pin: "D4" },
        { type: "ds18b20", name: "roof", pin: "D5" },
      ],
    },
  ],
  ["an HX711", { sensors: [{ type: "hx711", data: "D4", clock: "D5" }] }],
  ["a thermistor", { sensors: [{ type: "ntc", pin: "D32" }] }],
  ["a transducer", { sensors: [{ type: "transducer", pin: "D32", range: [0, 1000000] }] }],
  ["a current loop", { sensors: [{ type: "current-loop", pin: "D32" }] }],
  ["a unit", { sensors: [{ type: "bme280", units: { pressure: "hPa" } }] }],
  [
    "two medians",
    { sensors: [{ type: "bme280", chain: { temperature: [{ median: 5 }], pressure: [{ median: 5 }] } }] },
  ],
  ["README's refinement", { sensors: [refined] }],
  [
    "single values, credentials, and a base of one's own",
    {
      broker: { username: "greenhouse", password: "tomatoes and basil" },
      sensors: bme280,
      values: true,
      base: "house/upstairs/hall",
    },
  ],
  ["an ESP32", { board: "esp32", sensors: bme280 }],
  ["TLS", { board: "esp32", broker: { tls: true }, sensors: bme280 }],
  [
    "TLS with an authority, a certificate and a key",
    {
      board: "esp32",
      broker: { tls: { ca: der(900), cert: der(600), key: der(300) } },
      sensors: [{ type: "bme280" }, { type: "ds18b20", pin: "D4" }],
    },
  ],
];

const kindOf = ({ board }: Told): BoardKind => (board === "esp32" ? "ESP32" : "ESP8266");

describe("the estimate of variables", () => {
  withProgram("beside the interpreter", espruino, false, (path) => {
    let broker: EmbeddedBroker;
    let empty: Record<BoardKind, number>;

    /** Variables in use with this program, once it said `last`. */
    async function usage(code: string, node: Told, last: string): Promise<number> {
      const interpreter = createInterpreter(path);
      const config = {
        period: 60,
        ...node,
        board: undefined,
        wifi: { ssid: "home" },
        broker: { host: "127.0.0.1", port: broker.port, ...node.broker },
      };
      const files = {
        ...standIns(kindOf(node), {}),
        "config.json": JSON.stringify(config),
        ".bootcde": code,
        probe: PROBE,
      };
      for (const [name, text] of Object.entries(files)) await interpreter.store(name, text);
      await interpreter.store(".boot1", `eval(require("Storage").read("probe"))`);
      const session = interpreter.boot();
      try {
        await session.line(last, 0);
        const told: number[] = [];
        for (let nth = 0; nth < 4; nth++) told.push(Number((await session.line("# ")).slice(2)));
        return Math.min(...told.slice(1));
      } finally {
        await session.close();
        interpreter.close();
      }
    }

    before(async function () {
      this.timeout(60000);
      const interpreter = createInterpreter(path);
      const [total] = await interpreter.run(`print("# " + process.memory().total);`);
      interpreter.close();
      if (Number(total) !== TIGHT) this.skip();
      broker = await startBroker(0);
      const nothing = (node: Told): Promise<number> => usage(`print("nothing here");`, node, "nothing here");
      empty = {
        ESP8266: await nothing({ sensors: [] }),
        ESP32: await nothing({ board: "esp32", sensors: [] }),
      };
    });

    after(() => (broker as EmbeddedBroker | undefined)?.close());

    for (const [what, node] of NODES) {
      it(`is right within ${TOLERANCE * 100} % for ${what}`, async function () {
        this.timeout(60000);
        const board = node.board ?? "esp8266";
        const code = await tailor(readFileSync(`dist/${board}.js`, "latin1"), wordsOf(node));
        const held = (await usage(code, node, "MQTT: all that waited")) - empty[kindOf(node)];
        const { held: estimated } = estimate({ ...node, board });
        assert.ok(Math.abs(estimated - held) <= held * TOLERANCE, `${estimated} instead of ${held}`);
      });
    }
  });
});
