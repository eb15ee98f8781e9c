/** What `init` must know, from options or by asking. */
import { SENSORS } from "../schema/sensors.ts";
import { UserError } from "../user-error.ts";
import type { BoardWord } from "../../boards/named.ts";
import type { NodeSensor } from "../configuration/node.ts";

export interface Answers {
  board?: BoardWord;
  ssid?: string;
  password?: string;
  broker?: { host: string; port?: number };
  username?: string;
  brokerPassword?: string;
  sensors?: NodeSensor[];
  /** Shall Home Assistant find the node? */
  discovery?: boolean;
}

/** `type,option=value,…`: a value that is JSON is taken as such, any other as a text. */
export function parseSensor(text: string): NodeSensor {
  const [type = "", ...options] = text.split(",");
  const sensor: NodeSensor = { type };
  for (const option of options) {
    const at = option.indexOf("=");
    if (at < 1)
      throw new UserError(
        `${JSON.stringify(option)} is no option of a sensor.`,
        1,
        "Write type,option=value, such as ds18b20,pin=D4.",
      );
    const [name, value] = [option.slice(0, at), option.slice(at + 1)];
    try {
      sensor[name] = JSON.parse(value);
    } catch {
      sensor[name] = value;
    }
  }
  return sensor;
}

/** Options that a sensor of this type cannot do without. */
export const neededBy = (type: string): readonly string[] => SENSORS[type]?.required ?? [];

/** With these the rest can be left to defaults; throws a line that names what is missing. */
export function complete(
  answers: Answers,
): Required<Pick<Answers, "board" | "ssid" | "broker" | "sensors">> & Answers {
  const { board = "esp32", ssid, broker, sensors = [{ type: "bme280" }], discovery = true } = answers;
  const missing = [...(ssid === undefined ? ["--ssid"] : []), ...(broker ? [] : ["--broker"])];
  if (missing.length || ssid === undefined || !broker)
    throw new UserError(
      `${missing.join(" and ")} ${missing.length > 1 ? "are" : "is"} needed with --yes.`,
      1,
      "ristretto init alone asks for everything.",
    );
  return { ...answers, board, ssid, broker, sensors, discovery };
}
