/** Keeps account of readings: which were acknowledged to the board, and which an independent subscriber received. */
import type { SimulationEvent } from "./events.ts";

export interface Ledger {
  note(event: SimulationEvent): void;
  /** Readings acknowledged. */
  readonly acknowledged: number;
  /** What is missing for a good end; undefined when every quantity of every sensor arrived and was acknowledged. */
  missing(): string | undefined;
}

/** `expected`: quantities by sensor name. */
export function createLedger(base: string, expected: Record<string, string[]>): Ledger {
  const topics = Object.entries(expected).flatMap(([name, quantities]) =>
    quantities.map((one) => `${base}/${name}/${one}`),
  );
  const acknowledged = new Set<string>();
  const received = new Set<string>();
  let count = 0;
  return {
    note(event) {
      if (event.event === "receive") received.add(event.topic);
      if (event.event !== "acknowledge" || !topics.includes(event.topic)) return;
      acknowledged.add(event.topic);
      count++;
    },
    get acknowledged() {
      return count;
    },
    missing() {
      const lacking = (seen: Set<string>): string => topics.filter((topic) => !seen.has(topic)).join(", ");
      if (lacking(received)) return `nothing reached the broker of ${lacking(received)}`;
      return lacking(acknowledged) ? `nothing was acknowledged of ${lacking(acknowledged)}` : undefined;
    },
  };
}
