/** How many variables a node will hold, from measured prices; within some per cent, which a test on the interpreter holds. */
import {
  DERIVED,
  DISCOVERY,
  DISCOVERY_PEAK,
  DISCOVERY_SENSOR,
  FURTHER_SENSOR,
  FURTHER_TYPE,
  INTERPRETER,
  LIMITS,
  NODE,
  OTHER_STEP,
  PUBLISH,
  REFINEMENT,
  SAME_STEP,
  STEP,
  UNIT,
} from "./prices.ts";

interface SensorLike {
  type: string;
  chain?: Record<string, Record<string, unknown>[]>;
  derive?: object;
  units?: object;
}

export interface Estimate {
  /** Variables that the node holds once it is connected. */
  held: number;
  /** The same at the peak of a publish. */
  peak: number;
  /** Variables the board has for programs. */
  available: number;
}

function priceOfSensors(types: readonly string[]): number {
  const [first = "bme280", ...rest] = types;
  const known = new Set([first]);
  return rest.reduce((sum, type) => {
    const price = known.has(type) ? FURTHER_SENSOR : FURTHER_TYPE;
    known.add(type);
    return sum + price;
  }, NODE[first] ?? 0);
}

function priceOfRefinement(sensors: readonly SensorLike[]): number {
  const kinds = new Set<string>();
  let price = 0;
  for (const { chain = {}, derive = {}, units = {} } of sensors) {
    const kindsHere = Object.values(chain)
      .flat()
      .flatMap((step) => Object.keys(step));
    for (const kind of kindsHere) {
      price += kinds.has(kind) ? SAME_STEP : (STEP[kind] ?? OTHER_STEP);
      kinds.add(kind);
    }
    price += Object.keys(derive).length * DERIVED + Object.keys(units).length * UNIT;
  }
  return price ? price + REFINEMENT : 0;
}

/** For a configuration without mistakes. */
export function estimate(
  board: keyof typeof LIMITS,
  { sensors, discovery }: { sensors: readonly SensorLike[]; discovery?: unknown },
): Estimate {
  const announced = discovery ? DISCOVERY + sensors.length * DISCOVERY_SENSOR : 0;
  const held = priceOfSensors(sensors.map(({ type }) => type)) + priceOfRefinement(sensors) + announced;
  return {
    held,
    peak: held + (discovery ? DISCOVERY_PEAK : PUBLISH),
    available: LIMITS[board].variables - INTERPRETER,
  };
}
