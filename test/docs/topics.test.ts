/** docs/topics.md: what it shows is what the firmware publishes, word for word. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { formatReading } from "../../hw/reading.ts";
import { matches } from "../../src/topic.ts";
import type { NodeFile, NodeSensor } from "../../tools/configuration/node.ts";
import { DEFINITIONS } from "../../tools/schema/refinement.ts";
import { startMosquitto } from "../support/brokers.ts";
import { mosquitto, withProgram } from "../support/engines.ts";
import { openPage } from "../support/page.ts";
import { count, publishes } from "../support/server.ts";
import { deadLinks, doubleAnchors } from "./links.ts";
import { nodeOf, play } from "./played.ts";
import type { Played } from "./played.ts";

const PATH = "docs/topics.md";
const page = openPage(PATH);
const node = nodeOf(JSON.parse(page.block("json", 0)));
const base = node.base!;

const linesOf = (block: string): string[] => block.trimEnd().split("\n");
/** The nth exchange of the page. */
const shown = (nth: number): string[] => linesOf(page.block("", nth));

/** The version is that of the release, whenever the page was written. */
const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const released = (line: string): string => line.replace(/"version":"[^"]*"/, `"version":"${version}"`);

/** Asserts that lines stand in others, in order; in between may be more. */
function assertWithin(all: readonly string[], expected: readonly string[]): void {
  let at = 0;
  for (const line of expected) {
    const found = all.indexOf(line, at);
    assert.ok(found >= 0, `not there, or not then: ${line}\n${all.slice(at).join("\n")}`);
    at = found + 1;
  }
}

/** The rows of a table of the page that follows a heading, or its beginning: the cells of each, without backticks. */
function rowsOf(heading: string): string[][] {
  const [, text] = page.text.split(`\n## ${heading}\n`);
  const [, rows] = /^\|[-| ]+\|\n((?:\|.*\n)+)/m.exec(heading ? text! : page.text)!;
  return linesOf(rows!).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
/** All that stands in backticks. */
const coded = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text]) => text!);

const without = (): NodeFile => ({ ...node, values: false });

async function pull({ parts, until }: Played): Promise<void> {
  await until("/state ");
  parts[0]!.setBroken(true);
  await until('"fault":"absent"');
  parts[0]!.setBroken(false);
  await until('"fault":null');
  await until("/state ", 2);
}

