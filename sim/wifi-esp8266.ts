import type { Wifi, WifiCallback, WifiDetails, WifiOptions } from "../hw/espruino.d.ts";
import { createEmitter } from "./emitter.ts";
import type { Emitter } from "./emitter.ts";
import {
  ACCESS_POINT_MAC,
  JoinCallback,
  REASON_BAD_PASSWORD,
  REASON_BEACON_TIMEOUT,
  REASON_LEFT,
  REASON_NO_AP_FOUND,
  Radio,
} from "./wifi.ts";
import type { Station, StationOptions } from "./wifi.ts";

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
export class Esp8266Station implements Station {
  readonly module: Wifi;
  private readonly options: StationOptions;
  private readonly emitter: Emitter;
  private readonly callback: JoinCallback;
  private readonly radio: Radio;
  private status: Status = "off";
  private enabled = false;
  private ssid = "";
  private password = "";

  constructor(options: StationOptions) {
    this.options = options;
    this.emitter = createEmitter(options.realm);
    this.callback = new JoinCallback(options.loop);
    this.radio = new Radio(options, {
      onAssociated: () => this.emit("associated", { ssid: this.ssid, mac: ACCESS_POINT_MAC, channel: 6 }),
      onAddress: () => this.onAddress(),
      onDisconnected: (reason) => this.onDisconnected(reason),
    });
    this.module = this.createModule();
  }

  online(): boolean {
    return this.radio.state === "online";
  }

  accessPointChanged(): void {
    this.radio.accessPointChanged();
  }

  stop(): void {
    this.radio.stop();
  }

  private createModule(): Wifi {
    const { realm, address } = this.options;
    return realm.record({
      connect: (ssid: string, options: WifiOptions, callback: WifiCallback) =>
        this.connect(ssid, options, callback),
      disconnect: () => this.disconnect(),
      setHostname: (name: string) => this.options.setHostname(name),
      setSNTP: (server: string, zone: string | number) => {
        if (typeof zone !== "number") throw realm.error("Error", "Zone is not a number");
        if (zone < -11 || zone > 13) throw realm.error("Error", "Zone must be in range -11..13");
        this.options.setSNTP(server, zone);
      },
      getIP: () => realm.record({ ip: this.online() ? address : "0.0.0.0" }),
      getDetails: () => realm.record(this.details()),
      getStatus: () => realm.record({ station: this.status }),
      on: this.emitter.on,
    });
  }

  private connect(ssid: string, options: WifiOptions | undefined, callback?: WifiCallback): void {
    if (typeof ssid !== "string") throw this.options.realm.error("Error", "No SSID provided");
    const password = options?.password ?? "";
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

  private disconnect(): void {
    this.enabled = false;
    if (this.status === "connected") return this.radio.leave();
    this.status = "off";
    this.radio.stop();
  }

  private details(): WifiDetails {
    const secrets = { ssid: this.ssid, password: this.password, savedSsid: null };
    // Without a link the SDK's figure is positive, and Espruino makes that 0.
    const rssi = this.online() ? this.options.accessPoint.rssi : 0;
    return { ...secrets, status: this.status, ...(this.enabled && { rssi }) };
  }

  private onAddress(): void {
    this.status = "connected";
    this.callback.call(null);
    this.emit("connected", { ip: this.options.address, mask: "255.255.255.0", gw: "192.168.1.1" });
  }

  private onDisconnected(reason: number): void {
    if (reason === REASON_BAD_PASSWORD) this.status = "bad_password";
    else if (reason === REASON_NO_AP_FOUND) this.status = "no_ap_found";
    else this.status = this.enabled ? "connecting" : "off";
    if (this.status === "bad_password" || this.status === "no_ap_found") this.callback.call(this.status);
    this.emit("disconnected", { ssid: this.ssid, mac: ACCESS_POINT_MAC, reason: REASONS[reason]! });
    // Asked to leave by `connect`, it goes to the new network at once.
    if (this.enabled) this.radio.join(reason === REASON_LEFT ? 0 : PAUSE_MS);
  }

  private emit(event: string, details: object): void {
    const { loop, realm } = this.options;
    for (const listener of this.emitter.listeners(event)) {
      loop.queue(listener, this.module, [realm.record(details)]);
    }
  }
}
