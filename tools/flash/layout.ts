/** What a layout of images in flash is. */
import type { FirmwareFile } from "./firmware.ts";
import type { Chip, FlashMode } from "./image.ts";

/** One image and its place. */
export interface Part extends FirmwareFile {
  address: number;
}

export interface Layout {
  chip: Chip;
  parts: Part[];
  mode: FlashMode;
  /** MHz. */
  frequency: 40 | 80;
  /** The flash it is laid out for, in bytes; the chip must have as much. */
  flashBytes: number;
  /** Where the program must end, because what it saves begins there. */
  programEnd: number;
}

export interface Wishes {
  /** The chip's flash in bytes; undefined while there is no chip to ask. */
  flashBytes?: number | undefined;
  /** In place of what the firmware's own instructions say. */
  mode?: FlashMode | undefined;
}

export const KB = 1024;
export const MB = 1024 * KB;
