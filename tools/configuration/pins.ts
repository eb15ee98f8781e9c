/** Pins of sensors: what each does with them, and why a board's may not do. */
import { pinsIn, pinsText } from "../../boards/board.ts";
import type { BoardTable, Reason } from "../../boards/board.ts";
import { tableOf } from "../../boards/named.ts";
import type { NodeFile, NodeSensor } from "./node.ts";

/** What a sensor does with a pin. */
type Use = "drive" | "listen" | "adc" | "watch";

/** A pin of a sensor, by the option that names it. */
export interface UsedPin {
  option: string;
  pin: string;
  use: Use;
}

const I2C = ["bme280", "bmp180", "bmp388", "ms5611", "dps310"];
const ANALOG = ["ntc", "transducer", "current-loop"];

export const isI2C = ({ type }: NodeSensor): boolean => I2C.includes(type);

/** Pins of a sensor and what it does with them. */
export function usesOf(sensor: NodeSensor, board: NodeFile["board"]): UsedPin[] {
  const pin = (option: string, use: Use, standard?: string): UsedPin => ({
    option,
    pin: (sensor[option] ?? standard) as string,
    use,
  });
  if (isI2C(sensor)) {
    const { data, clock } = tableOf(board).i2c;
    return [pin("data", "drive", data), pin("clock", "drive", clock)];
  }
  if (ANALOG.includes(sensor.type)) return [pin("pin", "adc")];
  if (sensor.type === "hx711") return [pin("data", "listen"), pin("clock", "drive")];
  return [pin("pin", sensor.type === "dht22" ? "watch" : "drive")];
}

/** Why a pin gives no voltage, if it does not. */
function withoutAdc(pin: string, { name, pins: { analog } }: BoardTable): string | undefined {
  if (pinsIn(analog).includes(pin)) return undefined;
  if (!analog) return `Espruino has no pin with an ADC on an ${name}`;
  return `it has no ADC; ${pinsText(analog)} ${pinsIn(analog).length > 1 ? "have" : "has"}`;
}

/** Why a board cannot use a pin so, or had better not. */
function reasonAgainst(pin: string, use: Use, board: BoardTable): string | undefined {
  const { all, absent, unwatched, inputOnly, unfit, delicate, booting } = board.pins;
  const among = (list: string): boolean => pinsIn(list).includes(pin);
  const first = (reasons: readonly Reason[]): string | undefined =>
    reasons.find(([pins]) => among(pins))?.[1];
  if (!among(all) || among(absent)) return `an ${board.name} has no such pin`;
  if (use === "adc") return withoutAdc(pin, board) ?? first(unfit);
  if (pin.startsWith("A")) return "it is for the ADC alone";
  if (first(unfit)) return first(unfit);
  if (among(inputOnly) && use !== "listen") return "it is an input only";
  if (use === "watch" && among(unwatched)) return "it cannot be watched";
  return first(delicate) ?? (use === "listen" ? first(booting) : undefined);
}

export function pinWarnings({ board, sensors }: NodeFile): string[] {
  return sensors.flatMap((sensor, nth) =>
    usesOf(sensor, board).flatMap(({ option, pin, use }) => {
      const reason = reasonAgainst(pin, use, tableOf(board));
      return reason ? [`sensors[${nth}].${option}: ${pin}: ${reason}`] : [];
    }),
  );
}
