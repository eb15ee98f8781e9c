import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFirmware, requireChecksum } from "../../../tools/flash/firmware.ts";
import { esptoolCommand, planFlash } from "../../../tools/flash/plan.ts";
import type { Plan } from "../../../tools/flash/plan.ts";
import { UserError } from "../../../tools/user-error.ts";
import {
  createDownloads,
  esp32Files,
  esp32Image,
  esp8266Files,
  esp8266Image,
  esp8266Program,
  newerFiles,
  noise,
  partitionTable,
} from "../../support/firmware-images.ts";
import type { Downloads } from "../../support/firmware-images.ts";

const MB = 0x100000;

describe("a plan for a chip's flash", () => {
  let downloads: Downloads;
  beforeEach(() => (downloads = createDownloads()));
  afterEach(() => downloads.remove());

  async function plan(path: string, flashBytes?: number): Promise<Plan> {
    return planFlash(await readFirmware(path), { flashBytes });
  }

  const places = ({ parts }: Plan): Array<[string, number]> =>
    parts.map(({ name, address }) => [name, address]);

  async function refuses(path: string, message: RegExp, flashBytes = 4 * MB): Promise<void> {
    await assert.rejects(plan(path, flashBytes), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.equal(error.exitCode, 8);
      assert.match(error.line, message);
      return true;
    });
  }

  it("puts an ESP32's boot loader, table and Espruino where they belong", async () => {
    const files = esp32Files();
    const planned = await plan(await downloads.archive("espruino_2v29_esp32.tgz", files), 4 * MB);
    assert.equal(planned.chip, "ESP32");
    assert.deepEqual(places(planned), [
      ["bootloader.bin", 0x1000],
      ["partitions_espruino.bin", 0x8000],
      ["espruino_esp32.bin", 0x10000],
    ]);
    assert.deepEqual([planned.mode, planned.frequency], ["dio", 40]);
    // DIO, 4 MB and 40 MHz; the other images are not touched.
    assert.deepEqual([...planned.parts[0]!.bytes.subarray(2, 4)], [2, 0x20]);
    assert.ok(planned.parts[2]!.bytes.equals(files["espruino_esp32.bin"]!));
  });

  for (const [chip, id, word] of [
    ["ESP32-C3", 5, "esp32c3"],
    ["ESP32-S3", 9, "esp32s3"],
  ] as const) {
    it(`begins with the boot loader of an ${chip}, at 80 MHz`, async () => {
      const files = newerFiles(id);
      const planned = await plan(await downloads.archive(`espruino_2v29_${word}.tgz`, files), 4 * MB);
      assert.equal(planned.chip, chip);
      assert.deepEqual(places(planned), [
        ["bootloader.bin", 0],
        ["partition-table.bin", 0x8000],
        [`espruino-${word}.bin`, 0x10000],
      ]);
      assert.deepEqual([planned.mode, planned.frequency], ["dio", 80]);
      assert.deepEqual([...planned.parts[0]!.bytes.subarray(2, 4)], [2, 0x2f]);
      assert.equal(
        esptoolCommand(planned, "/dev/ttyACM0"),
        `esptool --chip ${word} -p /dev/ttyACM0 write-flash --flash-mode dio --flash-freq 80m --flash-size 4MB` +
          ` 0x0 bootloader.bin 0x8000 partition-table.bin 0x10000 espruino-${word}.bin`,
      );
    });
  }

  it("refuses a chip that no Espruino here is for", async () => {
    const files = { ...esp32Files(), "bootloader.bin": esp32Image(1000, { chipId: 13 }) };
    await refuses(
      downloads.folder(files),
      /bootloader\.bin is for chip 13, for which there is no Espruino here/,
    );
  });

  it("says in the head how much flash an ESP32 has", async () => {
    const path = downloads.folder(esp32Files());
    for (const [megabytes, code] of [
      [4, 0x20],
      [8, 0x30],
      [16, 0x40],
      [32, 0x40],
    ] as const) {
      assert.equal((await plan(path, megabytes * MB)).parts[0]!.bytes[3], code);
    }
  });

  it("puts the build for 4 MB where an ESP8266 with as much or more takes it", async () => {
    const path = await downloads.archive("espruino_2v29_esp8266_4mb.tgz", esp8266Files());
    for (const megabytes of [4, 16]) {
      const planned = await plan(path, megabytes * MB);
      assert.deepEqual(places(planned), [
        ["boot_v1.6.bin", 0],
        ["espruino_esp8266_user1.bin", 0x1000],
        ["esp_init_data_default.bin", 0x3fc000],
        ["blank.bin", 0x3fe000],
      ]);
      assert.deepEqual([...planned.parts[0]!.bytes.subarray(2, 4)], [0, 0x6f]);
    }
    await refuses(path, /laid out for 4 MB of flash, and the chip has 1 MB\. .*ESP-01/, MB);
  });

  it("puts the build for 512 kB at the beginning, and the SDK's settings at the end of what there is", async () => {
    const path = await downloads.archive("espruino_2v29_esp8266.tgz", esp8266Files());
    for (const [bytes, defaults, head] of [
      [0x80000, 0x7c000, 0x00],
      [0x100000, 0xfc000, 0x20],
      [0x200000, 0x1fc000, 0x30],
      [0x400000, 0x3fc000, 0x40],
      [0x800000, 0x3fc000, 0x40],
    ] as const) {
      const planned = await plan(path, bytes);
      assert.equal(planned.parts[2]!.address, defaults);
      assert.equal(planned.parts[0]!.bytes[3], head);
    }
  });

  it("takes a combined image for the size it has", async () => {
    const image = Buffer.alloc(4 * MB, 0xff);
    esp8266Image(2000).copy(image);
    esp8266Program(500000).copy(image, 0x1000);
    const path = downloads.file("espruino_2v29_esp8266_4mb_combined_4096.bin", image);
    assert.deepEqual(places(await plan(path, 4 * MB)), [["espruino_2v29_esp8266_4mb_combined_4096.bin", 0]]);
    await refuses(path, /laid out for 4 MB/, MB);
    await refuses(
      downloads.file("espruino_combined_4096.bin", image.subarray(0, -1)),
      /4194303 bytes, which is no size of flash/,
    );
  });

  it("refuses a chip with less flash than the partition table shares out", async () => {
    await refuses(
      downloads.folder(esp32Files()),
      /laid out for 4 MB of flash, and the chip has 2 MB/,
      2 * MB,
    );
  });

  it("refuses Espruino that is larger than its place", async () => {
    const esp32 = { ...esp32Files(), "partitions_espruino.bin": partitionTable({ programSize: 0x8000 }) };
    await refuses(downloads.folder(esp32), /espruino_esp32\.bin at 0x10000 is too large.* at 0x18000/);
    const esp8266 = await downloads.archive("x_4mb.tgz", esp8266Files(0xcb000));
    await refuses(esp8266, /user1\.bin at 0x1000 is too large.* at 0xcb000/);
  });

  it("refuses a boot loader that reaches into the partition table", async () => {
    const files = { ...esp32Files(), "bootloader.bin": esp32Image(0x8000) };
    await refuses(
      downloads.folder(files),
      /bootloader\.bin .*too large.* partitions_espruino\.bin at 0x8000/,
    );
  });

  it("refuses images of another chip than the others", async () => {
    const s3 = { ...esp32Files(), "espruino_esp32.bin": esp32Image(1000, { chipId: 9 }) };
    await refuses(downloads.folder(s3), /espruino_esp32\.bin is for ESP32-S3, not for ESP32/);
    const mixed = { ...esp8266Files(), "espruino_esp8266_user1.bin": esp32Image(1000) };
    await refuses(downloads.folder(mixed), /user1\.bin is for ESP32, not for ESP8266/);
  });

  it("refuses damaged images and tables by name", async () => {
    const damaged = esp32Files();
    damaged["espruino_esp32.bin"]![500]! ^= 4;
    await refuses(downloads.folder(damaged), /espruino_esp32\.bin is no whole image: its checksum is wrong/);
    const cut = { ...esp32Files(), "bootloader.bin": esp32Image(1000).subarray(0, 500) };
    await refuses(
      downloads.folder(cut),
      /bootloader\.bin is no whole image: it is cut short\. Download it again/,
    );
    const table = { ...esp32Files(), "partitions_espruino.bin": noise(0xc00, 1) };
    await refuses(downloads.folder(table), /no whole partition table/);
  });

  it("says what is missing, or there twice", async () => {
    const incomplete = esp32Files();
    delete incomplete["bootloader.bin"];
    await refuses(
      downloads.folder(incomplete),
      /has no boot loader \(bootloader\.bin\)\. Give the whole \.tgz/,
    );
    const twice = { ...esp32Files(), "bootloader_old.bin": esp32Image(100) };
    await refuses(downloads.folder(twice), /several files for the boot loader/);
    await refuses(downloads.folder({}), /no Espruino .*: no \.bin file/);
    await refuses(downloads.file("app.bin", noise(100, 1)), /no Espruino .*: only app\.bin/);
    await refuses("/nowhere/espruino.tgz", /cannot be used: it is not there/);
    await refuses(
      downloads.file("espruino_esp32.tgz", Buffer.from([0x1f, 0x8b, 0, 0])),
      /no whole \.tgz archive/,
    );
  });

  it("names the download and its images by their SHA-256, and insists on the one that is asked for", async () => {
    const files = esp32Files();
    const firmware = await readFirmware(await downloads.archive("espruino_2v29_esp32.tgz", files));
    const program = createHash("sha256").update(files["espruino_esp32.bin"]!).digest("hex");
    assert.equal(firmware.files.find(({ name }) => name === "espruino_esp32.bin")?.sha256, program);
    requireChecksum(firmware, program.toUpperCase());
    requireChecksum(firmware, firmware.sha256!);
    assert.throws(() => requireChecksum(firmware, "0".repeat(64)), /its SHA-256 is [0-9a-f]{64}, not 0000/);
  });

  it("can be done by hand with the command line it gives", async () => {
    const path = await downloads.archive("espruino_2v29_esp8266.tgz", esp8266Files());
    assert.equal(
      esptoolCommand(await plan(path, 0x80000), "/dev/ttyUSB0"),
      "esptool --chip esp8266 -p /dev/ttyUSB0 write-flash --flash-mode qio --flash-freq 40m --flash-size 512KB" +
        " 0x0 boot_v1.6.bin 0x1000 espruino_esp8266_user1.bin 0x7c000 esp_init_data_default.bin 0x7e000 blank.bin",
    );
  });
});
