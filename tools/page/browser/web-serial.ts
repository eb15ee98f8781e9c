/** A board's console at a USB port, through the browser's Web Serial. */
import type { Transport } from "../../board/transport.ts";
import { bytesOf, textOf } from "./bytes.ts";

const BAUD_RATE = 115200;

/** Can this browser do it at all? */
export const hasWebSerial = (): boolean => "serial" in navigator;

/** Lets the person choose a port, and opens it; rejects with a NotFoundError when nothing was chosen. */
export async function openWebSerial(): Promise<Transport> {
  const port = await navigator.serial.requestPort();
  await port.open({ baudRate: BAUD_RATE });
  const writer = port.writable!.getWriter();
  const reader = port.readable!.getReader();
  let onData = (_bytes: string): void => undefined;
  let onClose: ((reason: string) => void) | undefined;

  async function read(): Promise<string> {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return "the port was closed";
        onData(textOf(value));
      }
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  const end = read().then((reason) => onClose?.(reason));
  return {
    name: "the USB port",
    write: (bytes) => writer.write(bytesOf(bytes)),
    onData: (listener) => void (onData = listener),
    onClose: (listener) => void (onClose = listener),
    async close() {
      onClose = undefined;
      await reader.cancel().catch(() => undefined);
      await end;
      reader.releaseLock();
      await writer.close().catch(() => undefined);
      await port.close().catch(() => undefined);
    },
  };
}
