/**
 * The estimate of `ristretto build` beside what nodes hold on the interpreter with an ESP8266's memory layout: the bundle for
 * their configuration from flash, connected, after the first reading. On a build with more variables there is nothing to
 * compare, for they are larger.
 */
import assert from "node:assert/strict";
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

/** Tells what is in use; the pins are such as any driver takes, which costs the same with a program and without. */
const PROBE = `Pin = function () {};
Pin.prototype = { read: function () { return 0; }, write: function () {}, mode: function () {}, analog: function () { return 0.5; } };
function tell() { setTimeout(tell, 5000); print("# " + process.memory().usage); }
tell();`;

const NODES: readonly (readonly [string, NodeSensor[], object?])[] = [
  ["a BME280", [{ type: "bme280" }]],
  [
    "three BME280",
    [
      { type: "bme280" },
      { type: "bme280", name: "b", address: 0x77 },
      { type: "bme280", name: "c", address: 0x77 },
    ],
  ],
  ["two kinds of barometer", [{ type: "bme280" }, { type: "bmp180" }]],
  ["a DPS310", [{ type: "dps310" }]],
  ["a DS18B20", [{ type: "ds18b20", pin: "D4" }]],
  ["an HX711", [{ type: "hx711", data: "D4", clock: "D5" }]],
  ["a thermistor", [{ type: "ntc", pin: "D32" }]],
  ["a transducer", [{ type: "transducer", pin: "D32", range: [0, 1000000] }]],
  ["a unit", [{ type: "bme280", units: { pressure: "hPa" } }]],
  ["two medians", [{ type: "bme280", chain: { temperature: [{ median: 5 }], pressure: [{ median: 5 }] } }]],
  ["a BME280 that Home Assistant finds", [{ type: "bme280" }], { discovery: true }],
  [
    "three that Home Assistant finds",
    [
      { type: "bme280" },
      { type: "bme280", name: "b", address: 0x77 },
      { type: "bme280", name: "c", address: 0x77 },
    ],
    { discovery: true },
  ],
  [
    "README's refinement",
    [
      {
        type: "bme280",
        chain: { temperature: [{ offset: -0.4 }, { median: 5 }, { delta: { by: 0.1, heartbeat: 3600 } }] },
        derive: { sea_level_pressure: 120, altitude: 101325, dew_point: true },
        units: { pressure: "hPa" },
      },
    ],
  ],
];

describe("the estimate of variables", () => {
  withProgram("beside the interpreter", espruino, false, (path) => {
    let broker: EmbeddedBroker;
    let empty: number;

    /** Variables in use with this program, once it said `last`. */
    async function usage(code: string, sensors: NodeSensor[], last: string, more = {}): Promise<number> {
      const interpreter = createInterpreter(path);
      const config = {
        wifi: { ssid: "home" },
        broker: { host: "127.0.0.1", port: broker.port },
        period: 60,
        sensors,
        ...more,
      };
      const files = {
        ...standIns("ESP8266", {}),
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
      empty = await usage(`print("nothing here");`, [], "nothing here");
    });

    after(() => (broker as EmbeddedBroker | undefined)?.close());

    for (const [what, sensors, more = {}] of NODES) {
      it(`is right within ${TOLERANCE * 100} % for ${what}`, async function () {
        this.timeout(60000);
        const code = await tailor(readFileSync("dist/esp8266.js", "latin1"), wordsOf({ sensors, ...more }));
        const held = (await usage(code, sensors, "MQTT: all that waited", more)) - empty;
        const { held: estimated } = estimate("esp8266", { sensors, ...more });
        assert.ok(Math.abs(estimated - held) <= held * TOLERANCE, `${estimated} instead of ${held}`);
      });
    }
  });
});
