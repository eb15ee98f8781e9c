/** Brokers that are programs of their own, each in a folder and on ports of its own, ended by its process id. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { pbkdf2Sync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Broker, Login } from "./aedes.ts";

/** A port that nobody listens on; somebody else may be faster than who asked. */
export async function findPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** How often a broker is started anew when it does not come up, as another program may have taken its port. */
const ATTEMPTS = 5;
/** What a broker has said is kept up to this, for the error that it does not start. */
const KEPT = 4000;

/** One that can be ended and started again in the same folder, on the same port. */
export interface RebootingBroker extends Broker {
  reboot(signal: NodeJS.Signals): Promise<void>;
}

interface Program {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

/** Waits for the line by which a child says that it runs; undefined when it ends before. */
async function awaitLine(
  child: ChildProcess,
  pattern: RegExp,
  heard: { said: string },
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const listen = (bytes: Buffer): void => {
      heard.said = (heard.said + bytes.toString()).slice(-KEPT);
      const found = pattern.exec(heard.said);
      if (found) resolve(found[1] ?? "");
    };
    child.stdout?.on("data", listen);
    child.stderr?.on("data", listen);
    child.on("error", () => resolve(undefined));
    child.on("exit", () => resolve(undefined));
  });
}

function launch({ command, args, env = {} }: Program): ChildProcess {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  // So that a run which is broken off leaves nothing behind.
  const kill = (): void => void child.kill("SIGKILL");
  process.on("exit", kill);
  child.on("exit", () => process.off("exit", kill));
  return child;
}

async function end(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  child.kill(signal);
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Starts what `prepare` describes for a folder; the MQTT port is what `running` captures, or else `port`. */
async function startProgram(
  running: RegExp,
  prepare: (folder: string) => Promise<Program & { port?: number; helper?: Program }>,
): Promise<RebootingBroker> {
  const heard = { said: "" };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    const program = await prepare(folder);
    const helper = program.helper && launch(program.helper);
    let child = launch(program);
    const line = await awaitLine(child, running, heard);
    const stop = async (): Promise<void> => {
      await end(child);
      if (helper) await end(helper);
      remove();
    };
    if (line === undefined) {
      await stop();
      continue;
    }
    return {
      port: Number(line) || program.port!,
      stop,
      async reboot(signal) {
        await end(child, signal);
        heard.said = "";
        child = launch(program);
        if ((await awaitLine(child, running, heard)) === undefined)
          throw new Error(`did not come back:\n${heard.said}`);
      },
    };
  }
  throw new Error(`${running.source} was never said:\n${heard.said}`);
}

/** A line of mosquitto's password file: PBKDF2 with SHA-512. */
function passwordLine({ username, password }: Login): string {
  const [rounds, salt] = [101, randomBytes(12)];
  const hash = pbkdf2Sync(password, salt, rounds, 64, "sha512");
  return `${username}:$7$${rounds}$${salt.toString("base64")}$${hash.toString("base64")}\n`;
}

/**
 * `settings` are lines of its configuration beside the listener's, in which `FOLDER` is a folder of its own. With `login` it
 * takes that user name and password, and no others; `access` are lines of its access control list.
 */
export function startMosquitto(
  path: string,
  settings: string,
  login?: Login,
  access?: string,
): Promise<RebootingBroker> {
  return startProgram(/ running$/m, async (folder) => {
    const port = await findPort();
    const file = join(folder, "mosquitto.conf");
    const lines = [`listener ${port} 127.0.0.1`, `user ${userInfo().username}`, "log_dest stderr"];
    lines.push(settings.replace("FOLDER", folder));
    if (login) {
      const passwordFile = join(folder, "passwords");
      writeFileSync(passwordFile, passwordLine(login), { mode: 0o600 });
      lines.push(`password_file ${passwordFile}`);
    }
    if (access) {
      const accessFile = join(folder, "access");
      writeFileSync(accessFile, access, { mode: 0o600 });
      lines.push(`acl_file ${accessFile}`);
    }
    writeFileSync(file, lines.join("\n") + "\n");
    return { command: path, args: ["-c", file], port };
  });
}

/** Takes user names and passwords as given, and no others. */
export function startNats(path: string, { username, password }: Login): Promise<Broker> {
  return startProgram(
    /Listening for MQTT clients on mqtt:\/\/127\.0\.0\.1:(\d+)[^]*Server is ready/,
    (folder) => {
      const file = join(folder, "nats.conf");
      const user = JSON.stringify({ user: username, password });
      writeFileSync(
        file,
        `listen: "127.0.0.1:-1"
server_name: ristretto
jetstream { store_dir: ${JSON.stringify(join(folder, "jetstream"))} }
authorization { users: [${user}] }
mqtt { listen: "127.0.0.1:-1" }
`,
      );
      return Promise.resolve({ command: path, args: ["-c", file] });
    },
  );
}

/**
 * RabbitMQ with its MQTT plugin: a node of its own name, beside and not among others of the machine, as its port mapper is its
 * own too. It takes the user name and password given, and no others.
 */
export function startRabbit(path: string, { username, password }: Login): Promise<Broker> {
  return startProgram(/Server startup complete/, async (folder) => {
    const port = await findPort();
    const mapperPort = String(await findPort());
    const file = (name: string): string => join(folder, name);
    mkdirSync(file("data"));
    writeFileSync(file("plugins"), "[rabbitmq_mqtt].\n");
    const lines = [
      "listeners.tcp = none",
      `mqtt.listeners.tcp.1 = 127.0.0.1:${port}`,
      "mqtt.allow_anonymous = false",
      `default_user = ${username}`,
      `default_pass = ${password}`,
      "log.console = true",
      "log.file = false",
    ];
    writeFileSync(file("rabbitmq.conf"), lines.join("\n") + "\n");
    const env = {
      HOME: folder,
      ERL_EPMD_PORT: mapperPort,
      ERL_CRASH_DUMP: "/dev/null",
      RABBITMQ_CONF_ENV_FILE: "/dev/null",
      RABBITMQ_CONFIG_FILE: file("rabbitmq.conf"),
      RABBITMQ_DIST_PORT: String(await findPort()),
      RABBITMQ_ENABLED_PLUGINS_FILE: file("plugins"),
      RABBITMQ_FEATURE_FLAGS_FILE: file("feature_flags"),
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_MNESIA_BASE: file("data"),
      RABBITMQ_NODENAME: `ristretto-${process.pid}@localhost`,
      RABBITMQ_PID_FILE: file("pid"),
      RABBITMQ_PLUGINS_EXPAND_DIR: file("expanded"),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1",
    };
    const helper = { command: "epmd", args: ["-port", mapperPort, "-address", "127.0.0.1"] };
    return { command: path, args: [], env, port, helper };
  });
}
