/** What happened on a bed, in words that are equal where two beds behave alike. */
import type { Packet } from "mqtt-packet";
import type { Bed } from "./bed.ts";

export interface Transcript {
  /** For each connection, what went up (`>`) and down (`<`), in the order in which the server saw it. */
  connections: string[][];
  console: string[];
  /** For each start of a node, how long the attempts to connect waited (s), in their order. */
  waits: number[][];
}

/** Members of a decoded packet that say nothing of it. */
const SILENT = new Set(["cmd", "length", "properties"]);

/** A packet in a line: its name, then its members. Bytes that were sent raw are shown in hexadecimal. */
function describePacket(packet: Packet | Buffer): string {
  if (Buffer.isBuffer(packet)) return "bytes " + packet.toString("hex");
  const members = JSON.stringify(packet, (name, value: unknown) => {
    const bytes = value as { type?: string; data?: number[] } | null;
    if (bytes?.type === "Buffer") return Buffer.from(bytes.data!).toString("latin1");
    return SILENT.has(name) || value === null ? undefined : value;
  });
  return `${packet.cmd} ${members}`;
}

/** Pings come by the clock, and the clocks of two beds differ. */
function isPing(packet: Packet | Buffer): boolean {
  return !Buffer.isBuffer(packet) && (packet.cmd === "pingreq" || packet.cmd === "pingresp");
}

/** What a node says first. */
const START = /^ristretto .* on (ESP\w+|LINUX), id/;
const WAIT = /next attempt in (\d+) s/;

/**
 * What two beds may differ in: the broker's address, times, free memory and the reason of the start. How long the next attempt
 * waits is compared by itself, because how many are made in vain is up to time.
 */
function normalise(line: string, { broker }: Bed): string {
  return (
    line
      .replaceAll(broker.host, "broker")
      .replace(/ on (ESP\w+|LINUX), id/, " on a board, id")
      .replace(/(\\?"(?:ts|uptime|free)\\?":)\d+/g, "$10")
      // By the clock, which the interpreter's timers outrun.
      .replace(/,\\?"late\\?":true/g, "")
      .replace(/(\\?"reset\\?":\\?")[^"\\]*/, "$1")
      .replace(WAIT, "next attempt in some s")
  );
}

/** How often something is tried in vain is up to time: lines that repeat the one or two before them count once. */
function withoutRepeats(lines: readonly string[]): string[] {
  const kept: string[] = [];
  for (const line of lines) {
    kept.push(line);
    for (const size of [1, 2]) {
      const [last, before] = [kept.slice(-size), kept.slice(-2 * size, -size)];
      if (last.join("\n") === before.join("\n")) kept.length -= size;
    }
  }
  return kept;
}

/** Where in its program an error was thrown, the interpreter shows in more lines. */
function isPlace(line: string): boolean {
  return /^( +at |\.\.\.| *\^?$)/.test(line);
}

/** Told once the last of the readings that waited has arrived, when a scenario may be over. */
const ARRIVED = "MQTT: all that waited is acknowledged";

function waitsOf(lines: readonly string[]): number[][] {
  const waits: number[][] = [[]];
  for (const line of lines) {
    if (START.test(line)) waits.push([]);
    const wait = WAIT.exec(line);
    if (wait) waits.at(-1)!.push(Number(wait[1]));
  }
  return waits;
}

/** Cuts two transcripts to the waits that both have: on the slower bed there is time for more attempts. */
export function withCommonWaits(one: Transcript, other: Transcript): [Transcript, Transcript] {
  const cut = (which: Transcript): Transcript => ({
    ...which,
    waits: which.waits.map((waits, start) =>
      waits.slice(0, Math.min(one.waits[start]?.length ?? 0, other.waits[start]?.length ?? 0)),
    ),
  });
  return [cut(one), cut(other)];
}

export function transcriptOf(bed: Bed): Transcript {
  return {
    waits: waitsOf(bed.console),
    connections: bed.server.connections.map(({ exchange }) =>
      exchange.flatMap((step) => {
        const packet = "up" in step ? step.up : step.down;
        const line = `${"up" in step ? ">" : "<"} ${describePacket(packet)}`;
        return isPing(packet) ? [] : [normalise(line, bed)];
      }),
    ),
    console: withoutRepeats(
      bed.console.filter((line) => !isPlace(line) && line !== ARRIVED).map((line) => normalise(line, bed)),
    ),
  };
}
