/**
 * boards/ESP32S3_IDF4.py and ESP32S3_IDF5.py, targets/esp32 of Espruino 2v29 and of what becomes 2v30; strapping pins and
 * those of flash and PSRAM as in the chip's datasheet.
 */
import type { BoardTable } from "./board.ts";

export const esp32s3 = {
  name: "ESP32-S3",
  family: "ESP32",
  chip: { name: "ESP32-S3", id: 9, bootloader: 0, frequency: 80 },
  env: { BOARD: "ESP32S3_IDF4", MODULES: "net,Wifi,Storage,TelnetServer,crypto,tls" },
  variables: 4095,
  storage: 0xe0000,
  i2c: { data: "D8", clock: "D9" },
  pins: {
    all: "D0-D48",
    absent: "D22-D25",
    // The chip has one at D1 to D20; Espruino's table of pins names none, so that analogRead gives NaN everywhere.
    analog: "",
    // jshCanWatch takes it for an ESP32.
    unwatched: "D6-D12",
    inputOnly: "",
    unfit: [
      ["D26-D32", "the flash chip is there"],
      ["D19 D20", "USB is there, and the console with it"],
    ],
    delicate: [
      ["D33-D37", "on modules with octal flash or PSRAM that is there"],
      ["D43 D44", "Serial1 is there, and from 2v30 on the console while USB is not plugged in"],
      ["D45", "it must be low when the board starts, or its flash chip gets the wrong voltage"],
      ["D46", "it must be low for the chip to be flashed, and sensors pull it up"],
    ],
    booting: [["D0", "it must be high when the board starts, and this part may hold it low"]],
  },
  adc: { bits: 12, fullScale: 3.3 },
  queueBytes: 4096,
  watchTime: 0.3,
} as const satisfies BoardTable;
