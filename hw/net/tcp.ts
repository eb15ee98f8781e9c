/** The link over Espruino's `require("net")`, which hides how differently the two boards fail. */
import type { Socket, SocketError } from "../espruino.d.ts";
import { SEND_BUFFER } from "../../src/limits.ts";
import type { Address, Link, LinkHandlers } from "../../src/link.ts";
import { CONNECTION_LOST, CONNECTION_REFUSED, NAME_NOT_FOUND, NETWORK_DOWN } from "../../src/reason.ts";

/** Milliseconds a socket gets to send its last bytes; after that it is dropped with what it holds. */
const CLOSE_TIMEOUT = 2000;
/** Espruino's code for a name that cannot be resolved (socketerrors.h, SOCKET_ERR_NOT_FOUND). */
const ERROR_NOT_FOUND = -6;

/** A link over TCP. Its socket knows it, so that the functions below serve every link. */
interface TcpLink extends Link {
  /** The socket whose events count; those of earlier ones come late and to nobody. */
  _socket: LinkedSocket | undefined;
  _handlers: LinkHandlers | undefined;
  _isOpen: boolean;
  /** Does it listen for the socket's running empty? Only where it was full: what is never told costs nothing. */
  _hearsDrain: boolean;
  /** Why it ends, when it does. */
  _reason: number;
}

type LinkedSocket = Socket & { _link?: TcpLink };

function finish(link: TcpLink): void {
  const handlers = link._handlers;
  link._socket = link._handlers = undefined;
  if (handlers) handlers.onClose(link._reason);
}

/** What socket `this` tells counts for its link as long as it has not been given up. */
function linkOf(socket: LinkedSocket): TcpLink | undefined {
  const link = socket._link;
  return link && link._socket === socket ? link : undefined;
}

// 'connect' is queued while data is not, so the first bytes may come before it.
function established(this: LinkedSocket): void {
  const link = linkOf(this);
  if (!link || link._isOpen) return;
  link._isOpen = true;
  link._reason = CONNECTION_LOST;
  if (link._handlers) link._handlers.onOpen();
}

function received(this: LinkedSocket, bytes: string): void {
  let link = linkOf(this);
  if (link && !link._isOpen) {
    established.call(this);
    link = linkOf(this);
  }
  if (link && link._handlers) link._handlers.onData(bytes);
}

function drained(this: LinkedSocket): void {
  const link = linkOf(this);
  if (link && link._isOpen && link._handlers) link._handlers.onDrain();
}

function failed(this: LinkedSocket, error: SocketError): void {
  const link = linkOf(this);
  if (link && error.code === ERROR_NOT_FOUND) link._reason = NAME_NOT_FOUND;
}

function closed(this: LinkedSocket): void {
  const link = linkOf(this);
  if (link) finish(link);
}

function open(this: TcpLink, address: Address, handlers: LinkHandlers): void {
  this._handlers = handlers;
  this._isOpen = this._hearsDrain = false;
  // Neither board refuses to dial without an address of its own; ESP32 would block until the attempt times out.
  const isDown = require("Wifi").getIP().ip === "0.0.0.0";
  this._reason = isDown ? NETWORK_DOWN : CONNECTION_REFUSED;
  try {
    if (!isDown) {
      const socket: LinkedSocket = require("net").connect(
        { host: address.host, port: address.port },
        established,
      );
      this._socket = socket;
      socket._link = this;
      // At once: without a listener for data Espruino would keep and repeat bytes.
      socket.on("data", received);
      socket.on("error", failed);
      socket.on("close", closed);
    }
  } catch (error) {
    // ESP32 throws what ESP8266 reports by an event.
    if (String(error).indexOf("locate host") > 0) this._reason = NAME_NOT_FOUND;
  }
  if (!this._socket) setTimeout(finish, 0, this);
}

function write(this: TcpLink, bytes: string): boolean {
  const socket = this._socket as LinkedSocket;
  try {
    socket.write(bytes);
    if (socket.dSnd.length < SEND_BUFFER) return true;
    if (!this._hearsDrain) socket.on("drain", drained);
    this._hearsDrain = true;
  } catch (error) {
    // A socket has ended some time before it says so; `onClose` is on its way.
  }
  return false;
}

/** end() waits for ever for a peer that takes nothing more. */
function giveUp(socket: LinkedSocket): void {
  const link = linkOf(socket);
  if (!link) return;
  socket.dSnd = "";
  finish(link);
}

function close(this: TcpLink): void {
  if (!this._socket) return;
  this._socket.end();
  setTimeout(giveUp, CLOSE_TIMEOUT, this._socket);
}

/** A TCP link; one connection at a time. */
export function createTcpLink(): Link {
  const link: TcpLink = {
    open,
    write,
    close,
    _socket: undefined,
    _handlers: undefined,
    _isOpen: false,
    _hearsDrain: false,
    _reason: 0,
  };
  return link;
}
