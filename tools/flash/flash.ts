/** Puts Espruino on a chip: reads and checks everything first, erases and writes then. */
import { EXIT } from "../exit-code.ts";
import { HINTS } from "../hints.ts";
import { UserError } from "../user-error.ts";
import { openChip } from "./chip.ts";
import type { OpenChip } from "./chip.ts";
import type { FlashEvent } from "./events.ts";
import { readFirmware, requireChecksum } from "./firmware.ts";
import type { Firmware } from "./firmware.ts";
import type { Chip, FlashMode } from "./image.ts";
import type { Line } from "./line.ts";
import { esptoolCommand, planFlash, sizeText } from "./plan.ts";
import type { Plan } from "./plan.ts";

export interface FlashOptions {
  /** Of an archive, a folder or a combined image. */
  firmware: string;
  /** The SHA-256 that the download, or one image of it, must have. */
  sha256?: string | undefined;
  flashMode?: FlashMode | undefined;
  /** In bytes, for a flash that does not tell its size. */
  flashBytes?: number | undefined;
  baud: number;
  /** Leaves what the firmware does not overwrite, and so what is in Storage. */
  keepStorage: boolean;
  /** The chip that the configuration to follow is for. */
  chip?: Chip | undefined;
  /** Says what would be done, and changes nothing. */
  dryRun: boolean;
}

export interface FlashWays {
  emit: (event: FlashEvent) => void;
  /** Opens the line to the board; undefined where a dry run names no port. */
  open?: (() => Promise<Line>) | undefined;
  /** The port's name, for the command line that a dry run shows. */
  port: string;
  /** Asks before the first byte is changed; false ends it. */
  confirm: (question: string) => Promise<boolean>;
}

function told({ path, sha256 }: Firmware, { chip, mode, frequency, parts }: Plan): FlashEvent {
  return {
    event: "firmware",
    chip,
    path,
    ...(sha256 === undefined ? {} : { sha256 }),
    mode,
    frequency,
    parts: parts.map(({ name, address, bytes, sha256: sum }) => ({
      name,
      address,
      bytes: bytes.length,
      sha256: sum,
    })),
  };
}

function flashBytesOf(chip: OpenChip, given: number | undefined): number {
  const bytes = given ?? chip.flashBytes;
  if (bytes !== undefined) return bytes;
  throw new UserError(
    "The chip does not tell how much flash it has.",
    EXIT.FLASH,
    "Look it up for your board and say it with --flash-size.",
  );
}

async function write(
  chip: OpenChip,
  plan: Plan,
  options: FlashOptions,
  emit: FlashWays["emit"],
): Promise<void> {
  if (!options.keepStorage) {
    emit({ event: "erase" });
    await chip.erase();
  }
  await chip.write(plan.parts, ({ name, bytes }, share) => {
    emit({ event: "progress", name, done: Math.round(share * bytes.length), total: bytes.length });
  });
  emit({ event: "written", bytes: plan.parts.reduce((sum, { bytes }) => sum + bytes.length, 0) });
  await chip.restart();
}

/** All that is checked on the chip itself; undefined when nothing shall be written. */
async function settle(
  chip: OpenChip,
  firmware: Firmware,
  options: FlashOptions,
  ways: FlashWays,
): Promise<Plan | undefined> {
  const flashBytes = flashBytesOf(chip, options.flashBytes);
  ways.emit({ event: "chip", chip: chip.chip, mac: chip.mac, flashBytes });
  const plan = planFlash(firmware, { mode: options.flashMode, flashBytes });
  if (options.dryRun) {
    ways.emit({ event: "dry-run", command: esptoolCommand(plan, ways.port) });
    return undefined;
  }
  const what = options.keepStorage ? "Write Espruino to" : "Erase all of, and write Espruino to,";
  const isAgreed = await ways.confirm(`${what} the ${sizeText(flashBytes)} of the ${chip.chip} ${chip.mac}?`);
  if (isAgreed) return plan;
  ways.emit({ event: "declined" });
  return undefined;
}

async function flashOver(
  line: Line,
  wanted: Plan,
  firmware: Firmware,
  options: FlashOptions,
  ways: FlashWays,
): Promise<boolean> {
  const chip = await openChip(line, wanted.chip, options.baud);
  let plan: Plan | undefined;
  try {
    plan = await settle(chip, firmware, options, ways);
  } finally {
    // A board that keeps what it has goes on with it.
    if (!plan) await chip.restart();
  }
  if (!plan) return false;
  await write(chip, plan, options, ways.emit);
  ways.emit({ event: "restart", byHand: !line.hasSignals });
  return true;
}

/**
 * Flashes a board, or says what would be done; true when it was written and runs. Throws a UserError when the firmware,
 * the port or the chip is not as it must be; until then nothing was erased, unless it is of code EXIT.WRITE.
 */
export async function flash(options: FlashOptions, ways: FlashWays): Promise<boolean> {
  const firmware = await readFirmware(options.firmware);
  if (options.sha256 !== undefined) requireChecksum(firmware, options.sha256);
  const plan = planFlash(firmware, { mode: options.flashMode, flashBytes: options.flashBytes });
  if (options.chip !== undefined && options.chip !== plan.chip) {
    throw new UserError(
      `The configuration is for an ${options.chip}, and the firmware for an ${plan.chip}.`,
      EXIT.FLASH,
      HINTS["wrong chip"],
    );
  }
  ways.emit(told(firmware, plan));
  if (!ways.open) {
    ways.emit({ event: "dry-run", command: esptoolCommand(plan, ways.port) });
    return false;
  }
  const line = await ways.open();
  try {
    return await flashOver(line, plan, firmware, options, ways);
  } finally {
    await line.close();
  }
}
