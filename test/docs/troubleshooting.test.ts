/** docs/troubleshooting.md: what it quotes is said so, and what can be said is in it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { explain } from "../../hw/lines.ts";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind, SimulatedBoard, World } from "../../sim/world.ts";
import * as reasons from "../../src/reason.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { HINTS } from "../../tools/hints.ts";
import { bundle } from "../support/bundles.ts";
import { openPage } from "../support/page.ts";
import { shapeOf } from "../support/page-text.ts";
import { deadLinks } from "./links.ts";
import { createServer, message } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";
import { isForm, spoken } from "../support/spoken.ts";

const page = openPage("docs/troubleshooting.md");

/** The rows of the page's tables, cell by cell. */
const rows = [...page.text.matchAll(/^\| (.*) \|$/gm)].map(([, row]) =>
  row!.split(/ +\| +/).map((cell) => cell.trim()),
);
/** A start in which all is well. */
const GOOD = page.block("").trimEnd().split("\n");
const quotesIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, quote]) => quote!);

const QUOTED = quotesIn(page.text.replace(/^```[^]*?^```$/gm, ""));

/** What shows, as the first cells of rows quote it: sentences, not names. */
const quotes = rows.flatMap(([first]) => quotesIn(first!)).filter((quote) => /[a-z….] /.test(quote));

/** What Espruino says by itself. */
const ESPRUINO = ["OUT OF MEMORY", "Brownout detector was triggered", "Uncaught …"];

const said = spoken(["hw", "tools", "sim"]).filter(({ text }) => /[a-z]{2}/.test(text));

