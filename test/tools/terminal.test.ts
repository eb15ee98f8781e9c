/** The command at a terminal: what moves and has colours there alone, and Ctrl-C at any moment. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLoader } from "../../sim/loader/loader.ts";
import type { LoaderOptions } from "../../sim/loader/loader.ts";
import { assertLine, outcomeOf, start } from "../support/command.ts";
import { socat, withProgram } from "../support/engines.ts";
import { createDownloads, esp32Files } from "../support/firmware-images.ts";
import type { Downloads } from "../support/firmware-images.ts";
import { startAtTerminal } from "../support/terminal.ts";
import { createUploadBench } from "../support/upload-bench.ts";

const CTRL_C = "\x03";
const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";

/** Shows its life until it is interrupted. */
const OLD = `print("this is old");setTimeout(function f(){setTimeout(f,200);print("on")},1);`;

let folder: string;
let downloads: Downloads;
let firmware: string;
const file = (name: string): string => join(folder, name);

before(async () => {
  downloads = createDownloads();
  firmware = await downloads.archive("espruino_2v29_esp32.tgz", esp32Files());
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ristretto-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});
after(() => downloads.remove());

/** A modelled chip in its loader over TCP, that says nothing more once `isMute`. */
async function servedChip(
  options: Partial<LoaderOptions>,
  isMute: (log: readonly string[]) => boolean,
): Promise<{ port: string; close(): void }> {
  const loader = createLoader({ chip: "ESP32", inLoader: true, ...options });
  const server = createServer((socket) => {
    loader.stream.on("data", (bytes: Buffer) => {
      if (!isMute(loader.log)) socket.write(bytes);
    });
    socket.on("data", (bytes) => loader.stream.write(bytes));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      loader.stream.destroy();
    },
  };
}

withProgram("at a terminal", socat, true, (program) => {
  const at = (...args: string[]) => startAtTerminal(program, args);

  it("an upload shows colours and a bar, which goes, and gives the cursor back", async function () {
    this.timeout(60000);
    writeFileSync(
      file("node.json"),
      JSON.stringify({ board: "esp32", wifi: { ssid: "home" }, broker: { host: "broker" } }),
    );
    const terminal = at("upload", file("node.json"), "--port", "simulated");
    assert.equal(await terminal.ended, 0, terminal.shown);
    assert.match(terminal.shown, /\x1b\[32m✓\x1b\[39m console at simulated/);
    assert.match(terminal.shown, /program +█+ 100 %/);
    assert.ok(terminal.shown.lastIndexOf(SHOW_CURSOR) > terminal.shown.lastIndexOf(HIDE_CURSOR));
    assert.match(terminal.shown, /first reading acknowledged: .*\r\nended/);
  });

  describe("Ctrl-C", function () {
    this.timeout(60000);

    for (const [what, question, ...answers] of [
      ["the first question", /Which board/],
      ["the name of the network", /Name of the Wi-Fi/, "\r"],
      ["its password, half typed", /Its password/, "\r", "home\r", "s3cret"],
      ["the sensors", /Which sensors/, "\r", "home\r", "\r", "10.0.0.5\r", "\r"],
    ] as const)
      it(`at ${what} of init ends it, and nothing is written`, async () => {
        const terminal = at("init", "--out", file("node.json"));
        const questions = [/Which board/, /Name of the Wi-Fi/, /Its password/, /MQTT broker/, /User name/];
        for (const [nth, keys] of answers.entries()) {
          await terminal.shows(questions[nth]!);
          terminal.press(keys);
        }
        await terminal.shows(question);
        terminal.press(CTRL_C);
        assert.equal(await terminal.ended, 1, terminal.shown);
        assert.match(terminal.shown, /Cancelled; nothing was written\./);
        assert.doesNotMatch(terminal.shown, /s3cret|^ {4}at /m);
        assert.ok(terminal.shown.lastIndexOf(SHOW_CURSOR) > terminal.shown.lastIndexOf(HIDE_CURSOR));
        assert.deepEqual(readdirSync(folder), []);
      });

    it("at the question of flash is a no", async () => {
      const chip = await servedChip({}, () => false);
      const terminal = at("flash", "--firmware", firmware, "--port", chip.port);
      await terminal.shows(/Erase all of, and write Espruino to/);
      terminal.press(CTRL_C);
      await terminal.ended;
      assert.match(terminal.shown, /Nothing was changed\./);
      chip.close();
    });

    it("ends the monitor, which is its end", async () => {
      const bench = createUploadBench("ESP32", undefined);
      await bench.start({ files: { ".bootcde": OLD } });
      const terminal = at("monitor", "--port", bench.bed.port);
      await terminal.shows(/ {2}on/);
      terminal.press(CTRL_C);
      assert.equal(await terminal.ended, 0, terminal.shown);
      await bench.close();
    });
  });
});

describe("an interrupt", function () {
  this.timeout(60000);
  const bench = createUploadBench("ESP32", undefined);
  afterEach(() => bench.close());

  function configure(changes: object = {}): string {
    writeFileSync(file("node.json"), JSON.stringify({ board: "esp32", ...bench.bed.config, ...changes }));
    return file("node.json");
  }

  it("in the middle of an upload has the board go on with its old program", async () => {
    await bench.start({ files: { ".bootcde": OLD } });
    const from = bench.bed.typed;
    const stalled = new Promise<void>((resolve) => {
      bench.bed.tamper = (bytes) => {
        if (bench.bed.typed - from < 8000 || bytes.includes("load()")) return bytes;
        resolve();
        return "";
      };
    });
    const child = start(["upload", configure(), "--port", bench.bed.port, "--json"]);
    const ended = outcomeOf(child);
    await stalled;
    child.kill("SIGINT");
    assertLine(await ended, 130, /^Interrupted: the board goes on with what it had, and the next upload/);
    bench.bed.tamper = (bytes) => bytes;
    assert.equal(await bench.heard(/^on$/), "on");
  });

  it("while a node is followed leaves it running", async () => {
    await bench.start();
    const child = start([
      "upload",
      configure({ broker: { host: "127.0.0.1", port: 1 } }),
      "--port",
      bench.bed.port,
    ]);
    const ended = outcomeOf(child);
    let shown = "";
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (text) => {
        if ((shown += String(text)).includes("MQTT: nothing answers")) resolve();
      });
    });
    child.kill("SIGTERM");
    assertLine(await ended, 143, /^Not followed any more; the node runs on\.$/m);
    assert.match(await bench.heard(/^MQTT: nothing answers/), /next attempt/);
  });

  it("while a chip is flashed tells whether its flash was changed", async () => {
    for (const [isMute, line] of [
      [() => true, /^Interrupted: nothing was changed\.$/m],
      [
        (log: readonly string[]) => log.includes("FLASH_DEFL_BEGIN"),
        /^Interrupted: what is on the board does not start\. Flash it once more\.$/m,
      ],
    ] as const) {
      let isWaiting = (): void => undefined;
      const waiting = new Promise<void>((resolve) => (isWaiting = resolve));
      const chip = await servedChip({}, (log) => {
        const mute = isMute(log);
        if (mute) isWaiting();
        return mute;
      });
      const child = start(["flash", "--firmware", firmware, "--port", chip.port, "--yes"]);
      const ended = outcomeOf(child);
      await waiting;
      child.kill("SIGINT");
      assertLine(await ended, 130, line);
      chip.close();
    }
  });
});
