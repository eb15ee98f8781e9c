/** Conversions of drivers of parts on pins on the real interpreter, in their minified build from flash: as they are here. */
import assert from "node:assert/strict";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Interpreter } from "../../bench/interpreter.ts";
import { convertCurrent, judgeCurrent } from "../../hw/sensors/current-loop.ts";
import { decodeAnswer } from "../../hw/sensors/dht22.ts";
import { checkRom, decodeScratchpad } from "../../hw/sensors/ds18b20.ts";
import { convertCounts, decodeCounts } from "../../hw/sensors/hx711.ts";
import { betaTemperature, steinhartTemperature } from "../../hw/sensors/ntc.ts";
import { convertShare } from "../../hw/sensors/transducer.ts";
import { driverBundle } from "../support/driver-bundle.ts";
import { espruino, withProgram } from "../support/engines.ts";

const bytes = (hex: string): number[] => [...Buffer.from(hex.replaceAll(" ", ""), "hex")];
const bits = (hex: string): string =>
  bytes(hex)
    .map((byte) => byte.toString(2).padStart(8, "0"))
    .join("");

const SCRATCHPADS = [
  "D0074B467FFF101055 50054B467FFF1010BD 50054B467FFF0C101C 91014B467FFF0F1025 5E014B467FFF02108D",
  "A2004B467FFF0E10E5 08004B467FFF0810D9 00004B467FFF101069 F8FF4B467FFF0810F8 6FFE4B467FFF011061",
  "90FC4B467FFF1010EE E00100003FFF10103F FFFFFFFFFFFFFFFFFF 000000000000000000 90FC4B467FFF1010EF",
].flatMap((line) => line.split(" "));
const TRANSFERS = ["FFFFFFFFFFFFFF", "3FFFFFFFFFFFFF", "00000000000000", "030C0F30333CFF", "C0000000000080"];

/** A conversion, and calls of it; numbers are exact in the engine's text of eleven digits when they are here. */
const CONVERSIONS: [
  driver: string,
  name: string,
  real: (...values: never[]) => unknown,
  calls: unknown[][],
][] = [
  ["ds18b20", "decodeScratchpad", decodeScratchpad, SCRATCHPADS.map((hex) => [bytes(hex), "28"])],
  ["ds18b20", "decodeScratchpad", decodeScratchpad, SCRATCHPADS.map((hex) => [bytes(hex), "10"])],
  ["ds18b20", "checkRom", checkRom, [["021CB801000000A2"], ["28ff641e0f2b1ce8"], ["28ff641e0f2b1ce9"]]],
  [
    "dht22",
    "decodeAnswer",
    decodeAnswer,
    ["0292010DA2", "028C015FEE", "0190806576", "016500C72D", "0292010DA3", "0190FF4CDC", "01900FF898"].map(
      (hex) => [bits(hex), false],
    ),
  ],
  [
    "dht22",
    "decodeAnswer",
    decodeAnswer,
    ["3500180451", "350018004D", "0292010DA2", "0000000000", "35000585BF"].map((hex) => [bits(hex), true]),
  ],
  ["hx711", "decodeCounts", decodeCounts, TRANSFERS.map((hex) => [bytes(hex)])],
  [
    "hx711",
    "convertCounts",
    convertCounts,
    [
      [8388607, 128],
      [-8388608, 64],
      [1193046, 32],
      [-1, 128],
    ],
  ],
  [
    "ntc",
    "betaTemperature",
    betaTemperature,
    [105384.7, 33620.6, 10000, 3588.2, 697.5].flatMap((ohms) => [
      [ohms, 3950, 10000],
      [ohms, 3435, 10000],
    ]),
  ],
  [
    "ntc",
    "steinhartTemperature",
    steinhartTemperature,
    [5000, 10000, 27219, 14674].map((ohms) => [ohms, [8.407919e-4, 2.5845653e-4, 1.6990786e-7]]),
  ],
  [
    "transducer",
    "convertShare",
    convertShare,
    [0, 0.0499, 0.0501, 0.1, 0.5, 0.9, 0.9199, 0.93, 0.96].map((share) => [share, [0, 1000000]]),
  ],
  ["current-loop", "judgeCurrent", judgeCurrent, [3.5, 3.6, 3.7, 3.8, 12, 20.5, 20.6, 21].map((mA) => [mA])],
  ["current-loop", "convertCurrent", convertCurrent, [3.5, 4, 12, 20].map((mA) => [mA, [0, 100]])],
];

withProgram("conversions of drivers of parts on pins on the interpreter", espruino, false, (path) => {
  let interpreter: Interpreter;
  before(async function () {
    this.timeout(120_000);
    interpreter = createInterpreter(path);
    for (const driver of new Set(CONVERSIONS.map(([name]) => name)))
      await interpreter.store(driver, await driverBundle(driver));
  });
  after(() => interpreter.close());

  for (const [driver, name, real, calls] of CONVERSIONS) {
    it(`${driver}: ${name} gives what it gives here`, async () => {
      const lines = await interpreter.run(
        `var driver = require("${driver}");` +
          calls
            .map(
              (values) =>
                `print("# " + JSON.stringify(driver.${name}(${values.map((value) => JSON.stringify(value)).join()})));`,
            )
            .join("\n"),
      );
      assert.equal(lines.length, calls.length);
      calls.forEach((values, index) => {
        const expected = real(...(values as never[]));
        const actual = JSON.parse(lines[index]!) as unknown;
        if (typeof expected === "number" && typeof actual === "number") {
          assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), lines[index]);
        } else assert.deepEqual(actual, expected);
      });
    });
  }
});
