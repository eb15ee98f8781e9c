import type { WifiCallback, WifiDetails, WifiStatus } from "../hw/espruino.d.ts";
import {
  ACCESS_POINT_MAC,
  REASON_BAD_PASSWORD,
  REASON_BEACON_TIMEOUT,
  REASON_LEFT,
  REASON_NO_AP_FOUND,
} from "./wifi.ts";
import { BoardStation } from "./wifi-station.ts";

// wifiGetReason() of jswrap_esp8266_network.c. From 200 on its table is read one entry too low, so the texts
// are wrong.
const REASONS: Readonly<Record<number, string>> = {
  [REASON_LEFT]: "assoc_leave",
  [REASON_BAD_PASSWORD]: "4way_handshake_timeout",
  [REASON_BEACON_TIMEOUT]: "cipher_suite_rejected",
  [REASON_NO_AP_FOUND]: "beacon_timeout",
};

type Status = "off" | "connecting" | "bad_password" | "no_ap_found" | "connected";

// The SDK tries again for ever; it pauses so long (ms) after a vain attempt.
const PAUSE_MS = 1000;

/** Wi-Fi as libs/network/esp8266/jswrap_esp8266_network.c has it, above an SDK that rejoins by itself. */
export class Esp8266Station extends BoardStation {
  private status: Status = "off";
  private enabled = false;

  protected override connect(ssid: string, password: string, callback?: WifiCallback): void {
    this.callback.set(callback);
    const same = ssid === this.ssid && password === this.password;
    if (this.status === "connected" && same) return this.callback.call(null);
    this.ssid = ssid;
    this.password = password;
    this.radio.configure(ssid, password);
    this.enabled = true;
    // A station that was in is told of its leaving, one that was only trying is not.
    if (this.online()) return this.radio.leave();
    this.status = "connecting";
    this.radio.stop();
    this.radio.join();
  }

  protected override disconnect(): void {
    this.enabled = false;
    if (this.status === "connected") return this.radio.leave();
    this.status = "off";
    this.radio.stop();
  }

  protected override checkZone(zone: unknown): void {
    const { realm } = this.options;
    if (typeof zone !== "number") throw realm.error("Error", "Zone is not a number");
    if (zone < -11 || zone > 13) throw realm.error("Error", "Zone must be in range -11..13");
  }

  protected override details(): WifiDetails {
    const secrets = { ssid: this.ssid, password: this.password, savedSsid: null };
    // Without a link the SDK's figure is positive, and Espruino makes that 0.
    const rssi = this.online() ? this.options.accessPoint.rssi : 0;
    return { ...secrets, status: this.status, ...(this.enabled && { rssi }) };
  }

  protected override radioStatus(): WifiStatus {
    return { station: this.status };
  }

  protected override onAssociated(): void {
    this.emit("associated", { ssid: this.ssid, mac: ACCESS_POINT_MAC, channel: 6 });
  }

  protected override onAddress(): void {
    this.status = "connected";
    this.callback.call(null);
    this.emit("connected", { ip: this.options.address, mask: "255.255.255.0", gw: "192.168.1.1" });
  }

  protected override onDisconnected(reason: number): void {
    if (reason === REASON_BAD_PASSWORD) this.status = "bad_password";
    else if (reason === REASON_NO_AP_FOUND) this.status = "no_ap_found";
    else this.status = this.enabled ? "connecting" : "off";
    if (this.status === "bad_password" || this.status === "no_ap_found") this.callback.call(this.status);
    this.emit("disconnected", { ssid: this.ssid, mac: ACCESS_POINT_MAC, reason: REASONS[reason]! });
    // Asked to leave by `connect`, it goes to the new network at once.
    if (this.enabled) this.radio.join(reason === REASON_LEFT ? 0 : PAUSE_MS);
  }
}
