/** A board on a desk: a simulated world in real time with one board, its sensors, and all that can happen to them. */
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { createWorld, duplexOf } from "../sim/world.ts";
import type { Peer, Terminal, World } from "../sim/world.ts";
import type { SimulationEvent } from "./events.ts";
import type { DeviceTls } from "./certificates.ts";
import type { BoardWord } from "../boards/named.ts";
import type { Configuration } from "./configuration.ts";
import { createObserver } from "./observer.ts";
import { attachPart } from "./parts.ts";
import { airAt } from "./weather.ts";

export interface SimulationOptions {
  board: BoardWord;
  /** The bundle, as a byte string; undefined for a board without a program. */
  firmware: string | undefined;
  broker: {
    host: string;
    port: number;
    username?: string | undefined;
    password?: string | undefined;
    tls?: DeviceTls["tls"] | undefined;
  };
  /** What the board is told besides network, broker and period; default a BME280. */
  config?: Configuration | undefined;
  /** Network and broker that a program uploaded later will look for, beside those of the program it begins with. */
  expects?: { wifi: { ssid: string; password?: string }; broker: BrokerPlace } | undefined;
  /** Seconds between samples. */
  period: number;
  /** Seconds. */
  keepalive: number;
  seed: number;
  emit(event: SimulationEvent): void;
}

export interface Simulation {
  readonly id: string;
  /** What the node's topics begin with. */
  readonly base: string;
  /** Quantities each sensor is expected to publish, by sensor name. */
  readonly expected: Record<string, string[]>;
  readonly powered: boolean;
  /** The board's console as a serial line. */
  readonly terminal: Terminal;
  powerOn(): void;
  /** Pulls the plug; the broker is told nothing. */
  pullPlug(): void;
  toggleWifi(): void;
  toggleSensor(): void;
  /** Refuses and cuts the way to the broker, or opens it again. */
  setReachable(reachable: boolean): void;
  close(): void;
}

const SSID = "greenhouse";
const PASSWORD = "tomatoes and basil";
/** Milliseconds between two changes of the weather. */
const WEATHER_PERIOD = 500;

/** Where a configuration's broker listens. */
export interface BrokerPlace {
  host: string;
  port?: number;
  tls?: unknown;
}

/**
 * Has what is dialled at one address reach the broker at another; with TLS where the dialled one has it, and on from here
 * where the other one does.
 */
export function leadTo(world: World, from: BrokerPlace, to: BrokerPlace & { port: number }): void {
  const port = from.port ?? (from.tls ? 8883 : 1883);
  if (from.host === to.host && port === to.port) return;
  const accept = (peer: Peer): void => {
    const inside = duplexOf(peer);
    // The broker on the desk has a certificate that nobody trusts.
    const outside = to.tls
      ? connectTls({ port: to.port, host: to.host, rejectUnauthorized: false })
      : connect(to.port, to.host);
    inside.pipe(outside).pipe(inside);
    inside.on("error", () => outside.destroy());
    outside.on("error", () => inside.destroy());
  };
  world.network.listen(from.host, port, accept, from.tls ? {} : undefined);
}

/** Makes the world; nothing happens before `powerOn`. */
export function createSimulation(options: SimulationOptions): Simulation {
  const { broker, emit } = options;
  const world = createWorld({ seed: options.seed, clock: "real" });
  const { ssid = SSID, password = options.expects ? "" : PASSWORD } = options.expects?.wifi ?? {};
  world.accessPoint.ssid = ssid;
  world.accessPoint.password = password;
  world.network.reach(broker.host);
  if (options.expects) leadTo(world, options.expects.broker, broker);
  const { sensors, ...rest } = options.config ?? { sensors: [{ type: "bme280" }] };
  const config = {
    ...rest,
    wifi: { ssid, password },
    broker: { ...broker, keepalive: options.keepalive },
    period: options.period,
    values: true,
    ntp: "pool.ntp.org",
    sensors,
  };
  const board = world.board({
    board: options.board,
    storage:
      options.firmware === undefined
        ? {}
        : {
            ".bootcde": options.firmware,
            "config.json": Buffer.from(JSON.stringify(config), "utf8").toString("latin1"),
          },
  });
  const place = { board, now: () => board.time(), random: () => world.random() };
  const parts = sensors.flatMap((settings) => {
    const part = attachPart(settings, place);
    return part ? [{ ...part, name: settings.name ?? settings.type, derived: settings.derive ?? {} }] : [];
  });
  const weather = (): void => {
    const air = airAt(world.clock.now() / 1000, () => world.random());
    for (const part of parts) part.expose(air);
    world.clock.setTimeout(weather, WEATHER_PERIOD);
  };
  weather();
  let isBroken = false;
  const observe = createObserver(() => world.clock.now(), emit);
  world.network.rule(({ direction, packet }) => {
    observe(direction, packet);
    return "pass";
  });
  board.onConsole((text) => {
    emit({ event: "console", text });
  });
  board.onReboot((why) => {
    emit({ event: "reboot", why });
  });
  const id = board.serial.replace("-", "");
  return {
    id,
    base: options.config?.base ?? `ristretto/${id}`,
    expected: Object.fromEntries(
      parts.map(({ name, quantities, derived }) => [name, [...quantities, ...Object.keys(derived)]]),
    ),
    terminal: board.terminal,
    get powered() {
      return board.powered;
    },
    powerOn() {
      emit({ event: "power", on: true });
      board.powerOn();
    },
    pullPlug() {
      emit({ event: "power", on: false });
      board.powerOff();
    },
    toggleWifi() {
      world.accessPoint.up = !world.accessPoint.up;
      emit({ event: "wifi", on: world.accessPoint.up });
    },
    toggleSensor() {
      const [part] = parts;
      if (!part) return;
      isBroken = !isBroken;
      part.setBroken(isBroken);
      emit({ event: "sensor", name: part.name, broken: isBroken });
    },
    setReachable(reachable) {
      world.network.refuse(broker.host, broker.port, !reachable);
      if (!reachable) world.network.cut();
    },
    close: () => {
      world.close();
    },
  };
}
