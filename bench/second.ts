/**
 * The price of a second of the whole node in machine instructions: one in which nothing is due, and one with a reading of a
 * BME280 from sample to PUBACK. It is the firmware for ESP8266 as it is delivered; the program around it calls its timers by
 * hand, answers for the broker, and ends the interpreter where a part of the work ends. What hardware, network and broker do
 * is not counted: they are stood in for, and what that takes is measured and subtracted.
 */
import { readFileSync } from "node:fs";
import { createInterpreter } from "./interpreter.ts";
import type { Interpreter } from "./interpreter.ts";
import { BOARD } from "./node.ts";

const FIRMWARE = "dist/esp8266.min.js";

/** Copies the text of each function that is made, where the text around it is not in flash. */
const COPIES = "jslNewStringFromLexer";

/** Seconds until all that a start tells is acknowledged, and those without anything due that are measured together. */
const START = 12;
const IDLE = 5;

/** What the node gives to timers is `second`, or waits in `later`: the last of these that is a sensor's was `run`, with `part`. */
const PARTNERS = `
var connected, socket, sent = "", second, later = [], run, part, id = 0;
Modules.addCached("net", function () {
  exports.connect = function (address, done) {
    connected = done;
    return socket = {
      dSnd: "",
      on: function (event, listener) { this["on" + event] = this["#on" + event] = listener; },
      write: function (bytes) { sent += bytes; },
      end: function () {}
    };
  };
});
global.setTimeout = function (callback, ms, argument) {
  if (ms > 500) second = callback;
  else later.push(callback, argument);
};
function answer() {
  while (sent) {
    var at = sent.charCodeAt(1) < 128 ? 2 : 3, first = sent.charCodeAt(0);
    var size = at < 3 ? sent.charCodeAt(1) : (sent.charCodeAt(1) & 127) + sent.charCodeAt(2) * 128;
    var body = sent.substr(at, size), name = body.substr(2 + body.charCodeAt(1), 2);
    sent = sent.substr(at + size);
    if (first === 0x10) socket.ondata("\\x20\\x02\\0\\0");
    if (first === 0x82) socket.ondata("\\x90\\x03" + body.substr(0, 2) + "\\0");
    if ((first & 0xf6) !== 0x32) continue;
    id = name.charCodeAt(1);
    last = body;
    socket.ondata("\\x40\\x02" + name);
  }
}
function pass() {
  second();
  while (later.length) {
    var next = later.shift(), argument = later.shift();
    next(argument);
    if (argument) { run = next; part = argument; }
  }
  answer();
}`;

/**
 * Starts the node, with its text in RAM, and goes on to its everyday life. From there on timers and socket are native, and the
 * bus gives the same answers again.
 */
const BEGIN = `
// An interpreter that takes memory from its host as it needs it does that now, and not in the middle.
var spare = " ".repeat(20000);
spare = undefined;
eval("" + require("Storage").read("firmware"));
later.shift()(later.shift());
connected.call(socket);
for (var nth = 0; nth < ${START}; nth++) pass();
var answers = [];
[3, 8].forEach(function (quantity) { I2C1.writeTo(118, [quantity < 8 ? 0xF3 : 0xF7]); answers[quantity] = I2C1.readFrom(118, quantity); });
I2C1.writeTo = socket.write = Boolean;
I2C1.readFrom = function (address, quantity) { return answers[quantity]; };
delete global.setTimeout;`;

/** The calls of a reading, `id` that of its message. A native function in the place of the node's tells what is the program's. */
const reading = (id: number): string =>
  `second();run(part);run(part);socket.ondata("\\x40\\x02\\0\\x${id.toString(16).padStart(2, "0")}");`;
const NATIVE_NODE = "second = run = socket.ondata = Boolean;";

/** The calls of the stand-ins that are not native: in each second, and further ones with a reading. */
const IN_A_SECOND = `require("Wifi").getIP();`;
const IN_A_READING = `${IN_A_SECOND}I2C1.readFrom(118, 3);I2C1.readFrom(118, 8);`;
const NATIVE_STAND_INS = `require("Wifi").getIP = I2C1.readFrom = Boolean;`;
/** How often what takes little is done, to be told from the rest. */
const OFTEN = 20;

