/** What a user downloaded to put on a board: an archive, a folder, or a single image. */
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { parseTarGzip } from "nanotar";
import { EXIT } from "../exit-code.ts";
import { reasonOf } from "../system-error.ts";
import { UserError } from "../user-error.ts";

export interface FirmwareFile {
  /** Without its folder. */
  name: string;
  bytes: Buffer;
  /** The SHA-256 of its bytes, in hexadecimal digits. */
  sha256: string;
}

export interface Firmware {
  path: string;
  /** The SHA-256 of the archive or image as downloaded; a folder has none. */
  sha256?: string;
  files: FirmwareFile[];
}

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

function fileOf(name: string, bytes: Buffer): FirmwareFile {
  return { name: basename(name), bytes, sha256: sha256(bytes) };
}

function unusable(path: string, why: string, hint?: string): UserError {
  return new UserError(`The firmware ${path} cannot be used: ${why}.`, EXIT.FLASH, hint);
}

async function unpack(path: string, bytes: Buffer): Promise<FirmwareFile[]> {
  try {
    const entries = await parseTarGzip(bytes);
    return entries
      .filter(({ name, data }) => name.endsWith(".bin") && data !== undefined)
      .map(({ name, data }) => fileOf(name, Buffer.from(data!)));
  } catch {
    throw unusable(path, "it is no whole .tgz archive", "Download it again.");
  }
}

const GZIP = 0x1f8b;

/** Reads it; `path` is a .tgz archive, a folder with its files, or a .bin. */
export async function readFirmware(path: string): Promise<Firmware> {
  let bytes: Buffer;
  try {
    if (statSync(path).isDirectory()) {
      const names = readdirSync(path).filter((name) => name.endsWith(".bin"));
      return { path, files: names.map((name) => fileOf(name, readFileSync(join(path, name)))) };
    }
    bytes = readFileSync(path);
  } catch (error) {
    throw unusable(
      path,
      reasonOf(error),
      "Download Espruino for your board from https://www.espruino.com/Download.",
    );
  }
  const isArchive = bytes.length > 2 && bytes.readUInt16BE(0) === GZIP;
  const files = isArchive ? await unpack(path, bytes) : [fileOf(path, bytes)];
  return { path, sha256: sha256(bytes), files };
}

/** Throws unless the download, or one of its images, has this SHA-256. */
export function requireChecksum({ path, sha256: whole, files }: Firmware, wanted: string): void {
  const sums = [...(whole === undefined ? [] : [whole]), ...files.map((file) => file.sha256)];
  if (sums.includes(wanted.toLowerCase())) return;
  throw unusable(path, `its SHA-256 is ${whole ?? sums.join(", ")}, not ${wanted}`, "Download it again.");
}
