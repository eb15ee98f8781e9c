/** What a client did in one act, event by event, as a referee goes through it. */
import type { Event } from "../referee.ts";

export interface Script {
  /** What stands behind the lines that are told now: reason code and properties of the packet at hand. */
  tail: string;
  /** What happens whenever it likes: takes the event, or gives false. */
  takeFree: (event: Event) => boolean;
  begin(events: readonly Event[]): void;
  /** The next event, which stays. */
  peek(): Event | undefined;
  take(): Event | undefined;
  /** The next line from here on that begins so, without its tail. */
  find(beginning: string): string | undefined;
  /** Takes all that happens freely. */
  takeFreely(): void;
  /** What must be written as soon as the message is that is being written in pieces. */
  owed: string[];
  /** The client must write this next, with what it does freely before it; or later, where it is in the middle of a message. */
  demandWritten(bytes: string): void;
  /** It must tell one of these lines; gives which. */
  demandTold(...lines: string[]): string;
  /** The line of an event without its tail; undefined when it is none, or has another tail. */
  lineOf(event: Event | undefined): string | undefined;
  fail(problem: string): never;
}

/** `isMidway` tells whether a packet is not written whole. */
export function createScript(isMidway: () => boolean): Script {
  let events: Event[] = [];
  const script: Script = {
    tail: "",
    owed: [],
    takeFree: () => false,
    begin(all) {
      events = [...all];
    },
    peek: () => events[0],
    take: () => events.shift(),
    find(beginning) {
      const found = events.find((event) => "told" in event && event.told.startsWith(beginning));
      return script.lineOf(found);
    },
    takeFreely() {
      while (events[0] && script.takeFree(events[0])) events.shift();
    },
    demandWritten(bytes) {
      const isIt = (): boolean => !!events[0] && "wrote" in events[0] && events[0].wrote === bytes;
      while (events[0] && !isIt() && script.takeFree(events[0])) events.shift();
      if (!isIt() && isMidway()) {
        script.owed.push(bytes);
        return;
      }
      const event = events.shift();
      if (!event || !("wrote" in event) || event.wrote !== bytes)
        script.fail(`did ${JSON.stringify(event)} instead of ${JSON.stringify({ wrote: bytes })}`);
    },
    demandTold(...lines) {
      const isIt = (): boolean => lines.includes(script.lineOf(events[0]) ?? "\0");
      while (events[0] && !isIt() && script.takeFree(events[0])) events.shift();
      if (!isIt()) script.fail(`did not tell ${lines.map((line) => line + script.tail).join(" or ")}`);
      return script.lineOf(events.shift())!;
    },
    lineOf(event) {
      if (!event || !("told" in event) || !event.told.endsWith(script.tail)) return undefined;
      return event.told.slice(0, event.told.length - script.tail.length);
    },
    fail(problem) {
      throw new Error(`${problem}; then: ${JSON.stringify(events.slice(0, 5))}`);
    },
  };
  return script;
}
