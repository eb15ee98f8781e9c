/**
 * A node on the bench: the built firmware on a simulated board with a BME280, an access point and a scripted server.
 * `SEED=… npx mocha …` replays a failure; every failure names its seed and shows the end of the board's console.
 */
import assert from "node:assert/strict";
import type { IPublishPacket, Packet } from "mqtt-packet";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import type { Bme280Model } from "../../sim/devices/bme280.ts";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind, BoardOptions, SimulatedBoard, World, WorldOptions } from "../../sim/world.ts";
import { bundle } from "./bundles.ts";
import { createServer } from "./server.ts";
import type { ScriptedServer, ServerConnection } from "./server.ts";

export const BOARD_KINDS: readonly BoardKind[] = ["ESP32", "ESP8266"];

/** Milliseconds after which a virtual world that still waits is believed to wait for ever. */
export const PATIENCE = 60_000;

/** Milliseconds in which everything that is under way arrives. */
const ROUND_TRIPS = 100;

const FIRMWARE: Record<BoardKind, string> = {
  ESP32: bundle("esp32.min.js"),
  ESP8266: bundle("esp8266.min.js"),
};

/** A node's configuration as far as a scenario says it; the rest is that of the bench. */
export interface NodeSettings {
  wifi?: object;
  broker?: object;
  [name: string]: unknown;
}

export interface NodeOptions extends WorldOptions {
  /** Laid over the configuration of the bench, `wifi` and `broker` member by member; a string is the whole file. */
  config?: NodeSettings | string;
  /** MAC of the board; boards of several worlds that share a broker need one each. */
  serial?: string;
  /** What `process.env` says instead of what such a board says. */
  env?: BoardOptions["env"];
  /** Default true: the board knows the time from the start, so that readings carry `ts`. */
  utc?: boolean;
  /** Default true: the plug is in. */
  on?: boolean;
  /** Default true: a scripted server at broker:1883. */
  server?: boolean;
}

/** The object in `state`. */
export interface State {
  temperature: number;
  pressure: number;
  humidity: number;
  ts?: number;
}

export interface NodeBench {
  readonly kind: BoardKind;
  readonly world: World;
  readonly server: ScriptedServer;
  readonly board: SimulatedBoard;
  readonly sensor: Bme280Model;
  /** `ristretto/<id>`. */
  readonly base: string;
  /** Another board in the same world, with a BME280, the firmware and the same configuration; off. */
  addBoard(kind: BoardKind): SimulatedBoard;
  /** Lets time pass until a connection stands that the node has published `online` on. */
  untilOnline(within?: number): Promise<void>;
  /** Lets time pass until the server was sent `count` more messages below `topic`, and their PUBACKs have arrived. */
  untilPublished(topic: string, count?: number, within?: number): Promise<void>;
  /** Lets time pass until the console shows a further line with this text; gives the line. */
  untilPrinted(text: string, within?: number): Promise<string>;
  /** Messages the server was sent below `base/topic`, in order; all when there is no topic. */
  messages(topic?: string): IPublishPacket[];
  /** The payloads of those. */
  payloads(topic: string): string[];
  /** The objects in `state`. */
  states(): State[];
  /** Sends a command as the server does. */
  command(name: string, payload?: string, flags?: { qos?: 0 | 1; retain?: boolean }): void;
  /** The answers in `cmd/result`. */
  results(): unknown[];
}

const benches: NodeBench[] = [];

function mergeConfig(settings: NodeSettings | string = {}): string {
  if (typeof settings === "string") return settings;
  const { wifi, broker, ...rest } = settings;
  return JSON.stringify({
    wifi: { ssid: "home", password: "secret-wifi", ...wifi },
    broker: { host: "broker", keepalive: 30, ...broker },
    period: 10,
    ...rest,
  });
}

