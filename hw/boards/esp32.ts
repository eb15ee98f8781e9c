import type { Board } from "../board.ts";
import { createSecureLink } from "../net/secure.ts";
import { createTcpLink } from "../net/tcp.ts";
import { closeTelnet, createI2C, id } from "./espruino.ts";

/**
 * Seconds; longer than a TCP connect that nobody answers, which blocks the whole interpreter here. The idle
 * loop must not feed it: it goes round while the timers stand still, for an hour where SNTP sets the clock
 * back by one.
 */
const WATCHDOG = 60;

/** An ESP32, ESP32-C3, ESP32-S3 and whatever else Espruino calls by a name that begins so. */
export const esp32: Board = {
  name: "ESP32",
  id,
  createI2C,
  createLink: (transport) => (transport.tls ? createSecureLink(transport) : createTcpLink()),
  // The firmware tells what woke the board, not what reset it.
  resetReason: () => (ESP32.getWakeupCause() ? "wake " + ESP32.getWakeupCause() : "reset"),
  secure() {
    closeTelnet();
    E.enableWatchdog(WATCHDOG, false);
    // Whoever ends the program, to load another or to type, may take his time.
    E.on("kill", function () {
      E.enableWatchdog(WATCHDOG, true);
    });
  },
  kick() {
    E.kickWatchdog();
  },
  syncClock(server: string) {
    require("Wifi").setSNTP(server, "UTC0");
  },
};
