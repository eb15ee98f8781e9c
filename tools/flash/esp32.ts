/** Espruino's images on a chip of the ESP32 family: places as in its README_flash files, and a partition table that says the rest. */
import { BOARDS } from "../../boards/index.ts";
import type { BoardWord } from "../../boards/named.ts";
import { fileFor, imageFor } from "./files.ts";
import type { Firmware, FirmwareFile } from "./firmware.ts";
import { withParameters } from "./image.ts";
import { MB } from "./layout.ts";
import type { Layout, Wishes } from "./layout.ts";
import { readPartitions } from "./partitions.ts";
import { unfit } from "./unfit.ts";

const PARTITIONS = 0x8000;
const PROGRAM = 0x10000;

/** What the boot loader's head calls sizes of flash, in MB. */
const SIZES: Readonly<Record<number, number>> = { 1: 0, 2: 1, 4: 2, 8: 3, 16: 4 };

/** A size that the head has a word for: what is larger is used as 16 MB. */
const namedSize = (bytes: number): number => Math.min(bytes, 16 * MB);

/** The chip that a boot loader is for. */
function chipOf(bootloader: FirmwareFile): (typeof BOARDS)[BoardWord]["chip"] {
  const { chip } = imageFor(bootloader);
  const board = Object.values(BOARDS).find((one) => one.family === "ESP32" && one.chip.name === chip);
  if (!board) throw unfit(`${bootloader.name} is for ${chip}, for which there is no Espruino here.`);
  return board.chip;
}

export function layoutEsp32(firmware: Firmware, { flashBytes, mode = "dio" }: Wishes): Layout {
  const bootloader = fileFor(firmware, "boot loader (bootloader.bin)", /^bootloader.*\.bin$/i);
  const table = fileFor(firmware, "partition table (partitions_espruino.bin)", /^partition.*\.bin$/i);
  const program = fileFor(firmware, "Espruino (espruino_esp32.bin)", /^espruino.*\.bin$/i);
  const { name: chip, bootloader: place, frequency } = chipOf(bootloader);
  const image = imageFor(bootloader, chip);
  imageFor(program, chip);
  const partitions = readPartitions(table.bytes);
  if (!partitions) throw unfit(`${table.name} is no whole partition table.`, "Download it again.");
  const room = partitions.find(({ type, offset }) => type === "app" && offset === PROGRAM);
  if (!room) throw unfit(`${table.name} has no place for a program at 0x10000.`);
  const needed = Math.max(...partitions.map(({ offset, size }) => offset + size));
  const rounded = 2 ** Math.ceil(Math.log2(needed));
  const size = namedSize(flashBytes ?? rounded);
  const head = { mode, frequency: frequency === 80 ? 15 : 0, size: SIZES[size / MB] ?? 2 };
  return {
    chip,
    parts: [
      { ...bootloader, address: place, bytes: withParameters(bootloader.bytes, image, head) },
      { ...table, address: PARTITIONS },
      { ...program, address: PROGRAM },
    ],
    mode,
    frequency,
    flashBytes: rounded,
    programEnd: PROGRAM + room.size,
  };
}
