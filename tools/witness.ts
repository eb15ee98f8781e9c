/**
 * A witness at the broker: a node on the network closes the console that it was uploaded through, so what it tells there is
 * heard where it goes, with the credentials that the configuration has.
 */
import type { FirstReading, Witness } from "./board/follow.ts";
import { sensorFault } from "./board/follow.ts";
import type { NodeFile } from "./configuration/node.ts";
import { EXIT } from "./exit-code.ts";
import { UserError } from "./user-error.ts";
import { watch } from "./watcher.ts";

export interface OpenWitness extends Witness {
  close(): Promise<void>;
}

type Members = Record<string, unknown>;

/** Members of readings that are none. */
const NO_QUANTITIES = ["ts", "uptime", "late"];

function parse(payload: string): Members {
  try {
    return JSON.parse(payload) as Members;
  } catch {
    return {};
  }
}

/** The reading in a message of the topic `state`: of the only sensor, or of the one that it names. */
function readingIn(payload: string, { sensors }: NodeFile): FirstReading | undefined {
  const members = Object.entries(parse(payload)).filter(([name]) => !NO_QUANTITIES.includes(name));
  const [first] = members;
  if (!first) return undefined;
  if (sensors.length === 1)
    return {
      sensor: sensors[0]!.name ?? sensors[0]!.type,
      reading: Object.fromEntries(members) as Record<string, number>,
    };
  return { sensor: first[0], reading: first[1] as Record<string, number> };
}

/** How a person sees what a broker gets. */
const watchByHand = (host: string, port: number, base: string): string =>
  `Look there: mosquitto_sub -h ${host} -p ${port} -t '${base}/#' -v shows what the node tells.`;

/** Connects to the broker of a configuration before the node of this id starts. */
export async function openWitness(node: NodeFile, id: string): Promise<OpenWitness> {
  const { host, username, password } = node.broker;
  const tls = node.broker.tls;
  const port = node.broker.port ?? (tls ? 8883 : 1883);
  const base = node.base ?? `ristretto/${id}`;
  let isOnline = false;
  let resolve: (reading: FirstReading) => void = () => undefined;
  let reject: (reason: UserError) => void = () => undefined;
  const reading = new Promise<FirstReading>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  // Whoever follows the node asks for it; until then nobody may.
  reading.catch(() => undefined);

  function hear(topic: string, payload: string, _qos: number, isRetained: boolean): void {
    if (isRetained) return;
    if (topic === `${base}/status`) isOnline = payload === "online";
    const found = topic === `${base}/state` ? readingIn(payload, node) : undefined;
    if (found) resolve(found);
    const { sensor, fault } = topic === `${base}/error` ? parse(payload) : {};
    if (typeof sensor === "string" && typeof fault === "string") reject(sensorFault(sensor, fault));
  }

  let close = (): Promise<void> => Promise.resolve();
  let problem: string | undefined;
  try {
    const client = await watch({ host, port, username, password, tls, base, onMessage: hear });
    close = () => client.endAsync(true);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problem = error.message.replace(/\.$/, "");
  }
  return {
    reading: problem === undefined ? reading : undefined,
    late: () =>
      new UserError(
        problem !== undefined
          ? `The program is written and starts, but nobody here sees whether it works: the node closed its console, as it does on the network, and from here ${problem.charAt(0).toLowerCase()}${problem.slice(1)}.`
          : isOnline
            ? "The node came to the broker, but no reading did."
            : "The program is written and starts, but the node did not come to the broker, and its console is closed.",
        EXIT.START,
        problem !== undefined || isOnline
          ? watchByHand(host, port, base)
          : "At a USB port ristretto monitor shows what it says.",
      ),
    close,
  };
}
