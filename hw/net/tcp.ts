/** The link over Espruino's `require("net")`, which hides how differently the two boards fail. */
import type { Net, Socket, SocketError } from "../espruino.d.ts";
import { SEND_BUFFER } from "../../src/limits.ts";
import type { Address, Link, LinkHandlers } from "../../src/link.ts";
import {
  CONNECTION_LOST,
  CONNECTION_REFUSED,
  NAME_NOT_FOUND,
  NETWORK_DOWN,
  QUOTA_EXCEEDED,
} from "../../src/reason.ts";
import { links, prepare, shortages } from "./shortage.ts";
import type { Guarded } from "./shortage.ts";

/** Milliseconds a socket gets to send its last bytes; after that it is dropped with what it holds. */
const CLOSE_TIMEOUT = 2000;
/**
 * Variables that are free before the end by a shortage is reported: with nothing left the engine crashes
 * where it calls a function.
 */
const ROOM_TO_TELL = 60;
/** Espruino's code for a name that cannot be resolved (socketerrors.h, SOCKET_ERR_NOT_FOUND). */
const ERROR_NOT_FOUND = -6;

/** A link over TCP. Its socket knows it, so that the functions below serve every link. */
export interface TcpLink extends Link, Guarded {
  /** What connects instead of `require("net")`: tls.ts. */
  _net?: Net;
  _socket: LinkedSocket | undefined;
  _handlers: LinkHandlers;
  /** Why it ends, when it does; CONNECTION_LOST from the moment that it is open. */
  _reason: number;
  /** Shortages of memory before it was opened. */
  _shortages: number;
  isIntact(): boolean;
}

/** A socket, or nothing but the link where none could be made. `_link` is there until the link has given it up. */
export type LinkedSocket = Partial<Socket> & {
  _link?: TcpLink | undefined;
  /** Does it tell that it ran empty? Only once it was full: what nobody waits for costs nothing. */
  _hearsDrain?: boolean;
};

/**
 * Reports the end, unless that was done: what a socket tells later is told to nobody. With `found` it is
 * the link that found itself deaf.
 */
function finish(socket: LinkedSocket, found?: TcpLink): void {
  if (found) {
    // What would tell its end may be lost as well.
    socket._link = found;
    socket.clsNow = true;
    // What its owner does about it takes memory. Where there stays none, `close` tells it even so.
    if (process.memory(false).free < ROOM_TO_TELL) return;
  }
  const link = socket._link;
  if (!link) return;
  const reason = link._shortages === shortages ? link._reason : QUOTA_EXCEEDED;
  const place = links.indexOf(link);
  if (place >= 0) links.splice(place, 1);
  // end() waits for ever for a peer that takes nothing more, and for somebody who hears what came.
  socket.dSnd = socket.dRcv = "";
  socket._link = undefined;
  link._shortages = shortages;
  link._handlers.onClose(reason);
  // Now it was told: a shortage has broken off nothing of it.
  if (link._socket === socket) link._socket = undefined;
}

/** The socket connected, or ran empty: it takes bytes. */
function ready(this: LinkedSocket): void {
  const link = this._link;
  if (!link) return;
  if (link._reason !== CONNECTION_LOST) {
    link._reason = CONNECTION_LOST;
    link._handlers.onOpen();
  } else if (!this.dSnd) link._handlers.onDrain();
}

// 'connect' is queued while data is not, so the first bytes may come before it.
function received(this: LinkedSocket, bytes: string): void {
  if (this._link && this._link._reason !== CONNECTION_LOST) ready.call(this);
  if (this._link) this._link._handlers.onData(bytes);
}

/** An error comes before the end, which alone tells no error. */
function ended(this: LinkedSocket, error: SocketError | boolean): void {
  const code = (error as SocketError).code;
  const link = this._link;
  if (!code && link && link.isIntact()) finish(this);
  else if (link && code === ERROR_NOT_FOUND) link._reason = NAME_NOT_FOUND;
}

function open(this: TcpLink, address: Address, handlers: LinkHandlers): void {
  let socket: LinkedSocket = {};
  // Before anything that memory may run out in.
  this._handlers = handlers;
  this._socket = socket;
  socket._link = this;
  this._reason = CONNECTION_REFUSED;
  prepare();
  links.push(this);
  this._shortages = shortages;
  try {
    // Neither board refuses to dial without an address of its own; ESP32 would block until the attempt times out.
    if (require("Wifi").getIP().ip === "0.0.0.0") this._reason = NETWORK_DOWN;
    else {
      this._socket = socket = (this._net || require("net")).connect(address, ready);
      // At once: without a listener for data Espruino would keep and repeat bytes.
      (socket as Socket).on("data", received);
      (socket as Socket).on("error", ended);
      (socket as Socket).on("close", ended);
      socket._link = this;
    }
  } catch (error) {
    // ESP32 throws what ESP8266 reports by an event.
    if (String(error).indexOf("locate host") > 0) this._reason = NAME_NOT_FOUND;
  }
  // The engine gives every object the method `on`.
  if (!socket.write) setTimeout(finish, 0, socket);
}

function write(this: TcpLink, bytes: string): boolean {
  const socket = this._socket as LinkedSocket;
  try {
    (socket as Socket).write(bytes);
    if ((socket as Socket).dSnd.length < SEND_BUFFER) return true;
    if (!socket._hearsDrain) (socket as Socket).on("drain", ready);
    socket._hearsDrain = true;
  } catch (error) {
    // A socket has ended some time before it says so; `onClose` is on its way.
  }
  return false;
}

function close(this: TcpLink): void {
  const socket = this._socket;
  if (!socket || !socket.end) return;
  socket.end();
  setTimeout(finish, CLOSE_TIMEOUT, socket);
}

function isIntact(this: TcpLink): boolean {
  const socket = this._socket;
  // An attempt that failed at once has nothing to lose.
  return !socket || (this._shortages === shortages && (socket["#ondata"] || !socket.write))
    ? true
    : (finish(socket, this), false);
}

/**
 * A link over the board's TCP; one connection at a time. It ends with 0xC0 (no such name), 0xC1 (nobody listens there), 0xC3 (the
 * connection was lost) or 0xC4 (the board has no address).
 */
export function createTcpLink(): Link {
  const link = { open, write, close, isIntact } as TcpLink;
  return link;
}
