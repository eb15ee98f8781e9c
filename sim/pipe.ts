import type { Clock } from "./clock.ts";
import type { PacketFilter } from "./packet-filter.ts";

/** How a stream ends: in order ("end") or by a reset. */
export type Ending = "end" | "reset";

type Content = Buffer | Ending | "open";

/** What a pipe needs from the connection it is part of. */
export interface PipeOptions {
  clock: Clock;
  filter: PacketFilter;
  /** Milliseconds on the way, asked at each send. */
  latency(): number;
  /** Asked on sending and again on arrival: true makes it vanish. */
  vanishes(): boolean;
  /** Comes first, if `open` was called. */
  onOpen(): void;
  onBytes(bytes: Buffer): void;
  onEnding(ending: Ending): void;
}

interface Item {
  due: number;
  content: Content;
}

/** One direction of a connection: what goes in comes out in the same order, later. */
export class Pipe {
  private readonly options: PipeOptions;
  private items: Item[] = [];
  private timer: number | undefined;
  private lastDue = 0;

  constructor(options: PipeOptions) {
    this.options = options;
  }

  /** Announces the stream to the other end. */
  open(): void {
    if (!this.options.vanishes()) this.put("open", 0);
  }

  send(bytes: Buffer): void {
    if (this.options.vanishes()) return;
    for (const passed of merge(this.options.filter.take(bytes))) this.put(passed.bytes, passed.delay);
  }

  finish(ending: Ending): void {
    if (this.options.vanishes()) return;
    const held = this.options.filter.flush();
    if (held.length) this.put(held, 0);
    this.put(ending, 0);
  }

  /** Loses everything under way. */
  drain(): void {
    this.items = [];
    if (this.timer !== undefined) this.options.clock.clearTimeout(this.timer);
    this.timer = undefined;
  }

  private put(content: Content, delay: number): void {
    const due = Math.max(this.lastDue, this.options.clock.now() + this.options.latency() + delay);
    this.lastDue = due;
    this.items.push({ due, content });
    if (this.timer === undefined) this.arm();
  }

  private arm(): void {
    const { clock } = this.options;
    this.timer = clock.setTimeout(() => this.deliver(), this.items[0]!.due - clock.now());
  }

  private deliver(): void {
    const { clock, vanishes, onOpen, onBytes, onEnding } = this.options;
    this.timer = undefined;
    // A real clock may come a little early, so the first counts as due whatever the time.
    for (let first = true; this.items[0] && (first || this.items[0].due <= clock.now()); first = false) {
      const { content } = this.items.shift()!;
      if (vanishes()) continue;
      if (content === "open") onOpen();
      else if (typeof content === "string") onEnding(content);
      else onBytes(content);
    }
    if (this.items.length && this.timer === undefined) this.arm();
  }
}

/** Joins neighbours without delay, so that a stream nobody judges keeps its pieces. */
function merge(passed: { bytes: Buffer; delay: number }[]): { bytes: Buffer; delay: number }[] {
  const merged: { bytes: Buffer; delay: number }[] = [];
  for (const part of passed) {
    const last = merged[merged.length - 1];
    if (last && last.delay === 0 && part.delay === 0) last.bytes = Buffer.concat([last.bytes, part.bytes]);
    else merged.push({ ...part });
  }
  return merged;
}
