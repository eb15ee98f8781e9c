/** Uploads through Espruino's telnet console, which a node that runs closes: what is seen of it then, and by whom. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXIT } from "../../tools/exit-code.ts";
import { assertLine, run } from "../support/command.ts";
import type { Outcome } from "../support/command.ts";
import { createUploadBench, refusal } from "../support/upload-bench.ts";

describe("an upload through telnet", function () {
  this.timeout(120000);
  const bench = createUploadBench("ESP32", undefined);
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    await bench.start({ telnet: true });
  });
  afterEach(async () => {
    await bench.close();
    rmSync(folder, { recursive: true });
  });

  function upload(changes: object, ...more: string[]): Promise<Outcome> {
    const file = join(folder, "node.json");
    writeFileSync(file, JSON.stringify({ board: "esp32", ...bench.bed.config, ...changes }));
    return run("upload", file, "--port", bench.bed.port, ...more);
  }

  it("ends with the first reading that arrives at the broker", async () => {
    const { code, stdout, stderr } = await upload({});
    assert.equal(code, 0, stdout + stderr);
    assert.match(
      stdout,
      /\n✓ first reading acknowledged: bme280 \{"temperature":[\d.]+,"pressure":\d+,"humidity":[\d.]+\}\n$/,
    );
  });

  it("names the sensor of a reading where there are several, below a base of one's own", async () => {
    const sensors = [
      { type: "bme280", name: "hall", address: 0x76 },
      { type: "bme280", name: "roof", address: 0x77 },
    ];
    const { stdout } = await upload({ base: "house/one", sensors }, "--json");
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { reading?: { sensor: string } });
    assert.equal(events.at(-1)?.reading?.sensor, "hall");
  });

  it("tells the fault of a sensor that the broker was told", async () => {
    assertLine(
      await upload({ sensors: [{ type: "bme280", address: 0x77 }] }),
      EXIT.START,
      /^The node runs, but its sensor bme280 gives no reading: absent\./,
    );
  });

  it("says how to see a node whose broker cannot be asked from here", async () => {
    assertLine(
      await upload({ broker: { host: "127.0.0.1", port: 1 } }),
      EXIT.START,
      /nobody here sees whether it works: .* the broker 127\.0\.0\.1:1 cannot be used: nothing answers there\. Look there: mosquitto_sub -h 127\.0\.0\.1 -p 1 -t 'ristretto\/30aea4000001\/#' -v/,
    );
  });

  it("says that a node does not come to its broker", async () => {
    const { ssid } = bench.bed.config.wifi as { ssid: string };
    assertLine(
      await upload({ wifi: { ssid, password: "not the password" } }, "--timeout", "15"),
      EXIT.START,
      /the node did not come to the broker, and its console is closed\. At a USB port ristretto monitor shows/,
    );
  });

  it("says that a node does not start whose console stays open", async () => {
    const plan = { ...bench.whole(), config: JSON.stringify({ ...bench.bed.config, period: 0 }) };
    const { exitCode, line } = await refusal(bench.run(plan));
    assert.equal(exitCode, EXIT.START);
    assert.match(line, /the node does not start: its console is open and silent/);
  });
});
