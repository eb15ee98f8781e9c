import type { Clock } from "./clock.ts";
import type { Credentials } from "./tls.ts";
import type { SimulatedNetwork } from "./network.ts";
import type { RealTcp } from "./real-tcp.ts";

/** Codes of Espruino's socketerrors.h that the drivers give. */
export const SOCKET_CLOSED = -1;
export const SOCKET_NOT_FOUND = -6;
export const SOCKET_UNSENT_DATA = -8;
export const SOCKET_RESET = -9;
export const SOCKET_NO_CONNECTION = -11;

/** The text that goes with a code, as in Espruino's socketerrors.c. */
export const SOCKET_ERRORS: Readonly<Record<number, string>> = {
  [SOCKET_CLOSED]: "connection closed",
  [SOCKET_NOT_FOUND]: "not found",
  [SOCKET_UNSENT_DATA]: "unsent data",
  [SOCKET_RESET]: "connection reset",
  [SOCKET_NO_CONNECTION]: "no connection",
};

/** A socket below the JavaScript one: the functions of Espruino's JsNetwork. */
export interface NetSocket {
  /** Bytes that arrived, at most `limit`; empty when there are none; a negative code when it is over. */
  receive(limit: number): Buffer | number;
  /** Takes as many bytes as it can now and gives their number, or a negative code. */
  send(bytes: Buffer): number;
  /** Ends it from this side, in order. */
  close(): void;
  /** Ends it because the board does: "silent" tells the server nothing. */
  abandon(how: "silent" | "reset"): void;
  /** The access point is out of reach: nothing passes any more. */
  mute(): void;
  /** Text of the InternalError that goes to the console when it ends, if it ended so. */
  readonly failure?: string | undefined;
}

/** Opens sockets the way one kind of board does. */
export interface NetDriver {
  /** Most bytes that are received or sent in one piece. */
  chunkSize: number;
  /**
   * Opens a socket. What it throws is the failure that the program sees thrown: text of an InternalError,
   * after `console` was printed if there is one. With `credentials` the server at the other end is asked for TLS.
   */
  open(host: string, port: number, credentials?: Credentials): NetSocket;
}

/** A failure to open that the program sees thrown. */
export class OpenFailure extends Error {
  /** What is printed before. */
  readonly console: string | undefined;

  constructor(message: string, console?: string) {
    super(message);
    this.console = console;
  }
}

/** What a driver needs from its board and world. */
export interface NetDriverOptions {
  clock: Clock;
  network: SimulatedNetwork;
  /** Absent with a virtual clock. */
  realTcp: RealTcp | undefined;
  serial: string;
  /** Whether the station has an address. */
  online(): boolean;
  /** Whether the access point can be reached right now. */
  reachable(): boolean;
  /** Keeps the interpreter from its idle loop (ms). */
  block(milliseconds: number): void;
  /** Something can be received or sent. */
  onChange(): void;
  /** The scenario asks for what a simulator cannot do. */
  fail(text: string): void;
}

/** Said when a program dials the host machine in virtual time. */
export function noRealTcp(host: string, port: number): string {
  return (
    `A board dialled ${host}:${port}, where no in-process listener is: ` +
    'real TCP needs createWorld({ clock: "real" })'
  );
}
