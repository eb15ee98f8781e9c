/** The bed that is real: the interpreter, a flash of its own, and TCP over loopback. */
import assert from "node:assert/strict";
import { createInterpreter, FAILURE } from "../../bench/interpreter.ts";
import type { Session } from "../../bench/interpreter.ts";
import type { Bed, BedOptions } from "./bed.ts";
import { createServerOn } from "./server.ts";
import { createRemote } from "./remote.ts";
import { sensorFile, standIns, STARTED } from "./stand-ins.ts";
import { createTcpListener } from "./tcp-listener.ts";

/** Milliseconds after which something that was to happen is believed not to, on the slowest machine. */
const PATIENCE = 60_000;
/** What a test on this bed has: it ends by events, and by this only if it hangs. */
export const LONGEST = 3 * PATIENCE;

/** The last words of an interpreter for Linux that was told to reset its board. */
const RESET = "Not implemented";

export async function createInterpreterBed(path: string, options: BedOptions): Promise<Bed> {
  const interpreter = createInterpreter(path);
  const lines: string[] = [];
  const failures: string[] = [];
  const watchers = new Set<() => void>();
  let session: Session;
  let isClosing = false;
  let typed = 0;
  let starts = 0;
  let sensor = options.sensor ?? {};

  const remote = await createRemote();
  const listener = await createTcpListener(wake);
  const server = createServerOn(listener.listen);

  function wake(): void {
    for (const watcher of watchers) watcher();
  }

  function until(condition: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => finish(new Error(`not within ${PATIENCE} ms: ${String(condition)}`)),
        PATIENCE,
      );
      const look = (): void => {
        if (failures.length) finish(new Error(failures.join("\n")));
        else if (condition()) finish();
      };
      const finish = (problem?: Error): void => {
        clearTimeout(timer);
        watchers.delete(look);
        if (problem) reject(new Error(`${problem.message}\n  ${session.lines.slice(-15).join("\n  ")}`));
        else resolve();
      };
      watchers.add(look);
      look();
    });
  }

  /** Starts the interpreter; when it ends because it was to reset the board, starts it again. */
  function boot(): void {
    remote.forget();
    const current = interpreter.boot();
    let hasStarted = false;
    session = current;
    current.onLine = (line) => {
      if (FAILURE.test(line) && !options.throws?.test(line)) failures.push(line);
      if (line === STARTED) starts++;
      else if (hasStarted && line !== RESET) lines.push(line);
      hasStarted ||= line === STARTED;
      wake();
    };
    void current.ended.then(() => {
      if (isClosing) return;
      if (current.lines.at(-1) === RESET) boot();
      else failures.push("the interpreter ended");
      wake();
    });
  }

  async function type(code: string): Promise<void> {
    const mark = `# typed ${++typed}`;
    remote.type(`${code};print(${JSON.stringify(mark)})`);
    await until(() => lines.includes(mark));
    lines.splice(lines.indexOf(mark), 1);
  }

  const store = (name: string, text?: string): Promise<void> =>
    type(
      text === undefined
        ? `require("Storage").erase(${JSON.stringify(name)})`
        : `require("Storage").write(${JSON.stringify(name)},${JSON.stringify(text)})`,
    );

  const files = {
    ...options.files(listener),
    ...standIns(options.kind, sensor, remote),
  };
  for (const [name, text] of Object.entries(files)) await interpreter.store(name, text);
  if (options.down) await listener.refuse(true);
  boot();
  return {
    kind: options.kind,
    broker: listener,
    server,
    console: lines,
    until,
    type,
    store,
    restart() {
      const before = starts;
      remote.type("load()");
      remote.forget();
      return until(() => starts > before);
    },
    refuse: (on) => listener.refuse(on),
    async trickle(bytes, size = 1) {
      server.last.exchange.push({ down: bytes });
      for (let from = 0; from < bytes.length; from += size) {
        server.last.peer.write(bytes.subarray(from, from + size));
        await listener.taken();
      }
    },
    async sense(state) {
      sensor = { ...sensor, ...state };
      for (const [name, text] of Object.entries(sensorFile(sensor))) await store(name, text);
    },
    async close() {
      isClosing = true;
      await session.close();
      listener.close();
      remote.close();
      interpreter.close();
      assert.deepEqual(failures, [], "the program failed");
    },
  };
}
