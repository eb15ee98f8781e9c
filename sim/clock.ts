/** Time in a world. */
export interface Clock {
  /** Milliseconds since the world began; fractions of one count. */
  now(): number;
  /**
   * Runs `callback` once after `milliseconds`, never from inside the call; gives an id for `clearTimeout`.
   */
  setTimeout(callback: () => void, milliseconds: number): number;
  /** Forgets a timeout; unknown ids are ignored. */
  clearTimeout(id: number): void;
}

/** A clock that stands still until it is told to run. */
export interface VirtualClock extends Clock {
  /** Runs the next timeout due by `limit` (ms) and gives true; gives false when there is none. */
  runNext(limit: number): boolean;
  /** Moves to `time` (ms) without running anything; never backwards. */
  advance(time: number): void;
  /** Forgets every timeout. */
  close(): void;
}

/** A clock that Node's timers drive. */
export interface RealClock extends Clock {
  /** Forgets every timeout. */
  close(): void;
}

interface Entry {
  deadline: number;
  sequence: number;
  callback: (() => void) | undefined;
}

const before = (a: Entry, b: Entry): boolean =>
  a.deadline < b.deadline || (a.deadline === b.deadline && a.sequence < b.sequence);

/** Binary heap with the entry that is due first at index 0. */
function push(heap: Entry[], entry: Entry): void {
  let index = heap.push(entry) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (before(heap[parent]!, entry)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = entry;
}

function pop(heap: Entry[]): Entry | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (!first || !last || heap.length === 0) return first;
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (before(last, heap[child]!)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = last;
  return first;
}

/** Makes a virtual clock at 0 ms. Timeouts run in the order of (deadline, order of creation). */
export function createVirtualClock(): VirtualClock {
  let time = 0;
  let sequence = 0;
  let heap: Entry[] = [];
  const entries = new Map<number, Entry>();
  return {
    now: () => time,
    setTimeout(callback, milliseconds) {
      const entry = { deadline: time + Math.max(0, milliseconds), sequence: ++sequence, callback };
      entries.set(sequence, entry);
      push(heap, entry);
      return sequence;
    },
    clearTimeout(id) {
      const entry = entries.get(id);
      // Left in the heap: it is skipped when its turn comes.
      if (entry) entry.callback = undefined;
      entries.delete(id);
    },
    runNext(limit) {
      for (;;) {
        const entry = heap[0];
        if (!entry || entry.deadline > limit) return false;
        pop(heap);
        entries.delete(entry.sequence);
        if (!entry.callback) continue;
        time = Math.max(time, entry.deadline);
        entry.callback();
        return true;
      }
    },
    advance: (to) => void (time = Math.max(time, to)),
    close() {
      heap = [];
      entries.clear();
    },
  };
}

// Node fires timeouts longer than this (2³¹ − 1 ms) at once.
const LONGEST_TIMEOUT = 2147483647;

/** Makes a clock that starts at 0 ms and runs with the host's. */
export function createRealClock(): RealClock {
  const start = performance.now();
  const cancel = new Map<number, () => void>();
  let sequence = 0;
  const now = () => performance.now() - start;
  const arm = (id: number, callback: () => void, deadline: number): void => {
    const left = deadline - now();
    const fire = () => {
      if (now() < deadline && left > LONGEST_TIMEOUT) {
        arm(id, callback, deadline);
        return;
      }
      cancel.delete(id);
      callback();
    };
    if (left <= 0) {
      const immediate = setImmediate(fire);
      cancel.set(id, () => clearImmediate(immediate));
    } else {
      const timeout = setTimeout(fire, Math.min(left, LONGEST_TIMEOUT));
      cancel.set(id, () => clearTimeout(timeout));
    }
  };
  return {
    now,
    setTimeout(callback, milliseconds) {
      const id = ++sequence;
      arm(id, callback, now() + milliseconds);
      return id;
    },
    clearTimeout(id) {
      cancel.get(id)?.();
      cancel.delete(id);
    },
    close() {
      for (const stop of cancel.values()) stop();
      cancel.clear();
    },
  };
}
