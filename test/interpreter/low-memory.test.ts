/**
 * Publishing with little memory left, on the build of the interpreter that has an ESP8266's 1600 variables. The engine ends
 * whatever it is doing when it runs out, by no exception that a program could catch, and some builds crash: what does not
 * fit must not be begun.
 */
import assert from "node:assert/strict";
import { parser } from "mqtt-packet";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Interpreter } from "../../bench/interpreter.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";

/** Free variables with which the message is published, from just enough to ask how many there are to enough for it. */
const LEFT = Array.from({ length: 16 }, (_, index) => 60 + 10 * index);

const PAYLOAD = 400;

/**
 * Queues a small message, takes memory until so many variables are left, publishes a large one, gives the memory back, and
 * connects. What is then sent shows whether the queue is whole.
 */
const program = (left: number): string => `echo(0);
var sent = "", h, hoard, large = Array(${PAYLOAD + 1}).join("x");
var link = { open: function (a, given) { h = given; }, write: function (b) { sent += b; return true; }, close: function () { h.onClose(195); } };
var m = require("ristretto-functions");
var c = m.createClient({ link: link, host: "h", port: 1883, clientId: "c",
  memory: function () { return process.memory(false).free; } });
m.publish(c, "small", "1", m.QOS_1);
function fill() { var all = []; while (process.memory(false).free > ${left}) all.push(12345678901); hoard = all; }
function attempt() { print("# returned " + m.publish(c, "large", large, m.QOS_1)); }
function show() { hoard = 0; m.connect(c); h.onOpen(); sent = ""; h.onData("\\x20\\x02\\0\\0"); h.onDrain(); print("# sent " + btoa(sent)); }
setTimeout(fill, 10);
setTimeout(attempt, 20);
setTimeout(show, 30);
`;

/** The topics and payload lengths of what was sent; throws when it is not made of whole packets. */
function messagesIn(bytes: Buffer): string[] {
  const found: string[] = [];
  const decoder = parser({ protocolVersion: 4 });
  decoder.on("packet", (packet) => {
    if (packet.cmd === "publish") found.push(`${packet.topic} ${packet.payload.length}`);
  });
  decoder.on("error", (error: Error) => {
    throw error;
  });
  assert.equal(decoder.parse(bytes), 0, "bytes that are no whole packet");
  return found;
}

withProgram("a publish with little memory on the interpreter", espruino, false, (path) => {
  let interpreter: Interpreter;
  before(async function () {
    interpreter = createInterpreter(path);
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    if (total === "1600")
      return interpreter.store("ristretto-functions", bundle("ristretto-functions.min.js"));
    console.log(`    skipped: an interpreter with ${total} variables takes more when they are used up`);
    this.skip();
  });
  after(() => interpreter.close());

  it("is refused with −0x97 where it does not fit, and the queue stays whole", async function () {
    this.timeout(60_000);
    const outcomes = new Set<string>();
    for (const left of LEFT) {
      await interpreter.store(".bootcde", program(left));
      const session = interpreter.boot();
      const line = await session.line("# sent ", 0);
      const returned = session.lines.find((text) => text.startsWith("# returned "))?.slice(11);
      await session.close();
      const sent = messagesIn(Buffer.from(line.slice(7), "base64"));
      assert.ok(returned === "2" || returned === "-151", `${left} left: ${returned ?? "ran out of memory"}`);
      assert.deepEqual(
        sent,
        returned === "2" ? ["small 1", `large ${PAYLOAD}`] : ["small 1"],
        `${left} left`,
      );
      outcomes.add(returned);
    }
    assert.deepEqual(outcomes, new Set(["2", "-151"]));
  });
});
