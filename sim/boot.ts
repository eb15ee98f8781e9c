import type { BoardTable, Family } from "../boards/board.ts";
import type { EspruinoGlobals, EspruinoModules } from "../hw/espruino.d.ts";
import type { AccessPoint } from "./access-point.ts";
import type { Chance } from "./chance.ts";
import type { Clock } from "./clock.ts";
import { IdleLoop } from "./idle-loop.ts";
import { createEsp32Driver } from "./net-esp32.ts";
import { createEsp8266Driver } from "./net-esp8266.ts";
import type { SimulatedNetwork } from "./network.ts";
import { addObjectEvents } from "./object-events.ts";
import type { TellEvent } from "./object-events.ts";
import type { BoardPins } from "./pins.ts";
import { createRealm } from "./realm.ts";
import type { Realm } from "./realm.ts";
import type { RealTcp } from "./real-tcp.ts";
import { createSockets } from "./sockets.ts";
import type { Sockets } from "./sockets.ts";
import { createStorage } from "./storage.ts";
import type { Flash } from "./storage.ts";
import { Watches } from "./watches.ts";
import { Esp32Station } from "./wifi-esp32.ts";
import { Esp8266Station } from "./wifi-esp8266.ts";
import type { Station, StationOptions } from "./wifi.ts";

/** What a board's Espruino behaves like. */
export type BoardKind = Family;

/** What all boards of a world share. */
export interface Surroundings {
  clock: Clock;
  network: SimulatedNetwork;
  realTcp: RealTcp | undefined;
  accessPoint: AccessPoint;
  /** Milliseconds since 1970. */
  timeOfDay(): number;
  /** The scenario asks for what the simulator cannot do: running the world rejects with the text. */
  fail(text: string): void;
}

/** What one boot needs from its board. */
export interface BootOptions {
  table: BoardTable;
  serial: string;
  /** Address of the station. */
  address: string;
  flash: Flash;
  pins: BoardPins;
  /** Survives `load()` and `reset()`, as in the engine. */
  chance: Chance;
  /** Edges of a watched pin were lost. */
  onOverflow(): void;
  print(line: string): void;
  /** Told of what the program did not catch. */
  onError(error: unknown): void;
  /** Keeps the interpreter busy (ms). */
  onBlock(milliseconds: number): void;
  setHostname(name: string): void;
  /** Those of its modules that the board itself makes. */
  modules(realm: Realm): Partial<EspruinoModules>;
}

// From the first packet to the server's answer (ms); jswrap_wifi_setSNTP of ESP8266 looks after 100 ms.
const SNTP_DELAY = 200;

/** One run of a board, from its start to the loss of power or a restart. */
export class Boot {
  readonly realm: Realm;
  readonly loop: IdleLoop;
  readonly pins: BoardPins;
  readonly watches: Watches;
  readonly chance: Chance;
  /** `require` */
  readonly load: EspruinoGlobals["require"];
  /** Whether SNTP has set the clock. */
  clockSet = false;
  private readonly options: BootOptions;
  private readonly around: Surroundings;
  private readonly station: Station;
  private readonly sockets: Sockets;
  private readonly tell: TellEvent;
  private sntp = false;

  /** Starts the parts of a board; its program is not run yet. */
  constructor(options: BootOptions, around: Surroundings) {
    this.options = options;
    this.chance = options.chance;
    this.around = around;
    this.loop = new IdleLoop({
      clock: around.clock,
      timersFollowClock: options.table.family === "ESP32",
      interrupts: () => this.watches.handleOne(),
      poll: () => this.sockets.poll(),
      onError: options.onError,
    });
    this.realm = createRealm({
      random: () => options.chance.next() / 2 ** 31,
      date: () => this.look(),
      complain: (text) => this.complain(text),
    });
    this.tell = addObjectEvents(this.realm, this.loop);
    this.pins = options.pins;
    this.pins.reset();
    this.watches = this.createWatches();
    this.station = this.createStation();
    this.sockets = this.createSockets();
    this.load = this.createLoad();
  }

  /** Milliseconds of the board's own clock. */
  now(): number {
    return this.loop.uptime() + this.loop.clockOffset;
  }

