/** The command as people run it: from no configuration to a board that publishes, and what it says when that fails. */
import assert from "node:assert/strict";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { EXIT } from "../../tools/exit-code.ts";
import { HINTS, symptomOf } from "../../tools/hints.ts";
import { init } from "../../tools/init/init.ts";
import { describePort, listByKernel } from "../../tools/ports/list.ts";
import { UserError } from "../../tools/user-error.ts";
import { assertLine, outcomeOf, run, runTyping, start } from "../support/command.ts";
import type { Outcome } from "../support/command.ts";
import { createConsoleBed } from "../support/console-bed.ts";
import type { ConsoleBed } from "../support/console-bed.ts";
import { espruino, socat, withProgram } from "../support/engines.ts";
import type { Way } from "../support/upload-bench.ts";

describe("ristretto", function () {
  this.timeout(120000);
  let folder: string;
  let bed: ConsoleBed | undefined;
  const file = (name: string): string => join(folder, name);
  const read = (name: string): string => readFileSync(file(name), "utf8");

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  });

  afterEach(async () => {
    await bed?.close();
    bed = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  function write(config: object, secrets?: object): string {
    writeFileSync(file("node.json"), JSON.stringify(config));
    if (secrets) writeFileSync(file("node.secrets.json"), JSON.stringify(secrets));
    return file("node.json");
  }

  const least = { board: "esp32", wifi: { ssid: "home" }, broker: { host: "broker" } };
  const initAll = (...more: string[]): Promise<Outcome> =>
    run(
      "init",
      "--yes",
      "--ssid",
      "home",
      "--password",
      "s3cret-wifi",
      "--broker",
      "10.0.0.5:1884",
      "--out",
      file("node.json"),
      ...more,
    );

  for (const board of ["esp32", "esp8266"]) {
    it(`init and upload end with an acknowledged reading on a simulated ${board}`, async () => {
      assert.equal((await initAll("--board", board)).code, 0);
      const { code, stdout, stderr } = await run("upload", file("node.json"), "--port", "simulated");
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, /first reading acknowledged: bme280 \{"temperature":/);
      assert.doesNotMatch(stdout + stderr, /s3cret/);
    });
  }

  it("upload reaches a broker by TLS, with the certificates that the configuration names", async () => {
    const path = write({ ...least, broker: { host: "broker", tls: true } });
    const { code, stdout, stderr } = await run("upload", path, "--port", "simulated");
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /TLS: encrypted/);
    write({ ...least, broker: { host: "broker", tls: { ca: "none.pem" } } });
    assertLine(
      await run("upload", path),
      EXIT.CONFIGURATION,
      /broker\.tls\.ca names a file that is not there; looked from /,
    );
    write({ ...least, board: "esp8266", broker: { host: "broker", tls: true } });
    assertLine(await run("upload", path), EXIT.CONFIGURATION, /broker\.tls.*ESP8266/);
  });

  function over(way: Way, title: string, path?: string): void {
    it(`init and upload end with an acknowledged reading on ${title}, over ${way}, and monitor follows it`, async () => {
      bed = await createConsoleBed({ kind: "ESP8266" }, path);
      const port = (): Promise<string> => (way === "TCP" ? Promise.resolve(bed!.port) : bed!.pty());
      const { wifi, broker } = bed.config as {
        wifi: { ssid: string; password: string };
        broker: { host: string; port: number };
      };
      const made = await run(
        ...["init", "--yes", "--board", "esp8266", "--ssid", wifi.ssid, "--password", wifi.password],
        ...["--broker", `${broker.host}:${broker.port}`, "--out", file("node.json")],
      );
      assert.equal(made.code, 0, made.stderr);
      const { code, stdout, stderr } = await run(
        "upload",
        file("node.json"),
        "--port",
        await port(),
        "--json",
      );
      assert.equal(code, 0, stdout + stderr);
      const events = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { event: string; reading?: object });
      assert.equal(events.at(-1)?.event, "end");
      assert.ok(events.at(-1)?.reading);
      assert.doesNotMatch(stdout, new RegExp(wifi.password));
      const seen = await runTyping(
        'print("seen "+"it")\n',
        ...["monitor", "--port", await port(), "--seconds", "5", "--log", file("log")],
      );
      assert.equal(seen.code, 0, seen.stderr);
      assert.match(seen.stdout, /^\d\d:\d\d:\d\d\.\d{3} {2}seen it$/m);
      assert.match(read("log"), /seen it/);
    });
  }

  over("TCP", "the simulated board");
  withProgram("the command over a pseudo terminal", socat, true, () => {
    over("a pseudo terminal", "the simulated board");
  });
  withProgram("the command and the interpreter", espruino, false, (path) => {
    over("TCP", "the interpreter", path);
    withProgram("over a pseudo terminal", socat, true, () => {
      over("a pseudo terminal", "the interpreter", path);
    });
  });

  describe("monitor", () => {
    const OLD = `print("this is old");setTimeout(function f(){setTimeout(f,200);print("on")},1);`;

    it("shows what a running board says, a time before each line, and as objects for programs", async () => {
      bed = await createConsoleBed({ kind: "ESP32", files: { ".bootcde": OLD } });
      const { code, stdout } = await run("monitor", "--port", bed.port, "--seconds", "1");
      assert.equal(code, 0);
      assert.match(stdout, /^(\d\d:\d\d:\d\d\.\d{3} {2}on\n)+$/);
      const told = await run("monitor", "--port", bed.port, "--seconds", "1", "--json");
      const { at, line } = JSON.parse(told.stdout.split("\n")[0]!) as { at: string; line: string };
      assert.equal(line, "on");
      assert.ok(!Number.isNaN(Date.parse(at)));
    });

    it("says that nothing comes, that the board went away, and that another program is there", async () => {
      bed = await createConsoleBed({ kind: "ESP32" });
      const args = ["monitor", "--port", bed.port];
      assertLine(
        await run(...args, "--seconds", "1"),
        EXIT.CONSOLE,
        /^Nothing came from tcp:.* Is Espruino on it\?/,
      );
      const first = start([...args]);
      const ended = outcomeOf(first);
      first.stdin.write('print("hea"+"rd")\n');
      await once(first.stdout, "data");
      assertLine(
        await run(...args),
        EXIT.PORT,
        /resource busy, another program may be at it\)\. Close other monitors/,
      );
      bed.unplug();
      assertLine(await ended, EXIT.PORT, /^tcp:.* went away \(the other side closed the connection\)\./);
    });
  });

  describe("init", () => {
    it("keeps passwords apart, for its owner alone, and out of git from the start", async () => {
      writeFileSync(file(".gitignore"), "node_modules");
      const { code, stdout } = await initAll("--username", "me", "--broker-password", "s3cret-broker");
      assert.equal(code, 0);
      assert.doesNotMatch(read("node.json") + stdout, /s3cret/);
      assert.deepEqual(JSON.parse(read("node.secrets.json")), {
        wifi: { password: "s3cret-wifi" },
        broker: { password: "s3cret-broker" },
      });
      assert.equal(statSync(file("node.secrets.json")).mode & 0o077, 0);
      assert.equal(read(".gitignore"), "node_modules\n*.secrets.json\n");
      await initAll("--force");
      assert.equal(read(".gitignore"), "node_modules\n*.secrets.json\n");
    });

    it("writes what check accepts, with the sensors it is told", async () => {
      await initAll(
        "--sensor",
        "bme280",
        "--sensor",
        "ds18b20,pin=D4,name=roof,resolution=10",
        "--period",
        "30",
        "--values",
      );
      const { sensors, period, values } = JSON.parse(read("node.json")) as Record<string, unknown>;
      assert.deepEqual(sensors, [
        { type: "bme280" },
        { type: "ds18b20", pin: "D4", name: "roof", resolution: 10 },
      ]);
      assert.deepEqual([period, values], [30, true]);
      assert.equal((await run("check", file("node.json"))).code, 0);
    });

    it("leaves a configuration that is there alone", async () => {
      write(least);
      assertLine(
        await initAll(),
        EXIT.CONFIGURATION,
        /node\.json is there already\. Choose another --out, or --force/,
      );
      assert.deepEqual(JSON.parse(read("node.json")), least);
    });

    it("says what it lacks, and what cannot be, and writes nothing", async () => {
      assertLine(
        await run("init", "--yes", "--out", file("node.json")),
        1,
        /--ssid and --broker are needed with --yes/,
      );
      assertLine(
        await initAll("--sensor", "bme820"),
        EXIT.CONFIGURATION,
        /sensors\[0\]\.type: .*did you mean bme280\?/,
      );
      assertLine(await run("init", "--out", file("node.json")), 1, /no terminal to ask at/);
      assert.ok(!existsSync(file("node.json")) && !existsSync(file("node.secrets.json")));
    });

    it("asks for what the options leave open", async () => {
      const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
      const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80, rows: 40 });
      const answers = [
        [/Which board/, "\r"],
        [/Wi-Fi network/, "home\r"],
        [/Its password/, "s3cret-wifi\r"],
        [/MQTT broker/, "10.0.0.5\r"],
        [/User name/, "\r"],
        [/Which sensors/, "\r"],
        [/Home Assistant/, "\r"],
      ] as [RegExp, string][];
      let shown = "";
      output.on("data", (text) => {
        shown += String(text);
        const [next] = answers;
        if (!next?.[0].test(shown)) return;
        answers.shift();
        shown = "";
        setImmediate(() => input.write(next[1]));
      });
      await init({ out: file("node.json"), yes: false, force: false }, { input, output });
      assert.deepEqual(answers, []);
      const { $schema, ...config } = JSON.parse(read("node.json")) as Record<string, unknown>;
      assert.equal(typeof $schema, "string");
      assert.deepEqual(config, {
        board: "esp32",
        wifi: { ssid: "home" },
        broker: { host: "10.0.0.5" },
        sensors: [{ type: "bme280" }],
        discovery: true,
      });
      assert.deepEqual(JSON.parse(read("node.secrets.json")), { wifi: { password: "s3cret-wifi" } });
    });
  });

  describe("build", () => {
    it("makes less than half the firmware for one sensor, and says what it costs", async () => {
      const path = write({ ...least, board: "esp8266" });
      const { code, stdout } = await run("build", path, "--out", file("node.js"));
      assert.equal(code, 0);
      assert.match(stdout, /node\.js: 2\d \d{3} bytes for esp8266, of the 196 608 of its Storage/);
      assert.match(stdout, /about 593 variables, 778 while it publishes, of 1 552/);
      assert.ok(statSync(file("node.js")).size < readFileSync("dist/esp8266.min.js").length / 2);
      const told = JSON.parse((await run("build", path, "--out", file("node.js"), "--json")).stdout) as {
        bytes: number;
      };
      assert.equal(told.bytes, statSync(file("node.js")).size);
    });
  });

  describe("says in one line what is wrong, with the code of the stage:", () => {
    it("a configuration that is not there", async () =>
      assertLine(
        await run("upload", file("none.json")),
        EXIT.CONFIGURATION,
        /no configuration at .*none\.json\. ristretto init makes one\./,
      ));
    it("a configuration with mistakes", async () =>
      assertLine(
        await run("upload", write({ ...least, period: 0 })),
        EXIT.CONFIGURATION,
        /cannot be used: period: must be a whole number/,
      ));
    it("a serial port that is not there", async () =>
      assertLine(
        await run("upload", write(least), "--port", "/dev/ttyUSB99"),
        EXIT.PORT,
        /There is no port \/dev\/ttyUSB99\. Is it a charge-only cable\?/,
      ));
    it("a host where nothing listens", async () =>
      assertLine(
        await run("monitor", "--port", "tcp://127.0.0.1:1"),
        EXIT.PORT,
        /cannot be opened: nothing listens there/,
      ));
    it("another board", async () => {
      bed = await createConsoleBed({ kind: "ESP8266" });
      assertLine(
        await run("upload", write(least), "--port", bed.port),
        EXIT.BOARD,
        /is ESP8266_4MB, not ESP32/,
      );
    });
    it("an unknown option", async () =>
      assertLine(await run("upload", "--prot", "x"), 1, /unknown option '--prot' \(Did you mean --port\?\)/));

    it("as an object, for programs", async () => {
      const { code, stdout } = await run("upload", file("none.json"), "--json");
      const { event, exitCode } = JSON.parse(stdout) as Record<string, unknown>;
      assert.deepEqual([code, event, exitCode], [EXIT.CONFIGURATION, "error", EXIT.CONFIGURATION]);
    });
  });

  it("dry run checks everything and writes nothing", async () => {
    bed = await createConsoleBed({ kind: "ESP32" });
    const { code, stdout } = await run("upload", write(least), "--port", bed.port, "--dry-run");
    assert.equal(code, 0);
    assert.match(stdout, /would write ristretto\.0: 3\d \d{3} bytes in \d\d lines/);
    const after = await run("upload", file("node.json"), "--port", bed.port, "--dry-run", "--json");
    const facts = after.stdout
      .split("\n")
      .map((line) => (line ? (JSON.parse(line) as { facts?: { storage: { files: string[] } } }) : {}))
      .find((event) => event.facts);
    assert.deepEqual(facts?.facts?.storage.files, []);
  });

  it("lists ports by what the kernel knows, and names the chips of boards", () => {
    const usb = file("devices/usb1");
    mkdirSync(join(usb, "interface/ttyUSB0"), { recursive: true });
    for (const [name, text] of [
      ["idVendor", "10c4\n"],
      ["idProduct", "ea60\n"],
      ["manufacturer", "Silicon Labs\n"],
    ] as const)
      writeFileSync(join(usb, name), text);
    mkdirSync(file("tty/ttyUSB0"), { recursive: true });
    mkdirSync(file("tty/tty1"), { recursive: true });
    symlinkSync(join(usb, "interface"), file("tty/ttyUSB0/device"));
    const ports = listByKernel(file("tty"));
    assert.deepEqual(ports, [
      { path: "/dev/ttyUSB0", id: "10c4:ea60", chip: "CP210x", manufacturer: "Silicon Labs" },
    ]);
    assert.equal(describePort(ports[0]!), "/dev/ttyUSB0 (CP210x, 10c4:ea60, Silicon Labs)");
    assert.deepEqual(listByKernel(file("nowhere")), []);
  });

  it("has a hint for each of the twelve symptoms, and knows those that systems and boards word", () => {
    assert.equal(Object.keys(HINTS).length, 12);
    for (const hint of Object.values(HINTS)) assert.match(hint, /^[^\n]+[.?]$/);
    const signs: [string, keyof typeof HINTS][] = [
      ["Error: Permission denied, cannot open /dev/ttyUSB0", "port is taken"],
      ["Opening COM3: Access denied", "port is taken"],
      ["Error Resource temporarily unavailable Cannot lock port", "port is taken"],
      ["Brownout detector was triggered", "brownout"],
      ["OUT OF MEMORY", "out of memory"],
      ["Timed out waiting for packet header", "no loader"],
      ["rst:0x1 (POWERON_RESET),boot:0x13 (DOWNLOAD)", "no loader"],
      ["Invalid head of packet (0x08)", "write stalls"],
    ];
    for (const [text, symptom] of signs) assert.equal(symptomOf(text), symptom, text);
    assert.equal(symptomOf("all is well"), undefined);
    assert.equal(new UserError("What.", 1, HINTS.garbage).line, `What. ${HINTS.garbage}`);
  });
});
