/**
 * Faults of every kind in any order: the link cut, a clock set back or forward, memory short, acknowledgements and Wi-Fi
 * lost, a broker that refuses or is silent. When they end a node is back within `restart_after` seconds at the latest.
 *
 * `RUNS` sets how many seeds are tried, `SEED` the only one.
 */
import { BOARD_KINDS, withNodes } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

const RUNS = Number(process.env.RUNS ?? 200);
const ONLY = process.env.SEED === undefined ? undefined : Number(process.env.SEED);
/** Seconds without an acknowledgement after which the node restarts. */
const RESTART_AFTER = 600;
/** Seconds of the longest pause between two attempts to connect, and of joining Wi-Fi. */
const PAUSE = 120 + 40;
const FAULTS = 12;

/** Numbers from 0 up to below 1, the same for the same seed (mulberry32). */
function chanceOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** What can happen, each with what ends it. */
const HAPPENINGS: Record<string, (node: NodeBench, chance: () => number) => () => void> = {
  "the link is cut": ({ world }) => {
    world.network.cut();
    return () => undefined;
  },
  "the clock is set": ({ board }, chance) => {
    const spans = [3600, 86_400, 365 * 86_400, 50 * 365 * 86_400];
    board.jumpClock(spans[Math.floor(chance() * spans.length)]! * (chance() < 0.6 ? -1 : 1));
    return () => undefined;
  },
  "memory is short": ({ board }, chance) => {
    const { freeVariables } = board;
    board.freeVariables = 20 + Math.floor(chance() * 180);
    return () => void (board.freeVariables = Math.max(board.freeVariables, freeVariables));
  },
  "acknowledgements are lost": ({ world }) =>
    world.network.rule(({ packet }) => (packet.cmd === "puback" ? "drop" : "pass")),
  "acknowledgements are late": ({ world }, chance) => {
    const delay = 1000 + chance() * 70_000;
    return world.network.rule(({ packet }) => (packet.cmd === "puback" ? { delay } : "pass"));
  },
  "the broker refuses": ({ world }) => {
    world.network.refuse("broker", 1883, true);
    world.network.cut();
    return () => world.network.refuse("broker", 1883, false);
  },
  "the broker is silent": ({ world }) => world.network.rule(() => "drop"),
  "Wi-Fi is lost": ({ world }) => {
    world.accessPoint.up = false;
    return () => void (world.accessPoint.up = true);
  },
  "the plug is pulled": ({ board }) => {
    board.powerOff();
    board.powerOn();
    return () => undefined;
  },
};

/** Lets the faults of a seed happen, some at once; all are over at the end. Returns what happened when. */
async function suffer(node: NodeBench, chance: () => number): Promise<string[]> {
  const log: string[] = [];
  const ends: Array<() => void> = [];
  const names = Object.keys(HAPPENINGS);
  const memory = node.board.freeVariables;
  for (let nth = 0; nth < FAULTS; nth++) {
    const name = names[Math.floor(chance() * names.length)]!;
    log.push(`${Math.round(node.world.clock.now() / 1000)} s: ${name}`);
    ends.push(HAPPENINGS[name]!(node, chance));
    await node.world.runFor(1000 + chance() * 100_000);
    if (chance() < 0.7) for (const end of ends.splice(0)) end();
  }
  for (const end of ends) end();
  node.board.freeVariables = memory;
  return log;
}

/** Is the node at the broker, and does it say so: the retained `status`, and readings that arrive? */
async function isBack(node: NodeBench): Promise<void> {
  const before = node.states().length;
  const within = (RESTART_AFTER + PAUSE) * 1000;
  await node.world.runUntil(
    () => node.payloads("status").at(-1) === "online" && node.states().length > before,
    within,
  );
  // Nothing waits any more, and the next reading comes in its time.
  await node.untilPublished("diag", 1, 400_000);
  await node.untilPublished("state", 1, 70_000);
}

for (const kind of BOARD_KINDS)
  withNodes(`a node (${kind}) after faults of every kind in any order`, (start) => {
    it(`is back within restart_after seconds, ${ONLY === undefined ? `with ${RUNS / 2} seeds` : `seed ${ONLY}`}`, async () => {
      const first = kind === "ESP32" ? 1 : 2;
      for (let seed = ONLY ?? first; seed <= (ONLY ?? RUNS); seed += 2) {
        const node = start(kind, { seed, config: { period: 30, restart_after: RESTART_AFTER } });
        await node.untilPublished("diag");
        const log = await suffer(node, chanceOf(seed));
        try {
          await isBack(node);
        } catch (error) {
          const replay = `SEED=${seed} npx mocha test/scenario/node-any-fault.test.ts -g ${kind}`;
          throw new Error(`${(error as Error).message}\nreplay: ${replay}\n${log.join("\n")}`, {
            cause: error,
          });
        }
        node.world.close();
      }
    });
  });
