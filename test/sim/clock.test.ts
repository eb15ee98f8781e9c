import assert from "node:assert/strict";
import { createVirtualClock } from "../../sim/clock.ts";
import { createRandom } from "../../sim/random.ts";
import { closeWorlds, makeWorld } from "./support.ts";

describe("sim: clock and world", () => {
  afterEach(closeWorlds);

  it("runs timeouts in the order of deadline and creation", () => {
    const clock = createVirtualClock();
    const order: string[] = [];
    for (const [name, wait] of [
      ["c", 30],
      ["a", 10],
      ["d", 30],
      ["b", 20],
    ] as const) {
      clock.setTimeout(() => order.push(name + clock.now()), wait);
    }
    while (clock.runNext(100));
    assert.deepEqual(order, ["a10", "b20", "c30", "d30"]);
  });

  it("keeps thousands of timeouts in order whatever order they come in", () => {
    const clock = createVirtualClock();
    const random = createRandom(7);
    const seen: number[] = [];
    for (let count = 0; count < 5000; count++)
      clock.setTimeout(() => seen.push(clock.now()), random() * 1000);
    while (clock.runNext(1000));
    assert.equal(seen.length, 5000);
    assert.deepEqual(
      seen,
      [...seen].sort((a, b) => a - b),
    );
  });

  it("does not run a timeout that was cleared, and ignores unknown ids", () => {
    const clock = createVirtualClock();
    const id = clock.setTimeout(() => assert.fail(), 5);
    clock.clearTimeout(id);
    clock.clearTimeout(12345);
    assert.equal(clock.runNext(100), false);
  });

  it("leaves time standing still between runs and moves it by just what was asked", async () => {
    const world = makeWorld();
    await world.runFor(1500);
    assert.equal(world.clock.now(), 1500);
    await world.runFor(0.25);
    assert.equal(world.clock.now(), 1500.25);
  });

  it("ends runUntil at the event after which the predicate holds", async () => {
    const world = makeWorld();
    let done = false;
    world.clock.setTimeout(() => (done = true), 70);
    await world.runUntil(() => done);
    assert.equal(world.clock.now(), 70);
  });

  it("rejects runUntil with the seed and the virtual time when it takes too long", async () => {
    const world = makeWorld({ seed: 42 });
    await world.runFor(1000);
    await assert.rejects(
      world.runUntil(() => false, 250),
      /Not within 250 ms.*seed 42, virtual time 1250 ms/,
    );
  });

  it("gives equal numbers for equal seeds and others for another seed", () => {
    const draw = (seed: number) => Array.from({ length: 5 }, createRandom(seed));
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
    assert.ok(draw(3).every((number) => number >= 0 && number < 1));
  });

  it("has 1 for its seed unless told otherwise", () => {
    assert.equal(makeWorld().seed, 1);
    assert.equal(makeWorld({ seed: 9 }).random(), createRandom(9)());
  });

  it("runs in real time on request", async () => {
    const world = makeWorld({ clock: "real" });
    const order: string[] = [];
    world.clock.setTimeout(() => order.push("later"), 5);
    world.clock.setTimeout(() => order.push("now"), 0);
    world.clock.clearTimeout(world.clock.setTimeout(() => order.push("never"), 1));
    await world.runUntil(() => order.length === 2, 5000);
    assert.deepEqual(order, ["now", "later"]);
    await assert.rejects(
      world.runUntil(() => false, 5),
      /seed 1, real time/,
    );
  });
});
