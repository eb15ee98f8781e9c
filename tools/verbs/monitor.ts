import { Command } from "commander";
import { integer } from "../arguments.ts";
import type { MonitorOptions } from "../monitor.ts";

export function monitorCommand(): Command {
  return new Command("monitor")
    .description("Show the console of a board, a time before each line; what is typed goes to it.")
    .option(
      "-p, --port <port>",
      "serial port, tcp://host:port or telnet://host (default: the only board there is)",
    )
    .option("-b, --baud <n>", "speed of a serial port", integer(300, 4000000), 115200)
    .option("--log <file>", "append to this file, too")
    .option("--seconds <n>", "end after n seconds", integer(1, 86400 * 365))
    .option("--json", "print one JSON object per line", false)
    .addHelpText("after", "\nCtrl-C ends it. A line typed is run by the board without echo.")
    .action(async (options: MonitorOptions) => {
      const { monitor } = await import("../monitor.ts");
      await monitor(options);
    });
}
