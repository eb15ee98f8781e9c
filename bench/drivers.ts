/**
 * What each driver takes: bytes of the ready-made firmware, and variables of the interpreter, where it reads a part that is
 * stood in for. Parts on I²C are models of the simulator, whose answers are recorded here and repeated there.
 */
import { parse } from "acorn";
import type { Expression, Node } from "acorn";
import { simple } from "acorn-walk";
import { install } from "@sinonjs/fake-timers";
import { createBme280Model } from "../sim/devices/bme280.ts";
import { createBmp180Model } from "../sim/devices/bmp180.ts";
import { createBmp388Model } from "../sim/devices/bmp388.ts";
import { createDps310Model } from "../sim/devices/dps310.ts";
import { createMs5611Model } from "../sim/devices/ms5611.ts";
import { createBme280 } from "../hw/sensors/bme280.ts";
import { createBmp180 } from "../hw/sensors/bmp180.ts";
import { createBmp388 } from "../hw/sensors/bmp388.ts";
import { createDps310 } from "../hw/sensors/dps310.ts";
import { createMs5611 } from "../hw/sensors/ms5611.ts";
import type { I2CBus } from "../hw/io/i2c.ts";
import type { Fault, Reading, Sensor } from "../hw/sensors/sensor.ts";
import { buildModule } from "./driver-module.ts";
import type { Interpreter } from "./interpreter.ts";

/** A driver in a program: its module's function, the options in source, and what these need of a board. */
export interface Stage {
  factory: string;
  options: string;
  board: string;
  /** What a sample gives. */
  reading: Reading;
}

/** Variables that a driver holds with its first sensor, before and after a reading, and with each further one after its. */
export interface DriverVariables {
  configured: number;
  read: number;
  further: number;
}

type BusModel = { write(data: ArrayLike<number>): void; read(quantity: number): ArrayLike<number> };

/** Bits of an answer of a DHT22: 65.8 %, 26.9 °C, of AM2302's manual. */
const ANSWER = [0x02, 0x92, 0x01, 0x0d, 0xa2].map((byte) => byte.toString(2).padStart(8, "0")).join("");

/** On a voltage divider that halves the supply. */
const HALF = `var pin = { analog: function () { return 0.5; } };`;

const ON_PINS: Record<string, Stage> = {
  ds18b20: {
    factory: "createDs18b20",
    options: "{ wire: wire, resolution: 9 }",
    // Ones after a reset, zeros after a command, and ones when it is asked again.
    board: `var turn = 0, wire = {
      reset: function () { turn = 1; return true; }, select: function () { turn = 0; }, write: function () {},
      search: function () { return ["28ff641e0f2b1ce8"]; },
      read: function (n) { return n ? new Uint8Array([145, 1, 125, 201, 31, 255, 15, 16, 78]) : turn++ ? 255 : 0; } };`,
    reading: { temperature: 25 },
  },
  dht22: {
    factory: "createDht22",
    options: "{ pin: pin }",
    board: `var heard = 0, asked = 0, setWatch = function (f) { heard = f; return 1; }, clearWatch = function () { heard = 0; };
      var pin = { read: function () { return true; }, write: function () { asked = 1; }, mode: function (m) {
        if (m !== "input_pullup" || !heard || !asked) return;
        var t = 1767225600, a = "${ANSWER}";
        asked = 0;
        heard({ time: t }); t += 160e-6; heard({ time: t });
        for (var i = 0; i < 40; i++) { t += a[i] == "1" ? 120e-6 : 77e-6; heard({ time: t }); }
      } };`,
    reading: { temperature: 26.9, humidity: 65.8 },
  },
  hx711: {
    factory: "createHx711",
    options: "{ clock: clock, data: data, rate: 80, supply: 4 }",
    board: `SPI.prototype.setup = function () {};
      SPI.prototype.send = function () { return new Uint8Array([48, 0, 0, 0, 0, 0, 255]); };
      var clock = { write: function () {} }, data = { read: function () {}, mode: function () {} };`,
    reading: { voltage: 0.0078125 },
  },
  ntc: { factory: "createNtc", options: "{ pin: pin }", board: HALF, reading: { temperature: 25 } },
  transducer: {
    factory: "createTransducer",
    options: "{ pin: pin, fullScale: 3, divider: 0.6, range: [0, 1000] }",
    board: HALF,
    reading: { pressure: 500 },
  },
  "current-loop": {
    factory: "createCurrentLoop",
    options: "{ pin: pin, fullScale: 3, shunt: 125 }",
    board: HALF,
    reading: { current: 12 },
  },
};

const ON_I2C: Record<
  string,
  [
    factory: string,
    create: (options: { bus: I2CBus }) => Sensor<never>,
    createModel: (options: { now: () => number }) => BusModel,
  ]
