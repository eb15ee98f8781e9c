/** boards/ESP8266_4MB.py and targets/esp8266 of Espruino 2v29. */
import type { BoardTable } from "./board.ts";

export const esp8266 = {
  name: "ESP8266",
  family: "ESP8266",
  chip: { name: "ESP8266", bootloader: 0, frequency: 40 },
  env: { BOARD: "ESP8266_4MB", MODULES: "net,Wifi,Storage,TelnetServer,crypto,ESP8266" },
  variables: 1600,
  storage: 0x30000,
  i2c: { data: "D13", clock: "D12" },
  pins: {
    all: "D0-D16 A0",
    absent: "",
    analog: "A0",
    unwatched: "D16 A0",
    inputOnly: "A0",
    unfit: [
      ["D6-D11", "the flash chip is there"],
      ["D16", "it cannot be watched, and has no open drain"],
    ],
    delicate: [
      ["D1 D3", "the console is there"],
      ["D15", "it must be low when the board starts, and sensors pull it up"],
      ["D0 D2", "it must be high when the board starts"],
    ],
    booting: [],
  },
  adc: { bits: 10, fullScale: 1 },
  queueBytes: 512,
  watchTime: 1,
} as const satisfies BoardTable;
