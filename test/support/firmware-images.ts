/** Firmware as a user downloads it, made small: the right heads, sums and tables around bytes that are nothing. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTarGzip } from "nanotar";

export interface Segment {
  address: number;
  data: Buffer;
}

export type Files = Record<string, Buffer>;

/** Bytes that compress badly, the same for the same `seed`. */
export function noise(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32LE(value >>> 0, index * 4));
  return bytes;
}

/** Segments, and the checksum at the end of a row of sixteen. */
function body(head: Buffer, segments: Segment[]): Buffer {
  const parts = [head];
  let sum = 0xef;
  for (const { address, data } of segments) {
    parts.push(words(address, data.length), data);
    for (const byte of data) sum ^= byte;
  }
  const unpadded = Buffer.concat(parts);
  const whole = Buffer.alloc((unpadded.length | 15) + 1);
  unpadded.copy(whole);
  whole[whole.length - 1] = sum;
  return whole;
}

/** An image of the ESP32 family; `chipId` 0 is the ESP32 itself. */
export function esp32Image(size: number, { chipId = 0, digest = true, seed = 1 } = {}): Buffer {
  const head = Buffer.alloc(24);
  head.set([0xe9, 2, 2, 0x20]);
  head.writeUInt32LE(0x40080400, 4);
  head[8] = 0xee;
  head.writeUInt16LE(chipId, 12);
  head[23] = digest ? 1 : 0;
  const whole = body(head, [
    { address: 0x3ffb0000, data: noise(64, seed) },
    { address: 0x40080400, data: noise(size, seed + 1) },
  ]);
  return digest ? Buffer.concat([whole, createHash("sha256").update(whole).digest()]) : whole;
}

/** An ESP8266's boot loader. */
export function esp8266Image(size: number, seed = 1): Buffer {
  const head = Buffer.from([0xe9, 1, 0, 0, 0, 0, 0, 0]);
  head.writeUInt32LE(0x40100004, 4);
  return body(head, [{ address: 0x40100000, data: noise(size, seed) }]);
}

/** What runs under that boot loader: a part that stays in flash, and then an image like the one above. */
export function esp8266Program(size: number, seed = 1): Buffer {
  const rom = noise(size, seed);
  const first = Buffer.concat([Buffer.from([0xea, 4, 0, 0]), words(0x40100004, 0, rom.length), rom]);
  const head = Buffer.from([0xe9, 1, 0, 0x6f, 0, 0, 0, 0]);
  head.writeUInt32LE(0x40100004, 4);
  // The checksum's row is counted from the file's beginning.
  const before = first.length;
  const second = body(Buffer.concat([Buffer.alloc(before % 16), head]), [
    { address: 0x40100000, data: noise(256, seed + 1) },
  ]).subarray(before % 16);
  return Buffer.concat([first, second, words(0)]);
}

function partition(name: string, type: number, offset: number, size: number): Buffer {
  const entry = Buffer.alloc(32);
  entry.set([0xaa, 0x50, type, 0]);
  entry.writeUInt32LE(offset, 4);
  entry.writeUInt32LE(size, 8);
  entry.write(name, 12, "latin1");
  return entry;
}

/** Espruino's table for an ESP32 with 4 MB, its sum behind it as newer tools write it. */
export function partitionTable({ programSize = 0x180000, storageEnd = 0x400000 } = {}): Buffer {
  const entries = Buffer.concat([
    partition("nvs", 1, 0x9000, 0x3000),
    partition("factory", 0, 0x10000, programSize),
    partition("storage", 1, 0x320000, storageEnd - 0x320000),
  ]);
  const sum = Buffer.alloc(32, 0xff);
  sum.set([0xeb, 0xeb]);
  createHash("md5").update(entries).digest().copy(sum, 16);
  const table = Buffer.alloc(0xc00, 0xff);
  Buffer.concat([entries, sum]).copy(table);
  return table;
}

export const esp32Files = (size = 50000): Files => ({
  "bootloader.bin": esp32Image(4000),
  "partitions_espruino.bin": partitionTable(),
  "espruino_esp32.bin": esp32Image(size, { seed: 7 }),
});

/** The same for an ESP32-C3 (5) and -S3 (9), under the names that ESP-IDF 4 and 5 give. */
export const newerFiles = (chipId: 5 | 9, size = 50000): Files => ({
  "bootloader.bin": esp32Image(4000, { chipId }),
  "partition-table.bin": partitionTable({ programSize: 0x1f4000 }),
  [`espruino-esp32${chipId === 5 ? "c3" : "s3"}.bin`]: esp32Image(size, { chipId, seed: 7 }),
});

export const esp8266Files = (size = 50000): Files => ({
  "boot_v1.6.bin": esp8266Image(2000),
  "espruino_esp8266_user1.bin": esp8266Program(size, 3),
  "espruino_esp8266_user2.bin": esp8266Program(size, 5),
  "esp_init_data_default.bin": noise(128, 9),
  "blank.bin": Buffer.alloc(4096, 0xff),
});

/** A folder of its own for a test's downloads. */
export interface Downloads {
  /** A .tgz with the files in a folder, as Espruino packs them. */
  archive(name: string, files: Files): Promise<string>;
  folder(files: Files): string;
  file(name: string, bytes: Buffer): string;
  remove(): void;
}

export function createDownloads(): Downloads {
  const root = mkdtempSync(join(tmpdir(), "ristretto-firmware-"));
  const file = (name: string, bytes: Buffer): string => {
    const path = join(root, name);
    writeFileSync(path, bytes);
    return path;
  };
  return {
    file,
    async archive(name, files) {
      const entries = Object.entries(files).map(([file, data]) => ({ name: `espruino/${file}`, data }));
      return file(
        name,
        Buffer.from(
          await createTarGzip([...entries, { name: "espruino/README_flash.txt", data: "How to flash" }]),
        ),
      );
    },
    folder(files) {
      const path = mkdtempSync(join(root, "folder-"));
      for (const [name, bytes] of Object.entries(files)) writeFileSync(join(path, name), bytes);
      return path;
    },
    remove() {
      rmSync(root, { recursive: true, force: true });
    },
  };
}
