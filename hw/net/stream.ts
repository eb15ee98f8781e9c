/** The link over what a program has opened itself: a socket of `require("tls")`, a serial port, a radio. */
import { SEND_BUFFER } from "../../src/limits.ts";
import type { Link, LinkHandlers } from "../../src/link.ts";
import { CONNECTION_LOST } from "../../src/reason.ts";
import { shortages } from "./shortage.ts";

/** Milliseconds it gets to tell its end. */
const CLOSE_TIMEOUT = 2000;

/** Tells 'data' with byte strings, and 'end' or 'close' when it is over. Sockets tell 'drain', too. */
interface OpenStream {
  write(bytes: string): void;
  end(): void;
  on(event: string, listener: (bytes: string) => void): void;
  /** What a socket has yet to send. */
  dSnd?: string;
  _link?: Link;
}

/**
 * A link over a stream that is open. It opens once for each time that the program hands the stream over, which is why its
 * functions stand in here: most programs never make one.
 */
export function createStreamLink(stream: OpenStream): Link {
  let handlers: LinkHandlers | undefined;
  let turn = 0;
  let before = 0;
  function ended(): void {
    const informed = handlers;
    handlers = undefined;
    // A socket that cannot send what it holds never closes.
    if (stream.dSnd) stream.dSnd = "";
    if (informed) informed.onClose(CONNECTION_LOST);
  }
  if (stream._link) return stream._link;
  stream.on("data", function (bytes) {
    if (handlers) handlers.onData(bytes);
  });
  stream.on("drain", function () {
    if (handlers) handlers.onDrain();
  });
  stream.on("end", ended);
  stream.on("close", ended);
  return (stream._link = {
    open(_address, given) {
      turn++;
      handlers = given;
      before = shortages;
      setTimeout(function () {
        if (handlers) handlers.onOpen();
      }, 0);
    },
    write(bytes) {
      try {
        stream.write(bytes);
        return !stream.dSnd || stream.dSnd.length < SEND_BUFFER;
      } catch (error) {
        // A socket has ended some time before it says so.
      }
      return false;
    },
    close() {
      stream.end();
      setTimeout(
        function (closed) {
          if (closed === turn) ended();
        },
        CLOSE_TIMEOUT,
        turn,
      );
    },
    isIntact: () => !handlers || before === shortages,
  });
}
