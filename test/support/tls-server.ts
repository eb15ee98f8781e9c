/** Servers that boards and interpreters knock at with TLS, on free ports of loopback. */
import { createServer as createPlain } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { createServer } from "node:tls";
import type { TlsOptions, TLSSocket } from "node:tls";
import { once } from "node:events";
import { X509Certificate, createPrivateKey } from "node:crypto";
import type { Authority, Identity } from "../../tools/authority.ts";

export interface Listening {
  port: number;
  /** Sockets that were accepted, before any handshake. */
  readonly sockets: ReadonlySet<Socket>;
  close(): void;
}

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Speaks TLS as the interpreter's mbedTLS can: up to 1.2, with ciphers of its time. */
export function listenTls(
  identity: Identity,
  accept: (socket: TLSSocket) => void,
  options: TlsOptions = {},
): Promise<Listening> {
  const common: TlsOptions = { maxVersion: "TLSv1.2", ciphers: "DEFAULT:@SECLEVEL=0" };
  const server = createServer({ ...identity, ...common, ...options }, (socket) => {
    socket.on("error", () => undefined);
    accept(socket);
  });
  return listen(server);
}

/** Wants a certificate of this authority. */
export const wanting = ({ cert }: Authority): TlsOptions => ({
  ca: cert,
  requestCert: true,
  rejectUnauthorized: true,
});

/** Speaks no TLS. */
export function listenPlain(accept: (socket: Socket) => void): Promise<Listening> {
  return listen(createPlain({ noDelay: true }, accept));
}

/** Ends the connection at the first byte, as a broker does that cannot make sense of it. */
export function hangUp(socket: Socket): void {
  socket.on("data", () => void socket.end());
}

/** The members of `tls.connect` as a program for a board writes them. */
export function asOptions(members: Partial<Identity> & { ca?: string }): string {
  return Object.entries(members)
    .map(([name, pem]) => `${name}: atob("${derOf(pem).toString("base64")}")`)
    .join(", ");
}

/** The DER of a certificate or key in PEM. */
export function derOf(pem: string): Buffer {
  return pem.includes("PRIVATE KEY")
    ? createPrivateKey(pem).export({ format: "der", type: "pkcs8" })
    : new X509Certificate(pem).raw;
}
