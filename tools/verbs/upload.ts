import { Command, Option } from "commander";
import { integer } from "../arguments.ts";
import type { UploadOptions } from "../upload.ts";

export function uploadCommand(): Command {
  return new Command("upload")
    .description("Put a node on a board that runs Espruino, and follow it to its first acknowledged reading.")
    .argument("[file]", "the configuration", "node.json")
    .option(
      "-p, --port <port>",
      "serial port, tcp://host:port, telnet://host, or simulated (default: the only board there is)",
    )
    .option("-b, --baud <n>", "speed of a serial port", integer(300, 4000000), 115200)
    .addOption(new Option("--only <part>", "upload one part").choices(["config", "code"]))
    .option("--dry-run", "check everything and write nothing", false)
    .option("--force", "go on although board, version or memory do not fit", false)
    .option("--detach", "end once it is started, and wait for no reading", false)
    .option("--timeout <n>", "seconds to wait for the first acknowledged reading", integer(1, 3600), 90)
    .option("--json", "print one JSON object per line", false)
    .addHelpText(
      "after",
      "\nExit codes: 2 configuration, 3 port, 4 console, 5 board, 6 writing, 7 started without a reading.",
    )
    .action(async (file: string, options: UploadOptions) => {
      const { upload } = await import("../upload.ts");
      await upload(file, options);
    });
}
