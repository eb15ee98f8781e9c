/**
 * Variables that a client takes of the interpreter's variables, and the program that each measurement of a
 * client is made by.
 */
import { quote } from "./interpreter.ts";
import type { Interpreter } from "./interpreter.ts";
import type { Subject } from "./subjects.ts";

/**
 * Milliseconds in which a client of its own accord comes as far as a socket that stands, and takes what it
 * was sent.
 */
const SETTLED = 100;

const TOPIC = "sensors/pressure";
const PAYLOAD = "101325.25";
/** Uses that the client of a program is made for. */
export interface Setup {
  /** Does it take messages, by its subscriptions where it has them? */
  listens?: boolean;
  /** Does it ask how many variables are free? */
  asks?: boolean;
  /** Seconds; without them its own. */
  keepalive?: number;
  /** Done by who takes a message. */
  hearing?: string;
}

/**
 * Connects, has the server accept and grant, and goes on with `then`. Everything that is used later exists
 * before.
 */
export const program = (
  subject: Subject,
  load: string,
  then: string,
  { listens = false, asks = false, keepalive = 0, hearing = "" }: Setup = {},
): string => `
var listens = ${listens}, asks = ${asks}, keepalive = ${keepalive}, asked = "", taken = 0;
var mqtt, loaded = 0, before = 0, after = 0;
function heard() { ${hearing} }
function used() { return process.memory().usage; }
${subject.glue}
wire(function (bytes) { if (bytes.charCodeAt(0) === 130) asked = bytes.substr(2, 2); return true; });
function begin() { before = used(); ${load} setTimeout(create, 0); }
function create() { loaded = used() - before; ${subject.create} setTimeout(accept, ${SETTLED}); }
function accept() { ${subject.deliver(subject.connack)} setTimeout(asked ? grant : go, ${SETTLED}); }
function grant() { ${subject.deliver(granted(subject))} setTimeout(go, ${SETTLED}); }
function go() { ${then} }
used(); setTimeout(begin, 0);
`;

/** The SUBACK for two filters at QoS 1. */
const granted = ({ properties }: Subject): string =>
  `${quote(`\x90${properties ? "\x05" : "\x04"}`)} + asked + ${quote(`${properties}\x01\x01`)}`;

const FROM_FLASH = 'mqtt = require("mqtt");';
/**
 * As a module that was typed at the console: its functions have their text in RAM; that of the module is let
 * go.
 */
export const INTO_RAM = `Modules.addCached("mqtt", "" + require("Storage").read("mqtt")); mqtt = require("mqtt"); Modules.removeCached("mqtt");`;

/** Variables that the client takes, above what there was before it. */
export interface Variables {
  loaded: number;
  connected: number;
}

const DONE = "# measured";

async function numbers(interpreter: Interpreter, text: string): Promise<number[]> {
  const [line] = await interpreter.run(text, DONE);
  return line!.split(" ").map(Number);
}

const report = (...values: string[]): string =>
  `print("# " + [${values.join()}].join(" ")); print("${DONE}");`;

/** From flash, or from RAM; undefined where that does not fit. The subject was stored as `mqtt`. */
export async function variables(
  interpreter: Interpreter,
  subject: Subject,
  from: "flash" | "RAM",
): Promise<Variables | undefined> {
  const load = from === "RAM" ? INTO_RAM : FROM_FLASH;
  const then = `after = used() - before; ${report("loaded", "after")}`;
  try {
    const [loaded, connected] = await numbers(interpreter, program(subject, load, then));
    return { loaded: loaded!, connected: connected! };
  } catch (error) {
    if (from === "RAM" && String(error).includes("OUT OF MEMORY")) return undefined;
    throw error;
  }
}

/**
 * Variables at most in use when a message of this size is written, above those of the connected client; what
 * was written is held until the end, as the socket does.
 */
export async function peak(
  interpreter: Interpreter,
  subject: Subject,
  qos: number,
  size: number,
): Promise<number | undefined> {
  const then = `
    var payload = Array(${size + 1}).join("x"), most = 0, sent = "", at = 0;
    wire(function (bytes) { sent += bytes; most = Math.max(most, process.memory(false).usage); return true; });
    ${subject.publish(`"${TOPIC}"`, "payload", qos)}
    sent = ""; most = 0;
    ${qos ? subject.acknowledge : ""}
    setTimeout(function () {
      at = used();
      ${subject.publish(`"${TOPIC}"`, "payload", qos)}
      ${report("most - at", "sent.length")}
    }, ${SETTLED});`;
  const [variables, length] = await numbers(interpreter, program(subject, FROM_FLASH, then)).catch(() => [
    NaN,
    0,
  ]);
  // tinyMQTT writes a wrong length, or throws, where a message is longer than it can send.
  return length! >= size + TOPIC.length ? variables : undefined;
}

/**
 * Variables after so many publishes and so many reconnects, minus before; undefined where the client did
 * not come back as often.
 */
export async function growth(
  interpreter: Interpreter,
  subject: Subject,
  publishes: number,
  reconnects: number,
): Promise<number | undefined> {
  const qos = subject.acknowledge ? 1 : 0;
  const then = `
    var at = 0, turns = 0;
    function some() {
      for (var i = 0; i < ${publishes / reconnects}; i++) { ${subject.publish(`"${TOPIC}"`, `"${PAYLOAD}"`, qos)} ${subject.acknowledge} }
      ${subject.lose}
      setTimeout(joined, 5);
    }
    function joined() {
      ${subject.deliver(subject.connack)}
      // The first turns set up what is needed once, and numbers grow past those that need no variable.
      if (++turns === 20) at = used();
      if (turns < ${reconnects} + 20) return setTimeout(some, 0);
      after = used() - at; ${report("after", "opened")}
    }
    some();`;
  const [grown, opened] = await numbers(interpreter, program(subject, FROM_FLASH, then)).catch(() => []);
  return opened! >= reconnects ? grown : undefined;
}
