/** Espruino's images on an ESP32: places as in its README_flash.txt, and a partition table that says the rest. */
import { fileFor, imageFor } from "./files.ts";
import type { Firmware } from "./firmware.ts";
import { withParameters } from "./image.ts";
import { MB } from "./layout.ts";
import type { Layout, Wishes } from "./layout.ts";
import { readPartitions } from "./partitions.ts";
import { unfit } from "./unfit.ts";

const BOOTLOADER = 0x1000;
const PARTITIONS = 0x8000;
const PROGRAM = 0x10000;

/** What the boot loader's head calls sizes of flash, in MB. */
const SIZES: Readonly<Record<number, number>> = { 1: 0, 2: 1, 4: 2, 8: 3, 16: 4 };

/** A size that the head has a word for: what is larger is used as 16 MB. */
const namedSize = (bytes: number): number => Math.min(bytes, 16 * MB);

export function layoutEsp32(firmware: Firmware, { flashBytes, mode = "dio" }: Wishes): Layout {
  const bootloader = fileFor(firmware, "boot loader (bootloader.bin)", /^bootloader.*\.bin$/i);
  const table = fileFor(firmware, "partition table (partitions_espruino.bin)", /^partition.*\.bin$/i);
  const program = fileFor(firmware, "Espruino (espruino_esp32.bin)", /^espruino.*\.bin$/i);
  const image = imageFor(bootloader, "ESP32");
  imageFor(program, "ESP32");
  const partitions = readPartitions(table.bytes);
  if (!partitions) throw unfit(`${table.name} is no whole partition table.`, "Download it again.");
  const place = partitions.find(({ type, offset }) => type === "app" && offset === PROGRAM);
  if (!place) throw unfit(`${table.name} has no place for a program at 0x10000.`);
  const needed = Math.max(...partitions.map(({ offset, size }) => offset + size));
  const rounded = 2 ** Math.ceil(Math.log2(needed));
  const size = namedSize(flashBytes ?? rounded);
  const head = { mode, frequency: 0, size: SIZES[size / MB] ?? 2 };
  return {
    parts: [
      { ...bootloader, address: BOOTLOADER, bytes: withParameters(bootloader.bytes, image, head) },
      { ...table, address: PARTITIONS },
      { ...program, address: PROGRAM },
    ],
    mode,
    frequency: 40,
    flashBytes: rounded,
    programEnd: PROGRAM + place.size,
  };
}