> = {
  bme280: ["createBme280", createBme280, createBme280Model],
  bmp180: ["createBmp180", createBmp180, createBmp180Model],
  bmp388: ["createBmp388", createBmp388, createBmp388Model],
  ms5611: ["createMs5611", createMs5611, createMs5611Model],
  dps310: ["createDps310", createDps310, createDps310Model],
};

/** The drivers by the `type` that a configuration names them by. */
export const DRIVERS = [...Object.keys(ON_I2C), ...Object.keys(ON_PINS)];

/** The stage of a driver; of a part on I²C a sample is recorded. */
export function stageOf(type: string): Stage {
  const [factory, create, createModel] = ON_I2C[type] ?? [];
  if (!factory) return ON_PINS[type]!;
  const clock = install({ toFake: ["setTimeout", "clearTimeout"] });
  const model = createModel!({ now: () => clock.now });
  const answers: number[][] = [];
  const bus: I2CBus = {
    writeTo: (_address, data) => model.write(data),
    readFrom(_address, quantity) {
      answers.push(Array.from(model.read(quantity)));
      return Uint8Array.from(answers.at(-1)!);
    },
  };
  let reading: Reading | undefined;
  create!({ bus }).sample((_fault, taken) => (reading = taken));
  clock.runAll();
  clock.uninstall();
  if (!reading) throw new Error(`${type} gave no reading`);
  return {
    factory,
    options: "{ bus: bus }",
    board: `var turn = 0, answers = ${JSON.stringify(answers)}, bus = {
      writeTo: function () {},
      readFrom: function () { if (turn === answers.length) turn = 0; return new Uint8Array(answers[turn++]); } };`,
    reading,
  };
}

/**
 * Variables of a driver that runs from flash. Counted is what a node's I²C and timers do not need anyway: the first typed
 * array of another kind than theirs is the driver's own.
 */
export async function driverVariables(
  interpreter: Interpreter,
  type: string,
): Promise<{ variables: DriverVariables; outcomes: (Fault | Reading)[] }> {
  const stage = stageOf(type);
  await interpreter.store("driver", await buildModule(`hw/sensors/${type}.ts`, stage.factory));
  const lines = await interpreter.run(
    `${stage.board}
    var used = [2000, 2000, 2000, 2000], step = 0, looks = 0, driver, one, other;
    function take(sensor) {
      sensor.sample(function (fault, reading) { print("# " + JSON.stringify(fault || reading)); setTimeout(next, 20); });
    }
    function create() { return driver.${stage.factory}(${stage.options}); }
    var steps = [
      function () { new Uint8Array(1); setTimeout(next, 20); },
      function () { driver = require("driver"); one = create(); setTimeout(next, 20); },
      function () { take(one); },
      function () { other = create(); take(other); },
      function () { print("# " + JSON.stringify(used)); print("# over"); }
    ];
    // With nothing else under way, and several times: a timer that comes late takes one variable more.
    function next() {
      if (step) used[step - 1] = Math.min(used[step - 1], process.memory().usage);
      if (step && --looks) return setTimeout(next, 5);
      looks = 8;
      steps[step++]();
    }
    setTimeout(next, 20);`,
    "# over",
  );
  const outcomes = lines.slice(0, -1).map((line) => JSON.parse(line) as Reading | number[] | string);
  const [base, configured, read, both] = outcomes.pop() as [number, number, number, number];
  return {
    variables: { configured: configured - base, read: read - base, further: both - read },
    outcomes: outcomes as (Fault | Reading)[],
  };
}

/**
 * Bytes of a firmware that are there for each driver: its entry, and what no node declares that does not name it, or one of
 * those it shares that with. What is shared counts with each.
 */
export function driverBytes(firmware: string): Record<string, number> {
  const { body } = parse(firmware, { ecmaVersion: 5 });
  const bytes: Record<string, number> = Object.fromEntries(DRIVERS.map((type) => [type, 0]));
  const lengthOf = ({ start, end }: Node): number => end - start;
  for (const statement of body) {
    if (statement.type !== "IfStatement") continue;
    const declared = statement.consequent.type === "BlockStatement" ? statement.consequent.body : [];
    const length = declared.reduce((sum, node) => sum + lengthOf(node), 0);
    simple(statement.test, {
      Literal({ value }) {
        const type = String(value).slice(1, -1);
        if (type in bytes) bytes[type]! += length;
      },
    });
  }
  simple({ type: "Program", body, start: 0, end: 0, sourceType: "script" } as Node, {
    ObjectExpression({ properties }) {
      const entries = properties.flatMap((property): [string, Expression][] => {
        if (property.type !== "Property") return [];
        const { key, value } = property as unknown as {
          key: { name?: string; value?: string };
          value: Expression;
        };
        return [[key.name ?? key.value!, value]];
      });
      if (!DRIVERS.every((type) => entries.some(([name]) => name === type))) return;
      for (const [name, value] of entries) bytes[name]! += lengthOf(value);
    },
  });
  return bytes;
}
