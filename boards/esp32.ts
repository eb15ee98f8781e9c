/** boards/ESP32.py, targets/esp32 of Espruino 2v29, and its partitions_espruino.csv. */
import type { BoardTable } from "./board.ts";

export const esp32 = {
  name: "ESP32",
  family: "ESP32",
  chip: { name: "ESP32", id: 0, bootloader: 0x1000, frequency: 40 },
  env: { BOARD: "ESP32", MODULES: "net,Wifi,Storage,TelnetServer,crypto,tls" },
  // As many as its free memory allows.
  variables: 5000,
  storage: 0xe0000,
  i2c: { data: "D21", clock: "D22" },
  pins: {
    all: "D0-D39",
    absent: "D20 D24 D28-D31",
    analog: "D32-D39",
    unwatched: "D6-D12",
    inputOnly: "D34-D39",
    unfit: [["D6-D11", "the flash chip is there"]],
    delicate: [
      ["D1 D3", "the console is there"],
      ["D12", "it must be low when the board starts, or its flash chip gets the wrong voltage"],
      ["D0 D2", "at a start it decides whether the board boots"],
    ],
    booting: [],
  },
  adc: { bits: 12, fullScale: 3.3 },
  queueBytes: 4096,
  watchTime: 0.3,
} as const satisfies BoardTable;
