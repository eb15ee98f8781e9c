// aedes needs some turns of the event loop between a packet and its answer; so many without a sign of life
// are enough.
const QUIET_TURNS = 12;
const MOST_TURNS = 2000;

/** Lets servers that work through Node's event loop come to rest between two events of a virtual clock. */
export class Settler {
  private touches = 0;
  /** Whether such a server was given something, or did something, since the last rest. */
  busy = false;

  touch(): void {
    this.touches++;
    this.busy = true;
  }

  /** Turns the event loop until nothing was touched for a while; gives up after a bounded number of turns. */
  async settle(): Promise<void> {
    let quiet = 0;
    for (let turn = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn++) {
      const before = this.touches;
      await new Promise((resolve) => setImmediate(resolve));
      quiet = this.touches === before ? quiet + 1 : 0;
    }
    this.busy = false;
  }
}
