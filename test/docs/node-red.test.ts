/** docs/node-red.json: a flow of Node-RED that can be imported, and shows what nodes publish. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import mqtt from "mqtt";
import { matches } from "../../src/topic.ts";
import { startAedes } from "../support/aedes.ts";
import { findPort } from "../support/brokers.ts";
import { nodeRed, withProgram } from "../support/engines.ts";
import { nodeOf, play } from "./played.ts";

const TEXT = readFileSync("docs/node-red.json", "utf8");

interface FlowNode {
  id: string;
  type: string;
  z?: string;
  broker?: string;
  topic?: string;
  datatype?: string;
  func?: string;
  wires?: string[][];
  [name: string]: unknown;
}

interface Message {
  topic?: string;
  payload: unknown;
  [name: string]: unknown;
}

const flow = JSON.parse(TEXT) as FlowNode[];
const byType = (type: string): FlowNode[] => flow.filter((one) => one.type === type);

/** Node-RED as far as this flow needs it: messages from the broker through functions to whatever shows or sends them. */
function createFlow(): {
  /** A message of the broker comes. */
  receive(topic: string, text: string): void;
  /** The button of the first inject node. */
  press(): void;
  /** By the name of a function what stands below it. */
  readonly status: Map<string, string>;
  readonly shown: Message[];
  readonly sent: Message[];
} {
  const status = new Map<string, string>();
  const shown: Message[] = [];
  const sent: Message[] = [];
  const stores = new Map<string, Map<string, unknown>>();
  const store = (id: string): Map<string, unknown> => {
    if (!stores.has(id)) stores.set(id, new Map());
    return stores.get(id)!;
  };
  function go(from: FlowNode, message: Message): void {
    for (const id of from.wires![0]!)
      take(
        flow.find((one) => one.id === id)!,
        structuredClone(message),
      );
  }
  function take(to: FlowNode, message: Message): void {
    if (to.type === "debug") shown.push(message);
    else if (to.type === "mqtt out") sent.push(message);
    else {
      assert.equal(to.type, "function");
      // eslint-disable-next-line @typescript-eslint/no-implied-eval -- as Node-RED does
      const run = new Function("msg", "node", "context", "global", to.func!) as (
        ...given: unknown[]
      ) => unknown;
      const node = { status: ({ text }: { text: string }) => status.set(to.name as string, text) };
      const result = run(message, node, store(to.id), store("global"));
      const [first] = Array.isArray(result) ? (result as unknown[]) : [result];
      for (const one of Array.isArray(first) ? first : [first]) if (one) go(to, one as Message);
    }
  }
  return {
    status,
    shown,
    sent,
    receive(topic, text) {
      for (const one of byType("mqtt in"))
        if (matches(one.topic!, topic))
          go(one, { topic, payload: one.datatype === "json" ? (JSON.parse(text) as unknown) : text });
    },
    press: () => go(byType("inject")[0]!, { payload: "" }),
  };
}

const NODE = nodeOf({
  board: "esp8266",
  wifi: { ssid: "greenhouse" },
  broker: { host: "192.168.1.10" },
  sensors: [{ type: "bme280" }],
});

