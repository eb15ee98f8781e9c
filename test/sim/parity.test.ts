/**
 * Runs the same programs on the simulated ESP32 and on the interpreter for Linux, whose socket code is that
 * of ESP32, and compares what they print. The environment variable ESPRUINO names the interpreter; without it
 * these tests are skipped.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "../../sim/random.ts";
import { closeWorlds, joined, makeWorld } from "./support.ts";

const INTERPRETER = process.env.ESPRUINO;
const DONE = "DONE";

const isOurs = (line: string): boolean => line.startsWith("# ");

/**
 * What the interpreter prints of lines that begin with "# ". Its stdin must stay open, and only SIGKILL ends
 * it.
 */
function interpret(program: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), "parity-"));
  writeFileSync(join(folder, "program.js"), program);
  const child = spawn(INTERPRETER!, ["program.js"], { cwd: folder, stdio: ["pipe", "pipe", "inherit"] });
  return new Promise((resolve) => {
    let output = "";
    child.stdout.setEncoding("latin1").on("data", (text: string) => {
      output += text;
      if (output.includes("# " + DONE)) child.kill("SIGKILL");
    });
    child.on("exit", () => {
      rmSync(folder, { recursive: true });
      // The prompt and escape codes of the console precede what is printed from a timer.
      const lines = output.split(/\r?\n/).map((line) => line.replace(/^[^#]*(?=# )/, ""));
      resolve(lines.filter(isOurs));
    });
  });
}

async function simulate(program: string): Promise<string[]> {
  const world = makeWorld({ clock: "real" });
  const board = await joined(world, "ESP32");
  board.evaluate(program);
  await world.runUntil(() => board.console.includes("# " + DONE), 20000);
  return board.console.filter(isOurs);
}

const isData = (line: string): boolean => line.startsWith("# data");

/**
 * Whether data comes before or after an event of the connection is up to the kernel: it is compared by
 * itself.
 */
const withoutChance = (lines: string[]): string[] => [
  ...lines.filter((line) => !isData(line)),
  lines.filter(isData).join().replaceAll(",# data ", ""),
];

async function agree(program: string): Promise<void> {
  const [expected, actual] = [await interpret(program), await simulate(program)];
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
function done() { setTimeout(function () { say("${DONE}"); }, 300); }
var s = require("net").connect({ host: "127.0.0.1", port: ${port} }, function () { say("connect"); });
var bytes = 0;
s.on("data", function (d) { bytes += d.length; if (d.length < 50) say("data " + d); });
s.on("drain", function () { say("drain"); });
s.on("error", function (e) { say("error " + e.code + " " + e.message); });
s.on("end", function () { say("end"); });
s.on("close", function (hadError) { say("close " + hadError); });
${body}`;

describe("sim: parity with the interpreter", () => {
  const servers: Server[] = [];
  before(function () {
    if (INTERPRETER) return;
    console.log("    skipped: ESPRUINO names no interpreter");
    this.skip();
  });
  afterEach(() => {
    closeWorlds();
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
    await agree(
      `[${pairs.join()}].forEach(function (pair) {
         var n = pair[0] / pair[1];
         print("# " + JSON.stringify(n) + " " + n.toFixed(0) + " " + n.toFixed(1) + " " + n.toFixed(3));
         print("# " + Math.round(n).toString());
       });
       print("# ${DONE}");`,
    );
  });

  it("escapes the same characters", () =>
    agree(
      `for (var i = 0; i < 256; i++) print("# " + JSON.stringify(String.fromCharCode(i)));
       print("# " + JSON.stringify([NaN, undefined, function () {}, { a: undefined, b: [] }])); print("# ${DONE}");`,
    ));

  it("gives the same ids and order to timers", () =>
    agree(
      `function say(text) { print("# " + text); }
       function noop() {}
       setTimeout(function () {
         say(setTimeout(noop, 1) - setTimeout(noop, 1));
         setTimeout(function () { say("set first"); }, 20);
         setTimeout(function () { say("set second"); }, 10);
         var until = getTime() + 0.05;
         while (getTime() < until);
         setTimeout(function () { say("${DONE}"); }, 100);
       }, 50);
       try { clearTimeout(undefined); } catch (e) { say(String(e)); }
       say(clearTimeout(4711));`,
    ));

  const bodies: [string, string][] = [
    ["an idle connection", "done();"],
    ["an early write and an echo", "s.write('echo 1'); done();"],
    [
      "a write of what is no string",
      "s.write('echo'); s.write(new Uint8Array([65, 66])); s.write(5); done();",
    ],
    ["the server's end", "s.write('end'); done();"],
    ["the server's reset", "s.write('reset'); done();"],
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
    it(`reports the same events for ${name}`, async () => agree(socketProgram(await listen(servers), body)));
  }
});
