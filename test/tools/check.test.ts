/** `ristretto check`: mistakes by path, and warnings of what will not work on the board. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { boardText } from "../../tools/configuration/node.ts";
import { checkNode } from "../../tools/configuration/node-file.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { assertLine, run } from "../support/command.ts";

describe("ristretto check", function () {
  this.timeout(120000);
  let folder: string;
  const file = (name: string): string => join(folder, name);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  });

  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const least = { board: "esp32", wifi: { ssid: "home" }, broker: { host: "broker" } };

  function write(config: object, secrets?: object): string {
    writeFileSync(file("node.json"), JSON.stringify(config));
    if (secrets) writeFileSync(file("node.secrets.json"), JSON.stringify(secrets));
    return file("node.json");
  }

  it("names every mistake by its path, and fails", async () => {
    const { code, stderr } = await run(
      "check",
      write({ ...least, priod: 5, sensors: [{ type: "ds18b20" }] }),
    );
    assert.equal(code, EXIT.CONFIGURATION);
    assert.match(
      stderr,
      /node\.json: priod: unknown; did you mean period\?\n.*node\.json: sensors\[0\]\.pin: is missing\n/,
    );
  });

  it("finds mistakes in the secrets, without telling them", async () => {
    const { code, stderr } = await run("check", write(least, { wifi: { password: "s3cret" } }));
    assert.equal(code, EXIT.CONFIGURATION);
    assert.match(stderr, /wifi\.password: must be a string of 8 to 63 bytes/);
    assert.doesNotMatch(stderr, /s3cret/);
    writeFileSync(file("node.secrets.json"), '{"wifi":{"password": s3cret}}');
    assertLine(
      await run("check", file("node.json")),
      EXIT.CONFIGURATION,
      /secrets\.json is not JSON: there is a mistake in line 1\./,
    );
  });

  const WARNINGS: readonly (readonly [board: string, sensors: object[], line: RegExp])[] = [
    ["esp32", [{ type: "ds18b20", pin: "D6" }], /sensors\[0\]\.pin: D6: the flash chip is there/],
    ["esp32", [{ type: "dht22", pin: "D34" }], /D34: it is an input only/],
    ["esp32", [{ type: "ntc", pin: "D4" }], /D4: it has no ADC; D32 to D39 have/],
    ["esp32", [{ type: "ds18b20", pin: "D99" }], /an ESP32 has no such pin/],
    ["esp32", [{ type: "ds18b20", pin: "D12" }], /D12: it must be low when the board starts/],
    ["esp32", [{ type: "dht22", pin: "D28" }], /an ESP32 has no such pin/],
    ["esp32c3", [{ type: "ds18b20", pin: "D22" }], /an ESP32-C3 has no such pin/],
    ["esp32c3", [{ type: "ds18b20", pin: "D12" }], /D12: the flash chip is there/],
    ["esp32c3", [{ type: "ds18b20", pin: "D18" }], /D18: USB is there, and the console with it/],
    ["esp32c3", [{ type: "ds18b20", pin: "D21" }], /D21: Serial1 is there, and from 2v30 on the console/],
    ["esp32c3", [{ type: "ntc", pin: "D5" }], /D5: it has no ADC; D0 to D4 have/],
    [
      "esp32c3",
      [{ type: "hx711", data: "D9", clock: "D5" }],
      /data: D9: it must be high when the board starts/,
    ],
    ["esp32c3", [{ type: "bme280" }, { type: "ds18b20", pin: "D8" }], /D8: sensors\[0\] is there, too/],
    ["esp32s3", [{ type: "ds18b20", pin: "D23" }], /an ESP32-S3 has no such pin/],
    ["esp32s3", [{ type: "ds18b20", pin: "D27" }], /D27: the flash chip is there/],
    ["esp32s3", [{ type: "ds18b20", pin: "D19" }], /D19: USB is there/],
    ["esp32s3", [{ type: "ds18b20", pin: "D35" }], /D35: on modules with octal flash or PSRAM/],
    ["esp32s3", [{ type: "ds18b20", pin: "D45" }], /D45: it must be low when the board starts/],
    ["esp32s3", [{ type: "dht22", pin: "D8" }], /D8: it cannot be watched/],
    ["esp32s3", [{ type: "ntc", pin: "D4" }], /D4: Espruino has no pin with an ADC on an ESP32-S3/],
    [
      "esp32s3",
      [{ type: "hx711", data: "D0", clock: "D5" }],
      /data: D0: it must be high when the board starts/,
    ],
    ["esp8266", [{ type: "ds18b20", pin: "A0" }], /A0: it is for the ADC alone/],
    ["esp8266", [{ type: "dht22", pin: "D16" }], /D16: it cannot be watched/],
    ["esp8266", [{ type: "ds18b20", pin: "D15" }], /D15: it must be low when the board starts/],
    ["esp8266", [{ type: "ntc", pin: "D4" }], /D4: it has no ADC; A0 has/],
    ["esp8266", [{ type: "ds18b20", pin: "D1" }], /D1: the console is there/],
    [
      "esp32",
      [{ type: "bme280" }, { type: "bmp388" }],
      /sensors\[1\]\.address: 118: sensors\[0\] has it, too/,
    ],
    [
      "esp32",
      [{ type: "bme280" }, { type: "bmp180", data: "D4", clock: "D5" }],
      /sensors\[1\]: a node has one I2C bus; sensors\[0\] puts it at D21 and D22/,
    ],
    ["esp32", [{ type: "bme280" }, { type: "bmp180", hz: 400000 }], /sensors\[1\]\.hz: .* another speed/],
    ["esp32", [{ type: "bme280" }, { type: "ds18b20", pin: "D21" }], /D21: sensors\[0\] is there, too/],
    [
      "esp32",
      [
        { type: "ds18b20", pin: "D4" },
        { type: "ds18b20", pin: "D4", name: "b" },
      ],
      /several on one wire need a rom each/,
    ],
    [
      "esp8266",
      Array.from({ length: 40 }, (_, nth) => ({
        type: "ds18b20",
        pin: "D4",
        name: `n${nth}`,
        rom: `28${String(nth).padStart(14, "0")}`,
      })),
      /memory: the node will hold about \d{4} variables/,
    ],
  ];
  for (const [board, sensors, line] of WARNINGS) {
    it(`warns of ${String(line)}`, () => {
      const { mistakes, warnings } = checkNode({ ...least, board, sensors });
      assert.deepEqual(mistakes, []);
      assert.ok(
        warnings.some((text) => line.test(text)),
        warnings.join("\n"),
      );
    });
  }

  const FINE: readonly (readonly [board: string, sensors: object[]])[] = [
    ["esp32", [{ type: "bme280" }, { type: "ntc", pin: "D34" }, { type: "dht22", pin: "D4" }]],
    ["esp32c3", [{ type: "bme280" }, { type: "ntc", pin: "D4" }, { type: "dht22", pin: "D7" }]],
    ["esp32s3", [{ type: "bme280" }, { type: "ds18b20", pin: "D48" }, { type: "dht22", pin: "D14" }]],
    ["esp8266", [{ type: "bme280" }, { type: "ntc", pin: "A0" }, { type: "dht22", pin: "D4" }]],
  ];
  for (const [board, sensors] of FINE) {
    it(`has nothing against pins of an ${board} that are free`, () => {
      assert.deepEqual(checkNode({ ...least, board, sensors }).warnings, []);
    });
  }

  it("names the pins of the bus to the board once one sensor does", () => {
    const [first, second] = [{ type: "bme280" }, { type: "bmp180" }];
    const told = (...sensors: object[]): unknown =>
      (JSON.parse(boardText(checkNode({ ...least, sensors }).node!)) as { sensors: unknown }).sensors;
    const pins = { data: "D21", clock: "D22" };
    assert.deepEqual(told(first, second), [first, second]);
    assert.deepEqual(told(first, { ...second, data: "D21" }), [
      { ...first, ...pins },
      { ...second, ...pins },
    ]);
  });

  it("has nothing against sensors that share a bus or a wire as they may", () => {
    const wire = { type: "ds18b20", pin: "D4" };
    const sensors = [
      { type: "bme280" },
      { type: "bmp180" },
      { ...wire, name: "in", rom: "28ff641e8216c3a1" },
      { ...wire, name: "out", rom: "28ff641e8216c3a2" },
    ];
    assert.deepEqual(checkNode({ ...least, sensors }), {
      mistakes: [],
      warnings: [],
      node: { ...least, sensors },
    });
  });

  it("tells a program in one object, and prints the schema", async () => {
    const { code, stdout } = await run("check", write(least), "--json");
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(stdout), { ok: true, mistakes: [], warnings: [] });
    assert.deepEqual(
      JSON.parse((await run("check", "--schema")).stdout),
      JSON.parse(readFileSync("node.schema.json", "utf8")),
    );
  });
});
