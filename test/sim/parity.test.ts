/**
 * Runs the same programs on the simulated ESP32 and on the interpreter for Linux, whose socket code is that of ESP32, and
 * compares what they print.
 */
import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Interpreter } from "../../bench/interpreter.ts";
import { createRandom } from "../../sim/random.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { closeWorlds, joined, makeWorld } from "./support.ts";

const DONE = "# DONE";

async function simulate(program: string): Promise<string[]> {
  const world = makeWorld({ clock: "real" });
  const board = await joined(world, "ESP32");
  board.evaluate(program);
  await world.runUntil(() => board.console.includes(DONE), 20000);
  return board.console.filter((line) => line.startsWith("# ")).map((line) => line.slice(2));
}

const isData = (line: string): boolean => line.startsWith("data");

/**
 * Whether data comes before or after an event of the connection is up to the kernel: it is compared by
 * itself.
 */
const withoutChance = (lines: string[]): string[] => [
  ...lines.filter((line) => !isData(line)),
  lines.filter(isData).join().replaceAll(",data ", ""),
];

async function agree(interpreter: Interpreter, program: string): Promise<void> {
  const [expected, actual] = [await interpreter.run(program, DONE), await simulate(program)];
  assert.ok(expected.length > 1);
  assert.deepEqual(withoutChance(actual), withoutChance(expected));
}

/** Serves each connection by what its first bytes ask for. */
async function listen(servers: Server[]): Promise<number> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (data) => {
      const text = data.toString("latin1");
      if (text.startsWith("echo")) socket.write(data);
      else if (text.startsWith("end")) socket.end("last words");
      else if (text.startsWith("reset")) socket.resetAndDestroy();
      else if (text.startsWith("large")) socket.write("x".repeat(1200));
    });
  }).listen(0, "127.0.0.1");
  servers.push(server);
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

const socketProgram = (port: number, body: string): string => `
function say(text) { print("# " + text); }
function done() { setTimeout(function () { print("${DONE}"); }, 300); }
var s = require("net").connect({ host: "127.0.0.1", port: ${port} }, function () { say("connect"); });
var bytes = 0;
s.on("data", function (d) { bytes += d.length; if (d.length < 50) say("data " + d); });
s.on("drain", function () { say("drain"); });
s.on("error", function (e) { say("error " + e.code + " " + e.message); });
s.on("end", function () { say("end"); });
s.on("close", function (hadError) { say("close " + hadError); });
${body}`;

