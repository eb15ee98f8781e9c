import assert from "node:assert/strict";
import type { LoaderOptions } from "../../../sim/loader/loader.ts";
import { createLoader } from "../../../sim/loader/loader.ts";
import type { Loader } from "../../../sim/loader/loader.ts";
import type { FlashEvent } from "../../../tools/flash/events.ts";
import { flash } from "../../../tools/flash/flash.ts";
import type { FlashOptions } from "../../../tools/flash/flash.ts";
import { UserError } from "../../../tools/user-error.ts";
import { createDownloads, esp32Files, esp8266Files, newerFiles } from "../../support/firmware-images.ts";
import type { Downloads, Files } from "../../support/firmware-images.ts";
import { lineTo } from "../../support/loader-line.ts";

/** Of each chip: its files, what its program is called there, and an address inside of that. */
const CHIPS = [
  { chip: "ESP32", files: esp32Files(), program: "espruino_esp32.bin", inside: 0x10100 },
  { chip: "ESP8266", files: esp8266Files(), program: "espruino_esp8266_user1.bin", inside: 0x1100 },
] as const;

/** What stood in the flash before, for tests that nothing of it may change. */
const OLD = 0x5a;

describe("flashing a chip", function () {
  // The loader is given the time a real one takes to answer.
  this.timeout(120000);
  let downloads: Downloads;
  before(() => (downloads = createDownloads()));
  after(() => downloads.remove());

  interface Bench {
    loader: Loader;
    events: FlashEvent[];
    questions: string[];
    runs: () => number;
    go(options?: Partial<FlashOptions> & { answer?: boolean }): Promise<boolean>;
  }

  async function bench(files: Files, options: LoaderOptions): Promise<Bench> {
    let runs = 0;
    const loader = createLoader({ ...options, onRun: () => void runs++ });
    loader.flash.bytes.fill(OLD);
    const name = `espruino_${options.chip}_4mb.tgz`.toLowerCase();
    const firmware = await downloads.archive(name, files);
    const events: FlashEvent[] = [];
    const questions: string[] = [];
    return {
      loader,
      events,
      questions,
      runs: () => runs,
      go: ({ answer = true, ...wishes } = {}) =>
        flash(
          { firmware, baud: 460800, keepStorage: false, dryRun: false, ...wishes },
          {
            emit: (event) => void events.push(event),
            port: "/dev/ttyUSB0",
            open: () => Promise.resolve(lineTo(loader)),
            confirm(question) {
              questions.push(question);
              return Promise.resolve(answer);
            },
          },
        ),
    };
  }

  const isUntouched = ({ flash: { bytes } }: Loader): boolean => bytes.every((byte) => byte === OLD);

  async function fails(run: Promise<unknown>, exitCode: number, line: RegExp): Promise<void> {
    await assert.rejects(run, (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.line, line);
      assert.doesNotMatch(error.line, /\n/);
      assert.equal(error.exitCode, exitCode);
      return true;
    });
  }

  it("erases an ESP32, writes every part where it belongs, compares, and starts it", async () => {
    const files = esp32Files();
    const { loader, go, events, questions, runs } = await bench(files, { chip: "ESP32" });
    assert.equal(await go(), true);
    const { bytes } = loader.flash;
    assert.ok(
      bytes.subarray(0x10000).subarray(0, 50000).equals(files["espruino_esp32.bin"]!.subarray(0, 50000)),
    );
    assert.ok(bytes.subarray(0x8000, 0x8c00).equals(files["partitions_espruino.bin"]!));
    assert.equal(bytes[0x1000], 0xe9);
    assert.ok(bytes.subarray(0x300000).every((byte) => byte === 0xff));
    assert.equal(runs(), 1);
    assert.deepEqual(questions, [
      "Erase all of, and write Espruino to, the 4 MB of the ESP32 24:0a:c4:a1:b2:c3?",
    ]);
    const order = events.map(({ event }) => event).filter((name, index, all) => name !== all[index - 1]);
    assert.deepEqual(order, ["firmware", "chip", "erase", "progress", "written", "restart"]);
  });

  it("does the same for an ESP8266", async () => {
    const files = esp8266Files();
    const { loader, go, events, runs } = await bench(files, {
      chip: "ESP8266",
      mac: [0x5c, 0xcf, 0x7f, 1, 2, 3],
    });
    await go();
    const { bytes } = loader.flash;
    const program = files["espruino_esp8266_user1.bin"]!;
    assert.ok(bytes.subarray(0x1000, 0x1000 + program.length).equals(program));
    assert.ok(bytes.subarray(0x3fc000, 0x3fc080).equals(files["esp_init_data_default.bin"]!));
    assert.equal(runs(), 1);
    const chip = events.find(({ event }) => event === "chip");
    assert.deepEqual(chip, {
      event: "chip",
      chip: "ESP8266",
      mac: "5c:cf:7f:01:02:03",
      flashBytes: 0x400000,
    });
  });

  for (const [chip, id, usb] of [
    ["ESP32-C3", 5, true],
    ["ESP32-C3", 5, false],
    ["ESP32-S3", 9, true],
    ["ESP32-S3", 9, false],
  ] as const) {
    it(`does the same for an ${chip} at ${usb ? "its own USB" : "a UART"}`, async () => {
      const files = newerFiles(id);
      const { loader, go, questions, runs } = await bench(files, { chip, usb });
      assert.equal(await go(), true);
      const { bytes } = loader.flash;
      const program = files[chip === "ESP32-C3" ? "espruino-esp32c3.bin" : "espruino-esp32s3.bin"]!;
      assert.equal(bytes[0], 0xe9);
      assert.equal(bytes[3], 0x2f);
      assert.ok(bytes.subarray(0x8000, 0x8c00).equals(files["partition-table.bin"]!));
      assert.ok(bytes.subarray(0x10000, 0x10000 + program.length).equals(program));
      assert.deepEqual(questions, [
        `Erase all of, and write Espruino to, the 4 MB of the ${chip} 24:0a:c4:a1:b2:c3?`,
      ]);
      assert.equal(runs(), 1);
    });
  }

  it("counts the progress of each part from nothing to everything, and never back", async () => {
    const { go, events } = await bench(esp32Files(200000), { chip: "ESP32" });
    await go();
    const steps = events.filter((event) => event.event === "progress");
    for (const part of ["bootloader.bin", "partitions_espruino.bin", "espruino_esp32.bin"]) {
      const counts = steps.filter(({ name }) => name === part).map(({ done, total }) => done / total);
      assert.equal(counts[0], 0);
      assert.equal(counts.at(-1), 1);
      assert.deepEqual(
        counts,
        [...counts].sort((a, b) => a - b),
      );
    }
  });

  it("leaves what is saved on the board when asked to", async () => {
    const { loader, go, questions } = await bench(esp32Files(), { chip: "ESP32" });
    await go({ keepStorage: true });
    assert.ok(loader.flash.bytes.subarray(0x320000).every((byte) => byte === OLD));
    assert.ok(!loader.log.includes("ERASE_FLASH"));
    assert.match(questions[0]!, /^Write Espruino to the 4 MB/);
  });

  for (const { chip, files } of CHIPS) {
    it(`asks before anything of an ${chip} is erased, and takes a no`, async () => {
      const { loader, go, runs, events } = await bench(files, { chip });
      assert.equal(await go({ answer: false }), false);
      assert.deepEqual(events.at(-1), { event: "declined" });
      assert.ok(isUntouched(loader));
      assert.equal(runs(), 1, "the board runs on");
    });

    it(`goes on at 115200 baud when an ${chip} does not follow to a higher rate`, async () => {
      const { loader, go } = await bench(files, { chip, faults: { keepBaudRate: true } });
      assert.equal(await go(), true);
      assert.ok(loader.log.includes("ERASE_FLASH"));
    });
  }

  it("changes nothing in a dry run, and says what it would do", async () => {
    const { loader, go, events } = await bench(esp32Files(), { chip: "ESP32" });
    assert.equal(await go({ dryRun: true }), false);
    assert.ok(isUntouched(loader));
    const last = events.at(-1);
    assert.ok(last?.event === "dry-run");
    assert.match(
      last.command,
      /^esptool --chip esp32 -p \/dev\/ttyUSB0 write-flash .* 0x10000 espruino_esp32\.bin$/,
    );
  });

  describe("says what is wrong before anything is erased:", () => {
    for (const [chip, files, message] of [
      [
        "ESP8266",
        esp32Files(),
        /^The chip is an ESP8266, and the firmware is for an ESP32\. Nothing was erased/,
      ],
      ["ESP32", esp8266Files(), /^The chip is an ESP32, and the firmware is for an ESP8266\./],
      ["ESP32-S3", esp32Files(), /^The chip is an ESP32-S3, and the firmware is for an ESP32\./],
      ["ESP32", newerFiles(5), /^The chip is an ESP32, and the firmware is for an ESP32-C3\./],
    ] as const) {
      it(`the chip is an ${chip}`, async () => {
        const { loader, go, runs } = await bench(files, { chip });
        await fails(go(), 8, message);
        assert.ok(isUntouched(loader));
        assert.equal(runs(), 1, "the board runs on");
      });
    }

    it("the flash of an ESP8266 is too small", async () => {
      const { loader, go, runs } = await bench(esp8266Files(), { chip: "ESP8266", flashBytes: 0x100000 });
      await fails(go(), 8, /laid out for 4 MB of flash, and the chip has 1 MB/);
      assert.ok(isUntouched(loader));
      assert.equal(runs(), 1, "the board runs on");
    });

    for (const { chip, files } of CHIPS) {
      it(`no ${chip} answers`, async () => {
        const { loader, go } = await bench(files, { chip, faults: { deaf: true } });
        await fails(go(), 8, /^No chip answers in its loader\. Hold BOOT/);
        assert.ok(isUntouched(loader));
      });

      it(`the flash of an ${chip} does not tell its size, until it is said`, async () => {
        // 1 kB is no size that a flash's id can tell.
        const silent = { chip, flashBytes: 0x400 };
        const { loader, go } = await bench(files, silent);
        await fails(go(), 8, /does not tell how much flash it has\. .*--flash-size/);
        assert.ok(isUntouched(loader));
        const again = await bench(files, silent);
        assert.equal(await again.go({ flashBytes: 0x400000, dryRun: true }), false);
      });

      it(`the loader's program does not start on an ${chip}`, async () => {
        const { loader, go } = await bench(files, { chip, faults: { stubSilent: true } });
        await fails(go(), 8, /^The chip's loader fails: /);
        assert.ok(isUntouched(loader));
      });
    }

    it("the flash of an ESP32 is too small", async () => {
      const { loader, go } = await bench(esp32Files(), { chip: "ESP32", flashBytes: 0x200000 });
      await fails(go(), 8, /laid out for 4 MB of flash, and the chip has 2 MB/);
      assert.ok(isUntouched(loader));
    });

    it("the configuration is for another chip", async () => {
      const { loader, go } = await bench(esp32Files(), { chip: "ESP32" });
      await fails(
        go({ chip: "ESP8266" }),
        8,
        /^The configuration is for an ESP8266, and the firmware for an ESP32\./,
      );
      assert.deepEqual(loader.log, []);
    });

    it("the download is another than was asked for", async () => {
      const { loader, go } = await bench(esp32Files(), { chip: "ESP32" });
      await fails(go({ sha256: "0".repeat(64) }), 8, /its SHA-256 is /);
      assert.deepEqual(loader.log, []);
    });
  });

  for (const { chip, files, program, inside } of CHIPS)
    describe(`says of an ${chip} what went wrong after that:`, () => {
      it("the flash cannot be erased", async () => {
        const { go } = await bench(files, { chip, faults: { refuseErase: true } });
        await fails(go(), 6, /^The flash cannot be erased: /);
      });

      it("a block is refused", async () => {
        const { go, runs } = await bench(files, { chip, faults: { refuseBlock: 2 } });
        await fails(go(), 6, /^espruino_\w+\.bin cannot be written: .*Try again with --baud 460800/);
        assert.equal(runs(), 0);
      });

      it("what was written reads back differently", async () => {
        const { go, runs } = await bench(files, { chip, faults: { corruptAt: inside } });
        await fails(go(), 6, new RegExp(`^${program} reads back differently than it was written\\.`));
        assert.equal(runs(), 0, "what is broken is not started");
      });

      it("the port goes away", async () => {
        const { go } = await bench(files, { chip, faults: { vanishAtBlock: 2 } });
        await fails(go(), 3, /^The port went away\./);
      });
    });
});
