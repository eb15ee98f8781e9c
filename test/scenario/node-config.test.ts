import assert from "node:assert/strict";
import { onBothBoards } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";

const STOPPED = "Not started. Correct config.json in Storage, then restart.";

/** The console after the line that names version and board. */
async function complaints(node: NodeBench): Promise<string[]> {
  await node.world.runFor(120_000);
  assert.match(node.board.console[0]!, /^ristretto \d+\.\d+\.\d+ on ESP(32|8266)\w*, id 30aea4000001$/);
  return node.board.console.slice(1);
}

/** Nothing of the board was changed, and whoever connects to it can correct the file. */
function assertReachable(node: NodeBench): void {
  assert.equal(node.board.telnet, "on");
  assert.equal(node.board.watchdog, undefined);
  assert.equal(node.board.powered, true);
  assert.equal(node.board.evaluate("1 + 1"), 2);
  assert.equal(node.board.evaluate('require("Wifi").getIP().ip'), "0.0.0.0");
  assert.equal(node.server.connections.length, 0);
}

const wifi = { ssid: "home", password: "secret-wifi" };
const broker = { host: "broker" };

const MISTAKES: ReadonlyArray<readonly [what: string, config: object, lines: readonly string[]]> = [
  ["a network without a name", { wifi: {}, broker }, ["wifi.ssid: must be a string of 1 to 32 bytes"]],
  [
    "a network that is no object",
    { wifi: "home", broker },
    ["wifi: must be an object", "wifi.ssid: must be a string of 1 to 32 bytes"],
  ],
  [
    "a network that is null",
    { wifi: null, broker },
    ["wifi: must be an object", "wifi.ssid: must be a string of 1 to 32 bytes"],
  ],
  [
    "a password that is too short",
    { wifi: { ssid: "home", password: "tiny-pw" }, broker },
    ["wifi.password: must be a string of 8 to 63 bytes"],
  ],
  [
    "a password that is a number",
    { wifi: { ssid: "home", password: 1234567890 }, broker },
    ["wifi.password: must be a string of 8 to 63 bytes"],
  ],
  [
    "a broker with a scheme",
    { wifi, broker: { host: "mqtt://broker" } },
    ["broker.host: must be a name or an address alone, without mqtt:// or a path"],
  ],
  [
    "a broker without a host",
    { wifi, broker: { port: 1883 } },
    ["broker.host: must be a string of 1 to 255 bytes"],
  ],
  [
    "wrong numbers",
    { wifi, broker: { host: "broker", port: 70000, keepalive: -1 }, period: 0.5 },
    [
      "broker.port: must be a whole number from 1 to 65535",
      "broker.keepalive: must be a whole number from 0 to 65535",
      "period: must be a whole number from 1 to 86400",
    ],
  ],
  [
    "a number as text",
    { wifi, broker: { host: "broker", port: "1883" } },
    ["broker.port: must be a whole number from 1 to 65535"],
  ],
  [
    "a password without a user name",
    { wifi, broker: { host: "broker", password: "hunter2hunter2" } },
    ["broker.username: is needed with a password"],
  ],
  [
    "flags that are none",
    { wifi, broker: { host: "broker", clean: "no" }, values: 1 },
    ["broker.clean: must be true or false", "values: must be true or false"],
  ],
  [
    "misspelt names",
    { wifi: { ...wifi, sssid: "home" }, broker: { host: "broker", user: "a" }, sensor: [] },
    [
      "sensor: unknown; known are wifi broker base period values sensors ntp queue",
      "wifi.sssid: unknown; known are ssid password",
      "broker.user: unknown; known are host port clientId username password keepalive clean",
    ],
  ],
  ["a base with a wildcard", { wifi, broker, base: "garden/#" }, ["base: must be a topic without + and #"]],
  ["an empty base", { wifi, broker, base: "" }, ["base: must be a topic without + and #"]],
  [
    "a queue out of bounds",
    { wifi, broker, queue: { limit: 0, bytes: 10, policy: "oldest" } },
    [
      "queue.limit: must be a whole number from 1 to 1000",
      "queue.bytes: must be a whole number from 64 to 65535",
      "queue.policy: must be drop-oldest or drop-newest",
    ],
  ],
  ["no sensor", { wifi, broker, sensors: [] }, ["sensors: must be a list of at least one sensor"]],
  [
    "a sensor that no driver is for",
    { wifi, broker, sensors: [{ type: "bme680" }] },
    ["sensors[0].type: must be one of bme280"],
  ],
  [
    "a sensor that is only a word",
    { wifi, broker, sensors: ["bme280"] },
    ["sensors[0]: must be an object", "sensors[0].type: must be one of bme280"],
  ],
  [
    "two sensors of one name",
    { wifi, broker, sensors: [{ type: "bme280" }, { type: "bme280", address: 119 }] },
    ["sensors[1].name: another sensor has it; give each a name of its own"],
  ],
  [
    "a sensor's name that no topic can have",
    { wifi, broker, sensors: [{ type: "bme280", name: "a/b" }] },
    ["sensors[0].name: must be letters, digits, _ and -"],
  ],
  [
    "a sensor at no address",
    { wifi, broker, sensors: [{ type: "bme280", address: 200, hz: 1 }] },
    [
      "sensors[0].hz: must be a whole number from 10000 to 400000",
      "sensors[0].address: must be a whole number from 8 to 119",
    ],
  ],
];

