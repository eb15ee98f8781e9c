/** What is no mistake in a configuration, but will not work on its board or may not: pins, buses, memory. */
import { tableOf } from "../../boards/named.ts";
import { estimate } from "../bundle/estimate.ts";
import { PUBLISH, WAITING_READING } from "../bundle/prices.ts";
import { SENSORS } from "../schema/sensors.ts";
import type { NodeFile, NodeSensor } from "./node.ts";
import { isI2C, pinWarnings, usesOf } from "./pins.ts";

const addressOf = ({ type, address }: NodeSensor): number =>
  (address as number | undefined) ?? (SENSORS[type]!.options.address!.default as number);

/** May two sensors be at one pin: at one I²C bus, or with ids of their own at one wire? */
function mayShare(a: NodeSensor, b: NodeSensor): boolean {
  if (isI2C(a) && isI2C(b)) return true;
  return a.type === "ds18b20" && b.type === "ds18b20" && !!a.rom && !!b.rom && a.rom !== b.rom;
}

function sharedPins({ board, sensors }: NodeFile): string[] {
  const taken = new Map<string, number>();
  return sensors.flatMap((sensor, nth) =>
    usesOf(sensor, board).flatMap(({ option, pin }) => {
      const other = taken.get(pin);
      if (other === undefined) {
        taken.set(pin, nth);
        return [];
      }
      if (other !== nth && mayShare(sensors[other]!, sensor)) return [];
      const help =
        sensor.type === "ds18b20" && sensors[other]!.type === "ds18b20"
          ? "; several on one wire need a rom each"
          : "";
      return [`sensors[${nth}].${option}: ${pin}: sensors[${other}] is there, too${help}`];
    }),
  );
}

function busConflicts({ board, sensors }: NodeFile): string[] {
  const onBus = sensors.map((sensor, nth) => ({ sensor, nth })).filter(({ sensor }) => isI2C(sensor));
  const [first] = onBus;
  const seen = new Map<number, number>();
  const { data, clock } = tableOf(board).i2c;
  const busOf = (sensor: NodeSensor): string =>
    `${(sensor.data ?? data) as string} and ${(sensor.clock ?? clock) as string}`;
  return onBus.flatMap(({ sensor, nth }) => {
    const lines: string[] = [];
    if (busOf(sensor) !== busOf(first!.sensor))
      lines.push(
        `sensors[${nth}]: a node has one I2C bus; sensors[${first!.nth}] puts it at ${busOf(first!.sensor)}`,
      );
    const address = addressOf(sensor);
    const other = seen.get(address);
    if (other !== undefined) lines.push(`sensors[${nth}].address: ${address}: sensors[${other}] has it, too`);
    else seen.set(address, nth);
    if ((sensor.hz ?? 100000) !== (first!.sensor.hz ?? 100000))
      lines.push(
        `sensors[${nth}].hz: the bus of sensors[${first!.nth}] has another speed; the last one counts`,
      );
    return lines;
  });
}

function memoryWarnings(node: NodeFile): string[] {
  const { board, queue } = node;
  const { held, peak, available } = estimate(node);
  if (peak > available)
    return [
      `memory: the node will hold about ${held} variables and ${peak} while it publishes, and the board has ${available}`,
    ];
  const { readings = tableOf(board).variables >> 4 } = (queue ?? {}) as { readings?: number };
  // Nothing is announced while readings wait.
  const full = held + PUBLISH + readings * WAITING_READING;
  return full > available
    ? [
        `queue.readings: with ${readings} that wait the node needs about ${full} variables, and the board has ${available}`,
      ]
    : [];
}

/** The longest message that announces an entity to Home Assistant, about. */
const ENTITY = 1024;

function queueWarnings({ discovery, queue }: NodeFile): string[] {
  const { bytes = 2048 } = (queue ?? {}) as { bytes?: number };
  return discovery && bytes < ENTITY
    ? [`queue.bytes: what discovery sends may be longer; ${ENTITY} are enough`]
    : [];
}

/** Lines `path: what will not work`. */
export function warningsFor(node: NodeFile): string[] {
  return [
    ...pinWarnings(node),
    ...sharedPins(node),
    ...busConflicts(node),
    ...memoryWarnings(node),
    ...queueWarnings(node),
  ];
}
