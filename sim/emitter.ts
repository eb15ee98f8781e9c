import type { Realm } from "./realm.ts";

/** A function of the board's program. */
export type Callback = (...parts: never[]) => unknown;

/** The listeners of one object of a board, in Espruino's manner. */
export interface Emitter {
  /** The `on` that the program sees; gives nothing. */
  on(this: void, event: string, listener: Callback): void;
  /** Who listens now. */
  listeners(event: string): readonly Callback[];
}

/** Makes an emitter; `onListener` is told of each listener that was added. */
export function createEmitter(realm: Realm, onListener?: (event: string) => void): Emitter {
  const listeners = new Map<string, readonly Callback[]>();
  return {
    on(event, listener) {
      if (typeof event !== "string") throw realm.error("TypeError", "First argument must be String");
      if (typeof listener !== "function") {
        throw realm.error("TypeError", "Second argument must be a function or a String");
      }
      // A new array each time: a listener that is added while the event runs is not called for it.
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      onListener?.(event);
    },
    listeners: (event) => listeners.get(event) ?? [],
  };
}