describe(PATH, () => {
  it("leads everywhere it points to", () => {
    assert.deepEqual(deadLinks(PATH), []);
    assert.deepEqual(doubleAnchors(PATH), []);
  });

  const [online, first, timed] = [shown(0), shown(1), shown(2)];

  it("shows what comes first, and the first minute", () =>
    play(node, async ({ until, lines }) => {
      await until("/state ", 2);
      assert.deepEqual(lines().slice(0, first.length), first.map(released));
      assert.deepEqual(lines().slice(0, 1), online);
    }));

  it("shows readings with the time of day", () =>
    play({ ...node, ntp: "pool.ntp.org" }, async ({ until, lines }) => {
      await until("/state ", 2);
      assertWithin(lines(), timed);
    }));

  const sensors = JSON.parse(page.block("json", 1)) as NodeSensor[];
  const several = shown(3);

  it("shows readings of several sensors", () =>
    play(nodeOf({ ...without(), sensors }), async ({ until, lines, parts }) => {
      parts[1]!.expose({ temperature: 19, pressure: 0, humidity: 0 });
      await until("/state ", 4);
      assertWithin(lines(), several);
    }));

  const values = shown(4);

  it("shows single values, which are there with `values` alone", async () => {
    await play(node, async ({ until, lines }) => {
      await until("/humidity ");
      assertWithin(lines(), values);
    });
    await play(without(), async ({ until, lines }) => {
      await until("/state ", 2);
      assert.ok(!lines().some((line) => line.includes("/bme280/")));
    });
  });

  const faults = shown(5);

  it("shows a fault, once, and its end", () =>
    play(node, async (played) => {
      await pull(played);
      await played.world.runFor(1000);
      const lines = played.lines();
      assert.deepEqual(lines.slice(lines.indexOf(faults[0]!)), faults);
    }));

  it("says all faults there are, once each", () => {
    const [, union] = /export type Fault =([^;]*);/.exec(readFileSync("hw/sensors/sensor.ts", "utf8"))!;
    const known = [...union!.matchAll(/"([^"]+)"/g)].map(([, name]) => name!);
    assert.deepEqual(
      rowsOf("error").flatMap(([name]) => coded(name!)),
      known,
    );
  });

  it("says all members of `diag`, in their order", () =>
    play(node, async ({ until, lines }) => {
      await until("/diag ");
      const diag = lines().find((line) => line.includes("/diag "))!;
      const members = Object.keys(JSON.parse(diag.slice(diag.indexOf("{"))) as object);
      assert.deepEqual(
        rowsOf("diag").flatMap(([name]) => coded(name!)),
        members,
      );
    }));

  it("says how finely each quantity is told", () => {
    const told = rowsOf("state").flatMap(([names, what]) => {
      const [, step] = /in steps of ([\d.]+)/.exec(what!) ?? [];
      return step === undefined ? [] : coded(names!).map((name) => [name, Number(step)] as const);
    });
    const derived = Object.keys(DEFINITIONS.derive!.properties!);
    const measured = Object.keys(DEFINITIONS.chain!.properties!);
    assert.deepEqual(told.map(([name]) => name).sort(), [...derived, ...measured].sort());
    for (const [name, step] of told) {
      assert.equal(Number(formatReading({ [name]: 4 * step }).split(":")[1]), 4 * step, name);
      assert.equal(formatReading({ [name]: step / 3 }), `"${name}":0`);
    }
  });

  const commands = shown(6);

  it("shows commands and their answers", () =>
    play(node, async ({ send, world, server, lines, until }) => {
      await until("/diag ");
      await world.runUntil(() => world.clock.now() >= 12_000);
      let seen = lines().length;
      for (const [nth, line] of commands.entries()) {
        if (!line.startsWith("→")) continue;
        const [, topic, payload = ""] = line.split(" ");
        send(topic!, payload);
        const next = commands.findIndex((one, at) => at > nth && one.startsWith("→"));
        const answers = commands.slice(nth + 1, next < 0 ? commands.length : next);
        await world.runUntil(() => lines().length >= seen + answers.length);
        assert.deepEqual(lines().slice(seen, seen + answers.length), answers);
        seen += answers.length;
      }
      assert.equal(server.connections.length, 2);
    }));

  it("says that a command which was retained is passed over", () =>
    play(node, async ({ send, world, lines, until }) => {
      await until("/diag ");
      send(`${base}/cmd/restart`, "", true);
      await world.runFor(20_000);
      assert.ok(!lines().some((line) => line.includes("/cmd/result")));
    }));

  const late = shown(7);

  it("shows readings that waited", () =>
    play(node, async ({ world, server, until, lines }) => {
      await until("/state ", 2);
      // Its acknowledgement arrives, too.
      await world.runFor(1000);
      const before = lines().length;
      world.network.refuse(node.broker.host, 1883, true);
      world.network.cut();
      await world.runFor(205_000);
      world.network.refuse(node.broker.host, 1883, false);
      await world.runUntil(() => server.connections.length === 2, 200_000);
      await until('"late":true', 3);
      assertWithin(lines().slice(before, before + late.length + 1), late);
    }));

  it("says in which order things come after each connect", () =>
    play(without(), async ({ world, server, until }) => {
      const [, list] = page.text.split("\n## After each connect\n");
      assert.deepEqual(
        [...list!.split("\n## ")[0]!.matchAll(/^\d\. (.*)$/gm)].map(([, text]) => text),
        [
          "`status`;",
          "what was sent before and is not acknowledged, again;",
          "answers to commands, and what waits, one by one, or the first reading;",
          "the node subscribes to `cmd/#`;",
          "`diag`, and with Home Assistant's discovery the status of each sensor and its entities.",
        ],
      );
      await until("/diag ");
      // The next reading is not acknowledged, and then the connection is lost, until others wait.
      server.onPacket = (packet, connection) => {
        if (packet.cmd !== "publish") server.answer(packet, connection);
      };
      await until("/state ", 2);
      world.network.refuse(node.broker.host, 1883, true);
      world.network.cut();
      server.onPacket = (packet, connection) => {
        server.answer(packet, connection);
      };
      await world.runFor(150_000);
      world.network.refuse(node.broker.host, 1883, false);
      await until("/diag ", 2);
      const sent = publishes(server.connections[0]!).map(({ payload }) => payload.toString());
      const order = server.last.packets.map((packet) => {
        if (packet.cmd !== "publish") return packet.cmd;
        const isAgain = packet.topic.endsWith("/state") && sent.includes(packet.payload.toString());
        return `${packet.topic.split("/").at(-1)!}${isAgain ? " again" : ""}`;
      });
      assert.deepEqual(
        order.filter((one, nth) => order.indexOf(one) === nth),
        ["connect", "status", "state again", "state", "subscribe", "diag"],
      );
    }));

  it("says with which QoS, and whether retained, each is published", () => {
    const told = rowsOf("").flatMap(([topic, , qos, retained]) =>
      coded(topic!).map(
        (one) => [one.replace("SENSOR/QUANTITY", "bme280/temperature"), `${qos!} ${retained!}`] as const,
      ),
    );
    return play(node, async (played) => {
      await pull(played);
      played.send(`${base}/cmd/read`, "now");
      await played.until("/cmd/result");
      for (const [topic, how] of told) {
        if (topic.startsWith("cmd/") && topic !== "cmd/result") continue;
        const found = played.messages().filter((one) => one.topic === `${base}/${topic}`);
        assert.ok(found.length, topic);
        for (const { qos, retain } of found) assert.equal(`${qos} ${retain ? "yes" : "no"}`, how, topic);
      }
      assert.equal(count(played.server, "subscribe"), 1);
    });
  });

  const [listen, ask] = linesOf(page.block("sh"));

  it("shows commands for mosquitto that hear this node, and that it obeys", () =>
    play(node, async ({ send, until, lines }) => {
      const words = /^mosquitto_sub -h (\S+) -v -t '([^']+)'$/.exec(listen!)!;
      assert.equal(words[1], node.broker.host);
      await until("/diag ");
      for (const line of lines()) assert.ok(matches(words[2]!, line.split(" ")[1]!), line);
      const [, host, topic, payload] = /^mosquitto_pub -h (\S+) -t (\S+) -m (\S+)$/.exec(ask!)!;
      assert.equal(host, node.broker.host);
      send(topic!, payload!);
      await until('{"command":"read","ok":true}');
    }));

  const acl = shown(8);

  withProgram("mosquitto with the access list", mosquitto, true, (path) => {
    it("lets a node publish what is its own, and hear its commands", async () => {
      const login = { username: "hall", password: "secret" };
      const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
      writeFileSync(`${folder}/acl`, acl.join("\n") + "\n");
      const broker = await startMosquitto(path, `allow_anonymous false\nacl_file ${folder}/acl`, login);
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`, {
        ...login,
        protocolVersion: 5,
      });
      try {
        const may = async (topic: string): Promise<boolean> =>
          (await client.publishAsync(topic, "x", { qos: 1 }).catch(() => undefined)) !== undefined;
        assert.equal(await may(`${base}/status`), true);
        assert.equal(await may("house/cellar/status"), false);
        const hears = new Promise((resolve) => client.once("message", (topic) => resolve(topic)));
        await client.subscribeAsync(`${base}/cmd/#`, { qos: 0 });
        await client.publishAsync(`${base}/cmd/read`, "", { qos: 1 });
        assert.equal(await hears, `${base}/cmd/read`);
      } finally {
        client.end(true);
        await broker.stop();
        rmSync(folder, { recursive: true });
      }
    });
  });

  it("leaves no block untried", () => {
    assert.deepEqual(page.untried(), []);
  });
});
