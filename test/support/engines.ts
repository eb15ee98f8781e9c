/** Programs that tests use when they are there. In CI a missing one is a failure, Espruino and Node-RED excepted. */
import { execFileSync } from "node:child_process";

/** Are tests only listed? Then every program counts as there, so that all machines list the same. */
const isListing = process.argv.includes("--dry-run");

function find(command: string): string | undefined {
  if (isListing) return command;
  try {
    return (
      execFileSync("sh", ["-c", `command -v "$1"`, "sh", command], { encoding: "utf8" }).trim() || undefined
    );
  } catch {
    return undefined;
  }
}

/**
 * Runs `body` when `path` is known. Otherwise the suite shows one pending line that says what is missing; with CI set it
 * fails instead, unless the program is one that CI cannot have.
 */
export function withProgram(
  title: string,
  path: string | undefined,
  required: boolean,
  body: (path: string) => void,
): void {
  describe(title, () => {
    if (path) body(path);
    else if (required && process.env.CI) it("has its program", () => assertMissing(title));
    else it(`SKIPPED: ${title}: its program is not installed`);
  });
}

function assertMissing(title: string): never {
  throw new Error(`${title} is missing; .ci/run installs it`);
}

export const chromium = find("chromium");
export const socat = find("socat");
/** The command `node-red`: too large to install for one test. */
export const nodeRed = find("node-red");
export const duktape = find("duk");
export const nats = find("nats-server") ?? find("/usr/sbin/nats-server");
/** Not the command in the path: that gives root's rights up, and runs in the folder of the machine's own server. */
export const rabbit = find("/usr/lib/rabbitmq/bin/rabbitmq-server");
export const mosquitto = find("mosquitto") ?? find("/usr/sbin/mosquitto");
/** Of Debian's mosquitto-clients. */
export const mosquittoSub = find("mosquitto_sub");
/** The real interpreter, named by the environment variable ESPRUINO; the first, where it names two for the bench. */
export const espruino = process.env.ESPRUINO?.split(":")[0];
