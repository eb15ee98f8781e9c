/** Takes the samples of a node's sensors, each in its own time, and tells apart what changed. */
import { formatReading } from "../reading.ts";
import type { Refinement } from "../readings/refinement.ts";
import type { Fault, Reading, Sensor } from "../sensors/sensor.ts";

/** Seconds a sensor gets to answer; every driver bounds its waits below that, so longer means that it hangs. */
export const ANSWER_WITHIN = 15;

/** A sensor under the name it has in topics. All times are in seconds. */
export interface NamedSensor {
  _name: string;
  _sensor: Sensor<never>;
  /** What its readings go through, if its configuration says so. */
  _refinement?: Refinement;
  /** From sample to sample. */
  _period: number;
  /** The period its configuration names; others follow the node's. */
  _ownPeriod?: number | undefined;
  /** To the next sample; 0 or less: as soon as no other sensor begins in the same second. */
  _due: number;
  /** Since a sample is under way, and one more; 0 = none is. */
  _busy: number;
  /** Fault of the last sample; none after a good one and before the first. */
  _fault?: Fault | undefined;
}

/** A sensor answered; `settle` takes that in. */
export type AnswerHandler = (sensor: NamedSensor, fault: Fault | null, reading?: Reading) => void;

/**
 * Takes in a sensor's answer at `now`, in seconds. Returns the reading as members of a JSON object, which takes less memory than
 * an object; empty when there is none.
 */
export function settle(named: NamedSensor, now: number, fault: Fault | null, reading?: Reading): string {
  const refinement = named._refinement;
  named._busy = 0;
  // A field takes memory even without a value.
  if (fault || named._fault) named._fault = fault || undefined;
  const refined = refinement ? refinement._refine(reading, now) : reading;
  let members = "";
  if (refined) members = /*@__SPLICE__*/ formatReading(refined, refinement && refinement._parts);
  return members;
}

/** A new period for all sensors that have none of their own; returns what is wrong with it. */
export function setPeriod(sensors: NamedSensor[], period: number): string {
  if (!(period >= 1 && period <= 86400 && period === Math.floor(period)))
    return "must be a whole number of seconds from 1 to 86400";
  sensors.forEach(function (named) {
    if (named._ownPeriod) return;
    named._period = period;
    named._due = Math.min(named._due, period);
  });
  return "";
}

/**
 * Begins the sample that is due for longest: one a call, so that sensors work one after another. One that takes long or
 * hangs delays none.
 */
export function sampleDue(sensors: NamedSensor[], answered: AnswerHandler): void {
  let next: NamedSensor | undefined;
  for (let nth = 0; sensors[nth]; nth++) {
    const named = sensors[nth] as NamedSensor;
    if (named._busy > ANSWER_WITHIN) {
      named._sensor.close();
      answered(named, "not-ready");
    } else if (!named._busy && named._due <= 0 && (!next || named._due < next._due)) next = named;
  }
  if (next) {
    const begun = next;
    begun._due = begun._period;
    begun._busy = 1;
    begun._sensor.sample((fault, reading) => answered(begun, fault, reading));
  }
}

/** Leaves out the samples that are due; returns how many. */
export function skipDue(sensors: NamedSensor[]): number {
  let count = 0;
  for (let nth = 0; sensors[nth]; nth++) {
    const named = sensors[nth] as NamedSensor;
    if (named._due <= 0) {
      named._due = named._period;
      count++;
      print("memory: too little left, no sample taken");
    }
  }
  return count;
}
