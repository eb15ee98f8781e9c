/** docs/parts.md: its programs run as they stand. */
import assert from "node:assert/strict";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind, SimulatedBoard, World } from "../../sim/world.ts";
import { bundle } from "../support/bundles.ts";
import { openPage } from "../support/page.ts";
import { deadLinks } from "./links.ts";
import { connects, count, createServer, publishes } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";

const page = openPage("docs/parts.md");
const [FUNCTIONS, PARTS] = [page.block("js"), page.block("js", 1)];

async function withProgram(
  kind: BoardKind,
  module: string,
  program: string,
  body: (run: { world: World; server: ScriptedServer; board: SimulatedBoard }) => Promise<void>,
): Promise<void> {
  const world = createWorld();
  try {
    const server = createServer(world, "192.168.1.10");
    const storage = { [module]: bundle(`${module}.min.js`), ".bootcde": program };
    const board = world.board({ board: kind, storage });
    board.powerOn();
    await body({ world, server, board });
    assert.deepEqual(board.uncaught, []);
  } finally {
    world.close();
  }
}

/** Once the board of a world has joined its Wi-Fi. */
const joined = (program: string): string =>
  `require("Wifi").connect("home", { password: "secret" }, function () {${program}});`;

describe("docs/parts.md", () => {
  it("shows a program over the functions that connects and announces itself", () =>
    withProgram("ESP8266", "ristretto-functions", joined(FUNCTIONS), async ({ world, server }) => {
      await world.runUntil(() => server.published().includes("hall/status online"));
      assert.equal(connects(server)[0]!.clientId, "hall");
    }));

  it("shows a program with parts that speaks MQTT 5.0", () =>
    withProgram(
      "ESP32",
      "ristretto-full",
      PARTS + joined("mqtt.connect(client);"),
      async ({ world, server }) => {
        await world.runUntil(() => publishes(server).length > 0 && count(server, "subscribe") > 0);
        assert.equal(connects(server)[0]!.protocolVersion, 5);
        assert.equal(publishes(server)[0]!.properties?.messageExpiryInterval, 600);
      },
    ));

  it("leads somewhere with every link", () => {
    assert.deepEqual(deadLinks(page.path), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
