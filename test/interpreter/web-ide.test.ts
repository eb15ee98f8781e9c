/**
 * What the Web IDE and the `espruino` tool do to the bundles on their way to a board, up to a message that a broker
 * acknowledged: found by name and by address, wrapped, minified, pretokenised; run from RAM, from `.bootcde`, from Storage.
 */
import assert from "node:assert/strict";
import type { BoardKind } from "../../sim/world.ts";
import { createInterpreter } from "../../bench/interpreter.ts";
import type { Interpreter, Session } from "../../bench/interpreter.ts";
import { edited } from "../scenario/beds/block.ts";
import { startAedes } from "../support/aedes.ts";
import type { AedesBroker } from "../support/aedes.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { send } from "../support/espruino-tool.ts";
import type { Sending, Sent } from "../support/espruino-tool.ts";
import { BASE } from "../support/node-bed.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { createRemote } from "../support/remote.ts";
import { standIns } from "../support/stand-ins.ts";

/** Where the tool looks for what it does not know. */
const MODULES = "https://www.espruino.com/modules/";
/** Boards have it built in; the interpreter for Linux takes it like any other. */
const WIFI_ADDRESS = `${MODULES}Wifi.min.js`;
const WIFI = { [WIFI_ADDRESS]: `exports.getIP=function(){return{ip:"10.0.0.2"}};` };
const ADDRESS = "https://example.org/ristretto/dist/ristretto.min.js";

const program = (port: number, name = "ristretto"): string => `
var mqtt = require("${name}").connect({ host: "127.0.0.1", port: ${port}, client_id: "way" });
mqtt.on("puback", function (id) { print("# acknowledged " + id); });
mqtt.publish("way/to", "the broker", { qos: 1 });
`;

const TO_RAM = { SAVE_ON_SEND: 0 };
const TO_FLASH = { SAVE_ON_SEND: 1 };

/**
 * A test that has as long as the tool takes, which waits after each chunk. Now and then the interpreter for Linux loses a byte between
 * its two threads, and the tool, which checks nothing, waits for an answer that never comes: then once more.
 */
function slowly(title: string, body: (test: Mocha.Context) => Promise<unknown>): void {
  it(title, async function () {
    this.timeout(120_000);
    this.retries(3);
    await body(this);
  });
}

