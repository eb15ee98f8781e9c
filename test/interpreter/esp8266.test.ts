/**
 * The module's link over the socket code of the real interpreter with the network of an ESP8266 below it, and the same on
 * the simulated ESP8266: the link reports the same, and so do bare sockets.
 */
import assert from "node:assert/strict";
import { createInterpreter, quote } from "../../bench/interpreter.ts";
import type { Interpreter } from "../../bench/interpreter.ts";
import { createWorld } from "../../sim/world.ts";
import type { Peer } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { ESP8266_NETWORK } from "../support/esp8266-network.ts";

/** A step is what the program does, or what the network or the server does to it. */
type Step = string | { deliver: number | string } | { peer: "end" | "reset" | "stuck" };

const DONE = "# done with all";

/** Handlers that print; long data is told by length and beginning. */
const PROGRAM = `
function say(text) { print("# " + text); }
function open(host) {
  link.open({ host: host, port: 1883 }, {
    onOpen: function () { say("open"); },
    onData: function (bytes) { say("data " + bytes.length + " " + bytes.substr(0, 4)); },
    onDrain: function () { say("drain"); },
    onClose: function (reason) { say("close " + reason); }
  });
}
function client() {
  c = m.createClient({ link: link, host: "broker", port: 1883, clientId: "c", reconnectPeriod: 0,
    onConnect: function () { say("online"); },
    onAcknowledge: function (id) { say("acknowledge " + id); },
    onMessage: function (topic, payload) { say("message " + topic + " " + payload.length); },
    onDisconnect: function (reason) { say("offline " + reason); } });
  m.connect(c);
}
function bare(host, early) {
  try {
    socket = require("net").connect({ host: host, port: 1883 }, function () { say("connect"); });
    socket.on("data", function (bytes) { say("data " + bytes.length); });
    socket.on("drain", function () { say("drain"); });
    socket.on("error", function (error) { say("error " + error.code + " " + error.message); });
    socket.on("end", function () { say("end"); });
    socket.on("close", function (hadError) { say("close " + hadError); });
    if (early) socket.write(early);
  } catch (error) { say("thrown " + String(error).trim()); }
}
var m = require("ristretto-functions"), link = m.createTcpLink(), socket, c;
`;

/** What is delivered: these bytes, or so many of the alphabet over and over. */
const bytes = (what: number | string): string =>
  typeof what === "string" ? what : "abcdefghijklmnopqrstuvwxyz".repeat(what).slice(0, what);

/** A step for the interpreter. The program's times are a tenth of what they say. */
function asCode(step: Step): string {
  if (typeof step === "string") return step;
  if ("deliver" in step) return `N.inbox += ${quote(bytes(step.deliver))}`;
  return { end: "N.code = -1", reset: "N.code = -9", stuck: "N.stuck = 1" }[step.peer];
}

/** Runs the steps one after the other, each when all that follows from the one before has happened. */
async function onInterpreter(interpreter: Interpreter, steps: readonly Step[]): Promise<string[]> {
  const program = `${ESP8266_NETWORK}
    Modules.addCached("Wifi", function () { exports.getIP = function () { return { ip: "10.0.0.2" }; }; });
    global.setTimeout = (function (real) { return function (f, ms, a) { return real(f, ms / 10, a); }; })(setTimeout);
    ${PROGRAM}
    var steps = [${steps.map((step) => `function () { ${asCode(step)}; }`).join()}];
    function next() {
      var step = steps.shift();
      if (!step) { say("server " + btoa(N.got)); return print("${DONE}"); }
      setTimeout(next, 2500);
      step();
    }
    next();`;
  return interpreter.run(program, DONE);
}

async function onSimulator(steps: readonly Step[]): Promise<string[]> {
  const world = createWorld();
  world.network.latency = 10;
  const peers: Peer[] = [];
  let received = "";
  world.network.listen("broker", 1883, (peer) => {
    peers.push(peer);
    peer.onData = (data) => (received += data.toString("latin1"));
  });
  world.network.addName("closed", "10.9.9.9");
  world.network.refuse("closed", 1883, true);
  const join = `require("Wifi").connect("home", { password: "secret" }, function () {});`;
  const storage = { "ristretto-functions": bundle("ristretto-functions.min.js"), ".bootcde": join + PROGRAM };
  const board = world.board({ board: "ESP8266", storage });
  try {
    board.powerOn();
    await world.runFor(5_000);
    for (const step of steps) {
      const peer = peers.at(-1);
      if (typeof step === "string") board.evaluate(step);
      else if ("deliver" in step) peer!.write(bytes(step.deliver));
      else if (step.peer === "end") peer!.end();
      else if (step.peer === "reset") peer!.reset();
      else world.network.silence(true);
      await world.runFor(2_500);
    }
    assert.deepEqual(board.uncaught, []);
    const told = board.console.filter((line) => line.startsWith("# ")).map((line) => line.slice(2));
    return [...told, `server ${Buffer.from(received, "latin1").toString("base64")}`, DONE.slice(2)];
  } finally {
    world.close();
  }
}

