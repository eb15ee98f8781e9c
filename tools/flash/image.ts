/**
 * Program images as a chip's loader reads them: a head, segments with their load addresses, a checksum, and on newer chips
 * a digest. Layouts as in Espressif's "Firmware Image Format" of esptool's documentation.
 */
import { createHash } from "node:crypto";
import { BOARDS } from "../../boards/index.ts";

/** Chips that Espruino images here are for, as Espressif writes them. */
export type Chip = (typeof BOARDS)[keyof typeof BOARDS]["chip"]["name"];

/** A chip by its number in an image's head. */
function chipWith(id: number): Chip | undefined {
  const chips: readonly { name: Chip; id?: number }[] = Object.values(BOARDS).map(({ chip }) => chip);
  return chips.find((chip) => chip.id === id)?.name;
}

export interface Image {
  /** The chip it is for; one that is none of ours by its number. */
  chip: Chip | `chip ${number}`;
  /** Bytes of it that are checked; what follows is not part of it. */
  length: number;
  /** Where the digest of all before it stands, if there is one. */
  digestAt?: number;
}

/** Why bytes are no image, for people. */
export class ImageError extends Error {}

const MAGIC = 0xe9;
/** An ESP8266's image for a boot loader: the part that runs from flash comes first. */
const MAGIC_IROM = 0xea;
const MAX_SEGMENTS = 16;
const CHECKSUM_SEED = 0xef;
const DIGEST_LENGTH = 32;
/** An ESP32's program starts in its instruction RAM; on an ESP8266 that is elsewhere. */
const ESP8266_CODE = [0x40100000, 0x40108000] as const;

export const FLASH_MODES = ["qio", "qout", "dio", "dout"] as const;
export type FlashMode = (typeof FLASH_MODES)[number];

/** The end of a number of segments, and their sum. */
function segments(bytes: Buffer, start: number, count: number): { end: number; sum: number } {
  if (count === 0 || count > MAX_SEGMENTS) throw new ImageError(`it has ${count} segments`);
  let at = start;
  let sum = CHECKSUM_SEED;
  for (let segment = 0; segment < count; segment++) {
    if (at + 8 > bytes.length) throw new ImageError("it is cut short");
    const length = bytes.readUInt32LE(at + 4);
    at += 8;
    if (at + length > bytes.length) throw new ImageError("it is cut short");
    for (let index = at; index < at + length; index++) sum ^= bytes[index]!;
    at += length;
  }
  return { end: at, sum };
}

/** The checksum is the last byte of the row of sixteen that follows the segments. */
function checked(bytes: Buffer, start: number, count: number): number {
  const { end, sum } = segments(bytes, start, count);
  const at = end | 15;
  if (at >= bytes.length) throw new ImageError("it is cut short");
  if (bytes[at] !== sum) throw new ImageError("its checksum is wrong");
  return at + 1;
}

function readEsp8266(bytes: Buffer): Image {
  if (bytes[0] === MAGIC) return { chip: "ESP8266", length: checked(bytes, 8, bytes[1]!) };
  // What runs from flash is no segment that the checksum counts; a second head follows it.
  const { end } = segments(bytes, 8, 1);
  if (bytes[end] !== MAGIC) throw new ImageError("its second head is missing");
  return { chip: "ESP8266", length: checked(bytes, end + 8, bytes[end + 1]!) };
}

function readEsp32(bytes: Buffer): Image {
  const id = bytes.readUInt16LE(12);
  const end = checked(bytes, 24, bytes[1]!);
  const image: Image = { chip: chipWith(id) ?? `chip ${id}`, length: end };
  if (bytes[23] !== 1) return image;
  const stored = bytes.subarray(end, end + DIGEST_LENGTH);
  if (stored.length < DIGEST_LENGTH) throw new ImageError("it is cut short");
  const digest = createHash("sha256").update(bytes.subarray(0, end)).digest();
  if (!digest.equals(stored)) throw new ImageError("its digest is wrong");
  return { ...image, digestAt: end, length: end + DIGEST_LENGTH };
}

/** Reads and checks an image; throws an ImageError that says what is wrong with it. */
export function readImage(bytes: Buffer): Image {
  if (bytes.length < 24) throw new ImageError("it is cut short");
  if (bytes[0] !== MAGIC && bytes[0] !== MAGIC_IROM) {
    throw new ImageError(`it begins with 0x${bytes[0]!.toString(16).padStart(2, "0")} instead of 0xe9`);
  }
  const entry = bytes.readUInt32LE(4);
  const isEsp8266 = bytes[0] === MAGIC_IROM || (entry >= ESP8266_CODE[0] && entry < ESP8266_CODE[1]);
  return isEsp8266 ? readEsp8266(bytes) : readEsp32(bytes);
}

/** What a boot loader's head says of the flash it lies in. */
export interface FlashParameters {
  mode: FlashMode;
  /** The lower half of the byte: 0 is 40 MHz, 15 is 80 MHz. */
  frequency: number;
  /** The upper half of the byte, by the chip's table. */
  size: number;
}

/** A copy of a boot loader with these parameters in its head, and its digest to match. */
export function withParameters(bytes: Buffer, image: Image, parameters: FlashParameters): Buffer {
  const changed = Buffer.from(bytes);
  changed[2] = FLASH_MODES.indexOf(parameters.mode);
  changed[3] = (parameters.size << 4) | parameters.frequency;
  if (image.digestAt !== undefined) {
    const digest = createHash("sha256").update(changed.subarray(0, image.digestAt)).digest();
    digest.copy(changed, image.digestAt);
  }
  return changed;
}
