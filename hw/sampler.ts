/** Takes the samples of a node's sensors, each in its own time, and tells apart what changed. */
import type { Fault, Reading, Sensor } from "./sensors/sensor.ts";

/** Seconds a sensor gets to answer; every driver bounds its waits below that, so longer means that it hangs. */
const ANSWER_WITHIN = 15;

/** A sensor under the name it has in topics. All times are in seconds. */
export interface NamedSensor {
  _name: string;
  _sensor: Sensor<object>;
  /** From sample to sample. */
  _period: number;
  /** The period its configuration names; others follow the node's. */
  _ownPeriod?: number;
  /** To the next sample; 0 or less: as soon as no other sensor begins in the same second. */
  _due: number;
  /** Since a sample is under way, and one more; 0 = none is. */
  _busy: number;
  /** Fault of the last sample; null after a good one, undefined before the first. */
  _fault?: Fault | null;
  /** Last reading; none after a fault. */
  _reading?: Reading | undefined;
  /** Has that not been told yet? */
  _isFresh?: boolean;
}

/** A sensor answered; is its fault, or that it has none any more, news? */
export type SampledHandler = (sensor: NamedSensor, isNews: boolean) => void;

/** Is there a reading to come before those there are should be told? */
export function isSampling(sensors: NamedSensor[]): boolean {
  return sensors.some((named) => named._busy > 0 || (named._due <= 0 && !named._isFresh));
}

function settle(
  named: NamedSensor,
  done: SampledHandler,
  fault: Fault | null,
  reading: Reading | undefined,
): void {
  const isNews = fault !== (named._fault || null);
  named._busy = 0;
  named._fault = fault;
  named._reading = reading;
  named._isFresh = !fault;
  done(named, isNews);
}

/** Passes a second. */
export function tickSensors(sensors: NamedSensor[]): void {
  sensors.forEach(function (named) {
    named._due--;
    if (named._busy) named._busy++;
  });
}

/**
 * Begins the next sample that is due: one a call, so that sensors work one after another. One that takes long or hangs
 * delays none.
 */
export function sampleDue(sensors: NamedSensor[], done: SampledHandler): void {
  let begun = false;
  sensors.forEach(function (named) {
    if (named._busy > ANSWER_WITHIN) {
      named._sensor.close();
      settle(named, done, "not-ready", undefined);
    } else if (!named._busy && named._due <= 0 && !begun) {
      begun = true;
      named._due = named._period;
      named._busy = 1;
      named._sensor.sample((fault, reading) => settle(named, done, fault, reading));
    }
  });
}
