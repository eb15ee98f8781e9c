/** A serial port, or a pseudo terminal, by the library serialport; it is loaded when a port is opened, not before. */
import { statSync } from "node:fs";
import type { SerialPort } from "serialport";
import type { Transport } from "../board/transport.ts";
import { EXIT } from "../exit-code.ts";
import { HINTS, symptomOf } from "../hints.ts";
import { UserError } from "../user-error.ts";

/** The library, which has a part for each system. */
export async function loadSerialPort(): Promise<typeof import("serialport")> {
  try {
    return await import("serialport");
  } catch (error) {
    throw new UserError(
      `The library for serial ports cannot be loaded: ${(error as Error).message.split("\n")[0] ?? ""}.`,
      EXIT.PORT,
      "Install it with npm install serialport; its prebuilt part is there for Linux, macOS and Windows.",
    );
  }
}

const ONLY_UPLOAD =
  "Only upload makes a simulated board; one that stays is ristretto simulate --console 2323, at tcp://127.0.0.1:2323.";
const ALL_PORTS = "ristretto ports lists those that there are.";

/** Throws where something has this name that is no device, or the name is empty. */
export function requireDevice(path: string): void {
  if (path === "") throw new UserError("The port's name is empty.", EXIT.PORT, ALL_PORTS);
  let isOther: boolean;
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    isOther = !!found && !found.isCharacterDevice();
  } catch {
    // Opening it tells why.
    return;
  }
  if (isOther) throw new UserError(`${path} is no serial port.`, EXIT.PORT, ALL_PORTS);
}

/** Why a port cannot be opened. */
export function refusal(path: string, error: Error): UserError {
  if (/inappropriate ioctl|not a tty/i.test(error.message))
    return new UserError(`${path} is no serial port.`, EXIT.PORT, ALL_PORTS);
  const symptom = symptomOf(error.message);
  if (symptom === "port is taken")
    return new UserError(`${path} is taken, or not yours to open.`, EXIT.PORT, HINTS[symptom]);
  if (/no such file|cannot find|ENOENT|file not found/i.test(error.message))
    return new UserError(
      `There is no port ${path}.`,
      EXIT.PORT,
      path === "simulated" ? ONLY_UPLOAD : HINTS["no port"],
    );
  const reason = error.message.replace(/^Error:? |,? cannot open .*$/g, "");
  return new UserError(`${path} cannot be opened: ${reason}.`, EXIT.PORT, HINTS["no port"]);
}

export async function openSerial(path: string, baudRate: number): Promise<Transport> {
  requireDevice(path);
  const library = await loadSerialPort();
  const port = await new Promise<SerialPort>((resolve, reject) => {
    const opened: SerialPort = new library.SerialPort(
      // Espruino asks for pauses by XOFF when its input is full.
      { path, baudRate, xon: true, xoff: true, hupcl: false },
      (error) => {
        if (error) reject(refusal(path, error));
        else resolve(opened);
      },
    );
  });
  let onData: (bytes: string) => void = () => undefined;
  let onClose: (reason: string) => void = () => undefined;
  let isWanted = true;
  let reason = "it was unplugged";
  port.setEncoding("latin1");
  port.on("data", (bytes) => {
    onData(String(bytes));
  });
  const end = (error: Error | null): void => {
    if (error?.message) reason = error.message;
    if (isWanted) onClose(reason);
    isWanted = false;
  };
  port.on("close", end);
  port.on("error", end);
  return {
    name: path,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        port.write(bytes, "latin1", (error) => {
          if (error) reject(error);
          else
            port.drain((problem) => {
              if (problem) reject(problem);
              else resolve();
            });
        });
      }),
    onData: (listener) => (onData = listener),
    onClose: (listener) => (onClose = listener),
    close: () =>
      new Promise((resolve) => {
        isWanted = false;
        if (!port.isOpen) resolve();
        else
          port.close(() => {
            resolve();
          });
      }),
  };
}
