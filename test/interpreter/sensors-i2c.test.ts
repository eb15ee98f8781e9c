/**
 * Drivers of I²C parts on the real interpreter, minified and run from flash: what they send and what they compute is what
 * they do in Node. Each is recorded on the model of its part here, and replayed there transfer by transfer.
 */
import assert from "node:assert/strict";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Interpreter } from "../../bench/interpreter.ts";
import type { I2CBus } from "../../hw/io/i2c.ts";
import { createBmp180 } from "../../hw/sensors/bmp180.ts";
import { createBmp388 } from "../../hw/sensors/bmp388.ts";
import { createDps310 } from "../../hw/sensors/dps310.ts";
import { createMs5611 } from "../../hw/sensors/ms5611.ts";
import type { Fault, Reading, Sensor } from "../../hw/sensors/sensor.ts";
import type { BarometerModel } from "../../sim/devices/barometer.ts";
import { createBmp180Model } from "../../sim/devices/bmp180.ts";
import { createBmp388Model } from "../../sim/devices/bmp388.ts";
import { createDps310Model } from "../../sim/devices/dps310.ts";
import { createMs5611Model } from "../../sim/devices/ms5611.ts";
import { withClock } from "../hw/sensors/contract.ts";
import { driverBundle } from "../support/driver-bundle.ts";
import { espruino, withProgram } from "../support/engines.ts";

type Options = Record<string, string | number>;

interface Driver {
  file: string;
  factory: string;
  create(options: { bus: I2CBus }): Sensor<never>;
  createModel(now: () => number): BarometerModel<string>;
  options: Options;
}

const DRIVERS: Driver[] = [
  {
    file: "bmp180",
    factory: "createBmp180",
    create: createBmp180,
    createModel: (now) => createBmp180Model({ now }),
    options: { pressureOversampling: 8 },
  },
  {
    file: "bmp388",
    factory: "createBmp388",
    create: createBmp388,
    createModel: (now) => createBmp388Model({ now }),
    options: { pressureOversampling: 4, temperatureOversampling: 2 },
  },
  {
    file: "ms5611",
    factory: "createMs5611",
    create: createMs5611,
    createModel: (now) => createMs5611Model({ now }),
    options: { pressureOversampling: 1024 },
  },
  {
    file: "ms5611",
    factory: "createMs5611",
    create: createMs5611,
    createModel: (now) => createMs5611Model({ now, chip: "ms5607" }),
    options: { part: "ms5607" },
  },
  {
    file: "dps310",
    factory: "createDps310",
    create: createDps310,
    createModel: (now) => createDps310Model({ now }),
    options: { pressureOversampling: 16 },
  },
];

/** °C, Pa; the last lies beyond what any of the parts can measure. */
const WEATHER = [
  [20, 101325],
  [-17.3, 98123],
  [84.2, 31234],
  [3, 108765],
  [96, 100000],
] as const;

/**
 * A bus that answers as it was recorded and notes the first transfer that is another. Times are not judged: the engine's
 * clock is the host's.
 */
const replay = ({ file, factory, options }: Driver, log: string): string => `
var log = ${JSON.stringify(log)}, at = 0, wrong = "";
function next(kind, address, text) {
  var end = log.indexOf("\\n", at), line = log.substring(at, end);
  at = end + 1;
  if (kind === "W" ? line !== "W " + address + text : line.substr(0, 6) !== "R " + address + ",") wrong = wrong || kind + address + text + " for " + line;
  return line;
}
var bus = {
  writeTo: function (address, data) { next("W", address, "," + data.join(",")); },
  readFrom: function (address, quantity) {
    var bytes = next("R", address, "").substr(6).split(",");
    if (bytes.length !== quantity) wrong = wrong || quantity + " for " + bytes.length;
    return new Uint8Array(bytes.map(function (byte) { return parseInt(byte, 10); }));
  }
};
var options = ${JSON.stringify(options)}, count = 0, sensor;
options.bus = bus;
sensor = require("${file}").${factory}(options);
function take() {
  sensor.sample(function (fault, reading) {
    print("# " + (fault || reading.temperature + " " + reading.pressure));
    if (wrong) print("# wrong " + wrong);
    if (++count < ${WEATHER.length}) take();
    else print("# end");
  });
}
take();
`;

withProgram("drivers of I²C parts on the interpreter", espruino, false, (path) => {
  const clock = withClock();
  let interpreter: Interpreter;
  before(() => {
    interpreter = createInterpreter(path);
  });
  after(() => interpreter.close());

  /** Samples in Node, on the model. */
  function record(driver: Driver): { log: string; outcomes: (Reading | Fault)[] } {
    const model = driver.createModel(() => clock().now);
    let log = "";
    const note = (kind: string, address: number, data: Iterable<number>): void =>
      void (log += `${kind} ${[address, ...data].join(",")}\n`);
    const bus: I2CBus = {
      writeTo(address, data) {
        note("W", address, data);
        model.write(data);
      },
      readFrom(address, quantity) {
        const data = model.read(quantity);
        note("R", address, data);
        return Uint8Array.from(data);
      },
    };
    const sensor = driver.create({ bus, ...driver.options });
    const outcomes = WEATHER.map(([temperature, pressure]) => {
      Object.assign(model, { temperature, pressure });
      let outcome: Reading | Fault | undefined;
      sensor.sample((fault, reading) => (outcome = fault ?? reading));
      clock().runAll();
      return outcome!;
    });
    return { log, outcomes };
  }

  for (const driver of DRIVERS) {
    it(`${driver.file} with ${JSON.stringify(driver.options)} computes the same, and sends the same`, async function () {
      this.timeout(60_000);
      const { log, outcomes } = record(driver);
      clock().uninstall();
      await interpreter.store(driver.file, await driverBundle(driver.file));
      const lines = await interpreter.run(replay(driver, log), "# end");
      outcomes.forEach((outcome, i) => {
        if (typeof outcome === "string") return assert.equal(lines[i], outcome);
        const [temperature, pressure] = lines[i]!.split(" ").map(Number) as [number, number];
        for (const [there, here] of [
          [temperature, outcome["temperature"]!],
          [pressure, outcome["pressure"]!],
        ] as const) {
          assert.ok(
            Math.abs(there - here) <= 1e-6 * Math.abs(here),
            `${lines[i]} for ${JSON.stringify(outcome)}`,
          );
        }
      });
      assert.equal(lines.length, WEATHER.length + 1, lines.join("\n"));
      assert.equal(outcomes.at(-1), "out-of-range");
    });
  }
});
