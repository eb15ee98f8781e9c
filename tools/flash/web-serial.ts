/** A line in the shape of the browser's Web Serial, which esptool-js talks to. */
import type { Line, Signals } from "./line.ts";

export interface WebSerialPort {
  readable: ReadableStream<Uint8Array> | null;
  writable: WritableStream<Uint8Array> | null;
  open(options: { baudRate: number }): Promise<void>;
  close(): Promise<void>;
  setSignals(signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Promise<void>;
  /** An addition that esptool-js uses where it is there: a port that is reopened would reset the board. */
  setBaudRate(baudRate: number): Promise<void>;
  getInfo(): { usbVendorId?: number; usbProductId?: number };
}

function readableOf({ stream }: Line): ReadableStream<Uint8Array> {
  let forget = (): void => undefined;
  return new ReadableStream({
    start(controller) {
      const onData = (bytes: Uint8Array): void => controller.enqueue(bytes);
      const onClose = (): void => {
        forget();
        controller.close();
      };
      forget = () => {
        stream.off("data", onData);
        stream.off("close", onClose);
      };
      stream.on("data", onData);
      stream.on("close", onClose);
    },
    cancel: () => forget(),
  });
}

function writableOf({ stream }: Line): WritableStream<Uint8Array> {
  return new WritableStream({
    write: (bytes) =>
      new Promise((resolve, reject) => {
        if (stream.destroyed) reject(new Error("The port is closed."));
        else stream.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
  });
}

/** The line itself stays open when the port is closed: it belongs to whoever opened it. */
export function webSerialPort(line: Line): WebSerialPort {
  const signalsOf = (signals: { dataTerminalReady?: boolean; requestToSend?: boolean }): Signals => ({
    ...(signals.dataTerminalReady === undefined ? {} : { dtr: signals.dataTerminalReady }),
    ...(signals.requestToSend === undefined ? {} : { rts: signals.requestToSend }),
  });
  const port: WebSerialPort = {
    readable: null,
    writable: null,
    async open({ baudRate }) {
      await line.setBaudRate(baudRate);
      port.readable = readableOf(line);
      port.writable = writableOf(line);
    },
    close() {
      port.readable = null;
      port.writable = null;
      return Promise.resolve();
    },
    setSignals: (signals) => line.setSignals(signalsOf(signals)),
    setBaudRate: (baudRate) => line.setBaudRate(baudRate),
    getInfo: () => (line.usb ? { usbVendorId: line.usb.vendor, usbProductId: line.usb.product } : {}),
  };
  return port;
}
