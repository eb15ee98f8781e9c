import { Command } from "commander";

export function checkCommand(): Command {
  return new Command("check")
    .description("Check a configuration: mistakes by path, and what will not work on its board.")
    .argument("[file]", "the configuration", "node.json")
    .option("--json", "print one JSON object", false)
    .option("--schema", "print the JSON schema instead", false)
    .action(async (file: string, options: { json: boolean; schema: boolean }) => {
      const { check, printSchema } = await import("../check.ts");
      if (options.schema) printSchema();
      else process.exitCode = check(file, options.json);
    });
}