describe("docs/troubleshooting.md", () => {
  it("quotes lines that the sources say", () => {
    assert.ok(quotes.length > 50, String(quotes.length));
    for (const quote of quotes) {
      if (ESPRUINO.includes(quote)) continue;
      const bare = quote.replace(/^MQTT: /, "");
      const found = said.some(
        ({ text }) =>
          // Something is said for sure, and it is that.
          text.replaceAll("…", "").length > 7 &&
          (isForm(text, quote) || isForm(text, bare) || isForm(quote, text)),
      );
      assert.ok(found, quote);
    }
  });

  it("quotes what Espruino says as the command knows it", () => {
    const hints = readFileSync("tools/hints.ts", "utf8") + readFileSync("tools/monitor.ts", "utf8");
    for (const line of ESPRUINO) assert.match(hints, new RegExp(line.replace(/ ….*|detector.*/, ""), "i"));
  });

  it("has every line that the firmware prints", () => {
    // What is printed of readings, faults and mistakes has its own tests here.
    const lines = spoken(["hw"], "print").filter(({ text }) => !["…: …", "…: {…}"].includes(text));
    assert.ok(lines.length > 10);
    for (const { file, text } of lines) {
      const isThere = [...QUOTED, ...GOOD].some((quote) => isForm(text, quote) || isForm(quote, text));
      assert.ok(isThere, `${file}: ${text}`);
    }
  });

  it("has every hint of the command", () => {
    for (const hint of Object.values(HINTS)) assert.ok(page.text.includes(hint), hint);
  });

  it("has every reason that the firmware can say, with the number that programs are given", () => {
    for (const code of new Set(Object.values(reasons))) {
      const words = explain(code);
      if (words === `reason code ${code}`) continue;
      const row = rows.find(([first]) => quotesIn(first!)[0] === words);
      assert.ok(row, words);
      assert.ok(row[1]!.split(", ").includes(String(code)), `${words} ${code}`);
    }
  });

  it("has every fault that a sensor can have", () => {
    const source = readFileSync("hw/sensors/sensor.ts", "utf8");
    const faults = [...source.matchAll(/^ {2}\| "([\w-]+)"/gm)].map(([, fault]) => fault!);
    assert.equal(faults.length, 11);
    assert.deepEqual(
      rows.map(([first]) => quotesIn(first!)[0]!).filter((fault) => faults.includes(fault)),
      faults,
    );
  });

  it("has every exit code of the command", () => {
    const codes = rows.map(([first]) => first!).filter((first) => /^\d+$/.test(first));
    assert.deepEqual(codes.map(Number), [1, ...Object.values(EXIT)]);
  });

  interface Scene {
    world: World;
    server: ScriptedServer;
    board: SimulatedBoard;
  }

  /** What a node's console says when the world is so from the start, or becomes so once it is connected. */
  async function consoleOf(
    kind: BoardKind,
    {
      before,
      later,
      config = {},
    }: { before?(scene: Scene): void; later?(scene: Scene): void; config?: object },
  ): Promise<string[]> {
    const world = createWorld();
    try {
      Object.assign(world.accessPoint, { ssid: "greenhouse", password: "tomatoes and basil" });
      const server = createServer(world, "192.168.1.10");
      const whole = {
        wifi: { ssid: "greenhouse", password: "tomatoes and basil" },
        broker: { host: "192.168.1.10", keepalive: 10 },
        ...config,
      };
      const storage = {
        ".bootcde": bundle(`${kind.toLowerCase()}.min.js`),
        "config.json": JSON.stringify(whole),
      };
      const board = world.board({ board: kind, storage });
      board.i2c.attach(0x76, createBme280Model({ now: () => world.clock.now() }));
      before?.({ world, server, board });
      board.powerOn();
      await world.runFor(60_000);
      later?.({ world, server, board });
      await world.runFor(later ? 200_000 : 0);
      return board.console.map((line) => line.replace(/; next attempt in \d+ s$/, ""));
    } finally {
      world.close();
    }
  }

  const refusing =
    (returnCode: number) =>
    ({ server }: Scene): void => {
      server.onPacket = (_packet, connection) => {
        connection.send({ cmd: "connack", returnCode, sessionPresent: false });
      };
    };

  /** What is brought about, and the page's quotes that are said then. */
  const SCENES: readonly [what: string, scene: Parameters<typeof consoleOf>[1], ...quotes: string[]][] = [
    ["no network of that name", { before: ({ world }) => (world.accessPoint.ssid = "other") }, "no_ap_found"],
    [
      "a wrong password",
      { before: ({ world }) => (world.accessPoint.password = "other-one") },
      "bad_password",
    ],
    [
      "a network that goes away",
      { later: ({ world }) => (world.accessPoint.up = false) },
      "Wi-Fi: … is not there (no address); trying again",
      "no Wi-Fi",
    ],
    [
      "a name that nobody knows",
      { config: { broker: { host: "nowhere.lan" } } },
      "no such name; see broker.host",
    ],
    [
      "a port where nobody listens",
      { config: { broker: { host: "192.168.1.10", port: 1884 } } },
      "nothing answers there; see broker.host, broker.port",
    ],
    [
      "a broker that is silent",
      { before: ({ server }) => (server.onPacket = () => undefined) },
      "no answer in time; is that port MQTT?",
    ],
    [
      "a server that is no broker",
      {
        before: ({ server }) =>
          (server.onPacket = (_packet, { send }) =>
            send(Buffer.from(`HTTP/1.1 400 Bad Request\r\n\r\n${"<p>No.</p>".repeat(20)}`))),
      },
      "the broker broke the protocol; is that port MQTT?",
    ],
    ["CONNACK 1", { before: refusing(1) }, "the broker does not speak MQTT 3.1.1"],
    ["CONNACK 2", { before: refusing(2) }, "the broker refuses broker.clientId, or broker.keepalive 0"],
    ["CONNACK 3", { before: refusing(3) }, "the broker is there but not available"],
    ["CONNACK 4", { before: refusing(4) }, "bad user name or password; see broker.username, broker.password"],
    [
      "CONNACK 5",
      { before: refusing(5) },
      "not authorized; the broker wants other credentials or denies this client",
    ],
    ["a connection that is cut", { later: ({ world }) => world.network.cut() }, "the connection was lost"],
    [
      "a link that is dead",
      { later: ({ world }) => world.network.rule(() => "drop") },
      "the broker no longer answers",
    ],
    [
      "an error flag of the engine",
      { later: ({ board }) => board.raiseErrorFlag("MEMORY") },
      "out of memory",
    ],
    [
      "too little memory",
      { later: ({ board }) => (board.freeVariables = 90) },
      "memory: too little left, no sample taken",
    ],
    [
      "a command that is too long",
      {
        later: ({ server }) => server.last.send(message("ristretto/30aea4000001/cmd/read", "x".repeat(3000))),
      },
      "MQTT: lost a message of …: too large",
    ],
    [
      "a restart by command",
      { later: ({ server }) => server.last.send(message("ristretto/30aea4000001/cmd/restart", "now")) },
      "disconnected",
    ],
    [
      "commands that may not be subscribed to",
      {
        before: ({ server }) => {
          const { answer } = server;
          server.onPacket = (packet, connection) =>
            packet.cmd === "subscribe"
              ? connection.send({ cmd: "suback", messageId: packet.messageId!, granted: [128] })
              : answer(packet, connection);
        },
      },
      "MQTT: the broker refuses …",
    ],
    [
      "more readings than may wait",
      { config: { period: 1, queue: { readings: 3 } }, later: ({ world }) => (world.accessPoint.up = false) },
      "MQTT: lost the oldest of what waits",
    ],
    [
      "the same, with the other policy",
      {
        config: { period: 1, queue: { readings: 3, policy: "drop-newest" } },
        later: ({ world }) => (world.accessPoint.up = false),
      },
      "MQTT: lost the newest of what waits",
    ],
    [
      "a mistake in the configuration",
      { config: { period: 0 } },
      "config.json: …",
      "Not started. Correct config.json in Storage, then restart.",
    ],
    [
      "half a configuration",
      { before: ({ board }) => board.storage.set("config.json", '{"wifi":') },
      "config.json: not JSON; write the whole file again",
    ],
    [
      "a fault, and its end",
      {
        before: ({ board }) => ((board.i2c.at(0x76) as { fault?: string }).fault = "absent"),
        later: ({ board }) => ((board.i2c.at(0x76) as { fault?: string }).fault = "none"),
      },
      "…: healed",
    ],
  ];
  /** What ESP32 says for an ESP8266's word. */
  const BY_BOARD: Record<string, string> = {
    no_ap_found: "NO_AP_FOUND",
    bad_password: "4WAY_HANDSHAKE_TIMEOUT",
  };

  it("shows a start in which all is well", async () => {
    const lines = await consoleOf("ESP8266", {});
    assert.deepEqual(lines.map(shapeOf), GOOD.map(shapeOf));
  });

  for (const kind of ["ESP32", "ESP8266"] as BoardKind[])
    for (const [what, scene, ...expected] of SCENES)
      it(`quotes what the console of an ${kind} says of ${what}`, async () => {
        const lines = await consoleOf(kind, scene);
        for (const quote of expected) {
          const reason = kind === "ESP32" ? BY_BOARD[quote] : quote;
          const whole = quote in BY_BOARD ? `Wi-Fi: … is not there (${reason}); trying again` : quote;
          assert.ok(QUOTED.includes(whole), whole);
          assert.ok(
            lines.some((line) => isForm(whole, line) || isForm(`MQTT: ${whole}`, line)),
            `${whole}\n${lines.join("\n")}`,
          );
        }
      });

  it("leads somewhere with every link", () => {
    assert.deepEqual(deadLinks(page.path), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
