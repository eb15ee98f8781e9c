/** The steps of a chain, against what ESPHome's own filter.cpp gives for the same input. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { filters } from "../../../hw/readings/filters.ts";
import type { Filter } from "../../../hw/readings/filter.ts";
import { check } from "../../support/arbitraries.ts";

const N = NaN;
/** Nothing was said. */
const _ = undefined;
const A = [10, 12, 50, 11, N, 13, 9, 14, 12, 10];

function create(word: string, setting: unknown): Filter {
  return filters()[word]!(setting);
}

/** Passes values a second apart; ESPHome's are single precision, so four decimals are compared. */
function run(filter: Filter, input: readonly number[]): (number | undefined)[] {
  return input.map((value, second) => {
    const output = filter._take(value, second);
    return output === undefined ? output : Math.round(output * 1e4) / 1e4;
  });
}

const VECTORS: ReadonlyArray<
  readonly [title: string, word: string, setting: unknown, input: number[], output: (number | undefined)[]]
> = [
  ["median of 5", "median", 5, A, [10, 11, 12, 11.5, 11.5, 12.5, 12, 12, 12.5, 12]],
  [
    "median of 5, told at every 5th",
    "median",
    { window: 5, every: 5 },
    A,
    [10, _, _, _, _, 12.5, _, _, _, _],
  ],
  ["mean of 3", "average", 3, A, [10, 11, 24, 24.3333, 30.5, 12, 11, 12, 11.6667, 12]],
  [
    "mean of 4, told at every 2nd",
    "average",
    { window: 4, every: 2 },
    A,
    [10, _, 24, _, 24.3333, _, 11, _, 12, _],
  ],
  [
    "exponential mean of 0.5",
    "exponential",
    0.5,
    A,
    [10, 11, 30.5, 20.75, N, 16.875, 12.9375, 13.4688, 12.7344, 11.3672],
  ],
  ["least of 3", "min", 3, A, [10, 10, 10, 11, 11, 11, 9, 9, 9, 10]],
  ["greatest of 3", "max", 3, A, [10, 12, 50, 50, 50, 13, 13, 14, 14, 14]],
  [
    "change of 0.5",
    "delta",
    0.5,
    [20, 20.4, 20.5, 20.9, 21, N, N, 21.1, 20.7, 20.6],
    [20, _, 20.5, _, 21, N, _, 21.1, _, 20.6],
  ],
  [
    "change of 5 %",
    "delta",
    "5%",
    [100, 104, 105, 109, 110.25, 111, 0, 0.01],
    [100, _, 105, _, 110.25, _, 0, 0.01],
  ],
  [
    "change of 5 % but at least 0.1",
    "delta",
    { by: "5%", floor: 0.1 },
    [100, 104, 105, 0, 0.01, 0.09, 0.1, 0.11],
    [100, _, 105, 0, _, _, 0.1, _],
  ],
  ["clamp 0…50", "clamp", { min: 0, max: 50 }, [-1, 0, 25, 50, 51, N], [0, 0, 25, 50, 50, N]],
  [
    "clamp 0…50 that leaves out",
    "clamp",
    { min: 0, max: 50, ignore: true },
    [-1, 0, 25, 50, 51, N],
    [_, 0, 25, 50, _, N],
  ],
  ["1 decimal", "round", 1, [21.25, 21.35, -21.25, -0.04], [21.3, 21.4, -21.3, 0]],
  [
    "multiples of 0.5",
    "round",
    { multiple: 0.5 },
    [21.2, 21.25, 21.3, 21.75, -21.25],
    [21, 21, 21.5, 22, -21],
  ],
  ["all but 85", "except", 85, [85, 85.04, 85.06, 84.9], [_, _, 85.06, 84.9]],
  ["all but the first two", "skip", 2, [1, 2, 3, 4], [_, _, 3, 4]],
  ["polynomial 1 + 2x + 3x²", "polynomial", [1, 2, 3], [0, 1, 2], [1, 6, 17]],
  [
    "line through three points",
    "linear",
    [
      [0, 0],
      [40, 45],
      [100, 102.5],
    ],
    [0, 1, 100],
    [1.5789, 2.5987, 103.5526],
  ],
  [
    "line through two points",
    "linear",
    [
      [0, 1],
      [10, 12.1],
    ],
    [0, 1, 10],
    [1, 2.11, 12.1],
  ],
  ["offset", "offset", -0.5, [20, -1, N], [19.5, -1.5, N]],
];

