/**
 * What running out of memory takes away, on the build of the interpreter that has an ESP8266's 1600
 * variables: the socket's 'data' listener, bytes of the stream, and all timers where nothing at all is left
 * free. In each form that the client has, with messages that arrive and without, it is noticed, and once
 * there is memory again the client hears and its seconds pass.
 */
import assert from "node:assert/strict";
import type { IPublishPacket, Packet } from "mqtt-packet";
import { createInterpreter } from "../../bench/interpreter.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { configOf } from "../support/node-bed.ts";
import { createServerOn, message } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";
import { standIns } from "../support/stand-ins.ts";
import { createTcpListener } from "../support/tcp-listener.ts";
import type { TcpListener } from "../support/tcp-listener.ts";

/** Free variables that the program is left with, and messages that then arrive. */
const LEFT = [20, 60, 100];
const ARRIVING = [0, 200];

/** Milliseconds without memory, and those in which all is well again once there is some. */
const SHORT = 3_000;
const HEALED = 15_000;
const START = 20_000;

/**
 * The engine crashes at times where nothing is free for a call, which restarts a board: with messages that
 * arrive and find no room it may, and must come back from it; without, it must not each time of so many.
 */
const TRIES = 4;

const WIFI = `Modules.addCached("Wifi", function () { exports.getIP = function () { return { ip: "10.0.0.2" }; }; });`;

/** Takes memory for a time. What gives it back is armed before there is none. */
const HOARD = `var hoard;
function fill(left) {
  setTimeout("hoard = 0; print('# freed')", ${SHORT});
  hoard = [];
  while (process.memory(false).free > left) hoard.push(1);
}`;

const COMMANDS = "ristretto/30aea4000001/cmd/";

/** A form of the client: its files, and the topic that it hears. */
interface Form {
  files(broker: TcpListener): Record<string, string>;
  topic: string;
}

const FORMS: Record<string, Form> = {
  "the module": {
    topic: "x/",
    files: ({ host, port }) => ({
      ristretto: bundle("ristretto.min.js"),
      ".bootcde": `echo(0);${WIFI}
var c = require("ristretto").create("${host}", { port: ${port}, client_id: "c", keep_alive: 2 });
c.on("publish", function () {});
c.on("connected", function () { c.subscribe("x/#", { qos: 1 }); });
c.connect();${HOARD}`,
    }),
  },
  "the functions": {
    topic: "x/",
    files: ({ host, port }) => ({
      "ristretto-functions": bundle("ristretto-functions.min.js"),
      ".bootcde": `echo(0);${WIFI}
var m = require("ristretto-functions");
var c = m.createClient({ link: m.createTcpLink(), host: "${host}", port: ${port}, clientId: "c", keepalive: 2 });
m.subscribe(c, [{ topicFilter: "x/#", qos: 1, onMessage: function () {} }]);
function tick() { setTimeout(tick, 1000); m.tick(c); }
tick();
m.connect(c);${HOARD}`,
    }),
  },
  "the firmware": {
    topic: COMMANDS,
    files: ({ host, port }) => ({
      ...standIns("ESP8266", {}),
      ".boot0": `eval(require("Storage").read("stand-ins").replace("ms / 10", "ms"));`,
      ".boot1": `echo(0);${HOARD}`,
      ".bootcde": bundle("esp8266.min.js"),
      "config.json": configOf({ broker: { keepalive: 5 } }, { host, port }),
    }),
  },
};

const is =
  (command: Packet["cmd"]) =>
  ({ cmd }: Packet): boolean =>
    cmd === command;

/** A message that is acknowledged by whoever hears it; to a node a command that it passes over. */
const asked = (topic: string): IPublishPacket => ({
  ...message(topic + "asked", "1", { qos: 1, retain: true }),
  messageId: 9,
});

