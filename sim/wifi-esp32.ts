import type { WifiCallback, WifiDetails, WifiStatus } from "../hw/espruino.d.ts";
import {
  ACCESS_POINT_MAC,
  REASON_BAD_PASSWORD,
  REASON_BEACON_TIMEOUT,
  REASON_LEFT,
  REASON_NO_AP_FOUND,
} from "./wifi.ts";
import { BoardStation } from "./wifi-station.ts";

// wifiReasonToString() of jswrap_esp32_network.c; 0 stands for "never disconnected".
const REASONS: Readonly<Record<number, string>> = {
  0: "Unknown reason",
  [REASON_LEFT]: "ASSOC_LEAVE",
  [REASON_BAD_PASSWORD]: "4WAY_HANDSHAKE_TIMEOUT",
  [REASON_BEACON_TIMEOUT]: "BEACON_TIMEOUT",
  [REASON_NO_AP_FOUND]: "NO_AP_FOUND",
};

// s_retry_num: `connect` sets it, each lost link or vain attempt takes one, and success gives none back.
const ATTEMPTS = 3;

/** Wi-Fi as libs/network/esp32/jswrap_esp32_network.c has it: it gives up, and then waits for `connect`. */
export class Esp32Station extends BoardStation {
  private attempts = 0;
  /** Stays true while a lost link is silently tried again. */
  private connected = false;
  private lastReason = 0;

  protected override connect(ssid: string, password: string, callback?: WifiCallback): void {
    this.ssid = ssid;
    this.password = password;
    this.callback.set(callback);
    this.radio.configure(this.ssid, this.password);
    this.attempts = ATTEMPTS;
    // Already in, it leaves first, which costs one attempt; while it is trying it goes on trying.
    if (this.connected) this.radio.leave();
    else if (this.radio.state === "idle") this.radio.join();
  }

  protected override disconnect(): void {
    this.attempts = 0;
    this.radio.leave();
  }

  protected override checkZone(zone: unknown): void {
    if (typeof zone !== "string") throw this.options.realm.error("Error", "Zone is not a string");
  }

  protected override details(): WifiDetails {
    if (!this.connected) return { status: REASONS[this.lastReason]! };
    const secrets = { ssid: this.ssid, password: this.password };
    return { ...secrets, status: "connected", authMode: "wpa2" } as WifiDetails;
  }

  protected override radioStatus(): WifiStatus {
    const station = this.connected ? "connected" : REASONS[this.lastReason]!;
    return this.connected ? { station, rssi: this.options.accessPoint.rssi } : { station };
  }

  protected override onAssociated(): void {
    this.connected = true;
    this.emit("associated", { ssid: this.ssid, mac: ACCESS_POINT_MAC, channel: "6" });
  }

  protected override onAddress(): void {
    this.callback.call(null);
    this.emit("connected", { ip: this.options.address, netmask: "255.255.255.0", gw: "192.168.1.1" });
  }

  protected override onDisconnected(reason: number): void {
    // Silently: the program hears of a loss only when the attempts are used up.
    if (--this.attempts > 0) return this.radio.join();
    this.connected = false;
    this.lastReason = reason;
    const msg = REASONS[reason]!;
    this.emit("disconnected", { ssid: this.ssid, mac: ACCESS_POINT_MAC, reason: String(reason), msg });
    this.callback.call(msg);
  }
}
