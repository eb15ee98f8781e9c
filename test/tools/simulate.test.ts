import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import mqtt from "mqtt";
import type { TimedEvent } from "../../tools/events.ts";
import { run, simulateLive } from "../support/command.ts";
import type { Running } from "../support/command.ts";

/** A port that something listens on until `close`. */
async function takenPort(
  meet = (socket: Socket): unknown => socket.destroy(),
): Promise<{ port: number; close(): void }> {
  const server = createServer(meet);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => void server.close() };
}

const acknowledgedStatus = (event: TimedEvent): boolean =>
  event.event === "acknowledge" && event.topic.endsWith("/status") && event.payload === "online";
const isReading = (event: TimedEvent): boolean =>
  event.event === "acknowledge" && event.topic.endsWith("/bme280/temperature");

describe("ristretto simulate", function () {
  this.timeout(60000);
  let live: Running | undefined;

  function simulate(...args: string[]): Running {
    live = simulateLive("--period", "1", "--keepalive", "1", ...args);
    return live;
  }

  afterEach(async () => {
    await live?.quit();
    live = undefined;
  });

  for (const board of ["esp32", "esp8266"]) {
    it(`ends well on ${board} when every quantity arrived and was acknowledged`, async () => {
      const { code, stdout, stderr } = await run(
        "simulate",
        "--board",
        board,
        "--port",
        "0",
        "--period",
        "1",
        "--seconds",
        "5",
        "--json",
      );
      const events = stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as TimedEvent);
      assert.equal(code, 0, stdout + stderr);
      for (const kind of ["receive", "acknowledge"] as const) {
        const topics = new Set(
          events.flatMap((event) =>
            event.event === kind ? [event.topic.split("/").slice(2).join("/")] : [],
          ),
        );
        for (const topic of ["status", "state", "bme280/temperature", "bme280/pressure", "bme280/humidity"]) {
          assert.ok(topics.has(topic), `${kind} of ${topic}`);
        }
      }
      assert.equal(events.at(-1)?.event, "end");
    });
  }

  it("runs an example's sensors, each on its place at the board, and what is derived from them", async () => {
    const args = ["--port", "0", "--period", "2", "--seconds", "8"];
    for (const [example, pattern] of [
      ["bme280", /bme280\/sea_level_pressure \d+(\.\d+)? hPa QoS 1/],
      ["ds18b20", /return\/temperature +\d+(\.\d+)? °C QoS 1/],
    ] as const) {
      const { code, stdout, stderr } = await run("simulate", "--config", `examples/${example}.json`, ...args);
      assert.equal(code, 0, stdout + stderr);
      assert.match(stdout, pattern);
    }
  });

  it("draws a timeline for people", async () => {
    const { code, stdout } = await run("simulate", "--port", "0", "--seconds", "4");
    assert.equal(code, 0, stdout);
    assert.match(stdout, /A simulated ESP32 runs the firmware; broker 127\.0\.0\.1:\d+ \(in this process\)/);
    assert.match(stdout, /CONNACK accepted/);
    assert.match(stdout, /bme280\/temperature +\d+(\.\d+)? °C QoS 1 ✓ acknowledged in \d+ ms/);
    assert.match(stdout, /\d+ readings acknowledged\.\n$/);
  });

  it("shows the last will when the plug is pulled, to any subscriber, and the board comes back", async () => {
    const running = simulate();
    const started = await running.until(({ event }) => event === "start");
    assert.ok(started.event === "start");
    const subscriber = await mqtt.connectAsync(`mqtt://${started.broker}`);
    try {
      const heard: string[] = [];
      const backAgain = new Promise<void>((resolve) => {
        subscriber.on("message", (_topic, payload) => {
          if (payload.toString() !== heard.at(-1)) heard.push(payload.toString());
          if (heard.length === 3) resolve();
        });
      });
      await subscriber.subscribeAsync(`${started.base}/status`);
      await running.until(acknowledgedStatus);
      running.press("p");
      await running.until(({ event }) => event === "will");
      await backAgain;
      assert.deepEqual(heard, ["online", "offline", "online"]);
    } finally {
      subscriber.end(true);
    }
  });

  it("survives the broker going and coming", async () => {
    const running = simulate();
    await running.until(isReading);
    running.press("b");
    await running.until((event) => event.event === "console" && event.text.startsWith("MQTT: "));
    running.press("b");
    await running.until(acknowledgedStatus);
    await running.until(isReading);
  });

  it("survives Wi-Fi going and coming", async () => {
    const running = simulate();
    await running.until(isReading);
    running.press("w");
    await running.until((event) => event.event === "console" && event.text.includes("is not there"));
    running.press("w");
    await running.until(acknowledgedStatus);
    await running.until(isReading);
  });

  it("shows a broken sensor as an error, and its mending", async () => {
    const running = simulate();
    const error = (fault: string) => (event: TimedEvent) =>
      event.event === "receive" &&
      event.topic.endsWith("/error") &&
      event.payload.includes(`"fault":${fault}`);
    await running.until(isReading);
    running.press("s");
    await running.until(error('"absent"'));
    running.press("s");
    await running.until(error("null"));
    await running.until(isReading);
  });

  it("uses a broker that runs already", async () => {
    const first = simulate();
    const started = await first.until(({ event }) => event === "start");
    assert.ok(started.event === "start");
    const { code, stdout } = await run(
      "simulate",
      "--broker",
      started.broker,
      "--period",
      "1",
      "--seconds",
      "5",
    );
    assert.equal(code, 0, stdout);
    assert.match(stdout, /\(yours\)/);
  });

  it("never prints the password", async () => {
    const { stdout, stderr } = await run(
      "simulate",
      "--port",
      "0",
      "--username",
      "me",
      "--password",
      "s3cret!",
      "--seconds",
      "3",
      "--json",
    );
    assert.doesNotMatch(stdout + stderr, /s3cret!|tomatoes and basil/);
  });

  describe("says in one line what is wrong, and fails:", () => {
    async function complains(pattern: RegExp, ...args: string[]): Promise<void> {
      const { code, stdout, stderr } = await run("simulate", ...args);
      assert.notEqual(code, 0);
      assert.equal(stdout, "");
      assert.match(stderr, pattern);
      assert.equal(stderr.trim().split("\n").length, 1, stderr);
    }

    it("a taken port", async () => {
      const taken = await takenPort();
      await complains(/^Port \d+ is taken; choose another with --port/, "--port", String(taken.port));
      taken.close();
    });

    it("a broker that is not there", async () => {
      const gone = await takenPort();
      gone.close();
      await complains(/cannot be used: nothing answers there/, "--broker", `127.0.0.1:${gone.port}`);
    });

    for (const [how, hangUp] of [
      ["ends the connection", (socket: Socket) => socket.destroy()],
      ["resets it", (socket: Socket) => socket.resetAndDestroy()],
    ] as const) {
      it(`a broker that ${how}`, async () => {
        const rude = await takenPort(hangUp);
        try {
          await complains(/cannot be used: it closed the connection/, "--broker", `127.0.0.1:${rude.port}`);
        } finally {
          rude.close();
        }
      });
    }

    it("a configuration that is not there", () =>
      complains(
        /^The configuration nowhere\.json cannot be read: it is not there\.$/m,
        "--config",
        "nowhere.json",
      ));
    it("a configuration that is not JSON", () =>
      complains(/^README\.md is not JSON\.$/m, "--config", "README.md"));
    it("a configuration without sensors", () =>
      complains(/^package\.json names no sensors/, "--config", "package.json"));
    it("an unknown option", () => complains(/unknown option '--bord'/, "--bord", "esp32"));
    it("an unknown board", () =>
      complains(/Allowed choices are esp32, esp32c3, esp32s3, esp8266/, "--board", "esp31"));
    it("a number that is none", () =>
      complains(/It must be a whole number from 1 to 86400/, "--seconds", "soon"));
    it("a broker that is no host", () => complains(/It must be host or host:port/, "--broker", "a:b:c"));
  });

  it("explains itself with --help", async () => {
    const { code, stdout } = await run("simulate", "--help");
    assert.equal(code, 0);
    for (const option of ["--board", "--config", "--broker", "--seconds", "--json", "--port"])
      assert.ok(stdout.includes(option), option);
  });
});
