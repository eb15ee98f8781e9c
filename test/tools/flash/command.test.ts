import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { createLoader } from "../../../sim/loader/loader.ts";
import type { Loader, LoaderOptions } from "../../../sim/loader/loader.ts";
import { HINTS } from "../../../tools/hints.ts";
import { run } from "../../support/command.ts";
import type { Outcome } from "../../support/command.ts";
import { createConsoleBed } from "../../support/console-bed.ts";
import type { ConsoleBed } from "../../support/console-bed.ts";
import { espruino, socat, withProgram } from "../../support/engines.ts";
import { createDownloads, esp32Files } from "../../support/firmware-images.ts";
import type { Downloads } from "../../support/firmware-images.ts";

describe("ristretto flash", function () {
  this.timeout(120000);
  let downloads: Downloads;
  let firmware: string;
  const closing: Array<() => unknown> = [];

  before(async () => {
    downloads = createDownloads();
    firmware = await downloads.archive("espruino_2v29_esp32.tgz", esp32Files());
  });
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  after(() => downloads.remove());

  interface Served {
    loader: Loader;
    /** As an argument of --port. */
    port: string;
  }

  /**
   * A modelled chip whose line is reached over TCP, as behind a serial server. Somebody holds BOOT there when the first
   * visitor comes, and presses EN when that one goes.
   */
  async function served(options: Partial<LoaderOptions> = {}): Promise<Served> {
    const loader = createLoader({ chip: "ESP32", inLoader: true, ...options });
    const server = createServer((socket) => {
      const forward = (bytes: Buffer): void => void socket.write(bytes);
      loader.stream.on("data", forward);
      loader.stream.once("close", () => socket.destroy());
      socket.on("data", (bytes) => loader.stream.write(bytes));
      socket.on("error", () => socket.destroy());
      socket.on("close", () => {
        loader.stream.off("data", forward);
        if (!loader.log.includes("SPI_FLASH_MD5")) return;
        loader.log.length = 0;
        loader.setSignals({ dtr: false, rts: true });
        loader.setSignals({ dtr: false, rts: false });
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => {
      server.close();
      loader.stream.destroy();
    });
    return { loader, port: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }

  /** The same, and a board's console is what starts when it is flashed. */
  async function servedBoard(path?: string): Promise<Served & { bed: ConsoleBed }> {
    const bed = await createConsoleBed({ kind: "ESP32" }, path);
    closing.push(() => bed.close());
    const visit = (): Duplex => connect({ host: "127.0.0.1", port: Number(bed.port.split(":").at(-1)) });
    return { ...(await served({ onRun: visit })), bed };
  }

  const flash = (port: string, ...more: string[]): Promise<Outcome> =>
    run("flash", "--port", port, "--firmware", firmware, "--yes", ...more);

  it("flashes, says what a person has to do where it cannot, and waits until Espruino answers", async () => {
    const { port } = await servedBoard();
    const { code, stdout, stderr } = await flash(port);
    assert.equal(code, 0, stdout + stderr);
    assert.match(
      stdout,
      /^✓ Espruino for ESP32 from .*espruino_2v29_esp32\.tgz, dio 40 MHz\n {2}SHA-256 [0-9a-f]{64}\n/,
    );
    assert.match(stdout, / 0x10000 {2}espruino_esp32\.bin +50 144 bytes {2}SHA-256 [0-9a-f]{12}…\n/);
    assert.match(stdout, /\n✓ ESP32 24:0a:c4:a1:b2:c3 with 4 MB of flash\n {2}Erasing; /);
    assert.match(
      stdout,
      /\n✓ 57 360 bytes written, and they read back as they should\n {2}Press EN \(reset\)/,
    );
    assert.match(stdout, /\n✓ ESP32 answers with Espruino 2v29\n$/);
  });

  it("tells a program with --json what it tells a person", async () => {
    const { port } = await servedBoard();
    const { code, stdout } = await flash(port, "--json");
    assert.equal(code, 0, stdout);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { event: string });
    const names = ["firmware", "chip", "erase", "progress", "written", "restart", "prompt"];
    assert.deepEqual([...new Set(events.map(({ event }) => event))], names);
  });

  const BOARDS: ReadonlyArray<readonly [string, string | undefined]> = [
    ["a simulated board", undefined],
    ...(espruino ? [["the interpreter", espruino] as const] : []),
  ];
  for (const [title, path] of BOARDS) {
    it(`goes on with a node.json: from an empty chip to the first acknowledged reading, on ${title}`, async () => {
      const { port, bed } = await servedBoard(path);
      const file = downloads.file(
        "node.json",
        Buffer.from(JSON.stringify({ board: "esp32", ...bed.config })),
      );
      const { code, stdout, stderr } = await flash(port, file);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /first reading acknowledged: bme280 /);
    });
  }
  if (!espruino) it("SKIPPED: flashing and then uploading to the interpreter: ESPRUINO is not set");

  it("tells mistakes of the configuration before anything is erased", async () => {
    const { port, loader } = await served();
    const file = downloads.file("wrong.json", Buffer.from('{"board":"esp32"}'));
    const { code, stderr } = await flash(port, file);
    assert.equal(code, 2);
    assert.match(stderr, /wrong\.json cannot be used: wifi: is missing/);
    assert.deepEqual(loader.log, []);
  });

  withProgram("flashing over a serial port", socat, true, (program) => {
    /** The port as a pseudo terminal, once somebody opens it; a new one each time. */
    async function terminalTo(port: string): Promise<string> {
      const link = join(downloads.folder({}), "tty");
      const child = spawn(program, [
        `PTY,link=${link},rawer,wait-slave`,
        `TCP:${port.slice("tcp://".length)},nodelay`,
      ]);
      closing.push(() => child.kill("SIGKILL"));
      while (!existsSync(link)) await new Promise((resolve) => setTimeout(resolve, 5));
      return link;
    }

    it("reads and writes it as it does TCP", async () => {
      const { port } = await servedBoard();
      const { stdout } = await flash(await terminalTo(port), "--keep-storage");
      assert.match(stdout, /bytes written, and they read back as they should/);
    });

    it("says that another program has it", async () => {
      const { port, loader } = await served();
      const link = await terminalTo(port);
      const { SerialPort } = await import("serialport");
      const other = new SerialPort({ path: link, baudRate: 115200 });
      closing.push(() => new Promise((resolve) => other.close(resolve)));
      await once(other, "open");
      const { code, stderr } = await flash(link);
      assert.equal(code, 3);
      assert.equal(stderr, `${link} is taken, or not yours to open. ${HINTS["port is taken"]}\n`);
      assert.deepEqual(loader.log, []);
    });
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
      const args = ["--port", port, "--firmware", firmware];
      await complains(1, /^Nothing was erased: .* --yes/, ...args);
      assert.ok(!loader.log.includes("ERASE_FLASH"));
    });
    it("no port", () => complains(1, /^Which board\? .*--port/, "--firmware", firmware));
    it("a port that is not there", () =>
      complains(3, /^There is no port \/dev\/ttyNONE\./, "--port", "/dev/ttyNONE", "--firmware", firmware));
    it("an address where nobody listens", () =>
      complains(
        3,
        /cannot be opened: nothing listens there/,
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
        ...["--port", port, "--firmware", firmware, "--yes"],
      );
    });
    it("a port that goes away in the middle", async () => {
      const { port } = await served({ faults: { vanishAtBlock: 2 } });
      const args = ["--port", port, "--firmware", firmware, "--yes"];
      await complains(3, /^The port went away\./, ...args);
    });
    it("a checksum that is none", () =>
      complains(1, /64 hexadecimal digits/, "--firmware", firmware, "--sha256", "abc"));
    it("a size that is none", () =>
      complains(1, /such as 512KB or 4MB/, "--firmware", firmware, "--flash-size", "3MB"));
  });
});
