import type { Wifi, WifiCallback, WifiDetails, WifiOptions, WifiStatus } from "../hw/espruino.d.ts";
import { createEmitter } from "./emitter.ts";
import type { Emitter } from "./emitter.ts";
import { JoinCallback, Radio } from "./wifi.ts";
import type { Station, StationOptions } from "./wifi.ts";

/** What the stations of both boards have alike: the module's surface above one radio. A board's file adds its ways. */
export abstract class BoardStation implements Station {
  readonly module: Wifi;
  protected readonly options: StationOptions;
  protected readonly callback: JoinCallback;
  protected readonly radio: Radio;
  protected ssid = "";
  protected password = "";
  private readonly emitter: Emitter;

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

  protected abstract connect(ssid: string, password: string, callback?: WifiCallback): void;
  protected abstract disconnect(): void;
  /** Throws what the board throws at a zone it does not take. */
  protected abstract checkZone(zone: unknown): void;
  protected abstract details(): WifiDetails;
  protected abstract radioStatus(): WifiStatus;
  protected abstract onAssociated(): void;
  protected abstract onAddress(): void;
  protected abstract onDisconnected(reason: number): void;

  online(): boolean {
    return this.radio.state === "online";
  }

  accessPointChanged(): void {
    this.radio.accessPointChanged();
  }

  stop(): void {
    this.radio.stop();
  }

  /** Queues an event of the module. */
  protected emit(event: string, details: object): void {
    const { loop, realm } = this.options;
    for (const listener of this.emitter.listeners(event)) {
      loop.queue(listener, this.module, [realm.record(details)]);
    }
  }

  private createModule(): Wifi {
    const { realm, address } = this.options;
    return realm.record({
      connect: (ssid: string, options: WifiOptions | undefined, callback: WifiCallback) => {
        if (typeof ssid !== "string") throw realm.error("Error", "No SSID provided");
        this.connect(ssid, options?.password ?? "", callback);
      },
      disconnect: () => this.disconnect(),
      setHostname: (name: string) => this.options.setHostname(name),
      setSNTP: (server: string, zone: string | number) => {
        this.checkZone(zone);
        this.options.setSNTP(server, zone);
      },
      getIP: () => realm.record({ ip: this.online() ? address : "0.0.0.0" }),
      getDetails: () => realm.record(this.details()),
      getStatus: () => realm.record(this.radioStatus()),
      on: this.emitter.on,
    });
  }
}
