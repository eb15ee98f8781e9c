/** A serial line to a chip: bytes both ways, and the two signals that reset it and choose what it starts. */
import { existsSync, realpathSync } from "node:fs";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import { addressOf } from "../ports/address.ts";
import { listPorts } from "../ports/list.ts";
import { loadSerialPort, refusal, requireDevice } from "../ports/serial.ts";
import { refusal as unreachable } from "../ports/tcp.ts";

export interface Signals {
  dtr?: boolean;
  rts?: boolean;
}

export interface Line {
  readonly stream: Duplex;
  /**
   * Can it reset the board? Without, as over TCP and on pseudo terminals, a person holds BOOT and presses EN, and the
   * baud rate stays what the far end has.
   */
  readonly hasSignals: boolean;
  /** Vendor and product of what is at the other end, where that is known: a chip's own USB wants signals of its own. */
  readonly usb?: { vendor: number; product: number } | undefined;
  setSignals(signals: Signals): Promise<void>;
  setBaudRate(baud: number): Promise<void>;
  close(): Promise<void>;
}

function closed(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    if (stream.closed) resolve();
    else stream.once("close", resolve);
  });
}

function openTcp(path: string, host: string, port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const stream = createConnection({ host, port });
    stream.once("error", (error) => reject(unreachable(path, error)));
    stream.once("connect", () => {
      stream.on("error", () => undefined);
      resolve({
        stream,
        // The far end has the signals and the baud rate.
        hasSignals: false,
        setSignals: () => Promise.resolve(),
        setBaudRate: () => Promise.resolve(),
        close: async () => {
          stream.destroy();
          await closed(stream);
        },
      });
    });
  });
}

/** The ids of the USB device behind a port. */
async function usbOf(path: string): Promise<Line["usb"]> {
  // A name such as /dev/serial/by-id/… leads to the device; on Windows a port is no file.
  const name = existsSync(path) ? realpathSync(path) : path;
  const { id } = (await listPorts()).find((port) => port.path === name) ?? {};
  if (id === undefined) return undefined;
  const [vendor, product] = id.split(":").map((part) => parseInt(part, 16)) as [number, number];
  return { vendor, product };
}

async function openSerial(path: string, baudRate: number): Promise<Line> {
  requireDevice(path);
  const { SerialPort } = await loadSerialPort();
  const usb = await usbOf(path);
  const stream = new SerialPort({ path, baudRate, autoOpen: false });
  const done = (run: (callback: (error: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      run((error) => (error ? reject(error) : resolve()));
    });
  try {
    await done((callback) => stream.open(callback));
  } catch (error) {
    throw refusal(path, error as Error);
  }
  // Whoever waits for the port hears of its end; without a listener an error of it would end the process.
  stream.on("error", () => undefined);
  const hasSignals = await done((callback) => stream.get(callback)).then(
    () => true,
    () => false,
  );
  return {
    stream,
    hasSignals,
    usb,
    setSignals: (signals) =>
      hasSignals ? done((callback) => stream.set(signals, callback)) : Promise.resolve(),
    setBaudRate: (baud) => done((callback) => stream.update({ baudRate: baud }, callback)),
    close: async () => {
      if (stream.isOpen) await done((callback) => stream.close(callback));
    },
  };
}

/** Opens a serial port by its name, or `tcp://host:port`; throws a UserError with a hint when it cannot. */
export function openLine(path: string, baudRate: number): Promise<Line> {
  const address = addressOf(path);
  return address ? openTcp(path, address.host, address.port) : openSerial(path, baudRate);
}
