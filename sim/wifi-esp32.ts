import type { Wifi, WifiCallback, WifiDetails, WifiOptions, WifiStatus } from "../hw/espruino.d.ts";
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
import { createEmitter } from "./emitter.ts";
import type { Emitter } from "./emitter.ts";

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
export class Esp32Station implements Station {
  readonly module: Wifi;
  private readonly options: StationOptions;
  private readonly emitter: Emitter;
  private readonly callback: JoinCallback;
  private readonly radio: Radio;
  private attempts = 0;
  /** Stays true while a lost link is silently tried again. */
  private connected = false;
  private lastReason = 0;
  private ssid = "";
  private password = "";

  constructor(options: StationOptions) {
    this.options = options;
    this.emitter = createEmitter(options.realm);
    this.callback = new JoinCallback(options.loop);
    this.radio = new Radio(options, {
      onAssociated: () => this.onAssociated(),
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
        if (typeof zone !== "string") throw realm.error("Error", "Zone is not a string");
        this.options.setSNTP(server, zone);
      },
      getIP: () => realm.record({ ip: this.online() ? address : "0.0.0.0" }),
      getDetails: () => realm.record(this.details()),
      getStatus: () => realm.record(this.status()),
      on: this.emitter.on,
    });
  }

  private connect(ssid: string, options: WifiOptions | undefined, callback?: WifiCallback): void {
    if (typeof ssid !== "string") throw this.options.realm.error("Error", "No SSID provided");
    this.ssid = ssid;
    this.password = options?.password ?? "";
    this.callback.set(callback);
    this.radio.configure(this.ssid, this.password);
    this.attempts = ATTEMPTS;
    // Already in, it leaves first, which costs one attempt; while it is trying it goes on trying.
    if (this.connected) this.radio.leave();
    else if (this.radio.state === "idle") this.radio.join();
  }

  private disconnect(): void {
    this.attempts = 0;
    this.radio.leave();
  }

  private details(): WifiDetails {
    if (!this.connected) return { status: REASONS[this.lastReason]! };
    const secrets = { ssid: this.ssid, password: this.password };
    return { ...secrets, status: "connected", authMode: "wpa2" } as WifiDetails;
  }

  private status(): WifiStatus {
    const station = this.connected ? "connected" : REASONS[this.lastReason]!;
    return this.connected ? { station, rssi: this.options.accessPoint.rssi } : { station };
  }

  private onAssociated(): void {
    this.connected = true;
    this.emit("associated", { ssid: this.ssid, mac: ACCESS_POINT_MAC, channel: "6" });
  }

  private onAddress(): void {
    this.callback.call(null);
    this.emit("connected", { ip: this.options.address, netmask: "255.255.255.0", gw: "192.168.1.1" });
  }

  private onDisconnected(reason: number): void {
    // Silently: the program hears of a loss only when the attempts are used up.
    if (--this.attempts > 0) return this.radio.join();
    this.connected = false;
    this.lastReason = reason;
    const msg = REASONS[reason]!;
    this.emit("disconnected", { ssid: this.ssid, mac: ACCESS_POINT_MAC, reason: String(reason), msg });
    this.callback.call(msg);
  }

  private emit(event: string, details: object): void {
    const { loop, realm } = this.options;
    for (const listener of this.emitter.listeners(event)) {
      loop.queue(listener, this.module, [realm.record(details)]);
    }
  }
}
