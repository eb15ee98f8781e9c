/** The counter of signed commands: what is read after power was cut at any operation of the flash. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createInterpreter } from "../../../bench/interpreter.ts";
import { createWorld } from "../../../sim/world.ts";
import type { SimulatedBoard, World } from "../../../sim/world.ts";
import { espruino, withProgram } from "../../support/engines.ts";
import { check } from "../../support/arbitraries.ts";
import { deviceModule } from "../../support/module-world.ts";

const MODULE = deviceModule("counter", "hw/node/counter.ts");
const FILES = ["ristretto.count0", "ristretto.count1"];
/** Records of a file. */
const RECORDS = 256;
/** Operations that writing a counter takes at most: another file is made, written twice, and the old one erased. */
const OPERATIONS = 5;

/** Which operation power is cut at, and by which bits of it: 1 is one that was not done yet. */
interface Cut {
  nth: number;
  bits: number[];
}

/** A counter on a board that can be pulled off. */
class Bench {
  readonly world: World = createWorld();
  readonly board: SimulatedBoard;

  constructor(storageSize?: number) {
    this.board = this.world.board({
      board: "ESP8266",
      storage: { ...MODULE },
      ...(storageSize === undefined ? {} : { storageSize }),
    });
    this.start();
  }

  /** Power comes back; gives the counter that is read. */
  start(): string {
    this.board.powerOff();
    this.board.powerOn();
    return this.board.evaluate('c = {}; require("counter").readCounter(c); c._last') as string;
  }

  /** Writes a counter; gives what the device says, undefined when power was cut. */
  write(digits: string, cut?: Cut): string | undefined {
    let nth = 0;
    this.board.onFlash = (before, after) => {
      if (nth++ !== cut?.nth) return undefined;
      if (!before || !after) return cut.bits[0]! & 1 ? before : after;
      const [old, bytes] = [before, after].map((text) => Buffer.from(text, "latin1"));
      bytes!.forEach((byte, at) => {
        bytes![at] = byte | (old![at]! & cut.bits[at % cut.bits.length]!);
      });
      return bytes!.toString("latin1");
    };
    const result = this.board.evaluate(`require("counter").writeCounter(c, "${digits}")`);
    this.board.onFlash = undefined;
    return this.board.powered ? (result as string) : undefined;
  }

  /** Writes so many counters from 1 on, and gives the last. */
  fill(count: number): number {
    this.board.evaluate(
      `for (var i = 1; i <= ${count}; i++) require("counter").writeCounter(c, ("" + (1e12 + i)))`,
    );
    return 1e12 + count;
  }

  close(): void {
    this.world.close();
    assert.deepEqual(this.board.uncaught, []);
  }
}

const files = ({ board }: Bench): string[] => FILES.filter((name) => board.storage.has(name));

