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

/** Who is told what the stream tells, while it is open. */
interface Told {
  _handlers?: LinkHandlers | undefined;
  /** How often it was opened. */
  _turn: number;
  /** Shortages of memory before. */
  _shortages: number;
}

/** Hears the stream; returns what reports its end. */
function listen(stream: OpenStream, told: Told): () => void {
  function ended(): void {
    const handlers = told._handlers;
    told._handlers = undefined;
    // A socket that cannot send what it holds never closes.
    if (stream.dSnd) stream.dSnd = "";
    if (handlers) handlers.onClose(CONNECTION_LOST);
  }
  stream.on("data", function (bytes) {
    if (told._handlers) told._handlers.onData(bytes);
  });
  stream.on("drain", function () {
    if (told._handlers) told._handlers.onDrain();
  });
  stream.on("end", ended);
  stream.on("close", ended);
  return ended;
}

/**
 * A link over a stream that is open. It opens once for each time that the program hands the stream over,
 * which is why its functions stand in here: most programs never make one.
 */
export function createStreamLink(stream: OpenStream): Link {
  const told: Told = { _turn: 0, _shortages: 0 };
  if (stream._link) return stream._link;
  const ended = listen(stream, told);
  return (stream._link = {
    open(_address, handlers) {
      told._turn++;
      told._handlers = handlers;
      told._shortages = shortages;
      setTimeout(function () {
        if (told._handlers) told._handlers.onOpen();
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
        function (turn) {
          if (turn === told._turn) ended();
        },
        CLOSE_TIMEOUT,
        told._turn,
      );
    },
    isIntact: () => !told._handlers || told._shortages === shortages,
  });
}
