/** Draws events as lines for a person. */
import colors from "./colors.ts";
import type { TimedEvent } from "./events.ts";

/** Units by quantity, where the configuration asks for no other. */
const UNITS: Record<string, string> = {
  temperature: "°C",
  pressure: "Pa",
  humidity: "%RH",
  voltage: "V",
  current: "mA",
  sea_level_pressure: "Pa",
  altitude: "m",
  dew_point: "°C",
};

/** By topic without its base. */
type Units = Record<string, string>;

type Paint = (text: string) => string;

/** Columns: time, who, what; the last two in one colour, padded before, because colours take up letters. */
function row(at: number, who: string, what: string, paint: Paint = String): string {
  return `${colors.dim(at.toFixed(1).padStart(6))}  ${paint(who.padEnd(9))} ${paint(what)}`;
}

function qosOf({ qos, retain }: { qos: number; retain: boolean }): string {
  return colors.dim(`QoS ${qos}${retain ? ", retained" : ""}`);
}

/** `topic payload`, the topic without its base and with the unit its last level stands for. */
function message(base: string, topic: string, payload: string, units: Units): string {
  const short = topic.startsWith(`${base}/`) ? topic.slice(base.length + 1) : topic;
  const unit = units[short] ?? UNITS[short.split("/").at(-1) ?? ""];
  return `${colors.cyan(short.padEnd(20))} ${payload}${unit ? ` ${unit}` : ""}`;
}

const SWITCHED: Record<"power" | "wifi" | "broker", [string, string]> = {
  power: ["the board has power", "plug pulled: the board is dead, and nobody told the broker"],
  wifi: ["the access point is back", "the access point is off"],
  broker: ["the broker is back", "the broker is off"],
};

/**
 * A function that gives the line for an event, or nothing for events a person sees through others: a QoS 1 message
 * appears when it is acknowledged, and one that comes from the broker only when it is a will.
 */
export function createTimeline(units: Units = {}): (timed: TimedEvent) => string | undefined {
  let base = "";
  return (timed) => {
    const { at } = timed;
    switch (timed.event) {
      case "start": {
        base = timed.base;
        const whose = timed.embedded ? "in this process" : "yours";
        const port = timed.broker.split(":").at(-1) ?? "";
        // With TLS it would want to know the authority.
        const listen = timed.tls ? "" : `; listen with: mosquitto_sub -p ${port} -v -t '${base}/#'`;
        return [
          colors.bold(
            `A simulated ${timed.board} runs the firmware; broker ${timed.broker} (${whose}${timed.tls ? ", TLS" : ""}).`,
          ),
          `Topics begin with ${colors.cyan(`${base}/`)}${listen}`,
        ].join("\n");
      }
      case "serve":
        return `Its console is at ${colors.cyan(`tcp://127.0.0.1:${timed.port}`)}, for --port of upload and monitor.`;
      case "power":
      case "wifi":
      case "broker":
        return row(at, timed.event, SWITCHED[timed.event][timed.on ? 0 : 1], colors.bold);
      case "sensor":
        return row(
          at,
          "sensor",
          `${timed.name} ${timed.broken ? "pulled off its bus" : "is back"}`,
          colors.bold,
        );
      case "reboot":
        return row(at, "board", `restarts (${timed.why})`);
      case "console":
        return row(at, "board", colors.dim(timed.text));
      case "packet":
        return row(
          at,
          timed.direction === "up" ? "→ broker" : "← broker",
          `${timed.packet} ${colors.dim(timed.detail)}`,
        );
      case "publish":
        if (timed.dup)
          return row(
            at,
            "→ broker",
            `${message(base, timed.topic, timed.payload, units)} ${colors.yellow("again, DUP")}`,
          );
        return timed.qos
          ? undefined
          : row(at, "→ broker", `${message(base, timed.topic, timed.payload, units)} ${qosOf(timed)}`);
      case "acknowledge": {
        const acknowledged = colors.green(`✓ acknowledged in ${timed.ms} ms`);
        return row(
          at,
          "→ broker",
          `${message(base, timed.topic, timed.payload, units)} ${colors.dim("QoS 1")} ${acknowledged}`,
        );
      }
      case "receive":
        return undefined;
      case "will":
        return row(at, "will", `the broker publishes ${timed.topic} = ${timed.payload}`, colors.magenta);
      case "end":
        return timed.ok
          ? colors.green(`${timed.acknowledged} readings acknowledged.`)
          : colors.red(`Failed: ${timed.reason ?? "unknown"}`);
    }
  };
}
