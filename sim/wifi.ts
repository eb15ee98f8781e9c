import type { WifiCallback, Wifi } from "../hw/espruino.d.ts";
import type { AccessPoint } from "./access-point.ts";
import type { Clock } from "./clock.ts";
import type { IdleLoop } from "./idle-loop.ts";
import type { Realm } from "./realm.ts";

/** The radio of one boot of a board with its `require("Wifi")`. */
export interface Station {
  readonly module: Wifi;
  /** Whether the station has an address. */
  online(): boolean;
  /** Tells it that the access point went up or down. */
  accessPointChanged(): void;
  /** Silences it for good: the board stops. */
  stop(): void;
}

/** What a station needs from its board. */
export interface StationOptions {
  clock: Clock;
  realm: Realm;
  loop: IdleLoop;
  accessPoint: AccessPoint;
  /** Address that the access point gives to this board. */
  address: string;
  setHostname(name: string): void;
  setSNTP(server: string, zone: string | number): void;
  /** The station got its address. */
  onOnline(): void;
  /** The link to the access point broke; what is open is dead. */
  onLost(): void;
}

/** MAC of the access point as the events give it. */
export const ACCESS_POINT_MAC = "02:00:00:00:00:01";

/** By how much (ms) a vain attempt takes longer than one that succeeds. */
const REFUSAL_MS = 200;
// How long a station hears no beacon before it believes that the access point is gone (the ESP-IDF's
// default).
const BEACON_TIMEOUT_MS = 6000;

/** Why a station is not in: 802.11's and Espressif's numbers. */
export const REASON_LEFT = 8;
export const REASON_BAD_PASSWORD = 15;
export const REASON_BEACON_TIMEOUT = 200;
export const REASON_NO_AP_FOUND = 201;

/** Reports of the radio to the firmware above it. */
export interface RadioEvents {
  onAssociated(): void;
  onAddress(): void;
  onDisconnected(reason: number): void;
}

/** The radio below the firmware: joins, notices loss, and does nothing of its own accord. */
export class Radio {
  private readonly options: StationOptions;
  private readonly events: RadioEvents;
  private timer: number | undefined;
  private ssid = "";
  private password = "";
  /** "idle": neither in nor trying. */
  state: "idle" | "joining" | "associated" | "online" = "idle";

  constructor(options: StationOptions, events: RadioEvents) {
    this.options = options;
    this.events = events;
  }

  configure(ssid: string, password: string): void {
    this.ssid = ssid;
    this.password = password;
  }

  /** Tries once, `delay` ms from now: ends in onAddress or onDisconnected. */
  join(delay = 0): void {
    this.state = "joining";
    this.after(delay + this.options.accessPoint.associationTime, () => this.associate());
  }

  /** Leaves or stops trying; onDisconnected follows unless it was idle. */
  leave(): void {
    if (this.state === "idle") return;
    if (this.state === "online") this.options.onLost();
    this.state = "joining";
    this.after(10, () => this.disconnected(REASON_LEFT));
  }

  /** Switches it off without a report. */
  stop(): void {
    this.state = "idle";
    if (this.timer !== undefined) this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  accessPointChanged(): void {
    if (this.state !== "online" && this.state !== "associated") return;
    if (this.options.accessPoint.up) return;
    this.options.onLost();
    this.after(BEACON_TIMEOUT_MS, () => {
      // It came back in time; the sockets of before stay dead all the same.
      if (!this.options.accessPoint.up) this.disconnected(REASON_BEACON_TIMEOUT);
      else if (this.state === "associated") this.address();
    });
  }

  private refusal(): number | undefined {
    const { up, ssid, password } = this.options.accessPoint;
    if (!up || ssid !== this.ssid) return REASON_NO_AP_FOUND;
    return password === this.password ? undefined : REASON_BAD_PASSWORD;
  }

  private associate(): void {
    const reason = this.refusal();
    if (reason !== undefined) {
      return this.after(REFUSAL_MS, () => this.disconnected(reason));
    }
    this.state = "associated";
    this.events.onAssociated();
    this.after(this.options.accessPoint.dhcpTime, () => this.address());
  }

  private address(): void {
    this.state = "online";
    this.options.onOnline();
    this.events.onAddress();
  }

  private disconnected(reason: number): void {
    this.stop();
    this.events.onDisconnected(reason);
  }

  private after(milliseconds: number, step: () => void): void {
    if (this.timer !== undefined) this.options.clock.clearTimeout(this.timer);
    this.timer = this.options.clock.setTimeout(step, milliseconds);
  }
}

/** The `(fault | null)` callback of `connect`, which is called once at most. */
export class JoinCallback {
  private readonly loop: IdleLoop;
  private callback: WifiCallback | undefined;

  constructor(loop: IdleLoop) {
    this.loop = loop;
  }

  set(callback: WifiCallback | undefined): void {
    this.callback = callback;
  }

  call(fault: string | null): void {
    if (this.callback) this.loop.queue(this.callback, undefined, [fault]);
    this.callback = undefined;
  }
}
