/** A command to one node: published to its broker, signed where it has a key, and its answer waited for. */
import type { NodeFile } from "../configuration/node.ts";
import { EXIT } from "../exit-code.ts";
import { UserError } from "../user-error.ts";
import { watch } from "../watcher.ts";
import { signedPayload } from "./sign.ts";

/** Milliseconds in which a broker gives what it has retained. */
const RETAINED = 1000;
/** Milliseconds that are waited, when the node refuses something, for an answer that is surely to this command. */
const DOUBT = 1000;

/** What is sent. */
export interface Order {
  command: string;
  argument: string;
  /** Milliseconds that the node has for its answer. */
  patience: number;
  broker?: { host: string; port?: number } | undefined;
  username?: string | undefined;
  password?: string | undefined;
}

/** What became of it: the exit code that goes with it, and the words for it. */
export interface Answer {
  exitCode: number;
  text: string;
}

const OBEYED: Answer = { exitCode: 0, text: "obeyed" };

interface Result {
  command?: unknown;
  ok?: unknown;
  error?: unknown;
}

function parse(payload: string): Result {
  try {
    return (JSON.parse(payload) ?? {}) as Result;
  } catch {
    return {};
  }
}

const refusal = ({ error }: Result): Answer => ({
  exitCode: EXIT.NODE,
  text: `refused: ${typeof error === "string" ? error : "the node does not say why"}`,
});

/** Resolves with `value` after so many milliseconds; nobody stays for that whose connection has ended. */
const after = <Value>(milliseconds: number, value: Value): Promise<Value> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds, value).unref();
  });

/** Listens to a node: its retained status, and its answers to a command. */
function createEar(base: string, command: string) {
  let hearStatus: (status: string) => void = () => undefined;
  let hearAnswer: (answer: Answer) => void = () => undefined;
  let isSent = false;
  let refused: Answer | undefined;
  const status = new Promise<string>((resolve) => (hearStatus = resolve));
  const answer = new Promise<Answer>((resolve) => (hearAnswer = resolve));
  return {
    status,
    answer,
    /** What the node refused meanwhile, without saying what it was. */
    refused: () => refused,
    /** From now on answers count. */
    sent: () => void (isSent = true),
    hear(topic: string, payload: string, _qos: number, isRetained: boolean): void {
      if (topic === `${base}/status`) hearStatus(payload);
      if (topic !== `${base}/cmd/result` || isRetained || !isSent) return;
      const result = parse(payload);
      if (result.command === command) hearAnswer(result.ok === true ? OBEYED : refusal(result));
      if (result.command !== undefined || result.ok !== false || refused) return;
      // It may be somebody else's: nothing of what is refused is repeated.
      refused = refusal(result);
      void after(DOUBT, refused).then(hearAnswer);
    },
  };
}

/** Sends a command to the node of a configuration, whose topics begin with `base`. */
export async function sendTo(node: NodeFile, base: string, order: Order): Promise<Answer> {
  const { command, argument, patience, broker } = order;
  const { tls } = node.broker;
  const ear = createEar(base, command);
  const host = broker?.host ?? node.broker.host;
  const port = broker?.port ?? node.broker.port ?? (tls ? 8883 : 1883);
  let client;
  try {
    client = await watch({
      host,
      port,
      username: order.username ?? node.broker.username,
      password: order.password ?? node.broker.password,
      tls,
      base,
      topics: [`${base}/status`, `${base}/cmd/result`],
      onMessage: ear.hear,
    });
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { exitCode: EXIT.BROKER, text: error.message.replace(/\.$/, "") };
  }
  try {
    if ((await Promise.race([ear.status, after(RETAINED, "")])) === "offline")
      return { exitCode: EXIT.NODE, text: "offline: the broker has lost it, and nothing was sent" };
    const topic = `${base}/cmd/${command}`;
    const payload =
      node.key === undefined
        ? // A message without a payload is how a retained one is cleared, and no command.
          argument || "now"
        : signedPayload({ board: node.board, key: node.key, topic, counter: Date.now(), argument });
    ear.sent();
    await client.publishAsync(topic, payload, { qos: 1 });
    const late = { exitCode: EXIT.NODE, text: `no answer within ${patience / 1000} s` };
    return await Promise.race([ear.answer, after(patience, undefined).then(() => ear.refused() ?? late)]);
  } finally {
    client.end(true);
  }
}