const write = (count: number): string => `link.write(Array(${count + 1}).join("x"))`;

const STORIES: ReadonlyArray<readonly [claim: string, steps: readonly Step[], told: readonly string[]]> = [
  [
    "a connection that takes its time opens once it stands",
    ["open('broker')", write(5), { deliver: 3 }, { peer: "end" }],
    ["open", "data 3 abc", "close 195"],
  ],
  ["a name that nobody has is told apart", ["open('nobody')"], ["close 192"]],
  ["a closed port is refused", ["open('closed')"], ["close 193"]],
  [
    "what fills the socket goes out whole, and that it drained is told from then on",
    ["open('broker')", write(1), write(1000), write(1), { peer: "end" }],
    ["open", "drain", "drain", "close 195"],
  ],
  [
    "what arrives comes in pieces of 268 bytes at most, in order",
    ["open('broker')", { deliver: 1000 }, { deliver: 1 }, { peer: "end" }],
    ["open", "data 268 abcd", "data 268 ijkl", "data 268 qrst", "data 196 yzab", "data 1 a", "close 195"],
  ],
  ["a reset is a lost connection", ["open('broker')", { peer: "reset" }], ["open", "close 195"]],
  [
    "a link that is closed while it connects ends without having opened",
    ["open('broker'); link.close()"],
    ["close 193"],
  ],
  [
    "a link that is closed waits for what is under way",
    ["open('broker')", write(600) + "; link.close()"],
    ["open", "close 195"],
  ],
  [
    "a link to a peer that takes nothing more is given up after two seconds",
    ["open('broker')", { peer: "stuck" }, write(600) + "; " + write(600), "link.close()"],
    ["open", "close 195"],
  ],
  [
    "a link opens again after each end",
    [
      "open('broker')",
      { peer: "end" },
      "open('closed')",
      "open('nobody')",
      "open('broker')",
      { peer: "reset" },
    ],
    ["open", "close 195", "close 193", "close 192", "open", "close 195"],
  ],
  [
    "a bare socket that was written to early drains before it connects",
    ["bare('broker', 'early')", { deliver: 3 }, { peer: "end" }],
    ["drain", "connect", "drain", "data 3", "end", "close false"],
  ],
  [
    "a bare socket tells the code of an unknown name",
    ["bare('nobody')"],
    ["error -6 not found", "end", "close true"],
  ],
  [
    "a bare socket tells the code of a closed port",
    ["bare('closed')"],
    ["error -9 connection reset", "end", "close true"],
  ],
  [
    "a bare socket that is ended sends first what it holds",
    ["bare('broker', Array(700).join('x')); socket.end()"],
    ["connect", "end", "close false"],
  ],
  [
    "a client takes CONNACK byte by byte, publishes in pieces and is published to in pieces",
    [
      "client()",
      ...Array.from("\x20\x02\0\0", (byte) => ({ deliver: byte })),
      "m.publish(c, 't', Array(801).join('x'), m.QOS_1)",
      { deliver: "\x40\x02\0\x01" },
      { deliver: "\x30\xbf\x05\0\x01t" + bytes(700) },
      { peer: "reset" },
    ],
    ["online", "acknowledge 1", "message t 700", "offline 195"],
  ],
];

withProgram("the link on the interpreter with an ESP8266's network", espruino, false, (path) => {
  let interpreter: Interpreter;
  before(async () => {
    interpreter = createInterpreter(path);
    await interpreter.store("ristretto-functions", bundle("ristretto-functions.min.js"));
  });
  after(() => interpreter.close());

  for (const [claim, steps, told] of STORIES) {
    it(`${claim}, as on the simulated ESP8266`, async () => {
      const real = await onInterpreter(interpreter, steps);
      assert.deepEqual(await onSimulator(steps), real);
      if (told.length) assert.deepEqual(real.slice(0, -2), told);
    });
  }

  for (const [host, why] of [
    ["full", "all its sockets taken (-7)"],
    ["poor", "no memory for a socket (-2)"],
  ] as const) {
    it(`a board with ${why} refuses later, not from inside \`open\``, async () => {
      const steps = [`open('${host}'); say("returned")`, "open('broker')"];
      const real = await onInterpreter(interpreter, steps);
      assert.deepEqual(real.slice(0, -2), ["returned", "close 193", "open"]);
    });
  }

  it("a board that runs out of memory while it receives (-2) loses the connection, and can open another", async () => {
    const real = await onInterpreter(interpreter, ["open('broker')", "N.code = -2", "open('broker')"]);
    assert.deepEqual(real.slice(0, -2), ["open", "close 195", "open"]);
  });
});
