/** What is no mistake in a configuration, but will not work on its board or may not: pins, buses, memory. */
import { estimate } from "../bundle/estimate.ts";
import { LIMITS, PUBLISH, WAITING_READING } from "../bundle/prices.ts";
import { SENSORS } from "../schema/sensors.ts";
import type { NodeFile, NodeSensor } from "./node.ts";

/** What a sensor does with a pin. */
type Use = "drive" | "listen" | "adc" | "watch";

const I2C = ["bme280", "bmp180", "bmp388", "ms5611", "dps310"];
const ANALOG = ["ntc", "transducer", "current-loop"];

const DEFAULT_I2C = { esp32: { data: "D21", clock: "D22" }, esp8266: { data: "D13", clock: "D12" } } as const;
const addressOf = ({ type, address }: NodeSensor): number =>
  (address as number | undefined) ?? (SENSORS[type]!.options.address!.default as number);

const isI2C = ({ type }: NodeSensor): boolean => I2C.includes(type);

/** Pins of a sensor and what it does with them, by the option that names them. */
function usesOf(sensor: NodeSensor, board: NodeFile["board"]): { option: string; pin: string; use: Use }[] {
  const pin = (option: string, use: Use, standard?: string) => ({
    option,
    pin: (sensor[option] ?? standard) as string,
    use,
  });
  if (isI2C(sensor)) {
    const { data, clock } = DEFAULT_I2C[board];
    return [pin("data", "drive", data), pin("clock", "drive", clock)];
  }
  if (ANALOG.includes(sensor.type)) return [pin("pin", "adc")];
  if (sensor.type === "hx711") return [pin("data", "listen"), pin("clock", "drive")];
  return [pin("pin", sensor.type === "dht22" ? "watch" : "drive")];
}

const numberOf = (pin: string): number => Number(/^D(\d+)$/.exec(pin)?.[1] ?? NaN);

/** Why an ESP32 cannot use a pin so, or had better not. */
function onEsp32(pin: string, use: Use): string | undefined {
  const number = numberOf(pin);
  if (!(number <= 39) || [20, 24, 28, 29, 30, 31].includes(number)) return "an ESP32 has no such pin";
  if (number >= 6 && number <= 11) return "the flash chip is there";
  if (use === "adc") return number >= 32 ? undefined : "it has no ADC; D32 to D39 have";
  if (number >= 34 && use !== "listen") return "it is an input only";
  if (use === "watch" && number === 12) return "it cannot be watched";
  if (number === 1 || number === 3) return "the console is there";
  if (number === 12) return "it must be low when the board starts, or its flash chip gets the wrong voltage";
  if (number === 0 || number === 2) return "at a start it decides whether the board boots";
  return undefined;
}

/** The same for an ESP8266. */
function onEsp8266(pin: string, use: Use): string | undefined {
  if (use === "adc") return pin === "A0" ? undefined : "it has no ADC; A0 has";
  const number = numberOf(pin);
  if (!(number <= 16)) return "an ESP8266 has no such pin";
  if (number >= 6 && number <= 11) return "the flash chip is there";
  if (number === 16) return "it cannot be watched, and has no open drain";
  if (number === 1 || number === 3) return "the console is there";
  if (number === 15) return "it must be low when the board starts, and sensors pull it up";
  if (number === 0 || number === 2) return "it must be high when the board starts";
  return undefined;
}

function pinWarnings({ board, sensors }: NodeFile): string[] {
  const judge = board === "esp32" ? onEsp32 : onEsp8266;
  return sensors.flatMap((sensor, nth) =>
    usesOf(sensor, board).flatMap(({ option, pin, use }) => {
      const reason = judge(pin, use);
      return reason ? [`sensors[${nth}].${option}: ${pin}: ${reason}`] : [];
    }),
  );
}

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
  const { data, clock } = DEFAULT_I2C[board];
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
  const { readings = LIMITS[board].variables >> 4 } = (queue ?? {}) as { readings?: number };
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
