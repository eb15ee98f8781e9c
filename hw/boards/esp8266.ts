import type { Board } from "../board.ts";
import { createTcpLink } from "../net/tcp.ts";
import { closeTelnet, createI2C, id } from "./espruino.ts";

export const esp8266: Board = {
  name: "ESP8266",
  id,
  createI2C,
  createLink(transport) {
    if (transport.tls) throw "tls: Espruino has none for ESP8266";
    return createTcpLink();
  },
  resetReason: () => require("ESP8266").getResetInfo().reason,
  // Espruino's watchdog is a stub here; the SDK's own one resets a board that hangs for some seconds.
  secure: closeTelnet,
  kick: undefined,
  syncClock(server: string) {
    require("Wifi").setSNTP(server, 0);
  },
};
