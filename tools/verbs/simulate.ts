import { Command, Option } from "commander";
import { hostAndPort, integer } from "../arguments.ts";
import { BOARD_WORDS } from "../../boards/named.ts";
import type { SimulateOptions } from "../simulate.ts";

export function simulateCommand(): Command {
  return new Command("simulate")
    .description("Run the firmware on a simulated board, with a broker, and watch it live.")
    .argument("[file]", "a node.json, of which board, sensors and what concerns them are taken")
    .addOption(
      new Option("--board <board>", "which board (default: the file's, or esp32)").choices(BOARD_WORDS),
    )
    .option(
      "--config <file>",
      "sensors and broker.tls by a file for config.json, such as examples/ds18b20.json",
    )
    .option("--broker <host:port>", "use a broker that runs already instead of starting one", hostAndPort)
    .option("--username <name>", "user name for that broker")
    .addOption(new Option("--password <password>", "password for that broker").env("RISTRETTO_PASSWORD"))
    .option(
      "--port <port>",
      "port for the broker that is started (default: 1883, with TLS 8883, or the next free one)",
      integer(0, 65535),
    )
    .option(
      "--seconds <n>",
      "end after n seconds; fails unless readings of every sensor arrived and were acknowledged",
      integer(1, 86400),
    )
    .option("--period <n>", "seconds between samples", integer(1, 86400), 5)
    .option(
      "--keepalive <n>",
      "keep alive of the board in seconds; its will comes after 1.5 times that",
      integer(1, 65535),
      4,
    )
    .option(
      "--console <port>",
      "serve the board's console on this TCP port of 127.0.0.1, 0 for a free one: upload and monitor take it",
      integer(0, 65535),
    )
    .option("--empty", "begin with a board that has Espruino on it and nothing else", false)
    .option("--seed <n>", "seed of the weather and of all other chance", integer(0, 2 ** 31), 1)
    .option("--json", "print one JSON object per line", false)
    .addHelpText(
      "after",
      "\nKeys: p pull the plug, w Wi-Fi off/on, b broker off/on, s break/mend the first sensor, q quit.",
    )
    .action(async (file: string | undefined, options: SimulateOptions) => {
      const { simulate } = await import("../simulate.ts");
      process.exitCode = await simulate({ ...options, ...(file === undefined ? {} : { file }) });
    });
}
