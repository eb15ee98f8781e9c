import assert from "node:assert/strict";
import type { SimulatedBoard } from "../../sim/world.ts";
import { KINDS, closeWorlds, makeWorld } from "./support.ts";

/** What the interpreter for Linux draws first: `rand()` is Espruino's own, and the same on every board. */
const FIRST = [2002641757, 1519824769, 548953282, 1471297748];

const drawn = (board: SimulatedBoard, count = FIRST.length): unknown[] =>
  Array.from({ length: count }, () => board.evaluate("Math.random() * Math.pow(2, 31)"));

describe("sim: chance", () => {
  afterEach(closeWorlds);

  for (const kind of KINDS) {
    it(`draws the same lots on every board, in every world and after each start, until it is seeded (${kind})`, () => {
      for (const seed of [1, 2]) {
        const world = makeWorld({ seed });
        for (const board of [world.board({ board: kind }), world.board({ board: kind })]) {
          board.powerOn();
          assert.deepEqual(drawn(board), FIRST);
          board.powerOff();
          board.powerOn();
          assert.deepEqual(drawn(board), FIRST);
        }
      }
    });

    it(`goes on from a seed, and through load(), as in the engine (${kind})`, async () => {
      const world = makeWorld();
      const board = world.board({ board: kind });
      board.powerOn();
      board.evaluate("E.srand(E.CRC32('30aea400-0001'))");
      assert.equal(board.evaluate("E.hwRand()"), 289876297);
      board.evaluate("load()");
      await world.runFor(0);
      assert.deepEqual(drawn(board, 2), [397416869, 526593255]);
    });
  }
});
