/** What tests of TLS need once: an authority, certificates, and mosquitto with them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority } from "../../tools/authority.ts";
import type { Authority, Identity } from "../../tools/authority.ts";
import type { Broker } from "./aedes.ts";
import { startMosquitto } from "./brokers.ts";
import { derOf } from "./tls-server.ts";

export interface TlsBench {
  authority: Authority;
  /** The broker's own, which expired and has another name: no board minds. */
  broker: Identity;
  /** The board's, as the broker wants it, and three that it refuses. */
  own: Identity;
  expired: Identity;
  stranger: Identity;
  mixed: Identity;
}

export async function createTlsBench(): Promise<TlsBench> {
  const authority = await createAuthority();
  const own = await authority.issue("board");
  const stranger = await (await createAuthority()).issue("stranger");
  return {
    authority,
    broker: await authority.issue("another.name", -1),
    own,
    stranger,
    expired: await authority.issue("board", -1),
    mixed: { cert: own.cert, key: stranger.key },
  };
}

/** `broker.tls` of the board's configuration. */
export function deviceCertificates({ cert, key }: Identity): { cert: string; key: string } {
  return { cert: derOf(cert).toString("base64"), key: derOf(key).toString("base64") };
}

/** Mosquitto with TLS; with `strict` it wants to see a certificate of the bench's authority. */
export async function startTlsMosquitto(path: string, bench: TlsBench, strict: boolean): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const broker = await startMosquitto(
    path,
    [
      "allow_anonymous true",
      `cafile ${file("ca.pem", bench.authority.cert)}`,
      `certfile ${file("broker.pem", bench.broker.cert)}`,
      `keyfile ${file("broker.key", bench.broker.key)}`,
      `require_certificate ${strict}`,
    ].join("\n"),
  );
  return {
    ...broker,
    async stop() {
      await broker.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
