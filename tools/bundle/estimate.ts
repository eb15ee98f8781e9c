/** How many variables a node will hold, from measured prices; within some per cent, which a test on the interpreter holds. */
import { tableOf } from "../../boards/named.ts";
import type { BoardWord } from "../../boards/named.ts";
import {
  CERTIFICATE,
  CERTIFICATE_BYTES,
  DERIVED,
  DISCOVERY,
  DISCOVERY_PEAK,
  DISCOVERY_SENSOR,
  ESP32,
  FURTHER_SENSOR,
  FURTHER_TYPE,
  INTERPRETER,
  KEY,
  NODE,
  OTHER_STEP,
  PUBLISH,
  REFINEMENT,
  SAME_STEP,
  STEP,
  TLS,
  UNIT,
  USUAL_CERTIFICATE,
} from "./prices.ts";

interface SensorLike {
  type: string;
  chain?: Record<string, Record<string, unknown>[]>;
  derive?: object;
  units?: object;
}

/** What of a configuration counts. */
interface NodeLike {
  board: BoardWord;
  /** As a person writes it, or as the board wants it: `true`, PEM, DER in base64, or names of files. */
  broker?: { tls?: unknown };
  sensors: readonly SensorLike[];
  discovery?: unknown;
  key?: unknown;
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

/** The bytes that a certificate has on the board. */
function certificateBytes(text: string): number {
  const base64 = text.replace(/-----[^-]+-----|\s/g, "");
  return base64.length < 136 ? USUAL_CERTIFICATE : (base64.length * 3) / 4;
}

function priceOfTls(tls: unknown): number {
  if (!tls) return 0;
  const texts = typeof tls === "object" ? Object.values(tls).filter((one) => typeof one === "string") : [];
  return texts.reduce(
    (sum, text) => sum + CERTIFICATE + Math.ceil(certificateBytes(text) / CERTIFICATE_BYTES),
    TLS,
  );
}

/** For a configuration without mistakes. */
export function estimate({ board, broker, sensors, discovery, key }: NodeLike): Estimate {
  const { family, variables } = tableOf(board);
  const held =
    priceOfSensors(sensors.map(({ type }) => type)) +
    priceOfRefinement(sensors) +
    (family === "ESP32" ? ESP32 + priceOfTls(broker?.tls) : 0) +
    (discovery ? DISCOVERY + sensors.length * DISCOVERY_SENSOR : 0) +
    (key ? KEY : 0);
  return {
    held,
    peak: held + (discovery ? DISCOVERY_PEAK : PUBLISH),
    available: variables - INTERPRETER,
  };
}
