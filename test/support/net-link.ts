/** A link over real TCP for the minified client in this process. */
import { connect as dial } from "node:net";
import type { Socket } from "node:net";
import type { Link, LinkHandlers } from "../../src/index.ts";

/** Bytes with the socket from which on the link is full. */
const FULL = 536;

export interface NetLink extends Link {
  /** Cuts the connection, so that the server sees no DISCONNECT. */
  cut(): void;
  /** Cuts it when so many pieces have come from the server, of which the last is lost. */
  cutAfter(pieces: number): void;
  /** All bytes that have come and gone, on the newest connection. */
  readonly heard: string;
  readonly said: string;
  /** Keeps back each packet whose first byte this is, until what it gives is called; it does not mind which connection. */
  withhold(first: number): () => void;
  /** Resolves at a PINGRESP. */
  pong(): Promise<void>;
}

/** A link over a socket of Node, which keeps the contract of src/link.ts. */
export function createNetLink(): NetLink {
  let socket: Socket | undefined;
  let handlers: LinkHandlers;
  let piecesLeft = Infinity;
  let heard = "";
  let said = "";
  let withheld: { first: number; packets: string[] } | undefined;
  const waiting = new Set<() => void>();
  const link: NetLink = {
    get heard() {
      return heard;
    },
    get said() {
      return said;
    },
    withhold(first) {
      const kept: string[] = [];
      withheld = { first, packets: kept };
      return () => {
        withheld = undefined;
        for (const packet of kept) link.write(packet);
      };
    },
    open({ host, port }, given) {
      handlers = given;
      piecesLeft = Infinity;
      heard = said = "";
      const dialled = dial({ host, port, noDelay: true });
      socket = dialled;
      dialled.on("connect", () => handlers.onOpen());
      dialled.on("data", (bytes) => {
        if (--piecesLeft <= 0) {
          link.cut();
          return;
        }
        const text = bytes.toString("latin1");
        heard += text;
        handlers.onData(text);
        if (!text.includes("\xd0\0")) return;
        for (const resolve of waiting) resolve();
        waiting.clear();
      });
      dialled.on("drain", () => handlers.onDrain());
      dialled.on("error", () => undefined);
      dialled.on("close", () => {
        socket = undefined;
        handlers.onClose(0xc3);
      });
    },
    write(bytes) {
      if (!socket) return true;
      if (bytes.charCodeAt(0) === withheld?.first) {
        withheld.packets.push(bytes);
        return true;
      }
      said += bytes;
      const isEmpty = socket.write(bytes, "latin1");
      // Node tells of a drain only when it was the one that asked to wait.
      if (isEmpty && socket.writableLength >= FULL) setImmediate(() => socket && handlers.onDrain());
      return socket.writableLength < FULL;
    },
    // The end is told when the server has ended too: it knows then that the client is gone.
    close: () => void socket?.end(),
    cut: () => void socket?.resetAndDestroy(),
    cutAfter: (pieces) => void (piecesLeft = pieces),
    pong: () => new Promise((resolve) => void waiting.add(resolve)),
  };
  return link;
}
