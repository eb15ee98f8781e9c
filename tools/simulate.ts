/** `ristretto simulate`, which is also `npm start`: the firmware on a simulated board, live. */
import { lookup } from "node:dns/promises";
import { readConfiguration, unitsOf } from "./configuration.ts";
import type { Configuration } from "./configuration.ts";
import { loadNode } from "./configuration/node-file.ts";
import { boardText } from "./configuration/node.ts";
import { serveConsole } from "./console-server.ts";
import type { ConsoleServer } from "./console-server.ts";
import { startOwnBroker } from "./broker.ts";
import type { EmbeddedBroker } from "./broker.ts";
import type { SimulationEvent, TimedEvent } from "./events.ts";
import { firmware } from "./firmware.ts";
import { tableOf } from "../boards/named.ts";
import type { BoardWord } from "../boards/named.ts";
import { listenToKeys } from "./keys.ts";
import { createLedger } from "./ledger.ts";
import { createSimulation } from "./simulation.ts";
import type { Simulation } from "./simulation.ts";
import { createTimeline } from "./timeline.ts";
import { UserError } from "./user-error.ts";
import { watch } from "./watcher.ts";

export interface SimulateOptions {
  /** A node.json, of which board, sensors and what concerns them are taken. */
  file?: string;
  /** Default the file's, or ESP32. */
  board?: BoardWord;
  /** A file for config.json, of which the sensors and what concerns them are taken. */
  config?: string;
  /** A broker that runs already; without it one is started. Port 1883, with TLS 8883, unless it says another. */
  broker?: { host: string; port?: number };
  username?: string;
  password?: string;
  /** Port of the broker that is started. */
  port?: number;
  /** Ends by itself after so many seconds. */
  seconds?: number;
  period: number;
  keepalive: number;
  seed: number;
  json: boolean;
  /** TCP port that the board's console is served on. */
  console?: number;
  /** Begin without a program. */
  empty: boolean;
}

/** Milliseconds the board stays without power after its will was seen. */
const DARK = 1500;
/** Milliseconds after which a board gets its power back although no will was seen, beyond 1.5 × keep alive. */
const WILL_MARGIN = 3000;

const HELP = "p pull the plug · w Wi-Fi off/on · b broker off/on · s break/mend the sensor · q quit";

/** What can be done to the world by a key. */
interface Stage {
  simulation: Simulation;
  embedded: EmbeddedBroker | undefined;
  keepalive: number;
  emit(event: SimulationEvent): void;
  /** Calls back at the next will, or after `ms`. */
  onceWill(ms: number, callback: () => void): void;
  quit(): void;
}

function createKeyboard(stage: Stage): (key: string) => void {
  const { simulation, embedded, emit } = stage;
  let brokerIsUp = true;
  const keys: Record<string, () => void> = {
    p() {
      if (!simulation.powered) return;
      simulation.pullPlug();
      stage.onceWill(stage.keepalive * 1500 + WILL_MARGIN, () => {
        setTimeout(() => {
          simulation.powerOn();
        }, DARK);
      });
    },
    w() {
      simulation.toggleWifi();
    },
    b() {
      brokerIsUp = !brokerIsUp;
      emit({ event: "broker", on: brokerIsUp });
      if (!embedded) simulation.setReachable(brokerIsUp);
      else void (brokerIsUp ? embedded.start() : embedded.stop());
    },
    s() {
      simulation.toggleSensor();
    },
    q() {
      stage.quit();
    },
  };
  return (key) => {
    if (Object.hasOwn(keys, key)) keys[key]?.();
  };
}

/** The address of the user's broker; a name is looked up here, because the simulated board knows only its own world. */
async function resolve(host: string): Promise<string> {
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch {
    throw new UserError(`No such broker: the name ${host} cannot be resolved.`);
  }
}

/** Reads the configuration; what will not work for ever is told beside the simulation. */
function readWarning(path: string, board: BoardWord): Configuration {
  const warn = (line: string): void => void process.stderr.write(`${line}\n`);
  return readConfiguration(path, { board, warn });
}

