/**
 * The cost of a client in machine instructions when it is used as a firmware uses it: over several topics,
 * with changing lengths, and with memory asked for.
 *
 * `ESPRUINO=… node --import tsx bench/costs.ts [subject …]` prints that alone, from the bundles that
 * `npm run build` made last: of the subjects named, or of the client with subscriptions and TCP link at both
 * versions of MQTT. PEERS is as in bench.ts.
 */
import { createInterpreter, quote } from "./interpreter.ts";
import type { Interpreter } from "./interpreter.ts";
import { INTO_RAM, program } from "./measure.ts";
import type { Setup } from "./measure.ts";
import { EXACT, subjects, VERSION_5, version5Subject, WILDCARD } from "./subjects.ts";
import type { Subject } from "./subjects.ts";

/** Topics and payloads in turn: no message has the topic or the length of the one before. */
const TOPICS = ["hall/air/state", "hall/flow/state", "hall/return/state", "hall/status"];
const PAYLOADS = ['{"temperature":21.5,"humidity":48.25}', '{"temperature":54.75}', "online"];

/** Times in one go of the idle loop: twelve. */
const PASS = TOPICS.length * PAYLOADS.length;
/** How often a thing is done in the shorter and the longer run, whose difference counts. */
const FEW = PASS;
const MANY = 5 * PASS;

/** A thing that is measured: code that does it once, the `i`th time of a pass. */
interface Work {
  code: string;
  /**
   * The share of that which is the harness's own and not counted: to choose a topic, to make a server's
   * packet.
   */
  overhead?: string;
  setup?: Setup;
  /** Done once before. */
  first?: string;
  /** Bytes that a pass sends, and messages that it takes: by them it is known that the work was done. */
  sends?: number;
  takes?: number;
}

