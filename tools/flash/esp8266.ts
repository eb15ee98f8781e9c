/**
 * Espruino's images on an ESP8266, in parts or combined: places and head as in its README_flash.txt and
 * make/family/ESP8266.make. The last 16 kB of the flash are the SDK's.
 */
import { fileFor, imageFor } from "./files.ts";
import type { Firmware, FirmwareFile } from "./firmware.ts";
import { withParameters } from "./image.ts";
import type { FlashMode } from "./image.ts";
import { KB, MB } from "./layout.ts";
import type { Layout, Wishes } from "./layout.ts";
import { unfit } from "./unfit.ts";

const BOOT = 0;
const PROGRAM = 0x1000;
/** From the flash's end: the SDK's settings, and what it keeps of Wi-Fi. */
const DEFAULTS = 0x4000;
const BLANK = 0x2000;

/** A way to share out the flash: what the head calls it, and where Espruino's Storage begins. */
interface Map {
  flashBytes: number;
  size: number;
  frequency: 40 | 80;
  programEnd: number;
}

const SMALL_END = 0x77000;
const LARGE_END = 0xcb000;

/** Builds for 512 kB, which use no more of a larger flash than its end, by the flash's size. */
const SMALL: Map[] = [
  { flashBytes: 512 * KB, size: 0, frequency: 40, programEnd: SMALL_END },
  { flashBytes: 1 * MB, size: 2, frequency: 40, programEnd: SMALL_END },
  { flashBytes: 2 * MB, size: 3, frequency: 40, programEnd: SMALL_END },
  { flashBytes: 4 * MB, size: 4, frequency: 40, programEnd: SMALL_END },
];
/** The build for 4 MB, of which each half of the first two holds a program. */
const LARGE: Map = { flashBytes: 4 * MB, size: 6, frequency: 80, programEnd: LARGE_END };

function mapFor(firmware: Firmware, program: FirmwareFile, flashBytes: number | undefined): Map {
  const isLarge = /4mb/i.test(firmware.path) || program.bytes.length > SMALL_END - PROGRAM;
  if (isLarge) return LARGE;
  return SMALL.findLast((map) => map.flashBytes <= (flashBytes ?? 0)) ?? SMALL[0]!;
}

function bootWith(boot: FirmwareFile, mode: FlashMode, { size, frequency }: Map): Buffer {
  const head = { mode, frequency: frequency === 80 ? 15 : 0, size };
  return withParameters(boot.bytes, imageFor(boot, "ESP8266"), head);
}

/** One image for the whole flash. */
function combined(file: FirmwareFile, mode: FlashMode): Layout {
  const map =
    file.bytes.length === LARGE.flashBytes
      ? LARGE
      : SMALL.find(({ flashBytes }) => flashBytes === file.bytes.length);
  if (!map)
    throw unfit(
      `${file.name} has ${file.bytes.length} bytes, which is no size of flash.`,
      "Download it again.",
    );
  imageFor({ ...file, bytes: file.bytes.subarray(PROGRAM) }, "ESP8266");
  const part = { ...file, address: BOOT, bytes: bootWith(file, mode, map) };
  return { chip: "ESP8266", parts: [part], mode, ...map, programEnd: map.flashBytes };
}

export function layoutEsp8266(firmware: Firmware, { flashBytes, mode = "qio" }: Wishes): Layout {
  const whole = firmware.files.find(({ name }) => /combined/i.test(name));
  if (whole && firmware.files.length === 1) return combined(whole, mode);
  const boot = fileFor(firmware, "boot loader (boot_v1.6.bin)", /^boot_v.*\.bin$/i);
  const program = fileFor(firmware, "Espruino (espruino_esp8266_user1.bin)", /user1\.bin$/i);
  const defaults = fileFor(firmware, "SDK settings (esp_init_data_default.bin)", /^esp_init_data.*\.bin$/i);
  const blank = fileFor(firmware, "blank.bin", /^blank\.bin$/i);
  imageFor(program, "ESP8266");
  const map = mapFor(firmware, program, flashBytes);
  return {
    chip: "ESP8266",
    parts: [
      { ...boot, address: BOOT, bytes: bootWith(boot, mode, map) },
      { ...program, address: PROGRAM },
      { ...defaults, address: map.flashBytes - DEFAULTS },
      { ...blank, address: map.flashBytes - BLANK },
    ],
    mode,
    ...map,
  };
}
