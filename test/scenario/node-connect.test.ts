import assert from "node:assert/strict";
import { onBothBoards, said } from "../support/node-world.ts";
import type { NodeBench } from "../support/node-world.ts";
import { connects } from "../support/server.ts";

const finite = (text: string): number => {
  assert.match(text, /^-?\d+(\.\d+)?$/);
  assert.notEqual(text, "-0");
  return Number(text);
};

onBothBoards("the first connection", (start, kind) => {
  it("opens with a CONNECT that carries the will and a client id made from the MAC [MQTT-3.1.0-1] [MQTT-3.1.2-8]", async () => {
    const node = start();
    await node.untilOnline();
    const [connect] = connects(node.server);
    assert.ok(connect?.will);
    assert.equal(node.server.packets[0], connect);
    assert.equal(connect.protocolId, "MQTT");
    assert.equal(connect.protocolVersion, 4);
    assert.equal(connect.clientId, "ristretto-30aea4000001");
    assert.equal(connect.clean, true);
    assert.equal(connect.keepalive, 30);
    assert.equal(connect.will.topic, node.base + "/status");
    assert.equal(connect.will.payload.toString(), "offline");
    assert.equal(connect.will.qos, 1);
    assert.equal(connect.will.retain, true);
    assert.equal(connect.username, undefined);
    assert.equal(connect.password, undefined);
  });

  it("gives two boards of one configuration a client id and topics of their own", async () => {
    const node = start();
    const other = node.addBoard(kind);
    other.powerOn();
    await node.world.runUntil(() => connects(node.server).length === 2);
    assert.deepEqual(new Set(connects(node.server).map(({ clientId }) => clientId)).size, 2);
    assert.deepEqual(new Set(connects(node.server).map(({ will }) => will?.topic)).size, 2);
    assert.deepEqual(other.uncaught, []);
  });

  it("sends nothing but CONNECT before CONNACK", async () => {
    const node = start();
    node.server.onPacket = () => undefined;
    await node.world.runUntil(() => node.server.packets.length > 0);
    await node.world.runFor(20_000);
    assert.deepEqual(said(node.server.last), ["connect"]);
  });

  it("publishes `online` before all else, then what was measured meanwhile", async () => {
    const node = start({ config: { values: true } });
    await node.untilPublished("diag");
    const words = said(node.server.last);
    assert.deepEqual(words.slice(0, 5), [
      "connect",
      "publish status online",
      "publish bme280/temperature 20",
      `publish bme280/pressure ${node.payloads("bme280/pressure")[0]!}`,
      "publish bme280/humidity 50",
    ]);
    assert.match(words[5]!, /^publish state /);
    const [status] = node.messages("status");
    assert.equal(status!.qos, 1);
    assert.equal(status!.retain, true);
    assert.equal(status!.dup, false);
  });

  it("publishes readings at QoS 1, not retained, as rounded numbers near the truth", async () => {
    const node = start({ config: { values: true } });
    node.sensor.temperature = -7.12345;
    node.sensor.pressure = 98765.4;
    node.sensor.humidity = 33.333;
    await node.untilPublished("state");
    for (const [quantity, truth, tolerance, digits] of [
      ["temperature", -7.12345, 0.02, 2],
      ["pressure", 98765.4, 4, 0],
      ["humidity", 33.333, 0.2, 1],
    ] as const) {
      const [message] = node.messages("bme280/" + quantity);
      assert.equal(message!.qos, 1);
      assert.equal(message!.retain, false);
      const text = message!.payload.toString();
      assert.ok(Math.abs(finite(text) - truth) < tolerance, `${quantity} ${text}`);
      assert.ok((text.split(".")[1] ?? "").length <= digits, `${quantity} ${text}`);
      assert.equal(node.states()[0]![quantity], Number(text));
    }
    const [state] = node.messages("state");
    assert.equal(state!.qos, 1);
    assert.equal(state!.retain, false);
    assert.deepEqual(Object.keys(node.states()[0]!), ["temperature", "pressure", "humidity", "ts"]);
  });

  it("never writes -0", async () => {
    const node = start({ config: { values: true } });
    node.sensor.temperature = -0.003;
    await node.untilPublished("state", 2);
    assert.equal(node.payloads("bme280/temperature").at(-1), "0");
    assert.match(node.payloads("state").at(-1)!, /"temperature":0,/);
  });

  it("publishes single values only when they are wanted", async () => {
    const node = start();
    await node.untilPublished("state");
    assert.deepEqual(node.messages("bme280/temperature"), []);
  });

  it("publishes retained diagnostics, soon after the connection and every five minutes", async () => {
    const node = start();
    await node.untilPublished("diag");
    await node.world.runFor(900_000);
    const diagnostics = node.messages("diag");
    assert.equal(diagnostics.length, 4);
    for (const { retain } of diagnostics) assert.equal(retain, true);
    const { version, ip, reset, rssi, uptime, free, ...counts } = JSON.parse(
      node.payloads("diag")[3]!,
    ) as Record<string, unknown>;
    assert.match(String(version), /^\d+\.\d+\.\d+/);
    assert.equal(ip, "192.168.1.100");
    assert.equal(typeof reset, "string");
    assert.equal(rssi, -60);
    assert.ok(Number(uptime) > 895 && Number(uptime) < 910);
    assert.equal(free, node.board.freeVariables);
    assert.deepEqual(counts, { wifi_count: 1, mqtt_count: 1, resent: 0, lost: 0 });
  });

  it("takes a base, a client id, a name for the sensor and credentials from the configuration", async () => {
    const node = start({
      config: {
        base: "garden/shed",
        broker: { clientId: "shed", username: "alice", password: "hunter2hunter2" },
        sensors: [{ type: "bme280", name: "air" }],
        values: true,
      },
    });
    await node.world.runUntil(() =>
      node.server.published().some((line) => line.startsWith("garden/shed/state ")),
    );
    const [connect] = connects(node.server);
    assert.equal(connect!.clientId, "shed");
    assert.equal(connect!.will!.topic, "garden/shed/status");
    assert.equal(connect!.username, "alice");
    assert.equal(connect!.password!.toString(), "hunter2hunter2");
    assert.ok(node.server.published().includes("garden/shed/air/temperature 20"));
  });

  it("closes the telnet console and starts the watchdog where there is one", async () => {
    const node = start();
    await node.untilOnline();
    assert.equal(node.board.telnet, "off");
    assert.deepEqual(node.board.watchdog, kind === "ESP32" ? { timeout: 60, automatic: true } : undefined);
  });
});