const SECRETS = ["secret-wifi", "tiny-pw", "1234567890", "hunter2hunter2"];

onBothBoards("a configuration that cannot work", (start, kind) => {
  for (const [what, config, lines] of MISTAKES) {
    it(`${what}: named by path and reason, and the board stays reachable`, async () => {
      const node = start({ config: JSON.stringify(config) });
      assert.deepEqual(await complaints(node), [...lines.map((line) => "config.json: " + line), STOPPED]);
      assertReachable(node);
      for (const secret of SECRETS) assert.equal(node.board.console.join("\n").includes(secret), false);
    });
  }

  it("a missing file: what is needed at least", async () => {
    const node = start({ on: false });
    node.board.storage.delete("config.json");
    node.board.powerOn();
    assert.deepEqual(await complaints(node), [
      "config.json: wifi.ssid: must be a string of 1 to 32 bytes",
      "config.json: broker.host: must be a string of 1 to 255 bytes",
      STOPPED,
    ]);
    assertReachable(node);
  });

  for (const [what, text] of [
    ["half a file", '{"wifi":{"ssid":"home","password":"secret-wifi"},"bro'],
    ["no JSON at all", "wifi = home, secret-wifi"],
    ["nothing but a bracket", "{"],
  ] as const) {
    it(`${what}: said to be no JSON, without showing it`, async () => {
      const node = start({ config: text });
      assert.deepEqual(await complaints(node), ["config.json: not JSON; write the whole file again"]);
      assertReachable(node);
      assert.equal(node.board.console.join("\n").includes("secret"), false);
    });
  }

  for (const text of ["null", "[]", '"text"', "7", "true"]) {
    it(`${text} as the whole file: not started, not thrown`, async () => {
      const node = start({ config: text });
      assert.ok((await complaints(node)).length > 0);
      assertReachable(node);
    });
  }

  it("corrected in Storage: the node starts with the next power-on", async () => {
    const node = start({ config: "{}" });
    await complaints(node);
    assertReachable(node);
    node.board.storage.set("config.json", JSON.stringify({ wifi, broker }));
    node.board.powerOff();
    node.board.powerOn();
    await node.untilOnline();
    assert.equal(node.board.telnet, "off");
    assert.equal(node.board.watchdog === undefined, kind === "ESP8266");
  });
});

onBothBoards("a configuration", (start) => {
  it("of two lines is enough: a reading a minute from a BME280", async () => {
    const node = start({ config: JSON.stringify({ wifi, broker }) });
    await node.untilPublished("state", 3, 180_000);
    const times = node.states().map(({ ts }) => ts!);
    assert.deepEqual([times[1]! - times[0]!, times[2]! - times[1]!], [60, 60]);
    const [connect] = node.server.packets;
    assert.ok(connect?.cmd === "connect");
    assert.equal(connect.keepalive, 60);
  });

  it("for an open network has no password", async () => {
    const node = start({ config: JSON.stringify({ wifi: { ssid: "home" }, broker }), on: false });
    node.world.accessPoint.password = "";
    node.board.powerOn();
    await node.untilOnline();
  });

  it("with every member at its limit is taken", async () => {
    const node = start({
      config: JSON.stringify({
        wifi: { ssid: "h".repeat(32), password: "p".repeat(63) },
        broker: {
          host: "broker",
          port: 1883,
          clientId: "c",
          username: "",
          password: "",
          keepalive: 65535,
          clean: false,
        },
        base: "b",
        period: 86400,
        values: true,
        ntp: "",
        queue: { limit: 1000, bytes: 65535, policy: "drop-newest" },
        sensors: [{ type: "bme280", name: "A-z_9", data: "D4", clock: "D5", hz: 400000, address: 119 }],
      }),
      on: false,
    });
    Object.assign(node.world.accessPoint, { ssid: "h".repeat(32), password: "p".repeat(63) });
    node.board.i2c.attach(119, node.sensor);
    node.board.powerOn();
    await node.world.runUntil(() => node.server.published().includes("b/A-z_9/temperature 20"));
    assert.equal(node.server.published()[0], "b/status online");
  });
});
