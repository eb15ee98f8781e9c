import assert from "node:assert/strict";
import { IdleLoop } from "../../sim/idle-loop.ts";

describe("the idle loop", () => {
  it("has no time of the host pass while the program runs, however slow that is: a pulse is as long as it is made", () => {
    let now = 0;
    const due: (() => void)[] = [];
    const loop = new IdleLoop({
      // Each look at this clock takes a millisecond.
      clock: {
        now: () => ++now,
        setTimeout: (callback) => due.push(callback),
        clearTimeout: () => undefined,
      },
      timersFollowClock: false,
      interrupts: () => undefined,
      poll: () => false,
      onError: (error) => assert.fail(String(error)),
    });
    const times: number[] = [];
    loop.addTimer(() => {
      for (let pulse = 0; pulse < 5; pulse++) {
        times.push(loop.time());
        loop.block(0.25);
      }
    }, 1);
    while (!times.length) due.shift()!();
    assert.deepEqual(
      times.map((time) => time - times[0]!),
      [0, 0.25, 0.5, 0.75, 1],
    );
  });
});
