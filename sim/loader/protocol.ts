/** The commands of a chip's loader, who knows which, and how their blocks are summed up. */
import type { Chip } from "./chips.ts";

export const OK = 0;
export const REFUSED = 1;
export const INVALID_MESSAGE = 5;
export const BAD_CHECKSUM = 7;
const CHECKSUM_SEED = 0xef;

export const COMMANDS: Record<number, string> = {
  0x02: "FLASH_BEGIN",
  0x03: "FLASH_DATA",
  0x04: "FLASH_END",
  0x05: "MEM_BEGIN",
  0x06: "MEM_END",
  0x07: "MEM_DATA",
  0x08: "SYNC",
  0x09: "WRITE_REG",
  0x0a: "READ_REG",
  0x0b: "SPI_SET_PARAMS",
  0x0d: "SPI_ATTACH",
  0x0f: "CHANGE_BAUDRATE",
  0x10: "FLASH_DEFL_BEGIN",
  0x11: "FLASH_DEFL_DATA",
  0x12: "FLASH_DEFL_END",
  0x13: "SPI_FLASH_MD5",
  0x14: "GET_SECURITY_INFO",
  0xd0: "ERASE_FLASH",
  0xd1: "ERASE_REGION",
};

/** Commands of the uploaded program alone. */
const STUB_ONLY = ["ERASE_FLASH", "ERASE_REGION"];
/** Commands that an ESP8266's ROM has not. */
const RICH_ONLY = [
  "SPI_SET_PARAMS",
  "SPI_ATTACH",
  "CHANGE_BAUDRATE",
  "FLASH_DEFL_BEGIN",
  "FLASH_DEFL_DATA",
  "FLASH_DEFL_END",
  "SPI_FLASH_MD5",
];

/** Does this chip, or the program that was uploaded to it, know the command? */
export function isKnown(chip: Chip, isStub: boolean, name: string | undefined): name is string {
  if (name === undefined) return false;
  if (name === "GET_SECURITY_INFO") return chip.chipId !== undefined;
  if (isStub) return true;
  return !STUB_ONLY.includes(name) && (chip.hasRichRom || !RICH_ONLY.includes(name));
}

const checksumOf = (data: Uint8Array): number => data.reduce((sum, byte) => sum ^ byte, CHECKSUM_SEED);

/** A block's length, number, two words of nothing, and its bytes; its checksum stands in the frame's head. */
export function blockOf(body: Buffer, checksum: number): Buffer | undefined {
  const data = body.subarray(16, 16 + body.readUInt32LE(0));
  return (checksumOf(data) & 0xff) === (checksum & 0xff) ? data : undefined;
}
