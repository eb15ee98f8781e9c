/** Brokers that are programs of their own, on free ports of loopback. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Broker } from "./aedes.ts";

async function findPort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Whether it says that it runs, before it ends: another program may have taken the port. */
async function isRunning(child: ChildProcess): Promise<boolean> {
  let said = "";
  return new Promise((resolve) => {
    child.stderr!.on("data", (bytes: Buffer) => {
      said += bytes.toString();
      if (/ running$/m.test(said)) resolve(true);
    });
    child.on("error", () => resolve(false));
    child.on("exit", () => resolve(false));
  });
}

/** `settings` are further lines of its configuration; those of a listener are that of the one there is. */
export async function startMosquitto(path: string, settings: string): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  const file = join(folder, "mosquitto.conf");
  for (let attempt = 0; attempt < 5; attempt++) {
    const port = await findPort();
    const lines = [`listener ${port} 127.0.0.1`, `user ${userInfo().username}`, "log_dest stderr", settings];
    writeFileSync(file, lines.join("\n") + "\n");
    const child = spawn(path, ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    if (!(await isRunning(child))) continue;
    return {
      port,
      async stop() {
        child.kill();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
        rmSync(folder, { recursive: true });
      },
    };
  }
  rmSync(folder, { recursive: true });
  throw new Error("mosquitto does not start");
}
