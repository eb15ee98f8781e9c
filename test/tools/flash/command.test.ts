import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createLoader } from "../../../sim/loader/loader.ts";
import type { Loader, LoaderOptions } from "../../../sim/loader/loader.ts";
import { run } from "../../support/command.ts";
import { createDownloads, esp32Files } from "../../support/firmware-images.ts";
import type { Downloads } from "../../support/firmware-images.ts";

describe("ristretto flash", function () {
  this.timeout(120000);
  let downloads: Downloads;
  let firmware: string;
  const closing: Array<() => void> = [];

  before(async () => {
    downloads = createDownloads();
    firmware = await downloads.archive("espruino_2v29_esp32.tgz", esp32Files());
  });
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  after(() => downloads.remove());

  /** A modelled chip whose line is reached over TCP, as behind a serial server; somebody holds BOOT there. */
  async function served(options: Partial<LoaderOptions> = {}): Promise<{ loader: Loader; port: number }> {
    const loader = createLoader({ chip: "ESP32", inLoader: true, ...options });
    const server = createServer((socket) => {
      socket.pipe(loader.stream).pipe(socket);
      socket.on("error", () => socket.destroy());
      loader.stream.on("close", () => socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => {
      server.close();
      loader.stream.destroy();
    });
    return { loader, port: (server.address() as AddressInfo).port };
  }

  it("flashes over a line without signals, and says what a person has to do", async () => {
    const { loader, port } = await served();
    const { code, stdout, stderr } = await run(
      ...["flash", "--port", `tcp://127.0.0.1:${port}`, "--firmware", firmware, "--yes"],
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(
      stdout,
      /^Espruino for ESP32 from .*espruino_2v29_esp32\.tgz, dio 40 MHz\nSHA-256 [0-9a-f]{64}\n/,
    );
    assert.match(stdout, / 0x10000 {2}espruino_esp32\.bin +\d+ bytes {2}SHA-256 [0-9a-f]{12}…\n/);
    assert.match(stdout, /\nESP32 24:0a:c4:a1:b2:c3 with 4 MB of flash\nErasing; /);
    assert.match(stdout, /\n\d+ bytes written, and they read back as they should\.\nPress EN \(reset\)/);
    assert.ok(loader.log.includes("SPI_FLASH_MD5"));
  });

  it("tells a program with --json what it tells a person", async () => {
    const { port } = await served();
    const { code, stdout } = await run(
      ...["flash", "--port", `tcp://127.0.0.1:${port}`, "--firmware", firmware, "--yes", "--json"],
    );
    assert.equal(code, 0, stdout);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    assert.deepEqual(
      [...new Set(events.map(({ event }) => event))],
      ["firmware", "chip", "erase", "progress", "written", "restart"],
    );
  });

  it("flashes over a serial port", async function () {
    if (!existsSync("/usr/bin/socat")) {
      if (process.env.CI) assert.fail("socat is missing");
      console.warn("      SKIPPED: no socat to make a pseudo terminal with");
      this.skip();
    }
    const { port } = await served();
    const link = join(downloads.folder({}), "tty");
    const socat: ChildProcess = spawn("socat", [`PTY,link=${link},raw,echo=0`, `TCP:127.0.0.1:${port}`]);
    closing.push(() => socat.kill());
    while (!existsSync(link)) await new Promise((resolve) => setTimeout(resolve, 10));
    const { code, stdout, stderr } = await run("flash", "--port", link, "--firmware", firmware, "--yes");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /bytes written, and they read back as they should/);
  });

  it("checks firmware without a board in a dry run", async () => {
    const { code, stdout } = await run("flash", "--firmware", firmware, "--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /Nothing was changed\. By hand: esptool --chip esp32 -p PORT write-flash /);
  });

  describe("says in one line what is wrong, and fails:", () => {
    async function complains(code: number, pattern: RegExp, ...args: string[]): Promise<void> {
      const outcome = await run("flash", ...args);
      assert.match(outcome.stderr, pattern);
      assert.equal(outcome.stderr.trim().split("\n").length, 1, outcome.stderr);
      assert.equal(outcome.code, code);
    }

    it("nobody to be asked", async () => {
      const { port, loader } = await served();
      const args = ["--port", `tcp://127.0.0.1:${port}`, "--firmware", firmware];
      await complains(1, /^Nothing was erased: .* --yes/, ...args);
      assert.ok(!loader.log.includes("ERASE_FLASH"));
    });
    it("no port", () => complains(1, /^Which board\? .*--port/, "--firmware", firmware));
    it("a port that is not there", () =>
      complains(
        3,
        /^There is no port \/dev\/ttyNONE\./,
        "--port",
        "/dev/ttyNONE",
        "--firmware",
        firmware,
      ));
    it("an address where nobody listens", () =>
      complains(
        3,
        /cannot be opened: connect ECONNREFUSED/,
        "--port",
        "tcp://127.0.0.1:1",
        "--firmware",
        firmware,
      ));
    it("no firmware", () => complains(1, /required option '--firmware/, "--port", "x"));
    it("firmware that is not there", () =>
      complains(8, /^The firmware nowhere cannot be used/, "--port", "x", "--firmware", "nowhere"));
    it("another chip", async () => {
      const { port } = await served({ chip: "ESP8266" });
      await complains(
        8,
        /^The chip is an ESP8266, and the firmware is for an ESP32\. Nothing was erased\./,
        ...["--port", `tcp://127.0.0.1:${port}`, "--firmware", firmware, "--yes"],
      );
    });
    it("a port that goes away in the middle", async () => {
      const { port } = await served({ faults: { vanishAtBlock: 2 } });
      const args = ["--port", `tcp://127.0.0.1:${port}`, "--firmware", firmware, "--yes"];
      await complains(3, /^The port went away\./, ...args);
    });
    it("a checksum that is none", () =>
      complains(1, /64 hexadecimal digits/, "--firmware", firmware, "--sha256", "abc"));
    it("a size that is none", () =>
      complains(1, /such as 512KB or 4MB/, "--firmware", firmware, "--flash-size", "3MB"));
  });
});
