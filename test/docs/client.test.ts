/** docs/client.md: made of the sources, and every program in it runs. */
import assert from "node:assert/strict";
import type { Packet } from "mqtt-packet";
import ts from "typescript";
import { createWorld } from "../../sim/world.ts";
import type { BoardKind, SimulatedBoard, World } from "../../sim/world.ts";
import { totalOf } from "../support/both-beds.ts";
import { bundle } from "../support/bundles.ts";
import { espruino, withProgram } from "../support/engines.ts";
import { createInterpreterBed } from "../support/interpreter-bed.ts";
import { BOARD_KINDS } from "../support/node-world.ts";
import { openPage } from "../support/page.ts";
import { connects, createServerOn, message, publishes } from "../support/server.ts";
import type { ScriptedServer } from "../support/server.ts";
import { CLIENT_PAGE, clientPage, clientPrograms } from "./client-page.ts";
import { deadLinks, doubleAnchors } from "./links.ts";

const page = openPage(CLIENT_PAGE);
const programs = clientPrograms();
const HOST = "192.168.1.10";
const JOIN = 'require("Wifi").connect("greenhouse", { password: "tomatoes and basil" },';

interface Run {
  server: ScriptedServer;
  /** Only where the board is simulated. */
  simulated?: { world: World; board: SimulatedBoard };
  until(condition: () => boolean): Promise<void>;
  /** Lets time pass until the console shows a line. */
  shows(line: string): Promise<void>;
  /** Lets time pass until the client has sent a packet that is so; gives the first. */
  sent<Command extends Packet["cmd"]>(
    command: Command,
    holds?: (packet: Packet & { cmd: Command }) => boolean,
  ): Promise<Packet & { cmd: Command }>;
}

/** What a test can wait for, wherever the program runs. */
function runOf(server: ScriptedServer, console: readonly string[], until: Run["until"]): Run {
  return {
    server,
    until,
    shows: (line) => until(() => console.includes(line)),
    async sent(command, holds = () => true) {
      const find = () =>
        server.packets.find((packet) => packet.cmd === command && holds(packet as never)) as never;
      await until(() => find() !== undefined);
      return find();
    },
  };
}

/** What is in flash beside the program. */
const filesFor = (file: string): Record<string, string> => ({
  [file.replace(".min.js", "")]: bundle(file),
  log: "a line\n".repeat(500),
});

type Then = (run: Run) => Promise<unknown>;

/** Runs a program on a simulated board, against a server that answers as a good one does; with TLS on the port for it. */
async function runs(kind: BoardKind, file: string, program: string, then: Then): Promise<void> {
  const world = createWorld();
  try {
    Object.assign(world.accessPoint, { ssid: "greenhouse", password: "tomatoes and basil" });
    const [port, tls] = file.includes("-tls") ? [8883, {}] : [1883, undefined];
    const server = createServerOn((accept) => world.network.listen(HOST, port, accept, tls));
    const board = world.board({ board: kind, storage: { ...filesFor(file), ".bootcde": program } });
    board.powerOn();
    const run = runOf(server, board.console, (condition) => world.runUntil(condition));
    await then({ ...run, simulated: { world, board } });
    assert.deepEqual(board.uncaught, []);
  } finally {
    world.close();
  }
}

/** The same on the interpreter, where network and server are others. */
async function runsOnInterpreter(path: string, file: string, program: string, then: Then): Promise<void> {
  const bed = await createInterpreterBed(path, {
    kind: "ESP32",
    files: ({ host, port }) => ({
      ...filesFor(file),
      ".bootcde": program
        .replace(`host: "${HOST}"`, `host: "${host}", port: ${port}`)
        .replace(/, port: 1883/, "")
        .replace(/"greenhouse"(.*)"tomatoes and basil"/, '"home"$1"secret-wifi"'),
    }),
  });
  try {
    await then(runOf(bed.server, bed.console, (condition) => bed.until(condition)));
  } finally {
    await bed.close();
  }
}

