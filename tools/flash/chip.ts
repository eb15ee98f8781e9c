/**
 * A chip in its loader, through esptool-js. What that does not do here: change the head of images (its digests come out
 * wrong), reset the chip (its reset only lets go of a line it never took), or print.
 */
import { createHash } from "node:crypto";
import { ESPLoader, Transport } from "esptool-js";
import { EXIT } from "../exit-code.ts";
import { HINTS } from "../hints.ts";
import { UserError } from "../user-error.ts";
import type { Chip } from "./image.ts";
import type { Part } from "./layout.ts";
import type { Line } from "./line.ts";
import { webSerialPort } from "./web-serial.ts";

export interface ChipInfo {
  chip: Chip;
  mac: string;
  /** Bytes; undefined when its flash does not tell. */
  flashBytes: number | undefined;
}

export interface OpenChip extends ChipInfo {
  erase(): Promise<void>;
  /** Writes each part and compares its sum; `onProgress` gets the part and how much of it is done, 0…1. */
  write(parts: Part[], onProgress: (part: Part, share: number) => void): Promise<void>;
  /** Lets the chip start what is in its flash. The line stays open, at 115200 baud. */
  restart(): Promise<void>;
}

type FlashSize = Parameters<ESPLoader["flashSizeBytes"]>[0];

const ROM_BAUD = 115200;
/** Resets and questions before a chip counts as silent: some five seconds, every other reset being the longer one. */
const ATTEMPTS = 7;
const RESET_MS = 100;

const QUIET = { clean: () => undefined, write: () => undefined, writeLine: () => undefined };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const gone = (): UserError => new UserError("The port went away.", EXIT.PORT, HINTS["no port"]);

/** Writes no trace, which the original does even when tracing is off, and gives up at once when the line is gone. */
class QuietTransport extends Transport {
  override trace(): void {
    // Nobody reads it.
  }

  /** Two bytes that are no frame wherever they come: whoever waits for one fails. */
  spoil(): void {
    (this as unknown as { buffer: Uint8Array }).buffer = Uint8Array.of(0xdb, 0);
  }
}

type Explain = (reason: string) => UserError;
type Step = <Result>(work: Promise<Result>, explain: Explain) => Promise<Result>;

const silent: Explain = () => new UserError("No chip answers in its loader.", EXIT.FLASH, HINTS["no loader"]);
const failing =
  (what: string, exitCode: number): Explain =>
  (reason) =>
    new UserError(`${what}: ${reason}.`, exitCode, HINTS["write stalls"]);

/** Makes what runs each step: what esptool-js throws becomes one line with a hint, or that the line is gone. */
function stepsOn({ stream }: Line, transport: QuietTransport): Step {
  let isGone = stream.destroyed;
  const onClose = (): void => {
    isGone = true;
    transport.spoil();
  };
  stream.once("close", onClose);
  return async (work, explain) => {
    try {
      return await work;
    } catch (error) {
      if (isGone) throw gone();
      if (error instanceof UserError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw explain(reason.split("\n")[0]!.trim().replace(/\.$/, ""));
    }
  };
}

function wrongChip(name: string, expected: Chip): UserError {
  const message = `The chip is an ${name}, and the firmware is for an ${expected}.`;
  return new UserError(message, EXIT.FLASH, HINTS["wrong chip"]);
}

async function identify(loader: ESPLoader, baud: number): Promise<Omit<ChipInfo, "chip">> {
  const mac = await loader.chip.readMac(loader);
  await loader.runStub();
  if (baud !== ROM_BAUD) await loader.changeBaud();
  const size = await loader.detectFlashSize();
  return { mac, flashBytes: size === undefined ? undefined : loader.flashSizeBytes(size as FlashSize) };
}

async function writePart(loader: ESPLoader, part: Part, onProgress: (share: number) => void): Promise<void> {
  await loader.writeFlash({
    fileArray: [{ data: part.bytes, address: part.address }],
    // Heads are right already.
    flashMode: "keep",
    flashFreq: "keep",
    flashSize: "keep",
    eraseAll: false,
    compress: true,
    reportProgress: (_file, written, total) => onProgress(written / total),
    calculateMD5Hash: (bytes) => createHash("md5").update(bytes).digest("hex"),
  });
}

/** Words for what esptool-js says of a part. */
const explainWrite =
  ({ name }: Part): Explain =>
  (reason) =>
    /MD5/.test(reason)
      ? new UserError(
          `${name} reads back differently than it was written.`,
          EXIT.WRITE,
          HINTS["write stalls"],
        )
      : failing(`${name} cannot be written`, EXIT.WRITE)(reason);

/** esptool-js's own reset only lets go of a line that it never took. */
async function restart(line: Line, transport: Transport): Promise<void> {
  await transport.disconnect();
  await line.setBaudRate(ROM_BAUD);
  await line.setSignals({ dtr: false, rts: true });
  await pause(RESET_MS);
  await line.setSignals({ dtr: false, rts: false });
}

/**
 * Brings the chip into its loader and asks what it is; nothing is changed in its flash. Throws when it is not the
 * `expected` one. `fastest` is the baud rate for all that follows.
 */
export async function openChip(line: Line, expected: Chip, fastest: number): Promise<OpenChip> {
  const baud = line.hasSignals ? fastest : ROM_BAUD;
  const transport = new QuietTransport(webSerialPort(line) as unknown as SerialPort);
  const loader = new ESPLoader({ transport, baudrate: baud, romBaudrate: ROM_BAUD, terminal: QUIET });
  const step = stepsOn(line, transport);
  await step(loader.detectChip("default_reset", ATTEMPTS), silent);
  if (loader.chip.CHIP_NAME !== expected) {
    await step(restart(line, transport), silent);
    throw wrongChip(loader.chip.CHIP_NAME, expected);
  }
  const info = await step(identify(loader, baud), failing("The chip's loader fails", EXIT.FLASH));
  return {
    chip: expected,
    ...info,
    erase: () =>
      step(
        loader.eraseFlash().then(() => undefined),
        failing("The flash cannot be erased", EXIT.WRITE),
      ),
    async write(parts, onProgress) {
      for (const part of parts) {
        await step(
          writePart(loader, part, (share) => onProgress(part, share)),
          explainWrite(part),
        );
      }
    },
    restart: () => step(restart(line, transport), failing("The board cannot be restarted", EXIT.PORT)),
  };
}
