/** Each configuration of examples/ on the board that `npm start -- --config` makes, with its broker, in real time. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { startBroker } from "../../tools/broker.ts";
import { readConfiguration } from "../../tools/configuration.ts";
import type { SimulationEvent } from "../../tools/events.ts";
import { createSimulation } from "../../tools/simulation.ts";
import { bundle } from "../support/bundles.ts";

const EXAMPLES = readdirSync("examples");

/** Runs an example until the broker acknowledged a value of every quantity that its sensors measure or derive. */
async function runExample(file: string): Promise<void> {
  const broker = await startBroker(0);
  const said: string[] = [];
  const missing = new Set<string>();
  let done = (): void => undefined;
  const simulation = createSimulation({
    board: "esp32",
    firmware: bundle("esp32.min.js"),
    broker: { host: "127.0.0.1", port: broker.port },
    config: readConfiguration(`examples/${file}`, { board: "esp32", warn: assert.fail }),
    period: 1,
    keepalive: 10,
    seed: 1,
    emit(event: SimulationEvent) {
      if (event.event === "console") said.push(event.text);
      if (event.event !== "acknowledge") return;
      missing.delete(event.topic.split("/").slice(2).join("/"));
      if (!missing.size) done();
    },
  });
  for (const [name, quantities] of Object.entries(simulation.expected))
    for (const quantity of quantities) missing.add(`${name}/${quantity}`);
  assert.ok(missing.size > 0);
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      done = resolve;
      timer = setTimeout(() => {
        reject(new Error(`${file}: no ${[...missing].join(", ")}\n${said.join("\n")}`));
      }, 60_000);
      simulation.powerOn();
    });
    // The clock that is set may spoil the one sample that is under way then: timers of an ESP32 follow it.
    const faults = said.filter((line) => /^[\w-]+: (?!healed|\{)[a-z-]+$/.test(line));
    assert.ok(faults.length <= 1, faults.join(", "));
  } finally {
    clearTimeout(timer);
    simulation.close();
    await broker.close();
  }
}

describe("examples", function () {
  this.timeout(90_000);

  // At once: a DHT22 alone takes six seconds.
  const runs = new Map<string, Promise<Error | undefined>>();
  before(() => {
    for (const file of EXAMPLES)
      runs.set(
        file,
        runExample(file).then(
          () => undefined,
          (error: unknown) => error as Error,
        ),
      );
  });

  for (const file of EXAMPLES) {
    it(`${file} runs: a value of each of its quantities reaches the broker`, async () => {
      const error = await runs.get(file);
      if (error) throw error;
    });
  }
});