const sum = (numbers: number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Bytes of twelve messages as they are published. */
const published = (subject: Subject, qos: number): number =>
  sum(TOPICS.map(({ length }) => length * PAYLOADS.length)) +
  sum(PAYLOADS.map(({ length }) => length * TOPICS.length)) +
  PASS * (4 + 2 * qos + subject.properties.length);

/** Messages as they arrive, from two topics in turn, each with the packet id that a server would give it. */
const arriving = (subject: Subject, qos: number): string[] =>
  Array.from({ length: PASS }, (_, at) => {
    const [topic, payload] = at % 2 ? [WILDCARD.replace("#", "read"), "air"] : [EXACT, "on"];
    const id = qos ? String.fromCharCode(0, at + 1) : "";
    const body = String.fromCharCode(0, topic.length) + topic + id + subject.properties + payload;
    return String.fromCharCode(0x30 + 2 * qos, body.length) + body;
  });

/** The client as a firmware has it. */
const FIRMWARE: Setup = { asks: true, listens: true };

/** Publishing, as a firmware does again and again. */
const publishing = (subject: Subject, qos: number): Work => ({
  code: subject.publish("topics[i & 3]", "payloads[i % 3]", qos) + (qos ? subject.acknowledge : ""),
  overhead: `topics[i & 3]; payloads[i % 3]; ${qos ? subject.overhead : ""}`,
  first: `var topics = ${JSON.stringify(TOPICS)}, payloads = ${JSON.stringify(PAYLOADS)};`,
  setup: FIRMWARE,
  sends: published(subject, qos),
});

/** Taking messages, as it does again and again. */
const taking = (subject: Subject, qos: number): Work => ({
  code: subject.deliver("messages[i]"),
  overhead: "messages[i];",
  first: `var messages = [${arriving(subject, qos).map(quote).join()}];`,
  setup: FIRMWARE,
  sends: qos * 4 * PASS,
  takes: PASS,
});

/** The luckiest case: only what the payload says differs from the message before, and no memory is asked. */
const lucky = (subject: Subject, qos: number): Work => ({
  code: subject.publish('"hall/air/state"', '"21.5"', qos) + (qos ? subject.acknowledge : ""),
  overhead: qos ? subject.overhead : "",
  first: subject.publish('"hall/air/state"', '"21.5"', 0),
  sends: PASS * ("hall/air/state".length + 4 + 4 + 2 * qos + subject.properties.length),
});

/** A message of QoS 1 that is the first in its second, which has to ask again what is known for a second. */
function first(subject: Subject): Work {
  const work = publishing(subject, 1);
  return {
    ...work,
    code: subject.tick + work.code,
    overhead: `${subject.tick} ${work.overhead}`,
    setup: { ...FIRMWARE, keepalive: 3000 },
  };
}

/** By the key of each row of the table, how it is done; undefined by who cannot do it. */
const WORKS: Record<string, (subject: Subject) => Work | undefined> = {
  qos1: (subject) => (subject.acknowledge ? publishing(subject, 1) : undefined),
  first: (subject) => (subject.tick ? first(subject) : undefined),
  qos0: (subject) => publishing(subject, 0),
  in0: (subject) => taking(subject, 0),
  // tinyMQTT takes what it should acknowledge for the payload.
  in1: (subject) => (subject.acknowledge ? taking(subject, 1) : undefined),
  ping: ({ ping }) =>
    ping ? { code: ping, setup: { ...FIRMWARE, keepalive: 1 }, sends: 2 * PASS } : undefined,
  tick: ({ tick }) => (tick ? { code: tick, setup: { ...FIRMWARE, keepalive: 3000 } } : undefined),
  lucky1: (subject) => (subject.acknowledge ? lucky(subject, 1) : undefined),
  lucky0: (subject) => lucky(subject, 0),
  luckyIn: (subject) => ({
    ...taking(subject, 0),
    code: subject.deliver("messages[0]"),
    overhead: "messages[0];",
  }),
};

/**
 * Does `what` in passes, with the idle loop between them for what follows, such as peers' events; then
 * `last`.
 */
const passes = (count: number, { first = "" }: Work, what: string, last: string): string => `
  ${first} var left = ${count / PASS};
  function step() {
    if (!left--) { ${last} return; }
    setTimeout(step, 0);
    for (var i = 0; i < ${PASS}; i++) { ${what} }
  }
  step();`;

const DONE = "# verified";

/** Fails when a client does not do what is to be counted: to refuse a message or let it wait costs little. */
async function verify(interpreter: Interpreter, subject: Subject, work: Work): Promise<void> {
  const count = `sent = 0; wire(function (bytes) { sent += bytes.length; return true; });`;
  const tell = `print("# " + sent + " " + taken); print("${DONE}");`;
  const counted = { ...work, first: `${work.first ?? ""} ${count}` };
  const then = `var sent; ${passes(FEW, counted, work.code, tell)}`;
  const setup = { ...work.setup, hearing: "taken++;" };
  const [line] = await interpreter.run(program(subject, INTO_RAM, then, setup), DONE);
  const due = [work.sends ?? 0, work.takes ?? 0].map((number) => (number * FEW) / PASS).join(" ");
  if (line !== due) throw new Error(`${subject.name}: ${line} bytes and messages, not ${due}: ${work.code}`);
}

/**
 * Thousands of machine instructions of one `code`, with the module in RAM: the interpreter for Linux reads
 * flash through files. A longer run less a shorter one leaves out all that happens once; the same with
 * `overhead` in the place of the code leaves out the loop and the harness. Two things stay in: the calls that
 * a program makes, and an empty function where the socket writes. `process.memory(false).free` takes 221 of
 * them on the build with 4096 variables, 133 on the one with 1600.
 *
 * A function that is made inside another is copied at each run to free variables in a row, and the search for
 * those takes longer the more they scatter: what works so gets dearer with the number of passes.
 */
async function thousands(interpreter: Interpreter, subject: Subject, work: Work): Promise<number> {
  const run = (count: number, what: string): Promise<number> =>
    interpreter.count(program(subject, INTO_RAM, PLAIN + passes(count, work, what, "quit();"), work.setup));
  const one = async (what: string): Promise<number> => (await run(MANY, what)) - (await run(FEW, what));
  return Math.round(((await one(work.code)) - (await one(work.overhead ?? ""))) / (MANY - FEW) / 1000);
}

/** Writes nowhere, as cheaply as can be. */
const PLAIN = "wire(function () { return true; });";

/** By the keys of rows, in thousands of machine instructions each; `onRow` gets each as it is known. */
export async function costs(
  interpreter: Interpreter,
  subject: Subject,
  onRow: (key: string, cost: number) => void = () => undefined,
): Promise<Record<string, number>> {
  const measured: Record<string, number> = {};
  for (const [key, workOf] of Object.entries(WORKS)) {
    const work = workOf(subject);
    if (!work) continue;
    await verify(interpreter, subject, work);
    measured[key] = await thousands(interpreter, subject, work);
    onRow(key, measured[key]);
  }
  return measured;
}

async function main(path: string, names: string[]): Promise<void> {
  const all = await subjects(process.env.PEERS);
  if (names.includes(VERSION_5)) all.push(await version5Subject());
  for (const name of names) {
    const subject = all.find((one) => one.name === name);
    if (!subject)
      throw new Error(`${name} is none of: ${all.map((one) => one.name).join(", ")}, ${VERSION_5}`);
    const interpreter = createInterpreter(path);
    try {
      await interpreter.store("mqtt", subject.code);
      console.log(name);
      await costs(interpreter, subject, (key, cost) =>
        console.log(`  ${key.padEnd(8)}${String(cost).padStart(6)}`),
      );
    } finally {
      interpreter.close();
    }
  }
}

if (import.meta.filename === process.argv[1]) {
  const names = process.argv.slice(2);
  await main(process.env.ESPRUINO!.split(":").at(-1)!, names.length ? names : ["and TCP link", VERSION_5]);
}
