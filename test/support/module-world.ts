/**
 * The module on a bench: a small program that does `require("ristretto-functions")` on a simulated board, in a world with an
 * access point and a scripted server. What runs is the built and minified bundle.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import ts from "typescript";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind, SimulatedBoard, World } from "../../sim/world.ts";
import { bundle } from "./bundles.ts";
import { createServer } from "./server.ts";
import type { ScriptedServer } from "./server.ts";

/** Options of the client, as JSON has them; its handlers are the program's. */
export type ModuleOptions = Record<string, unknown>;

export interface ModuleBench {
  readonly kind: BoardKind;
  readonly world: World;
  readonly board: SimulatedBoard;
  /** At broker:1883. */
  readonly server: ScriptedServer;
  /** What the client told its owner since the last look, one line each. */
  told(): string[];
  /** Runs code at the board's console, where `m` is the module, `o` the client's options and `c` the client. */
  run(code: string): unknown;
  /** Lets time pass until the client tells this line or more of its kind; forgets nothing. */
  untilTold(line: string, within?: number): Promise<void>;
  /** Connects, waits for CONNACK and forgets what was told for it. */
  online(): Promise<void>;
}

/** Makes a bench whose board has joined Wi-Fi and whose client is not connected; the seed is SEED's or 1. */
export type Start = (options?: ModuleOptions, seed?: number) => Promise<ModuleBench>;

/** Every handler of the client prints; a tick re-arms itself each second; the board's own messages lack the mark. */
const PROGRAM = `
var m = require("ristretto-functions");
function tell(text) { print("> " + text); }
o.link = m.createTcpLink();
o.onConnect = function (present) { tell("connect " + present); };
o.onDisconnect = function (reason, seconds) { tell("disconnect " + reason + (seconds ? " again" : " end")); };
o.onMessage = function (topic, payload, flags) { tell("message " + topic + " " + payload + " " + flags); };
o.onSubscribe = function (filter, code) { tell("subscribe " + filter + " " + code); };
o.onUnsubscribe = function (filter) { tell("unsubscribe " + filter); };
o.onAcknowledge = function (id) { tell("acknowledge " + id); };
o.onDrop = function (reason, id, topic) { tell("drop " + reason + " " + id + " " + topic); };
var c = m.createClient(o);
function tick() { setTimeout(tick, 1000); m.tick(c); }
tick();
require("Wifi").connect("home", { password: "secret" }, function () { tell("joined"); });
`;

function createBench(kind: BoardKind, options: ModuleOptions, seed: number): ModuleBench {
  const world = createWorld({ seed });
  const server = createServer(world);
  const given = JSON.stringify({ host: "broker", port: 1883, clientId: "board", ...options });
  const board = world.board({
    board: kind,
    storage: {
      "ristretto-functions": bundle("ristretto-functions.min.js"),
      ".bootcde": `var o = ${given};${PROGRAM}`,
    },
  });
  let lines: string[] = [];
  board.onConsole((line) => line.startsWith("> ") && lines.push(line.slice(2)));
  board.powerOn();
  const bench: ModuleBench = {
    kind,
    world,
    board,
    server,
    told: () => lines.splice(0),
    run: (code) => board.evaluate(code),
    untilTold: (text, within = 60_000) => world.runUntil(() => lines.includes(text), within),
    async online() {
      bench.run("m.connect(c)");
      await world.runUntil(() => lines.some((line) => line.startsWith("connect ")), 10_000);
      lines = [];
    },
  };
  return bench;
}

/** What a failing test ought to say: where in time, how to replay it, and the last words of the board. */
function explain(error: unknown, { world, kind, board }: ModuleBench): void {
  if (!(error instanceof Error)) return;
  const place = `${kind}, time ${Math.round(world.clock.now())} ms, replay: SEED=${world.seed}`;
  error.message = [error.message, place, ...board.console.slice(-12)].join("\n  ");
}

/**
 * Declares a test for each kind of board. What the program throws must be `thrown`; the worlds are closed whatever happens.
 */
export function onBothBoards(
  title: string,
  body: (start: Start, kind: BoardKind) => Promise<void>,
  { kinds = ["ESP32", "ESP8266"], thrown = /^$/ }: { kinds?: BoardKind[]; thrown?: RegExp } = {},
): void {
  for (const kind of kinds) {
    it(`${title} (${kind})`, async () => {
      const benches: ModuleBench[] = [];
      const start: Start = async (options = {}, seed = 1) => {
        const bench = createBench(kind, options, Number(process.env.SEED ?? seed));
        benches.push(bench);
        await bench.untilTold("joined");
        bench.told();
        return bench;
      };
      try {
        await body(start, kind);
        for (const { board } of benches) {
          const others = board.uncaught.filter((text) => !thrown.test(text));
          assert.deepEqual(others, [], "the program threw");
        }
      } catch (error) {
        if (benches.length) explain(error, benches.at(-1)!);
        throw error;
      } finally {
        for (const { world } of benches) world.close();
      }
    });
  }
}

/** Bytes in all strings below a value, each counted once: what a client holds on to. */
export function held(value: unknown, seen = new Set<object>()): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  return Object.values(value).reduce((sum: number, member) => sum + held(member, seen), 0);
}

/**
 * Files for a simulated board's Storage that make `require(name)` give the source `path` of the firmware, with all that
 * it imports: for parts that no bundle exports.
 */
export function deviceModule(name: string, path: string): Record<string, string> {
  const options = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2015 };
  const { outputText } = ts.transpileModule(readFileSync(path, "utf8"), { compilerOptions: options });
  const imported = [...outputText.matchAll(/require\("(\.[^"]+)"\)/g)].map(([, specifier]) =>
    deviceModule(specifier!, join(dirname(path), specifier!)),
  );
  return Object.assign({ [name]: outputText }, ...imported) as Record<string, string>;
}
