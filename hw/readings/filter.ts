/** What the steps of a chain have in common: one value in, at most one out. */

/**
 * One step of the way from samples to readings, a record with its state. Steps are made at the start, each by the word the
 * configuration has for it; what a number is follows ESPHome, whose filters they are named after.
 */
export interface Filter {
  /**
   * Takes the value of a sample at `now`, in seconds; NaN when the sample ended with a fault. Gives what goes on to the next
   * step: NaN for no number, undefined when nothing is to be said.
   */
  _take(value: number, now: number): number | undefined;
}

/** Makes a step from what the configuration says of it; throws a text when that cannot be. */
export type FilterMaker = (setting: unknown) => Filter;

/** `setting` as an object: what is no object stands for the member `name`. */
export function settingsOf(setting: unknown, name: string): object {
  if (typeof setting === "object" && setting && !Array.isArray(setting)) return setting;
  const settings: { [name: string]: unknown } = {};
  settings[name] = setting;
  return settings;
}
