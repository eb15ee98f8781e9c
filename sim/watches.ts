import type { PinWatch, WatchOptions } from "../hw/espruino.d.ts";
import type { BoardPins, Level } from "./pins.ts";
import type { Realm } from "./realm.ts";

/** What the watches of a boot need from it. */
export interface WatchesOptions {
  realm: Realm;
  pins: BoardPins;
  /** The world's time as the program sees it (ms). */
  time(): number;
  /** The board's clock (s) at a time of the world's. */
  clockAt(time: number): number;
  /** Has the idle loop go round. */
  wake(): void;
  call(callback: (event: PinWatch) => void, event: PinWatch): void;
  /** Edges were lost. */
  onOverflow(): void;
  print(line: string): void;
}

interface Watch {
  pin: object;
  name: string;
  repeat: boolean;
  edge: number;
  callback: (event: PinWatch) => void;
  lastTime: number | undefined;
}

interface Edge {
  name: string;
  level: Level;
  at: number;
}

const EDGES: Readonly<Record<string, number>> = { rising: 1, falling: -1, both: 0 };

/**
 * `setWatch`, `clearWatch` and the queue between an edge's interrupt and the program (src/jsdevices.c, jsinteractive.c):
 * every edge of a watched pin takes a place, wanted or not, and what finds none is lost.
 */
export class Watches {
  private readonly options: WatchesOptions;
  private readonly watches = new Map<number, Watch>();
  private readonly queue: Edge[] = [];
  private lastId = 0;

  constructor(options: WatchesOptions) {
    this.options = options;
  }

  /** `setWatch` */
  set(callback: (event: PinWatch) => void, pin: object, options: WatchOptions): number | undefined {
    const { realm, pins, print, time } = this.options;
    const name = String(pin);
    const edge = EDGES[options.edge];
    if (!pins.canWatch(name)) {
      print("WARNING: Unable to set watch. You may already have a watch on a pin with the same number");
      return undefined;
    }
    if (edge === undefined) {
      throw realm.error("TypeError", "'edge' in setWatch should be 1, -1, 0, 'rising', 'falling' or 'both'");
    }
    if (typeof callback !== "function") throw realm.error("Error", "Function or String not supplied!");
    const isNew = !this.isWatched(name);
    this.watches.set(++this.lastId, {
      ...{ pin, name, callback, edge, repeat: options.repeat === true, lastTime: undefined },
    });
    if (isNew) pins.watch(name, (level, at) => this.push({ name, level, at }), time());
    return this.lastId;
  }

  /** `clearWatch` */
  clear(ids: unknown[]): void {
    const { realm, pins, time } = this.options;
    if (ids.length > 0 && ids[0] === undefined) {
      throw realm.error("Error", "clearWatch(undefined) not allowed. Use clearWatch() instead");
    }
    if (ids.length > 0 && !this.watches.has(ids[0] as number)) {
      throw realm.error("Error", "Unknown Watch " + String(ids[0]));
    }
    for (const id of ids.length > 0 ? [ids[0] as number] : [...this.watches.keys()]) {
      const { name } = this.watches.get(id)!;
      this.watches.delete(id);
      if (!this.isWatched(name)) pins.watch(name, undefined, time());
    }
  }

  /** Looks at the oldest edge that waits; gives the milliseconds that took, or undefined when none did. */
  handleOne(): number | undefined {
    const edge = this.queue.shift();
    if (!edge) return undefined;
    const { realm, pins, clockAt, call } = this.options;
    for (const [id, watch] of [...this.watches]) {
      if (watch.name !== edge.name) continue;
      const time = clockAt(edge.at);
      const { lastTime, pin } = watch;
      watch.lastTime = time;
      if (watch.edge !== 0 && watch.edge > 0 !== edge.level > 0) continue;
      if (!watch.repeat) this.clear([id]);
      call(watch.callback, realm.record({ state: edge.level === 1, time, lastTime, pin }) as PinWatch);
    }
    return pins.watchTime;
  }

  private isWatched(name: string): boolean {
    return [...this.watches.values()].some((watch) => watch.name === name);
  }

  private push(edge: Edge): void {
    if (this.queue.length >= this.options.pins.watchQueue) {
      this.options.onOverflow();
      return;
    }
    this.queue.push(edge);
    this.options.wake();
  }
}
