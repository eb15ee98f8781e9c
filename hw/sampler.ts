/** Takes the samples of all sensors of a node, and tells apart what changed. */
import type { Fault, Reading, Sensor } from "./sensors/sensor.ts";

/** A sensor under the name it has in topics. */
export interface NamedSensor {
  name: string;
  sensor: Sensor<object>;
  /** Fault of the last sample; null after a good one, undefined before the first. */
  fault?: Fault | null;
  /** Reading of the round under way. */
  reading?: Reading | undefined;
}

/** A sensor's fault came, changed or went (null). */
export type FaultHandler = (sensor: NamedSensor, fault: Fault | null) => void;

/**
 * Samples all sensors at once and calls `done` when each has answered; those with a fault then have no reading. A sensor
 * that never answers would hold the round up, but every driver bounds its waits.
 */
export function sampleAll(sensors: NamedSensor[], onFault: FaultHandler, done: () => void): void {
  let missing = sensors.length;
  sensors.forEach(function (named) {
    named.sensor.sample(function (fault, reading) {
      named.reading = reading;
      if (fault !== (named.fault || null)) onFault(named, fault);
      named.fault = fault;
      if (!--missing) done();
    });
  });
}
