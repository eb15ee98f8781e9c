import type { Net, SocketAddress, Tls, TlsAddress } from "../hw/espruino.d.ts";
import type { Callback } from "./emitter.ts";
import { OpenFailure } from "./net-driver.ts";
import type { NetDriver, NetSocket } from "./net-driver.ts";
import { BoardSocket } from "./socket.ts";
import type { SocketContext } from "./socket.ts";
import { credentialsOf, TlsSocket } from "./tls.ts";
import type { Credentials } from "./tls.ts";

/** All sockets of one boot of a board. */
export interface Sockets {
  /** `require("net")` */
  readonly net: Net;
  /** `require("tls")`, for boards that have it. */
  readonly tls: Tls;
  /** Looks after each socket once; gives whether there was anything to do. */
  poll(): boolean;
  /** Ends all without a word to the program. */
  abandon(how: "silent" | "reset"): void;
  /** The radio lost its access point: nothing passes on what is open now, and nobody is told. */
  mute(): void;
}

const HTTPS = 443;

/** Makes the `net` and `tls` modules of a board. */
export function createSockets(
  context: SocketContext,
  driver: NetDriver,
  print: (line: string) => void,
): Sockets {
  let sockets: BoardSocket[] = [];
  /** Those of TLS that came to nothing: Espruino never closes them. */
  let leaked: NetSocket[] = [];
  const openTls = (address: TlsAddress): NetSocket => {
    const port = Number(address.port) || HTTPS;
    let failure: unknown;
    let credentials: Credentials = {};
    try {
      credentials = credentialsOf(address);
    } catch (error) {
      failure = error;
    }
    // It connects before it looks at what it was given.
    const opened = driver.open(String(address.host), port, credentials);
    if (!failure) return new TlsSocket(opened);
    leaked.push(opened);
    throw failure;
  };
  const connect = (open: () => NetSocket, onConnect?: Callback) => {
    try {
      const socket = new BoardSocket(context, open(), onConnect);
      sockets.push(socket);
      context.loop.wake();
      return socket.object;
    } catch (failure) {
      if (!(failure instanceof OpenFailure)) throw failure;
      if (failure.console !== undefined) print(failure.console);
      throw context.realm.error("InternalError", failure.message);
    }
  };
  return {
    net: context.realm.record({
      connect: (address: SocketAddress, onConnect?: Callback) =>
        connect(() => driver.open(String(address.host), Number(address.port)), onConnect),
    }),
    tls: context.realm.record({
      connect: (address: TlsAddress, onConnect?: Callback) => connect(() => openTls(address), onConnect),
    }),
    poll() {
      let busy = false;
      for (const socket of [...sockets]) {
        if (context.loop.stopped) break;
        const state = socket.idle();
        busy ||= state.busy;
        if (state.gone) sockets = sockets.filter((other) => other !== socket);
      }
      return busy;
    },
    abandon(how) {
      for (const socket of [...sockets, ...leaked]) socket.abandon(how);
      sockets = [];
      leaked = [];
    },
    mute() {
      for (const socket of sockets) socket.mute();
    },
  };
}
