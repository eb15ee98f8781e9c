/** A board's console at a USB port, through the browser's Web Serial. */
import type { Transport } from "../../board/transport.ts";
import { bytesOf, textOf } from "./bytes.ts";
import { createFlow } from "./flow.ts";

const BAUD_RATE = 115200;
/** Bytes between two looks at whether the board wants a pause: it says so with as much room left, and more. */
const PIECE = 128;

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
  const flow = createFlow(
    (piece) => writer.write(bytesOf(piece)),
    () => PIECE,
  );

  /** Reads to the end, and says what that was. */
  async function read(): Promise<string> {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return "the port was closed";
        const bytes = textOf(value);
        flow.hear(bytes);
        onData(bytes);
      }
    } catch (error) {
      return error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    }
  }

  const end = read().then((reason) => {
    flow.end();
    onClose?.(reason);
  });
  return {
    name: "the USB port",
    write: flow.write,
    onData: (listener) => (onData = listener),
    onClose: (listener) => (onClose = listener),
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
