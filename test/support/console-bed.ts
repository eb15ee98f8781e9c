/**
 * A board whose console can be reached over TCP, and over a pseudo terminal where socat is there: simulated, or the real
 * interpreter with a flash of its own. What is stood in for on the interpreter is in stand-ins.ts.
 */
import { once } from "node:events";
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Session } from "../../bench/interpreter.ts";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind } from "../../sim/world.ts";
import { startBroker } from "../../tools/broker.ts";
import { serveConsole } from "../../tools/console-server.ts";
import { socat } from "./engines.ts";
import { atLineSpeed } from "./espruino-tool.ts";
import { standIns } from "./stand-ins.ts";

export interface ConsoleBedOptions {
  kind: BoardKind;
  /** What is in flash before. */
  files?: Record<string, string>;
  /** Bytes of Storage that are free; default all there are. */
  room?: number;
  /**
   * Is its console Espruino's telnet server, which hangs up when the interpreter starts anew and is gone while a program
   * closed it? On the simulated board only: the server of the interpreter for Linux has a fixed port.
   */
  telnet?: boolean;
  /** What the board says of itself, where that is not what its kind says. */
  env?: { BOARD?: string; VERSION?: string };
}

export interface ConsoleBed {
  readonly kind: BoardKind;
  /** Its console, as an argument of --port. */
  readonly port: string;
  /** Its console as a pseudo terminal. */
  pty(): Promise<string>;
  /** A configuration that leads to a broker that runs. */
  readonly config: {
    wifi: object;
    broker: { host: string; port: number };
    sensors: object[];
    values: boolean;
  };
  /** Bytes that were typed so far. */
  readonly typed: number;
  /** Calls back with the bytes typed, before the board gets them; what it gives back is what the board gets. */
  tamper: (bytes: string) => string;
  /** Hangs up on whoever is at the console. */
  unplug(): void;
  close(): Promise<void>;
}

const WIFI = { ssid: "greenhouse", password: "tomatoes and basil" };

/** The other end of a console. */
interface Line {
  send(bytes: string): void;
  /** Did the program close the console on the network? */
  isShut(): boolean;
  onBytes(listener: (bytes: string) => void): void;
  close(): Promise<void>;
}

function simulated({ kind, files = {}, room, env }: ConsoleBedOptions): Line {
  const world = createWorld({ clock: "real" });
  Object.assign(world.accessPoint, WIFI);
  const board = world.board({
    board: kind,
    storage: files,
    ...(room ? { storageSize: room } : {}),
    ...(env ? { env } : {}),
  });
  board.i2c.attach(0x76, createBme280Model({ now: () => board.time() }));
  let listener: (bytes: string) => void = () => undefined;
  board.terminal.onData((bytes) => listener(bytes));
  board.powerOn();
  return {
    send: (bytes) => board.terminal.write(bytes),
    isShut: () => board.telnet === "off",
    onBytes: (told) => void (listener = told),
    close() {
      world.close();
      return Promise.resolve();
    },
  };
}

/** Takes all of Storage but `room` bytes, without writing as many. */
const ballast = (room: number): string =>
  `(function (s) { s.write("ballast", "x", 0, s.getFree() - ${room}); })(require("Storage"));`;

async function real(path: string, { kind, files = {}, room, env = {} }: ConsoleBedOptions): Promise<Line> {
  const interpreter = createInterpreter(path);
  const told = { BOARD: kind === "ESP32" ? "ESP32" : "ESP8266_4MB", ...env };
  const own = standIns(kind, {});
  own["stand-ins"] += `(function (own, told) {
  own = { VERSION: process.env.VERSION, MODULES: process.env.MODULES + ",Wifi" };
  Object.keys(told).forEach(function (name) { own[name] = told[name]; });
  process.env = own;
})(0, ${JSON.stringify(told)});`;
  for (const [name, text] of Object.entries({ ...own, ...files })) await interpreter.store(name, text);
  if (room !== undefined) await interpreter.run(ballast(room));
  let listener: (bytes: string) => void = () => undefined;
  let session: Session;
  let type: (bytes: Buffer) => void;
  let isClosing = false;
  const boot = (): void => {
    session = interpreter.boot();
    type = atLineSpeed(session.console);
    session.console.read((bytes) => listener(bytes.toString("latin1")));
    // It ends where a board would restart.
    void session.ended.then(() => {
      if (!isClosing) boot();
    });
  };
  boot();
  return {
    send: (bytes) => type(Buffer.from(bytes, "latin1")),
    isShut: () => false,
    onBytes: (given) => void (listener = given),
    async close() {
      isClosing = true;
      await session.close();
      interpreter.close();
    },
  };
}

/** With `path` on the real interpreter of that path. */
export async function createConsoleBed(options: ConsoleBedOptions, path?: string): Promise<ConsoleBed> {
  const broker = await startBroker(0);
  const line = path ? await real(path, options) : simulated(options);
  let typed = 0;
  const server = await serveConsole(
    {
      write(bytes) {
        typed += bytes.length;
        line.send(bed.tamper(bytes));
        if (options.telnet && /(load|reset)\(\)\n/.test(bytes)) server.hangUp();
      },
      onData: (listener) =>
        line.onBytes((bytes) => {
          if (options.telnet && line.isShut()) server.close();
          listener(bytes);
        }),
    },
    0,
  );
  const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
  const ends: (() => Promise<unknown>)[] = [];
  const bed: ConsoleBed = {
    kind: options.kind,
    port: `tcp://127.0.0.1:${server.port}`,
    async pty() {
      // The board takes one visitor: the one before has to be gone.
      while (server.visited) await new Promise((resolve) => setTimeout(resolve, 5));
      const link = join(folder, `tty${ends.length}`);
      const child = spawn(
        socat!,
        [`PTY,link=${link},rawer,wait-slave`, `TCP:127.0.0.1:${server.port},nodelay`],
        { stdio: "ignore" },
      );
      const ended = once(child, "close");
      ends.push(() => {
        child.kill("SIGKILL");
        return ended;
      });
      while (!existsSync(link)) await new Promise((resolve) => setTimeout(resolve, 5));
      return link;
    },
    config: {
      wifi: WIFI,
      broker: { host: "127.0.0.1", port: broker.port },
      sensors: [{ type: "bme280" }],
      values: false,
    },
    get typed() {
      return typed;
    },
    tamper: (bytes) => bytes,
    unplug: () => server.hangUp(),
    async close() {
      for (const end of ends) await end();
      server.close();
      await line.close();
      await broker.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return bed;
}
