import { Command, InvalidArgumentError, Option } from "commander";
import { integer } from "../arguments.ts";
import type { FlashOptions } from "../flash/flash.ts";
import { FLASH_MODES } from "../flash/image.ts";
import { UserError } from "../user-error.ts";

type Options = Omit<FlashOptions, "flashBytes" | "chip"> & {
  port?: string;
  flashSize?: number;
  yes: boolean;
  json: boolean;
};

function sizeInBytes(text: string): number {
  const [, number, unit] = /^(\d+)(KB|MB)$/i.exec(text) ?? [];
  const bytes = Number(number) * (unit?.toUpperCase() === "MB" ? 0x100000 : 1024);
  if (number === undefined || !Number.isInteger(Math.log2(bytes)))
    throw new InvalidArgumentError("It must be a size such as 512KB or 4MB.");
  return bytes;
}

function checksum(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError("It must be 64 hexadecimal digits.");
  return text;
}

/** Asks on the terminal; where nobody can answer, only `--yes` is a yes. */
async function ask(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    throw new UserError("Nothing was erased: nobody is there to be asked.", 1, "Say --yes to go ahead.");
  }
  const { confirm } = await import("@clack/prompts");
  // Whoever cancels gets a symbol.
  return (await confirm({ message: question, initialValue: false })) === true;
}

async function run(file: string | undefined, options: Options): Promise<void> {
  const { port, json, yes, flashSize, dryRun } = options;
  if (port === undefined && !dryRun) {
    throw new UserError(
      "Which board? Name its port with --port.",
      1,
      "ristretto ports lists what is plugged in.",
    );
  }
  const { flashAndUpload } = await import("../flash/run.ts");
  await flashAndUpload(
    file,
    { ...options, flashBytes: flashSize },
    port,
    json,
    yes ? () => Promise.resolve(true) : ask,
  );
}

export function flashCommand(): Command {
  return new Command("flash")
    .description("Put Espruino itself on a board, from firmware you downloaded.")
    .argument("[file]", "a configuration to upload then, such as node.json")
    .requiredOption("--firmware <path>", "the .tgz archive, the folder it unpacks to, or a combined .bin")
    .option("-p, --port <port>", "serial port, or tcp://host:port of one that is in its loader already")
    .option("--sha256 <sum>", "what the download, or an image in it, must sum up to", checksum)
    .addOption(
      new Option(
        "--flash-mode <mode>",
        "in place of the firmware's own; try dio or dout when it does not start",
      ).choices(FLASH_MODES),
    )
    .option("--flash-size <size>", "for a flash that does not tell its own, such as 4MB", sizeInBytes)
    .option("-b, --baud <rate>", "while writing; 115200 where it fails", integer(9600, 2000000), 460800)
    .option("--keep-storage", "write without erasing the rest, and so what is saved on the board", false)
    .option("--yes", "erase and write without asking", false)
    .option("--dry-run", "check firmware, and chip when there is a port, and change nothing", false)
    .option("--json", "print one JSON object per line", false)
    .addHelpText(
      "after",
      "\nExit codes: 3 port, 8 firmware or chip, 6 erasing and writing; then those of upload.",
    )
    .action(run);
}