describe("docs/node-red.json", () => {
  it("is a flow of nodes that Node-RED has, each wired to others that are there", () => {
    const ids = flow.map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const known = ["tab", "mqtt-broker", "mqtt in", "mqtt out", "function", "debug", "inject"];
    const [tab] = byType("tab");
    const [broker] = byType("mqtt-broker");
    for (const { type, z, wires = [], broker: at, ...node } of flow) {
      assert.ok(known.includes(type), type);
      if (type === "tab" || type === "mqtt-broker") continue;
      assert.equal(z, tab!.id);
      assert.ok(typeof node.x === "number" && typeof node.y === "number");
      if (type.startsWith("mqtt ")) assert.equal(at, broker!.id);
      for (const id of wires.flat()) assert.ok(ids.includes(id), id);
    }
  });

  it("shows the readings of a node, its faults and whether it is online, and has it read", () =>
    play(NODE, async ({ board, messages, parts, until, send, world }) => {
      const flowing = createFlow();
      let seen = 0;
      const pass = (): void => {
        for (const { topic, payload } of messages().slice(seen)) flowing.receive(topic, payload.toString());
        seen = messages().length;
      };
      const base = `ristretto/${board.serial.replace("-", "")}`;
      await until("/state ");
      pass();
      assert.equal(flowing.status.get("who is online"), "1 online");
      assert.equal(
        flowing.status.get("one message per value"),
        "temperature 21.5, pressure 101324, humidity 47",
      );
      const values = flowing.shown.filter(({ topic }) => topic === `${base}/temperature`);
      assert.deepEqual(
        values.map(({ payload, late }) => [payload, late]),
        [[21.5, false]],
      );

      parts[0]!.setBroken(true);
      await until('"fault":"absent"');
      pass();
      assert.equal(flowing.status.get("what is wrong"), `${base}/bme280: absent`);
      parts[0]!.setBroken(false);
      await until('"fault":null');
      pass();
      assert.equal(flowing.status.get("what is wrong"), "all well");

      flowing.press();
      assert.deepEqual(flowing.sent, [{ topic: `${base}/cmd/read`, payload: "now" }]);
      send(flowing.sent[0]!.topic, "now");
      await until('{"command":"read","ok":true}');
      await world.runFor(1000);

      flowing.receive(`${base}/status`, "offline");
      assert.equal(flowing.status.get("who is online"), `offline: ${base}`);
    }));

  it("shows the readings of several sensors, each by its name, with the time they were taken at", () => {
    const flowing = createFlow();
    flowing.receive(
      "ristretto/a/state",
      '{"roof":{"temperature":21.5,"humidity":47},"ts":1767225600,"late":true}',
    );
    const time = "2026-01-01T00:00:00.000Z";
    assert.deepEqual(flowing.shown, [
      { topic: "ristretto/a/roof/temperature", payload: 21.5, time, late: true },
      { topic: "ristretto/a/roof/humidity", payload: 47, time, late: true },
    ]);
  });

  withProgram("Node-RED", nodeRed, false, (path) => {
    it("runs there", async function () {
      this.timeout(120_000);
      const folder = mkdtempSync(join(tmpdir(), "ristretto-"));
      const broker = await startAedes();
      const port = await findPort();
      const [own] = byType("mqtt-broker");
      const changed = flow.map((one) => {
        if (one === own) return { ...one, broker: "127.0.0.1", port: String(broker.port) };
        return one.type === "debug" ? { ...one, console: true } : one;
      });
      writeFileSync(join(folder, "flows.json"), JSON.stringify(changed));
      const settings = {
        uiHost: "127.0.0.1",
        uiPort: port,
        flowFile: "flows.json",
        telemetry: { enabled: false },
      };
      writeFileSync(join(folder, "settings.js"), `module.exports = ${JSON.stringify(settings)};`);
      const child = spawn(path, ["--userDir", folder], { stdio: ["ignore", "pipe", "pipe"] });
      let said = "";
      let look = (): void => undefined;
      child.stdout.on("data", (data) => {
        said += String(data);
        look();
      });
      const until = (text: string): Promise<void> =>
        new Promise((resolve, reject) => {
          look = () => {
            if (said.includes(text)) resolve();
          };
          child.once("exit", () => {
            reject(new Error(said));
          });
          look();
        });
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${broker.port}`);
      try {
        await until("Connected to broker");
        await client.subscribeAsync("ristretto/+/cmd/#");
        // Retained, because it may subscribe only after that.
        const kept = { qos: 1, retain: true } as const;
        await client.publishAsync("ristretto/a/status", "online", kept);
        await client.publishAsync("ristretto/a/state", '{"temperature":21.5,"uptime":1}', kept);
        await until("ristretto/a/temperature");
        const asked = new Promise((resolve) => client.once("message", resolve));
        await fetch(`http://127.0.0.1:${port}/inject/${byType("inject")[0]!.id}`, { method: "POST" });
        assert.equal(await asked, "ristretto/a/cmd/read");
      } finally {
        child.removeAllListeners("exit");
        client.end(true);
        child.kill();
        await once(child, "exit");
        await broker.stop();
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });
});