function createNode(kind: BoardKind, options: NodeOptions): NodeBench {
  const seed = options.seed ?? Number(process.env.SEED ?? 1);
  const world = createWorld({ seed, clock: options.clock ?? "virtual" });
  world.accessPoint.password = "secret-wifi";
  const addBoard = (boardKind: BoardKind, serial?: string): SimulatedBoard => {
    const storage = { ".bootcde": FIRMWARE[boardKind], "config.json": mergeConfig(options.config) };
    const identity = {
      ...(serial === undefined ? {} : { serial }),
      ...(options.env === undefined ? {} : { env: options.env }),
    };
    return world.board({ board: boardKind, storage, utc: options.utc ?? true, ...identity });
  };
  const server = options.server === false ? undefined : createServer(world);
  const board = addBoard(kind, options.serial);
  const base = "ristretto/" + board.serial.replace("-", "");
  const sensor = createBme280Model({ now: () => world.clock.now() });
  board.i2c.attach(0x76, sensor);

  const scripted = (): ScriptedServer => {
    assert.ok(server, "this bench has no scripted server");
    return server;
  };
  const bench: NodeBench = {
    kind,
    world,
    board,
    sensor,
    base,
    get server() {
      return scripted();
    },
    addBoard: (boardKind) => addBoard(boardKind),
    untilOnline: (within = PATIENCE) => world.runUntil(() => isOnline(world, scripted(), base), within),
    async untilPublished(topic, count = 1, within = PATIENCE) {
      const target = bench.messages(topic).length + count;
      await world.runUntil(() => bench.messages(topic).length >= target, within);
      await world.runFor(ROUND_TRIPS);
    },
    async untilPrinted(text, within = PATIENCE) {
      const from = board.console.length;
      const find = (): string | undefined => board.console.slice(from).find((line) => line.includes(text));
      await world.runUntil(() => find() !== undefined, within);
      return find()!;
    },
    messages: (topic) =>
      scripted()
        .packets.filter((packet) => packet.cmd === "publish")
        .filter((packet) => topic === undefined || packet.topic === base + "/" + topic),
    payloads: (topic) => bench.messages(topic).map((packet) => packet.payload.toString()),
    states: () => bench.payloads("state").map((payload) => JSON.parse(payload) as State),
    command(name, payload = "now", { qos = 0, retain = false } = {}) {
      const id = qos ? { messageId: 77 } : {};
      scripted().last.send({
        cmd: "publish",
        topic: base + "/cmd" + name,
        payload,
        qos,
        retain,
        dup: false,
        ...id,
      });
    },
    results: () => bench.payloads("cmd/result").map((payload) => JSON.parse(payload) as unknown),
  };
  benches.push(bench);
  if (options.on !== false) board.powerOn();
  return bench;
}

function isOnline(world: World, { connections }: ScriptedServer, base: string): boolean {
  const newest = connections.at(-1);
  const online = (packet: Packet): boolean => packet.cmd === "publish" && packet.topic === base + "/status";
  return (
    newest !== undefined &&
    newest.packets.some(online) &&
    world.network.connections.some(({ peer }) => peer === newest.peer)
  );
}

/** Puts a failing scenario's seed and the board's last words into its message. */
function describeFailure(test: Mocha.Test | undefined): void {
  const error = test?.err;
  if (!error) return;
  const places = benches.map(({ world, kind, board }) => {
    const time = Math.round(world.clock.now());
    return `${kind}, time ${time} ms, replay: SEED=${world.seed}\n  ${board.console.slice(-12).join("\n  ")}`;
  });
  error.message = [error.message, ...places].join("\n");
  error.stack = error.message + "\n" + (error.stack ?? "");
}

/** Declares scenarios with nodes. After each its programs must not have thrown, and its worlds are closed. */
export function withNodes(
  title: string,
  body: (start: (kind: BoardKind, options?: NodeOptions) => NodeBench) => void,
): void {
  describe(title, () => {
    body((kind, options = {}) => createNode(kind, options));
    afterEach(function () {
      describeFailure(this.currentTest);
      const ended = benches.splice(0);
      const uncaught = ended.flatMap(({ board }) => board.uncaught);
      for (const { world } of ended) world.close();
      assert.deepEqual(uncaught, [], "the program threw");
    });
  });
}

/** Declares the same scenarios for each kind of board. */
export function onBothBoards(
  title: string,
  body: (start: (options?: NodeOptions) => NodeBench, kind: BoardKind) => void,
): void {
  describe(title, () => {
    for (const kind of BOARD_KINDS) {
      withNodes(kind, (start) => {
        body((options) => start(kind, options), kind);
      });
    }
  });
}

/** What one connection carried, in words: `connect`, `publish status online`, `puback 7` … */
export function said(connection: ServerConnection): string[] {
  return connection.packets.map((packet) => {
    if (packet.cmd === "publish") {
      const topic = packet.topic.split("/").slice(2).join("/");
      return `${packet.dup ? "repeat" : "publish"} ${topic} ${packet.payload.toString()}`;
    }
    return packet.cmd === "puback" ? `puback ${packet.messageId ?? 0}` : packet.cmd;
  });
}

/** Seconds at most that the node could do nothing: while ESP32 dials a host that does not answer, everything stands. */
export function blockedSeconds({ board }: NodeBench): number {
  return 19 * board.console.filter((line) => line.startsWith("ERROR: Connect failed")).length;
}

/**
 * Asserts that readings came in the order in which they were taken, `period` seconds apart, none missing or double;
 * with `blocked`, gaps may be so many seconds longer.
 */
export function assertUnbroken(states: readonly State[], period: number, blocked = 0): void {
  const times = states.map(({ ts }) => ts);
  const all = `readings at ${times.join(" ")}`;
  times.forEach((time, index) => {
    assert.ok(time !== undefined, all);
    const before = times[index - 1];
    if (before === undefined) return;
    assert.ok(time - before >= period && time - before <= period + blocked, all);
  });
}

/** The readings without those that came again. */
export function withoutRepeats(states: readonly State[]): State[] {
  return states.filter(({ ts }, index) => states.findIndex((other) => other.ts === ts) === index);
}