const REFUSALS = [
  [1, "the broker does not speak MQTT 3.1.1"],
  [2, "the broker refuses broker.clientId"],
  [3, "the broker is there but not available"],
  [4, "bad user name or password; see broker.username, broker.password"],
  [5, "not authorized; the broker wants other credentials or denies this client"],
] as const;

const SECRETS = ["secret-wifi", "alice", "hunter2hunter2"];

function assertSecretsKept(node: NodeBench): void {
  const shown = [...node.board.console, ...node.server.published()].join("\n");
  for (const secret of SECRETS) assert.equal(shown.includes(secret), false, `${secret} was told`);
}

onBothBoards("a refused connection", (start) => {
  for (const [returnCode, words] of REFUSALS) {
    const long = returnCode !== 3;
    const wait = long ? "two minutes" : "moments";

    it(`with return code ${returnCode} says why, publishes nothing, and is tried again after ${wait}`, async () => {
      const node = start({ config: { broker: { username: "alice", password: "hunter2hunter2" } } });
      node.server.onPacket = (packet, connection) => {
        if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode, sessionPresent: false });
      };
      const line = await node.untilPrinted("MQTT: ");
      assert.ok(line.startsWith("MQTT: " + words), line);
      assert.match(line, long ? /next attempt in 120 s$/ : /next attempt in 1 s$/);
      const refusedAt = node.world.clock.now();
      await node.world.runUntil(() => connects(node.server).length === 2, 130_000);
      const waited = node.world.clock.now() - refusedAt;
      if (long) assert.ok(waited > 118_000, `waited ${waited} ms`);
      else assert.ok(waited < 3_000, `waited ${waited} ms`);
      assert.deepEqual(node.messages(), []);
      assert.deepEqual(said(node.server.connections[0]!), ["connect"]);
      assert.ok(node.server.connections[0]!.closed);
      assertSecretsKept(node);
    });
  }

  it("does not make the node leave Wi-Fi, which carried the refusal: it waits out its two minutes each time", async () => {
    const node = start({ config: { broker: { username: "alice", password: "hunter2hunter2" } } });
    node.server.onPacket = (packet, connection) => {
      if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode: 5, sessionPresent: false });
    };
    await node.world.runFor(1_000_000);
    assert.equal(node.board.console.filter((line) => line.startsWith("Wi-Fi: joined")).length, 1);
    assert.equal(connects(node.server).length, 9);
  });

  it("is forgotten once the broker accepts: the readings of the whole time arrive", async () => {
    const node = start({ config: { broker: { username: "alice", password: "hunter2hunter2" } } });
    node.server.onPacket = (packet, connection) => {
      if (packet.cmd === "connect") connection.send({ cmd: "connack", returnCode: 5, sessionPresent: false });
    };
    await node.untilPrinted("not authorized");
    node.server.onPacket = (packet, connection) => node.server.answer(packet, connection);
    await node.untilPublished("state", 12, 150_000);
    assert.equal(node.server.connections.length, 2);
    assertSecretsKept(node);
  });
});

