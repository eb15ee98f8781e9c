/** An MQTT broker inside this process, on 127.0.0.1 only. */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { Aedes } from "aedes";
import { UserError } from "./user-error.ts";

export interface EmbeddedBroker {
  readonly port: number;
  /** Stops listening and cuts all connections; sessions and retained messages are kept. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
  /** Ends it for good. */
  close(): Promise<void>;
}

/** How many ports after the first are tried. */
const TRIES = 20;

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}

const isTaken = (error: unknown): boolean => (error as { code?: string }).code === "EADDRINUSE";

/** On `port`, or on the first free one from 1883 on. */
async function listenSomewhere(server: Server, port: number | undefined): Promise<void> {
  const last = port ?? 1883 + TRIES;
  for (let chosen = port ?? 1883; ; chosen++) {
    try {
      await listen(server, chosen);
      return;
    } catch (error) {
      if (!isTaken(error)) throw new UserError(`Cannot listen on 127.0.0.1:${chosen}: ${String(error)}`);
      if (chosen < last) continue;
      throw new UserError(
        port === undefined
          ? `No free port from 1883 to ${last}; choose one with --port.`
          : `Port ${port} is taken; choose another with --port, or leave it out.`,
      );
    }
  }
}

/**
 * Starts a broker on `port`, or on 1883 or the next free one when none is given. A given port that is taken is an error.
 */
export async function startBroker(port?: number): Promise<EmbeddedBroker> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    aedes.handle(socket);
  });
  try {
    await listenSomewhere(server, port);
  } catch (error) {
    aedes.close();
    throw error;
  }
  const address = server.address();
  const bound = (address as AddressInfo).port;
  const stop = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const socket of sockets) socket.destroy();
    });
  return {
    port: bound,
    stop,
    start: () => listen(server, bound),
    async close() {
      await new Promise<void>((resolve) => {
        aedes.close(resolve);
      });
      if (server.listening) await stop();
    },
  };
}
