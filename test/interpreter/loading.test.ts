/** The ways in which a board gets ristretto, each on the real interpreter up to a message that aedes acknowledged. */
import assert from "node:assert/strict";
import { createInterpreter, quote } from "../../bench/interpreter.ts";
import type { Interpreter, Session } from "../../bench/interpreter.ts";
import { startAedes } from "../support/aedes.ts";
import type { AedesBroker } from "../support/aedes.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { BASE, configOf } from "../support/node-bed.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { createRemote } from "../support/remote.ts";
import { standIns } from "../support/stand-ins.ts";

/** An address, which the interpreter for Linux has from its host. */
const WIFI = `Modules.addCached("Wifi",function(){exports.getIP=function(){return {ip:"10.0.0.2"}}});`;

/** Connects, publishes, and says when that was acknowledged. */
const program = (port: number): string => `
var mqtt = require("ristretto").connect({ host: "127.0.0.1", port: ${port}, client_id: "way" });
mqtt.on("puback", function (id) { print("# acknowledged " + id); });
mqtt.publish("way/to", "the broker", { qos: 1 });
`;

/** Characters that are typed before the interpreter is heard of: what it takes in without its input buffer filling up. */
const TYPED = 300;

/** Types a text piece by piece into the variable `text`. */
async function typeText(session: Session, text: string): Promise<void> {
  session.type('text = "";');
  for (let start = 0; start < text.length; start += TYPED) {
    const mark = `# typed ${start}`;
    const heard = session.line(mark);
    session.type(`text += ${quote(text.slice(start, start + TYPED))}; print("${mark}")`);
    await heard;
  }
}

withProgram("ristretto on the interpreter, up to an acknowledged message", espruino, false, (path) => {
  let interpreter: Interpreter;
  let broker: AedesBroker;
  beforeEach(async () => {
    interpreter = createInterpreter(path);
    broker = await startAedes();
    await interpreter.store(".boot0", WIFI);
  });
  afterEach(async () => {
    interpreter.close();
    await broker.stop();
  });

  async function untilAcknowledged(session: Session): Promise<void> {
    await session.line("# acknowledged 1", 0);
    assert.deepEqual(broker.published, ["way/to the broker"]);
    await session.close();
  }

  it("as a module in Storage", async () => {
    await interpreter.store("ristretto", bundle("ristretto.min.js"));
    await interpreter.store(".bootcde", program(broker.port));
    await untilAcknowledged(interpreter.boot());
  });

  it("as a part of .bootcde, the way the IDE puts modules there", async () => {
    const module = `Modules.addCached("ristretto",function(){${bundle("ristretto.min.js")}});`;
    await interpreter.store(".bootcde", module + program(broker.port));
    await untilAcknowledged(interpreter.boot());
  });

  it("typed at the console into RAM", async function () {
    const [total] = await interpreter.run('print("# " + process.memory().total)');
    if (Number(total) < 3000) {
      console.log(
        `      skipped: with ${total} variables there is no room for the module's text beside its functions`,
      );
      return this.skip();
    }
    const session = interpreter.boot();
    await typeText(session, bundle("ristretto.min.js"));
    session.type('Modules.addCached("ristretto", text);');
    await typeText(session, program(broker.port));
    session.type("eval(text)");
    await untilAcknowledged(session);
  });

  for (const kind of BOARD_KINDS) {
    it(`as the firmware for ${kind} in .bootcde`, async () => {
      const remote = await createRemote();
      const files = {
        "config.json": configOf({}, { host: "127.0.0.1", port: broker.port }),
        ".bootcde": bundle(`${kind.toLowerCase()}.min.js`),
        ...standIns(kind, {}, remote),
      };
      for (const [name, text] of Object.entries(files)) await interpreter.store(name, text);
      const session = interpreter.boot();
      try {
        await broker.until(`${BASE}/state {"temperature":20,`);
      } finally {
        await session.close();
        remote.close();
      }
      assert.equal(broker.published[0], `${BASE}/status online`);
    });
  }
});
