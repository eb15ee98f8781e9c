/** The samples of the node's sensors: when they are taken, and what is published of them. */
import { QOS_1 } from "../../src/index.ts";
import type { Fault, Reading } from "../sensors/sensor.ts";
import { FAULT, READING } from "../lines.ts";
import { report } from "./outbox.ts";
import { client, freeVariables, MEMORY_RESERVE, options, publishBelow } from "./publishing.ts";
import { sampleDue, settle, skipDue } from "./sampler.ts";
import type { NamedSensor } from "./sampler.ts";
import { self } from "./self.ts";

/** Seconds in which a board that starts finds its broker. */
const START = 30;

export let sensors: NamedSensor[];
/** Is each value published to a topic of its own, too? */
let wantsValues: boolean | undefined;

/** Begins with these sensors; each value gets a topic of its own where `values` says so. */
export function setSensors(made: NamedSensor[], values: boolean | undefined): void {
  sensors = made;
  wantsValues = values;
}

/** Publishes each value of a sensor's reading, which is given as members, to a topic of its own. */
function publishValues(named: NamedSensor, members: string): void {
  const values = JSON.parse("{" + members + "}") as Reading;
  const quantities = Object.keys(values);
  // Loops, because every closure on the way to a publish takes memory when there is least of it.
  for (let nth = 0; nth < quantities.length; nth++) {
    const quantity = quantities[nth] as string;
    publishBelow(named._name + "/" + quantity, "" + values[quantity], QOS_1);
  }
}

/** A sensor answered: reports its fault, once, or that it healed, or its reading, by itself: at the time it was taken at. */
function answered(named: NamedSensor, fault: Fault | null, reading?: Reading): void {
  const before = named._fault;
  const members = /*@__SPLICE__*/ settle(named, self._uptime, fault, reading);
  if (named._fault !== before) {
    print(named._name + FAULT + (fault || "healed"));
    const quoted = fault ? '"' + fault + '"' : "null";
    report("error", '"sensor":"' + named._name + '","fault":' + quoted, 0);
  }
  if (options._announcer) options._announcer._heard(named, members);
  if (!members) return;
  print(named._name + READING + members + "}");
  // They have no time with them: but for those of the start they are published at once or not at all.
  if (wantsValues && (client.connected || self._uptime < START)) publishValues(named, members);
  report("state", sensors.length === 1 ? members : '"' + named._name + '":{' + members + "}", 0);
}

/** Begins the next sample that is due, when there is memory for what follows; else leaves out all that are. */
export function sampleIfDue(): void {
  if (freeVariables() >= MEMORY_RESERVE) /*@__SPLICE__*/ sampleDue(sensors, answered);
  else self._lost += /*@__SPLICE__*/ skipDue(sensors);
}
