#!/usr/bin/env node
/** The command line: one file a verb in tools/verbs/, which loads what does the work when it is used. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { ONE_LINE, PLAIN_HELP } from "./arguments.ts";
import { packageRoot } from "./root.ts";
import { guardStreams } from "./streams.ts";
import { UserError } from "./user-error.ts";
import { buildCommand } from "./verbs/build.ts";
import { checkCommand } from "./verbs/check.ts";
import { flashCommand } from "./verbs/flash.ts";
import { initCommand } from "./verbs/init.ts";
import { monitorCommand } from "./verbs/monitor.ts";
import { pageCommand } from "./verbs/page.ts";
import { portsCommand } from "./verbs/ports.ts";
import { sendCommand } from "./verbs/send.ts";
import { simulateCommand } from "./verbs/simulate.ts";
import { uploadCommand } from "./verbs/upload.ts";

guardStreams();

const VERBS = [
  initCommand,
  checkCommand,
  buildCommand,
  flashCommand,
  uploadCommand,
  monitorCommand,
  sendCommand,
  simulateCommand,
  pageCommand,
  portsCommand,
];

const { version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
  version: string;
};
const program = new Command("ristretto")
  .description("An MQTT client and sensor firmware for boards that run Espruino.")
  .version(version)
  .configureOutput(ONE_LINE)
  .configureHelp(PLAIN_HELP);
for (const verb of VERBS) program.addCommand(verb().configureOutput(ONE_LINE).configureHelp(PLAIN_HELP));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  const { message, hint, exitCode } = error;
  if (process.argv.includes("--json")) {
    process.stdout.write(`${JSON.stringify({ event: "error", message, hint, exitCode })}\n`);
  }
  process.stderr.write(`${error.line}\n`);
  process.exitCode = error.exitCode;
}
