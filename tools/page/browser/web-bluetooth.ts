/**
 * A board's console over Bluetooth Low Energy, through the browser's Web Bluetooth and the service that Espruino offers
 * (Nordic's UART service).
 */
import type { Transport } from "../../board/transport.ts";
import { bytesOf, textOf } from "./bytes.ts";

const SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e";
const TO_BOARD = "6e400002-b5a3-f393-e0a9-e50e24dcca9e";
const FROM_BOARD = "6e400003-b5a3-f393-e0a9-e50e24dcca9e";
/** What fits in a packet of every board; one that sends longer ones takes longer ones. */
const PACKET = 20;
const XON = "\x11";
const XOFF = "\x13";

export const hasWebBluetooth = (): boolean => "bluetooth" in navigator;

/** A gate that the board shuts when it has enough to do. */
function createGate(): { hear(bytes: string): void; open(): Promise<void>; force(): void } {
  let isShut = false;
  let waiting: Array<() => void> = [];
  const force = (): void => {
    isShut = false;
    for (const resolve of waiting.splice(0)) resolve();
  };
  return {
    hear(bytes) {
      const last = Math.max(bytes.lastIndexOf(XON), bytes.lastIndexOf(XOFF));
      if (last < 0) return;
      if (bytes[last] === XOFF) isShut = true;
      else force();
    },
    open: () => (isShut ? new Promise((resolve) => (waiting = [...waiting, resolve])) : Promise.resolve()),
    force,
  };
}

/** Lets the person choose a board, and connects; rejects with a NotFoundError when none was chosen. */
export async function openWebBluetooth(): Promise<Transport> {
  const device = await navigator.bluetooth.requestDevice({
    filters: [{ services: [SERVICE] }, { namePrefix: "Espruino" }, { namePrefix: "ESP32" }],
    optionalServices: [SERVICE],
  });
  const server = await device.gatt!.connect();
  const service = await server.getPrimaryService(SERVICE);
  const [output, input] = [await service.getCharacteristic(TO_BOARD), await service.getCharacteristic(FROM_BOARD)];
  const gate = createGate();
  let packet = PACKET;
  let onData = (_bytes: string): void => undefined;
  let onClose: ((reason: string) => void) | undefined;
  let last = Promise.resolve();

  input.addEventListener("characteristicvaluechanged", () => {
    const { value } = input;
    if (!value) return;
    packet = Math.max(packet, value.byteLength);
    const bytes = textOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    gate.hear(bytes);
    onData(bytes);
  });
  device.addEventListener("gattserverdisconnected", () => {
    gate.force();
    onClose?.("the connection was lost");
  });
  await input.startNotifications();

  async function send(bytes: string): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      await gate.open();
      const piece = bytes.slice(at, at + packet);
      at += piece.length;
      await output.writeValueWithResponse(bytesOf(piece));
    }
  }

  return {
    name: device.name ?? "the Bluetooth board",
    write(bytes) {
      // One write at a time: a second one meanwhile is an error.
      const sent = last.then(() => send(bytes));
      last = sent.catch(() => undefined);
      return sent;
    },
    onData: (listener) => void (onData = listener),
    onClose: (listener) => void (onClose = listener),
    close() {
      onClose = undefined;
      server.disconnect();
      return Promise.resolve();
    },
  };
}
