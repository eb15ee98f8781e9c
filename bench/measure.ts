/** What a client takes of the interpreter's variables, and of machine instructions. */
import type { Interpreter } from "./interpreter.ts";
import type { Subject } from "./subjects.ts";

/** Milliseconds in which a client of its own accord comes as far as a socket that stands, and takes what it was sent. */
const SETTLED = 100;

const TOPIC = "sensors/pressure";
const PAYLOAD = "101325.25";
/** A QoS 0 message to `cmd/led`. */
const INBOUND = '"0\\x0b\\0\\x07cmd/ledon"';

/** Connects, has the server accept, and goes on with `then`. Everything that is used later exists before. */
const program = (subject: Subject, load: string, then: string, listens = false, pings = false): string => `
var listens = ${listens}, pings = ${pings}, mqtt, loaded = 0, before = 0, after = 0;
function heard() {}
function used() { return process.memory().usage; }
${subject.glue}
wire(function () { return true; });
function begin() { before = used(); ${load} setTimeout(create, 0); }
function create() { loaded = used() - before; ${subject.create} setTimeout(accept, ${SETTLED}); }
function accept() { ${subject.deliver(subject.connack)} setTimeout(go, ${SETTLED}); }
function go() { ${then} }
used(); setTimeout(begin, 0);
`;

const FROM_FLASH = 'mqtt = require("mqtt");';
/** As a module that was typed at the console: its functions have their text in RAM; that of the module is let go. */
const INTO_RAM = `Modules.addCached("mqtt", "" + require("Storage").read("mqtt")); mqtt = require("mqtt"); Modules.removeCached("mqtt");`;

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
 * Variables at most in use when a message of this size is written, above those of the connected client; what was written is
 * held until the end, as the socket does.
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

/** How often a thing is done in the shorter and the longer run, whose difference counts. */
const FEW = 20;
const MANY = 120;

interface Count {
  listens?: boolean;
  pings?: boolean;
  /** Done once before. */
  first?: string;
  /** Done each time, and not counted. */
  overhead?: string;
}

/**
 * Thousands of machine instructions of one `code`, the module in RAM: the interpreter for Linux reads flash through files.
 * What follows from it in the idle loop counts when the program `listens`.
 */
async function thousands(
  interpreter: Interpreter,
  subject: Subject,
  code: string,
  { listens = false, pings = false, first = "", overhead = "" }: Count,
): Promise<number> {
  const run = (count: number, what: string): Promise<number> => {
    const loop = `for (var i = 0; i < ${listens ? 10 : count}; i++) { ${what} }`;
    const steps = `var left = ${count / 10};
      function step() { if (!left--) return quit(); setTimeout(step, 0); ${loop} }
      step();`;
    return interpreter.count(
      program(subject, INTO_RAM, first + (listens ? steps : `${loop} quit();`), listens, pings),
    );
  };
  const one = async (what: string): Promise<number> => (await run(MANY, what)) - (await run(FEW, what));
  return Math.round(((await one(code)) - (await one(overhead))) / (MANY - FEW) / 1000);
}

/** What is done, in thousands of machine instructions each. */
export interface Costs {
  /** A QoS 0 publish to the topic of the last one, with a payload of the same length. */
  again: number;
  /** One to another topic. */
  other: number;
  /** A QoS 1 publish and its PUBACK. */
  qos1?: number;
  /** A QoS 0 message to the topic of the last one, up to the handler. */
  inbound: number;
  /** A PINGREQ and its PINGRESP. */
  ping?: number;
}

export async function costs(interpreter: Interpreter, subject: Subject): Promise<Costs> {
  const { acknowledge, overhead } = subject;
  const cost = (code: string, count: Count): Promise<number> => thousands(interpreter, subject, code, count);
  const publish = (topic: string, qos: number): string => subject.publish(topic, `"${PAYLOAD}"`, qos);
  const first = publish(`"${TOPIC}"`, 0);
  const both = first + publish('"sensors/humidity"', 0);
  return {
    again: await cost(first, { first }),
    other: Math.round((await cost(both, { first })) / 2),
    ...(acknowledge && { qos1: await cost(publish(`"${TOPIC}"`, 1) + acknowledge, { first, overhead }) }),
    inbound: await cost(subject.deliver(INBOUND), { listens: true }),
    ...(subject.ping && { ping: await cost(subject.ping, { pings: true }) }),
  };
}

/** Variables after so many publishes and so many reconnects, minus before. */
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
      after = used() - at; ${report("after")}
    }
    some();`;
  const [grown] = await numbers(interpreter, program(subject, FROM_FLASH, then)).catch(() => []);
  return grown;
}
