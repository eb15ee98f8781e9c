#!/usr/bin/env node
/** The command line. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { BOARDS } from "./firmware.ts";
import { packageRoot } from "./root.ts";
import { simulate } from "./simulate.ts";
import type { SimulateOptions } from "./simulate.ts";
import { UserError } from "./user-error.ts";

/** A parser for whole numbers from `from` to `to`. */
function integer(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < from || value > to) {
      throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}.`);
    }
    return value;
  };
}

function hostAndPort(text: string): { host: string; port?: number } {
  const match = /^(?:mqtt:\/\/)?([^:/\s]+)(?::(\d+))?$/.exec(text);
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (!match?.[1] || (port !== undefined && (port < 1 || port > 65535)))
    throw new InvalidArgumentError("It must be host or host:port.");
  return { host: match[1], ...(port === undefined ? {} : { port }) };
}

/** Commander puts its suggestion on a line of its own. */
const ONE_LINE = {
  outputError: (text: string, write: (text: string) => void): void => {
    write(`${text.trim().replace(/\s*\n\s*/g, " ")}\n`);
  },
};

function simulateCommand(): Command {
  return new Command("simulate")
    .configureOutput(ONE_LINE)
    .description("Run the firmware on a simulated board, with a broker, and watch it live.")
    .addOption(new Option("--board <board>", "which board").choices(BOARDS).default("esp32"))
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
    .option("--seed <n>", "seed of the weather and of all other chance", integer(0, 2 ** 31), 1)
    .option("--json", "print one JSON object per line", false)
    .addHelpText(
      "after",
      "\nKeys: p pull the plug, w Wi-Fi off/on, b broker off/on, s break/mend the first sensor, q quit.",
    )
    .action(async (options: SimulateOptions) => {
      process.exitCode = await simulate(options);
    });
}

const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
  version: string;
};
const program = new Command("ristretto")
  .description("An MQTT client and sensor firmware for boards that run Espruino.")
  .version(version)
  .configureOutput(ONE_LINE)
  .addCommand(simulateCommand());

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