describe("the counter of signed commands", () => {
  it("is below all others on a board that has obeyed none", () => {
    const bench = new Bench();
    assert.ok(bench.start() < "1000000000000");
    assert.deepEqual(files(bench), []);
    bench.close();
  });

  it("is the last one after a restart, however many there were", () => {
    const bench = new Bench();
    let last = 0;
    for (const count of [1, 2, 128, RECORDS - 1, RECORDS]) {
      FILES.forEach((name) => bench.board.storage.delete(name));
      bench.start();
      last = bench.fill(count);
      assert.equal(bench.start(), String(last), String(count));
      assert.deepEqual(files(bench), ["ristretto.count0"]);
    }
    bench.close();
  });

  it("goes on in another file when one is full, and back, and erases the full one", () => {
    const bench = new Bench();
    for (const [fileful, name] of ["ristretto.count0", "ristretto.count1", "ristretto.count0"].entries()) {
      const last = bench.fill(fileful * RECORDS + 1);
      assert.equal(bench.start(), String(last));
      assert.deepEqual(files(bench), [name]);
      FILES.forEach((file) => bench.board.storage.delete(file));
      bench.start();
    }
    bench.close();
  });

  it("is refused where Storage has no room for its file, which is never compacted", () => {
    const size = Object.values(MODULE).reduce((sum, text) => sum + text.length + 64, 0);
    const bench = new Bench(size + 6000);
    bench.board.evaluate('require("Storage").write("a", "x", 0, 1000); require("Storage").erase("a")');
    const last = bench.fill(RECORDS);
    assert.equal(bench.write("2000000000000"), "Storage has no room for the counter; upload the node again");
    assert.equal(bench.board.evaluate('require("Storage").getStats().trashBytes > 0'), true);
    assert.equal(bench.start(), String(last));
    bench.close();
  });

  it("is never below one that was obeyed nor far above one that was sent, wherever power was cut, and goes on", () => {
    const cut = fc.record({
      nth: fc.nat(OPERATIONS - 1),
      bits: fc.array(fc.nat(255), { minLength: 1, maxLength: 16 }),
    });
    const steps = fc.array(
      fc.record({ step: fc.integer({ min: 1, max: 100000 }), cut: fc.option(cut, { nil: undefined }) }),
      { minLength: 1, maxLength: 12 },
    );
    const filled = fc.constantFrom(0, 1, 100, RECORDS - 3, RECORDS - 1, RECORDS);
    const exercised = new Set<string>();
    check(
      fc.property(filled, steps, (count, sent) => {
        const bench = new Bench();
        let now = bench.fill(count);
        let obeyed = now;
        for (const { step, cut: pulled } of sent) {
          now += step;
          const said = bench.write(String(now), pulled);
          if (said === undefined) {
            exercised.add(`cut at ${pulled!.nth}`);
            const read = bench.start();
            if (count || obeyed > 1e12) assert.ok(read >= String(obeyed), `${read} is below ${obeyed}`);
            // Of a record whose end was torn the last digit may be anything.
            if (read !== "0")
              assert.ok(read.slice(0, 12) <= String(now).slice(0, 12), `${read} is above ${now}`);
            assert.ok(files(bench).length < 2 || count + sent.length >= RECORDS);
            now += 10;
          } else {
            assert.equal(said, "");
            obeyed = now;
          }
        }
        // Whatever happened, it goes on, and remembers.
        assert.equal(bench.write(String(now + 100)), "");
        assert.equal(bench.start(), String(now + 100));
        assert.equal(files(bench).length, 1);
        bench.close();
      }),
      200,
    );
    assert.deepEqual(
      [...exercised].sort(),
      [0, 1, 2, 3, 4].map((nth) => `cut at ${nth}`),
    );
  });

  withProgram("on the interpreter", espruino, false, (path) => {
    it("is the last one after a restart, in the first file and in the next", async function () {
      this.timeout(120_000);
      const interpreter = createInterpreter(path);
      const program = (body: string): Promise<string[]> =>
        interpreter.run(`var k = require("counter"), c = {}; k.readCounter(c); ${body}`);
      try {
        // The engine hoists nothing, so what is exported stands behind what it is.
        const exported = /exports\.\w+ = \w+;\n/g;
        const text = MODULE.counter!;
        await interpreter.store("counter", text.replace(exported, "") + text.match(exported)!.join(""));
        assert.deepEqual(await program('print("# " + c._last)'), ["0"]);
        for (const [from, to, file] of [
          [1, 3, 0],
          [4, RECORDS, 0],
          [RECORDS + 1, RECORDS + 1, 1],
          [RECORDS + 2, RECORDS * 2 + 1, 0],
        ] as const) {
          const write = `for (var i = ${from}; i <= ${to}; i++) k.writeCounter(c, "" + (1e12 + i));`;
          assert.deepEqual(await program(write), []);
          const lines = await program('print("# " + c._last); print("# " + c._file + " " + c._free);');
          assert.deepEqual(lines, [String(1e12 + to), `${file} ${((to - 1) % RECORDS) + 1}`]);
        }
      } finally {
        interpreter.close();
      }
    });
  });
});
