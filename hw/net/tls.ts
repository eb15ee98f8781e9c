/**
 * The link over Espruino's `require("tls")`, for boards that have it: the one over TCP, with another way to connect. It
 * encrypts, and verifies nobody: whoever answers is taken for the broker.
 *
 * `onOpen` comes when TCP stands. What is written then waits for the handshake and goes out after it, so that nothing
 * reaches whoever does not speak TLS; a handshake that fails ends the link with TLS_FAILED.
 */
import type { Net, Socket, SocketError, TlsAddress } from "../espruino.d.ts";
import type { Address, Link } from "../../src/link.ts";
import { QUOTA_EXCEEDED, TLS_FAILED } from "../../src/reason.ts";
import { createTcpLink } from "./tcp.ts";
import type { LinkedSocket, TcpLink } from "./tcp.ts";

/** What the board shows to the broker, as DER in byte strings of more than 100 bytes; none of it for TLS alone. */
export interface Certificates {
  /** The board's certificate. One: Espruino sends none of those that signed it. */
  cert?: string | undefined;
  /** Its private key, RSA or on an elliptic curve, not encrypted. */
  key?: string | undefined;
  /** Who signed the broker's certificate. Espruino reads and does not use it. */
  ca?: string | undefined;
}

/** Stands for Espruino's module, and is the address that it connects to. */
type TlsNet = Net & TlsAddress & { _link: TcpLink };

type TlsSocket = LinkedSocket & {
  /** Has anything been sent? */
  _isSecure?: boolean;
};

/** What was written has left, so the handshake is done; or an error, which before that is one of the handshake. */
function judge(this: TlsSocket, event: SocketError | Socket): void {
  if (!(event as SocketError).code) this._isSecure = this._isSecure || this.dSnd === "";
  else if (this._link && !this._isSecure) this._link._reason = TLS_FAILED;
}

function connect(this: TlsNet, address: Address, onConnect: (this: Socket) => void): Socket {
  this.host = address.host;
  this.port = address.port;
  try {
    const socket = require("tls").connect(this, onConnect);
    // TCP stands where this does not throw, and the handshake can fail before 'connect' is told.
    this._link._reason = TLS_FAILED;
    socket.on("drain", judge);
    socket.on("error", judge);
    return socket;
  } catch (error) {
    // Of a certificate or key that cannot be read, or of memory; everything else is said as `net` says it.
    const text = String(error);
    if (text.indexOf("memory") > 0) this._link._reason = QUOTA_EXCEEDED;
    else if (text.indexOf("mbedtls") > 0) this._link._reason = TLS_FAILED;
    throw error;
  }
}

/**
 * A link over the board's TLS, for an ESP32; one connection at a time. `certificates` stays in use and belongs to the link from now on;
 * `{}` for TLS alone. It ends as the link over TCP does, and with 0xC8 when the handshake failed or a certificate cannot be read,
 * with 0x97 when the engine has too little memory for it.
 */
export function createTlsLink(certificates: Certificates): Link {
  const net = certificates as TlsNet;
  const link = createTcpLink() as TcpLink;
  net.connect = connect;
  net._link = link;
  link._net = net;
  return link;
}