/** Ends the interpreter in the middle of a reading: where a part of the work ends. */
const ENDS: ReadonlyArray<readonly [part: string, mark: string]> = [
  [
    "sampling and transfers",
    "I2C1.readFrom = function (address, quantity) { return quantity > 3 ? E.reboot() : answers[quantity]; };",
  ],
  ["compensation", "global.Math = { round: E.reboot, ceil: Math.ceil, floor: Math.floor };"],
  ["formatting", "global.print = E.reboot;"],
  ["console", "global.getTime = E.reboot;"],
  ["publishing, PUBACK", ""],
];

export interface SecondCosts {
  /** Thousands of machine instructions of a second in which nothing is due. */
  idle: number;
  /** Of one with a reading that is acknowledged. */
  reading: number;
  /** Of its parts, with the text in flash, and what that has beyond them in RAM: both numbers above are with the text there. */
  parts: Record<string, number>;
}

/** Lets `work` have what a program costs behind the start of a node that samples every `period` seconds. */
async function withNode<T>(
  path: string,
  period: number,
  work: (cost: (program: string, leftOut?: string) => Promise<number>, id: number) => Promise<T>,
): Promise<T> {
  const interpreter: Interpreter = createInterpreter(path);
  const config = {
    wifi: { ssid: "greenhouse", password: "tomatoes and basil" },
    broker: { host: "192.168.1.2" },
    period,
  };
  const start = BOARD + PARTNERS + BEGIN;
  const bases = new Map<string | undefined, number>();
  const count = (program: string, leftOut?: string): Promise<number> =>
    interpreter.count(`${start}${program}E.reboot();`, leftOut);
  try {
    await interpreter.store("firmware", readFileSync(FIRMWARE, "latin1"));
    await interpreter.store("config.json", JSON.stringify(config));
    const idAfter = async (program: string): Promise<number> =>
      Number((await interpreter.run(`${start}${program}clearTimeout();print("# " + id);`))[0]);
    const id = await idAfter("");
    if (period === 1) {
      const sample = `socket.write = function (bytes) { sent += bytes; };${reading(id + 1)}answer();`;
      if ((await idAfter(sample)) !== id + 1) throw new Error("another id than the next is acknowledged");
    }
    return await work(async (program, leftOut) => {
      if (!program) return 0;
      if (!bases.has(leftOut)) bases.set(leftOut, await count("", leftOut));
      return (await count(program, leftOut)) - bases.get(leftOut)!;
    }, id);
  } finally {
    interpreter.close();
  }
}

/** Measures on the interpreter with the usual memory layout; valgrind must be there. */
export async function secondCosts(path: string): Promise<SecondCosts> {
  const thousand = (instructions: number): number => Math.round(instructions / 1000);
  const idle = await withNode(path, 60, async (cost) => {
    const seconds = "second();".repeat(IDLE);
    const calls = IN_A_SECOND.repeat(OFTEN);
    const own =
      (await cost(NATIVE_NODE + seconds)) / IDLE +
      ((await cost(calls)) - (await cost(NATIVE_STAND_INS + calls))) / OFTEN;
    const inRam = (await cost(seconds)) / IDLE - own;
    return { inRam, inFlash: (await cost(seconds, COPIES)) / IDLE - own };
  });
  return withNode(path, 1, async (cost, id) => {
    const calls = IN_A_READING.repeat(OFTEN);
    const own =
      (await cost(NATIVE_NODE + reading(1))) +
      ((await cost(calls)) - (await cost(NATIVE_STAND_INS + calls))) / OFTEN;
    const parts: Record<string, number> = { "the second itself": thousand(idle.inFlash) };
    let before = idle.inFlash + own;
    for (const [part, mark] of ENDS) {
      const at = (await cost(mark + reading(id + 1), COPIES)) - (await cost(mark, COPIES));
      if (at <= before) throw new Error(`the reading does not come to the end of: ${part}`);
      parts[part] = thousand(at - before);
      before = at;
    }
    const inRam = await cost(reading(id + 1));
    parts["more where the text is in RAM, and copied"] = thousand(inRam - before);
    return { idle: thousand(idle.inRam), reading: thousand(inRam - own), parts };
  });
}

// Alone, `ESPRUINO=… node --import tsx bench/second.ts` prints the numbers.
if (import.meta.filename === process.argv[1]) console.log(await secondCosts(process.env.ESPRUINO!));
