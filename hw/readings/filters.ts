/** The steps that a chain can have, by the words of the configuration. */
import { createClamp, createExcept } from "./bounds.ts";
import { createLinear, createOffset, createPolynomial } from "./calibration.ts";
import { createExponential } from "./exponential.ts";
import type { FilterMaker } from "./filter.ts";
import { createDelta, createSkip, createThrottle } from "./pace.ts";
import { createRound } from "./round.ts";
import { createAverage, createGreatest, createLeast, createMedian } from "./window.ts";

/** A function, so that nothing of it stays in memory after the start; a table of the build, like that of the drivers. */
export function filters(): { [word: string]: FilterMaker } {
  return {
    offset: (setting) => createOffset(setting),
    linear: (setting) => createLinear(setting),
    polynomial: (setting) => createPolynomial(setting),
    median: (setting) => createMedian(setting),
    min: (setting) => createLeast(setting),
    max: (setting) => createGreatest(setting),
    average: (setting) => createAverage(setting),
    exponential: (setting) => createExponential(setting),
    clamp: (setting) => createClamp(setting),
    except: (setting) => createExcept(setting),
    round: (setting) => createRound(setting),
    delta: (setting) => createDelta(setting),
    throttle: (setting) => createThrottle(setting),
    skip: (setting) => createSkip(setting),
  };
}
