/** `ristretto send`, from its command line to simulated nodes and back, through a broker that thinks for itself. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { startBroker } from "../../tools/broker.ts";
import type { EmbeddedBroker } from "../../tools/broker.ts";
import type { SimulationEvent } from "../../tools/events.ts";
import { EXIT } from "../../tools/exit-code.ts";
import { splitWords } from "../../tools/send/send.ts";
import { tableOf } from "../../tools/send/table.ts";
import { createSimulation } from "../../tools/simulation.ts";
import type { Simulation } from "../../tools/simulation.ts";
import { startAedes } from "../support/aedes.ts";
import { bundle } from "../support/bundles.ts";
import { assertLine, run } from "../support/command.ts";

const KEY = "correct horse battery staple";

describe("ristretto send", function () {
  this.timeout(120_000);
  let folder: string;
  let broker: EmbeddedBroker;
  const nodes: Simulation[] = [];
  const file = (name: string): string => join(folder, name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ristretto-"));
    broker = await startBroker(0);
  });

  afterEach(() => {
    for (const node of nodes.splice(0)) node.close();
  });

  after(async () => {
    rmSync(folder, { recursive: true, force: true });
    await broker.close();
  });

  /** Writes a configuration for a node at the broker, with its secrets. */
  function write(name: string, more: object = {}, key?: string): string {
    const config = {
      board: "esp8266",
      wifi: { ssid: "home" },
      broker: { host: "127.0.0.1", port: broker.port },
      base: `house/${name}`,
      ...more,
    };
    writeFileSync(file(`${name}.json`), JSON.stringify(config));
    writeFileSync(file(`${name}.secrets.json`), JSON.stringify(key === undefined ? {} : { key }));
    return file(`${name}.json`);
  }

  /** Starts a node of that name, and waits until it hears commands; gives all that happens to it. */
  async function begin(
    name: string,
    key?: string,
    board: "esp32" | "esp8266" = "esp8266",
  ): Promise<SimulationEvent[]> {
    const events: SimulationEvent[] = [];
    // Boards of several worlds have the same id.
    const place = { host: "127.0.0.1", port: broker.port, clientId: name };
    await new Promise<void>((resolve) => {
      const node = createSimulation({
        board,
        firmware: bundle(`${board}.min.js`),
        broker: place,
        config: {
          base: `house/${name}`,
          sensors: [{ type: "bme280" }],
          ...(key === undefined ? {} : { key }),
        },
        period: 3600,
        keepalive: 60,
        seed: 1,
        emit(event) {
          events.push(event);
          if (event.event === "publish" && event.topic === `house/${name}/diag`) resolve();
        },
      });
      nodes.push(node);
      node.powerOn();
    });
    return events;
  }

  const published = (events: SimulationEvent[], topic: string): string[] =>
    events.flatMap((one) => (one.event === "publish" && one.topic === topic ? [one.payload] : []));

  for (const board of ["esp32", "esp8266"] as const)
    it(`has a node with a key obey, on an ${board}`, async () => {
      const config = write("hall", { board }, KEY);
      const events = await begin("hall", KEY, board);
      const read = await run("send", config, "read");
      assert.deepEqual([read.code, read.stdout], [0, `✓ ${config}: read obeyed\n`], read.stderr);
      const period = await run("send", config, "period", "30", "--json");
      assert.deepEqual(JSON.parse(period.stdout), {
        ...{ event: "answer", file: config, command: "period", argument: "30", ok: true, text: "obeyed" },
        exitCode: 0,
      });
      assert.deepEqual(published(events, "house/hall/cmd/result"), [
        '{"command":"read","ok":true}',
        '{"command":"period","ok":true,"period":30}',
      ]);
      assert.equal((await run("send", config, "restart")).code, 0);
      assert.doesNotMatch(JSON.stringify(events), /horse/);
    });

  it("has one without a key obey what is not signed", async () => {
    await begin("cellar");
    const { code, stdout } = await run("send", write("cellar"), "read");
    assert.equal(code, 0, stdout);
  });

  it("says what a node refuses, and that it has another key", async () => {
    await begin("attic", KEY);
    for (const key of ["another horse battery", undefined]) {
      const { code, stdout } = await run("send", write("attic", {}, key), "read", "--timeout", "2");
      assert.equal(code, EXIT.NODE);
      assert.doesNotMatch(stdout, /horse/);
      if (key)
        assert.match(stdout, /^! .*attic\.json: read refused: not signed with the key of this node\n$/);
      // A minute has not passed, so the node says nothing.
      else assert.match(stdout, /no answer within 2 s\n$/);
    }
  });

  it("says at once that a node is offline, and sends nothing", async () => {
    const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    const heard: string[] = [];
    client.on("message", (topic) => heard.push(topic));
    await client.publishAsync("house/shed/status", "offline", { retain: true, qos: 1 });
    await client.subscribeAsync("house/shed/cmd/#");
    const { code, stdout } = await run("send", write("shed"), "restart", "--timeout", "60");
    await client.endAsync();
    assert.equal(code, EXIT.NODE);
    assert.match(stdout, /shed\.json: restart offline: the broker has lost it, and nothing was sent\n$/);
    assert.deepEqual(heard, []);
  });

  it("gives up on a node that does not answer, and on a broker that is not there", async () => {
    const silent = await run("send", write("garden"), "read", "--timeout", "1");
    assert.equal(silent.code, EXIT.NODE);
    assert.match(silent.stdout, /garden\.json: read no answer within 1 s\n$/);
    const absent = await run("send", write("barn", { broker: { host: "127.0.0.1", port: 1 } }), "read");
    assert.equal(absent.code, EXIT.BROKER);
    assert.match(absent.stdout, /The broker 127\.0\.0\.1:1 cannot be used: nothing answers there\n$/);
    const elsewhere = await run(
      "send",
      file("barn.json"),
      "read",
      "--timeout",
      "1",
      "--broker",
      `127.0.0.1:${broker.port}`,
    );
    assert.equal(elsewhere.code, EXIT.NODE);
  });

  it("uses the credentials of the node, or those that are given", async () => {
    const closed = await startAedes({ username: "hall", password: "s3cret" });
    const config = write("door", {
      broker: { host: "127.0.0.1", port: closed.port, username: "hall", password: "s3cret" },
    });
    assert.equal((await run("send", config, "read", "--timeout", "1")).code, EXIT.NODE);
    assert.deepEqual(closed.published, ["house/door/cmd/read now"]);
    const wrong = await run("send", config, "read", "--username", "me", "--password", "gu3ss");
    assert.equal(wrong.code, EXIT.BROKER);
    assert.doesNotMatch(wrong.stdout + wrong.stderr, /s3cret|gu3ss/);
    await closed.stop();
  });

  it("speaks to many nodes, and ends with a table of 80 columns and the worst exit code", async () => {
    await Promise.all([begin("one", KEY), begin("two", KEY, "esp32")]);
    const files = [
      write("one", {}, KEY),
      write("two", { board: "esp32" }, KEY),
      write("three-with-a-name-that-is-longer-than-a-line-of-eighty-columns-has-room-for"),
      write("four", { broker: { host: "127.0.0.1", port: 1 } }),
      file("five.json"),
    ];
    const { code, stdout } = await run("send", ...files, "period", "60", "--timeout", "2");
    assert.equal(code, EXIT.NODE);
    const lines = stdout.trim().split("\n");
    assert.equal(lines.length, 6);
    for (const line of lines) assert.ok(line.length <= 80, line);
    assert.match(lines[0]!, /^✓ \S*one\.json +obeyed$/);
    assert.match(lines[1]!, /^✓ \S*two\.json +obeyed$/);
    assert.match(lines[2]!, /^! …\S+room-for\.json +no answer within 2 s$/);
    assert.match(lines[3]!, /^! \S*four\.json +The broker/);
    assert.match(lines[4]!, /^! \S*five\.json +There is no configuration/);
    assert.equal(lines[5], "2 of 5 obeyed.");
  });

  it("needs a base, and takes it from the command line", async () => {
    const config = write("roof", { base: undefined });
    const without = await run("send", config, "read");
    assert.equal(without.code, EXIT.CONFIGURATION);
    assert.match(
      without.stdout,
      /has no base, which is ristretto\/ and the board's id then\. Give it with --base;/,
    );
    await begin("roof");
    const given = await run("send", config, "read", "--base", "house/roof");
    assert.equal(given.code, 0, given.stdout);
    const two = await run("send", config, write("wall"), "read", "--base", "house/roof");
    assertLine(two, 1, /--base is for one node/);
  });

  for (const [words, pattern] of [
    [["hall.json"], /Which command\? It is read, restart, or period and a number\./],
    [["hall.json", "reed"], /Which command\?/],
    [["hall.json", "period"], /How long a period\?/],
    [["hall.json", "period", "0"], /from 1 to 86400/],
    [["hall.json", "period", "86401"], /from 1 to 86400/],
    [["hall.json", "period", "1.5"], /from 1 to 86400/],
  ] as const)
    it(`refuses ${words.join(" ")}`, () => {
      assert.throws(() => splitWords(words), pattern);
    });

  it("takes node.json where no file is named, and files of any number", () => {
    assert.deepEqual(splitWords(["read"]), { files: ["node.json"], command: "read", argument: "" });
    assert.deepEqual(splitWords(["a.json", "b.json", "period", "30"]), {
      files: ["a.json", "b.json"],
      command: "period",
      argument: "30",
    });
  });

  it("keeps a table of four hundred in the order of their names, failures last", () => {
    const answers = Array.from(
      { length: 400 },
      (_, nth) => [`node-${nth}.json`, { exitCode: nth % 2 ? 10 : 0, text: "x".repeat(200) }] as const,
    );
    const lines = tableOf(answers);
    assert.equal(lines.length, 401);
    assert.ok(lines.every((line) => line.replace(/\x1b\[\d+m/g, "").length <= 80));
    assert.match(lines[0]!, /node-0\.json/);
    assert.match(lines[200]!, /node-1\.json/);
    assert.equal(lines[400], "200 of 400 obeyed.");
  });
});
