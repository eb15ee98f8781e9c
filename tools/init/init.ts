/** `ristretto init`: writes a configuration, its secrets apart from it, and keeps these out of git from the start. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { checkNode, secretsPath } from "../configuration/node-file.ts";
import { EXIT } from "../exit-code.ts";
import { good, warning } from "../output.ts";
import { packageRoot } from "../root.ts";
import { writeReasonOf } from "../system-error.ts";
import { UserError } from "../user-error.ts";
import { complete } from "./answers.ts";
import type { Answers } from "./answers.ts";
import { ask } from "./ask.ts";
import type { Terminal } from "./ask.ts";

export interface InitOptions extends Answers {
  out: string;
  yes: boolean;
  force: boolean;
  period?: number;
  values?: boolean;
}

const SCHEMA_FILE = "node.schema.json";
const IGNORED = "*.secrets.json";

/** Where editors find the schema: beside an installed package, else where it is published. */
function schemaFor(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8")) as {
    name: string;
    version: string;
  };
  const local = `node_modules/${name}/${SCHEMA_FILE}`;
  return existsSync(join(folder, local))
    ? `./${local}`
    : `https://unpkg.com/${name}@${version}/${SCHEMA_FILE}`;
}

function configFrom(answers: ReturnType<typeof complete>, { period, values, out }: InitOptions): object {
  const { host, port } = answers.broker;
  return {
    $schema: schemaFor(dirname(out)),
    board: answers.board,
    wifi: { ssid: answers.ssid },
    broker: {
      host,
      ...(port === undefined || port === 1883 ? {} : { port }),
      ...(answers.username ? { username: answers.username } : {}),
    },
    ...(period === undefined ? {} : { period }),
    ...(values ? { values } : {}),
    sensors: answers.sensors,
    ...(answers.discovery ? { discovery: true } : {}),
  };
}

function secretsFrom({ password, brokerPassword }: Answers): object {
  return {
    ...(password ? { wifi: { password } } : {}),
    ...(brokerPassword ? { broker: { password: brokerPassword } } : {}),
  };
}

/** Adds the secrets to .gitignore, unless it has them. */
function ignoreSecrets(folder: string): void {
  const file = join(folder, ".gitignore");
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (text.split(/\r?\n/).some((line) => line.trim() === IGNORED)) return;
  appendFileSync(file, `${text && !text.endsWith("\n") ? "\n" : ""}${IGNORED}\n`);
}

export async function init(options: InitOptions, terminal?: Terminal): Promise<void> {
  const { out, yes, force } = options;
  const secrets = secretsPath(out);
  const existing = [out, secrets].find((file) => existsSync(file));
  if (existing !== undefined && !force)
    throw new UserError(
      `${existing} is there already.`,
      EXIT.CONFIGURATION,
      "Choose another --out, or --force to write it anew.",
    );
  if (!yes && !terminal && !process.stdin.isTTY)
    throw new UserError("There is no terminal to ask at.", 1, "Give everything by options, with --yes.");
  const answers = complete(yes ? options : await ask(options, terminal));
  const config = configFrom(answers, options);
  const apart = secretsFrom(answers);
  const { mistakes, warnings } = checkNode({
    ...config,
    wifi: { ssid: answers.ssid, ...(answers.password ? { password: answers.password } : {}) },
  });
  if (mistakes.length)
    throw new UserError(`This configuration could not be used: ${mistakes.join("; ")}.`, EXIT.CONFIGURATION);
  try {
    mkdirSync(dirname(out), { recursive: true });
    // First, so that there is no moment in which git would take them.
    ignoreSecrets(dirname(out));
    writeFileSync(secrets, `${JSON.stringify(apart, null, 2)}\n`, { mode: 0o600 });
    writeFileSync(out, `${JSON.stringify(config, null, 2)}\n`);
  } catch (error) {
    throw new UserError(`${out} cannot be written: ${writeReasonOf(error)}.`, EXIT.CONFIGURATION);
  }
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const place = `${basename(secrets)}, which .gitignore keeps out of git`;
  const hasSecrets = Object.keys(apart).length > 0;
  print(good(hasSecrets ? `${out}, and its passwords in ${place}` : `${out}; passwords belong in ${place}`));
  for (const text of warnings) print(warning(text));
  print(`Next: ristretto upload ${out}, with the board plugged in; or with --port simulated.`);
}
