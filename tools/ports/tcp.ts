/** A console over TCP: Espruino's telnet server, or a serial port that something serves. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Transport } from "../board/transport.ts";
import { EXIT } from "../exit-code.ts";
import { UserError } from "../user-error.ts";

/** Milliseconds that a connection may take. */
const PATIENCE = 10000;
/** Milliseconds that the other side gets to hang up. */
const FAREWELL = 500;

const REASONS: Record<string, [string, string]> = {
  ECONNREFUSED: [
    "nothing listens there",
    "Is the board on, and in this network? A node that runs closes its telnet console.",
  ],
  ENOTFOUND: ["there is no such name", "Try the board's address."],
  EHOSTUNREACH: ["no way leads there", "Are both in the same network?"],
  ETIMEDOUT: ["no answer in time", "Are both in the same network?"],
};

/** Why an address cannot be reached. */
export function refusal(name: string, error: NodeJS.ErrnoException): UserError {
  const [reason, hint] = REASONS[error.code ?? ""] ?? [error.message, undefined];
  return new UserError(`${name} cannot be opened: ${reason}.`, EXIT.PORT, hint);
}

function dial(name: string, host: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error("no answer in time"), { code: "ETIMEDOUT" }));
    }, PATIENCE);
    socket.once("error", (error) => {
      clearTimeout(timer);
      reject(refusal(name, error));
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      resolve(socket);
    });
  });
}

export async function openTcp(name: string, host: string, port: number): Promise<Transport> {
  let onData: (bytes: string) => void = () => undefined;
  let onClose: (reason: string) => void = () => undefined;
  let isWanted = true;
  let socket: Socket;

  async function open(): Promise<void> {
    const opened = await dial(name, host, port);
    if (!isWanted) {
      opened.destroy();
      return;
    }
    socket = opened;
    let answered = 0;
    let reason = "the other side closed the connection";
    opened.setEncoding("latin1");
    opened.removeAllListeners("error");
    opened.on("error", (error) => (reason = error.message));
    opened.on("data", (bytes) => {
      answered += bytes.length;
      onData(String(bytes));
    });
    opened.on("close", () => {
      if (!isWanted || socket !== opened) return;
      // Espruino takes one visitor and hangs up on the next.
      onClose(answered ? reason : `${reason} without a word: resource busy, another program may be at it`);
    });
  }

  await open();
  return {
    name,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, "latin1", (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    onData: (listener) => (onData = listener),
    onClose: (listener) => (onClose = listener),
    close() {
      isWanted = false;
      return new Promise((resolve) => {
        const timer = setTimeout(() => socket.destroy(), FAREWELL);
        socket.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        // A console takes one visitor at a time: the next one must find it free.
        if (socket.closed) socket.emit("close");
        else socket.end();
      });
    },
    reopen: open,
  };
}
