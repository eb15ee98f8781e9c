/** Whatever a person types or names by mistake ends in one line that says so, without a stack. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../../sim/random.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { reasonOf, writeReasonOf } from "../../tools/system-error.ts";
import { assertLine, commandLine, outcomeOf, runIn, start } from "../support/command.ts";
import type { Outcome } from "../support/command.ts";

const NODE = { board: "esp32", wifi: { ssid: "home" }, broker: { host: "broker" } };

describe("a mistake at the command line", function () {
  this.timeout(120000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    for (const name of ["folder", "with.secrets.json"]) mkdirSync(join(folder, name));
    const files = {
      "node.json": JSON.stringify(NODE),
      "with.json": JSON.stringify(NODE),
      "list.json": "[1, 2]",
      "null.json": "null",
      "empty.json": "",
      "noise.json": Buffer.from([0xff, 0xfe, 0, 0x80, 0x93]),
    };
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const here = (...args: string[]): Promise<Outcome> => runIn({ cwd: folder }, ...args);

  const { CONFIGURATION, PORT, FLASH } = EXIT;
  const MISTAKES: ReadonlyArray<readonly [code: number, line: RegExp, ...args: string[]]> = [
    [CONFIGURATION, /^folder cannot be read: it is a folder\.$/m, "check", "folder"],
    [CONFIGURATION, /^There is no configuration at an empty path\./, "check", ""],
    [
      CONFIGURATION,
      /^node\.json\/x cannot be read: a part of its path is no folder\.$/m,
      "check",
      "node.json/x",
    ],
    [CONFIGURATION, /^with\.secrets\.json cannot be read: it is a folder\.$/m, "check", "with.json"],
    [CONFIGURATION, /^noise\.json is not JSON: there is a mistake in line 1\.$/m, "upload", "noise.json"],
    [CONFIGURATION, /^empty\.json is not JSON/, "build", "empty.json"],
    [CONFIGURATION, /^list\.json: the configuration: must be an object$/m, "check", "list.json"],
    [
      CONFIGURATION,
      /^null\.json cannot be used: the configuration: must be an object\.$/m,
      "simulate",
      "null.json",
    ],
    [1, /^The configuration folder cannot be read: it is a folder\.$/m, "simulate", "--config", "folder"],
    [CONFIGURATION, /^folder cannot be written: it is a folder\.$/m, "build", "--out", "folder"],
    [CONFIGURATION, /^none\/x cannot be written: its folder is not there\.$/m, "build", "--out", "none/x"],
    [
      CONFIGURATION,
      /^node\.json\/x\.json cannot be written: there is a file where its folder would be\.$/m,
      ...["init", "--yes", "--ssid", "a", "--broker", "b", "--out", "node.json/x.json"],
    ],
    [1, /^"" is no option of a sensor\. Write /, "init", "--yes", "--sensor", ",,"],
    [
      1,
      /^folder cannot be written: it is a folder\.$/m,
      "monitor",
      "--port",
      "tcp://127.0.0.1:1",
      "--log",
      "folder",
    ],
    [PORT, /^The port's name is empty\. ristretto ports lists/, "monitor", "--port", ""],
    [PORT, /^folder is no serial port\. ristretto ports lists/, "monitor", "--port", "folder"],
    [PORT, /^node\.json is no serial port\./, "upload", "--port", "node.json"],
    [PORT, /^\/dev\/null is no serial port\./, "upload", "--port", "/dev/null"],
    [PORT, /^tcp:\/\/ is no address\. Write tcp:\/\/host:port/, "upload", "--port", "tcp://"],
    [PORT, /^tcp:\/\/a:b is no address\./, "monitor", "--port", "tcp://a:b"],
    [PORT, /^tcp:\/\/a:99999 is no address\./, "monitor", "--port", "tcp://a:99999"],
    [PORT, /^http:\/\/a is no address\./, "upload", "--port", "http://a"],
    [
      PORT,
      /^There is no port simulated\. Only upload makes a simulated board/,
      "monitor",
      "--port",
      "simulated",
    ],
    [
      FLASH,
      /^The firmware none cannot be used: it is not there\. Download/,
      "flash",
      "--dry-run",
      "--firmware",
      "none",
    ],
    [
      FLASH,
      /^There is no Espruino for .* in folder: no \.bin file\./,
      "flash",
      "--dry-run",
      "--firmware",
      "folder",
    ],
    [FLASH, /^There is no Espruino for .* in noise\.json/, "flash", "--dry-run", "--firmware", "noise.json"],
    [CONFIGURATION, /^folder cannot be read/, "flash", "folder", "--dry-run", "--firmware", "noise.json"],
    [1, /^error: unknown command 'uplod' \(Did you mean upload\?\)$/m, "uplod"],
    [1, /^error: too many arguments for 'check'/, "check", "a", "b"],
    [1, /It must be a whole number from 0 to 65535\.$/m, "page", "--port", "65536"],
  ];
  for (const [code, line, ...args] of MISTAKES)
    it(`ends in one line: ristretto ${args.map((arg) => arg || "''").join(" ")}`, async () => {
      assertLine(await here(...args), code, line);
    });

  it("of permissions and full disks is told in words", () => {
    const failed = (code: string): Error => Object.assign(new Error(`${code}: words, open 'x'`), { code });
    assert.equal(reasonOf(failed("EACCES")), "you may not");
    assert.equal(reasonOf(failed("ENOSPC")), "the disk is full");
    assert.equal(writeReasonOf(failed("ENOENT")), "its folder is not there");
    assert.equal(reasonOf(failed("EODD")), "EODD: words, open 'x'");
  });

  describe("whoever reads along", () => {
    it("may leave: the command ends without a word", async () => {
      const child = start(["simulate", "--json", "--port", "0", "--seconds", "60"]);
      child.stdin.end();
      await once(child.stdout, "data");
      child.stdout.destroy();
      let stderr = "";
      child.stderr.on("data", (data) => (stderr += String(data)));
      const [code] = (await once(child, "close")) as [number];
      assert.equal(stderr, "");
      assert.equal(code, 141);
    });

    it("may have no room: that is said in one line", async () => {
      const child = spawn("sh", [
        "-c",
        '"$@" > /dev/full',
        "sh",
        process.execPath,
        ...commandLine(["check", "--schema"]),
      ]);
      assertLine(await outcomeOf(child), 1, /^What is printed cannot be written: the disk is full\.$/m);
    });
  });

  it("is none of escape codes: colours are for terminals", async () => {
    const { stdout } = await outcomeOf(
      start(["check", join(folder, "node.json")], { env: { NO_COLOR: "", CI: "true" } }),
    );
    assert.match(stdout, /^✓ /);
  });

  /** Words that may stand anywhere. */
  const WORDS = [
    ...[
      "",
      " ",
      "-",
      "--",
      "0",
      "-1",
      "1e309",
      "__proto__",
      "💥",
      "x".repeat(5000),
      "a=b,c",
      "{}",
      "null",
      "\n",
    ],
    ...["folder", "node.json", "noise.json", "none", "tcp://127.0.0.1:1", "tcp://[::1", "telnet://"],
  ];
  const OPTIONS = [
    ...[
      "--port",
      "--baud",
      "--only",
      "--out",
      "--log",
      "--firmware",
      "--sha256",
      "--flash-size",
      "--sensor",
      "--board",
    ],
    ...[
      "--broker",
      "--ssid",
      "--period",
      "--timeout",
      "--config",
      "--console",
      "--json",
      "--yes",
      "--dry-run",
      "--force",
    ],
  ];
  /** What ends by itself, and reaches no board that is plugged in. */
  const VERBS = [
    "init --yes",
    "check",
    "build",
    "flash --dry-run",
    "upload --port none",
    "monitor --seconds 1 --port none",
    "ports",
    "simulate --port 0 --seconds 1",
  ];

  it("made at random ends, too, without a stack and with a code that stands for something", async () => {
    const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
    const random = createRandom(seed);
    const pick = <One>(all: readonly One[]): One => all[Math.floor(random() * all.length)]!;
    for (let round = 0; round < Number(process.env.FUZZ ?? 20); round++) {
      const args = pick(VERBS).split(" ");
      for (let left = Math.floor(random() * 4); left > 0; left--)
        args.push(...(random() < 0.6 ? [pick(OPTIONS), pick(WORDS)] : [pick(WORDS)]));
      const { code, stdout, stderr } = await here(...args);
      const told = `SEED=${seed}, round ${round}: ${JSON.stringify(args)}\n${stdout}${stderr}`;
      assert.doesNotMatch(stderr, /^ {4}at /m, told);
      assert.ok([0, 1, ...Object.values(EXIT)].includes(code as 1), told);
      if (code && args[0] !== "check")
        assert.ok(stderr.trim() || /^Failed: /m.test(stdout) || args.includes("--json"), told);
    }
  });
});
