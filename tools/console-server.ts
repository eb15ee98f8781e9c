/** Serves a board's console on a TCP port of 127.0.0.1, to one visitor at a time, as Espruino's telnet server does. */
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { UserError } from "./user-error.ts";

/** A serial line. */
export interface ConsoleLine {
  write(bytes: string): void;
  onData(listener: (bytes: string) => void): unknown;
}

export interface ConsoleServer {
  readonly port: number;
  /** Is somebody there? */
  readonly visited: boolean;
  /** Hangs up on the visitor. */
  hangUp(): void;
  close(): void;
}

export async function serveConsole(line: ConsoleLine, port: number): Promise<ConsoleServer> {
  let visitor: Socket | undefined;
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => undefined);
    if (visitor) {
      socket.destroy();
      return;
    }
    visitor = socket.setEncoding("latin1");
    socket.on("data", (bytes) => {
      line.write(String(bytes));
    });
    socket.on("close", () => (visitor = undefined));
  });
  line.onData((bytes) => {
    visitor?.write(bytes, "latin1");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(new UserError(`The console cannot be served on port ${port}: ${error.message}.`));
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    get visited() {
      return !!visitor;
    },
    hangUp: () => void visitor?.destroy(),
    close() {
      visitor?.destroy();
      server.close();
    },
  };
}
