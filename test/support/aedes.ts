/** aedes, a broker that thinks for itself, over real TCP. */
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { Aedes } from "aedes";
import type { AedesOptions } from "aedes";

/** Who may use a broker. */
export interface Login {
  username: string;
  password: string;
}

export interface Broker {
  port: number;
  stop(): Promise<void>;
}

export interface AedesBroker extends Broker {
  /** What clients published, as `topic payload`. */
  readonly published: string[];
  /** Resolves when a client has published something that contains `text`. */
  until(text: string): Promise<void>;
}

/** With `login` it takes that user name and password, and no others. */
export async function startAedes(login?: Login, options?: AedesOptions): Promise<AedesBroker> {
  const aedes = await Aedes.createBroker(options);
  if (login) {
    aedes.authenticate = (_client, username, password, done) =>
      done(null, username === login.username && password?.toString() === login.password);
  }
  const published: string[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<Socket>();
  // Here in the order in which they come: a message that is retained may be published behind one that came later.
  const { authorizePublish } = aedes;
  aedes.authorizePublish = (client, packet, done) => {
    if (client) published.push(`${packet.topic} ${packet.payload.toString()}`);
    authorizePublish.call(aedes, client, packet, done);
  };
  aedes.on("publish", () => {
    for (const look of waiting) look();
  });
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    aedes.handle(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    published,
    until: (text) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!published.some((message) => message.includes(text))) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
    async stop() {
      // It says so to its clients of MQTT 5.0 first.
      await new Promise<void>((resolve) => {
        aedes.close(resolve);
      });
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
