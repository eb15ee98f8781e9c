/** README: its programs, configurations and commands, each run, and what it shows compared with what they say. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import mqtt from "mqtt";
import { BOARDS } from "../../boards/index.ts";
import { createBme280Model } from "../../sim/devices/bme280.ts";
import { createWorld } from "../../sim/world.ts";
import { startMosquitto } from "../support/brokers.ts";
import { bundle } from "../support/bundles.ts";
import { createDesk } from "../support/desk.ts";
import type { Desk } from "../support/desk.ts";
import { mosquitto, withProgram } from "../support/engines.ts";
import { createDownloads, esp8266Files } from "../support/firmware-images.ts";
import { openPage } from "../support/page.ts";
import { shapeOf } from "../support/page-text.ts";
import { deadLinks } from "./links.ts";
import { connects, count, createServer, message } from "../support/server.ts";

const page = openPage("README.md");
const PROGRAM = page.block("js");
const [CONFIG, REFINED, TEMPLATE] = [0, 1, 2].map((nth) => page.block("json", nth)) as [
  string,
  string,
  string,
];
const [START, INSTALL, FLASH, INIT, UPLOAD, LISTEN, MANY, DEVELOP] = [0, 1, 2, 3, 4, 5, 6, 7].map((nth) =>
  page.block("sh", nth),
) as [string, string, string, string, string, string, string, string];
const [STARTED, WIRING, BROKER, UPLOADED, HEARD, ACCESS] = [0, 1, 2, 3, 4, 5].map((nth) =>
  page.block("", nth),
) as [string, string, string, string, string, string];

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

/** The commands of npm in a block, without what is said about them. */
const npmCommands = (block: string): string[] =>
  block
    .split(/&&|\n/)
    .map((line) => line.replace(/ #.*/, "").trim())
    .filter((line) => line !== "");

function assertScripts(block: string): void {
  for (const command of npmCommands(block)) {
    const [, verb = "", script] = /^npm (ci|start|test|run|install)(?: ([\w-]+))?/.exec(command) ?? [];
    if (verb === "ci") assert.ok(existsSync("package-lock.json"));
    else assert.ok(verb === "install" || scripts[script ?? verb], command);
  }
}

describe("README", function () {
  this.timeout(300_000);
  let desk: Desk;
  before(() => void (desk = createDesk()));
  after(() => (desk as Desk | undefined)?.remove());

  it("shows a program of nine lines that connects, announces itself and its end, and listens, as it stands", async () => {
    assert.equal(PROGRAM.trim().split("\n").length, 9);
    const world = createWorld();
    try {
      const server = createServer(world, "192.168.1.10");
      const { ssid, password } = world.accessPoint;
      const join = `require("Wifi").connect("${ssid}", { password: "${password}" }, function () {${PROGRAM}});`;
      const storage = { ristretto: bundle("ristretto.min.js"), ".bootcde": join };
      const board = world.board({ board: "ESP8266", storage });
      board.powerOn();
      await world.runUntil(() => server.published().includes("hall/status online"));
      const { topic, payload, qos, retain } = connects(server)[0]!.will!;
      assert.deepEqual([topic, payload.toString(), qos, retain], ["hall/status", "offline", 1, true]);
      await world.runUntil(() => count(server, "subscribe") === 1);
      server.last.send(message("hall/say", "hello"));
      await world.runUntil(() => board.console.includes("hello"));
      assert.deepEqual(board.uncaught, []);
    } finally {
      world.close();
    }
  });

  it("shows what npm start prints", async () => {
    assertScripts(START);
    assert.equal(npmCommands(START).at(-1), "npm start");
    assert.equal(scripts["start"], "node --import tsx tools/ristretto.ts simulate");
    const { code, said } = await desk.run("ristretto simulate --port 0 --seconds 8");
    assert.equal(code, 0, said);
    const shapes = said.split("\n").map((line) => shapeOf(line));
    for (const line of STARTED.trimEnd().split("\n")) assert.ok(shapes.includes(shapeOf(line)), line);
  });

  it("draws wires to the pins that the firmware takes", () => {
    const [first, second] = WIRING.split("ESP8266");
    for (const [drawing, { i2c }] of [
      [first!, BOARDS.esp32],
      [second!, BOARDS.esp8266],
    ] as const) {
      const drawn = [...drawing.matchAll(/(\w+) ├─+┤ (\w+)/g)];
      const wires = Object.fromEntries(drawn.map(([, from, to]): [string, string] => [to!, from!]));
      assert.deepEqual(wires, { VIN: "3V3", GND: "GND", SCL: i2c.clock, SDA: i2c.data });
    }
  });

  it("makes the command by scripts that there are", () => {
    assertScripts(INSTALL);
    // The desk was set up by the rest: build/package.mjs, and the same `npm install`.
    assert.equal(scripts["prepack"], "npm run build && node build/package.mjs");
    assert.equal(npmCommands(INSTALL).at(-1), "npm install --global .");
  });

  it("flashes what was downloaded", async () => {
    const downloads = createDownloads();
    try {
      const name = /\S+\.tgz/.exec(FLASH)![0];
      desk.write(name, readFileSync(await downloads.archive(name, esp8266Files())));
      const { code, said } = await desk.run(`${FLASH.trim()} --dry-run`);
      assert.equal(code, 0, said);
      assert.match(said, /ESP8266/);
    } finally {
      downloads.remove();
    }
  });

  it("gets from an empty folder to an acknowledged reading, and shows what the command prints", async () => {
    const made = await desk.run(INIT);
    assert.equal(made.code, 0, made.said);
    assert.doesNotMatch(desk.read("node.json"), /tomatoes/);
    assert.match(desk.read(".gitignore"), /secrets/);
    const { code, said } = await desk.run(UPLOAD);
    assert.equal(code, 0, said);
    assert.equal(shapeOf(said), shapeOf(UPLOADED));
    const bytes = (text: string): number =>
      Number(/program: ([\d ]+) bytes/.exec(text)![1]!.replace(" ", ""));
    assert.ok(Math.abs(bytes(UPLOADED) / bytes(said) - 1) < 0.05, `${bytes(said)} bytes`);
  });

  it("shows what a subscriber hears of that node then", async () => {
    assert.match(LISTEN, /^mosquitto_sub -h 192\.168\.1\.10 -v -t 'ristretto\/#'\n$/);
    const world = createWorld();
    try {
      const config = JSON.parse(CONFIG) as { wifi: object; broker: { host: string } };
      Object.assign(world.accessPoint, config.wifi);
      const server = createServer(world, config.broker.host);
      const storage = { "config.json": CONFIG, ".bootcde": bundle("esp8266.min.js") };
      const board = world.board({ board: "ESP8266", storage });
      board.i2c.attach(0x76, createBme280Model({ now: () => board.time() }));
      board.powerOn();
      const told = (): string[] => server.published().filter((line) => line.startsWith("ristretto/"));
      await world.runUntil(() => told().some((line) => line.includes("/diag ")));
      assert.equal(shapeOf(told().join("\n")), shapeOf(HEARD.trimEnd()));
      assert.equal(told()[0], HEARD.split("\n")[0]);
      assert.deepEqual(board.uncaught, []);
    } finally {
      world.close();
    }
  });

  it("shows a sensor whose readings are refined as it says", async () => {
    const config = {
      board: "esp32",
      ...(JSON.parse(CONFIG) as object),
      sensors: [JSON.parse(REFINED) as object],
    };
    desk.write("refined.json", JSON.stringify(config));
    const { code, said } = await desk.run("ristretto upload refined.json --port simulated");
    assert.equal(code, 0, said);
    assert.match(
      said,
      /acknowledged: bme280 \{"temperature":21\.11,"pressure":1014\.\d+,"humidity":[\d.]+,"sea_level_pressure":\d+,"altitude":-?[\d.]+,"dew_point":[\d.]+\}/,
    );
  });

  it("puts many nodes on their boards by one template, each with a name and passwords of its own", async () => {
    desk.write("template.json", TEMPLATE);
    desk.write("nodes.csv", "bed-017,simulated,first secret\nbed-018,simulated,other secret\n");
    const { code, said } = await desk.run(MANY, { WIFI_PASSWORD: "tomatoes and basil" });
    assert.equal(code, 0, said);
    assert.equal(said, "");
    for (const [name, password] of [
      ["bed-017", "first secret"],
      ["bed-018", "other secret"],
    ] as const) {
      const { base, broker } = JSON.parse(desk.read(`${name}.json`)) as Record<string, unknown>;
      assert.deepEqual([base, broker], [`greenhouse/${name}`, { host: "192.168.1.10", username: name }]);
      assert.ok(desk.read(`${name}.secrets.json`).includes(password));
      const log = desk.read(`${name}.log`);
      assert.doesNotMatch(log, /secret"|tomatoes/);
      assert.match(log.trim().split("\n").at(-1)!, /^\{"event":"end".*"reading":/);
    }
    desk.write("nodes.csv", "bed-019,tcp://127.0.0.1:1,secret\n");
    assert.match((await desk.run(MANY, { WIFI_PASSWORD: "tomatoes" })).said, /^bed-019: failed at stage 3$/m);
  });

  withProgram("README's lines for mosquitto", mosquitto, true, (path) => {
    it("let in who has an account, and nobody else", async () => {
      const login = { username: "bed-017", password: "first secret" };
      assert.match(BROKER, /^listener 1883\npassword_file \S+\n$/);
      // The password file is the test's own; so is the port.
      const broker = await startMosquitto(path, "", login);
      try {
        const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, login);
        await client.endAsync();
        const stranger = mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { reconnectPeriod: 0 });
        await assert.rejects(stranger, /Not authorized/);
      } finally {
        await broker.stop();
      }
    });

    it("keep each account to its node's topics", async () => {
      desk.write("access", ACCESS);
      const broker = await startMosquitto(path, `allow_anonymous true\nacl_file ${desk.folder}/access`);
      const enter = (username: string) =>
        mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, { username, password: "any" });
      const own = await enter("bed-017");
      const other = await enter("bed-018");
      try {
        const heard: string[] = [];
        other.on("message", (topic) => void heard.push(topic));
        await other.subscribeAsync("#", { qos: 1 });
        await own.publishAsync("greenhouse/bed-018/cmd/restart", "", { qos: 1 });
        await own.publishAsync("greenhouse/bed-017/status", "online", { qos: 1 });
        await other.publishAsync("greenhouse/bed-018/status", "online", { qos: 1 });
        const last = new Promise((resolve) => other.once("message", resolve));
        await other.publishAsync("greenhouse/bed-018/cmd/read", "", { qos: 1 });
        await last;
        assert.deepEqual(heard, ["greenhouse/bed-018/cmd/read"]);
      } finally {
        await own.endAsync(true);
        await other.endAsync(true);
        await broker.stop();
      }
    });
  });

  it("names commands for who develops it that there are", () => {
    assertScripts(DEVELOP);
  });

  it("leads somewhere with every link", () => {
    assert.deepEqual(deadLinks(page.path), []);
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
