import type { Callback } from "./emitter.ts";
import type { IdleLoop } from "./idle-loop.ts";
import type { Realm } from "./realm.ts";

/** What an event can be called with besides its name. */
const MOST_VALUES = 4;

type Listeners = Map<string, Callback[]>;

/** Calls those who listen to an event of an object at once, as the engine does with its own. */
export type TellEvent = (self: object, event: string, values: readonly unknown[]) => void;

/**
 * Gives every object of a board `on`, `emit`, `removeListener` and `removeAllListeners`, as
 * src/jswrap_object.c has them: an event is queued with the list of those who listen when it is emitted,
 * and the idle loop calls them one after another. `on` makes a new list, `removeListener` changes the one
 * there is, and so also an event that waits. Gives what the engine itself tells.
 */
export function addObjectEvents(realm: Realm, loop: IdleLoop): TellEvent {
  const known = new WeakMap<object, Listeners>();
  const typeError = (text: string): object => realm.error("TypeError", text);

  function listenersOf(self: object): Listeners {
    if (Object(self) !== self) throw typeError("Parent must be an object - not a String, Integer, etc");
    let listeners = known.get(self);
    if (!listeners) known.set(self, (listeners = new Map()));
    return listeners;
  }

  function named(event: unknown): string {
    if (typeof event !== "string") throw typeError("First argument must be String");
    return event;
  }

  const methods = {
    on(this: object, event: string, listener: Callback): void {
      const listeners = listenersOf(this);
      const name = named(event);
      if (typeof listener !== "function") throw typeError("Second argument must be a function or a String");
      listeners.set(name, [...(listeners.get(name) ?? []), listener]);
    },
    emit(this: object, event: string, ...values: unknown[]): void {
      const listeners = listenersOf(this);
      const name = named(event);
      const list = listeners.get(name);
      const passed = values.slice(0, MOST_VALUES);
      if (list) loop.queue(() => list.forEach((listener) => loop.call(listener, this, passed)), this, []);
      // It is told all the same.
      if (values.length > MOST_VALUES) throw typeError(`Too many arguments (>${MOST_VALUES})`);
    },
    removeListener(this: object, event: string, listener: Callback): void {
      const listeners = listenersOf(this);
      const name = named(event);
      const list = listeners.get(name) ?? [];
      const place = list.indexOf(listener);
      if (place >= 0) list.splice(place, 1);
    },
    removeAllListeners(this: object, event?: string): void {
      const listeners = listenersOf(this);
      if (event === undefined) listeners.clear();
      else if (typeof event === "string") listeners.delete(event);
      else throw typeError("First argument must be String or undefined");
    },
  };
  const prototype = realm.prototype;
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
  return (self, event, values) =>
    known
      .get(self)
      ?.get(event)
      ?.forEach((listener) => loop.call(listener, self, values));
}
