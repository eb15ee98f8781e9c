/** What the signals of a line do to a chip: through two transistors at its pins, or through its own USB. */
export interface Signals {
  dtr: boolean;
  rts: boolean;
}

/** Held in reset, or started with its loader or its program. */
export type Outcome = "reset" | "loader" | "program";

export type Reset = (signals: Signals) => Outcome | undefined;

/** EN is low while RTS is on and DTR is not, GPIO0 the other way round; leaving reset, GPIO0 decides what starts. */
export function createUartReset(): Reset {
  let isHeld = false;
  return ({ dtr, rts }) => {
    if (rts && !dtr) {
      isHeld = true;
      return "reset";
    }
    if (!isHeld) return undefined;
    isHeld = false;
    return dtr && !rts ? "loader" : "program";
  };
}

/**
 * The USB Serial/JTAG of an ESP32-C3 and -S3, by their reference manuals: DTR alone has the next reset start the loader,
 * neither undoes that, RTS alone resets, both together do nothing.
 */
export function createUsbReset(): Reset {
  let isLoaderNext = false;
  let last: Signals = { dtr: false, rts: false };
  return ({ dtr, rts }) => {
    const isNew = dtr !== last.dtr || rts !== last.rts;
    last = { dtr, rts };
    if (!isNew || (dtr && rts)) return undefined;
    if (rts) return isLoaderNext ? "loader" : "program";
    isLoaderNext = dtr;
    return undefined;
  };
}
