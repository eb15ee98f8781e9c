import { Duplex } from "node:stream";
import type { Peer } from "./connection.ts";

/**
 * Makes a Node stream of the server's end of a connection, for servers such as aedes:
 * `broker.handle(duplexOf(peer))`.
 */
export function duplexOf(peer: Peer): Duplex {
  let closed = false;
  const stream = new Duplex({
    allowHalfOpen: false,
    read: () => peer.touch(),
    write(chunk: Buffer | string, encoding, callback) {
      peer.touch();
      peer.write(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
      callback();
    },
    final(callback) {
      peer.touch();
      peer.end();
      callback();
    },
    destroy(error, callback) {
      peer.touch();
      if (!closed && error) peer.reset();
      else if (!closed) peer.end();
      callback(error);
    },
  });
  peer.touch();
  peer.onData = (bytes) => {
    peer.touch();
    stream.push(bytes);
  };
  peer.onClose = (hadError) => {
    peer.touch();
    closed = true;
    if (hadError) stream.destroy(Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" }));
    else stream.push(null);
  };
  return stream;
}
