import { Command, Option } from "commander";
import { hostAndPort, integer } from "../arguments.ts";
import type { SendOptions } from "../send/send.ts";

export function sendCommand(): Command {
  return new Command("send")
    .description("Send a command to nodes through their brokers, signed where they have a key.")
    .argument("<words...>", "configurations (default: node.json), then read, restart, or period 30")
    .option("--broker <host:port>", "broker in place of the configuration's", hostAndPort)
    .option("--username <name>", "user name there")
    .addOption(new Option("--password <password>", "password there").env("RISTRETTO_PASSWORD"))
    .option("--base <topic>", "what the node's topics begin with, where the configuration has no base")
    .option("--timeout <n>", "seconds that a node has to answer", integer(1, 3600), 10)
    .option("--parallel <n>", "nodes at the same time", integer(1, 256), 16)
    .option("--json", "print one JSON object per line", false)
    .addHelpText(
      "after",
      "\nExit codes: 2 configuration, 9 broker, 10 node offline, silent or refusing; the highest.",
    )
    .action(async (words: string[], options: SendOptions) => {
      const { send } = await import("../send/send.ts");
      process.exitCode = await send(words, options);
    });
}
