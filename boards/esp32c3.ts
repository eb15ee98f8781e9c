/**
 * boards/ESP32C3_IDF4.py and ESP32C3_IDF5.py, targets/esp32 of Espruino 2v29 and of what becomes 2v30; strapping pins as in
 * the chip's datasheet.
 */
import type { BoardTable } from "./board.ts";

export const esp32c3 = {
  name: "ESP32-C3",
  family: "ESP32",
  chip: { name: "ESP32-C3", id: 5, bootloader: 0, frequency: 80 },
  env: { BOARD: "ESP32C3_IDF4", MODULES: "net,Wifi,Storage,crypto,tls" },
  variables: 4095,
  storage: 0xe0000,
  i2c: { data: "D8", clock: "D9" },
  pins: {
    all: "D0-D21",
    absent: "",
    analog: "D0-D4",
    unwatched: "D18 D19",
    inputOnly: "",
    unfit: [
      ["D11-D17", "the flash chip is there"],
      ["D18 D19", "USB is there, and the console with it"],
    ],
    delicate: [["D20 D21", "Serial1 is there, and from 2v30 on the console while USB is not plugged in"]],
    booting: [["D2 D9", "it must be high when the board starts, and this part may hold it low"]],
  },
  adc: { bits: 12, fullScale: 3.3 },
  queueBytes: 4096,
  watchTime: 0.3,
} as const satisfies BoardTable;
