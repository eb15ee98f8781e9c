/**
 * What is typed to a program under test. Not at the console: while a connection stands the interpreter goes round without a
 * pause, and its input thread, which takes no lock, then loses characters. A connection of its own loses none.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";

export interface Remote {
  readonly host: string;
  readonly port: number;
  /** Has the program evaluate a line; waits for it to connect, if need be. */
  type(line: string): void;
  /** Forgets a program that is about to end; the next line is for the one that follows. */
  forget(): void;
  close(): void;
}

export async function createRemote(): Promise<Remote> {
  const sockets = new Set<Socket>();
  let current: Socket | undefined;
  let waiting: string[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.resume();
    current = socket;
    for (const line of waiting.splice(0)) socket.write(line, "latin1");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    type(line) {
      if (current) current.write(line + "\n", "latin1");
      else waiting.push(line + "\n");
    },
    forget() {
      current = undefined;
      waiting = [];
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
