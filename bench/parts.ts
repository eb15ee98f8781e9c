/** What each part of the client takes that a program imports by itself: bytes, and variables run from flash. */
import { buildModule } from "./driver-module.ts";
import type { Interpreter } from "./interpreter.ts";
import { variables } from "./measure.ts";
import type { Numbers } from "./results.ts";
import { onFakeLink } from "./subjects.ts";

interface Part {
  name: string;
  /** What a program imports for it. */
  names: string[];
  /** The names of those that are given to `createClient`, and what it sets of the options before. */
  given?: string;
  options?: string;
  /** What it does with the client. */
  use?: string;
  /** The part that it needs; without one the core, or that with subscriptions. */
  on?: string;
}

const CORE = ["connect", "createClient", "disconnect", "publish", "tick"];
const SUBSCRIBE = ["subscribe", "unsubscribe"];
const VERSION_5 = "MQTT 5.0";
const SUBSCRIBE_5 = "– subscribe";

/** The core's parts first, then those of 5.0. */
const PARTS: Part[] = [
  { name: "core", names: [] },
  { name: "subscribe", names: SUBSCRIBE, use: 'mqtt.subscribe(c, [{ topicFilter: "a" }]);' },
  { name: "QoS 2", names: ["qos2"], given: "qos2" },
  { name: "messages in pieces, in", names: ["pieces"], given: "pieces" },
  { name: "– and out", names: ["streaming", "publishPieces"], given: "streaming" },
  { name: "first message behind CONNECT", names: ["earlyPublish"], given: "earlyPublish" },
  { name: VERSION_5, names: ["version5"], given: "version5" },
  { name: "– reading properties", names: ["readProperty", "readProperties"], on: VERSION_5 },
  {
    name: SUBSCRIBE_5,
    names: SUBSCRIBE,
    use: 'mqtt.subscribe(c, [{ topicFilter: "a" }]);',
    on: VERSION_5,
  },
  { name: "– publishWith, message expiry", names: ["publishWith"], on: VERSION_5 },
  {
    name: "– subscribeWith, above subscribe",
    names: ["subscribeWith"],
    use: 'mqtt.subscribeWith(c, [{ topicFilter: "b" }]);',
    on: SUBSCRIBE_5,
  },
  { name: "– disconnectWith", names: ["disconnectWith"], on: VERSION_5 },
  {
    name: "– topic aliases",
    names: ["topicAliases"],
    given: "topicAliases",
    options: "o.topicAliasMaximum = 4;",
    on: VERSION_5,
  },
  {
    name: "– requests and responses, above subscribe",
    names: ["createRequester", "request", "respond"],
    use: 'mqtt.createRequester(c, "r", 0);',
    on: SUBSCRIBE_5,
  },
  {
    name: "– enhanced authentication",
    names: ["authentication", "reauthenticate"],
    given: "authentication",
    options: 'o.authenticationMethod = "X"; o.authenticate = heard;',
    on: VERSION_5,
  },
  { name: "– server reference", names: ["serverReference"], given: "serverReference", on: VERSION_5 },
  { name: "– fallback to 3.1.1", names: ["fallback"], given: "fallback", on: VERSION_5 },
];

const find = (name: string): Part => PARTS.find((part) => part.name === name)!;
const chain = (part: Part): Part[] => (part.on ? [...chain(find(part.on)), part] : [part]);

const codes = new Map<string, Promise<string>>();

/** The core with this part and the part it needs, minified. */
function codeOf(part: Part): Promise<string> {
  const names = [...new Set([...CORE, ...chain(part).flatMap((one) => one.names)])].join(", ");
  let code = codes.get(names);
  if (!code) codes.set(names, (code = buildModule("src/index.ts", names)));
  return code;
}

/** Bytes of each part by its name, or of those named alone, above what it stands on. */
export async function partBytes(names = PARTS.map(({ name }) => name)): Promise<Record<string, number>> {
  const bytes: Record<string, number> = {};
  for (const part of names.map(find)) {
    const base = part.on ? find(part.on) : PARTS[0]!;
    const { length } = await codeOf(part);
    bytes[part.name] = part === PARTS[0] ? length : length - (await codeOf(base)).length;
  }
  return bytes;
}

/** CONNACK of MQTT 5.0, where the part speaks that. */
const connack = (part: Part): string | undefined =>
  chain(part).some(({ name }) => name === VERSION_5) ? '"\\x20\\x03\\0\\0\\0"' : undefined;

/** How a client is made with the part and those it needs, and used. */
function createOf(part: Part): string {
  const all = chain(part);
  const words = (key: "options" | "use"): string => all.map((one) => one[key] ?? "").join(" ");
  const given = all.flatMap((one) => one.given ?? []).map((name) => `mqtt.${name}`);
  const parts = given.length ? `, [${given.join()}]` : "";
  return `${words("options")} c = mqtt.createClient(o${parts}); ${words("use")}`;
}

/** Lets `work` have an interpreter with a module in flash. */
type WithModule = <T>(code: string, work: (interpreter: Interpreter) => Promise<T>) => Promise<T>;

/** Variables of each part by its name, above what it stands on: loaded from flash, and with a client connected. */
export async function partVariables(withModule: WithModule): Promise<Record<string, Numbers>> {
  const whole: Record<string, { loaded: number; connected: number }> = {};
  const result: Record<string, Numbers> = {};
  for (const part of PARTS) {
    const code = await codeOf(part);
    const subject = onFakeLink(part.name, code, createOf(part), connack(part));
    const counted = (await withModule(code, (on) => variables(on, subject, "flash")))!;
    whole[part.name] = counted;
    const base = part === PARTS[0] ? { loaded: 0, connected: 0 } : whole[part.on ?? PARTS[0]!.name]!;
    result[part.name] = {
      loaded: counted.loaded - base.loaded,
      connected: counted.connected - base.connected,
    };
  }
  return result;
}