withProgram("the simulator beside the interpreter that ESPRUINO names", espruino, false, (path) => {
  const servers: Server[] = [];
  let interpreter: Interpreter;
  beforeEach(() => {
    interpreter = createInterpreter(path);
  });
  afterEach(() => {
    closeWorlds();
    interpreter.close();
    servers.splice(0).forEach((server) => server.close());
  });

  it("prints the same numbers", async () => {
    const random = createRandom(11);
    // Quotients of integers: the interpreter reads decimal fractions with an error in the last bit.
    const integer = (limit: number) => Math.floor((random() - 0.5) * limit);
    const pairs = Array.from({ length: 600 }, (_, index) => {
      const limit = 10 ** (1 + (index % 9));
      return `[${integer(limit)},${index % 5 ? Math.abs(integer(10 ** (index % 10))) + 1 : 1}]`;
    });
    // In portions that fit into an ESP8266's memory.
    while (pairs.length) {
      await agree(
        interpreter,
        `[${pairs.splice(0, 50).join()}].forEach(function (pair) {
           var n = pair[0] / pair[1];
           print("# " + JSON.stringify(n) + " " + n.toFixed(0) + " " + n.toFixed(1) + " " + n.toFixed(3));
           print("# " + Math.round(n).toString());
         });
         print("${DONE}");`,
      );
    }
  });

  it("draws the same lots, unseeded and after a seed", () =>
    agree(
      interpreter,
      `function draw() { for (var i = 0; i < 3; i++) print("# " + Math.round(Math.random() * Math.pow(2, 31)) + " " + E.hwRand()); }
       draw();
       [0, 1, -5, 65536, 7.9, -7.9, 2188762489, 1e12 + 7.9, NaN, "12", "x", undefined].forEach(function (seed) {
         E.srand(seed);
         draw();
       });
       print("${DONE}");`,
    ));

  it("reads the same numbers from texts", () =>
    agree(
      interpreter,
      `var texts = ["", " ", "0", "-0", "7", "010", "060", "-010", "08", "018", "01.5", "60\\n", " 60", "60 ", "1e", "1e3", "1e-2", "1E+2",
         "1.", ".5", ".", "-", "+5", "- 5", "0x1F", "0x", "-0x1f", "0b101", "0b12", "0o17", "12abc", "abc", "1.5e3x", "0.1", "21.55",
         "123456789.125", "9007199254740993", "99999999999999999999", "Infinity", "-Infinity", "infinity", "NaN", "1,5", "1_0"];
       function show(f) { try { return JSON.stringify(f()); } catch (e) { return String(e); } }
       function all(text) {
         return [show(function () { return Number(text); }), show(function () { return parseFloat(text); }),
           show(function () { return parseInt(text); }), show(function () { return parseInt(text, 16); }),
           show(function () { return parseInt(text, 2); }), show(function () { return parseInt(text, 8); })].join(" ");
       }
       texts.forEach(function (text) { print("# " + JSON.stringify(text) + " " + all(text)); });
       [62, 63, 64, 68, 69, 70].forEach(function (length) { print("# " + length + " " + all(Array(length + 1).join("1"))); });
       [5, -2.5, 1e21, 1e-7, true, null, undefined, [], [7], NaN].forEach(function (value) { print("# " + all(value)); });
       print("# " + Number());
       print("${DONE}");`,
    ));

  it("finds the same texts in texts, and those that only begin there", () =>
    agree(
      interpreter,
      `var texts = ["", "a", "ab", "aab ", " ab ab ", "abcabd", "ssid password"];
       texts.forEach(function (text) {
         [""].concat(texts, "b ", " x", "bd", "abd", "abx", "d-").forEach(function (sought) {
           print("# " + [text, sought, text.indexOf(sought), text.indexOf(sought, 1), text.indexOf(sought, 9),
             text.includes(sought)].join("|"));
         });
       });
       print("${DONE}");`,
    ));

  it("escapes the same characters", () =>
    agree(
      interpreter,
      `for (var i = 0; i < 256; i++) print("# " + JSON.stringify(String.fromCharCode(i)));
       print("# " + JSON.stringify([NaN, undefined, function () {}, { a: undefined, b: [] }])); print("${DONE}");`,
    ));

  it("gives the same ids and order to timers", () =>
    agree(
      interpreter,
      `function say(text) { print("# " + text); }
       function noop() {}
       setTimeout(function () {
         say(setTimeout(noop, 1) - setTimeout(noop, 1));
         setTimeout(function () { say("set first"); }, 20);
         setTimeout(function () { say("set second"); }, 10);
         var until = getTime() + 0.05;
         while (getTime() < until);
         setTimeout(function () { print("${DONE}"); }, 100);
       }, 50);
       try { clearTimeout(undefined); } catch (e) { say(String(e)); }
       say(clearTimeout(4711));`,
    ));

  it("tells the events of objects to the same listeners, in the same order", () =>
    agree(
      interpreter,
      `function say(text) { print("# " + text); }
       function attempt(f) { try { f(); } catch (e) { say(String(e)); } }
       var o = {}, p = Object.create(o);
       function first(a, b) { say("first " + a + b + (this === o)); }
       function last(a) { say("last " + a); o.on("x", function () { say("added"); }); }
       o.on("x", first);
       o.on("x", function (a) { say("second " + a); });
       o.on("x", last);
       o.on("y", function () { say("y"); });
       p.on("x", function (a) { say("heir " + a); });
       o.emit("nobody", 1);
       o.emit("x", 1, 2);
       p.emit("x", 3);
       o.emit("y");
       say("emitted");
       o.removeListener("x", last);
       o.removeAllListeners("y");
       attempt(function () { o.emit("x", 1, 2, 3, 4, 5); });
       attempt(function () { o.on("x", 5); });
       attempt(function () { o.on(5, first); });
       attempt(function () { o.emit(5); });
       setTimeout(function () {
         o.emit("x", 4);
         o.emit("y");
         p.removeAllListeners();
         p.emit("x", 5);
         setTimeout(function () { print("${DONE}"); }, 100);
       }, 100);`,
    ));

  const bodies: [string, string][] = [
    ["an idle connection", "done();"],
    ["an early write and an echo", "s.write('echo 1'); done();"],
    [
      "a write of what is no string",
      "s.write('echo'); s.write(new Uint8Array([65, 66])); s.write(5); done();",
    ],
    ["the server's end", "s.write('end'); done();"],
    // Not at once: a reset that is there at the first look leaves out 'connect', by the kernel's chance.
    ["the server's reset", "setTimeout(function () { s.write('reset'); }, 50); done();"],
    ["the program's end", "s.write('x'); s.end(); s.end(); done();"],
    ["an end before anything", "s.end(); done();"],
    ["a write after the end", "s.end(); try { s.write('x'); } catch (e) { say(String(e)); } done();"],
    ["a large answer", "s.write('large'); setTimeout(function () { say(bytes); done(); }, 300);"],
    [
      "a refused port",
      "try { require('net').connect({ host: '127.0.0.1', port: 1 }, function () {}); } catch (e) { say(String(e)); } done();",
    ],
    [
      "an unknown name",
      "try { require('net').connect({ host: 'x.invalid', port: 1 }, function () {}); } catch (e) { say(String(e)); } done();",
    ],
  ];
  for (const [name, body] of bodies) {
    it(`reports the same events for ${name}`, async () =>
      agree(interpreter, socketProgram(await listen(servers), body)));
  }
});
