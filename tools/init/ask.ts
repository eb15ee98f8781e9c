/** Asks a person for what the options left open. */
import { confirm, isCancel, multiselect, password, select, text } from "@clack/prompts";
import type { Readable, Writable } from "node:stream";
import { hostAndPort } from "../arguments.ts";
import type { NodeSensor } from "../configuration/node.ts";
import { BOARD_WORDS, tableOf } from "../../boards/named.ts";
import type { BoardWord } from "../../boards/named.ts";
import { SENSORS } from "../schema/sensors.ts";
import { UserError } from "../user-error.ts";
import { neededBy } from "./answers.ts";
import type { Answers } from "./answers.ts";

/** Where questions and answers go; default the terminal. */
export interface Terminal {
  input?: Readable;
  output?: Writable;
}

/** The answer, unless the person left. */
async function asked<Answer>(question: Promise<Answer>): Promise<Exclude<Answer, symbol>> {
  const answer = await question;
  if (isCancel(answer)) throw new UserError("Cancelled; nothing was written.");
  return answer as Exclude<Answer, symbol>;
}

const needed = (value: string | undefined): string | undefined => (value ? undefined : "This is needed.");

function isBroker(value: string | undefined): string | undefined {
  try {
    hostAndPort(value ?? "");
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function askSensors(terminal: Terminal): Promise<NodeSensor[]> {
  const types = await asked(
    multiselect<string>({
      message: "Which sensors?",
      options: Object.entries(SENSORS).map(([value, { parts }]) => ({ value, label: value, hint: parts })),
      initialValues: ["bme280"],
      ...terminal,
    }),
  );
  const sensors: NodeSensor[] = [];
  for (const type of types) {
    const sensor: NodeSensor = { type };
    for (const option of neededBy(type)) {
      const { description = "" } = SENSORS[type]!.options[option]!;
      const isList = option === "range";
      const answer = await asked(
        text({
          message: `${type}: ${description}`,
          placeholder: isList ? "0, 1000000" : "D4",
          validate: needed,
          ...terminal,
        }),
      );
      sensor[option] = isList ? answer.split(",").map(Number) : answer.trim();
    }
    sensors.push(sensor);
  }
  return sensors;
}

/** Fills in what is missing. */
export async function ask(answers: Answers, terminal: Terminal = {}): Promise<Answers> {
  const board =
    answers.board ??
    (await asked(
      select<BoardWord>({
        message: "Which board?",
        options: BOARD_WORDS.map((value) => ({ value, label: tableOf(value).name })),
        ...terminal,
      }),
    ));
  const ssid =
    answers.ssid ??
    (await asked(text({ message: "Name of the Wi-Fi network?", validate: needed, ...terminal })));
  const wifiPassword =
    answers.password ??
    (await asked(password({ message: "Its password? (empty for an open network)", ...terminal })));
  const broker =
    answers.broker ??
    hostAndPort(
      await asked(
        text({
          message: "The MQTT broker?",
          placeholder: "192.168.1.10:1883",
          validate: isBroker,
          ...terminal,
        }),
      ),
    );
  const username =
    answers.username ??
    (await asked(text({ message: "User name there? (empty for none)", defaultValue: "", ...terminal })));
  const brokerPassword =
    answers.brokerPassword ??
    (username ? await asked(password({ message: "Password there?", ...terminal })) : "");
  const sensors = answers.sensors ?? (await askSensors(terminal));
  const discovery =
    answers.discovery ??
    (await asked(
      confirm({ message: "Shall Home Assistant find it at that broker?", initialValue: true, ...terminal }),
    ));
  return { board, ssid, password: wifiPassword, broker, username, brokerPassword, sensors, discovery };
}
