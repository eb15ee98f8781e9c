/**
 * Memory on the real interpreter: nothing is kept that was used, and what runs out of it heals. Where memory grows with the
 * need, as in the interpreter's usual build, it cannot run out; the build with an ESP8266's 1600 variables runs all of this.
 */
import assert from "node:assert/strict";
import { createInterpreter, quote } from "../../bench/interpreter.ts";
import type { Interpreter } from "../../bench/interpreter.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { createInterpreterBed } from "../support/interpreter-bed.ts";
import { command, nodeOptions, printed, settled, told } from "../support/node-bed.ts";
import { BOARD_KINDS } from "../support/node-world.ts";

/** A client on a link that leads nowhere; \`join\` has the server accept it. */
const CLIENT = `
var h, written = "", acknowledged = 0;
var link = { open: function (a, given) { h = given; }, write: function (b) { written = b; return true; }, close: function () { h.onClose(195); } };
var m = require("ristretto-functions");
var c = m.createClient({ link: link, host: "h", port: 1883, clientId: "c", clean: false,
  onAcknowledge: function () { acknowledged++; } });
function join(session) { m.connect(c); m.tick(c); h.onOpen(); h.onData("\\x20\\x02" + session + "\\0"); }
function used() { return process.memory().usage; }
`;

const RECONNECTS = 1_000;

/**
 * Every publish at QoS 1 and acknowledged; before each reconnect one is left in flight and is then sent
 * again. Past 65535 the packet ids begin anew. Numbers above 1023 take a variable of their own, so that the
 * counters and the seconds begin beyond.
 */
const longLife = (publishes: number): string => `${CLIENT}
var before = 0, after = 0, n, last;
function acknowledge(id) { h.onData("\\x40\\x02" + String.fromCharCode(id >> 8, id & 255)); h.onDrain(); }
function round(count) {
  for (var i = 1; i < count; i++) acknowledge(m.publish(c, "topic/of/length", "a payload", m.QOS_1));
  last = m.publish(c, "topic/of/length", "a payload", m.QOS_1);
  h.onClose(195);
  join("\\x01");
  acknowledge(last);
}
for (n = 1100; n--;) m.tick(c);
join("\\0");
round(1100);
acknowledged = c.resent = c.reconnects = 1e6;
round(100);
before = used();
for (n = 0; n < ${RECONNECTS}; n++) round(${publishes / RECONNECTS});
after = used();
print("# " + [after - before, acknowledged - 1e6 - 100, c.resent - 1e6 - 1, c.reconnects - 1e6 - 1, c.connected].join(" "));
`;

const FIRMWARE_OUT_OF_MEMORY = /OUT OF MEMORY|Interrupted|^New interpreter error/;

/** Takes all memory there is, from a timer, where the interpreter gives it back. */
const HOG = `setTimeout(function () { for (var all = []; ; ) all.push("so and so many bytes"); }, 0)`;

withProgram("memory on the interpreter", espruino, false, (path) => {
  let interpreter: Interpreter;
  let isFinite = false;
  before(async () => {
    interpreter = createInterpreter(path);
    await interpreter.store("ristretto-functions", bundle("ristretto-functions.min.js"));
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    isFinite = total === "1600";
    if (!isFinite)
      console.log(
        `    skipped: running out of memory, for this interpreter has ${total} variables and takes more`,
      );
  });
  after(() => interpreter.close());

  it(`is the same to the variable after ${RECONNECTS} reconnects and very many acknowledged messages`, async function () {
    this.timeout(300_000);
    // The interpreter for Linux opens a file for each piece of a program that it runs from flash; in RAM there is not room.
    const publishes = isFinite ? 10_000 : 100_000;
    const module = bundle("ristretto-functions.min.js");
    const load = isFinite ? "" : `Modules.addCached("ristretto-functions", ${quote(module)});\n`;
    const [line] = await interpreter.run(load + longLife(publishes));
    assert.equal(line, `0 ${publishes} ${RECONNECTS} ${RECONNECTS} true`);
  });

  for (const kind of BOARD_KINDS) {
    it(`that ran out costs the firmware for ${kind} its connection, which comes back, and readings go on`, async function () {
      if (!isFinite) return this.skip();
      const bed = await createInterpreterBed(path, nodeOptions(kind, { throws: FIRMWARE_OUT_OF_MEMORY }));
      try {
        await settled(bed);
        for (const connection of [2, 3]) {
          await bed.type(HOG);
          await settled(bed, connection);
          bed.server.last.send(command("read"));
          await told(bed, "state", connection);
        }
        await printed(bed, "MQTT: out of memory");
        assert.ok(bed.server.connections[0]!.closed);
      } finally {
        await bed.close();
      }
    });
  }
});