  /** Milliseconds since 1970 for a program that asks for the time, which takes some. */
  look(): number {
    return this.loop.look() + this.loop.clockOffset;
  }

  /** Ends it; servers are told nothing, or see a reset. */
  stop(how: "silent" | "reset"): void {
    this.loop.stop();
    this.pins.reset();
    this.station.stop();
    this.sockets.abandon(how);
  }

  /** Tells the program that it ends, by `load()` or `reset()`. */
  kill(): void {
    this.tell(this.realm.globals.E as object, "kill", []);
  }

  /** Tells it of an error flag, at the end of the pass; not of that one, which is a warning. */
  tellErrorFlag(name: string): void {
    if (name === "LOW_MEMORY") return;
    const flags = this.realm.list([name]);
    this.loop.queue(() => this.tell(this.realm.globals.E as object, "errorFlag", [flags]), undefined, []);
  }

  /** Tells it that the access point went up or down. */
  accessPointChanged(): void {
    this.station.accessPointChanged();
  }

  private complain(text: string): void {
    this.options.onError("Simulator: " + text);
  }

  private createWatches(): Watches {
    const { realm, loop, pins } = this;
    return new Watches({
      realm,
      pins,
      time: () => loop.time(),
      clockAt: (time) => (loop.uptime() - (loop.time() - time) + loop.clockOffset) / 1000,
      wake: () => loop.wake(),
      call: (callback, event) => loop.call(callback, undefined, [event]),
      onOverflow: this.options.onOverflow,
      print: this.options.print,
    });
  }

  private createStation(): Station {
    const { clock, accessPoint } = this.around;
    const { realm, loop } = this;
    const { table, address, setHostname } = this.options;
    const options: StationOptions = {
      clock,
      realm,
      loop,
      accessPoint,
      address,
      setHostname,
      setSNTP: () => {
        this.sntp = true;
        this.syncClock();
      },
      onOnline: () => this.syncClock(),
      onLost: () => this.sockets.mute(),
    };
    return table.family === "ESP32" ? new Esp32Station(options) : new Esp8266Station(options);
  }

  private syncClock(): void {
    const { clock, accessPoint, timeOfDay } = this.around;
    clock.setTimeout(() => {
      if (this.loop.stopped || !this.sntp || this.clockSet || !this.station.online() || !accessPoint.up)
        return;
      this.clockSet = true;
      this.loop.moveClock(timeOfDay() - this.now());
    }, SNTP_DELAY);
  }

  private createSockets(): Sockets {
    const { clock, network, realTcp, accessPoint, fail } = this.around;
    const { table, serial, print, onBlock } = this.options;
    const { realm, loop } = this;
    const create = table.family === "ESP32" ? createEsp32Driver : createEsp8266Driver;
    const driver = create({
      clock,
      network,
      realTcp,
      serial,
      fail,
      online: () => this.station.online(),
      reachable: () => accessPoint.up,
      block: onBlock,
      onChange: () => loop.wake(),
    });
    const chunkSize = () => ({ receive: network.chunk ?? driver.chunkSize, send: driver.chunkSize });
    const complain = (text: string): void => this.complain(text);
    return createSockets({ realm, loop, chunkSize, complain }, driver, print);
  }

  private createLoad(): EspruinoGlobals["require"] {
    const { realm } = this;
    const { table, flash, modules } = this.options;
    const builtIn = table.env.MODULES.split(",");
    const cache = new Map<string, unknown>(
      Object.entries({
        net: this.sockets.net,
        tls: this.sockets.tls,
        Wifi: this.station.module,
        Storage: createStorage(realm, flash),
        ...modules(realm),
      }).filter(([name]) => builtIn.includes(name)),
    );
    return ((name: string) => {
      if (typeof name !== "string") throw realm.error("TypeError", "Expecting module name as a string");
      if (cache.has(name)) return cache.get(name);
      const code = flash.files.get(name);
      if (!code) throw realm.error("Error", `Module ${JSON.stringify(name)} not found`);
      const exports = realm.module(code, name);
      cache.set(name, exports);
      return exports;
    }) as EspruinoGlobals["require"];
  }
}
