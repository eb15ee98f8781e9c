import { Command } from "commander";

export function portsCommand(): Command {
  return new Command("ports")
    .description("List the serial ports, those that may be boards first.")
    .option("--json", "print one JSON object per line", false)
    .action(async ({ json }: { json: boolean }) => {
      const { ports } = await import("../ports.ts");
      await ports(json);
    });
}
