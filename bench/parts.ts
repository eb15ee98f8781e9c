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
  /** What it does with that after `createClient`. */
  enable: string;
  /** The part that it needs; without one the core, or that with subscriptions. */
  on?: string;
}

const CORE = ["connect", "createClient", "disconnect", "publish", "tick"];
const SUBSCRIBE = ["subscribe", "unsubscribe"];
const VERSION_5 = "MQTT 5.0";
const SUBSCRIBE_5 = "– subscribe";

/** The core's parts first, then those of 5.0. */
const PARTS: Part[] = [
  { name: "core", names: [], enable: "" },
  { name: "subscribe", names: SUBSCRIBE, enable: 'mqtt.subscribe(c, [{ topicFilter: "a" }]);' },
  { name: "QoS 2", names: ["enableQos2"], enable: "mqtt.enableQos2(c);" },
  { name: "messages in pieces, in", names: ["enablePieces"], enable: "mqtt.enablePieces(c);" },
  {
    name: "– and out",
    names: ["enableStreaming", "publishPieces"],
    enable: "mqtt.enableStreaming(c);",
  },
  {
    name: "first message behind CONNECT",
    names: ["enableEarlyPublish"],
    enable: "mqtt.enableEarlyPublish(c);",
  },
  { name: VERSION_5, names: ["enableVersion5"], enable: "mqtt.enableVersion5(c);" },
  { name: "– reading properties", names: ["readProperty", "readProperties"], enable: "", on: VERSION_5 },
  {
    name: SUBSCRIBE_5,
    names: SUBSCRIBE,
    enable: 'mqtt.subscribe(c, [{ topicFilter: "a" }]);',
    on: VERSION_5,
  },
  { name: "– publishWith, message expiry", names: ["publishWith"], enable: "", on: VERSION_5 },
  {
    name: "– subscribeWith, above subscribe",
    names: ["subscribeWith"],
    enable: 'mqtt.subscribeWith(c, [{ topicFilter: "b" }]);',
    on: SUBSCRIBE_5,
  },
  { name: "– disconnectWith", names: ["disconnectWith"], enable: "", on: VERSION_5 },
  {
    name: "– topic aliases",
    names: ["enableTopicAliases"],
    enable: "mqtt.enableTopicAliases(c, 4);",
    on: VERSION_5,
  },
  {
    name: "– requests and responses, above subscribe",
    names: ["createRequester", "request", "respond"],
    enable: 'mqtt.createRequester(c, "r", 0);',
    on: SUBSCRIBE_5,
  },
  {
    name: "– enhanced authentication",
    names: ["enableAuthentication", "reauthenticate"],
    enable: 'mqtt.enableAuthentication(c, "X", heard);',
    on: VERSION_5,
  },
  {
    name: "– server reference",
    names: ["enableServerReference"],
    enable: "mqtt.enableServerReference(c);",
    on: VERSION_5,
  },
  {
    name: "– fallback to 3.1.1",
    names: ["enableFallback"],
    enable: "mqtt.enableFallback(c);",
    on: VERSION_5,
  },
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

/** Lets `work` have an interpreter with a module in flash. */
type WithModule = <T>(code: string, work: (interpreter: Interpreter) => Promise<T>) => Promise<T>;

/** Variables of each part by its name, above what it stands on: loaded from flash, and with a client connected. */
export async function partVariables(withModule: WithModule): Promise<Record<string, Numbers>> {
  const whole: Record<string, { loaded: number; connected: number }> = {};
  const result: Record<string, Numbers> = {};
  for (const part of PARTS) {
    const code = await codeOf(part);
    const enable = chain(part)
      .map((one) => one.enable)
      .join(" ");
    const subject = onFakeLink(part.name, code, enable, connack(part));
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
