/** An MQTT broker inside this process, on 127.0.0.1 only. */
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { Aedes } from "aedes";
import type { Identity } from "./authority.ts";
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

/** On `port`, or on the first free one from `usual` on. */
async function listenSomewhere(server: Server, port: number | undefined, usual: number): Promise<void> {
  const last = port ?? usual + TRIES;
  for (let chosen = port ?? usual; ; chosen++) {
    try {
      await listen(server, chosen);
      return;
    } catch (error) {
      if (!isTaken(error)) throw new UserError(`Cannot listen on 127.0.0.1:${chosen}: ${String(error)}`);
      if (chosen < last) continue;
      throw new UserError(
        port === undefined
          ? `No free port from ${usual} to ${last}; choose one with --port.`
          : `Port ${port} is taken; choose another with --port, or leave it out.`,
      );
    }
  }
}

/** What a board shows is asked for, and taken whoever signed it. */
const ANYBODY = { requestCert: true, rejectUnauthorized: false };

/**
 * Starts a broker on `port`, or on 1883, with TLS 8883, or the next free one when none is given. A given port that is taken
 * is an error. With `identity` it speaks TLS.
 */
export async function startBroker(port?: number, identity?: Identity): Promise<EmbeddedBroker> {
  const aedes = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const handle = (socket: Socket): void => {
    socket.on("error", () => socket.destroy());
    aedes.handle(socket);
  };
  const server = identity ? createTlsServer({ ...identity, ...ANYBODY }, handle) : createServer(handle);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Below TLS nobody else listens.
    socket.on("error", () => socket.destroy());
  });
  try {
    await listenSomewhere(server, port, identity ? 8883 : 1883);
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

/** A broker in this process; for TLS with a certificate of its own, which nobody needs to trust. */
export async function startOwnBroker(port: number | undefined, tls: boolean): Promise<EmbeddedBroker> {
  if (!tls) return startBroker(port);
  const { createAuthority } = await import("./authority.ts");
  return startBroker(port, await (await createAuthority()).issue("127.0.0.1"));
}