/** Runs until `seconds` are over or somebody quits; resolves to the exit code. */
export async function simulate(options: SimulateOptions): Promise<number> {
  const node = options.file === undefined ? undefined : loadNode(options.file);
  for (const line of node?.warnings ?? []) process.stderr.write(`${line}\n`);
  const kind = options.board ?? node?.node.board ?? "esp32";
  const config = node
    ? (JSON.parse(boardText(node.node)) as Configuration)
    : options.config === undefined
      ? undefined
      : readWarning(options.config, kind);
  const tls = config?.broker?.tls;
  const draw = createTimeline(config && unitsOf(config));
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const bundle = firmware(kind, () => {
    process.stderr.write("Building the firmware …\n");
  });
  const embedded = options.broker ? undefined : await startOwnBroker(options.port, !!tls);
  const host = options.broker ? await resolve(options.broker.host) : "127.0.0.1";
  const port = embedded?.port ?? options.broker?.port ?? (tls ? 8883 : 1883);
  const { username, password } = options;

  const startedAt = performance.now();
  const listeners = new Set<(event: SimulationEvent) => void>();
  const emit = (event: SimulationEvent): void => {
    for (const listener of [...listeners]) listener(event);
    const timed: TimedEvent = { at: Math.round(performance.now() - startedAt) / 1000, ...event };
    const line = options.json ? JSON.stringify(timed) : draw(timed);
    if (line !== undefined) print(line);
  };
  const simulation = createSimulation({
    ...options,
    board: kind,
    config,
    broker: { host, port, username, password, tls },
    firmware: options.empty ? undefined : bundle,
    expects: node?.node,
    emit,
  });
  const { base, id } = simulation;
  const ledger = createLedger(base, simulation.expected);
  listeners.add(ledger.note);

  let statusOfBoard = "";
  listeners.add((event) => {
    if (event.event === "publish" && event.topic === `${base}/status`) statusOfBoard = event.payload;
  });
  let release = (): void => undefined;
  let consoleServer: ConsoleServer | undefined;
  try {
    if (options.console !== undefined) {
      consoleServer = await serveConsole(simulation.terminal, options.console);
      emit({ event: "serve", port: consoleServer.port });
    }
    const watcher = await watch({
      ...{ host, port, username, password, tls, base },
      onMessage(topic, payload, qos, retain) {
        emit({ event: "receive", topic, payload, qos, retain });
        const isWill =
          topic === `${base}/status` && payload === "offline" && statusOfBoard === "online" && !retain;
        if (isWill) emit({ event: "will", topic, payload });
      },
    });
    emit({
      event: "start",
      board: tableOf(kind).name,
      id,
      broker: `${host}:${port}`,
      embedded: !!embedded,
      tls: !!tls,
      base,
    });
    if (!options.json && process.stdin.isTTY) print(HELP);
    simulation.powerOn();
    await new Promise<void>((quit) => {
      const press = createKeyboard({
        ...{ simulation, embedded, emit, quit, keepalive: options.keepalive },
        onceWill(ms, callback) {
          const done = (): void => {
            clearTimeout(timer);
            if (listeners.delete(seen)) callback();
          };
          const seen = (event: SimulationEvent): void => {
            if (event.event === "will") done();
          };
          const timer = setTimeout(done, ms);
          listeners.add(seen);
        },
      });
      release = listenToKeys(press);
      if (options.seconds !== undefined) setTimeout(quit, options.seconds * 1000);
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, quit);
    });
    const reason = options.seconds === undefined ? undefined : ledger.missing();
    emit({ event: "end", ok: !reason, acknowledged: ledger.acknowledged, ...(reason ? { reason } : {}) });
    watcher.end(true);
    return reason ? 1 : 0;
  } finally {
    release();
    consoleServer?.close();
    simulation.close();
    await embedded?.close();
  }
}
