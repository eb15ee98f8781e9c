import { X509Certificate } from "node:crypto";
import type { Peer } from "./connection.ts";
import { ALERT, FINISHED, HELLO } from "./tls.ts";
import type { Credentials } from "./tls.ts";

/** How a server inside this process speaks TLS. */
export interface TlsServer {
  /** Whether it lets a client in that shows this certificate, or none. Default: every one. */
  admit?(certificate: X509Certificate | undefined): boolean;
}

/** How the server's part of a handshake ends; "gone" is a server that hangs up without a word. */
export type Outcome = "done" | "refused" | "gone";

/** Collects whole records, as they were sent, from what arrives. */
function readRecords(peer: Peer, onRecord: (record: Buffer) => void): void {
  let bytes = Buffer.alloc(0);
  peer.onData = (more) => {
    bytes = Buffer.concat([bytes, more]);
    if (bytes.length < HELLO.length) return;
    const record = bytes.subarray(0, HELLO.length);
    bytes = bytes.subarray(HELLO.length);
    onRecord(record);
  };
}

/**
 * The server's side of a handshake in the simulated network. `accept` gets the connection when it is done, as a server
 * without TLS gets it; a client that does not speak TLS gets an alert and is hung up on. `admit` is asked last, and calls
 * back with the outcome.
 */
export function shakeHands(
  accept: (peer: Peer) => void,
  admit: (peer: Peer, settle: (outcome: Outcome) => void) => void,
): (peer: Peer) => void {
  return (peer) => {
    const refuse = (): void => {
      peer.onData = () => undefined;
      peer.write(ALERT);
      peer.end();
    };
    const settle = (outcome: Outcome): void => {
      if (outcome === "refused") return refuse();
      if (outcome === "gone") return peer.end();
      peer.write(FINISHED);
      accept(peer);
    };
    let awaited = HELLO;
    readRecords(peer, (record) => {
      if (!record.equals(awaited)) refuse();
      else if (awaited === HELLO) {
        awaited = FINISHED;
        peer.write(HELLO);
      } else {
        peer.onData = () => undefined;
        admit(peer, settle);
      }
    });
  };
}

/** What a listener of the simulated network is when it speaks TLS; `credentials` are the client's. */
export function terminate(
  accept: (peer: Peer) => void,
  server: TlsServer,
  { cert }: Credentials = {},
): (peer: Peer) => void {
  const shown = cert === undefined ? undefined : new X509Certificate(cert);
  return shakeHands(accept, (_peer, settle) => settle((server.admit?.(shown) ?? true) ? "done" : "refused"));
}
