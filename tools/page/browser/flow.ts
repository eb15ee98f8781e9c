/** Writing to a board at the pace it asks for: Espruino sends XOFF when its input is nearly full, and XON when there is room. */

const XON = "\x11";
const XOFF = "\x13";

export interface Flow {
  /** Looks through what came from the board. */
  hear(bytes: string): void;
  /** Sends in pieces of at most `size()` bytes, one write after the other. */
  write(bytes: string): Promise<void>;
  /** The connection is gone: whoever waits for room goes on, and fails by itself. */
  end(): void;
}

export function createFlow(send: (piece: string) => Promise<void>, size: () => number): Flow {
  let isShut = false;
  let waiting: Array<() => void> = [];
  let last = Promise.resolve();

  const open = (): void => {
    isShut = false;
    for (const resolve of waiting.splice(0)) resolve();
  };

  async function writeAll(bytes: string): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (isShut) await new Promise<void>((resolve) => (waiting = [...waiting, resolve]));
      const piece = bytes.slice(at, at + size());
      at += piece.length;
      await send(piece);
    }
  }

  return {
    hear(bytes) {
      const [shuts, opens] = [bytes.lastIndexOf(XOFF), bytes.lastIndexOf(XON)];
      if (shuts > opens) isShut = true;
      else if (opens >= 0) open();
    },
    write(bytes) {
      const done = last.then(() => writeAll(bytes));
      last = done.catch(() => undefined);
      return done;
    },
    end: open,
  };
}
