/** The time of measurements, whatever the clock did since: it may be set only after some of them. */

/** getTime() is the time of day once it is past this, 2020-01-01; before, it counts from power-on. */
export const CLOCK_KNOWN = 1577836800;
/** Seconds from measuring to telling from which on a reading is late. */
const LATE = 10;

// A board has one clock, so its state stands here.
/** While the clock is not set what it showed last, which is seconds since power-on; then the time of power-on. */
let clock = 0;

/** Is the time of day known? */
export function isClockSet(): boolean {
  return clock > CLOCK_KNOWN;
}

/** Notices when the clock is set; at least once a second until it is. */
export function tickClock(): void {
  const now = Math.floor(getTime());
  clock = now > CLOCK_KNOWN ? now - clock - 1 : now;
}

/** The members of a JSON object that say when something was measured, at `taken` by the clock of then, in whole seconds. */
export function timestamp(taken: number): string {
  const told = taken < CLOCK_KNOWN && clock > CLOCK_KNOWN ? taken + clock : taken;
  const isLate = getTime() - told > LATE;
  return (told > CLOCK_KNOWN ? '"ts":' : '"uptime":') + told + (isLate ? ',"late":true' : "");
}
