/**
 * A board's console over Bluetooth Low Energy, through the browser's Web Bluetooth and the service that Espruino offers
 * (Nordic's UART service).
 */
import type { Transport } from "../../board/transport.ts";
import { bytesOf, textOf } from "./bytes.ts";
import { createFlow } from "./flow.ts";

const SERVICE = "6e400001-b5a3-f393-e0a9-e50e24dcca9e";
const TO_BOARD = "6e400002-b5a3-f393-e0a9-e50e24dcca9e";
const FROM_BOARD = "6e400003-b5a3-f393-e0a9-e50e24dcca9e";
/** What fits in a packet of every board; one that sends longer ones takes longer ones. */
const PACKET = 20;

export const hasWebBluetooth = (): boolean => "bluetooth" in navigator;

/** Lets the person choose a board, and connects; rejects with a NotFoundError when none was chosen. */
export async function openWebBluetooth(): Promise<Transport> {
  const device = await navigator.bluetooth.requestDevice({
    filters: [{ services: [SERVICE] }, { namePrefix: "Espruino" }, { namePrefix: "ESP32" }],
    optionalServices: [SERVICE],
  });
  const server = await device.gatt!.connect();
  const service = await server.getPrimaryService(SERVICE);
  const output = await service.getCharacteristic(TO_BOARD);
  const input = await service.getCharacteristic(FROM_BOARD);
  let packet = PACKET;
  let onData = (_bytes: string): void => undefined;
  let onClose: ((reason: string) => void) | undefined;
  const flow = createFlow(
    (piece) => output.writeValueWithResponse(bytesOf(piece)),
    () => packet,
  );

  input.addEventListener("characteristicvaluechanged", () => {
    const { value } = input;
    if (!value) return;
    packet = Math.max(packet, value.byteLength);
    const bytes = textOf(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
    flow.hear(bytes);
    onData(bytes);
  });
  device.addEventListener("gattserverdisconnected", () => {
    flow.end();
    onClose?.("the connection was lost");
  });
  await input.startNotifications();

  return {
    name: device.name ?? "the Bluetooth board",
    write: flow.write,
    onData: (listener) => (onData = listener),
    onClose: (listener) => (onClose = listener),
    close() {
      onClose = undefined;
      server.disconnect();
      return Promise.resolve();
    },
  };
}
