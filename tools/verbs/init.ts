import { Command, Option } from "commander";
import { hostAndPort, integer } from "../arguments.ts";
import type { NodeSensor } from "../configuration/node.ts";
import { parseSensor } from "../init/answers.ts";
import type { InitOptions } from "../init/init.ts";
import { BOARD_WORDS } from "../../boards/named.ts";

export function initCommand(): Command {
  return new Command("init")
    .description("Write a configuration: asks for what the options leave open.")
    .addOption(new Option("--board <board>", "which board").choices(BOARD_WORDS))
    .option("--ssid <name>", "Wi-Fi network")
    .addOption(new Option("--password <password>", "its password").env("RISTRETTO_WIFI_PASSWORD"))
    .option("--broker <host:port>", "MQTT broker", hostAndPort)
    .option("--username <name>", "user name there")
    .addOption(new Option("--broker-password <password>", "password there").env("RISTRETTO_PASSWORD"))
    .option(
      "--sensor <type,option=value>",
      "a sensor, such as bme280 or ds18b20,pin=D4; once for each",
      (text: string, before: NodeSensor[] | undefined) => [...(before ?? []), parseSensor(text)],
    )
    .option("--period <n>", "seconds between samples", integer(1, 86400))
    .option("--values", "also publish each value to a topic of its own")
    .option("--discovery", "let Home Assistant find the node")
    .option("--no-discovery", "do not, and do not ask")
    .option("-o, --out <file>", "where it goes", "node.json")
    .option("--force", "write it anew if it is there already", false)
    .option("-y, --yes", "ask nothing", false)
    .action(async ({ sensor, ...options }: InitOptions & { sensor?: NodeSensor[] }) => {
      const { init } = await import("../init/init.ts");
      await init({ ...options, ...(sensor ? { sensors: sensor } : {}) });
    });
}
