/** Each symptom that a board is known to show, brought about, and the hint that a person then reads. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterpreter } from "../../bench/interpreter.ts";
import { createLoader } from "../../sim/loader/loader.ts";
import type { LoaderOptions } from "../../sim/loader/loader.ts";
import { Board } from "../../tools/board/board.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { flash } from "../../tools/flash/flash.ts";
import { HINTS } from "../../tools/hints.ts";
import type { Symptom } from "../../tools/hints.ts";
import { openPort } from "../../tools/ports/open.ts";
import { UserError } from "../../tools/user-error.ts";
import { assertLine, run, runIn } from "../support/command.ts";
import type { Outcome } from "../support/command.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { createDownloads, esp32Files, esp8266Files } from "../support/firmware-images.ts";
import type { Files } from "../support/firmware-images.ts";
import { lineTo } from "../support/loader-line.ts";
import { createUploadBench, refusal } from "../support/upload-bench.ts";
import type { UploadBench } from "../support/upload-bench.ts";

describe("the symptom", function () {
  this.timeout(120000);
  const told = new Set<Symptom>();
  let folder: string;
  const ends: (() => unknown)[] = [];

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    writeFileSync(
      join(folder, "node.json"),
      JSON.stringify({ board: "esp32", wifi: { ssid: "home" }, broker: { host: "broker" } }),
    );
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function hinted(symptom: Symptom, { line }: UserError): void {
    assert.ok(line.endsWith(` ${HINTS[symptom]}`), line);
    told.add(symptom);
  }

  /** Runs a verb where the system lists these ports, and no others. */
  function atPorts(ports: string, ...args: string[]): Promise<Outcome> {
    const program = join(folder, "udevadm");
    writeFileSync(program, `#!/bin/sh\nprintf '${ports}'\n`);
    chmodSync(program, 0o755);
    return runIn({ cwd: folder, env: { PATH: `${folder}:${process.env.PATH ?? ""}` } }, ...args);
  }

  async function withPorts(symptom: Symptom, ports: string, line: RegExp): Promise<void> {
    const outcome = await atPorts(ports, "upload");
    assertLine(outcome, EXIT.PORT, line);
    assert.ok(outcome.stderr.includes(HINTS[symptom]), outcome.stderr);
    told.add(symptom);
  }
  const listed = (path: string, id: string, product: string): string =>
    `P: ${path}\\nN: ${path.slice(5)}\\nE: DEVNAME=${path}\\nE: ID_VENDOR_ID=${id}\\nE: ID_MODEL_ID=${product}\\nE: SUBSYSTEM=tty\\n\\n`;

  if (process.platform === "linux") {
    it("none: ports lists what is plugged in, boards first, for people and for programs", async () => {
      const all = listed("/dev/ttyUSB1", "dead", "beef") + listed("/dev/ttyUSB0", "10c4", "ea60");
      const { code, stdout } = await atPorts(all, "ports");
      assert.equal(code, 0);
      assert.equal(stdout, "/dev/ttyUSB0 (CP210x, 10c4:ea60)\n/dev/ttyUSB1 (dead:beef)\n");
      const objects = (await atPorts(all, "ports", "--json")).stdout.trim().split("\n");
      assert.deepEqual(JSON.parse(objects[0]!), { path: "/dev/ttyUSB0", id: "10c4:ea60", chip: "CP210x" });
      assertLine(
        await atPorts("", "ports"),
        EXIT.PORT,
        /^There is no serial port\. Is it a charge-only cable/,
      );
    });

    it("no port: none is plugged in, but for what has no USB chip", () =>
      withPorts(
        "no port",
        "P: /dev/ttyS0\\nN: ttyS0\\nE: DEVNAME=/dev/ttyS0\\n\\n",
        /^No board is plugged in\./,
      ));

    it("several ports: all are named by their chips, and none is guessed", () =>
      withPorts(
        "several ports",
        listed("/dev/ttyUSB0", "10c4", "ea60") + listed("/dev/ttyACM0", "303a", "1001"),
        /^Several boards are plugged in: \/dev\/ttyACM0 \(USB of ESP32-C3, -S3, 303a:1001\), \/dev\/ttyUSB0 \(CP210x, 10c4:ea60\)\./,
      ));
  }

  /** Flashes a modelled chip that has this fault. */
  async function flashing(files: Files, options: LoaderOptions): Promise<UserError> {
    const downloads = createDownloads();
    ends.push(() => downloads.remove());
    const loader = createLoader(options);
    const firmware = await downloads.archive(`espruino_${options.chip}_4mb.tgz`.toLowerCase(), files);
    return refusal(
      flash(
        { firmware, baud: 460800, keepStorage: false, dryRun: false },
        {
          emit: () => undefined,
          port: "/dev/ttyUSB0",
          open: () => Promise.resolve(lineTo(loader)),
          confirm: () => Promise.resolve(true),
        },
      ),
    );
  }

  it("no loader: the chip answers nothing", async () =>
    hinted("no loader", await flashing(esp8266Files(), { chip: "ESP8266", faults: { deaf: true } })));
  it("write stalls: the chip takes a block no more", async () =>
    hinted("write stalls", await flashing(esp8266Files(), { chip: "ESP8266", faults: { refuseBlock: 2 } })));
  it("wrong chip: the firmware is for another", async () =>
    hinted("wrong chip", await flashing(esp32Files(), { chip: "ESP8266" })));
  it("wrong flash size: the firmware is for a larger one", async () =>
    hinted("wrong flash size", await flashing(esp8266Files(), { chip: "ESP8266", flashBytes: 0x100000 })));

  /** What is at the other end of a console: calls back for each visitor. */
  async function served(visited: (socket: Socket) => void): Promise<string> {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      visited(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => server.close());
    return `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Why there is no prompt at such a console. */
  async function breakingIn(visited: (socket: Socket) => void): Promise<UserError> {
    const board = new Board(await openPort(await served(visited)));
    ends.push(() => board.disconnect());
    return refusal(board.breakIn(1000));
  }
  const saying =
    (text: string | Buffer) =>
    (socket: Socket): void =>
      void socket.on("data", () => socket.write(text));

  it("no prompt: nothing answers at all, or something that is no Espruino", async () => {
    hinted("no prompt", await breakingIn((socket) => socket.resume()));
    hinted("no prompt", await breakingIn(saying("login: ")));
  });
  it("garbage: what comes at this speed is no text", async () =>
    hinted("garbage", await breakingIn(saying(Buffer.from([0xf3, 0x9c, 0x00, 0xe2, 0x8c, 0xff, 0x1e])))));
  it("boot loop: it starts again and again and hears no Ctrl-C", async () =>
    hinted("boot loop", await breakingIn(saying("\r\nristretto 0.1.0 on ESP32, id 1\r\n"))));
  it("brownout: its power fails while it is spoken to", async () =>
    hinted("brownout", await breakingIn(saying("\r\nBrownout detector was triggered\r\n"))));
  it("no loader: the board waits to be flashed, and runs no Espruino", async () =>
    hinted(
      "no loader",
      await breakingIn(saying("\r\nboot:0x3 (DOWNLOAD_BOOT)\r\nwaiting for download\r\n")),
    ));

  it("brownout: the monitor tells the hint below the board's own words, once", async () => {
    const port = await served((socket) => {
      socket.write("Brownout detector was triggered\r\n\r\nBrownout detector was triggered\r\n");
      socket.resume();
    });
    const { stdout } = await run("monitor", "--port", port, "--seconds", "1");
    assert.equal(stdout.split(HINTS.brownout).length, 2, stdout);
    assert.match(stdout, /Brownout detector was triggered\n +Give it 3\.3 V/);
  });

  function onBoard(title: string, path?: string): void {
    describe(`at ${title}`, () => {
      const bench: UploadBench = createUploadBench("ESP8266", path);
      afterEach(() => bench.close());

      /** Why an upload of this program fails. */
      async function uploading(code: string): Promise<UserError> {
        await bench.start();
        const error = await refusal(bench.run({ ...bench.whole(), code, patience: 60000 }));
        assert.equal(error.exitCode, EXIT.START);
        return error;
      }
      const HEAD = `print("ristretto 0 on x");`;

      it("boot loop: the program restarts the board, or does not run", async () => {
        hinted("boot loop", await uploading(`${HEAD}for(var i=0;i<1000;i++);E.reboot();`));
        await bench.close();
        hinted("boot loop", await uploading(`${HEAD}throw "some mistake";`));
      });
      it("brownout: the board's power fails when Wi-Fi starts", async () =>
        hinted("brownout", await uploading(`${HEAD}print("Brownout detector was triggered");`)));
      it("port is taken: another program is there", async () => {
        await bench.start();
        const first = await bench.visit();
        await first.connect();
        hinted("port is taken", await refusal(bench.run(bench.whole())));
      });
      if (!path)
        it("out of memory: the program takes more than there is", async () =>
          hinted("out of memory", await uploading(`${HEAD}print("New interpreter error: OUT OF MEMORY");`)));
      else
        it("out of memory: the program takes more than there is", async function () {
          const interpreter = createInterpreter(path);
          const [total] = await interpreter.run(`print("# " + process.memory().total);`);
          interpreter.close();
          // Others take more memory when they need it.
          if (total !== "1600") return this.skip();
          hinted(
            "out of memory",
            await uploading(`${HEAD}for(var all=[];;)all.push("so and so many bytes");`),
          );
        });
    });
  }
  onBoard("a simulated board");
  withProgram("at the interpreter", espruino, false, (path) => {
    onBoard("the interpreter", path);
  });

  after(function () {
    // With --grep not all of them came up.
    const left = Object.keys(HINTS).filter((symptom) => !told.has(symptom as Symptom));
    if (process.platform === "linux" && !process.argv.some((arg) => /^(-g|--grep)/.test(arg)))
      assert.deepEqual(left, [], "no test shows these");
  });
});
