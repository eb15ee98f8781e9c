import { Command } from "commander";

export function buildCommand(): Command {
  return new Command("build")
    .description("Make the bundle that a configuration needs, and say what it costs.")
    .argument("[file]", "the configuration", "node.json")
    .option("-o, --out <file>", "where the bundle goes", "node.js")
    .option("--json", "print one JSON object", false)
    .action(async (file: string, options: { out: string; json: boolean }) => {
      const { build } = await import("../build.ts");
      await build(file, options);
    });
}
