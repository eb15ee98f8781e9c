/**
 * How deep the engine's own stack gets. An ESP8266 does not check it: what is too deep overwrites other memory. The measure
 * is a plain call of a JavaScript function without parameters. On a stack made small, a function calls itself until the
 * interpreter dies; how many calls fewer that takes from within ristretto's deepest point is what ristretto used.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { BoardKind } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { configOf } from "../support/node-bed.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { standIns } from "../support/stand-ins.ts";

/** Kilobytes of stack, small enough that calls use it up before they use up 1600 variables. */
const STACK = 32;

/** Ends a program that does not die, in milliseconds. */
const PATIENCE = 10_000;

/** The stack begins at the same place each time, and ends soon. */
const WRAPPER = ["sh", "-c", `ulimit -s ${STACK}; exec setarch -R "$0" "$@"`];

/**
 * A network whose sockets go nowhere: it accepts CONNECT, answers nothing else, and `arrive` is called with what comes. As
 * soon as something is written that contains `deepest`, the stack is used up from there.
 */
const FAKE_NET = `
var depth = 0, deepest = "", arrive;
function down() { print("# " + ++depth); down(); }
Modules.addCached("net", function () {
  exports.connect = function (address, connected) {
    var socket = {
      dSnd: "",
      on: function (event, listener) {
        socket["#on" + event] = listener;
        if (event == "data") arrive = function (b) { listener.call(socket, b); };
      },
      write: function (bytes) {
        if (typeof deepest === "string" && deepest && bytes.indexOf(deepest) >= 0) down();
        if (bytes[0] == "\\x10") setTimeout(function () { arrive("\\x20\\x02\\0\\0"); }, 0);
        var end = bytes.charCodeAt(1) < 128 ? 4 + bytes.charCodeAt(3) : 5 + bytes.charCodeAt(4);
        if (bytes[0] == "2" || bytes[0] == "3") setTimeout(function () { arrive("@\\x02" + bytes.substr(end, 2)); }, 0);
      },
      end: function () {}
    };
    setTimeout(function () { connected.call(socket); }, 0);
    return socket;
  };
});
`;

/** Boots these files and gives how many calls deep the stack went before it ended the interpreter. */
async function depthOf(path: string, files: Record<string, string>): Promise<number> {
  const interpreter = createInterpreter(path, { wrapper: WRAPPER });
  try {
    for (const [name, text] of Object.entries(files)) await interpreter.store(name, text);
    const session = interpreter.boot();
    const timer = setTimeout(() => void session.close(), PATIENCE);
    await session.ended;
    clearTimeout(timer);
    const depths = session.lines.flatMap((line) => /# (\d+)$/.exec(line)?.[1] ?? []);
    assert.ok(depths.length, `nothing was reached:\n${session.lines.join("\n")}`);
    return Number(depths.at(-1));
  } finally {
    interpreter.close();
  }
}

/** A program with the module that is connected, and then runs `code` from a timer as the idle loop would. */
const moduleFiles = (code: string): Record<string, string> => ({
  "ristretto-functions": bundle("ristretto-functions.min.js"),
  ".bootcde": `echo(0); ${FAKE_NET}
Modules.addCached("Wifi", function () { exports.getIP = function () { return { ip: "10.0.0.2" }; }; });
var m = require("ristretto-functions");
var c = m.createClient({ link: m.createTcpLink(), host: "h", port: 1883, clientId: "c",
  onConnect: function () { setTimeout(function () { ${code} }, 50); },
  onMessage: function (topic, payload) { if (payload) m.publish(c, "out", "xyz", m.QOS_1); else down(); } });
m.connect(c);`,
});

/** The firmware; `code` runs before it. */
function nodeFiles(kind: BoardKind, code: string): Record<string, string> {
  const files = standIns(kind, {}, { host: "", port: 0 });
  const standIn = files["stand-ins"]!;
  return {
    ...files,
    "stand-ins": `${FAKE_NET}${standIn.slice(0, standIn.indexOf("(function () {\n  var text"))}
Math.floor = function (x) { if (deepest === Math) down(); return x - x % 1; };
${code}`,
    "config.json": configOf({}, { host: "h", port: 1883 }),
    ".bootcde": bundle(`${kind.toLowerCase()}.min.js`),
  };
}

/** A message that arrives, as a literal. */
const inbound = (topic: string, payload: string): string =>
  `arrive(${JSON.stringify(String.fromCharCode(0x30, 2 + topic.length + payload.length, 0, topic.length) + topic + payload)})`;

const commandOf = (name: string): string => inbound(`ristretto/30aea4000001/cmd/${name}`, "");

/** What is done, and how many plain calls of stack it may take. */
const MODULE: ReadonlyArray<readonly [what: string, code: string, budget: number]> = [
  ["publishing at QoS 0, to the socket", `deepest = "xyz"; m.publish(c, "out", "xyz", 0)`, 5],
  ["publishing at QoS 1, to the socket", `deepest = "xyz"; m.publish(c, "out", "xyz", m.QOS_1)`, 5],
  ["receiving, to the handler", inbound("in", ""), 12],
  ["a handler that publishes, to the socket", `deepest = "xyz"; ${inbound("in", "1")}`, 17],
];

/** Done when the node is connected, and nothing waits any more that it told at its start. */
const later = (code: string): string => `(function (log) {
  global.print = function (text) {
    log(text);
    if (text.indexOf("all that waited") > 0) setTimeout(function () { ${code} }, 500);
  };
})(print);`;

const NODE: ReadonlyArray<readonly [what: string, code: string, budget: number]> = [
  ["checking the configuration at boot", "deepest = Math", 7],
  ["telling a reading, to the socket", later(`deepest = "/state"; ${commandOf("read")}`), 14],
  ["answering a command, to the socket", later(`deepest = "cmd/result"; ${commandOf("other")}`), 21],
  [
    "saying offline before a restart, to the socket",
    later(`deepest = "offline"; ${commandOf("restart")}`),
    22,
  ],
];

function isPossible(): boolean {
  return spawnSync("setarch", ["-R", "true"]).status === 0;
}

withProgram("the stack on the interpreter", espruino, false, (path) => {
  let plain = 0;
  before(async function () {
    if (!isPossible()) {
      console.log("    skipped: setarch cannot fix the place of the stack here");
      this.skip();
    }
    plain = await depthOf(path, {
      ".bootcde": `echo(0); ${FAKE_NET} setTimeout(function () { down(); }, 50);`,
    });
  });

  async function assertDepth(what: string, files: Record<string, string>, budget: number): Promise<void> {
    const used = plain - (await depthOf(path, files));
    console.log(`      ${what}: ${used} plain calls of stack`);
    assert.ok(used > 0 && used <= budget, `${used} plain calls of stack`);
  }

  for (const [what, code, budget] of MODULE) {
    it(`holds the module: ${what} takes at most ${budget} plain calls`, () =>
      assertDepth(what, moduleFiles(code), budget));
  }

  for (const kind of BOARD_KINDS) {
    for (const [what, code, budget] of NODE) {
      it(`holds the firmware for ${kind}: ${what} takes at most ${budget} plain calls`, () =>
        assertDepth(what, nodeFiles(kind, code), budget));
    }
  }
});
