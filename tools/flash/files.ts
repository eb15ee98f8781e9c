/** Finding the images of a download by their roles, and checking that they are what their names say. */
import type { Firmware, FirmwareFile } from "./firmware.ts";
import { ImageError, readImage } from "./image.ts";
import type { Chip, Image } from "./image.ts";
import { unfit } from "./unfit.ts";

/** The one file whose name fits; throws when there is none, or several. */
export function fileFor({ files, path }: Firmware, what: string, name: RegExp): FirmwareFile {
  const found = files.filter((file) => name.test(file.name));
  if (found.length === 1) return found[0]!;
  if (found.length > 1)
    throw unfit(`${path} has several files for the ${what}: ${found.map((file) => file.name).join(", ")}.`);
  throw unfit(
    `${path} has no ${what}.`,
    "Give the whole .tgz archive of Espruino for your board, or the folder it unpacks to.",
  );
}

/** Reads an image; throws when it is damaged, or for another chip than this one. */
export function imageFor(file: FirmwareFile, chip?: Chip): Image {
  let image: Image;
  try {
    image = readImage(file.bytes);
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    throw unfit(`${file.name} is no whole image: ${error.message}.`, "Download it again.");
  }
  if (chip !== undefined && image.chip !== chip)
    throw unfit(`${file.name} is for ${image.chip}, not for ${chip}.`);
  return image;
}
