/** Programs that connect again by themselves, whenever they are told of the end: they make no storm. */
import assert from "node:assert/strict";
import { createWorld } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { createServer } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";

const program = (more: string): string => `
var mqtt = require("ristretto").create("broker", { client_id: "c" });
require("Wifi").connect("home", { password: "secret" }, function () { mqtt.connect(); });
${more}`;

const AGAIN = `mqtt.on("disconnected", function () { mqtt.connect(); });`;
const OFTEN = `(function often() { setTimeout(often, 300); mqtt.connect(); })();`;

/** Connections that a program makes in two minutes. */
async function connections(
  kind: (typeof BOARD_KINDS)[number],
  more: string,
  behave: (server: ScriptedServer) => void,
): Promise<number> {
  const world = createWorld();
  try {
    const server = createServer(world);
    behave(server);
    const storage = { ristretto: bundle("ristretto.min.js"), ".bootcde": program(more) };
    const board = world.board({ board: kind, storage });
    board.powerOn();
    await world.runFor(120_000);
    assert.deepEqual(board.uncaught, []);
    return server.connections.length;
  } finally {
    world.close();
  }
}

const refuse = (server: ScriptedServer): void => {
  server.onPacket = (packet, connection) => {
    if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode: 5, sessionPresent: false });
  };
};

const hangUp = (server: ScriptedServer): void => {
  server.onPacket = (_packet, connection) => connection.peer.end();
};

describe("a program of the module that connects again", () => {
  for (const kind of BOARD_KINDS)
    for (const [what, more] of [
      ["when it is told of the end", AGAIN],
      ["again and again", OFTEN],
    ] as const) {
      it(`${what} leaves a refusal its delay (${kind})`, async () => {
        const made = await connections(kind, more, refuse);
        assert.ok(made >= 1 && made <= 2, `${made} connections`);
      });

      it(`${what} makes one attempt a second where the server hangs up, not more and not none (${kind})`, async () => {
        const made = await connections(kind, more, hangUp);
        assert.ok(made >= 30 && made <= 121, `${made} connections`);
      });
    }
});