onBothBoards("a broker that is not one", (start) => {
  it("makes the node join Wi-Fi anew after five minutes, which may look up and carry nothing", async () => {
    const node = start({ config: { broker: { host: "brooker" } } });
    await node.world.runFor(400_000);
    assert.equal(node.board.console.filter((line) => line.startsWith("Wi-Fi: joined")).length, 2);
  });

  it("is named as a host that does not exist", async () => {
    const node = start({ config: { broker: { host: "brooker" } } });
    assert.match(
      await node.untilPrinted("MQTT: "),
      /^MQTT: no such name; see broker\.host; next attempt in \d+ s$/,
    );
    await node.untilPrinted("no such name");
    assert.equal(node.server.connections.length, 0);
  });

  it("is named as a port where nothing listens", async () => {
    const node = start({ config: { broker: { port: 1884 } } });
    const line = await node.untilPrinted("MQTT: ");
    assert.match(
      line,
      /^MQTT: nothing answers there; see broker\.host, broker\.port; next attempt in \d+ s$/,
    );
    await node.untilPrinted("nothing answers there");
  });

  it("is named as a host that does not answer, and does not set off the watchdog", async () => {
    const restarts: string[] = [];
    const node = start({ config: { broker: { host: "10.99.99.99" } }, on: false });
    node.board.onReboot((why) => restarts.push(why));
    node.board.powerOn();
    for (let attempt = 0; attempt < 5; attempt++) await node.untilPrinted("nothing answers there");
    assert.deepEqual(restarts, []);
  });

  it("is named as a port that accepts and says nothing, after half a minute", async () => {
    const node = start();
    node.server.onPacket = () => undefined;
    await node.world.runUntil(() => node.server.packets.length > 0);
    const from = node.world.clock.now();
    const line = await node.untilPrinted("MQTT: ");
    assert.match(line, /^MQTT: no answer in time; is that port MQTT\?; next attempt in \d+ s$/);
    assert.ok(Math.abs(node.world.clock.now() - from - 30_000) < 3_000);
    await node.world.runUntil(() => node.server.connections.length === 2);
    assert.ok(node.server.connections[0]!.closed);
  });

  for (const [what, bytes] of [
    [
      "a web server",
      "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 150\r\nConnection: close\r\n\r\n",
    ],
    ["something that sends zeros", "\0\0\0\0"],
    ["something that never ends its packet length", "\xff\xff\xff\xff\xff"],
  ]) {
    it(`is named as ${what}`, async () => {
      const node = start();
      node.server.onPacket = (_packet, connection) => {
        connection.send(bytes!);
      };
      const line = await node.untilPrinted("MQTT: ");
      assert.match(line, /^MQTT: the broker broke the protocol; is that port MQTT\?; next attempt in \d+ s$/);
      assert.deepEqual(said(node.server.last), ["connect"]);
      await node.world.runFor(1_000);
      assert.ok(node.server.connections[0]!.closed);
    });
  }

  it("is left alone as soon as it is there: the node connects by itself", async () => {
    const node = start();
    node.world.network.refuse("broker", 1883, true);
    await node.untilPrinted("nothing answers there");
    await node.untilPrinted("nothing answers there");
    node.world.network.refuse("broker", 1883, false);
    await node.untilOnline(130_000);
  });
});
