import type { Net, SocketAddress } from "../hw/espruino.d.ts";
import type { Callback } from "./emitter.ts";
import { OpenFailure } from "./net-driver.ts";
import type { NetDriver } from "./net-driver.ts";
import { BoardSocket } from "./socket.ts";
import type { SocketContext } from "./socket.ts";

/** All sockets of one boot of a board. */
export interface Sockets {
  /** `require("net")` */
  readonly net: Net;
  /** Looks after each socket once; gives whether there was anything to do. */
  poll(): boolean;
  /** Ends all without a word to the program. */
  abandon(how: "silent" | "reset"): void;
  /** The radio lost its access point: nothing passes on what is open now, and nobody is told. */
  mute(): void;
}

/** Makes the `net` module of a board. */
export function createSockets(
  context: SocketContext,
  driver: NetDriver,
  print: (line: string) => void,
): Sockets {
  let sockets: BoardSocket[] = [];
  const connect = (address: SocketAddress, onConnect?: Callback) => {
    try {
      const opened = driver.open(String(address.host), Number(address.port));
      const socket = new BoardSocket(context, opened, onConnect);
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
    net: context.realm.record({ connect }),
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
      for (const socket of sockets) socket.abandon(how);
      sockets = [];
    },
    mute() {
      for (const socket of sockets) socket.mute();
    },
  };
}