describe("a step of a chain", () => {
  for (const [title, word, setting, input, output] of VECTORS) {
    it(`gives what ESPHome gives: ${title}`, () => {
      assert.deepEqual(run(create(word, setting), input), output);
    });
  }

  it("counts no fault among a window's values, and gives no number when there are none", () => {
    for (const word of ["median", "min", "max", "average"])
      assert.deepEqual(run(create(word, 2), [N, N, 7, N, N, N]), [N, N, 7, 7, N, N], word);
  });

  it("leaves the exponential mean as it is at a fault, also before the first value", () => {
    assert.deepEqual(run(create("exponential", 0.5), [N, 4, N, 8]), [N, 4, N, 6]);
  });

  it("tells without a change when the heartbeat's time is over, and counts from there", () => {
    const delta = create("delta", { by: 1, heartbeat: 3 });
    assert.deepEqual(run(delta, [5, 5, 5, 5, 5, 6, 6, 6, 6]), [5, _, _, 5, _, 6, _, _, 6]);
  });

  it("throttles: one passes, then none before its time is over", () => {
    assert.deepEqual(run(create("throttle", 3), [1, 2, 3, 4, 5, 6, 7]), [1, _, _, 4, _, _, 7]);
  });

  it("can tell first at another sample than the first", () => {
    assert.deepEqual(run(create("median", { window: 3, every: 3, first: 3 }), [1, 2, 3, 4, 5, 6]), [
      _,
      _,
      2,
      _,
      _,
      5,
    ]);
  });

  it("rounds halves away from zero and never to -0, whatever the value", () => {
    check(
      fc.property(fc.integer({ min: -1e6, max: 1e6 }), fc.integer({ min: 0, max: 3 }), (steps, decimals) => {
        const value = steps / 10 ** (decimals + 1);
        const output = create("round", decimals)._take(value, 0)!;
        assert.ok(!Object.is(output, -0));
        assert.ok(Math.abs(output - value) <= 0.5 / 10 ** decimals + 1e-9);
        assert.equal(create("round", decimals)._take(-value, 0)! + output, 0);
      }),
      500,
    );
  });

  it("keeps a median between the least and the greatest of its window, in any sequence", () => {
    const values = fc.array(fc.oneof(fc.integer({ min: -500, max: 500 }), fc.constant(N)), { maxLength: 40 });
    check(
      fc.property(values, fc.integer({ min: 1, max: 16 }), (input, window) => {
        const [median, least, greatest] = ["median", "min", "max"].map((word) =>
          run(create(word, window), input),
        );
        input.forEach((__, index) => {
          const inWindow = input
            .slice(Math.max(0, index - window + 1), index + 1)
            .filter((one) => !isNaN(one));
          if (!inWindow.length) assert.ok(isNaN(median![index]!));
          else {
            assert.equal(least![index], Math.min(...inWindow));
            assert.equal(greatest![index], Math.max(...inWindow));
            assert.ok(median![index]! >= least![index] && median![index]! <= greatest![index]);
          }
        });
      }),
      300,
    );
  });

  for (const [word, settings] of Object.entries({
    offset: ["1", null, NaN, Infinity, {}, [1]],
    linear: [
      [],
      [[0, 1]],
      [
        [0, 1],
        [0, 2],
      ],
      [[0, 1], [1]],
      5,
      [
        [0, "1"],
        [1, 2],
      ],
    ],
    polynomial: [[], 5, ["1"], [1, NaN], [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    median: [0, 17, 2.5, "5", {}, { window: 5, every: 0 }, { window: 5, every: 2, first: 3 }, null],
    exponential: [0, 1.1, "0.5", {}, { alpha: 0.5, every: 0 }],
    clamp: [{ min: 5, max: 5 }, { min: "0" }, { max: NaN }],
    except: ["85", {}, { value: 85, decimals: 7 }],
    round: [-1, 7, "1", { multiple: -1 }],
    delta: ["5", "%", "x%", -1, {}, { by: 1, heartbeat: 0 }, { by: 1, floor: -1 }, null],
    throttle: [0, "60", {}, null],
    skip: [0, 1.5, "2", {}],
  }))
    it(`${word} says what is wrong with a setting, as text`, () => {
      for (const setting of settings)
        assert.throws(
          () => create(word, setting),
          (thrown: unknown) => typeof thrown === "string" && /must be/.test(thrown),
          JSON.stringify(setting),
        );
    });
});
