/** The link over Espruino's `require("net")`, which hides how differently the two boards fail. */
import type { Socket, SocketError } from "../espruino.d.ts";
import type { Address, Link, LinkHandlers } from "../../src/link.ts";
import { CONNECTION_LOST, CONNECTION_REFUSED, NAME_NOT_FOUND, NETWORK_DOWN } from "../../src/reason.ts";

/** Milliseconds a socket gets to send its last bytes; after that it is dropped with what it holds. */
const CLOSE_TIMEOUT = 2000;
/** Espruino's code for a name that cannot be resolved (socketerrors.h, SOCKET_ERR_NOT_FOUND). */
const ERROR_NOT_FOUND = -6;

/** A TCP link; one connection at a time. The functions are made once, so a connection costs its socket and no more. */
export function createTcpLink(): Link {
  /** The socket whose events count; those of earlier ones come late and to nobody. */
  let socket: Socket | undefined;
  let handlers: LinkHandlers | undefined;
  let isOpen = false;
  let reason = 0;

  function finish(): void {
    const ending = handlers;
    socket = handlers = undefined;
    if (ending) ending.onClose(reason);
  }

  // 'connect' is queued while data is not, so the first bytes may come before it.
  function established(this: Socket): void {
    if (this !== socket || isOpen) return;
    isOpen = true;
    reason = CONNECTION_LOST;
    if (handlers) handlers.onOpen();
  }

  function received(this: Socket, bytes: string): void {
    established.call(this);
    if (this === socket && handlers) handlers.onData(bytes);
  }

  function drained(this: Socket): void {
    if (this === socket && isOpen && handlers) handlers.onDrain();
  }

  function failed(this: Socket, error: SocketError): void {
    if (this === socket && error.code === ERROR_NOT_FOUND) reason = NAME_NOT_FOUND;
  }

  function closed(this: Socket): void {
    if (this === socket) finish();
  }

  /** Starts to connect and attaches the listeners at once; without one for data Espruino would keep and repeat bytes. */
  function dial(address: Address): void {
    socket = require("net").connect({ host: address.host, port: address.port }, established);
    socket.on("data", received);
    socket.on("drain", drained);
    socket.on("error", failed);
    socket.on("close", closed);
  }

  return {
    open(address: Address, next: LinkHandlers) {
      handlers = next;
      isOpen = false;
      // Neither board refuses to dial without an address of its own; ESP32 would block until the attempt times out.
      const isDown = require("Wifi").getIP().ip === "0.0.0.0";
      reason = isDown ? NETWORK_DOWN : CONNECTION_REFUSED;
      try {
        if (!isDown) dial(address);
      } catch (error) {
        // ESP32 throws what ESP8266 reports by an event.
        if (String(error).indexOf("locate host") > 0) reason = NAME_NOT_FOUND;
      }
      if (!socket) setTimeout(finish, 0);
    },

    write(bytes: string) {
      try {
        if (socket) socket.write(bytes);
      } catch (error) {
        // A socket has ended some time before it says so; `onClose` is on its way.
      }
    },

    close() {
      const closing = socket;
      if (!closing) return;
      closing.end();
      setTimeout(function () {
        if (closing !== socket) return;
        // end() waits for ever for a peer that takes nothing more.
        closing.dSnd = "";
        finish();
      }, CLOSE_TIMEOUT);
    },
  };
}