/** Is the newest connection one on which the client answers, and pings, since `from`? */
async function untilHeard(server: ScriptedServer, topic: string, hasEnded: () => boolean): Promise<boolean> {
  const end = Date.now() + HEALED;
  for (let connection; Date.now() < end && !hasEnded();) {
    if (connection !== server.last && server.last.packets.some(is("subscribe"))) {
      connection = server.last;
      connection.send(asked(topic));
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
    const packets = connection?.packets ?? [];
    const answer = packets.findIndex((packet) => packet.cmd === "puback" && packet.messageId === 9);
    if (answer >= 0 && packets.slice(answer).some(is("pingreq"))) return true;
  }
  return false;
}

/** Gives what the console said when all is well again, or nothing when the interpreter crashed. */
async function outlive(
  path: string,
  form: Form,
  left: number,
  arriving: number,
): Promise<string[] | undefined> {
  const interpreter = createInterpreter(path);
  const listener = await createTcpListener(() => undefined);
  const server = createServerOn(listener.listen);
  // What is cut short while it is written.
  server.onMalformed = () => undefined;
  let ended = false;
  try {
    for (const [name, text] of Object.entries(form.files(listener))) await interpreter.store(name, text);
    let session = interpreter.boot();
    void session.ended.then(() => (ended = true));
    const online = Date.now() + START;
    while (!server.packets.some(is("subscribe")) && Date.now() < online)
      await new Promise((resolve) => setTimeout(resolve, 50));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    session.type(`setTimeout(fill, 1, ${left})`);
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (let nth = 0; nth < arriving; nth++)
      server.last.send(
        message(`${form.topic}${nth}`, `a message of some length, the ${nth}th`, { retain: true }),
      );
    // A crash is counted, not told.
    await session.line("# freed", 0).catch(() => session.ended);
    let isHeard = await untilHeard(server, form.topic, () => ended);
    if (ended && arriving) {
      session = interpreter.boot();
      isHeard = await untilHeard(server, form.topic, () => false);
    } else if (ended) return undefined;
    assert.ok(isHeard, `${left} left, ${arriving} arrived:\n${session.lines.slice(-30).join("\n")}`);
    await session.close();
    return session.lines;
  } finally {
    listener.close();
    interpreter.close();
  }
}

withProgram("a shortage of memory on the interpreter", espruino, false, (path) => {
  before(async function () {
    const interpreter = createInterpreter(path);
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    interpreter.close();
    if (total === "1600") return;
    console.log(`    skipped: an interpreter with ${total} variables takes more when they are used up`);
    this.skip();
  });

  for (const [name, form] of Object.entries(FORMS)) {
    it(`leaves ${name} neither deaf nor without its seconds`, async function () {
      this.timeout(300_000);
      const cases = LEFT.flatMap((left) => ARRIVING.map((arriving) => [left, arriving] as const));
      await Promise.all(
        cases.map(async ([left, arriving]) => {
          let lines: string[] | undefined;
          for (let nth = 0; nth < TRIES && !lines; nth++) lines = await outlive(path, form, left, arriving);
          assert.ok(lines, `${left} left, ${arriving} arrived: the interpreter crashed ${TRIES} times`);
          assert.deepEqual(
            lines.filter((line) => line.includes("Uncaught")),
            [],
          );
        }),
      );
    });
  }

  it("is not made by telling of many lost messages: one event tells them", async () => {
    const interpreter = createInterpreter(path);
    try {
      await interpreter.store("ristretto", bundle("ristretto.min.js"));
      const told = await interpreter.run(
        `${WIFI}
var c = require("ristretto").create("h", { client_id: "c" }), events = 0, lost = 0;
c.on("drop", function (reasonCode, packetId, topic, count) { events++; lost += count; });
for (var i = 0; i < 160; i++) c.publish("a/topic/of/length", "a payload", { qos: 1 });
setTimeout(function () { print("# " + events + " " + lost); print("# end"); }, 2500);`,
        "# end",
      );
      assert.deepEqual(told, ["2 110", "end"]);
    } finally {
      interpreter.close();
    }
  });
});
