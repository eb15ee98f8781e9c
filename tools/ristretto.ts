#!/usr/bin/env node
/** The command line: one file a verb in tools/verbs/, which loads what does the work when it is used. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { ONE_LINE } from "./arguments.ts";
import { packageRoot } from "./root.ts";
import { UserError } from "./user-error.ts";
import { flashCommand } from "./verbs/flash.ts";
import { pageCommand } from "./verbs/page.ts";
import { simulateCommand } from "./verbs/simulate.ts";

const VERBS = [
  simulateCommand, //
  flashCommand,
  pageCommand,
];

const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
  version: string;
};
const program = new Command("ristretto")
  .description("An MQTT client and sensor firmware for boards that run Espruino.")
  .version(version)
  .configureOutput(ONE_LINE);
for (const verb of VERBS) program.addCommand(verb().configureOutput(ONE_LINE));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  process.stderr.write(`${error.line}\n`);
  process.exitCode = error.exitCode;
}