withProgram(
  "the Web IDE's way onto the interpreter, up to an acknowledged message",
  espruino,
  false,
  (path) => {
    let interpreter: Interpreter;
    let broker: AedesBroker;
    let session: Session;
    let isRoomy = true;
    before(async () => {
      const measuring = createInterpreter(path);
      const [total] = await measuring.run('print("# " + process.memory().total)');
      isRoomy = Number(total) > 3000;
      measuring.close();
    });
    beforeEach(async () => {
      interpreter = createInterpreter(path);
      broker = await startAedes();
      session = interpreter.boot();
    });
    afterEach(async () => {
      await session.close();
      interpreter.close();
      await broker.stop();
    });

    const sendTo = (text: string, { settings, web, ...rest }: Sending = {}): Promise<Sent> =>
      send(session.console, text, {
        settings: { MODULE_URL: MODULES.slice(0, -1), ...settings },
        web: { ...WIFI, ...web },
        ...rest,
      });

    async function untilAcknowledged(): Promise<void> {
      await session.line("# acknowledged 1", 0);
      assert.deepEqual(broker.published, ["way/to the broker"]);
      assert.ok(!session.lines.some((line) => line.includes("Uncaught")), session.lines.join("\n"));
    }

    async function untilAcknowledgedAgain(): Promise<void> {
      await session.close();
      session = interpreter.boot();
      await session.line("# acknowledged 1", 0);
      assert.equal(broker.published.length, 2);
    }

    slowly("by its address, into RAM", async (test) => {
      if (!isRoomy) {
        console.log("      skipped: 1600 variables have no room for the module in RAM");
        return test.skip();
      }
      const { asked } = await sendTo(program(broker.port, ADDRESS), {
        settings: TO_RAM,
        web: { [ADDRESS]: bundle("ristretto.min.js") },
      });
      assert.ok(asked.includes(ADDRESS));
      await untilAcknowledged();
    });

    slowly("by its address, into .bootcde, from where it starts again", async () => {
      await sendTo(program(broker.port, ADDRESS), {
        settings: TO_FLASH,
        web: { [ADDRESS]: bundle("ristretto.min.js") },
      });
      await untilAcknowledged();
      await untilAcknowledgedAgain();
    });

    slowly(
      "by its name from a folder of modules, readable, minified and pretokenised by the tool, into .bootcde",
      async () => {
        const { said, asked } = await sendTo(program(broker.port), {
          settings: { ...TO_FLASH, MODULE_MINIFICATION_LEVEL: "ESPRIMA", PRETOKENISE: 1 },
          folder: { "modules/ristretto.js": bundle("ristretto.js") },
        });
        assert.doesNotMatch(said, /Module .* not found/);
        assert.ok(!asked.some((address) => address.includes("ristretto")));
        await untilAcknowledged();
        await untilAcknowledgedAgain();
      },
    );

    slowly(
      "as a file that was put into Storage, with a program in .bootcde that the tool warns of",
      async () => {
        const { said } = await sendTo(program(broker.port), {
          settings: TO_FLASH,
          storage: { ristretto: bundle("ristretto.min.js"), Wifi: WIFI[WIFI_ADDRESS] },
        });
        assert.match(said, /Module ristretto not found/);
        await untilAcknowledged();
        await untilAcknowledgedAgain();
      },
    );

    for (const packets of [false, true]) {
      slowly(
        `sent to a file in Storage ${packets ? "in packets" : "in chunks"}, then its program to another`,
        async () => {
          const toFile = (name: string, then: number): Sending["settings"] => ({
            SAVE_ON_SEND: 3,
            SAVE_STORAGE_FILE: name,
            LOAD_STORAGE_FILE: then,
            PACKET_UPLOAD: packets,
          });
          await sendTo(bundle("ristretto.min.js"), { settings: toFile("ristretto", 0) });
          await sendTo(program(broker.port), { settings: toFile("hall.js", 2) });
          await untilAcknowledged();
        },
      );
    }

    /** The firmware with its configuration filled in, as a person edits it. */
    const firmware = (kind: BoardKind): string =>
      edited(kind, {
        'ssid: ""': 'ssid: "home"',
        'password: ""': 'password: "secret-wifi"',
        'host: ""': 'host: "127.0.0.1"',
        "port: 1883": `port: ${broker.port}`,
      });

    async function untilItPublishes(): Promise<void> {
      await broker.until(`${BASE}/state {"temperature":20,`);
      assert.ok(broker.published.includes(`${BASE}/status online`));
    }

    for (const kind of BOARD_KINDS) {
      slowly(`as the firmware for ${kind} with its configuration filled in, into .bootcde`, async () => {
        const remote = await createRemote();
        try {
          await session.close();
          const { ".boot0": start, ...files } = standIns(kind, {}, remote);
          // Not before there is a program: they take the console's echo, by which the tool knows that a board listens.
          const later = `if (require("Storage").read(".bootcde")) { ${start} }`;
          for (const [name, text] of Object.entries({ ...files, ".boot0": later }))
            await interpreter.store(name, text);
          session = interpreter.boot();
          // Wi-Fi is a stand-in of the board's own here.
          await sendTo(firmware(kind), { settings: TO_FLASH, web: { [WIFI_ADDRESS]: undefined } });
          await untilItPublishes();
        } finally {
          remote.close();
        }
      });

      for (const [where, settings] of [
        ["RAM", TO_RAM],
        [
          "a file in Storage that is started",
          { SAVE_ON_SEND: 3, SAVE_STORAGE_FILE: "node.js", LOAD_STORAGE_FILE: 2 },
        ],
      ] as const)
        slowly(
          `as the firmware for ${kind} with its configuration filled in, into ${where}`,
          async (test) => {
            if (!isRoomy && where === "RAM") {
              console.log("      skipped: 1600 variables have no room for the firmware in RAM");
              return test.skip();
            }
            await session.close();
            const { ".boot0": start, ...files } = standIns(kind, {});
            for (const [name, text] of Object.entries(files)) await interpreter.store(name, text);
            session = interpreter.boot();
            await sendTo(`${start}\n${firmware(kind)}`, { settings, web: { [WIFI_ADDRESS]: undefined } });
            await untilItPublishes();
          },
        );
    }
  },
);
