import { X509Certificate, createPrivateKey } from "node:crypto";
import type { TlsAddress } from "../hw/espruino.d.ts";
import { OpenFailure, SOCKET_CLOSED } from "./net-driver.ts";
import type { NetSocket } from "./net-driver.ts";

/**
 * Records that stand for those of a TLS 1.2 handshake in the simulated network: what a stream begins with, so that whoever
 * does not speak TLS sees what it cannot understand. After them the stream is as readable as without TLS.
 */
export const HELLO = Buffer.from("1603030000", "hex");
export const FINISHED = Buffer.from("1403030000", "hex");
export const ALERT = Buffer.from("15030300020228", "hex");
const RECORD_HEADER = 5;

/** What a board shows in a handshake, as PEM; a certificate only with its key. */
export interface Credentials {
  cert?: string;
  key?: string;
}

// What Espruino takes for the name of a file.
const LONGEST_NAME = 100;

const TYPES = ["pkcs8", "pkcs1", "sec1"] as const;

function derOf(bytes: string): Buffer {
  const der = Buffer.from(bytes, "latin1");
  // Node's own parsers take PEM, too.
  if (der.length <= LONGEST_NAME || der[0] !== 0x30) throw new Error("Invalid format");
  return der;
}

function privateKey(bytes: string): string {
  const key = derOf(bytes);
  for (const type of TYPES) {
    try {
      return createPrivateKey({ key, format: "der", type }).export({
        format: "pem",
        type: "pkcs8",
      }) as string;
    } catch {
      // Of another type, or none.
    }
  }
  throw new Error("Invalid format");
}

function read<Value>(step: string, parse: () => Value): Value {
  try {
    return parse();
  } catch {
    throw new OpenFailure(`HTTPS init failed! ${step}: Invalid format`);
  }
}

/** What ssl_newSocketData of Espruino's libs/network/network.c makes of its options; throws what it cannot read. */
export function credentialsOf({ ca, cert, key }: TlsAddress): Credentials {
  const certificate = (name: string, bytes: string): string =>
    read(`mbedtls_x509_crt_parse of '${name}'`, () => new X509Certificate(derOf(bytes)).toString());
  if (ca !== undefined) certificate("ca", ca);
  const own = cert === undefined ? undefined : certificate("cert", cert);
  if (key === undefined) return {};
  const ownKey = read("mbedtls_pk_parse_key", () => privateKey(key));
  return own === undefined ? {} : { cert: own, key: ownKey };
}

// Numbers of mbedTLS: the peer hung up, it sent an alert, it sent what is no record.
const HUNG_UP = "-0x1";
const FATAL_ALERT = "-0x7780";
const INVALID_RECORD = "-0x7200";

/** The board's side: netRecv and netSend of network.c, where each call goes on with the handshake until it is done. */
export class TlsSocket implements NetSocket {
  failure: string | undefined;
  private readonly net: NetSocket;
  /** The record that is waited for; undefined when the handshake is done. */
  private awaited: Buffer | undefined = HELLO;
  private begun = false;
  private record = Buffer.alloc(0);

  constructor(net: NetSocket) {
    this.net = net;
  }

  receive(limit: number): Buffer | number {
    this.shakeHands();
    if (this.failure) return SOCKET_CLOSED;
    return this.awaited ? Buffer.alloc(0) : this.net.receive(limit);
  }

  send(bytes: Buffer): number {
    this.shakeHands();
    if (this.failure) return SOCKET_CLOSED;
    return this.awaited ? 0 : this.net.send(bytes);
  }

  close(): void {
    this.net.close();
  }

  abandon(how: "silent" | "reset"): void {
    this.net.abandon(how);
  }

  mute(): void {
    this.net.mute();
  }

  private shakeHands(): void {
    if (!this.begun) this.net.send(HELLO);
    this.begun = true;
    while (this.awaited && !this.failure) {
      const received = this.net.receive(RECORD_HEADER - this.record.length);
      if (typeof received === "number") return this.fail(HUNG_UP);
      if (received.length === 0) return;
      this.record = Buffer.concat([this.record, received]);
      if (this.record.length === RECORD_HEADER) this.next(this.awaited);
    }
  }

  private next(awaited: Buffer): void {
    const { record } = this;
    this.record = Buffer.alloc(0);
    if (!record.equals(awaited)) return this.fail(record[0] === ALERT[0] ? FATAL_ALERT : INVALID_RECORD);
    if (awaited === HELLO) this.net.send(FINISHED);
    this.awaited = awaited === HELLO ? FINISHED : undefined;
  }

  private fail(code: string): void {
    this.failure = `mbedtls_ssl_handshake returned ${code}`;
  }
}