/** The program that others stand behind, in its lines and the last one. */
const [, base] = page.blocks.filter(({ language }) => language === "js").map(({ text }) => text.trimEnd());
const LAST = base!.split("\n").at(-1)!;

const onInterpreter: Array<{ claim: string; isLarge: boolean; run(path: string): Promise<void> }> = [];

/** Tests of a program on the boards that have room for it, and on the interpreter. */
function tries(claim: string, file: string, program: string, then: Then, isSimulated = false): void {
  const isLarge = file === "ristretto-full.min.js";
  const kinds = isLarge || file.includes("-tls") ? (["ESP32"] as const) : BOARD_KINDS;
  for (const kind of kinds) it(`${claim} (${kind})`, () => runs(kind, file, program, then));
  const run = (path: string): Promise<void> => runsOnInterpreter(path, file, program, then);
  if (!isSimulated) onInterpreter.push({ claim, isLarge, run });
}

/** The same of the nth program of the page: as it stands, or behind the one that it needs. */
function shows(claim: string, nth: number, then: Then, isSimulated = false): void {
  const text = page.block("js", nth);
  const { bundle: file, program } = programs[nth]!;
  assert.equal(program, text);
  const name = `require("${file.replace(".min.js", "")}")`;
  const beginning = base!.slice(0, -LAST.length).replace(/require\("[^"]*"\)/, name);
  const seconds = beginning.slice(beginning.indexOf("function second"));
  const whole = text.includes('require("ristretto') ? text + seconds + LAST : beginning + text + LAST;
  tries(claim, file, nth === 1 ? text : whole, then, isSimulated);
}

describe(CLIENT_PAGE, () => {
  it("is made of the docstrings as they are", async () => {
    assert.equal(page.text, await clientPage(), `${CLIENT_PAGE} is stale: npm run docs`);
  });

  it("shows signatures that are TypeScript", () => {
    const { length } = page.blocks.filter(({ language }) => language === "ts");
    for (const [nth, text] of Array.from({ length }, (_, at) => [at, page.block("ts", at)] as const)) {
      const source = text.startsWith("type ")
        ? text
        : `declare function ${text.replace(/^(mqtt|client)\./, "")}`;
      const { diagnostics } = ts.transpileModule(source, { reportDiagnostics: true });
      assert.deepEqual(diagnostics, [], `${nth}: ${text}`);
    }
  });

  it("leads everywhere it points to", () => {
    assert.deepEqual(deadLinks(CLIENT_PAGE), []);
    assert.deepEqual(doubleAnchors(CLIENT_PAGE), []);
  });

  for (const [when, around] of [
    ["once Wi-Fi is there", (text: string) => `${JOIN} function () {${text}});`],
    ["before", (text: string) => `${text}${JOIN} function () {});`],
  ] as const)
    tries(
      `shows a program over the object that runs ${when}`,
      "ristretto.min.js",
      around(page.block("js", 0)),
      async ({ server, sent, shows: untilShown }) => {
        const { will } = await sent("connect");
        assert.deepEqual([will?.topic, will?.qos, will?.retain], ["hall/status", 1, true]);
        await untilShown("connected");
        await sent("publish", ({ topic, qos, retain }) => topic === "hall/status" && qos === 1 && retain);
        await sent("subscribe");
        server.last.send(message("hall/say", "hello", { qos: 1, messageId: 7 }));
        await untilShown("hello");
        await sent("puback");
      },
    );

  shows(
    "shows a program over the functions that connects and announces itself and its end",
    1,
    async ({ sent }) => {
      assert.equal((await sent("connect")).will?.payload.toString(), "offline");
      await sent("publish", ({ topic, qos, retain }) => topic === "hall/status" && qos === 1 && retain);
    },
  );

  shows("shows a message that arrives", 2, async ({ sent, shows: untilShown }) => {
    const { payload, messageId } = await sent("publish", ({ topic }) => topic === "hall/temperature");
    assert.equal(payload.toString(), "21.5");
    await untilShown(`${messageId!} has arrived`);
  });

  shows(
    "shows subscriptions, with a handler of its own and without",
    3,
    async ({ server, sent, shows: untilShown }) => {
      const { subscriptions } = await sent("subscribe");
      assert.deepEqual(
        subscriptions.map(({ topic, qos }) => `${topic} ${qos}`),
        ["hall/say 1", "hall/+/set 0"],
      );
      server.last.send(message("hall/say", "hello"));
      server.last.send(message("hall/lamp/set", "on", { retain: true }));
      await untilShown("somebody says hello");
      await untilShown("hall/lamp/set = on (kept)");
    },
  );

  shows(
    "shows a client with TLS",
    4,
    ({ sent }) => sent("publish", ({ topic }) => topic === "hall/status"),
    true,
  );

  shows("shows QoS 2, both ways", 5, async ({ server, sent, shows: untilShown }) => {
    assert.equal((await sent("connect")).clean, false);
    await sent("publish", ({ topic, qos }) => topic === "hall/door" && qos === 2);
    await sent("pubrel");
    await sent("subscribe");
    server.last.send(message("hall/lock", "closed", { qos: 2, messageId: 7 }));
    await sent("pubrec");
    await untilShown("closed");
  });

  shows(
    "shows messages of any size, in and out",
    6,
    async ({ simulated, server, sent, shows: untilShown }) => {
      const { payload, qos } = await sent("publish", ({ topic }) => topic === "hall/log");
      assert.deepEqual([payload.toString(), qos], ["a line\n".repeat(500), 1]);
      await sent("subscribe");
      const picture = "0123456789".repeat(1000);
      server.last.send(message("hall/picture", picture));
      await untilShown("picture of 10000 bytes");
      if (simulated) assert.equal(simulated.board.storage.get("picture"), picture);
    },
  );

  shows("shows the first message right behind CONNECT", 7, async ({ server, sent }) => {
    server.onPacket = (packet, connection) => {
      if (packet.cmd === "publish") server.answer({ cmd: "connect" } as never, connection);
      if (packet.cmd !== "connect") server.answer(packet, connection);
    };
    assert.equal((await sent("publish")).topic, "hall/temperature");
  });

  shows("shows properties, given and read", 8, async ({ server, sent, shows: untilShown }) => {
    const connect = await sent("connect");
    assert.deepEqual([connect.protocolVersion, connect.properties?.sessionExpiryInterval], [5, 3600]);
    const { properties } = await sent("publish", ({ topic }) => topic === "hall/temperature");
    // It waited for the connection.
    assert.ok(properties!.messageExpiryInterval! <= 600 && properties!.messageExpiryInterval! > 500);
    assert.deepEqual({ ...properties!.userProperties }, { room: "hall" });
    const { properties: asked } = await sent("subscribe");
    assert.equal(asked?.subscriptionIdentifier, 1);
    const marked = { contentType: "text/plain", subscriptionIdentifier: 1 };
    server.last.send(message("jobs", "sweep", { properties: marked }));
    await untilShown("jobs: sweep, text/plain");
    server.last.send({ cmd: "disconnect", reasonCode: 0x8b, properties: { reasonString: "at night" } });
    await untilShown("reason 139: at night");
  });

  shows("shows a request and its response", 9, async ({ server, sent, shows: untilShown }) => {
    const asked = await sent("publish", ({ topic }) => topic === "cellar/temperature/get");
    assert.equal(asked.properties?.responseTopic, "hall/answers");
    const { correlationData } = asked.properties;
    server.last.send(message("hall/answers", "12", { properties: { correlationData: correlationData! } }));
    await untilShown("in the cellar: 12");
    const properties = { responseTopic: "cellar/answers", correlationData: Buffer.from("x") };
    server.last.send(message("hall/temperature/get", "", { properties }));
    const answer = await sent("publish", ({ topic }) => topic === "cellar/answers");
    assert.deepEqual(
      [answer.payload.toString(), answer.properties?.correlationData?.toString()],
      ["21.5", "x"],
    );
  });

  shows("shows topic aliases", 10, async ({ server, sent, until }) => {
    server.onPacket = (packet, connection) => {
      if (packet.cmd === "connect")
        connection.send({
          cmd: "connack",
          reasonCode: 0,
          sessionPresent: false,
          properties: { topicAliasMaximum: 4 },
        });
      else server.answer(packet, connection);
    };
    assert.equal((await sent("connect")).properties?.topicAliasMaximum, 8);
    await until(() => publishes(server).length === 2);
    const told = publishes(server).map(({ topic, properties }) => [topic, properties?.topicAlias]);
    assert.deepEqual(told, [
      ["a/topic/that/is/long/and/told/often", 1],
      ["", 1],
    ]);
  });

  shows("shows an authentication of two steps", 11, async ({ server, sent }) => {
    const authenticationMethod = "SHOW-ME";
    server.onPacket = (packet, connection) => {
      if (packet.cmd === "connect")
        connection.send({
          cmd: "auth",
          reasonCode: 0x18,
          properties: { authenticationMethod, authenticationData: Buffer.from("abc") },
        });
      else if (packet.cmd === "auth")
        connection.send({
          cmd: "connack",
          reasonCode: 0,
          sessionPresent: false,
          properties: { authenticationMethod },
        });
      else server.answer(packet, connection);
    };
    const { properties } = await sent("connect");
    assert.equal(properties?.authenticationData?.toString(), "hall");
    assert.equal((await sent("auth")).properties?.authenticationData?.toString(), "cba");
    await sent("publish", ({ topic }) => topic === "hall/status");
  });

  shows(
    "shows a client that follows its server, and falls back to 3.1.1",
    12,
    async ({ server, simulated, until, sent, shows: untilShown }) => {
      const { world } = simulated!;
      const other = createServerOn((accept) => world.network.listen("192.168.1.11", 1883, accept));
      other.onPacket = (packet, connection) => {
        // As servers do that know 3.1.1 alone.
        const isNew = packet.cmd === "connect" && packet.protocolVersion === 5;
        if (isNew) connection.send("\x20\x03\x00\x84\x00");
        else other.answer(packet, connection);
      };
      server.onPacket = (packet, connection) => {
        if (packet.cmd === "connect")
          connection.send({
            cmd: "connack",
            reasonCode: 0x9d,
            sessionPresent: false,
            properties: { serverReference: "192.168.1.11" },
          });
      };
      await sent("connect");
      await untilShown("reason 157, again in 1 s");
      await until(() => publishes(other).length > 0);
      assert.deepEqual(
        connects(other).map(({ protocolVersion }) => protocolVersion),
        [5, 4],
      );
    },
    true,
  );

  withProgram("the programs on the interpreter", espruino, false, (path) => {
    for (const { claim, isLarge, run } of onInterpreter)
      it(claim, async function () {
        this.timeout(60_000);
        if (isLarge && (await totalOf(path)) <= 1600) this.skip();
        await run(path);
      });
  });

  it("says what refused messages and subscriptions give", () =>
    runs("ESP8266", "ristretto.min.js", `var c = require("ristretto").create("h", {});`, ({ simulated }) => {
      for (const [call, words] of [
        ['publish("a/+", "")', " topic name"],
        ['publish("a", "", { qos: 2 })', " QoS"],
        [`publish("a", "${"x".repeat(3000)}", { qos: 1 })`, " no room in the queue"],
        ['subscribe("a/#/b")', " when a filter is none"],
      ] as const) {
        const result = simulated!.board.evaluate(`c.${call}`) as number;
        assert.ok(result < 0, call);
        assert.ok(page.text.includes(`−${-result}${words}`), `${result}${words}`);
      }
      return Promise.resolve();
    }));

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
