/** Real TCP for a scripted server, on a loopback address of its own. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { randomInt } from "node:crypto";
import type { Peer } from "../../sim/world.ts";
import type { Listen } from "./server.ts";

export interface TcpListener {
  readonly host: string;
  readonly port: number;
  readonly listen: Listen;
  /** Closes the port, so that it refuses, or opens it again; connections that stand go on. */
  refuse(on: boolean): Promise<void>;
  /** Resolves when the client has read everything that was written to it. */
  taken(): Promise<void>;
  close(): void;
}

/** The server's end of a socket. */
function peerOf(socket: Socket, id: number, onEvent: () => void): Peer {
  let hasEnded = false;
  const peer: Peer = {
    id,
    onData: () => undefined,
    onClose: () => undefined,
    write: (bytes) => void socket.write(bytes, "latin1"),
    end: () => void socket.end(),
    reset() {
      hasEnded = true;
      socket.resetAndDestroy();
    },
    touch: () => undefined,
  };
  const finish = (hadError: boolean): void => {
    if (!hasEnded) peer.onClose(hadError);
    hasEnded = true;
    onEvent();
  };
  socket.on("data", (bytes: Buffer) => {
    peer.onData(bytes);
    onEvent();
  });
  socket.on("end", () => finish(false));
  socket.on("error", () => finish(true));
  return peer;
}

/** How the kernel writes an address in /proc/net/tcp. */
function hexadecimal(address: string, port: number): string {
  const bytes = Buffer.from(address.split(".").map(Number)).reverse();
  return `${bytes.toString("hex")}:${port.toString(16).padStart(4, "0")}`.toUpperCase();
}

/** Bytes that the kernel holds for the client at the other end of `socket`, or has still to carry to it. */
function waiting(socket: Socket): number {
  const here = hexadecimal(socket.localAddress!, socket.localPort!);
  const there = hexadecimal(socket.remoteAddress!, socket.remotePort!);
  const lines = readFileSync("/proc/net/tcp", "utf8").split("\n");
  const queues = (from: string, to: string): string[] => {
    const line = lines.find((text) => text.includes(`${from} ${to}`));
    return line ? line.trim().split(/\s+/)[4]!.split(":") : ["0", "0"];
  };
  return (
    socket.writableLength + parseInt(queues(here, there)[0]!, 16) + parseInt(queues(there, here)[1]!, 16)
  );
}

/**
 * Listens on a free port. The address is one of 127/8 that nothing else uses: no other program can take the port while it
 * is closed, and no connection to it can meet itself. `onEvent` is told after each thing that happened to a connection.
 */
export async function createTcpListener(onEvent: () => void): Promise<TcpListener> {
  const host = `127.${randomInt(1, 255)}.${randomInt(256)}.${randomInt(1, 255)}`;
  const sockets = new Set<Socket>();
  let accept: (peer: Peer) => void = () => undefined;
  let count = 0;
  let server: Server;

  async function open(port: number): Promise<void> {
    server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      accept(peerOf(socket, ++count, onEvent));
      onEvent();
    });
    server.listen(port, host);
    await once(server, "listening");
  }

  await open(0);
  const { port } = server!.address() as AddressInfo;
  return {
    host,
    port,
    listen(next) {
      accept = next;
      return { close: () => (accept = () => undefined) };
    },
    async refuse(on) {
      if (!on) return open(port);
      // Its connections keep it from being done, not from being closed.
      server.close();
    },
    async taken() {
      while ([...sockets].some((socket) => !socket.destroyed && waiting(socket) > 0))
        await new Promise((resolve) => setImmediate(resolve));
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
